// What a view looks at: which stretch of time, which prices, following the live edge or not.
// Pure state and arithmetic; view.js draws it, pointer.js moves it by way of view.js.

const VOLUME = 0.2; // the share of the frame's height under the prices
const TOP = 0.06;
const GAP = 0.03;
const EDGE = 0.05; // free space right of the newest bar, as a share of the view
const FEWEST = 5; // bars in view when zoomed all the way in
const LOOSE = 0.5; // prices must fill this much of their room, else the range is drawn tighter

export class Camera {
  constructor(history, { interval, barsVisible }) {
    Object.assign(this, { history, interval, barsVisible });
    this.volumeShare = VOLUME;
    this.format = new Intl.NumberFormat("en-US");
    this.reset();
  }

  reset() {
    this.following = true;
    this.span = null; // ms in view once the user has zoomed
    this.end = null; // right edge while not following
    this.resetY();
  }

  resetY() {
    this.manual = false;
    this.exact = true; // the next fit is made anew
  }

  /** Right edge of the view when it follows. */
  edge(span = this.width()) {
    const { history } = this;
    const last = history.length ? history.columns.time[history.end - 1] : Date.now();
    return last + this.interval / 2 + span * EDGE;
  }

  width() {
    if (this.span !== null) return this.span;
    // With few bars yet, fewer are shown larger; twice on the way the view steps back.
    const room = [0.25, 0.5].find((part) => this.history.length < part * this.barsVisible * 0.95) ?? 1;
    return room * this.barsVisible * this.interval;
  }

  /** The stretch of time in view, ms since 1970. */
  x() {
    const span = this.width();
    const end = this.following ? this.edge(span) : this.end;
    return [end - span, end];
  }

  /** The price range that shows `bounds` (bars first, then lines), and the volume's upper end. */
  y([bars, ...lines]) {
    let { lowest, highest } = bars;
    const near = highest - lowest || Math.abs(highest) * 1e-4;
    for (const line of lines) {
      // A line far from the prices is left outside, rather than flattening them.
      if (line.lowest >= lowest - near) lowest = Math.min(lowest, line.lowest);
      if (line.highest <= highest + near) highest = Math.max(highest, line.highest);
    }
    if (!(highest >= lowest)) return { y: this.range ?? [0, 1], volume: this.volume ?? 1 };
    if (!this.manual) this.#fit(lowest, highest);
    const busy = (bars.busiest || 1) / (VOLUME * 0.9);
    if (this.exact || !(busy <= this.volume && busy > this.volume * LOOSE)) this.volume = busy * 1.1;
    this.exact = !this.following;
    this.#learn();
    return { y: this.range, volume: this.volume };
  }

  #fit(lowest, highest) {
    const height = highest - lowest || Math.abs(highest) * 2e-4 || 1;
    const [y0, y1] = this.range ?? [0, 0];
    const all = y1 - y0;
    const fits = lowest >= y0 + (VOLUME + GAP / 2) * all && highest <= y1 - (TOP / 3) * all;
    // Not refitted for every tick: a range that holds still is easier to read and to paint.
    if (fits && height > LOOSE * (1 - VOLUME - GAP - TOP) * all && !this.exact) return;
    const whole = height / (1 - VOLUME - GAP - TOP);
    this.range = [lowest - (VOLUME + GAP) * whole, highest + TOP * whole];
  }

  // Moves, in shares of the frame

  pan(dx, dy) {
    const [start, end] = this.x();
    if (dx) {
      this.span = end - start;
      this.following = false;
      this.end = this.#within(end - dx * this.span);
      this.exact = true;
    }
    if (dy && this.manual) {
      const move = dy * (this.range[1] - this.range[0]);
      this.range = this.range.map((value) => value + move);
    }
  }

  /** Show `factor` times as much; the point at `anchor` (0 left, 1 right) stays where it is. */
  zoom(factor, anchor) {
    const [start, end] = this.x();
    const { history, interval } = this;
    const most = Math.max(history.length ? 1.2 * (history.columns.time[history.end - 1] - history.columns.time[history.start]) : 0, 2 * this.barsVisible * interval);
    this.span = Math.min(most, Math.max(FEWEST * interval, (end - start) * factor));
    this.exact = true;
    if (this.following) return; // the live edge is what stays
    const fixed = start + anchor * (end - start);
    this.end = this.#within(fixed + (1 - anchor) * this.span);
  }

  /** Stretch the price range by `factor`; from now on the user says what it is. */
  scale(factor) {
    if (!this.range) return;
    this.manual = true;
    const [y0, y1] = this.range;
    const middle = y0 + (VOLUME + (1 - VOLUME) / 2) * (y1 - y0);
    const f = Math.min(10, Math.max(0.1, factor));
    this.range = [middle + (y0 - middle) * f, middle + (y1 - middle) * f];
  }

  /** A move has ended: at the live edge the view follows again. */
  settle() {
    if (!this.following && this.end >= this.edge() - this.interval / 2) {
      this.following = true;
      this.exact = true;
    }
  }

  #within(end) {
    const { history, span } = this;
    if (!history.length) return end;
    const time = history.columns.time;
    return Math.min(Math.max(end, time[history.start] + 0.2 * span), time[history.end - 1] + 0.8 * span);
  }

  // Prices as text

  price(value) {
    return this.format.format(value);
  }

  #learn() {
    // As many decimals as the newest prices have.
    const { history } = this;
    let digits = this.digits ?? 0;
    for (let i = Math.max(history.start, history.end - 20); i < history.end; i++) {
      while (digits < 10 && !whole(history.columns.close[i] * 10 ** digits)) digits += 1;
    }
    if (digits === this.digits) return;
    this.digits = digits;
    this.format = new Intl.NumberFormat("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  }
}

function whole(value) {
  return Math.abs(value - Math.round(value)) < 1e-6 * Math.max(1, Math.abs(value) * 1e-3);
}
