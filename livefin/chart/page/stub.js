// What every chart's saved state carries of livefin's page half: enough to wait for the rest.
// It keeps what comes early; the runtime widget (runtime.js) brings page.js and BokehJS.

const KEY = Symbol.for("livefin.runtimes");
const PATIENCE = 20_000;

function runtime(id) {
  const known = (globalThis[KEY] ??= new Map());
  if (!known.has(id)) known.set(id, deferred());
  return known.get(id).promise;
}

function deferred() {
  const made = {};
  made.promise = new Promise((resolve, reject) => Object.assign(made, { resolve, reject }));
  return made;
}

export default () => {
  let page; // a promise of this chart's half in the page, shared by its views
  return {
    initialize({ model }) {
      const early = [];
      const hear = (content, buffers) => early.push([content, buffers]);
      model.on("msg:custom", hear);
      page = runtime(model.get("runtime")).then(({ Page }) => {
        model.off("msg:custom", hear);
        return new Page(model, early);
      });
      page.catch(() => {}); // each view says so
      return () => page.then((it) => it.close(), () => {});
    },

    async render({ el }) {
      const note = document.createElement("div");
      note.style.cssText = "padding:12px;opacity:.7;font:13px system-ui,sans-serif";
      const say = setTimeout(() => {
        note.textContent = "This livefin chart is not live: run its cell to start it again.";
        el.append(note);
      }, PATIENCE);
      try {
        const view = (await page).show(el);
        return () => view.close();
      } catch (error) {
        note.textContent = `This livefin chart cannot be shown: ${error.message}`;
        el.append(note);
      } finally {
        clearTimeout(say);
        if (note.textContent.includes("not live")) note.remove();
      }
    },
  };
};
