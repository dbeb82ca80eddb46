// A history's bars in blocks of 64, so that a view of a million of them need not read each one.
// A block is a bar (see fold in marks.js) and, for each overlay line, the lowest and highest value
// in it. Blocks begin at multiples of 64 of the bars' ordinals, which never change.
// Set as `history.pyramid`, it is used by marks.js; whoever writes the history keeps it up to date.

import { firstChange } from "./derived.js";
import { BAR_COLUMNS, History } from "./history.js";
import { fold, seek } from "./marks.js";

export const BLOCK = 64;

export class Pyramid {
  constructor(history) {
    this.history = history;
    this.blocks = new History(); // by the block's number: the ordinal of its first bar, over 64
    this.seen = {};
    this.update(history.start);
  }

  /** The history's rows from index `from` on, or lines there, have changed. */
  update(from) {
    const { history, blocks } = this;
    const at = firstChange(history, this.seen, from);
    if (at <= history.start) blocks.clear();
    if (!history.length) return;
    const oldest = Math.floor((history.base + history.start) / BLOCK);
    // The last block also when nothing is left to take in: newer bars may be gone from it.
    const first = Math.floor((history.base + Math.min(at, history.end - 1)) / BLOCK);
    const count = Math.ceil((history.base + history.end) / BLOCK) - first;
    const made = BAR_COLUMNS.map(() => new Float64Array(count));
    const names = BAR_COLUMNS.slice(1);
    for (let b = 0; b < count; b++) {
      const { i, end } = this.#rows(first + b);
      const bar = fold(history.columns, i, end, { open: NaN, high: NaN, low: NaN, close: NaN, volume: 0 });
      made[0][b] = history.columns.time[i];
      names.forEach((name, c) => (made[c + 1][b] = bar[name]));
    }
    if (blocks.length) blocks.end = first - blocks.base;
    blocks.writeBars(first, made);
    blocks.drop(oldest);
    this.#writeLines(first, count);
  }

  /** The blocks that lie within rows [i, end), or null if none does; with those of a line. */
  inside(i, end, key) {
    const { blocks, history } = this;
    const first = Math.ceil((history.base + i) / BLOCK);
    const last = Math.floor((history.base + end) / BLOCK);
    if (last <= first || first < blocks.base + blocks.start || last > blocks.base + blocks.end) return null;
    const inner = {
      first: first - blocks.base, last: last - blocks.base,
      from: first * BLOCK - history.base, to: last * BLOCK - history.base, size: BLOCK,
    };
    if (key === undefined) return inner;
    const [lowest, highest] = [blocks.lines[`${key}:lowest`], blocks.lines[`${key}:highest`]];
    return lowest ? { ...inner, lowest, highest } : null;
  }

  #writeLines(first, count) {
    const { history, blocks } = this;
    for (const [key, values] of Object.entries(history.lines)) {
      const begin = `${key}:lowest` in blocks.lines ? first : blocks.base + blocks.start;
      const [lowest, highest] = [new Float64Array(first + count - begin), new Float64Array(first + count - begin)];
      for (let b = 0; b < lowest.length; b++) {
        const { i, end } = this.#rows(begin + b);
        const { least, most } = seek(values, i, end, { least: -1, most: -1 });
        lowest[b] = least < 0 ? NaN : values[least];
        highest[b] = most < 0 ? NaN : values[most];
      }
      blocks.writeLine(`${key}:lowest`, begin, lowest);
      blocks.writeLine(`${key}:highest`, begin, highest);
    }
  }

  /** The rows of block number `block` that are held. */
  #rows(block) {
    const { base, start, end } = this.history;
    return { i: Math.max(start, block * BLOCK - base), end: Math.min(end, (block + 1) * BLOCK - base) };
  }
}
