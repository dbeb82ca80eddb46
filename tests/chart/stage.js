// The page's side of headless.py and played.py: loads modules, and plays what anywidget is to a chart.
// Put into every tab before its own scripts run; nothing here knows of a chart's insides.

const PATIENCE = 30_000; // ms
const namespaces = new Map(); // module name -> promise of its namespace
const urls = {};
const models = new Map();
const views = [];

/** Import JavaScript from its text. */
const importText = (text) => import(blobUrl(text));
const blobUrl = (text) => URL.createObjectURL(new Blob([text], { type: "text/javascript" }));

const bytes = (base64) => Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));

/** As Jupyter gives binary data: a DataView, which may lie anywhere in a larger buffer. */
function dataView(base64, offset) {
  const data = bytes(base64);
  const whole = new Uint8Array(offset + data.length + 3);
  whole.set(data, offset);
  return new DataView(whole.buffer, offset, data.length);
}

function base64(buffer) {
  const { buffer: whole = buffer, byteOffset = 0, byteLength } = buffer;
  return btoa(Array.from(new Uint8Array(whole, byteOffset, byteLength), (byte) => String.fromCharCode(byte)).join(""));
}

/** What a widget's front end sees of its model: Backbone's verbs, and `send`. */
class Model {
  #state;
  #heard = new Map();
  asked = [];

  constructor(state) {
    this.#state = state;
  }

  get(key) {
    return this.#state[key];
  }

  set(key, value) {
    this.#state[key] = value;
    this.trigger(`change:${key}`, this, value);
  }

  save_changes() {}

  on(name, hear) {
    this.#heard.set(name, [...(this.#heard.get(name) ?? []), hear]);
  }

  off(name, hear) {
    if (name == null) this.#heard.clear();
    else this.#heard.set(name, hear ? (this.#heard.get(name) ?? []).filter((one) => one !== hear) : []);
  }

  trigger(name, ...args) {
    for (const hear of this.#heard.get(name) ?? []) hear(...args);
  }

  send(content, _callbacks, buffers = []) {
    this.asked.push({ content: structuredClone(content), buffers: buffers.map(base64) });
  }
}

window.stage = {
  /** Import `modules`, [name, text] each, whose imports are of those before them. */
  load: async (modules) => {
    for (const [name, text] of modules) {
      if (namespaces.has(name)) continue;
      urls[name] = blobUrl(text.replace(/from "\.\/(\w+)\.js"/g, (_, other) => `from "${urls[other]}"`));
      namespaces.set(name, await import(urls[name]));
    }
  },

  /** The exports of those modules, together. */
  exports: (names) => Object.assign({}, ...names.map((name) => namespaces.get(name))),

  /** What `promise` gives, if it does so before the test has waited too long. */
  soon: (promise) => {
    const late = (_, reject) => setTimeout(() => reject(new Error("no answer from the page")), PATIENCE);
    return Promise.race([promise, new Promise(late)]);
  },

  /** A value as JSON has it: typed arrays, sets and iterators are lists, maps objects, NaN null. */
  plain: function plain(value) {
    if (typeof value === "number") return Number.isNaN(value) ? null : value;
    if (typeof value === "bigint") return Number(value);
    if (value === undefined || typeof value === "function") return null;
    if (value === null || typeof value !== "object") return value;
    if (value instanceof Map) return plain(Object.fromEntries(value));
    if (Array.isArray(value) || typeof value[Symbol.iterator] === "function") return Array.from(value, plain);
    if (typeof value.toJSON === "function") return plain(value.toJSON());
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
  },

  /** Open a widget of `state`, whose `buffers` belong at `paths`; a new model in place of an old. */
  open: async (key, state, paths, buffers, offset) => {
    paths.forEach((path, i) => {
      const parent = path.slice(0, -1).reduce((at, step) => at[step], state);
      parent[path.at(-1)] = dataView(buffers[i], offset);
    });
    const model = new Model(state);
    const front = (await importText(state._esm)).default;
    const widget = typeof front === "function" ? await front() : front;
    models.set(key, { model, widget });
    await widget.initialize?.({ model });
  },

  /** Show a widget in an element of that width; gives the view's number. */
  show: async (key, width) => {
    const el = document.createElement("div");
    el.style.width = width ? `${width}px` : "100%";
    document.body.append(el);
    const { model, widget } = models.get(key);
    const close = await widget.render({ model, el });
    if (!el.__livefin) throw new Error(`nothing is shown: ${el.textContent}`);
    return views.push({ el, close }) - 1;
  },

  hide: (number) => {
    views[number].close();
    views[number].el.remove();
    delete views[number]; // a view that is closed is to be held by nobody
  },

  deliver: (key, content, buffers, offset) => {
    models.get(key).model.trigger("msg:custom", content, buffers.map((buffer) => dataView(buffer, offset)));
  },

  trigger: (key, name, ...args) => models.get(key).model.trigger(name, ...args),

  /** What the page has sent to the kernel since the last call. */
  asked: (key) => models.get(key).model.asked.splice(0),

  /** A view's parts: its `el`, the `stage` in it, and what the chart itself shows to tests. */
  parts: (number) => {
    const { el } = views[number];
    return { el, stage: el.querySelector(".livefin-chart"), ...el.__livefin };
  },

  frames: async (count) => {
    for (let i = 0; i < count; i++) await new Promise(requestAnimationFrame);
  },

  /** JupyterLab's theme: its variables first, then the sign that it has changed. */
  theme: (name, variables) => {
    for (const [key, value] of Object.entries(variables)) document.documentElement.style.setProperty(key, value);
    document.body.style.background = "var(--jp-layout-color0)";
    document.body.dataset.jpThemeLight = String(name === "light");
    document.body.dataset.jpThemeName = name === "light" ? "JupyterLab Light" : "JupyterLab Dark";
  },
};
