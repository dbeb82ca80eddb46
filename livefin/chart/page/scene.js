// The bars that a page shows, made from those it holds: of a longer interval, Heikin-Ashi, renko
// or just as they are; and where in drawn time each of them stands. One a page, shared by its
// views, brought up to date once a message. Fed by page.js, read by view.js.

import { Heikin } from "./heikin.js";
import { Pyramid } from "./pyramid.js";
import { Bricks } from "./renko.js";
import { Resampled } from "./resample.js";
import { Timeline } from "./timeline.js";

const WEEK = 604_800_000;
const FIRST_MONDAY = 4 * 86_400_000;

export class Scene {
  constructor(history, interval) {
    this.history = history;
    this.held = interval; // ms of a bar that the kernel sends
    this.interval = interval; // and of one shown
    this.kind = "candles";
    this.gaps = "closed";
    this.brick = null;
    this.#make();
  }

  /** The kernel sends bars of `interval` ms from now on. */
  hold(interval) {
    if (this.held === interval && this.interval === interval) return;
    this.held = this.interval = interval;
    this.#make();
  }

  /** Show bars of a longer interval made here, until the kernel's own come; whether that can be. */
  lengthen(interval) {
    if (interval === this.interval) return true;
    if (interval < this.held || interval % this.held) return false;
    this.interval = interval;
    this.#make();
    return true;
  }

  set({ kind, gaps, brick }) {
    if (kind === this.kind && gaps === this.gaps && brick === this.brick) return;
    const before = [this.#shape(), this.gaps, this.brick].join();
    Object.assign(this, { kind, gaps, brick });
    if (before !== [this.#shape(), gaps, brick].join()) this.#make();
  }

  #shape() {
    return this.kind === "heikin" || this.kind === "renko" ? this.kind : "";
  }

  /** The history has changed: bring up to date what is made from it. */
  update() {
    let from = this.history.take();
    if (from === Infinity) return;
    for (const made of this.chain) {
      made.update(Math.max(made.source.start, from - made.source.base));
      from = made.take();
    }
    const { bars } = this;
    if (from !== Infinity) bars.pyramid.update(Math.max(bars.start, from - bars.base));
    this.#place(from);
  }

  #make() {
    const { history, interval, held } = this;
    this.chain = [];
    let bars = history;
    if (interval !== held) {
      bars = new Resampled(bars, interval, interval % WEEK === 0 ? FIRST_MONDAY : 0);
      this.chain.push(bars);
    }
    const shape = this.#shape();
    if (shape) {
      bars = shape === "heikin" ? new Heikin(bars) : new Bricks(bars, this.brick, interval);
      this.chain.push(bars);
    }
    this.bars = bars;
    bars.pyramid = new Pyramid(bars);
    this.timeline = new Timeline({ interval, gaps: shape === "renko" ? "ordinal" : this.gaps });
    this.us = new Float64Array(0);
    this.chain.forEach((made) => made.take());
    history.take();
    this.#place(-Infinity);
  }

  /** Where the bars from the ordinal `from` on are drawn. */
  #place(from) {
    const { bars, timeline } = this;
    const { time } = bars.columns;
    const { start, end } = bars;
    let first = Math.max(start, from - bars.base);
    const anew = this.us.length !== time.length || this.base !== bars.base || first <= start;
    if (anew) {
      timeline.rebuild(time, start, end);
      this.us = new Float64Array(time.length);
      first = start;
    } else {
      timeline.extend(time, start, end, first);
      if (timeline.u(time[start]) !== this.us[start]) first = start; // all of them have moved
    }
    this.base = bars.base;
    this.us.set(timeline.us(time.subarray(first, end)), first);
    this.drawn = { base: bars.base, columns: { ...bars.columns, time: this.us }, lines: bars.lines, pyramid: bars.pyramid };
  }
}
