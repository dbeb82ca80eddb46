// Which values a pane shows: fitted to what is in view, or as the person has set it.
// A fitted range holds still as long as it fits well enough, which is easier to read and to
// paint. Works in `f` of the values, so that a log scale is fitted as it is drawn. Pure state;
// one a pane, used by pane.js.

const ABOVE = 0.08; // room over the values, as a share of the height
const MOST_ABOVE = 0.34; // however much the legend has to say
const GAP = 0.03;
const LOOSE = 0.5; // values must fill this much of their room, else the range is drawn tighter
const TOLD = 1e-14; // the least that levels can tell apart, with numbers.js's decimals
const LINEAR = { f: (value) => value, inv: (value) => value };
const LOG = { f: Math.log, inv: Math.exp };

export class PriceRange {
  /** `foot`: the share of the height under the values, kept for volume. `fixed`: [low, high]. */
  constructor({ foot = 0, fixed = null } = {}) {
    Object.assign(this, { foot, fixed });
    this.mapping = LINEAR;
    this.above = ABOVE;
    this.range = fixed ? [...fixed] : null;
    this.reset();
  }

  /** Keep `share` of the height free over the values, for what the legend says. */
  clear(share) {
    this.above = Math.min(MOST_ABOVE, Math.max(ABOVE, share));
  }

  reset() {
    this.manual = false;
    this.exact = true; // the next fit is made anew
    if (this.fixed) this.range = [...this.fixed];
  }

  /** What is shown is other: fit to it anew, unless the person has said what to show. */
  anew() {
    this.exact = true;
  }

  /** Log where it can be: what is not above zero has no logarithm. */
  scale(log, lowest) {
    const mapping = log && lowest > 0 ? LOG : LINEAR;
    if (mapping !== this.mapping) this.exact = true;
    if (mapping === LOG && this.range && !(this.range[0] > 0)) {
      this.range = null;
      this.manual = false;
    }
    this.mapping = mapping;
  }

  get log() {
    return this.mapping === LOG;
  }

  /** Fit to values from `lowest` to `highest`, unless the person has said what to show. */
  fit(lowest, highest) {
    if (!(highest >= lowest) || this.manual || this.fixed) return;
    const { f, inv } = this.mapping;
    const [low, high] = [f(lowest), f(highest)];
    const height = high - low || this.#alone(highest);
    const [y0, y1] = this.range ? this.range.map(f) : [0, 0];
    const all = y1 - y0;
    const { above } = this;
    const below = this.foot ? this.foot + GAP : ABOVE;
    const fits = low >= y0 + (this.foot + (below - this.foot) / 3) * all && high <= y1 - (above / 2) * all;
    if (fits && height > LOOSE * (1 - below - above) * all && !this.exact) return;
    const around = high === low ? height / 2 : 0; // one price alone stands in the middle
    const whole = height / (1 - below - above);
    this.range = [inv(low - around - below * whole), inv(high + around + above * whole)];
    this.exact = false;
  }

  /** How much to show around one price alone, in `f` of it. */
  #alone(price) {
    const around = price === 0 ? 1 : Math.max(Math.abs(price) * 2e-4, TOLD);
    return this.mapping === LOG ? around / price : around;
  }

  /** The lowest value that is not volume's room. */
  get floor() {
    const { f, inv } = this.mapping;
    const [y0, y1] = this.range.map(f);
    return inv(y0 + this.foot * (y1 - y0));
  }

  /** Move by a share of the height; a fitted range stays fitted. */
  pan(share) {
    if (!this.manual || !this.range) return;
    this.#move((y0, y1) => [y0 + share * (y1 - y0), y1 + share * (y1 - y0)]);
  }

  /** Stretch by `factor`; from now on the person says what is shown. */
  stretch(factor) {
    if (!this.range) return;
    this.manual = true;
    const by = Math.min(10, Math.max(0.1, factor));
    this.#move((y0, y1) => {
      const middle = y0 + (this.foot + (1 - this.foot) / 2) * (y1 - y0);
      return [middle + (y0 - middle) * by, middle + (y1 - middle) * by];
    });
  }

  #move(change) {
    const { f, inv } = this.mapping;
    const moved = change(...this.range.map(f)).map(inv);
    const [low, high] = moved;
    const enough = Math.abs(high - low) > Math.max(Math.abs(high), Math.abs(low)) * 1e-12;
    if (enough && Number.isFinite(low) && Number.isFinite(high)) this.range = moved;
  }
}
