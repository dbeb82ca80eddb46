// What each kind of drawing looks like: from its points and its pane's scales to parts of SVG.
// A shape has `clipped` parts (cut off at the pane's frame), `free` ones (on the axis), `handles`,
// the visible `box`, and `edit`, where its text is written. null: nothing of it is in view.
// A handle says of which point it moves the time and of which the price. Drawn by drawings.js.

import { cut, stretch, width, wrap } from "./drawtext.js";

export const POINTS = { level: 1, trend: 2, rectangle: 2, fibonacci: 2, measure: 2, note: 1 };
export const COLOURS = { level: "line2", trend: "line2", rectangle: "line0", fibonacci: "line1", measure: "ink", note: "ink" };
export const RATIOS = [0, 0.236, 0.382, 0.5, 0.618, 0.786, 1];

const BEYOND = 12; // pixels outside of the frame at which edges may be cut: nothing of a cut shows
const LINE = 14; // height of a line of text
const NOTE = 220; // widest note
const NOTE_LINES = 8;

/** The shape of `drawing` in `space`, or null. */
export function shape(drawing, space) {
  const { frame } = space;
  if (drawing.points.length !== POINTS[drawing.kind]) return null;
  const points = drawing.points.map(([time, price]) => ({ x: time === null ? frame.left : space.x(time), y: space.y(price) }));
  if (!points.every(({ x, y }) => Number.isFinite(x) && Number.isFinite(y))) return null;
  return SHAPES[drawing.kind](drawing, points, space, frame);
}

/** The part of the line from `a` to `b` that lies in the frame, as two points; null if none. */
export function visible(a, b, { left, right, top, bottom }, beyond = BEYOND) {
  let from = 0;
  let to = 1;
  const dx = b.x - a.x;
  const dy = b.y - a.y;
  // Liang and Barsky: each side cuts off a piece from one end.
  for (const [way, room] of [
    [-dx, a.x - left + beyond], [dx, right + beyond - a.x],
    [-dy, a.y - top + beyond], [dy, bottom + beyond - a.y],
  ]) {
    if (way === 0 && room < 0) return null;
    if (way < 0) from = Math.max(from, room / way);
    if (way > 0) to = Math.min(to, room / way);
  }
  if (from > to) return null;
  return [from, to].map((part) => ({ x: a.x + part * dx, y: a.y + part * dy }));
}

