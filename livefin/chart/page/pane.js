// One pane of a view: a Bokeh figure with a y range of its own, its lines, and what it says.
// Sources are set only when their values changed, so that what stays as it was is not painted
// again. pricepane.js adds bars to it; view.js says when to draw and what is in view.

import { crisp } from "./crisp.js";
import { Legend } from "./legend.js";
import { histogram } from "./histogram.js";
import { line } from "./marks.js";
import { askedFormatter, askedTicker, mappedScale } from "./models.js";
import { levels } from "./numbers.js";
import { PriceRange } from "./pricerange.js";
import { forget, thrift } from "./thrift.js";

const OURS = "livefin:ticks"; // the name of tickers that the user has left alone
const LEVEL_ROOM = 44; // pixels between two levels of the y axis, at the least
const EDGE = 7; // a level closer to the frame's edge has no room for its text
const LEGEND_ROW = 17; // pixels
export const PIXELS_A_MARK = 2.5;

export const EMPTY = { x: new Float64Array(0), y: new Float64Array(0) };
const NOTHING = { lowest: Infinity, highest: -Infinity };

export class Pane {
  constructor(view, spec, { foot = 0 } = {}) {
    Object.assign(this, { view, spec, key: spec.key });
    this.range = new PriceRange({ foot, fixed: spec.range });
    this.box = document.createElement("div");
    this.box.className = "livefin-pane";
    this.box.style.cssText = "position:absolute;left:0;right:0;overflow:hidden";
    this.legend = new Legend(view.hud.root, spec.title, (name, whole) => view.page.toggle(name, whole));
    this.levels = [];
    this.unpainted = false; // something was set since Bokeh painted
    this.top = 0; // pixels from the stage's top; layout.js says
    this.drawn = {};
  }

  get lines() {
    return this.view.page.figure.lines.filter((each) => each.pane === this.key);
  }

  /** Where `plot`, Bokeh's view of the figure, is to ask for scales, ticks and their texts. */
  prepare(model) {
    const { view } = this;
    const LinearScale = scaleOf(model);
    model.x_scale = mappedScale(LinearScale, () => view.timeMapping);
    model.y_scale = mappedScale(LinearScale, () => this.range.mapping);
    const [x, y] = [model.below[0] ?? model.above[0], model.right[0] ?? model.left[0]];
    this.#tick(model, x, 0, () => view.ticks.map((tick) => tick.time));
    this.#tick(model, y, 1, () => this.levels.map((level) => level.value));
    if (x?.formatter?.name === "livefin:time") x.formatter = askedFormatter(x.formatter.constructor, (time) => view.tickTexts.get(time) ?? "");
    if (y?.formatter?.name === "livefin:price") y.formatter = askedFormatter(y.formatter.constructor, (value) => (this.covered(value) ? "" : this.levelText(value)));
    this.axis = x;
    this.own = [x, y].filter((axis) => axis?.ticker?.type === "LivefinTicker");
  }

  /** The page's style may have changed. */
  restyle() {
    forget(this.plot);
  }

