// Making and changing drawings with pointer and keys; which change that is, not how it looks.
// A tool takes its points by clicks or by press, drag and release. Shift holds a trend line to
// multiples of 45°; Ctrl, Cmd or Alt snaps to the bars' prices. Escape gives up.
// Changes go to drawings.js: show (not final yet), commit, revert.

import { apart, shifted, spot, straight } from "./drawmoves.js";
import { COLOURS, POINTS } from "./drawshapes.js";

const CLICK = 4; // pixels that a press may move and still be a click
const KEYS_REST = 400; // ms after the last arrow key until the kernel hears of the move
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class Tools {
  #phase = "aim"; // then "first" is pressed, "between" two clicks, "last" is pressed
  #press = null; // { x, y, moved } of the pointer that is down
  #drag = null; // { drawing, handle }: what is being moved, as it was
  #pressed = null; // where any pointer last went down in the window, in its pixels
  #soon = null;
  #end = new AbortController();

  /** `layer` has svg, root, selected, space, pane, at, get, handle, show, commit, revert, select, edit, remove, tool. */
  constructor(layer) {
    this.layer = layer;
    this.kind = null; // of the tool that is on
    this.draft = null; // what it has made so far
    const { svg, root } = layer;
    const on = (target, name, hear, options) => target.addEventListener(name, hear, { signal: this.#end.signal, ...options });
    on(svg, "pointerdown", (event) => this.#down(event));
    on(svg, "pointermove", (event) => this.#move(event));
    on(svg, "pointerup", (event) => this.#up(event));
    on(svg, "pointercancel", () => this.#give());
    on(svg, "pointerleave", () => {
      if (!this.busy) this.#drop();
    });
    on(svg, "dblclick", (event) => this.#double(event));
    on(svg, "contextmenu", (event) => this.#menu(event));
    on(root, "keydown", (event) => this.#key(event));
    on(root, "focusin", (event) => {
      const id = drawn(event.target);
      if (id && id !== layer.selected) layer.select(id);
    });
    on(window, "keydown", (event) => this.#escape(event), { capture: true });
    on(window, "pointerdown", (event) => (this.#pressed = { x: event.clientX, y: event.clientY }), { capture: true });
    on(document, "click", (event) => this.#elsewhere(event));
  }

  begin(kind) {
    this.#give();
    this.kind = kind;
    if (kind) this.layer.select(null);
    this.layer.tool(kind);
  }

  /** Whether a drawing follows the pointer just now. */
  get busy() {
    return this.#drag !== null || this.#phase !== "aim";
  }

  close() {
    clearTimeout(this.#soon);
    this.#end.abort();
  }

  // The pointer

  #down(event) {
    if (event.button !== 0 || !event.isPrimary) return;
    const at = this.layer.at(event);
    if (this.kind) {
      if (!this.#mark(at, event)) return;
    } else {
      const id = drawn(event.target);
      if (!id) return;
      this.settle();
      this.layer.select(id, { focus: true });
      const drawing = this.layer.get(id);
      // A level is all handle: it moves one way only, and snaps.
      const number = drawing.kind === "level" ? 0 : event.target.dataset.handle;
      this.#drag = { drawing, handle: number === undefined ? null : this.layer.handle(id, number) };
    }
    this.#press = { ...at, moved: false };
    this.layer.svg.setPointerCapture(event.pointerId);
    event.stopPropagation();
    event.preventDefault(); // the notebook would take the focus
  }

  #move(event) {
    const at = this.layer.at(event);
    const { kind } = this;
    // The chart hears of moves but while a drawing is pulled, so that its crosshair helps to aim.
    if (this.#press) this.#press.moved ||= apart(this.#press, at) > CLICK;
    if (this.#drag) {
      event.stopPropagation();
      if (this.#press.moved) this.#pull(at, event);
    } else if (kind && this.draft && this.#phase !== "aim") {
      this.#follow(at, event);
    } else if (kind === "level" && event.pointerType === "mouse") {
      // Before the click already, it shows where it would lie.
      if (this.layer.pane(at.x, at.y) === null) this.#drop();
      else this.#start(at, event);
    }
  }

  #up(event) {
    const press = this.#press;
    if (!press) return;
    this.#move(event); // it may have come further than the last move said
    this.#press = null;
    event.stopPropagation();
    if (this.#drag) {
      this.#drag = null;
      if (press.moved) this.layer.commit();
      this.layer.place();
      return;
    }
    if (!this.draft) return;
    const single = POINTS[this.kind] === 1;
    const far = this.#phase === "last" ? apart(this.first, this.layer.at(event)) > CLICK : press.moved;
    if (single || far) this.#finish();
    else this.#phase = "between";
  }

  // Making

  /** A press while a tool is on: the first point, or the last. False where there is no pane. */
  #mark(at, event) {
    if (this.#phase === "between") {
      this.#phase = "last";
      this.#follow(at, event);
      return true;
    }
    if (!this.#start(at, event)) return false;
    this.#phase = "first";
    this.first = at;
    return true;
  }

  #start(at, event) {
    const { layer, kind } = this;
    const pane = layer.pane(at.x, at.y);
    const space = pane === null ? null : layer.space(pane);
    if (!space) return false;
    const from = spot(at, space, event);
    const id = this.draft?.id ?? fresh();
    const points = Array.from({ length: POINTS[kind] }, () => [kind === "level" ? null : from.time, from.price]);
    this.draft = { id, kind, pane, points, text: "", colour: COLOURS[kind] };
    layer.show(this.draft);
    return true;
  }

  #follow(at, event) {
    const { draft, layer } = this;
    const space = layer.space(draft.pane);
    if (!space) return;
    const [first] = draft.points;
    const anchor = { x: space.x(first[0] ?? 0), y: space.y(first[1]) };
    const to = spot(draft.kind === "trend" && event.shiftKey ? straight(anchor, at) : at, space, event);
    const point = [first[0] === null ? null : to.time, to.price];
    this.draft = { ...draft, points: draft.points.length === 1 ? [point] : [first, point] };
    layer.show(this.draft);
  }

  #finish() {
    const { draft, layer } = this;
    this.draft = null;
    this.#phase = "aim";
    this.kind = null;
    layer.tool(null);
    layer.select(draft.id, { focus: true });
    // A note waits for its text: without one it is not kept.
    if (draft.kind === "note") layer.edit(draft.id, { fresh: true });
    else layer.commit();
  }

  #drop() {
    if (this.draft) this.layer.revert(this.draft.id, null);
    this.draft = null;
    this.#phase = "aim";
  }

  /** Leave what is under way as it was before. */
  #give() {
    this.settle();
    if (this.#drag) this.layer.revert(this.#drag.drawing.id, this.#drag.drawing);
    this.#drag = this.#press = null;
    this.#drop();
  }

  // Moving

  #pull(at, event) {
    const { drawing, handle } = this.#drag;
    const space = this.layer.space(drawing.pane);
    if (!space) return;
    const by = { x: at.x - this.#press.x, y: at.y - this.#press.y };
    if (!handle) {
      this.layer.show(shifted(drawing, by, space));
      return;
    }
    let to = { x: drawing.kind === "level" ? at.x : handle.x + by.x, y: handle.y + by.y };
    if (drawing.kind === "trend" && event.shiftKey) {
      const other = drawing.points[1 - handle.price];
      to = straight({ x: space.x(other[0]), y: space.y(other[1]) }, to);
    }
    const { time, price } = spot(to, space, event);
    const points = drawing.points.map((point) => [...point]);
    if (handle.time !== null) points[handle.time][0] = time;
    points[handle.price][1] = price;
    this.layer.show({ ...drawing, points });
  }

  // Keys

  #key(event) {
    const { layer } = this;
    const id = layer.selected;
    if (!id || this.kind || this.busy || event.ctrlKey || event.metaKey || event.altKey) return;
    const on = drawn(event.target) !== null;
    const step = on && ARROWS[event.key];
    if (event.key === "Delete" || event.key === "Backspace") layer.remove();
    else if (event.key === "Escape") layer.select(null);
    else if (on && (event.key === "Enter" || event.key === "F2")) layer.edit(id);
    else if (step) this.#nudge(id, step, event.shiftKey ? 10 : 1);
    else return;
    event.stopPropagation();
    event.preventDefault();
  }

  #nudge(id, [dx, dy], pixels) {
    const drawing = this.layer.get(id);
    const space = this.layer.space(drawing.pane);
    if (!space) return;
    this.layer.show(shifted(drawing, { x: dx * pixels, y: dy * pixels }, space));
    clearTimeout(this.#soon);
    this.#soon = setTimeout(() => this.settle(), KEYS_REST);
  }

  /** Tell the kernel of what the arrow keys did. */
  settle() {
    if (this.#soon === null) return;
    clearTimeout(this.#soon);
    this.#soon = null;
    this.layer.commit();
  }

  #escape(event) {
    if (event.key !== "Escape" || !(this.kind || this.#drag)) return;
    event.stopPropagation();
    event.preventDefault();
    if (this.kind) this.begin(null);
    else this.#give();
  }

  // Clicks

  #double(event) {
    // The event's own target is the picture as a whole, which has captured the pointer.
    const id = drawn(this.layer.root.elementFromPoint(event.clientX, event.clientY));
    event.stopPropagation(); // the chart would go back to the live edge
    if (id && !this.kind) this.layer.edit(id);
  }

  #menu(event) {
    const id = drawn(event.target);
    if (!id && !this.kind) return;
    event.stopPropagation();
    event.preventDefault();
    if (this.kind) this.begin(null);
    else this.layer.select(id, { focus: true });
  }

  /** A click beside all drawings: it selects an area that it lies in, or nothing. A pan is no click. */
  #elsewhere(event) {
    const { layer } = this;
    const path = event.composedPath();
    // A button of the chart may be about what is selected.
    if (this.kind || path.includes(layer.host) || path[0].closest?.("button, input, select, a")) return;
    if (!this.#pressed || apart(this.#pressed, { x: event.clientX, y: event.clientY }) > CLICK) return;
    const inside = path.includes(layer.parent.parentElement);
    layer.select(inside ? layer.area(layer.at(event)) : null, { focus: true });
  }
}

/** The id of the drawing that an element is part of, or null. */
function drawn(target) {
  return target?.closest?.("[data-id]")?.dataset.id ?? null;
}

// crypto.randomUUID is there on https and localhost only; a notebook may be served by neither.
export function fresh() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
