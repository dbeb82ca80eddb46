// A person's own trades as marks at their prices, and resting orders as labelled lines across.
// Marks are kept sorted by time; where several fall on a few pixels they are one, with a count.
// Fed with what markers.py sends; marks are drawn by the price pane, lines here, in HTML.

import { apart } from "./axistags.js";
import { element, put, setText } from "./elements.js";

const MOST = 10_000; // marks held, as the kernel does
const APART = 6; // pixels under which marks become one, about
const LABELS = 30; // more marks in view than these have no labels
const SIDES = { 1: "buy", "-1": "sell", 0: "note" };
const COLUMNS = ["time", "price", "side", "size", "number"];

export class Markers {
  #most;

  constructor({ most = MOST } = {}) {
    this.#most = most;
    this.#clear(0);
  }

  get length() {
    return Math.min(this.count, this.#most);
  }

  /** Take { from, rows, clear }; false if rows before these are missing. */
  take({ from, rows, clear }) {
    if (clear) this.#clear(from);
    if (from > this.next) return false;
    // What is here already is sent again after a reload.
    const fresh = rows.slice(this.next - from);
    if (!fresh.length) return true;
    this.#makeRoom(fresh.length);
    const { columns } = this;
    let sorted = true;
    for (const [time, price, side, size, text] of fresh) {
      const i = this.count++;
      sorted &&= i === 0 || time >= columns.time[i - 1];
      columns.time[i] = time;
      columns.price[i] = price ?? NaN;
      columns.side[i] = side;
      columns.size[i] = size ?? NaN;
      columns.number[i] = this.next++;
      this.texts[i] = text;
    }
    if (!sorted) this.#pick(indices(this.count).sort((a, b) => columns.time[a] - columns.time[b] || columns.number[a] - columns.number[b]));
    return true;
  }

  /**
   * Marks from `t0` to `t1` ms on `width` pixels. `scene` has the timeline on which they are drawn,
   * if times are not drawn as they are, and the history on whose closes marks without a price lie.
   */
  visible(t0, t1, scene, width = 1_000) {
    const { columns, texts } = this;
    const { timeline, history = scene } = scene ?? {};
    const place = (time) => (timeline ? timeline.u(time) : time);
    // Of even sizes and from even places, or marks would be told apart anew with every move.
    const size = 2 ** Math.round(Math.log2(((place(t1) - place(t0)) / width) * APART));
    const bucketAt = (time) => Math.floor(place(time) / size);
    // One bucket more on either side, so that marks at the edges are drawn to the end.
    const [first, last] = [bucketAt(t0) - 1, bucketAt(t1) + 1];
    const groups = [];
    const open = {};
    const oldest = this.next - this.#most;
    let from = this.#find(t0);
    while (from > 0 && bucketAt(columns.time[from - 1]) >= first) from -= 1;
    for (let i = from; i < this.count; i++) {
      const bucket = bucketAt(columns.time[i]);
      if (bucket > last) break;
      const price = Number.isNaN(columns.price[i]) ? closeAt(history, columns.time[i]) : columns.price[i];
      if (columns.number[i] < oldest || !Number.isFinite(price)) continue;
      const side = SIDES[columns.side[i]];
      if (open[side]?.bucket !== bucket) groups.push((open[side] = { side, bucket, count: 0, weight: 0, x: 0, y: 0, i }));
      add(open[side], columns.time[i], price, columns.size[i]);
    }
    const result = { labels: [] };
    for (const side of Object.values(SIDES)) {
      const own = groups.filter((group) => group.side === side);
      result[side] = { x: Float64Array.from(own, ({ x }) => x), y: Float64Array.from(own, ({ y }) => y) };
    }
    const seen = groups.filter(({ x }) => x >= t0 && x <= t1);
    if (seen.length > LABELS) return result;
    for (const { side, count, x, y, i } of seen) {
      const text = count > 1 ? `×${count}` : texts[i] || (columns.size[i] > 0 ? amount(columns.size[i]) : "");
      if (text) result.labels.push({ x, y, text, side });
    }
    return result;
  }

  #clear(next) {
    this.next = next; // the number of the mark that comes next
    this.count = 0;
    this.texts = [];
    this.columns = Object.fromEntries(COLUMNS.map((name) => [name, new Float64Array(64)]));
  }

