// From the bars in view to what Bokeh draws: at most one mark for every few pixels.
// Many bars in one mark are a bar themselves (first open, highest high, lowest low, last close,
// summed volume); a line keeps its lowest and highest value. Pure functions; used by view.js.

/** Bars `from`..`to` of `history` as at most about `most` marks, plus their bounds. */
export function aggregate(history, from, to, most, interval) {
  const { time, open, high, low, close, volume } = history.columns;
  // Marks begin at multiples of their size, so that they stay the same while the view moves.
  const size = Math.max(1, Math.ceil((to - from) / most));
  const offset = size === 1 ? 0 : (history.base + from) % size;
  const count = Math.ceil((to - from + offset) / size);
  const marks = {
    size, count,
    time: new Float64Array(count), half: new Float64Array(count),
    open: new Float64Array(count), high: new Float64Array(count), low: new Float64Array(count),
    close: new Float64Array(count), volume: new Float64Array(count),
    lowest: Infinity, highest: -Infinity, busiest: 0,
  };
  let i = from;
  for (let m = 0; m < count; m++) {
    const end = Math.min(to, i + size - (m === 0 ? offset : 0));
    let [top, bottom, sum] = [high[i], low[i], 0];
    const [t, o] = [time[i], open[i]];
    for (; i < end; i++) {
      if (high[i] > top) top = high[i];
      if (low[i] < bottom) bottom = low[i];
      sum += volume[i];
    }
    const last = time[end - 1];
    marks.time[m] = (t + last) / 2;
    marks.half[m] = (last - t + interval) * 0.36;
    marks.open[m] = o;
    marks.high[m] = top;
    marks.low[m] = bottom;
    marks.close[m] = close[end - 1];
    marks.volume[m] = sum;
    if (top > marks.highest) marks.highest = top;
    if (bottom < marks.lowest) marks.lowest = bottom;
    if (sum > marks.busiest) marks.busiest = sum;
  }
  return marks;
}

const CANDLE = 11; // points of a candle's outline, with the NaN that ends it
const COLUMN = 5;

/** Outlines of the candles that went `up` or down: wick and body in one go, ended by NaN. */
export function candles(marks, up) {
  const n = tally(marks, up);
  const [x, y] = [new Float64Array(n * CANDLE), new Float64Array(n * CANDLE)];
  let k = 0;
  for (let m = 0; m < marks.count; m++) {
    const [open, close] = [marks.open[m], marks.close[m]];
    if (close >= open !== up) continue;
    const t = marks.time[m];
    const [left, right] = [t - marks.half[m], t + marks.half[m]];
    const [top, bottom] = up ? [close, open] : [open, close];
    x.set([t, t, right, right, t, t, t, left, left, t, NaN], k);
    y.set([marks.high[m], top, top, bottom, bottom, marks.low[m], bottom, bottom, top, top, NaN], k);
    k += CANDLE;
  }
  return { x, y };
}

/** Outlines of the volume columns of bars that went `up` or down. */
export function columns(marks, up) {
  const n = tally(marks, up);
  const [x, y] = [new Float64Array(n * COLUMN), new Float64Array(n * COLUMN)];
  let k = 0;
  for (let m = 0; m < marks.count; m++) {
    if (marks.close[m] >= marks.open[m] !== up) continue;
    const [left, right] = [marks.time[m] - marks.half[m], marks.time[m] + marks.half[m]];
    x.set([left, right, right, left, NaN], k);
    y.set([0, 0, marks.volume[m], marks.volume[m], NaN], k);
    k += COLUMN;
  }
  return { x, y };
}

function tally(marks, up) {
  let n = 0;
  for (let m = 0; m < marks.count; m++) n += marks.close[m] >= marks.open[m] === up;
  return n;
}

/** A line's points: every value while there is room, else each stretch's lowest and highest. */
export function line(history, key, from, to, most) {
  const values = history.lines[key];
  const times = history.columns.time;
  if (!values) return { x: new Float64Array(0), y: new Float64Array(0), lowest: Infinity, highest: -Infinity };
  const size = Math.max(1, Math.ceil((to - from) / most));
  let [lowest, highest] = [Infinity, -Infinity];
  if (size === 1) {
    for (let i = from; i < to; i++) {
      if (values[i] < lowest) lowest = values[i];
      if (values[i] > highest) highest = values[i];
    }
    return { x: times.slice(from, to), y: values.slice(from, to), lowest, highest };
  }
  const offset = (history.base + from) % size;
  const count = Math.ceil((to - from + offset) / size);
  const [x, y] = [new Float64Array(2 * count), new Float64Array(2 * count)];
  let i = from;
  for (let m = 0; m < count; m++) {
    const end = Math.min(to, i + size - (m === 0 ? offset : 0));
    let [least, most_] = [-1, -1];
    for (; i < end; i++) {
      if (Number.isNaN(values[i])) continue;
      if (least < 0 || values[i] < values[least]) least = i;
      if (most_ < 0 || values[i] > values[most_]) most_ = i;
    }
    const [first, second] = least < most_ ? [least, most_] : [most_, least];
    x[2 * m] = first < 0 ? times[end - 1] : times[first];
    x[2 * m + 1] = second < 0 ? times[end - 1] : times[second];
    y[2 * m] = first < 0 ? NaN : values[first];
    y[2 * m + 1] = second < 0 ? NaN : values[second];
    if (least >= 0 && values[least] < lowest) lowest = values[least];
    if (most_ >= 0 && values[most_] > highest) highest = values[most_];
  }
  return { x, y, lowest, highest };
}
