// One chart's half in a page, shared by all its views: bars, sequence numbers, figures to come.
// It takes every message at once, which is cheap, and lets views draw when they get to it.
// Asks the kernel for everything when it has missed a message; stream.py is the other end.

import { BAR_COLUMNS, History } from "./history.js";
import { View } from "./view.js";

const ASK_EVERY = 2_000;
const ASK_FIRST = 1_500;
const RING = 512;

/** The last `RING` of a kind of figure, oldest first, for whoever measures. */
class Ring {
  constructor() {
    this.values = new Float64Array(RING);
    this.count = 0;
  }

  push(value) {
    this.values[this.count++ % RING] = value;
  }

  list() {
    const { count, values } = this;
    const length = Math.min(count, RING);
    return Array.from({ length }, (_, i) => values[(count - length + i) % RING]);
  }
}

export const makePage = (Bokeh) => class Page {
  constructor(model, early) {
    this.Bokeh = Bokeh;
    this.model = model;
    this.history = new History();
    this.views = new Set();
    this.stats = { received: 0, painted: 0, asked: 0, latency: new Ring(), paint: new Ring() };
    this.seq = null;
    this.bands = [];
    this.errors = {};
    this.state = "connecting";
    this.lastSent = Date.now();
    this.askedAt = -Infinity;
    this.setup = model.get("setup");
    const snapshot = model.get("snapshot");
    // Taken over: a saved notebook is to carry neither the figure nor the bars.
    model.set("setup", {});
    model.set("snapshot", {});
    if (snapshot.whole) this.#take(snapshot, [snapshot.data]);
    for (const [content, buffers] of early) this.#take(content, buffers);
    model.on("msg:custom", (content, buffers) => this.#take(content, buffers));
    model.on("comm_live_update", () => this.#gone());
    setTimeout(() => this.seq ?? this.#ask(), ASK_FIRST);
  }

  show(el) {
    const view = new View(this, el);
    this.views.add(view);
    return view;
  }

  close() {
    for (const view of [...this.views]) view.close();
  }

  #take(message, buffers) {
    this.stats.received += 1;
    const { seq, base, whole } = message;
    if (message.sent && !("data" in message)) this.stats.latency.push(Date.now() - message.sent);
    if (!whole && this.seq !== null && seq <= this.seq) return; // the snapshot has it already
    const hole = !whole && (this.seq === null || base > this.seq);
    if (message.figure) {
      this.setup.figure = message.figure;
      for (const view of this.views) view.embed();
    }
    const complete = this.#write(message, buffers?.[0]);
    for (const key of ["bands", "errors", "state"]) if (key in message) this[key] = message[key];
    this.lastSent = message.sent;
    // With a hole the tail may still fit on; it is shown, and the rest is asked for.
    if (hole || !complete) this.#ask();
    else this.seq = seq;
    for (const view of this.views) view.changed();
  }

  #write({ parts, held, whole }, buffer) {
    if (whole) this.history.clear();
    if (!parts.length) return true;
    let values = aligned(buffer);
    let complete = true;
    for (const [key, first, count] of parts) {
      const width = key === "bars" ? BAR_COLUMNS.length : 1;
      const columns = Array.from({ length: width }, (_, i) => values.subarray(i * count, (i + 1) * count));
      values = values.subarray(width * count);
      if (!count) continue;
      if (key === "bars") complete = this.history.writeBars(first, columns);
      else this.history.writeLine(key, first, columns[0]);
    }
    this.history.drop(held);
    return complete;
  }

  #ask() {
    const now = performance.now();
    if (now - this.askedAt < ASK_EVERY) return;
    this.askedAt = now;
    this.stats.asked += 1;
    this.model.send({ ask: "snapshot" });
  }

  #gone() {
    if (this.seq === null) return;
    this.state = "gone";
    for (const view of this.views) view.changed();
  }
};

/** The float64 values of a message's buffer, copied only where it does not lie on 8 bytes. */
function aligned(view) {
  if (view instanceof ArrayBuffer) return new Float64Array(view);
  const { buffer, byteOffset, byteLength } = view;
  if (byteOffset % 8 === 0) return new Float64Array(buffer, byteOffset, byteLength / 8);
  return new Float64Array(buffer.slice(byteOffset, byteOffset + byteLength));
}
