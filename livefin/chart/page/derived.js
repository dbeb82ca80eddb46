// What bars made from other bars share: rows of their own, held and read as a History is, and
// brought up to date from the first row that changed. heikin.js, resample.js and renko.js each
// say how rows are made; this says from where on, and carries the overlay lines over.
// Index `i` is a row here, `at` a row of the history that they are made from.

import { BAR_COLUMNS, History } from "./history.js";

export class Derived extends History {
  constructor(history) {
    super();
    this.source = history;
    this.seen = { first: 0, next: 0 }; // ordinals of the history's rows taken into account
  }

  /** The history's rows from index `from` on have changed. */
  update(from) {
    const { source, seen } = this;
    const first = source.base + source.start;
    // Rows that came unseen, or newer ones that are gone, changed as well.
    const at = Math.min(from, seen.next - source.base, source.end);
    const anew = at <= source.start || first < seen.first;
    this.seen = { first, next: source.base + source.end };
    if (anew) this.clear();
    if (!source.length) return;
    this.#carry(anew ? this.rebuild() : this.extend(at));
  }

  /** Add `rows`, one array a bar column, after row `end`, which is the first to go. */
  put(end, rows) {
    this.end = end;
    if (rows[0].length) this.writeBars(this.base + end, rows);
  }

  /** Lines from row `first` on: their value at the last of the history's rows in each row. */
  #carry(first) {
    const { lines } = this.source;
    for (const key of Object.keys(this.lines)) if (!(key in lines)) delete this.lines[key];
    for (const [key, values] of Object.entries(lines)) {
      const from = key in this.lines ? Math.max(first, this.start) : this.start;
      const line = (this.lines[key] ??= new Float64Array(this.capacity).fill(NaN));
      for (let i = from; i < this.end; i++) line[i] = values[this.sourceRow(i)];
    }
  }
}

/** Empty rows, to be filled one by one and given to `put`. */
export function blank() {
  return BAR_COLUMNS.map(() => []);
}

/** Add one row to `rows`. */
export function push(rows, ...values) {
  for (let c = 0; c < values.length; c++) rows[c].push(values[c]);
}
