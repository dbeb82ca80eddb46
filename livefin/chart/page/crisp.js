// Candles and columns on whole pixels of the screen: edges between two pixels would be blurred. A mark's
// middle is put on a pixel and its sides evenly about it, so that all marks of a width look alike.
// Done when Bokeh has found where its paths are, and before it draws them. Used by pane.js.

const PATHS = /^(candles|outlines|volume|line:\d+):(up|down)$/;

/** Let the marks of a figure's view lie on whole pixels. */
export function crisp(plot) {
  for (const renderer of plot.model.renderers) {
    const glyph = PATHS.test(renderer.name ?? "") && plot.views.find_one(renderer)?.glyph;
    if (!glyph?.map_data) continue;
    const map = glyph.map_data.bind(glyph);
    glyph.map_data = () => {
      map();
      // Bokeh draws half a pixel off, where a stroke of one pixel is sharp; a fill alone is not.
      snap(glyph.sx, glyph.sy, devicePixelRatio || 1, renderer.glyph.line_color.value === null ? 0.5 : 0);
    };
  }
}

/** Round the paths in `sx`, `sy`, apart by NaN, to pixels of which there are `ratio` in one of CSS. */
export function snap(sx, sy, ratio, shift) {
  const round = (value) => Math.round((value + shift) * ratio) / ratio - shift;
  for (let from = 0; from < sx.length; from++) {
    let [low, high, to] = [Infinity, -Infinity, from];
    for (; to < sx.length && !Number.isNaN(sx[to]); to++) {
      if (sx[to] < low) low = sx[to];
      if (sx[to] > high) high = sx[to];
    }
    const middle = (low + high) / 2;
    const put = round(middle);
    for (let i = from; i < to; i++) {
      sx[i] = put + Math.round((sx[i] - middle) * ratio) / ratio;
      sy[i] = round(sy[i]);
    }
    from = to;
  }
}
