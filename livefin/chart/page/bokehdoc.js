// Make Bokeh documents from JSON, show them pane by pane, and let go of them. Used by view.js.
// BokehJS gives its Document class to nobody: it is taken from an empty document shown nowhere.

const classes = new WeakMap();

async function documentClass(Bokeh, version) {
  if (!classes.has(Bokeh)) {
    const empty = { livefin: { version, title: "", roots: [] } };
    await Bokeh.embed.embed_items(empty, [{ docid: "livefin", roots: {}, root_ids: [], element: document.createElement("div") }]);
    const made = Bokeh.documents.at(-1);
    classes.set(Bokeh, made.constructor);
    discard(Bokeh, made);
  }
  return classes.get(Bokeh);
}

/** A document from Bokeh's JSON, not shown yet. */
export async function read(Bokeh, json) {
  const Document = await documentClass(Bokeh, json.version);
  return Document.from_json(structuredClone(json));
}

/** Show each of the document's roots in the box that `boxOf(root)` gives; the roots' views by id. */
export async function show(Bokeh, doc, boxOf) {
  for (const root of doc.all_roots) root.default_view = tidy(root.default_view);
  const boxes = doc.all_roots.map(boxOf);
  const manager = await Bokeh.embed.add_document_standalone(doc, boxes[0], boxes);
  return (root) => manager.get_by_id(root);
}

/**
 * Tell `told` what is thrown where Bokeh lays a figure out or paints it, and "" when it painted well:
 * it does both by itself, where nobody would catch it.
 */
export function guard(plot, told) {
  let painting = false;
  let said = "";
  const wrap = (name, after) => {
    const own = plot[name].bind(plot);
    plot[name] = (...given) => {
      try {
        return own(...given);
      } catch (error) {
        said = error.message || String(error);
        return undefined;
      } finally {
        after();
      }
    };
  };
  wrap("compute_layout", () => said && !painting && told(said));
  wrap("repaint", () => {
    painting = false;
    told(said);
  });
  const repaint = plot.repaint;
  plot.repaint = () => {
    painting = true;
    said = "";
    repaint();
  };
}

/**
 * That view of a figure, ending what it hears of the window when it is removed. Bokeh's own goes on,
 * which would keep every figure there ever was, with its canvases.
 */
function tidy(Figure) {
  const { visualViewport } = globalThis;
  if (!visualViewport || !Figure) return Figure;
  return class extends Figure {
    connect_signals() {
      this.heard = new AbortController();
      const { signal } = this.heard;
      const hear = (name, listener) => EventTarget.prototype.addEventListener.call(visualViewport, name, listener, { signal });
      visualViewport.addEventListener = hear; // for the next call only, which waits for nothing
      try {
        super.connect_signals();
      } finally {
        delete visualViewport.addEventListener;
      }
    }

    remove() {
      this.heard?.abort();
      super.remove();
    }
  };
}

/** Take the document's figures off the page, and forget it. */
export function discard(Bokeh, doc) {
  if (!doc) return;
  doc.clear();
  doc.views_manager?.clear(); // the view of its notifications is no root's
  const at = Bokeh.documents.indexOf(doc);
  if (at >= 0) Bokeh.documents.splice(at, 1);
}
