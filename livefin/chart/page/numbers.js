// Prices, changes and volumes as text, and the levels that an axis of prices is marked at.
// A price has the decimals of its instrument's tick, or as many as the prices seen so far need; it is
// never rounded to the tick. Minus is a true minus. Pure; knows nothing of pixels or pages.

const MOST_DECIMALS = 15;
const EXACT = 15; // significant digits that a float64 carries for certain; beyond is noise
const NONE = "–";
const UNITS = [[1e12, "T"], [1e9, "B"], [1e6, "M"], [1e3, "K"]];
const LARGEST = 2 ** 52; // steps from zero to a level, which must stay a whole number
const WIDE = 100; // a range from which on a logarithmic axis has no use for even steps

const byDecimals = [];
const small = new Intl.NumberFormat("en-US", { maximumSignificantDigits: 3 });
const three = new Intl.NumberFormat("en-US", { minimumSignificantDigits: 3, maximumSignificantDigits: 3 });

export class PriceFormat {
  #decimals = null; // none learned yet

  /** `tick`: the instrument's tick size, or null to learn the decimals from its prices. */
  constructor(tick = null) {
    this.tick = tick > 0 && Number.isFinite(tick) ? tick : null;
    if (this.tick !== null) this.#decimals = decimals(this.tick);
  }

  /** Have as many decimals as `prices[from]` to before `prices[to]` need; never fewer than before. */
  learn(prices, from = 0, to = prices.length) {
    if (this.tick !== null) return;
    for (let i = from; i < to && this.#decimals !== MOST_DECIMALS; i++) {
      const price = prices[i];
      if (!Number.isFinite(price) || this.#shows(price)) continue;
      this.#decimals = Math.max(this.#decimals ?? 0, decimals(price));
    }
  }

  text(value) {
    return missing(value) ? NONE : signed(value, this.#decimals ?? decimals(value));
  }

  /** `value` in percent: 1.25 is "+1.25 %". */
  percent(value) {
    if (missing(value)) return NONE;
    const text = signed(value, 2);
    return `${value > 0 && /[1-9]/.test(text) ? "+" : ""}${text} %`;
  }

  /** Three digits are enough to compare volumes by. */
  volume(value) {
    if (missing(value)) return NONE;
    const rounded = Number(Math.abs(value).toPrecision(3));
    const [unit, letter] = UNITS.find(([least]) => rounded >= least) ?? [1, ""];
    const text = letter && rounded / unit < 1000 ? `${three.format(rounded / unit)} ${letter}` : `${small.format(rounded / unit)} ${letter}`.trim();
    return value < 0 ? `−${text}` : text;
  }

  /** A label of the axis: `value` with the decimals that tell levels `step` apart. */
  level(value, step) {
    if (missing(value)) return NONE;
    const distance = Math.abs(step);
    if (!(distance > 0 && distance < Infinity)) return this.text(value);
    // A step taken as the difference of two levels carries their noise.
    const larger = Math.max(0, Math.ceil(Math.log10(Math.abs(value) / distance)));
    return signed(value, decimals(distance, Math.max(1, EXACT - larger)));
  }

  /** Whether the decimals so far show `price` as it is. Quick: most prices are shown. */
  #shows(price) {
    if (this.#decimals === null) return false;
    const scaled = price * 10 ** this.#decimals;
    return Math.abs(scaled - Math.round(scaled)) <= 1e-15 * Math.abs(scaled);
  }
}

/** About `most` round values from `low` to `high`; with `log`, 1-2-5 in each decade if there are many. */
export function levels(low, high, most, { log = false } = {}) {
  if (![low, high].every(Number.isFinite) || !(most >= 1)) return [];
  if (low > high) [low, high] = [high, low];
  if (low === high) return [low];
  if (log && low > 0) {
    const found = decades(low, high, most);
    if (found.length >= 3 && (found.length >= most / 2 || high > WIDE * low)) return found;
  }
  return even(low, high, most);
}

function even(low, high, most) {
  let exponent = Math.floor(Math.log10((high - low) / most));
  for (let at = 0; ; at = (at + 1) % 3) {
    const digit = [1, 2, 5][at];
    const step = digit * 10 ** exponent;
    // The range's ends are levels too, though they may be a hair off.
    const first = Math.ceil(low / step - 1e-9);
    const last = Math.floor(high / step + 1e-9);
    if (last - first < most && Math.max(Math.abs(first), Math.abs(last)) < LARGEST) {
      return Array.from({ length: last - first + 1 }, (_, i) => shift((first + i) * digit, exponent)).filter((level) => level >= low && level <= high);
    }
    if (at === 2) exponent += 1;
  }
}

function decades(low, high, most) {
  const [first, last] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
  for (const [digits, stride] of [[[1, 2, 5], 1], [[1, 3], 1], [[1], 1], [[1], 2], [[1], 3], [[1], 4], [[1], 5], [[1], 6], [[1], 10], [[1], 20], [[1], 50]]) {
    const found = [];
    for (let exponent = Math.ceil(first / stride) * stride; exponent <= last; exponent += stride) {
      found.push(...digits.map((digit) => shift(digit, exponent)).filter((level) => level >= low && level <= high));
    }
    if (found.length <= most) return found;
  }
  return [];
}

/** `whole` times ten to `exponent`, rounded once: 3 and -1 is 0.3. */
function shift(whole, exponent) {
  return exponent < 0 ? whole / 10 ** -exponent : whole * 10 ** exponent;
}

/** How many decimals `value` has; what is beyond `digits` significant digits is noise. */
function decimals(value, digits = EXACT) {
  const [mantissa, exponent] = value.toExponential(digits - 1).split("e");
  const after = mantissa.replace(/^-?\d\.?/, "").replace(/0+$/, "").length;
  return Math.min(MOST_DECIMALS, Math.max(0, after - Number(exponent)));
}

function signed(value, places) {
  const format = (byDecimals[places] ??= new Intl.NumberFormat("en-US", { minimumFractionDigits: places, maximumFractionDigits: places }));
  const text = format.format(Math.abs(value));
  return value < 0 && /[1-9]/.test(text) ? `−${text}` : text;
}

function missing(value) {
  return typeof value !== "number" || !Number.isFinite(value);
}
