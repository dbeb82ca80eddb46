// The price pane: bars of the chosen type, volume under them, volume by price, other symbols,
// markers, bands where something went wrong, and the last price. See pane.js.

import { aggregate, columns as volumes } from "./marks.js";
import { levels } from "./numbers.js";
import { EMPTY, Pane, PIXELS_A_MARK, rangeOf } from "./pane.js";
import { columns as profileColumns, profile } from "./profile.js";
import { shapes } from "./shapes.js";
import { sign, signs } from "./signs.js";

const VOLUME = 0.2; // the share of the height under the prices
const LOOSE = 0.5; // volume must fill this much of its room, else it is drawn larger
const PROFILE_ROW = 5; // pixels
const SIGN = 9; // pixels from a bar to the mark of an indicator, and between two marks
const TAG_LETTERS = 2; // what the last price's bold tag needs beyond a level
const PROFILE_SHARE = 0.28; // of the width, for the fullest row
const SLOTS = {
  up: "candles:up", down: "candles:down", hollowUp: "outlines:up", hollowDown: "outlines:down",
  close: "close", area: "area", above: "above", below: "below", aboveLine: "baseline:up", belowLine: "baseline:down",
};

export class PricePane extends Pane {
  constructor(view, spec) {
    super(view, spec, { foot: VOLUME });
    this.volume = 1;
  }

  draw({ from, to, width }) {
    const { page, scene } = this.view;
    const { settings } = page;
    this.range.foot = settings.volume ? VOLUME : 0;
    const marks = aggregate(scene.drawn, from, to, Math.max(20, width / PIXELS_A_MARK), scene.interval);
    this.first = this.#firstOf(scene.bars.columns.close, from, to);
    const compared = this.lines.filter((each) => each.kind === "compare").map((each) => this.#drawCompared(each, from, to, width));
    const lines = this.lines.filter((each) => each.kind !== "compare" && each.kind !== "marks").map((each) => this.drawLine(each, from, to, width));
    this.#fit(marks, lines, compared, to === scene.bars.end);
    if (!this.range.range) return;
    this.setRange();
    this.#drawBars(marks);
    this.#drawVolume(marks, settings.volume);
    this.#drawProfile(marks, settings.profile);
    this.#drawSigns(from, to, width);
    this.#drawMarkers();
    this.#drawBands();
    this.#fillSources(marks, from, to);
    this.setSources(from, to);
  }

  /** The first of `values` in view, which all others are relative to; NaN when there is none. */
  #firstOf(values, from, to) {
    const { time } = this.view.scene.bars.columns;
    const [start] = this.view.x;
    for (let i = from; values && i < to; i++) if (time[i] >= start && Number.isFinite(values[i])) return values[i];
    return NaN;
  }

  /** The last price that was paid, whatever the bars show; NaN when there was none. */
  get last() {
    const { columns, start, end } = this.view.page.history;
    return end > start ? columns.close[end - 1] : NaN;
  }

  /** Widest of the levels' texts and the last price's, in letters: how much room the axis needs. */
  get letters() {
    return Math.max(super.letters, this.text(this.last).length + TAG_LETTERS);
  }

  /** Whether prices are shown by how far they are from the first one in view. */
  get relative() {
    const { scale } = this.view.page.settings;
    return (scale === "percent" || scale === "indexed") && this.first > 0;
  }

  /** Why the scale is not the one that was chosen; empty when it is. */
  get excuse() {
    const { scale } = this.view.page.settings;
    if (!this.range.range || !this.view.scene.bars.length) return "";
    if (scale === "log" && !this.range.log) return "A log scale needs prices above 0; shown linear";
    if ((scale === "percent" || scale === "indexed") && this.first <= 0) return "Changes are relative to a price above 0; shown as prices";
    return "";
  }

