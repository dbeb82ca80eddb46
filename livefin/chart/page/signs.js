// Where an indicator marks bars: a triangle under a bar where its value is above 0, over it
// where it is below. Of marks that would lie on each other the first is drawn. Pure; used by
// pricepane.js.

const MOST = 100_000; // bars in view beyond which single ones cannot be told apart anyway

/** Times and prices of the marks of line `key` over bars `from`..`to`, `apart` bars or more apart. */
export function signs(bars, key, from, to, apart) {
  const values = bars.lines[key];
  const { time, low, high } = bars.columns;
  const found = { up: { times: [], prices: [] }, down: { times: [], prices: [] } };
  const last = { up: -Infinity, down: -Infinity };
  if (!values || to - from > MOST) return found;
  for (let i = from; i < to; i++) {
    const value = values[i];
    if (!value || Number.isNaN(value)) continue;
    const way = value > 0 ? "up" : "down";
    if (i - last[way] < apart) continue;
    last[way] = i;
    found[way].times.push(time[i]);
    found[way].prices.push(value > 0 ? low[i] : high[i]);
  }
  return found;
}

/** What the legend says of such a value. */
export function sign(value) {
  return value > 0 ? "▲" : value < 0 ? "▼" : "–";
}
