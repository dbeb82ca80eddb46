// From true time to the place where it is drawn, with nights, weekends and holidays closed.
// A line through a few knots: slope 1 wherever bars are, nearly flat over a closed gap, slope 1 beyond
// both ends. Drawn time is relative: when rows are dropped, put in front or filled in, the newest bar
// known before and after keeps its place, so that nothing held moves. Of times older than the oldest
// bar held nobody knows the gaps; keep a view by its right edge and its drawn width.
// Knows nothing of zones or pixels. clock.js sets ticks by it.

const LONGER = 1.5; // a gap between two openings, in intervals, that may be closed
const LEAST = 1_800_000; // ms that must be missing; of days and longer bars, one whole bar
const DAY = 86_400_000;
const SHARE = 1 / 1024; // of a bar, for the gap after it; a power of two, so that sums stay exact
const SPARE = 1024; // knots of dropped rows that may lie about

export class Timeline {
  #t = []; // knots: true ms
  #u = []; // and where they are drawn
  #head = 0; // the first knot that counts
  #shift = 0; // u - t while there is no knot
  #first = NaN; // opening times of the oldest and the newest row
  #last = NaN;
  #share;
  #least;

  /** `gaps`: "closed", "true" (drawn as long as they were), or "ordinal" (every bar as wide as any). */
  constructor({ interval, gaps = "closed" }) {
    Object.assign(this, { interval, gaps });
    this.#share = interval * SHARE;
    this.#least = interval < DAY ? LEAST : interval;
  }

  /** All rows anew: `times` holds opening times, ms, ascending, from index `start` to before `end`. */
  rebuild(times, start, end) {
    if (!(end > start)) return; // nothing to draw; the places are kept for when rows are back
    const fresh = Number.isNaN(this.#last);
    const known = fresh ? times[start] : Math.min(this.#last, times[end - 1]);
    const place = !fresh ? this.u(known) : this.gaps === "ordinal" ? 0 : known;
    this.#t = [];
    this.#u = [];
    this.#head = 0;
    this.#shift = 0;
    this.#append(times, start, end, start);
    const move = place - this.u(known);
    for (let k = 0; k < this.#u.length; k++) this.#u[k] += move;
    this.#shift = move;
  }

  /** Rows from index `from` on were written or changed, and rows before `start` dropped. */
  extend(times, start, end, from) {
    const kept = times[from - 1]; // the newest row that is as it was
    if (!(end > start && from > start && from <= end && kept <= this.#last && times[start] >= this.#first)) {
      this.rebuild(times, start, end);
      return;
    }
    while (this.#t.length > this.#head && this.#t.at(-1) > kept) this.#pop();
    this.#append(times, start, end, from);
    this.#trim(times[start]);
  }

  /** Where `t` is drawn. */
  u(t) {
    return this.#map(t, this.#count(this.#t, t, this.#head));
  }

  /** The time drawn at `u`; within a closed gap, the gap's end. */
  t(u) {
    const [T, U] = [this.#t, this.#u];
    const k = this.#count(U, u, this.#head);
    if (T.length === this.#head) return u - this.#shift;
    if (k === this.#head) return T[k] + (u - U[k]);
    if (k === T.length) return T[k - 1] + (u - U[k - 1]);
    if (this.gaps === "closed" && k % 2 === 1) return T[k];
    return T[k - 1] + ((u - U[k - 1]) * (T[k] - T[k - 1])) / (U[k] - U[k - 1]);
  }

  /** Where each of `values` is drawn; quickest when they ascend. NaN stays NaN. */
  us(values) {
    const drawn = new Float64Array(values.length);
    const T = this.#t;
    let k = this.#head;
    for (let i = 0; i < values.length; i++) {
      const t = values[i];
      // Mostly the same stretch as the value before, or the one after it.
      if (k < T.length && T[k] <= t) k += 1;
      if ((k > this.#head && T[k - 1] > t) || (k < T.length && T[k] <= t)) k = this.#count(T, t, this.#head);
      drawn[i] = this.#map(t, k);
    }
    return drawn;
  }

  /** The closed gaps in view, [{ from, to }]: the end of the bar before, the opening of the bar after. */
  breaks(t0, t1) {
    const found = [];
    if (this.gaps !== "closed") return found;
    let k = this.#count(this.#t, t0, this.#head);
    k -= k % 2; // knots come in pairs
    for (; k < this.#t.length && this.#t[k] + this.#share < t1; k += 2) {
      found.push({ from: this.#t[k] + this.#share, to: this.#t[k + 1] });
    }
    return found;
  }

  /** `t` by the knots `k - 1` and `k` around it. */
  #map(t, k) {
    const [T, U] = [this.#t, this.#u];
    if (T.length === this.#head) return t + this.#shift;
    if (k === this.#head) return U[k] + (t - T[k]);
    if (k === T.length) return U[k - 1] + (t - T[k - 1]);
    return U[k - 1] + (t - T[k - 1]) * ((U[k] - U[k - 1]) / (T[k] - T[k - 1]));
  }

  /** Index of the first knot from `low` on that is beyond `value`. */
  #count(knots, value, low) {
    let high = knots.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (knots[middle] <= value) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #append(times, start, end, from) {
    const { interval, gaps } = this;
    this.#first = times[start];
    this.#last = times[end - 1];
    if (gaps === "true") return;
    if (gaps === "ordinal") {
      let drawn = this.#u.length > this.#head ? this.#u.at(-1) + interval : times[from] + this.#shift;
      for (let i = from; i < end; i++, drawn += interval) {
        this.#t.push(times[i]);
        this.#u.push(drawn);
      }
      return;
    }
    for (let i = Math.max(from, start + 1); i < end; i++) {
      const gap = times[i] - times[i - 1];
      if (gap > LONGER * interval && gap - interval >= this.#least) this.#close(times[i - 1], times[i]);
    }
  }

  /** Two knots, so that the bar opening at `after` follows directly on the one opening at `before`. */
  #close(before, after) {
    const shut = before + this.interval - this.#share;
    const drawn = shut + (this.#t.length > this.#head ? this.#u.at(-1) - this.#t.at(-1) : this.#shift);
    this.#t.push(shut, after);
    this.#u.push(drawn, drawn + this.#share);
  }

  #pop() {
    if (this.gaps === "closed") {
      this.#t.pop();
      this.#u.pop();
    }
    this.#shift = this.#u.pop() - this.#t.pop();
  }

  #trim(first) {
    const [T, U] = [this.#t, this.#u];
    const pair = this.gaps === "closed" ? 2 : 1;
    const past = (k) => (pair === 2 ? T[k + 1] <= first : T[k] < first);
    while (this.#head < T.length && past(this.#head)) {
      this.#head += pair;
      this.#shift = U[this.#head - 1] - T[this.#head - 1];
    }
    if (this.#head < SPARE || this.#head < T.length / 2) return;
    T.splice(0, this.#head);
    U.splice(0, this.#head);
    this.#head = 0;
  }
}
