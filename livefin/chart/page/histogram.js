// A line's values as columns from zero, up and down apart; of many in one mark, the largest.
// Pure; used by pane.js.

const COLUMN = 5;

/** Columns of the line `key` over bars `from`..`to`, and its bounds, zero included. */
export function histogram({ base, columns, lines }, key, from, to, most, interval) {
  const values = lines[key];
  const { time } = columns;
  const made = { up: [], down: [], lowest: 0, highest: 0 };
  if (!values) return { up: outlines([]), down: outlines([]), lowest: Infinity, highest: -Infinity };
  const size = Math.max(1, Math.ceil((to - from) / most));
  const offset = size === 1 ? 0 : (((base + from) % size) + size) % size;
  for (let i = from, end = from + size - offset; i < to; i = end, end += size) {
    let largest = NaN;
    const last = Math.min(end, to) - 1;
    for (let k = i; k <= last; k++) if (!(Math.abs(values[k]) <= Math.abs(largest))) largest = Number.isNaN(values[k]) ? largest : values[k];
    if (Number.isNaN(largest)) continue;
    const half = (time[last] - time[i] + interval) * 0.36;
    const middle = (time[i] + time[last]) / 2;
    made[largest >= 0 ? "up" : "down"].push([middle - half, middle + half, largest]);
    made.lowest = Math.min(made.lowest, largest);
    made.highest = Math.max(made.highest, largest);
  }
  return { ...made, up: outlines(made.up), down: outlines(made.down) };
}

function outlines(bars) {
  const [x, y] = [new Float64Array(bars.length * COLUMN), new Float64Array(bars.length * COLUMN)];
  bars.forEach(([left, right, value], i) => {
    x.set([left, left, right, right, NaN], i * COLUMN);
    y.set([0, value, value, 0, NaN], i * COLUMN);
  });
  return { x, y };
}
