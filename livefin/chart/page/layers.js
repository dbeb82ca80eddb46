// What lies on a view's panes besides the data: drawings, alerts and resting orders. Gives each
// layer the pixels of a pane, and the kernel's state when that has changed. One a view.

import { Alerts } from "./alerts.js";
import { aside } from "./axistags.js";
import { Drawings } from "./drawings.js";
import { OrderLines } from "./markers.js";
import { element } from "./elements.js";

const TAG = 15; // pixels from a tag's middle to that of a text which it leaves whole
const NONE = new Map();

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
      changed: (op) => this.#tell({ drawing: op }),
    });
    this.drawings.ontool = () => view.toolbar.update();
    this.alerts = new Alerts(this.box, {
      space, send: (op) => this.#tell({ alert: op }), light: (text) => view.light(text),
    });
    this.orders = new OrderLines(this.box, { space });
    this.armed = false; // the next click sets an alert
  }

  /** The pane of that key, or of the line of that name. */
  #pane(key) {
    const { page, panes } = this.view;
    const line = page.figure.lines.find((each) => each.name === key); // an alert's, say
    return panes.find((each) => each.key === (line?.pane ?? key));
  }

  /** Tell the kernel of a change, whose tags may be in each other's way. */
  #tell(op) {
    this.view.page.tell(op);
    this.view.place();
  }

  space(key) {
    const { view } = this;
    const pane = this.#pane(key);
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
      tag: (id, y) => y + ((this.asides ?? NONE).get(id) ?? 0),
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
    this.#arrange();
  }

  /** Find a place for every tag at the axes, so that none lies on another. */
  #arrange() {
    const tags = new Map(this.view.panes.map((pane) => [pane, []]));
    for (const { id, on, value } of [...this.drawings.tags(), ...this.alerts.tags()]) {
      const pane = this.#pane(on);
      const y = pane?.frame ? pane.y(value) : NaN;
      if (y >= pane?.frame.top && y <= pane.frame.bottom) tags.get(pane).push({ id, y });
    }
    this.asides = new Map(); // pixels from where a tag would be, by its id
    this.taken = new Map(); // heights with a tag, by pane's key
    for (const [pane, there] of tags) {
      there.sort((a, b) => a.y - b.y);
      const { top, bottom } = pane.frame ?? {};
      const heights = there.length ? aside(there.map(({ y }) => y), [top, bottom], pane.tag) : [];
      there.forEach(({ id, y }, i) => this.asides.set(id, heights[i] - y));
      this.taken.set(pane.key, heights);
    }
  }

  place() {
    this.#arrange();
    this.drawings.place();
    this.alerts.place();
    this.orders.place();
  }

  /** Whether a tag at the axis of that pane lies over a text at the height `y`. */
  covers(key, y) {
    return (this.taken?.get(key) ?? []).some((at) => Math.abs(at - y) < TAG);
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
