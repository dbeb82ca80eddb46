// Heikin-Ashi: bars whose close is the bar's mean price and whose open is the middle of the
// derived body before, so that a trend shows as one colour. One row a bar, with its ordinal.
// The recursion begins at the oldest bar held, and anew after a bar without prices.

import { Derived } from "./derived.js";

export class Heikin extends Derived {
  constructor(history) {
    super(history);
    this.update(history.start);
  }

  rebuild() {
    this.base = this.source.base + this.source.start;
    return this.#make(this.source.start);
  }

  extend(at) {
    return this.#make(at);
  }

  #make(at) {
    const { source } = this;
    const count = source.end - at;
    const first = source.base + at - this.base;
    const { time, open, high, low, close, volume } = source.columns;
    const made = Array.from({ length: 4 }, () => new Float64Array(count));
    let before = first > this.start ? middle(this.columns.open[first - 1], this.columns.close[first - 1]) : NaN;
    for (let k = 0; k < count; k++) {
      const i = at + k;
      const c = (open[i] + high[i] + low[i] + close[i]) / 4;
      const o = Number.isNaN(c) ? NaN : Number.isNaN(before) ? middle(open[i], close[i]) : before;
      made[0][k] = o;
      made[1][k] = Math.max(high[i], o, c);
      made[2][k] = Math.min(low[i], o, c);
      made[3][k] = c;
      before = middle(o, c);
    }
    this.put(first, [time.subarray(at, source.end), ...made, volume.subarray(at, source.end)]);
    this.drop(source.base + source.start);
    return source.base + at - this.base;
  }

  sourceRow(i) {
    return this.base + i - this.source.base;
  }
}

function middle(a, b) {
  return (a + b) / 2;
}
