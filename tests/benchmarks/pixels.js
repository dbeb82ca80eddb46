// Notes what the first chart of livefin's on the page has drawn, and when that was to be seen.
// A drawing takes the bars as they are when `view.draw` runs; Bokeh paints them in a frame of
// its own choosing, and at the next frame they are on the screen. Evaluated by pixels.py.

() => {
  const stage = document.querySelector(".livefin-chart");
  const { page, view } = stage.parentElement.__livefin;
  const close = () => page.history.columns.close[page.history.end - 1];
  let [drawn, drawnAt] = [null, NaN]; // unknown until the first drawing
  const record = { paints: [], drawings: typeof view.draw === "function" };
  if (record.drawings) {
    const { draw } = view;
    view.draw = (...given) => {
      drawn = close();
      drawnAt = performance.now();
      return draw.apply(view, given);
    };
  }
  // The page's own clock is finer than Date's, and may have drifted from it.
  const start = Date.now();
  while (Date.now() === start);
  const origin = Date.now() - performance.now();

  window.gauge.onPaint = (output) => {
    if (!output.contains(stage)) return;
    const shown = record.drawings ? drawn : close();
    if (shown === null) return;
    const [drawing, painting] = [drawnAt, performance.now()];
    requestAnimationFrame(() => {
      const now = performance.now();
      record.paints.push([origin + now, shown, painting - drawing, now - painting]);
    });
  };
  const { latency } = page.stats; // ms from a message's making, as the page keeps it
  let counted = latency.count;
  window.pixels = {
    take: () => {
      const fresh = latency.count - counted;
      counted = latency.count;
      return { paints: record.paints.splice(0), to_page: fresh ? latency.list().slice(-fresh) : [] };
    },
    drawings: record.drawings,
  };
}
