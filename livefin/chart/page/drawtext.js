// Text on drawings: how wide it is, where to break or cut it, and a stretch of time in words.
// Measured on a canvas, not in the page, so that asking costs no layout. Used by drawshapes.js.

export const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';

const REMEMBERED = 2_000;
const UNITS = [["d", 86_400_000], ["h", 3_600_000], ["min", 60_000], ["s", 1_000], ["ms", 1]];
const widths = new Map();
const broken = new Map();
let ruler;

/** Width of `text` in pixels, at 11 pixels. */
export function width(text, bold = false) {
  return remember(widths, bold ? `bold ${text}` : text, () => {
    ruler ??= document.createElement("canvas").getContext("2d");
    ruler.font = `${bold ? 600 : 400} 11px ${FONT}`;
    return ruler.measureText(text).width;
  });
}

/** `text` as it is, or as much of it as fits into `room` pixels and an ellipsis. */
export function cut(text, room) {
  if (width(text) <= room) return text;
  const letters = Array.from(text); // whole characters, never half of a pair
  let low = 0;
  let high = letters.length;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (width(`${letters.slice(0, middle).join("")}…`) <= room) low = middle;
    else high = middle - 1;
  }
  return `${letters.slice(0, low).join("")}…`;
}

/** `text` in lines of at most `room` pixels, and at most `most` of them. */
export function wrap(text, room, most) {
  return remember(broken, `${room} ${most} ${text}`, () => {
    const lines = [];
    let rest = text;
    while (rest && lines.length < most - 1 && width(rest) > room) {
      const fits = cut(rest, room).slice(0, -1);
      const blank = rest[fits.length] === " " ? fits.length : fits.lastIndexOf(" ");
      const end = blank > 0 ? blank : Math.max(1, fits.length);
      lines.push(rest.slice(0, end).trimEnd());
      rest = rest.slice(end).trimStart();
    }
    if (rest) lines.push(cut(rest, room));
    return lines;
  });
}

/** A stretch of `ms` in its two largest units: "6 h 15 min". */
export function stretch(ms) {
  let rest = Math.abs(Math.round(ms));
  const first = UNITS.findIndex(([, size]) => rest >= size);
  if (first < 0) return "0 s";
  const said = [];
  for (const [unit, size] of UNITS.slice(first, first + 2)) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count) said.push(`${count} ${unit}`);
  }
  return said.join(" ");
}

function remember(known, key, make) {
  let value = known.get(key);
  if (value === undefined) {
    if (known.size >= REMEMBERED) known.clear();
    known.set(key, (value = make()));
  }
  return value;
}