  /** Have `ticks` on an axis and its grid; the grid follows an axis whose ticks are the user's. */
  #tick(model, axis, dimension, ticks) {
    if (axis?.ticker?.name === OURS) axis.ticker = askedTicker(axis.ticker.constructor, ticks);
    for (const grid of model.center) {
      if (grid.dimension !== dimension || grid.ticker?.name !== OURS) continue;
      grid.ticker = axis?.ticker ?? askedTicker(grid.ticker.constructor, ticks);
    }
  }

  /** The figure is in the page. */
  attach(plot) {
    this.plot = plot;
    const { events_el: events } = plot.canvas_view;
    events?.removeAttribute("tabindex"); // a click is to give the stage the focus, not the figure
    crisp(plot);
    thrift(plot, this.own);
    this.doc = plot.model.document;
    this.drawn = {};
  }

  /** Show or hide the times under the figure: the lowest pane has them. */
  setFoot(shown, room) {
    const { model } = this.plot;
    if (this.axis) this.axis.visible = shown;
    model.min_border_bottom = shown ? room : 1;
  }

  /** Set what is in view: bars `from`..`to`, which are drawn from `u0` to `u1`. */
  draw({ from, to, width }) {
    const bounds = this.lines.map((each) => this.drawLine(each, from, to, width));
    let [lowest, highest] = [Infinity, -Infinity];
    for (const each of bounds) {
      lowest = Math.min(lowest, each.lowest);
      highest = Math.max(highest, each.highest);
    }
    for (const level of this.spec.levels) {
      lowest = Math.min(lowest, level);
      highest = Math.max(highest, level);
    }
    this.fit(lowest, highest);
    this.setRange();
    this.setSources(from, to);
  }

  /** Whether the person has hidden that line. */
  hides({ name }) {
    return this.view.page.settings.hidden.includes(name);
  }

  /** Draw nothing of a line; it has no part in the range either. */
  erase({ key, kind }) {
    const names = kind === "histogram" || kind === "marks" ? [`${key}:up`, `${key}:down`] : [key];
    for (const name of names) this.set(name, EMPTY);
    return NOTHING;
  }

  drawLine(each, from, to, width) {
    const { key, kind } = each;
    const { drawn } = this.view.scene;
    if (kind === "none") return NOTHING;
    if (this.hides(each)) return this.erase(each);
    if (kind === "histogram" || kind === "marks") {
      const made = histogram(drawn, key, from, to, width / PIXELS_A_MARK, this.view.scene.interval);
      this.set(`${key}:up`, made.up);
      this.set(`${key}:down`, made.down);
      return made;
    }
    const made = this.points(key, from, to, width);
    this.set(key, made);
    return made;
  }

  /** A line's points over bars `from`..`to`, and its bounds. */
  points(key, from, to, width) {
    return line(this.view.scene.drawn, key, from, to, width / PIXELS_A_MARK / 2);
  }

  /** Fit the range, with room for the legend above: `rows` of text. */
  fit(lowest, highest, rows = 1) {
    this.range.clear((this.legendTop + rows * LEGEND_ROW) / (this.plot.frame.bbox.height || 300));
    this.range.fit(lowest, highest);
  }

  setRange() {
    const { model } = this.plot;
    const { view, range } = this;
    this.stretchTo(model.x_range, view.x);
    this.stretchTo(rangeOf(model.extra_x_ranges, "drawn"), view.drawn);
    if (!range.range) return;
    this.stretchTo(model.y_range, range.range);
    this.levels = this.makeLevels();
  }

  /** Let one of Bokeh's ranges go from `start` to `end`. */
  stretchTo(range, [start, end]) {
    if (!range || (range.start === start && range.end === end)) return;
    this.unpainted = true;
    range.setv({ start, end });
  }

  /** How many levels the y axis has room for, at least `least`. */
  roomForLevels(least) {
    return Math.max(least, (this.plot.frame.bbox.height || 200) / LEVEL_ROOM);
  }

  makeLevels() {
    const { range } = this;
    const chosen = this.spec.levels.length ? this.spec.levels : null;
    const values = chosen ?? levels(range.floor, range.range[1], this.roomForLevels(2.5), { log: range.log });
    this.step = values.length > 1 ? values[1] - values[0] : 10 ** Math.floor(Math.log10(range.range[1] - range.range[0]));
    return this.inside(values);
  }

  /** Those of `values` that have room for their text. */
  inside(values) {
    const { bbox } = this.plot.frame;
    const { f } = this.range.mapping;
    const [y0, y1] = this.range.range.map(f);
    return values.filter((value) => {
      const y = ((f(value) - y0) / (y1 - y0)) * bbox.height;
      return y > EDGE && y < bbox.height - EDGE;
    }).map((value) => ({ value }));
  }

  /** Letters of the longest level's text: how much room the axis needs. */
  get letters() {
    return this.levels.reduce((most, { value }) => Math.max(most, this.levelText(value).length), 0);
  }

  /** Pixels right of the frame, the same in all panes so that their times stand in line. */
  setAside(room) {
    this.plot.model.min_border_right = room;
  }

  /** Whether something lies over a level's text, which is left out then rather than cut. */
  covered(value) {
    return this.view.layers.covers(this.key, this.y(value));
  }

  /** What stands at the axis and is not moved aside, {y, half}: the last price's tag, of the price pane. */
  get tag() {
    return null;
  }

  levelText(value) {
    return this.view.page.prices.level(value, this.step);
  }

  /** What the crosshair's tag and the legend say of a value here. */
  text(value) {
    const size = Math.abs(value);
    if (!(size < 1e7) || (size && size < 1e-3)) return Number.isFinite(value) ? value.toPrecision(5).replace("-", "−") : "–";
    return value.toFixed(size < 1 ? 4 : 2).replace("-", "−");
  }

  set(name, { x, y }) {
    const source = (this.drawn[name] ??= this.doc.get_model_by_name(`livefin:${name}`));
    if (!source) return;
    const before = this.drawn[`${name}.data`];
    if (before && same(before.x, x) && same(before.y, y)) return; // as it was: no repaint
    if (!before && !x.length) return;
    this.drawn[`${name}.data`] = { x, y };
    this.unpainted = true;
    source.data = { x, y };
  }

  /** Fill the live sources that the user's own glyphs are drawn from. */
  setSources(from, to) {
    const { bars } = this.view.scene;
    for (const { key } of this.lines) {
      const source = this.userSource(key);
      const values = bars.lines[key];
      if (source && values) source.data = { time: bars.columns.time.slice(from, to), value: values.slice(from, to) };
    }
  }

  userSource(key) {
    const name = `user:${key}`;
    if (!(name in this.drawn)) this.drawn[name] = this.doc.get_model_by_name(`livefin:${name}`);
    return this.drawn[name];
  }

  /** After Bokeh has painted: what lies over the figure, for the bar in `row`. */
  place(row) {
    this.legend.put(this.frame, this.legendTop);
    this.legend.setLines(this.legendLines(row));
  }

  /** What legend.js takes: each line at the bar in `row`. */
  legendLines(row) {
    const { bars } = this.view.scene;
    return this.lines.map((each) => {
      const shown = !this.hides(each);
      const text = shown ? this.said(each, bars.lines[each.key]?.[row]) : "";
      return [each.name, text, each.role, shown, this.view.page.words(each)];
    });
  }

  /** A line's value, as the legend has it. */
  said(_line, value) {
    return this.text(value);
  }

  get legendTop() {
    return 4;
  }

  /** The frame's pixels on the stage; `divide` is where values end and volume begins. */
  get frame() {
    const bbox = this.plot?.frame?.bbox;
    if (!bbox?.width) return null;
    const { left, right, top, bottom } = bbox;
    const down = this.top;
    return { left, right, top: top + down, bottom: bottom + down, divide: bottom + down - this.range.foot * (bottom - top) };
  }

  y(value) {
    return this.plot.frame.y_scale.compute(value) + this.top;
  }

  value(y) {
    return this.plot.frame.y_scale.invert(y - this.top);
  }

  close() {
    this.legend.close();
    this.box.remove();
  }
}

/** A range or scale by name, in what Bokeh gives as a map or an object. */
export function rangeOf(extra, name) {
  return extra.get?.(name) ?? extra[name];
}

function scaleOf(model) {
  return rangeOf(model.extra_x_scales, "drawn")?.constructor ?? model.x_scale.constructor;
}

/** Whether two columns hold the same values, NaN being itself. */
function same(a, b) {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) return false;
  return true;
}
