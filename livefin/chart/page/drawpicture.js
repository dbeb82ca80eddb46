// One drawing in SVG: its elements, made once and then only changed where they differ.
// What there is to draw comes from drawshapes.js; which drawings there are is drawings.js's.

import { shape } from "./drawshapes.js";
import { FONT } from "./drawtext.js";

const SVG = "http://www.w3.org/2000/svg";
const HEX = /^#(?:[0-9a-f]{3}){1,2}$/i;
export const ROLE = /^(?:line[0-5]|up|down|ink)$/;

export const PICTURE_STYLE = `
  :host { position: absolute; inset: 0; pointer-events: none; overflow: hidden; font: 12px/1.35 ${FONT}; color: var(--ink); }
  svg { position: absolute; inset: 0; width: 100%; height: 100%; pointer-events: none; outline: none; font-size: 11px; font-variant-numeric: tabular-nums; }
  svg.tool { pointer-events: all; cursor: crosshair; touch-action: none; }
  svg.tool * { pointer-events: none !important; }
  g[data-id] { outline: none; cursor: pointer; touch-action: none; }
  g.selected { cursor: move; }
  g.level.selected, g.level .hit { cursor: ns-resize; }
  .line { stroke: var(--tone); stroke-width: 1.5; fill: none; }
  .thin { stroke-width: 1; } .dashed { stroke-width: 1; stroke-dasharray: 4 4; }
  g:hover > .cut > .line, g:focus-visible > .cut > .line { stroke-width: 2.5; }
  g:hover > .cut > .thin, g:hover > .cut > .dashed { stroke-width: 1.75; }
  .head { stroke-linejoin: round; stroke-linecap: round; }
  .fill { fill: var(--tone); fill-opacity: .12; } .fill.faint { fill-opacity: .06; }
  .up { --way: var(--up); } .down { --way: var(--down); }
  .fill.up, .fill.down { fill: var(--way); }
  .hit { stroke: transparent; stroke-width: 10; fill: none; pointer-events: stroke; }
  .area { pointer-events: all; } circle.hit { stroke: none; fill: transparent; }
  .selected .body { pointer-events: all; }
  .label { fill: var(--tone); paint-order: stroke; stroke: var(--panel); stroke-width: 3px; stroke-linejoin: round; }
  .tag { fill: var(--tone); pointer-events: all; } .tagged, .chipped { fill: var(--panel); font-weight: 600; }
  .chip { fill: var(--way); } .paper { fill: var(--panel); stroke: var(--tone); stroke-width: 1; } .written { fill: var(--ink); }
  .writing .label, .writing .written, .writing .paper { visibility: hidden; }
  .dot { fill: var(--tone); }
  .handle { fill: var(--panel); stroke: var(--tone); stroke-width: 1.5; }
  .grip { fill: transparent; pointer-events: all; cursor: grab; }
  .level .grip { cursor: ns-resize; }
  @media (pointer: coarse) { .hit { stroke-width: 24; } .grip { r: 18px; } }`;

export class Picture {
  #drawing = null;
  #had = [{}, {}]; // attributes of the group and of what is cut
  #parts = [[], []];

  constructor(id) {
    [this.group, this.cut, this.free] = [0, 1, 2].map(() => element("g", {}));
    this.group.dataset.id = id;
    this.group.append(this.cut, this.free);
    this.shape = null; // null: out of sight
  }

  /** Draw it as it is now; `at` is its pane's space and clip, or null without a pane. */
  draw(drawing, at, { selected, writing }) {
    const shown = at && shape(drawing, at.space);
    if (!shown) {
      if (this.shape || !this.#drawing) this.group.style.display = "none";
      this.shape = null;
      return;
    }
    if (!this.shape) this.group.style.display = "";
    this.shape = shown;
    if (this.#drawing !== drawing) {
      this.#drawing = drawing;
      this.group.style.setProperty("--tone", tone(drawing.colour));
      assign(this.group, this.#had[0], { role: "img", tabindex: 0, "aria-label": described(drawing, at.space) });
    }
    assign(this.group, this.#had[0], { class: `${drawing.kind}${selected ? " selected" : ""}${writing ? " writing" : ""}` });
    assign(this.cut, this.#had[1], { class: "cut", "clip-path": at.clip });
    fill(this.cut, this.#parts[0], shown.clipped);
    fill(this.free, this.#parts[1], selected ? [...shown.free, ...handles(shown, at.space.frame)] : shown.free);
  }
}

/** What cuts drawings off at a pane's frame. */
export class Clip {
  #rect = element("rect", {});
  #had = {};

  constructor(id) {
    this.url = `url(#${id})`;
    this.path = element("clipPath", { id });
    this.path.append(this.#rect);
  }

  cut({ left, right, top, bottom }) {
    assign(this.#rect, this.#had, { x: left, y: top, width: Math.max(0, right - left), height: Math.max(0, bottom - top) });
  }
}

/** What a screen reader says. */
function described({ kind, points, text }, space) {
  const said = points.map(([time, price]) => (time === null ? space.text(price) : `${space.text(price)} at ${space.clock(time)}`));
  return `${kind} ${said.join(" to ")}${text ? `: ${text}` : ""}`;
}

function handles({ handles: all }, { left, right, top, bottom }) {
  return all.flatMap(({ x, y }, number) => {
    if (x < left - 1 || x > right + 1 || y < top - 1 || y > bottom + 1) return [];
    const at = { cx: Math.round(x * 10) / 10, cy: Math.round(y * 10) / 10 };
    return [["circle", { class: "handle", r: 4.5, ...at }], ["circle", { class: "grip", r: 10, ...at, "data-handle": number }]];
  });
}

/** Make the children of `parent` those parts, touching only what differs; `had` is what is there. */
function fill(parent, had, parts) {
  parts.forEach(([tag, attributes, text = ""], i) => {
    let part = had[i];
    if (part?.tag !== tag) {
      const node = element(tag, {});
      if (part) part.node.replaceWith(node);
      else parent.append(node);
      part = had[i] = { tag, node, attributes: {}, text: "" };
    }
    assign(part.node, part.attributes, attributes);
    if (part.text !== text) part.node.textContent = part.text = text;
  });
  while (had.length > parts.length) had.pop().node.remove();
}

function assign(node, had, attributes) {
  for (const name in attributes) {
    if (had[name] !== attributes[name]) node.setAttribute(name, (had[name] = attributes[name]));
  }
}

export function element(tag, attributes) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

export function tone(colour) {
  return ROLE.test(colour) ? `var(--${colour})` : HEX.test(colour) ? colour : "var(--ink)";
}
