// The drawings on one view of a chart: the list as this page has it, and its picture in SVG.
// A change shows at once and goes to the kernel; until the kernel says that it has heard it
// (`seen`), lists from there are shown with it on top. So it works while the kernel is busy,
// and nothing jumps back. Python's half is drawings.py; drawtools.js hears pointer and keys,
// drawshapes.js says what a kind looks like. Text goes in as text only.

import { Bar, BAR_STYLE, CHOICE, write } from "./drawbar.js";
import { Past } from "./drawpast.js";
import { Clip, element, Picture, PICTURE_STYLE, ROLE, tone } from "./drawpicture.js";
import { POINTS } from "./drawshapes.js";
import { fresh, Tools } from "./drawtools.js";

const MOST = 500;

export class Drawings {
  #space; #pane; #changed;
  #list = new Map(); // by id, as the kernel last said with the changes since on top
  #pending = []; // changes of this page that the kernel has not answered yet, oldest first
  #held = null; // the drawing that is being made, moved or written just now
  #was = null; // as it was before that; null when it is new
  #past = new Past();
  #pictures = new Map();
  #clips = new Map();
  #page = fresh();
  #sent = 0;
  #stop = null; // ends the writing of a text
  #written = null; // the id of whose it is

  constructor(parent, { space, pane, changed, colours }) {
    this.parent = parent;
    this.#space = space;
    this.#pane = pane;
    this.#changed = changed;
    this.ontool = null;
    this.selected = null;
    this.host = document.createElement("div");
    // JupyterLab would take letters and arrows for its own: "dd" deletes a cell.
    this.host.setAttribute("data-lm-suppress-shortcuts", "true");
    this.root = this.host.attachShadow({ mode: "open" });
    const style = document.createElement("style");
    style.textContent = PICTURE_STYLE + BAR_STYLE;
    this.svg = element("svg", { role: "group", "aria-label": "drawings" });
    this.svg.append((this.defs = element("defs", {})));
    this.root.append(style, this.svg);
    const roles = Array.isArray(colours) ? colours.filter((role) => ROLE.test(role)) : CHOICE;
    this.bar = new Bar(this.root, roles, {
      colour: (colour) => this.#change({ ...this.get(this.selected), colour }),
      write: () => this.edit(this.selected),
      remove: () => this.remove(),
    });
    parent.append(this.host);
    this.tools = new Tools(this);
  }

  // What the chart does with it

