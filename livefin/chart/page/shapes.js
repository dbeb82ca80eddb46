// What each chart type draws of the marks in view, as columns for a handful of Bokeh glyphs.
// All outlines of one colour make a single Patch, apart by NaN: one fill and one stroke, however
// many there are. A mark without prices leaves a hole. Pure; given what marks.js's aggregate gives.

export const KINDS = ["candles", "hollow", "heikin", "bars", "line", "area", "baseline", "renko"];

/**
 * What `kind` draws, by slot: {x, y} columns. A kind leaves out the slots that it does not use.
 *
 * up, down: outlines to fill and stroke; hollowUp, hollowDown: outlines to stroke only.
 * close: a line; area: what lies between it and the price `bottom`.
 * above, below: what lies between the line and the price `base`; aboveLine, belowLine: its parts.
 */
export function shapes(kind, marks, { base = NaN, bottom = NaN } = {}) {
  if (!DRAW[kind]) throw new Error(`no chart type "${kind}"; there are ${KINDS.join(", ")}`);
  return DRAW[kind](marks, { base, bottom });
}

const DRAW = {
  candles: (marks) => byWay(marks, candle),
  heikin: (marks) => byWay(marks, candle),
  bars: (marks) => byWay(marks, tick),
  renko: (marks) => byWay(marks, brick),
  hollow,
  line: (marks) => ({ close: closes(marks) }),
  area: (marks, { bottom }) => ({ close: closes(marks), area: area(marks, bottom) }),
  baseline: (marks, { base }) => baseline(marks, base),
};

/** Points put together one by one; a path ends with NaN. */
class Path {
  constructor() {
    this.x = [];
    this.y = [];
  }

  add(xs, ys) {
    for (const x of xs) this.x.push(x);
    for (const y of ys) this.y.push(y);
    this.x.push(NaN);
    this.y.push(NaN);
  }

  get columns() {
    return { x: Float64Array.from(this.x), y: Float64Array.from(this.y) };
  }
}

function byWay(marks, draw) {
  const [up, down] = [new Path(), new Path()];
  for (let m = 0; m < marks.count; m++) {
    if (priced(marks, m)) draw(marks.close[m] >= marks.open[m] ? up : down, marks, m);
  }
  return { up: up.columns, down: down.columns };
}

/** Filled when it closed lower than it opened; the colour tells how it closed against the close before. */
function hollow(marks) {
  const paths = { up: new Path(), down: new Path(), hollowUp: new Path(), hollowDown: new Path() };
  let before = NaN;
  for (let m = 0; m < marks.count; m++) {
    if (!priced(marks, m)) continue;
    const [open, close] = [marks.open[m], marks.close[m]];
    const rose = close >= (Number.isNaN(before) ? open : before);
    const name = close < open ? (rose ? "up" : "down") : rose ? "hollowUp" : "hollowDown";
    candle(paths[name], marks, m);
    before = close;
  }
  return Object.fromEntries(Object.entries(paths).map(([name, path]) => [name, path.columns]));
}

/** Wick and body in one go, the wick outside of the body only: hollow ones show no line through it. */
function candle(path, marks, m) {
  const { t, left, right } = across(marks, m);
  const [top, bottom] = body(marks, m);
  const [high, low] = [marks.high[m], marks.low[m]];
  path.add(
    [t, t, right, right, t, t, t, left, left, t],
    [high, top, top, bottom, bottom, low, bottom, bottom, top, top],
  );
}

/** A bar with its open to the left and its close to the right: there and back, nothing to fill. */
function tick(path, marks, m) {
  const { t, left, right } = across(marks, m);
  const [open, close] = [marks.open[m], marks.close[m]];
  path.add([t, t, left, t, t, right, t, t], [marks.high[m], open, open, open, close, close, close, marks.low[m]]);
}

/** A brick, or the whole height of several in one mark; never over its neighbours. */
function brick(path, marks, m) {
  const t = marks.time[m];
  const before = m > 0 ? (t - marks.time[m - 1]) / 2 : Infinity;
  const after = m + 1 < marks.count ? (marks.time[m + 1] - t) / 2 : Infinity;
  const half = Math.min(marks.half[m], before, after);
  const [high, low] = [marks.high[m], marks.low[m]];
  path.add([t - half, t + half, t + half, t - half], [low, low, high, high]);
}

function closes({ time, close }) {
  return { x: time, y: close };
}

function area(marks, bottom) {
  const path = new Path();
  for (const [from, to] of runs(marks)) {
    const [x, y] = [marks.time.subarray(from, to), marks.close.subarray(from, to)];
    path.add([x[0], ...x, x[x.length - 1]], [bottom, ...y, bottom]);
  }
  return path.columns;
}

/** The line cut where it crosses `base`; without a base, the first close in view is it. */
function baseline(marks, base) {
  const [above, below] = [new Path(), new Path()];
  const [aboveLine, belowLine] = [new Path(), new Path()];
  if (!Number.isFinite(base)) base = marks.close.find(Number.isFinite) ?? 0;
  for (const [from, to] of runs(marks)) {
    let [xs, ys] = [[marks.time[from]], [marks.close[from]]];
    let high = marks.close[from] >= base;
    const end = () => {
      (high ? above : below).add([xs[0], ...xs, xs.at(-1)], [base, ...ys, base]);
      (high ? aboveLine : belowLine).add(xs, ys);
    };
    for (let m = from + 1; m < to; m++) {
      const [x, y] = [marks.time[m], marks.close[m]];
      if (y >= base !== high) {
        const [x0, y0] = [marks.time[m - 1], marks.close[m - 1]];
        const cut = x0 + ((x - x0) * (base - y0)) / (y - y0);
        xs.push(cut);
        ys.push(base);
        end();
        [xs, ys, high] = [[cut], [base], !high];
      }
      xs.push(x);
      ys.push(y);
    }
    end();
  }
  return { above: above.columns, below: below.columns, aboveLine: aboveLine.columns, belowLine: belowLine.columns };
}

/** Stretches [from, to) of marks that have a close. */
function* runs({ close, count }) {
  for (let m = 0; m < count; m++) {
    if (!Number.isFinite(close[m])) continue;
    const from = m;
    while (m < count && Number.isFinite(close[m])) m += 1;
    yield [from, m];
  }
}

function priced({ open, high, low, close }, m) {
  return Number.isFinite(open[m] + high[m] + low[m] + close[m]);
}

function across({ time, half }, m) {
  return { t: time[m], left: time[m] - half[m], right: time[m] + half[m] };
}

function body({ open, close }, m) {
  return close[m] >= open[m] ? [close[m], open[m]] : [open[m], close[m]];
}