  #makeRoom(count) {
    const { columns } = this;
    if (this.count + count <= columns.time.length) return;
    const oldest = this.next + count - this.#most;
    this.#pick(indices(this.count).filter((i) => columns.number[i] >= oldest));
    const room = Math.max(columns.time.length, 2 * (this.count + count));
    for (const name of COLUMNS) {
      const wider = new Float64Array(room);
      wider.set(this.columns[name].subarray(0, this.count));
      this.columns[name] = wider;
    }
  }

  /** Keep the marks `order` in that order. */
  #pick(order) {
    for (const name of COLUMNS) {
      const before = this.columns[name].slice(0, this.count);
      order.forEach((from, to) => (this.columns[name][to] = before[from]));
    }
    this.texts = order.map((i) => this.texts[i]);
    this.count = order.length;
  }

  #find(time) {
    let [low, high] = [0, this.count];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.columns.time[middle] < time) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** One more mark in a group, which stands at the mean of its marks, weighed by their sizes. */
function add(group, time, price, size) {
  const weight = size > 0 ? size : 1;
  group.count += 1;
  group.weight += weight;
  group.x += (time - group.x) / group.count;
  group.y += ((price - group.y) * weight) / group.weight;
}

function closeAt(history, time) {
  const row = history?.nearest?.(time) ?? -1;
  return row < 0 ? NaN : history.columns.close[row];
}

function indices(count) {
  return Array.from({ length: count }, (_, i) => i);
}

function amount(size) {
  return size.toLocaleString("en-US", { maximumSignificantDigits: 6 });
}

const TAG = 19; // pixels from one tag to the next
const STYLE = `
  :host { position: absolute; inset: 0; pointer-events: none; overflow: hidden;
    font: 11px/1.35 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; font-variant-numeric: tabular-nums; }
  .line { position: absolute; height: 0; border-top: 1px solid var(--way); opacity: .75; }
  .tag { position: absolute; z-index: 1; transform: translate(-100%, -50%); white-space: nowrap; max-width: 45%; overflow: hidden; text-overflow: ellipsis;
    padding: 0 6px; border: 1px solid var(--way); border-left-width: 4px; border-radius: 3px; background: var(--panel); color: var(--way); }
  .buy { --way: var(--up); } .sell { --way: var(--down); }
  [hidden] { display: none !important; }`;

/** Resting orders on one view. `space("price")` says where prices are: { frame, y, text }. */
export class OrderLines {
  #space;
  #list = [];
  #rows = new Map(); // by order's id

  constructor(parent, { space }) {
    this.#space = space;
    this.host = element("div", "");
    this.root = this.host.attachShadow({ mode: "open" });
    this.root.append(element("style", "", STYLE));
    parent.append(this.host);
  }

  /** The orders there are now: { id, price, side, size, text } each. */
  set(list) {
    this.#list = list ?? [];
    const ids = new Set(this.#list.map(({ id }) => id));
    for (const [id, { line, tag }] of this.#rows) {
      if (ids.has(id)) continue;
      line.remove();
      tag.remove();
      this.#rows.delete(id);
    }
    for (const { id, side } of this.#list) {
      if (!this.#rows.has(id)) {
        const row = { line: element("div", ""), tag: element("div", "") };
        this.root.append(row.line, row.tag);
        this.#rows.set(id, row);
      }
      const { line, tag } = this.#rows.get(id);
      line.className = `line ${side}`;
      tag.className = `tag ${side}`;
    }
    this.place();
  }

  /** Prices have moved on the screen: move with them. */
  place() {
    const space = this.#space("price");
    const seen = [];
    for (const order of this.#list) {
      const { line, tag } = this.#rows.get(order.id);
      const y = space?.y(order.price);
      line.hidden = tag.hidden = !(space && y >= space.frame.top && y <= space.frame.bottom);
      if (!line.hidden) seen.push({ order, line, tag, y });
    }
    if (!seen.length) return;
    const { left, right, top, bottom } = space.frame;
    seen.sort((a, b) => a.y - b.y);
    const heights = apart(seen.map(({ y }) => y), TAG, [top + TAG / 2, bottom - TAG / 2]);
    seen.forEach(({ order, line, tag, y }, i) => {
      put(line, { left, top: Math.round(y), width: right - left });
      put(tag, { left: right - 34, top: Math.round(heights[i]) });
      setText(tag, label(order, space));
    });
  }

  close() {
    this.host.remove();
  }
}

function label({ side, size, price, text }, space) {
  const said = [side, size === null || size === undefined ? "" : amount(size), "@", space.text(price)];
  return `${text ? `${text} · ` : ""}${said.filter(Boolean).join(" ")}`;
}