  /** The kernel's whole list, and `seen`: by page, how many of its changes are in it. */
  set(list, seen) {
    const heard = seen ? (seen[this.#page] ?? 0) : Infinity;
    this.#pending = this.#pending.filter((op) => op.from[1] > heard);
    const next = new Map(list.map((drawing) => [drawing.id, drawing]));
    for (const op of this.#pending) apply(next, op);
    if (this.#held) next.set(this.#held.id, this.#held);
    this.#list = next;
    this.place();
  }

  /** Put everything where it belongs now. Called after each repaint. */
  place() {
    if (!this.#list.size && !this.#pictures.size) return;
    for (const [id, picture] of this.#pictures) {
      if (this.#list.has(id)) continue;
      if (picture.group === this.root.activeElement) this.#home();
      picture.group.remove();
      this.#pictures.delete(id);
      if (id === this.selected) this.selected = null;
      if (id === this.#written) this.#stop();
    }
    const spaces = new Map();
    for (const drawing of this.#list.values()) {
      const { pane } = drawing;
      if (!spaces.has(pane)) spaces.set(pane, this.#frame(pane));
      this.#draw(drawing, spaces.get(pane));
    }
    this.#showBar();
  }

  /** Start the tool of a kind; null ends it. False when the chart holds all it can. */
  begin(kind) {
    if (kind !== null && !(kind in POINTS)) throw new Error(`no drawing is called ${kind}`);
    if (kind !== null && this.#list.size >= MOST) return false;
    this.tools.begin(kind);
    return true;
  }

  get active() {
    return this.tools.kind;
  }

  /** Delete what is selected. */
  remove() {
    const id = this.selected;
    if (!id) return;
    const inside = this.root.activeElement !== null;
    this.#send({ op: "remove", id });
    if (inside) this.#home(); // the button that was pressed goes with it
  }

  /** Take back what the person did here last; false when there is nothing, or something is in hand. */
  undo() {
    return this.#turn((list) => this.#past.undo(list));
  }

  /** Do again what was taken back last. */
  redo() {
    return this.#turn((list) => this.#past.redo(list));
  }

  /** Delete everything. */
  clear() {
    this.#send({ op: "clear" });
  }

  close() {
    this.#stop?.();
    this.tools.close();
    this.host.remove();
  }

  // What the tools do with it

  space(key) {
    return this.#space(key);
  }

  pane(x, y) {
    return this.#pane(x, y);
  }

  /** Where an event is, in pixels of the parent. */
  at({ clientX, clientY }) {
    const box = this.parent.getBoundingClientRect();
    return { x: clientX - box.left, y: clientY - box.top };
  }

  get(id) {
    return this.#list.get(id);
  }

  /** What has a tag at an axis: { id, on, value } each, `on` being the pane's key. */
  tags() {
    return [...this.#list.values()].filter(({ kind }) => kind === "level").map(({ id, pane, points: [[, value]] }) => ({ id, on: pane, value }));
  }

  handle(id, number) {
    return this.#pictures.get(id).shape.handles[number];
  }

  /** The newest drawing whose area holds the pixel, or null. */
  area({ x, y }) {
    const holds = ({ shape: it }) => it?.area && x >= it.box.left && x <= it.box.right && y >= it.box.top && y <= it.box.bottom;
    return [...this.#list.keys()].reverse().find((id) => holds(this.#pictures.get(id))) ?? null;
  }

  /** Show a drawing as it is for now; the kernel hears of it by `commit`. */
  show(drawing) {
    if (this.#held && this.#held.id !== drawing.id) this.commit();
    if (!this.#held) this.#was = this.get(drawing.id) ?? null;
    this.#held = drawing;
    this.#list.set(drawing.id, drawing);
    this.place();
  }

  commit() {
    if (this.#held) this.#send({ op: "put", drawing: this.#held });
  }

  /** Show again what was there before, or nothing. */
  revert(id, before) {
    this.#held = null;
    if (before) this.#list.set(id, before);
    else this.#list.delete(id);
    this.place();
  }

  /** A tool has begun, or (null) ended. */
  tool(kind) {
    this.svg.classList.toggle("tool", kind !== null);
    if (this.toolShown === kind) return;
    this.toolShown = kind;
    this.ontool?.(kind);
  }

  select(id, { focus = false } = {}) {
    const before = this.selected;
    this.selected = id;
    if (before !== id) {
      const { activeElement } = this.root;
      if (activeElement && activeElement.dataset.id !== id) activeElement.blur(); // a text is done, too
      this.place();
    }
    const group = this.#pictures.get(id)?.group;
    if (!group || !focus) return;
    if (before !== id) this.svg.append(group); // its handles lie above all others
    group.focus({ preventScroll: true });
  }

  /** Let the user write the text; a `fresh` note that is left empty goes away. */
  edit(id, { fresh: isNew = false } = {}) {
    const drawing = this.get(id);
    const seen = this.#pictures.get(id)?.shape;
    const space = drawing && this.#space(drawing.pane);
    if (!seen || !space) return;
    this.#stop?.();
    this.#written = id;
    const { left, right, top, bottom } = space.frame;
    const x = Math.max(left + 97, Math.min(seen.edit.x, right - 97));
    const y = Math.max(top + 15, Math.min(seen.edit.y, bottom - 15));
    this.#stop = write(this.root, { text: drawing.text, x, y, tone: tone(drawing.colour) }, (text, byKey) => {
      this.#stop = this.#written = null;
      const said = text?.trim().replace(/\s+/g, " ") ?? null;
      if (isNew && !said) this.revert(id, null);
      else if (isNew || (said !== null && said !== drawing.text)) this.#change({ ...this.get(id), text: said });
      this.place();
      if (!byKey) return; // the focus is where the person has clicked
      if (this.#pictures.has(id)) this.select(id, { focus: true });
      else this.#home();
    });
    this.place();
  }

  // Changes

  #change(drawing) {
    if (!this.#list.has(drawing.id)) return; // the kernel removed it meanwhile
    this.show(drawing);
    this.commit();
  }

  #turn(ask) {
    if (this.tools.busy || this.#stop) return false;
    this.tools.settle();
    const ops = ask(this.#list);
    for (const op of ops ?? []) this.#send(op, false);
    return ops !== null;
  }

  /** Give the focus to the chart, whose keys go on, rather than to nothing. */
  #home() {
    this.parent.parentElement?.focus({ preventScroll: true });
  }

  #before(id) {
    return (id === this.#held?.id ? this.#was : this.get(id)) ?? null;
  }

  #send(op, own = true) {
    const id = op.drawing?.id ?? op.id;
    const about = op.op === "clear" ? [...this.#list.keys()] : [id];
    if (own) this.#past.add(about.map((each) => [each, this.#before(each), op.drawing ?? null]));
    if (op.op === "clear" || id === this.#held?.id) this.#held = null;
    op.from = [this.#page, ++this.#sent];
    // The newest change of a drawing says all; so this stays as short as the list.
    this.#pending = this.#pending.filter((other) => op.op !== "clear" && (other.drawing?.id ?? other.id) !== id);
    this.#pending.push(op);
    apply(this.#list, op);
    this.place();
    this.#changed(op);
  }

  // The picture

  #frame(key) {
    const space = this.#space(key);
    if (!space) return null;
    let clip = this.#clips.get(key);
    if (!clip) {
      this.#clips.set(key, (clip = new Clip(`clip-${this.#page}-${this.#clips.size}`)));
      this.defs.append(clip.path);
    }
    clip.cut(space.frame);
    return { space, clip: clip.url };
  }

  #draw(drawing, at) {
    let picture = this.#pictures.get(drawing.id);
    if (!picture) {
      this.#pictures.set(drawing.id, (picture = new Picture(drawing.id)));
      this.svg.append(picture.group);
    }
    picture.draw(drawing, at, { selected: drawing.id === this.selected, writing: drawing.id === this.#written });
  }

  #showBar() {
    const drawing = this.get(this.selected);
    const box = drawing && this.#pictures.get(drawing.id)?.shape?.box;
    if (box && !this.tools.busy && !this.#stop) this.bar.show(drawing, box, this.#space(drawing.pane).frame);
    else this.bar.show(null);
  }
}

/** Make a change to a list by id. */
function apply(list, op) {
  if (op.op === "put") list.set(op.drawing.id, op.drawing);
  else if (op.op === "remove") list.delete(op.id);
  else list.clear();
}
