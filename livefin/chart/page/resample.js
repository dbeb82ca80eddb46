// Bars of a longer interval, made from shorter ones: first open, highest high, lowest low, last
// close, summed volume. The last is forming. An interval without bars has no row. What the forming
// one holds of bars that are closed is kept, so that a tick costs one row, however long it is.
// The caller says where intervals begin: weeks on Mondays (see FIRST_MONDAY in bars.py).

import { blank, Derived, push } from "./derived.js";

export class Resampled extends Derived {
  #kept = null; // {ordinal, own, row}: row `own`, as it was before the history's last row

  /** Bars of `interval` ms, each beginning at `origin` and whole multiples from there. */
  constructor(history, interval, origin = 0) {
    super(history);
    Object.assign(this, { interval, origin });
    this.update(history.start);
  }

  rebuild() {
    return this.#make(this.source.start, 0, null);
  }

  extend(at) {
    const { source } = this;
    const kept = this.#kept;
    if (kept && kept.ordinal <= source.base + at) {
      return this.#make(kept.ordinal - source.base, kept.own - this.base, kept.row);
    }
    // The row before is as it was: from the start of its interval on, all is made anew.
    const begin = this.#begin(source.columns.time[at - 1]);
    return this.#make(source.find(begin), this.find(begin), null);
  }

  /** Take the history's rows from `at` on, into `row`, the forming one, first; write from `end`. */
  #make(at, end, row) {
    const { source } = this;
    const { time, open, high, low, close, volume } = source.columns;
    const rows = blank();
    row = row && [...row];
    for (let i = at; i < source.end; i++) {
      if (i === source.end - 1) {
        this.#kept = { ordinal: source.base + i, own: this.base + end + rows[0].length, row: row && [...row] };
      }
      const begin = this.#begin(time[i]);
      if (row && row[0] !== begin) {
        push(rows, ...row);
        row = null;
      }
      row ??= [begin, NaN, NaN, NaN, NaN, 0];
      if (Number.isNaN(row[1])) row[1] = open[i];
      if (!(row[2] >= high[i]) && !Number.isNaN(high[i])) row[2] = high[i];
      if (!(row[3] <= low[i]) && !Number.isNaN(low[i])) row[3] = low[i];
      if (!Number.isNaN(close[i])) row[4] = close[i];
      if (!Number.isNaN(volume[i])) row[5] += volume[i];
    }
    push(rows, ...row);
    const first = this.base + end;
    this.put(end, rows);
    this.drop(this.base + this.find(this.#begin(time[source.start])));
    return first - this.base;
  }

  #begin(time) {
    return this.origin + Math.floor((time - this.origin) / this.interval) * this.interval;
  }

  sourceRow(i) {
    return this.source.find(this.columns.time[i] + this.interval) - 1;
  }
}