  #fit(marks, lines, compared, live) {
    const { last } = this;
    let { lowest, highest } = marks;
    if (live) {
      // Bricks and averaged bars need not reach to the last price.
      if (last < lowest) lowest = last;
      if (last > highest) highest = last;
    }
    const near = highest - lowest || Math.abs(highest) * 1e-4;
    for (const each of lines) {
      // A line far from the prices is left outside, rather than flattening them.
      if (each.lowest >= lowest - near) lowest = Math.min(lowest, each.lowest);
      if (each.highest <= highest + near) highest = Math.max(highest, each.highest);
    }
    for (const each of compared) {
      if (each.lowest < lowest) lowest = each.lowest; // NaN where there is none yet
      if (each.highest > highest) highest = each.highest;
    }
    this.range.scale(this.view.page.settings.scale === "log", lowest);
    this.fit(lowest, highest, this.lines.length ? 2 : 1);
    const busy = (marks.busiest || 1) / (VOLUME * 0.9);
    if (!(busy <= this.volume && busy > this.volume * LOOSE)) this.volume = busy * 1.1;
  }

  #drawBars(marks) {
    const { kind, base } = this.view.page.settings;
    const level = base ?? this.first;
    const made = shapes(kind, marks, { base: level, bottom: this.range.floor });
    const sources = Object.fromEntries(Object.values(SLOTS).map((name) => [name, EMPTY]));
    for (const [slot, data] of Object.entries(made)) sources[SLOTS[slot]] = data;
    for (const [name, data] of Object.entries(sources)) this.set(name, data);
  }

  #drawVolume(marks, shown) {
    for (const up of [true, false]) this.set(`volume:${up ? "up" : "down"}`, shown ? volumes(marks, up) : EMPTY);
    this.stretchTo(rangeOf(this.plot.model.extra_y_ranges, "volume"), [0, this.volume]);
  }

  #drawProfile(marks, shown) {
    let made = { up: EMPTY, down: EMPTY };
    let control = EMPTY;
    this.control = NaN; // the price at which most was traded
    if (shown && marks.count && marks.highest > marks.lowest) {
      const height = this.plot.frame.bbox.height || 300;
      const rows = Math.max(8, Math.min(200, Math.round(height / PROFILE_ROW)));
      const counted = profile(marks, rows, [marks.lowest, marks.highest]);
      const { price, poc } = counted;
      made = profileColumns(counted, PROFILE_SHARE);
      if (poc >= 0) {
        this.control = (price[poc] + price[poc + 1]) / 2;
        control = { x: Float64Array.of(0, 1), y: Float64Array.of(this.control, this.control) };
      }
    }
    this.set("profile:control", control);
    this.set("profile:up", made.up);
    this.set("profile:down", made.down);
  }

  /** Another symbol's closes, so that its first value in view lies on this one's. */
  #drawCompared(each, from, to, width) {
    if (this.hides(each)) return this.erase(each);
    const { bars } = this.view.scene;
    const first = this.#firstOf(bars.lines[each.key], from, to);
    const factor = this.first > 0 && first > 0 ? this.first / first : NaN; // of no use else
    (this.firsts ??= {})[each.key] = first;
    const made = this.points(each.key, from, to, width);
    this.set(each.key, { x: made.x, y: made.y.map((value) => value * factor) });
    return { lowest: made.lowest * factor, highest: made.highest * factor };
  }

  #drawSigns(from, to, width) {
    const { bars, timeline } = this.view.scene;
    const { mapping: { f, inv }, range } = this.range;
    const pixel = (f(range[1]) - f(range[0])) / (this.plot.frame.bbox.height || 300);
    for (const each of this.lines) {
      const { key, kind } = each;
      if (kind !== "marks") continue;
      if (this.hides(each)) {
        this.erase(each);
        continue;
      }
      const found = signs(bars, key, from, to, (SIGN * (to - from)) / width);
      for (const [way, side] of [["up", -1], ["down", 1]]) {
        const { times, prices } = found[way];
        const y = prices.map((price) => inv(f(price) + side * SIGN * pixel));
        this.set(`${key}:${way}`, { x: timeline.us(times), y: Float64Array.from(y) });
      }
    }
  }

  #drawMarkers() {
    const { page, scene, x } = this.view;
    const seen = page.markers.visible(x[0], x[1], scene, this.plot.frame.bbox.width || 800);
    for (const side of ["buy", "sell", "note"]) {
      const { x: times, y } = seen[side];
      this.set(`markers:${side}`, { x: scene.timeline.us(times), y });
    }
    this.markerLabels = seen.labels;
  }

  #drawBands() {
    const { page, scene, camera } = this.view;
    const { timeline, interval } = scene;
    const source = (this.drawn.bands ??= this.doc.get_model_by_name("livefin:bands"));
    const now = Math.max(page.lastSent, timeline.t(camera.edge()));
    // A stretch shorter than a bar is shown as wide as one, or nobody would see it.
    this.bands = page.bands.map(([kind, start, end, label]) => {
      const [u0, u1] = [timeline.u(start), timeline.u(end ?? now)];
      const more = Math.max(0, interval - (u1 - u0)) / 2;
      return { kind, start: u0 - more, stop: u1 + more, label };
    });
    const key = JSON.stringify(this.bands.map(({ start, stop }) => [start, stop]));
    if (!source || (this.drawn.bandsKey ?? "[]") === key) return; // as they were: no repaint
    this.drawn.bandsKey = key;
    this.unpainted = true;
    source.data = { x0: this.bands.map((band) => band.start), x1: this.bands.map((band) => band.stop) };
  }

  #fillSources(marks, from, to) {
    const { bars, timeline } = this.view.scene;
    const every = this.userSource("bars");
    if (every) every.data = Object.fromEntries(Object.entries(bars.columns).map(([name, column]) => [name, column.slice(from, to)]));
    const drawn = this.userSource("marks");
    if (!drawn) return;
    const { open, high, low, close, volume } = marks;
    drawn.data = { time: marks.time.map((u) => timeline.t(u)), open, high, low, close, volume };
  }

  makeLevels() {
    if (!this.relative) return super.makeLevels();
    const { range, first: base } = this;
    const share = (value) => (value / base) * 100;
    const values = levels(share(range.floor) - 100, share(range.range[1]) - 100, this.roomForLevels(2));
    this.step = values.length > 1 ? values[1] - values[0] : 1;
    return this.inside(values.map((value) => (base * (value + 100)) / 100));
  }

  /** The last price's tag, which is higher with a countdown in it. */
  get tag() {
    const [y, { top, bottom }] = [this.y(this.last), this.frame ?? {}];
    return y >= top && y <= bottom ? { y, half: this.view.countdown() ? 16 : 10 } : null;
  }

  covered(value) {
    const { tag } = this;
    return (tag && Math.abs(this.y(value) - tag.y) < tag.half + 5) || super.covered(value);
  }

  levelText(value) {
    return this.#relative(value, (v) => super.levelText(v), true);
  }

  text(value) {
    return this.#relative(value, (v) => this.view.page.prices.text(v));
  }

  #relative(value, plain, level = false) {
    if (!this.relative) return plain(value);
    const percent = (value / this.first) * 100;
    const digits = level ? Math.max(0, Math.min(8, Math.ceil(-Math.log10(this.step || 1)))) : 2;
    if (this.view.page.settings.scale === "indexed") return percent.toFixed(digits);
    const change = percent - 100;
    const size = Math.abs(change).toFixed(digits);
    return `${Number(size) ? (change < 0 ? "−" : "+") : ""}${size} %`;
  }

  place(row) {
    super.place(row);
    const { view, frame } = this;
    const { page, scene, hud } = view;
    const { bars, timeline } = scene;
    const { prices } = page;
    const { columns } = bars;
    const at = (name) => columns[name][row];
    if (bars.length && row >= 0) {
      const way = at("close") >= at("open") ? "up" : "down";
      this.legend.setBar([
        ["O", prices.text(at("open"))], ["H", prices.text(at("high"))], ["L", prices.text(at("low"))], ["C", prices.text(at("close"))],
        ["", prices.percent(100 * (at("close") / this.#before(row) - 1))], ["Vol", prices.volume(at("volume"))],
      ], way);
    }
    const error = view.figureError || view.paintError;
    this.legend.setErrors(error ? { ...page.errors, figure: error } : page.errors);
    this.legend.setExcuse(this.excuse);
    const { last } = this;
    const way = columns.close[bars.end - 1] >= columns.open[bars.end - 1] ? "up" : "down";
    hud.setPrice(Number.isFinite(last) ? { y: this.y(last), text: this.text(last), way, left: view.countdown() } : null, frame);
    hud.setBands((this.bands ?? []).map(({ start, stop, label }) => ({ left: view.px(start), right: view.px(stop), label })), frame);
    hud.setMarkers((this.markerLabels ?? []).map(({ x, y, text, side }) => ({ x: view.px(timeline.u(x)), y: this.y(y), text, side })), frame);
  }

  legendLines(row) {
    const rows = super.legendLines(row);
    if (Number.isFinite(this.control)) rows.push(["Most traded at", this.view.page.prices.text(this.control), "faint"]);
    return rows;
  }

  said({ key, kind }, value) {
    const { prices } = this.view.page;
    if (kind === "marks") return sign(value);
    const change = kind === "compare" ? value / this.firsts?.[key] - 1 : NaN;
    return Number.isFinite(change) ? `${prices.text(value)}  ${prices.percent(100 * change)}` : prices.text(value);
  }

  /** The close before that bar: what a change is measured from; of the first bar, its own open. */
  #before(row) {
    const { columns, start } = this.view.scene.bars;
    return row > start ? columns.close[row - 1] : columns.open[row];
  }

  get legendTop() {
    return 6;
  }
}
