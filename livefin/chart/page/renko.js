// Renko: a brick for every full step that the close has gone, and nothing for the time between.
// Levels are whole multiples of the brick's size; to turn, the price must go two sizes back.
// What goes before a bar is known from the brick before it, so a forming bar's bricks are taken
// off and made anew with every tick. The brick that is not complete yet has no row.

import { blank, Derived, push } from "./derived.js";

export const MOST = 200_000;
const SAMPLE = 100; // bars that the automatic size looks at
const MANY = 400; // bars for which bricks of two mean ranges are enough to see something
const LONGEST = 86_400_000; // a bar's length, in ms, while nothing else is known
const EXACT = 1e-6; // a size of 0.1 has no exact multiples

export class Bricks extends Derived {
  #level = NaN; // where the first brick begins, in sizes
  #anchor = NaN; // ordinal of the bar that says so
  #guessed; // whether the bars' length is

  /** Bricks of `size`, in price; null takes one from the bars. Bars are `interval` ms long. */
  constructor(history, size = null, interval = history.interval) {
    super(history);
    this.asked = size > 0 ? size : null;
    this.size = this.asked; // as it is drawn
    this.doublings = 0; // how often the size was doubled, for there to be at most MOST bricks
    this.sampled = 0; // bars that were there when the size was taken from them
    this.interval = interval;
    this.#guessed = !(interval > 0);
    this.update(history.start);
  }

  rebuild() {
    const { source } = this;
    if (this.#guessed) this.interval = Math.min(LONGEST, spacing(source, source.start));
    this.size = this.asked ?? automatic(source);
    this.sampled = source.length;
    this.doublings = 0;
    for (;;) {
      this.#level = this.#anchor = NaN;
      if (this.#make(source.start, 0)) return this.start;
      this.size *= 2;
      this.doublings += 1;
    }
  }

  extend(at) {
    const { source } = this;
    const young = this.asked === null && this.sampled < MANY && source.length >= 2 * this.sampled;
    const adrift = source.base + at <= this.#anchor;
    const closer = this.#guessed && spacing(source, at - 1) < this.interval;
    // All bricks of the bars before lie within these bars.
    const end = this.find(source.columns.time[at - 1] + this.interval);
    const first = this.base + end;
    if (!young && !adrift && !closer && this.#make(at, end)) return first - this.base;
    this.clear();
    return this.rebuild();
  }

  /** Bricks of the history's rows from `at` on, written from `end`; false when there are too many. */
  #make(at, end) {
    const { source, size } = this;
    const { time, close, volume } = source.columns;
    const rows = blank();
    let [level, way] = this.#before(end);
    let room = MOST - (end - this.start);
    for (let i = at; i < source.end; i++) {
      if (!Number.isFinite(close[i])) continue;
      const now = close[i] / size;
      if (Number.isNaN(level)) {
        level = this.#level = Math.round(now);
        this.#anchor = source.base + i;
      }
      const turn = now > level ? way < 0 : way > 0;
      const from = turn ? level - way : level; // the body turned away from is not gone over again
      const count = now > level ? Math.floor(now + EXACT) - from : from - Math.ceil(now - EXACT);
      if (count > room || Number.isNaN(count)) return false;
      if (count < 1) continue;
      way = now > level ? 1 : -1;
      for (let k = 0; k < count; k++) {
        const [open, to] = [(from + way * k) * size, (from + way * (k + 1)) * size];
        const t = time[i] + (k * this.interval) / count;
        push(rows, t, open, Math.max(open, to), Math.min(open, to), to, volume[i] / count);
      }
      level = from + way * count;
      room -= count;
    }
    this.put(end, rows);
    // The brick in force when the oldest bar came stays: what follows goes on from it.
    this.drop(this.base + this.find(time[source.start]) - 1);
    return true;
  }

  /** Level and direction after the bricks before row `end`. */
  #before(end) {
    if (end <= this.start) return [this.#level, 0];
    const [open, close] = [this.columns.open[end - 1], this.columns.close[end - 1]];
    return [Math.round(close / this.size), close > open ? 1 : -1];
  }

  sourceRow(i) {
    const t = this.columns.time[i];
    const at = this.source.find(t);
    return at < this.source.end && this.source.columns.time[at] === t ? at : at - 1;
  }
}

/**
 * A round number near twice the mean true range of the newest bars; never 0. Of few bars it is less, by
 * the square root of their number: as far as a price wanders, so that there are bricks to see.
 */
function automatic({ start, end, columns }) {
  const { high, low, close } = columns;
  let [sum, count] = [0, 0];
  for (let i = Math.max(start, end - SAMPLE); i < end; i++) {
    const before = i > start && Number.isFinite(close[i - 1]) ? close[i - 1] : close[i];
    const range = Math.max(high[i], before) - Math.min(low[i], before);
    if (!Number.isFinite(range)) continue;
    sum += range;
    count += 1;
  }
  const ranges = 2 * Math.max(0.25, Math.min(1, Math.sqrt((end - start) / MANY)));
  return nice(ranges * (sum / count) || Math.abs(close[end - 1]) * 1e-3 || 1);
}

/** The number nearest to `value`, as a ratio, that is 1, 2 or 5 with noughts. */
function nice(value) {
  const power = Math.floor(Math.log10(value));
  const round = ["1", "2", "5", "10"].map((digits) => Number(`${digits}e${power}`));
  const off = (number) => Math.abs(Math.log(number / value));
  return round.reduce((best, number) => (off(number) < off(best) ? number : best));
}

/** The least time between two bars from row `from` on, a bar's length as far as can be told. */
function spacing({ start, end, columns }, from) {
  let least = Infinity;
  for (let i = Math.max(start, from) + 1; i < end; i++) {
    least = Math.min(least, columns.time[i] - columns.time[i - 1]);
  }
  return least;
}
