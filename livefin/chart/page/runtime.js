// Loads BokehJS and livefin's modules into the page, once, from the text in this widget's state.
// A kernel has one such widget; its charts wait for it under its model's id (stub.js).

const KEY = Symbol.for("livefin.runtimes");

function deferred() {
  const made = {};
  made.promise = new Promise((resolve, reject) => Object.assign(made, { resolve, reject }));
  return made;
}

async function withUrl(text, use) {
  const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  try {
    return await use(url);
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** BokehJS of that version: the page's own if it has it. Other versions are left alone. */
async function loadBokeh(version, text) {
  const there = () => globalThis.Bokeh?.[version] ?? (globalThis.Bokeh?.version === version ? globalThis.Bokeh : undefined);
  if (!there()) {
    // A classic script: the bundle hangs itself on `this`, which a module does not have.
    await withUrl(text, (src) => new Promise((resolve, reject) => {
      const script = Object.assign(document.createElement("script"), { src, onload: resolve });
      script.onerror = () => reject(new Error("the page does not let BokehJS load"));
      document.head.append(script);
    }));
  }
  return there();
}

/** Import `modules`, [name, text] each, whose imports from "./name.js" are of those before. */
async function load(modules) {
  const urls = {};
  let last;
  for (const [name, text] of modules) {
    const linked = text.replace(/from "\.\/(\w+)\.js"/g, (_, other) => `from "${urls[other]}"`);
    urls[name] = URL.createObjectURL(new Blob([linked], { type: "text/javascript" }));
    last = await import(urls[name]);
  }
  Object.values(urls).forEach((url) => URL.revokeObjectURL(url));
  return last;
}

export default () => ({
  initialize({ model }) {
    const [bokeh, modules, version] = ["bokeh", "modules", "version"].map((key) => model.get(key));
    // Out of the page's model, so that a saved notebook does not carry 1.3 MB.
    model.set("bokeh", "");
    model.set("modules", []);
    if (!modules.length) return; // a saved notebook, opened without its kernel
    const known = (globalThis[KEY] ??= new Map());
    const id = model.get("token");
    if (!known.has(id)) known.set(id, deferred());
    const { resolve, reject } = known.get(id);
    // Not awaited: a widget has two seconds to initialise before its messages are lost.
    Promise.all([load(modules), loadBokeh(version, bokeh)]).then(([{ makePage }, Bokeh]) => {
      resolve({ Page: makePage(Bokeh) });
    }, reject);
  },
});
