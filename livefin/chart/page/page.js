// One chart's half in a page, shared by all its views: bars, sequence numbers, what lies on it.
// It takes every message at once, which is cheap, and lets views draw when they get to it.
// What a person changes shows at once and is told to the kernel, which may be busy. Asks the
// kernel for everything when it has missed a message; picture.py is the other end.

import { BAR_COLUMNS, History } from "./history.js";
import { Markers } from "./markers.js";
import { Clock } from "./clock.js";
import { PriceFormat } from "./numbers.js";
import { Pulse } from "./pulse.js";
import { Ring } from "./ring.js";
import { Scene } from "./scene.js";
import { OVER } from "./states.js";
import { View } from "./view.js";

const ASK_EVERY = 2_000;
const ASK_FIRST = 1_500;
const NEAR = 0.5; // screens from the oldest bar held at which older ones are asked for
const DAY = 86_400_000;
const UTC = new Clock("UTC");
const PLAIN = ["bands", "errors", "called", "state", "older", "seen", "drawings", "alerts", "orders"];

export const makePage = (Bokeh) => class Page {
  constructor(model, early) {
    this.Bokeh = Bokeh;
    this.model = model;
    this.views = new Set();
    this.stats = { received: 0, painted: 0, asked: 0, latency: new Ring(), paint: new Ring() };
    this.seq = null;
    Object.assign(this, { bands: [], errors: {}, called: {}, state: "connecting", older: "", seen: null, drawings: [], alerts: [], orders: [] });
    this.lastSent = Date.now();
    this.askedAt = -Infinity;
    this.pulse = new Pulse(model.widget_manager, () => this.#changed());
    this.setup = model.get("setup");
    this.figure = this.setup.figure;
    this.history = new History();
    this.scene = new Scene(this.history, this.setup.interval);
    this.markers = new Markers();
    this.#settle(this.setup.settings);
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
    this.pulse.close();
    for (const view of [...this.views]) view.close();
  }

  /** The feed's state, or "lost" while nothing can be heard of it. */
  get standing() {
    return this.pulse.lost && !OVER.includes(this.state) ? "lost" : this.state;
  }

  /** The clock of what is shown: a day's bar is of the day it opened, wherever that is read. */
  get calendar() {
    const { clock, history, scene } = this;
    if (scene.interval < DAY) return clock;
    // Made here of shorter bars, days are UTC's; the kernel's may be those of an exchange in this zone.
    return scene.held >= DAY && history.length && clock.opens(history.columns.time[history.end - 1]) ? clock : UTC;
  }

  // What the person does

  /** Change settings here, and in the kernel when it gets to it. */
  set(settings) {
    this.#settle({ ...this.settings, ...settings });
    this.tell({ set: settings });
    this.#changed();
  }

  /** Show bars of [name, ms]: made here at once where they can be, the kernel's own after that. */
  choose([name, ms]) {
    this.scene.lengthen(ms);
    this.wanted = ms;
    this.tell({ interval: name });
    this.#changed();
  }

  /** A view shows time from `start` (ms) on, `span` long: ask for older bars when they are near. */
  near(start, span) {
    const { history } = this;
    if (this.older || !history.length || this.state === "gone") return;
    if (start - NEAR * span > history.columns.time[history.start]) return;
    this.older = "asking";
    this.tell({ ask: "older" });
  }

  /** What people read for a line's name: its indicator may have other parameters by now. */
  words({ name, owner }) {
    const called = this.called[owner];
    return called && name.startsWith(owner) ? called + name.slice(owner.length) : name;
  }

  /** Hide a line, or show it again; with `whole`, all lines of the indicator that it is of. */
  toggle(name, whole) {
    const { lines } = this.figure;
    const owner = whole && lines.find((each) => each.name === name)?.owner;
    const names = owner ? lines.filter((each) => each.owner === owner).map((each) => each.name) : [name];
    const others = this.settings.hidden.filter((each) => !names.includes(each));
    this.set({ hidden: this.settings.hidden.includes(name) ? others : [...others, ...names] });
  }

  tell(content) {
    this.model.send(content);
  }

  #settle(settings) {
    const before = this.settings;
    this.settings = settings;
    this.scene.set(settings);
    if (before?.tz !== settings.tz) this.clock = new Clock(settings.tz);
    if (!before || before.tick !== settings.tick) this.prices = new PriceFormat(settings.tick);
    for (const view of this.views) view.settle();
  }

  #changed() {
    for (const view of this.views) view.changed(true);
  }

  // What the kernel says

  #take(message, buffers) {
    this.pulse.heard();
    if (message.beat) return;
    this.stats.received += 1;
    const { seq, base, whole } = message;
    if (message.sent && !("data" in message)) this.stats.latency.push(Date.now() - message.sent);
    if (!whole && this.seq !== null && seq <= this.seq) return; // the snapshot has it already
    const hole = !whole && (this.seq === null || base > this.seq);
    if (message.settings) this.#settle(message.settings);
    const complete = this.#write(message, buffers?.[0]);
    for (const key of PLAIN) if (key in message) this[key] = message[key];
    if (message.markers) this.markers.take(message.markers);
    if (message.figure) {
      this.figure = message.figure;
      for (const view of this.views) view.embed();
    }
    this.lastSent = message.sent;
    // With a hole the tail may still fit on; it is shown, and the rest is asked for.
    if (hole || !complete) this.#ask();
    else this.seq = seq;
    const loud = PLAIN.some((key) => key in message) || message.settings || whole;
    for (const view of this.views) view.changed(Boolean(loud));
  }

  #write({ parts, held, whole, interval }, buffer) {
    if (whole) this.history.clear();
    if (interval && (whole || interval !== this.scene.held)) this.#hold(interval);
    let complete = true;
    let values = parts.length ? aligned(buffer) : null;
    for (const [key, first, count] of parts) {
      const width = key === "bars" ? BAR_COLUMNS.length : 1;
      const columns = Array.from({ length: width }, (_, i) => values.subarray(i * count, (i + 1) * count));
      values = values.subarray(width * count);
      if (!count) continue;
      if (key === "bars") complete = this.history.writeBars(first, columns) && complete;
      else this.history.writeLine(key, first, columns[0]);
    }
    if (parts.length) this.history.drop(held);
    const { close } = this.history.columns;
    this.prices.learn(close, Math.max(this.history.start, this.history.end - 20), this.history.end);
    this.scene.update();
    return complete;
  }

  /** Bars of that interval come; what is shown meanwhile of a longer one stays, if it is wanted. */
  #hold(interval) {
    const { wanted } = this;
    this.scene.hold(interval);
    if (wanted === interval) this.wanted = null;
    else if (wanted) this.scene.lengthen(wanted);
  }

  #ask() {
    const now = performance.now();
    if (now - this.askedAt < ASK_EVERY) return;
    this.askedAt = now;
    this.stats.asked += 1;
    this.tell({ ask: "snapshot" });
  }

  #gone() {
    if (this.seq === null) return;
    this.state = "gone";
    this.#changed();
  }
};

/** The float64 values of a message's buffer, copied only where it does not lie on 8 bytes. */
function aligned(view) {
  if (view instanceof ArrayBuffer) return new Float64Array(view);
  const { buffer, byteOffset, byteLength } = view;
  if (byteOffset % 8 === 0) return new Float64Array(buffer, byteOffset, byteLength / 8);
  return new Float64Array(buffer.slice(byteOffset, byteOffset + byteLength));
}
