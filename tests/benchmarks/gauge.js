// What the benchmarks ask of a page, whatever draws in it: paints, frames, clicks.
// Put into every page before its own scripts run (gauge.py). A paint is a frame in which an
// output's canvas was cleared; what draws without a canvas says so by `gauge.painted`.

const outputs = new WeakMap(); // of canvases
const counts = new Map(); // output -> { paints, frame }

/** The cell's output that holds `element`, out of as many shadow trees as it lies in. */
function outputOf(element) {
  for (let at = element; at; at = at.getRootNode().host) {
    const found = at.closest(".jp-OutputArea-output");
    if (found) return found;
  }
  return null;
}

function painted(element) {
  let output = outputs.get(element);
  if (!output) {
    output = outputOf(element);
    if (!output) return; // drawn on, and shown nowhere
    outputs.set(element, output);
  }
  const frame = document.timeline.currentTime; // the same throughout a frame
  const count = counts.get(output) ?? { paints: 0, frame: null };
  counts.set(output, count);
  if (count.frame === frame) return;
  count.frame = frame;
  count.paints += 1;
  window.gauge.onPaint?.(output);
}

const { clearRect } = CanvasRenderingContext2D.prototype;
CanvasRenderingContext2D.prototype.clearRect = function (...box) {
  painted(this.canvas);
  return clearRect.apply(this, box);
};

window.gauge = {
  painted,

  /** Paints so far of each output that is still on the page. */
  paints: () => [...counts].filter(([output]) => output.isConnected).map(([, count]) => count.paints),

  /** Count the plots that Plotly draws as SVG. */
  watchPlotly: () => {
    for (const plot of document.querySelectorAll(".js-plotly-plot")) {
      if (plot.gauged) continue;
      plot.gauged = true;
      plot.on("plotly_afterplot", () => painted(plot));
    }
  },

  /** ms between frames for so long. */
  frames: (ms) =>
    new Promise((resolve) => {
      const deltas = [];
      let [first, last] = [null, null];
      const frame = (now) => {
        if (last !== null) deltas.push(now - last);
        first ??= now;
        last = now;
        if (now - first < ms) requestAnimationFrame(frame);
        else resolve(deltas);
      };
      requestAnimationFrame(frame);
    }),

  /** A button over everything, which notes how long each click took to reach it. */
  button: () => {
    const button = document.createElement("button");
    button.textContent = "click";
    button.style.cssText = "position:fixed;right:0;bottom:0;width:80px;height:30px;z-index:9999";
    window.gauge.clicks = [];
    button.addEventListener("click", (event) => window.gauge.clicks.push(performance.now() - event.timeStamp));
    document.body.append(button);
    const { x, y } = button.getBoundingClientRect();
    return { x: x + 40, y: y + 15 };
  },
};
