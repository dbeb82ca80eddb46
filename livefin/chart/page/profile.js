// How much was traded at which price, over the bars in view: the volume profile at the right edge.
// A bar's volume is spread evenly over its low to high, as nothing says where in it the trades were.
// Pure functions; profile counts, columns draws.

const VALUE = 0.7; // the share of the volume that makes the value area
const GAP = 0.1; // the share of a row's height left free between rows

/**
 * The volume of `marks` in `rows` rows of prices over at least `low`..`high`.
 *
 * The rows always reach over all marks, so that nothing is left out: rows out of view are
 * drawn out of view. `price` holds the rows' edges, lowest first; `up` and `down` the volume
 * of bars that rose and fell; `poc` is the row with the most (point of control) and `value`
 * the first and last row of the value area, all -1 where nothing was traded.
 */
export function profile(marks, rows, [low, high]) {
  [low, high] = reach(marks, low, high);
  const height = (high - low) / rows;
  const price = Float64Array.from({ length: rows + 1 }, (_, i) => low + i * height);
  const [up, down] = [new Float64Array(rows), new Float64Array(rows)];
  const row = (value) => Math.min(rows - 1, Math.max(0, Math.floor((value - low) / height)));
  for (let m = 0; m < marks.count; m++) {
    const [top, bottom, volume] = [marks.high[m], marks.low[m], marks.volume[m]];
    if (!(volume > 0) || !Number.isFinite(top - bottom)) continue;
    const into = marks.close[m] >= marks.open[m] ? up : down;
    const [first, last] = [row(bottom), row(top)];
    if (first === last) {
      into[first] += volume;
      continue;
    }
    const density = volume / (top - bottom);
    into[first] += density * (price[first + 1] - bottom);
    for (let r = first + 1; r < last; r++) into[r] += density * height;
    into[last] += density * (top - price[last]);
  }
  return { price, up, down, ...control(up, down) };
}

function reach(marks, low, high) {
  for (let m = 0; m < marks.count; m++) {
    if (!(marks.low[m] >= low)) low = Number.isFinite(marks.low[m]) ? marks.low[m] : low;
    if (!(marks.high[m] <= high)) high = Number.isFinite(marks.high[m]) ? marks.high[m] : high;
  }
  if (!Number.isFinite(high - low)) return [0, 1];
  if (high > low) return [low, high];
  const around = Math.abs(low) * 1e-4 || 1;
  return [low - around, high + around];
}

/** Point of control and value area: from the fullest row, two rows at a time, to the fuller side. */
function control(up, down) {
  const volume = up.map((value, i) => value + down[i]);
  const all = volume.reduce((sum, value) => sum + value, 0);
  if (!(all > 0)) return { poc: -1, value: [-1, -1] };
  const poc = volume.indexOf(Math.max(...volume));
  const at = (i) => volume[i] ?? 0;
  let [first, last, sum] = [poc, poc, volume[poc]];
  while (sum < VALUE * all && (first > 0 || last < volume.length - 1)) {
    const over = at(last + 1) + at(last + 2);
    const under = at(first - 1) + at(first - 2);
    if (first === 0 || (over >= under && last < volume.length - 1)) {
      last = Math.min(volume.length - 1, last + 2);
      sum += over;
    } else {
      first = Math.max(0, first - 2);
      sum += under;
    }
  }
  return { poc, value: [first, last] };
}

/**
 * Outlines of the profile's rows, for one Patch each, on an x range 0..1 over the frame.
 *
 * From the right edge leftwards, `up` first and `down` beyond it; the fullest row is `share` long.
 */
export function columns({ price, up, down }, share) {
  const rows = up.length;
  let most = 0;
  for (let r = 0; r < rows; r++) most = Math.max(most, up[r] + down[r]);
  const scale = most > 0 ? share / most : 0;
  const inset = rows ? (GAP / 2) * (price[1] - price[0]) : 0;
  const outlines = (from, values) => {
    const [x, y] = [[], []];
    for (let r = 0; r < rows; r++) {
      if (!values[r]) continue;
      const right = 1 - scale * from(r);
      const left = right - scale * values[r];
      const [bottom, top] = [price[r] + inset, price[r + 1] - inset];
      x.push(left, right, right, left, NaN);
      y.push(bottom, bottom, top, top, NaN);
    }
    return { x: Float64Array.from(x), y: Float64Array.from(y) };
  };
  return { up: outlines(() => 0, up), down: outlines((r) => up[r], down) };
}
