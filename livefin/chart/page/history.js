// All bars a page holds, column by column in typed arrays that double when they are full.
// Rows are addressed by index here; a bar's ordinal, which never changes, is `base` + index.
// Overlay lines are columns too, NaN where they have no value. What is infinite is no value either:
// nothing could be drawn beside it. Fed by page.js.

export const BAR_COLUMNS = ["time", "open", "high", "low", "close", "volume"];
const SMALLEST = 1024;

export class History {
  constructor() {
    this.clear();
  }

  clear() {
    this.base = 0; // ordinal of index 0
    this.start = 0; // index of the oldest bar held
    this.end = 0; // index after the newest
    this.capacity = SMALLEST;
    this.columns = Object.fromEntries(BAR_COLUMNS.map((name) => [name, new Float64Array(SMALLEST)]));
    this.lines = {};
    this.changed = -Infinity; // ordinal of the first bar written since `take` was called
    this.cleared = (this.cleared ?? 0) + 1;
  }

  /** Ordinal of the first bar written since the last call; Infinity when there is none. */
  take() {
    const { changed } = this;
    this.changed = Infinity;
    return changed;
  }

  get length() {
    return this.end - this.start;
  }

  /** Write `values`, one array a bar column, from the bar `first` on; false if bars are missing. */
  writeBars(first, values) {
    const count = values[0].length;
    if (!this.length) {
      this.base = first;
      this.start = this.end = 0;
    }
    let index = first - this.base;
    if (index > this.end) return false;
    if (index < this.start) {
      if (index + count >= this.end) return this.#replace(first, values);
      if (index + count < this.start) return false;
      index = this.#makeRoomBefore(index);
    }
    if (index + count > this.capacity) index = this.#makeRoom(index, count);
    this.changed = Math.min(this.changed, this.base + index);
    BAR_COLUMNS.forEach((name, i) => put(this.columns[name], values[i], index));
    for (let i = this.end; i < index + count; i++) {
      for (const line of Object.values(this.lines)) line[i] = NaN;
    }
    this.end = Math.max(this.end, index + count);
    return true;
  }

  /** Write an overlay line's values from the bar `first` on; what lies outside is left out. */
  writeLine(key, first, values) {
    const line = (this.lines[key] ??= new Float64Array(this.capacity).fill(NaN));
    const from = Math.max(0, this.base + this.start - first);
    const to = Math.min(values.length, this.base + this.end - first);
    if (to <= from) return;
    put(line, values.subarray(from, to), first - this.base + from);
    this.changed = Math.min(this.changed, first + from);
  }

  /** Bars before the ordinal `held` are held no more. */
  drop(held) {
    this.start = Math.min(this.end, Math.max(this.start, held - this.base));
  }

  /** Index of the first bar at `time` or later. */
  find(time) {
    const times = this.columns.time;
    let [low, high] = [this.start, this.end];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (times[middle] < time) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Index of the bar nearest to `time`; -1 when there is none. */
  nearest(time) {
    if (!this.length) return -1;
    const after = Math.min(this.find(time), this.end - 1);
    const before = Math.max(after - 1, this.start);
    const times = this.columns.time;
    return time - times[before] < times[after] - time ? before : after;
  }

  #replace(first, values) {
    this.clear();
    return this.writeBars(first, values);
  }

  /** Older bars come: move what is held so that they fit in front; the first one's index. */
  #makeRoomBefore(index) {
    const kept = this.end - this.start;
    const more = this.start - index;
    while (this.capacity < 2 * (kept + more)) this.capacity *= 2;
    const moved = (column, blank) => {
      const fresh = new Float64Array(this.capacity);
      if (blank) fresh.fill(NaN);
      fresh.set(column.subarray(this.start, this.end), more);
      return fresh;
    };
    for (const name of BAR_COLUMNS) this.columns[name] = moved(this.columns[name], false);
    for (const key of Object.keys(this.lines)) this.lines[key] = moved(this.lines[key], true);
    this.base += index;
    this.start = 0;
    this.end = more + kept;
    return 0;
  }

  #makeRoom(index, count) {
    const kept = this.end - this.start;
    const shift = this.start;
    while (this.capacity < 2 * (index - shift + count)) this.capacity *= 2;
    const moved = (column, blank) => {
      const fresh = new Float64Array(this.capacity);
      if (blank) fresh.fill(NaN, kept);
      fresh.set(column.subarray(this.start, this.end));
      return fresh;
    };
    for (const name of BAR_COLUMNS) this.columns[name] = moved(this.columns[name], false);
    for (const key of Object.keys(this.lines)) this.lines[key] = moved(this.lines[key], true);
    this.base += shift;
    this.start = 0;
    this.end = kept;
    return index - shift;
  }
}

function put(column, values, index) {
  column.set(values, index);
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) column[index + i] = NaN;
}
