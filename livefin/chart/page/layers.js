// What lies on a view's panes besides the data: drawings, alerts and resting orders. Gives each
// layer the pixels of a pane, and the kernel's state when that has changed. One a view.

import { Alerts } from "./alerts.js";
import { Drawings } from "./drawings.js";
import { OrderLines } from "./markers.js";
import { element } from "./elements.js";

const TAG = 15; // pixels from a tag's middle to that of a text which it leaves whole

export class Layers {
  constructor(view) {
    this.view = view;
    const { page } = view;
    this.box = element("div", "livefin-layers");
    this.box.style.cssText = "position:absolute;inset:0;pointer-events:none;overflow:hidden";
    view.stage.append(this.box);
    const space = (key = "price") => this.space(key);
    this.drawings = new Drawings(this.box, {
      space,
      pane: (x, y) => view.panes[view.paneAt(y)]?.key ?? null,
      changed: (op) => page.tell({ drawing: op }),
    });
    this.drawings.ontool = () => view.toolbar.update();
    this.alerts = new Alerts(this.box, {
      space, send: (op) => page.tell({ alert: op }), light: (text) => view.light(text),
    });
    this.orders = new OrderLines(this.box, { space });
    this.armed = false; // the next click sets an alert
  }

  space(key) {
    const { view } = this;
    const line = view.page.figure.lines.find((each) => each.name === key); // an alert's, say
    const pane = view.panes.find((each) => each.key === (line?.pane ?? key));
    const frame = pane?.frame;
    if (!frame || !view.drawn) return null;
    const { scene, page } = view;
    const { bars, timeline, interval } = scene;
    return {
      frame,
      x: (time) => view.px(timeline.u(time)),
      y: (value) => pane.y(value),
      time: (px) => timeline.t(view.invert(px)),
      price: (py) => pane.value(py),
      text: (value) => pane.text(value),
      clock: (time) => page.calendar.at(time, interval),
      bars: (t0, t1) => Math.round((timeline.u(t1) - timeline.u(t0)) / interval),
      snap: (px, py) => {
        const row = bars.nearest(timeline.t(view.invert(px)));
        if (row < 0) return { time: timeline.t(view.invert(px)), price: pane.value(py) };
        const near = ["open", "high", "low", "close"].map((name) => bars.columns[name][row]);
        const price = near.reduce((a, b) => (Math.abs(pane.y(b) - py) < Math.abs(pane.y(a) - py) ? b : a));
        return { time: bars.columns.time[row], price };
      },
    };
  }

  /** The figures are others: all is to be put anew. */
  paned() {
    this.seen = {};
    this.update();
  }

  /** Take what the kernel said, where it is new. */
  update() {
    const { page } = this.view;
    const seen = (this.seen ??= {});
    for (const name of ["drawings", "alerts", "orders"]) {
      if (seen[name] === page[name]) continue;
      seen[name] = page[name];
      this[name].set(page[name], page.seen);
    }
  }

  place() {
    this.drawings.place();
    this.alerts.place();
    this.orders.place();
  }

  /** Whether a tag at the axis of that pane lies over a text at the height `y`. */
  covers(key, y) {
    const { page, panes } = this.view;
    const pane = panes.find((each) => each.key === key);
    const near = (value) => Number.isFinite(value) && Math.abs(pane.y(value) - y) < TAG;
    const levels = page.drawings.filter((each) => each.kind === "level" && each.pane === key);
    const alerts = page.alerts.filter((each) => (key === "price" ? each.what === "price" : pane.lines.some(({ name }) => name === each.what)));
    return levels.some(({ points: [[, price]] }) => near(price)) || alerts.some(({ above, below, crossing }) => [above, below, crossing].some(near));
  }

  /** A click on the chart; whether it was for a layer. */
  clicked({ y }, where) {
    if (!this.armed || where === "below") return false;
    this.armed = false;
    this.view.toolbar.update();
    this.alerts.addAt(y);
    return true;
  }

  /** End a tool that is at work; whether there was one. */
  cancel() {
    const busy = this.armed || Boolean(this.drawings.active);
    this.armed = false;
    if (this.drawings.active) this.drawings.begin(null);
    this.view.toolbar.update();
    return busy;
  }

  close() {
    this.drawings.close();
    this.alerts.close();
    this.orders.close();
    this.box.remove();
  }
}
