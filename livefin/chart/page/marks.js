// From the bars in view to what Bokeh draws: at most one mark for every few pixels.
// Many bars in one mark are a bar themselves (first open, highest high, lowest low, last close,
// summed volume); a line keeps its lowest and highest value. What is missing (NaN) counts for
// nothing. Pure functions; a history with a `pyramid` (pyramid.js) is read a block at a time.

/** Bars `from`..`to` of `history` as at most about `most` marks, plus their bounds. */
export function aggregate(history, from, to, most, interval) {
  const { time } = history.columns;
  to = Math.max(from, to);
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
  const all = reader(history);
  let i = from;
  for (let m = 0; m < count; m++) {
    const end = Math.min(to, i + size - (m === 0 ? offset : 0));
    const bar = all(i, end);
    const [t, last] = [time[i], time[end - 1]];
    marks.time[m] = (t + last) / 2;
    marks.half[m] = (last - t + interval) * 0.36;
    marks.open[m] = bar.open;
    marks.high[m] = bar.high;
    marks.low[m] = bar.low;
    marks.close[m] = bar.close;
    marks.volume[m] = bar.volume;
    if (bar.high > marks.highest) marks.highest = bar.high;
    if (bar.low < marks.lowest) marks.lowest = bar.low;
    if (bar.volume > marks.busiest) marks.busiest = bar.volume;
    i = end;
  }
  return marks;
}

/** A function that gives rows [i, end) as one bar, by way of the pyramid's blocks if there are any. */
function reader(history) {
  const { columns, pyramid } = history;
  return (i, end) => {
    const bar = { open: NaN, high: NaN, low: NaN, close: NaN, volume: 0 };
    const inner = pyramid?.inside(i, end);
    if (!inner) return fold(columns, i, end, bar);
    fold(columns, i, inner.from, bar);
    fold(pyramid.blocks.columns, inner.first, inner.last, bar);
    return fold(columns, inner.to, end, bar);
  };
}

/** Rows [i, end) of `columns` taken into `bar`; a value that is NaN counts for nothing. */
export function fold({ open, high, low, close, volume }, i, end, bar) {
  let [top, bottom, sum] = [orElse(bar.high, -Infinity), orElse(bar.low, Infinity), bar.volume];
  let [first, last] = [i, end - 1];
  for (let k = i; k < end; k++) {
    if (high[k] > top) top = high[k];
    if (low[k] < bottom) bottom = low[k];
    if (volume[k] === volume[k]) sum += volume[k];
  }
  while (first < last && Number.isNaN(open[first])) first += 1;
  while (last > i && Number.isNaN(close[last])) last -= 1;
  if (end > i) {
    bar.open = orElse(bar.open, open[first]);
    bar.close = orElse(close[last], bar.close);
  }
  bar.high = top === -Infinity ? NaN : top;
  bar.low = bottom === Infinity ? NaN : bottom;
  bar.volume = sum;
  return bar;
}

function orElse(value, other) {
  return Number.isNaN(value) ? other : value;
}

const COLUMN = 5; // points of a column's outline, with the NaN that ends it

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
  to = Math.max(from, to);
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
    const { least, most: top } = extremes(history, key, i, end);
    const [first, second] = least < top ? [least, top] : [top, least];
    x[2 * m] = first < 0 ? times[end - 1] : times[first];
    x[2 * m + 1] = second < 0 ? times[end - 1] : times[second];
    y[2 * m] = first < 0 ? NaN : values[first];
    y[2 * m + 1] = second < 0 ? NaN : values[second];
    if (least >= 0 && values[least] < lowest) lowest = values[least];
    if (top >= 0 && values[top] > highest) highest = values[top];
    i = end;
  }
  return { x, y, lowest, highest };
}

/** Indexes of a line's lowest and highest value in rows [i, end); -1 where it has none. */
function extremes(history, key, i, end) {
  const values = history.lines[key];
  const found = { least: -1, most: -1 };
  const inner = history.pyramid?.inside(i, end, key);
  if (!inner) return seek(values, i, end, found);
  seek(values, i, inner.from, found);
  // Of the blocks, only those with the lowest and the highest value are looked into.
  const low = seek(inner.lowest, inner.first, inner.last, { least: -1, most: -1 }).least;
  const high = seek(inner.highest, inner.first, inner.last, { least: -1, most: -1 }).most;
  for (const block of low < high ? [low, high] : [high, low]) {
    const from = inner.from + (block - inner.first) * inner.size;
    if (block >= 0) seek(values, from, from + inner.size, found);
  }
  return seek(values, inner.to, end, found);
}

/** As `extremes`, going on from what was `found`. */
export function seek(values, i, end, found) {
  let { least, most } = found;
  for (; i < end; i++) {
    if (values[i] !== values[i]) continue;
    if (least < 0 || values[i] < values[least]) least = i;
    if (most < 0 || values[i] > values[most]) most = i;
  }
  found.least = least;
  found.most = most;
  return found;
}
