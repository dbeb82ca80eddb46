// What bars made from other bars share: rows of their own, held and read as a History is, and
// brought up to date from the first row that changed. heikin.js, resample.js and renko.js each
// say how rows are made; this says from where on, and carries the overlay lines over.
// Index `i` is a row here, `at` a row of the history that they are made from.

import { BAR_COLUMNS, History } from "./history.js";

export class Derived extends History {
  constructor(history) {
    super();
    this.source = history;
    this.seen = {};
  }

  /** The history's rows from index `from` on have changed; gives the first row here that has. */
  update(from) {
    const { source } = this;
    const at = firstChange(source, this.seen, from);
    if (at <= source.start) this.clear();
    if (!source.length) return 0;
    const first = at <= source.start ? this.rebuild() : this.extend(at);
    this.#carry(first);
    return first;
  }

  /** Add `rows`, one array a bar column, after row `end`, which is the first to go. */
  put(end, rows) {
    if (end < this.end) this.changed = Math.min(this.changed, this.base + end); // also if none follow
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

/**
 * Index of the first of the history's rows to take into account again, as `from` on have changed.
 *
 * Rows that came unseen, or are gone at the newer end, changed too. At `history.start` everything
 * is to be made anew. `seen` is the caller's memory: the ordinals it has seen, {} at first.
 */
export function firstChange(history, seen, from) {
  const { base, start, end } = history;
  const anew = !(base + start >= seen.first);
  const at = anew ? start : Math.max(start, Math.min(from, seen.next - base, end));
  Object.assign(seen, { first: base + start, next: base + end });
  return at;
}

/** Empty rows, to be filled one by one and given to `put`. */
export function blank() {
  return BAR_COLUMNS.map(() => []);
}

/** Add one row to `rows`. */
export function push(rows, ...values) {
  for (let c = 0; c < values.length; c++) rows[c].push(values[c]);
}
