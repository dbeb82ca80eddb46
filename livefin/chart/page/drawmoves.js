// Where a pointer is in time and price, and where a drawing comes to lie that is moved by pixels.
// Only reckons; used by drawtools.js.

/** Time and price under a pixel of the pane: snapped to the bars if that is asked for. */
export function spot({ x, y }, space, { ctrlKey, metaKey, altKey }) {
  const { left, right, top, bottom } = space.frame;
  const inX = Math.max(left, Math.min(x, right));
  const inY = Math.max(top, Math.min(y, bottom));
  const found = (ctrlKey || metaKey || altKey) && space.snap(inX, inY);
  if (found) return { time: found.time, price: found.price };
  return { time: Math.round(space.time(inX)), price: priceAt(inY, space) };
}

/** The price at a height, with as many digits as a tenth of a pixel is worth. */
function priceAt(y, space) {
  const price = space.price(y);
  const worth = Math.abs(space.price(y + 1) - price);
  const digits = Math.ceil(-Math.log10(worth)) + 1;
  return worth > 0 ? Number(price.toFixed(Math.max(0, Math.min(digits, 20)))) : price;
}

/** The drawing moved by so many pixels; a level only up and down. */
export function shifted(drawing, by, space) {
  const points = drawing.points.map(([time, price]) => [
    time === null || !by.x ? time : Math.round(space.time(space.x(time) + by.x)),
    by.y ? priceAt(space.y(price) + by.y, space) : price,
  ]);
  return { ...drawing, points };
}

/** `to`, brought onto the nearest multiple of 45° as seen from `from`. */
export function straight(from, to) {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const turn = Math.round(Math.atan2(dy, dx) / (Math.PI / 4)) * (Math.PI / 4);
  const long = dx * Math.cos(turn) + dy * Math.sin(turn);
  return { x: from.x + long * Math.cos(turn), y: from.y + long * Math.sin(turn) };
}

export function apart(a, b) {
  return Math.hypot(a.x - b.x, a.y - b.y);
}
