// Keep BokehJS from doing at every paint what is the same at every paint: writing a style sheet for
// each renderer and asking the page's style for each colour and width, which makes the browser work
// out all styles anew, and measuring axis labels that have their room already. Used by pane.js.

const LABEL = 10; // pixels of a label, as far as Bokeh knows; the border has room for more

/** Let the figure's view paint as cheaply as it can. */
export function thrift(plot, axes) {
  for (const view of parts(plot)) {
    for (const visual of visuals(view)) remember(visual);
    if (view.position?.replace) writeOnce(view.position);
  }
  for (const axis of axes) {
    const view = plot.views.find_one(axis);
    if (view?._tick_label_extents) view._tick_label_extents = () => [LABEL];
  }
  letters(plot);
}

/** The page's style has changed: ask it again. */
export function forget(plot) {
  letters(plot);
  for (const view of parts(plot)) for (const visual of visuals(view)) visual.known?.clear();
}

/** Ask once how large the page's letters are. */
function letters(plot) {
  delete plot.base_font_size;
  const size = plot.base_font_size;
  Object.defineProperty(plot, "base_font_size", { configurable: true, get: () => size });
}

function* parts(plot) {
  yield plot;
  for (const model of [...plot.model.renderers, ...plot.model.center, ...plot.model.right, ...plot.model.below]) {
    const view = plot.views.find_one(model);
    if (view) yield view;
    if (view?.glyph) yield view.glyph;
  }
}

function* visuals(view) {
  for (const visual of view.visuals ?? []) if (visual?._get_css_value) yield visual;
}

/** Write a style sheet only when it says something else. */
function writeOnce(sheet) {
  const write = sheet.replace.bind(sheet);
  let written;
  sheet.replace = (text, ...more) => {
    if (text === written && !more.length) return;
    written = text;
    write(text, ...more);
  };
}

function remember(visual) {
  if (visual.known) return;
  const ask = visual._get_css_value.bind(visual);
  const known = (visual.known = new Map());
  visual._get_css_value = (name) => {
    if (!known.has(name)) known.set(name, ask(name));
    return known.get(name);
  };
}