const SHAPES = {
  level({ id, points: [[, price]], text }, [{ y }], space, frame) {
    if (y < frame.top || y > frame.bottom) return null;
    const { left, right } = frame;
    const row = Math.round(y) + 0.5;
    const said = space.text(price);
    const tag = Math.round(space.tag(id, y)) + 0.5;
    const middle = (left + right) / 2;
    return {
      clipped: [...line({ x: left, y: row }, { x: right, y: row }), ...caption(text, right - 8, row - 6, "end", right - left - 16)],
      free: [rect("tag", right + 2, tag - 8.5, right + 14 + width(said, true), tag + 8.5, 2), label("tagged", right + 8, tag + 4, said)],
      handles: [{ x: middle, y, time: null, price: 0 }],
      box: { left: middle - 40, right: middle + 40, top: row, bottom: row },
      edit: { x: right - 100, y: row - 14 },
    };
  },

  trend({ text }, [a, b], space, frame) {
    const seen = visible(a, b, frame);
    if (!seen) return null;
    const [p, q] = seen;
    const middle = { x: (p.x + q.x) / 2, y: (p.y + q.y) / 2 };
    // Above the line, on the side that it leaves free.
    const slope = (q.y - p.y) / (q.x - p.x);
    const side = Math.abs(slope) > 0.1 ? Math.sign(slope) : 0;
    const anchor = ["end", "middle", "start"][side + 1];
    return {
      clipped: [...line(p, q), ...caption(text, middle.x + 8 * side, middle.y - 6, anchor, 240)],
      free: [],
      handles: ends(a, b),
      box: around(p, q),
      edit: { x: middle.x, y: middle.y - 16 },
    };
  },

  rectangle({ text }, [a, b], space, frame) {
    const box = within(around(a, b), frame);
    if (!box) return null;
    const { left, right, top, bottom } = box;
    return {
      clipped: [rect("fill body", left, top, right, bottom), rect("line", left, top, right, bottom), rect("hit", left, top, right, bottom),
        ...caption(text, left + 7, top + 15, "start", right - left - 14)],
      free: [],
      handles: [...ends(a, b), { x: a.x, y: b.y, time: 0, price: 1 }, { x: b.x, y: a.y, time: 1, price: 0 }],
      box,
      edit: { x: (left + right) / 2, y: top + 14 },
      area: true,
    };
  },

  fibonacci({ points: [[, first], [, last]], text }, [a, b], space, frame) {
    const box = within(around(a, b), frame);
    if (!box) return null;
    const { left, right, top, bottom } = box;
    const clipped = [rect("fill faint body", left, top, right, bottom)];
    const lower = space.y(last + (first - last) * 0.618);
    const upper = space.y(last + (first - last) * 0.382);
    clipped.push(rect("fill", left, Math.min(lower, upper), right, Math.max(lower, upper)));
    const seen = visible(a, b, frame);
    if (seen) clipped.push(...line(...seen, "dashed"));
    let free = null; // where the last label stands: the next keeps its distance
    for (const ratio of RATIOS) {
      const price = last + (first - last) * ratio;
      const y = space.y(price);
      if (y < frame.top - BEYOND || y > frame.bottom + BEYOND) continue;
      const row = Math.round(y) + 0.5;
      clipped.push(...line({ x: left, y: row }, { x: right, y: row }, ratio % 0.5 ? "thin" : ""));
      if (free !== null && Math.abs(row - free) < 11) continue;
      free = row;
      clipped.push(label("label", left + 5, row - 3, `${+(ratio * 100).toFixed(1)} %\u2002${space.text(price)}`));
    }
    clipped.push(...caption(text, right - 5, top - 6, "end", 240));
    return { clipped, free: [], handles: ends(a, b), box, edit: { x: right - 90, y: top - 14 }, area: true };
  },

  measure({ points: [[from, first], [to, last]], text }, [a, b], space, frame) {
    const box = within(around(a, b), frame);
    if (!box) return null;
    const { left, right, top, bottom } = box;
    const up = last >= first;
    const way = up ? "up" : "down";
    const middle = { x: (left + right) / 2, y: (top + bottom) / 2 };
    const clipped = [
      rect(`fill body ${way}`, left, top, right, bottom), rect("hit", left, top, right, bottom),
      ...arrow({ x: middle.x, y: a.y }, { x: middle.x, y: b.y }, frame),
      ...arrow({ x: a.x, y: middle.y }, { x: b.x, y: middle.y }, frame),
    ];
    const percent = first ? ` (${signed(((last - first) / Math.abs(first)) * 100, (value) => value.toFixed(2))} %)` : "";
    const count = space.bars(Math.min(from, to), Math.max(from, to));
    const lines = [`${signed(last - first, space.text)}${percent}`, `${signed(to < from ? -count : count, String)} bars · ${stretch(to - from)}`];
    if (text) lines.push(cut(text, NOTE));
    const wide = Math.max(...lines.map((each) => width(each, true))) + 20;
    const high = lines.length * LINE + 10;
    const x = clamp(middle.x, frame.left + wide / 2 + 2, frame.right - wide / 2 - 2);
    const y = clamp(up ? b.y - high - 8 : b.y + 8, frame.top + 2, frame.bottom - high - 2);
    clipped.push(rect(`chip area ${way}`, x - wide / 2, y, x + wide / 2, y + high, 4));
    lines.forEach((each, row) => clipped.push(label("chipped", x, y + 16 + row * LINE, each, "middle")));
    return { clipped, free: [], handles: ends(a, b), box, edit: { x, y: y + high / 2 }, area: true };
  },

  note({ text }, [{ x, y }], space, frame) {
    const { left, right, top, bottom } = frame;
    if (x < left - NOTE || x > right + NOTE || y < top - BEYOND || y > bottom + BEYOND) return null;
    const dot = [["circle", { class: "dot", cx: px(x), cy: px(y), r: 3.5 }], ["circle", { class: "hit area", cx: px(x), cy: px(y), r: 9 }]];
    const handles = [{ x, y, time: 0, price: 0 }];
    const lines = wrap(text, NOTE, NOTE_LINES);
    if (!lines.length) return { clipped: dot, free: [], handles, box: around({ x: x - 8, y: y - 8 }, { x: x + 8, y: y + 8 }), edit: { x, y: y - 26 } };
    const wide = Math.max(...lines.map((each) => width(each))) + 18;
    const high = lines.length * LINE + 9;
    const above = y - high - 14 >= top;
    // Kept in the frame sideways, as long as its point is.
    const from = Math.min(x - 14, Math.max(right - wide - 2, x - wide + 14));
    const edge = above ? y - 14 - high : y + 14;
    const chip = { left: from, right: from + wide, top: edge, bottom: edge + high };
    return {
      clipped: [
        ["line", { class: "line thin", x1: px(x), y1: px(y), x2: px(x), y2: px(above ? chip.bottom : chip.top) }], ...dot,
        rect("paper area", chip.left, chip.top, chip.right, chip.bottom, 4),
        ...lines.map((each, row) => label("written", from + 9, edge + 15 + row * LINE, each)),
      ],
      free: [],
      handles,
      box: { left: from, right: from + wide, top: Math.min(edge, y), bottom: Math.max(chip.bottom, y) },
      edit: { x: from + wide / 2, y: edge + high / 2 },
    };
  },
};

// Parts: [tag, attributes, text]. One tag has always the same attributes, so that a part can
// become the next one in its place.

function line(a, b, more = "") {
  const ends = { x1: px(a.x), y1: px(a.y), x2: px(b.x), y2: px(b.y) };
  return [["line", { class: `line ${more}`, ...ends }], ["line", { class: "hit", ...ends }]];
}

function rect(name, left, top, right, bottom, round = 0) {
  const size = { width: px(Math.max(0, right - left)), height: px(Math.max(0, bottom - top)) };
  return ["rect", { class: name, x: px(left), y: px(top), ...size, rx: round }];
}

function label(name, x, y, text, anchor = "start") {
  return ["text", { class: name, x: px(x), y: px(y), "text-anchor": anchor }, text];
}

function caption(text, x, y, anchor, room) {
  return text && room > 20 ? [label("label", x, y, cut(text, room), anchor)] : [];
}

function arrow(from, to, frame) {
  const seen = visible(from, to, frame);
  const long = Math.hypot(to.x - from.x, to.y - from.y);
  if (!seen || long < 12) return [];
  const [dx, dy] = [(to.x - from.x) / long, (to.y - from.y) / long];
  const wing = (side) => `${px(to.x - 6 * dx - side * 4 * dy)},${px(to.y - 6 * dy + side * 4 * dx)}`;
  return [...line(...seen), ["polyline", { class: "line head", points: `${wing(1)} ${px(to.x)},${px(to.y)} ${wing(-1)}` }]];
}

const ends = (a, b) => [{ ...a, time: 0, price: 0 }, { ...b, time: 1, price: 1 }];

function around(a, b) {
  return { left: Math.min(a.x, b.x), right: Math.max(a.x, b.x), top: Math.min(a.y, b.y), bottom: Math.max(a.y, b.y) };
}

/** `box` cut off a little outside of the frame; null if it lies beyond. */
function within({ left, right, top, bottom }, frame) {
  if (right < frame.left || left > frame.right || bottom < frame.top || top > frame.bottom) return null;
  return {
    left: Math.max(left, frame.left - BEYOND), right: Math.min(right, frame.right + BEYOND),
    top: Math.max(top, frame.top - BEYOND), bottom: Math.min(bottom, frame.bottom + BEYOND),
  };
}

const clamp = (value, least, most) => Math.max(least, Math.min(value, most));

const px = (value) => Math.round(value * 10) / 10;

function signed(value, text) {
  return `${value > 0 ? "+" : value < 0 ? "−" : ""}${text(Math.abs(value))}`;
}
