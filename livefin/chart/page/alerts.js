// A chart's alerts on one view: dashed lines with a bell at the axis, to drag, move by keys and
// remove. A change shows at once, paler until the kernel has taken it, which may be busy. What has
// fired since lights the chart and, where the browser may, notifies. Python's half is alerts.py.

import { element, put, setText } from "./elements.js";

const LEVELS = ["above", "below", "crossing"];
const MOST = 100;
const BELL = "M8 1.5a4 4 0 0 0-4 4c0 4-1.5 5-1.5 6h11c0-1-1.5-2-1.5-6a4 4 0 0 0-4-4zM6.5 12.7a1.5 1.5 0 0 0 3 0z";
const STYLE = `
  :host { position: absolute; inset: 0; pointer-events: none; overflow: hidden;
    font: 11px/1.35 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; font-variant-numeric: tabular-nums; }
  .row { --tone: var(--warn); position: absolute; height: 0; }
  .row:hover, .row:focus-within { z-index: 1; }
  .row.off { --tone: var(--faint); } .row.wrong { --tone: var(--bad); } .row.waiting { opacity: .6; }
  .handle { position: absolute; inset: -5px 0; pointer-events: auto; cursor: ns-resize; touch-action: none; outline: none; }
  .line { position: absolute; left: 0; right: 0; top: 5px; border-top: 1px dashed var(--tone); }
  .row.waiting .line { border-top-style: dotted; }
  .handle:hover .line, .handle:focus-visible .line, .dragged .line { border-top-style: solid; }
  .tag { position: absolute; left: 100%; top: 5px; margin-left: 2px; transform: translateY(calc(-50% + var(--aside, 0px))); display: flex; align-items: center; gap: 2px;
    padding: 0 3px; border: 1px solid var(--tone); border-radius: 3px; background: var(--panel); color: var(--tone); white-space: nowrap; }
  .handle:focus-visible .tag, .dragged .tag { background: var(--tone); color: var(--panel); }
  svg { width: 10px; height: 10px; fill: currentColor; flex: none; }
  .off svg { fill: none; stroke: currentColor; stroke-width: 1.5; }
  button { position: absolute; right: 6px; top: -9px; width: 18px; height: 18px; padding: 0; border: 1px solid var(--tone); border-radius: 50%;
    background: var(--panel); color: var(--tone); font: 13px/1 system-ui, sans-serif; cursor: pointer; pointer-events: auto; opacity: 0; }
  .row:hover button, .row:focus-within button { opacity: 1; }
  button:hover { background: var(--tone); color: var(--panel); }
  button:focus-visible { outline: 2px solid var(--tone); outline-offset: 2px; }
  @media (hover: none) { .handle { inset: -14px 0; } .line, .tag { top: 14px; } button { opacity: .8; width: 24px; height: 24px; top: -12px; } }
  [hidden] { display: none !important; }`;

export class Alerts {
  #space; #send; #light;
  #list = [];
  #asked = new Map(); // what the kernel has not answered yet, by key
  #rows = new Map(); // a level's elements, by key
  #known = null; // how often each has fired, and its error; null before the first list
  #drag = null; // the level in hand, and where it is

  /** `space(name)`: { frame, y(value), tag(id, y), price(py), text(value) } or null; `send(op)`; `light(text)`. */
  constructor(parent, { space, send, light }) {
    this.#space = space;
    this.#send = send;
    this.#light = light;
    this.host = element("div", "");
    // JupyterLab would take the keys for its own: arrows go to other cells.
    this.host.setAttribute("data-lm-suppress-shortcuts", "true");
    this.root = this.host.attachShadow({ mode: "open" });
    this.root.append(element("style", "", STYLE));
    parent.append(this.host);
  }

  /** The alerts there are now, as the kernel has them. */
  set(list) {
    this.#list = list ?? [];
    for (const [key, ask] of this.#asked) if (answered(ask, this.#list)) this.#asked.delete(key);
    this.#hear();
    this.#show();
  }

  /** Set an alert for a price crossing the height `py`; its id, or null where there is no room. */
  addAt(py) {
    const space = this.#space("price");
    if (!space) return null;
    if (this.#levels().length >= MOST) {
      this.#light(`${MOST} alerts are the most; remove some first`);
      return null;
    }
    // Only here, on the person's own click, may the browser be asked.
    if (globalThis.Notification?.permission === "default") Notification.requestPermission().catch?.(() => {});
    const id = `p${Date.now().toString(36)}${Math.random().toString(36).slice(2, 10)}`;
    this.#ask(id, { op: "add", id, price: priceAt(space, py) });
    return id;
  }

  /** What has a tag at an axis: { id, on, value } each, `on` being a pane's key or a line's name. */
  tags() {
    return this.#levels().map((level) => ({ id: level.key, on: level.alert?.what ?? "price", value: this.#at(level) }));
  }

  /** Prices have moved on the screen: move with them. */
  place() {
    for (const level of this.#levels()) this.#place(this.#rows.get(level.key), level);
  }

  close() {
    this.host.remove();
  }

  /** Every line to draw: the kernel's, with what was asked for on top. */
  #levels() {
    const levels = [];
    for (const alert of this.#list) {
      if (this.#asked.has(alert.id)) continue; // asked to be removed
      for (const way of LEVELS) {
        if (alert[way] === null || alert[way] === undefined) continue;
        const key = `${alert.id} ${way}`;
        const ask = this.#asked.get(key);
        levels.push({ key, id: alert.id, way, alert, value: ask?.price ?? alert[way], waiting: Boolean(ask) });
      }
    }
    for (const { op, id, price } of this.#asked.values()) {
      if (op === "add") levels.push({ key: `${id} crossing`, id, way: "crossing", alert: null, value: price, waiting: true });
    }
    return levels;
  }

  #show() {
    const levels = this.#levels();
    const keys = new Set(levels.map(({ key }) => key));
    for (const [key, { row }] of this.#rows) {
      if (keys.has(key)) continue;
      row.remove();
      this.#rows.delete(key);
      if (this.#drag?.key === key) this.#drag = null;
    }
    for (const level of levels) {
      const parts = this.#rows.get(level.key) ?? this.#make(level.key);
      this.#place(parts, level);
    }
  }

  #make(key) {
    const row = element("div", "row");
    const handle = element("div", "handle");
    const [tag, price, remove] = [element("div", "tag"), element("span", ""), element("button", "", "×")];
    tag.append(bell(), price);
    handle.append(element("div", "line"), tag);
    row.append(handle, remove);
    Object.assign(handle, { tabIndex: 0, role: "slider", ariaOrientation: "vertical" });
    remove.title = "Remove this alert";
    remove.ariaLabel = remove.title;
    this.#listen(key, handle, remove);
    this.root.append(row);
    const parts = { row, handle, price };
    this.#rows.set(key, parts);
    return parts;
  }

  #place({ row, handle, price }, { key, alert, value, waiting }) {
    const space = this.#space(alert?.what ?? "price");
    const shown = this.#at({ key, value });
    const y = space?.y(shown);
    const { left, right, top, bottom } = space?.frame ?? {};
    row.hidden = !(y >= top && y <= bottom);
    if (row.hidden) return;
    const state = waiting ? "waiting for the kernel" : alert.armed ? "armed" : alert.fired ? `fired ${alert.fired} times` : "not crossed yet";
    const text = space.text(shown);
    const said = [alert?.text ?? `price crossing ${text}`, state, alert?.error].filter(Boolean).join("; ");
    row.className = ["row", waiting && "waiting", alert && !alert.armed && "off", alert?.error && "wrong", this.#drag?.key === key && "dragged"].filter(Boolean).join(" ");
    put(row, { left, top: Math.round(y), width: right - left });
    const aside = `${Math.round(space.tag(key, y) - Math.round(y))}px`;
    if (row.style.getPropertyValue("--aside") !== aside) row.style.setProperty("--aside", aside);
    setText(price, text);
    if (handle.title !== said) Object.assign(handle, { title: said, ariaLabel: said });
    handle.ariaValueNow = String(shown);
    handle.ariaValueText = text;
  }

  /** Where a level is, in hand or not. */
  #at({ key, value }) {
    return this.#drag?.key === key ? this.#drag.value : value;
  }

  #listen(key, handle, remove) {
    const level = () => this.#levels().find((each) => each.key === key);
    const quiet = (event) => event.stopPropagation(); // the chart is neither panned nor reset
    for (const part of [handle, remove]) {
      for (const name of ["pointerdown", "dblclick", "click", "contextmenu"]) part.addEventListener(name, quiet);
    }
    handle.addEventListener("pointerdown", (event) => {
      const at = level();
      const space = at && this.#space(at.alert?.what ?? "price");
      if (event.button !== 0 || !space || !at.alert) return;
      handle.setPointerCapture(event.pointerId);
      this.#drag = { key, value: at.value, from: space.y(at.value) - event.clientY, began: event.clientY, moved: false };
    });
    handle.addEventListener("pointermove", (event) => {
      const drag = this.#drag;
      if (drag?.key !== key) return;
      const at = level();
      const space = at && this.#space(at.alert.what);
      if (!space || (!drag.moved && Math.abs(event.clientY - drag.began) < 2)) return;
      drag.moved = true;
      drag.value = priceAt(space, Math.min(Math.max(event.clientY + drag.from, space.frame.top), space.frame.bottom));
      this.#place(this.#rows.get(key), at);
    });
    const drop = (keep) => () => {
      const drag = this.#drag;
      if (drag?.key !== key) return;
      this.#drag = null;
      if (keep && drag.moved) this.#move(level(), drag.value);
      this.place();
    };
    handle.addEventListener("pointerup", drop(true));
    handle.addEventListener("pointercancel", drop(false));
    handle.addEventListener("keydown", (event) => this.#key(event, level(), drop(false)));
    remove.addEventListener("click", () => this.#remove(level()));
  }

  #key(event, level, cancel) {
    const { key, shiftKey } = event;
    const steps = { ArrowUp: -1, ArrowDown: 1, PageUp: -20, PageDown: 20 }[key] ?? 0;
    if (!level || event.ctrlKey || event.metaKey || event.altKey) return;
    if (key === "Delete" || key === "Backspace") this.#remove(level);
    else if (key === "Escape") cancel();
    else if (steps) this.#step(level, steps * (shiftKey ? 10 : 1));
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** Move by so many pixels, to the next round price at least. */
  #step(level, pixels) {
    const space = this.#space(level.alert?.what ?? "price");
    if (!space || !level.alert) return;
    const { top, bottom } = space.frame;
    for (let by = pixels; Math.abs(by) < bottom - top; by += Math.sign(pixels)) {
      const py = space.y(level.value) + by;
      if (py < top || py > bottom) return;
      const value = priceAt(space, py);
      if (value !== level.value) {
        this.#move(level, value);
        return;
      }
    }
  }

  #move(level, price) {
    if (level && price !== level.value) this.#ask(level.key, { op: "move", id: level.id, level: level.way, price });
  }

  #remove(level) {
    if (level) this.#ask(level.id, { op: "remove", id: level.id });
  }

  #ask(key, ask) {
    this.#asked.set(key, ask);
    this.#show();
    this.#send(ask);
  }

  /** Say what has fired, or failed, since the last list; the first list is what was before. */
  #hear() {
    const before = this.#known;
    this.#known = new Map(this.#list.map(({ id, fired, error }) => [id, { fired, error }]));
    if (before === null) return;
    for (const { id, text, fired, last, notify, error } of this.#list) {
      const was = before.get(id) ?? { fired: 0, error: "" };
      if (error && error !== was.error) this.#light(`${text}: ${error}`);
      if (!(fired > was.fired)) continue;
      const said = last?.text ?? text;
      this.#light(said);
      if (notify) tell(said, id);
    }
  }
}

function answered({ op, id, level, price }, list) {
  const alert = list.find((each) => each.id === id);
  if (op === "add") return alert !== undefined;
  return alert === undefined || (op === "move" && alert[level] === price);
}

function tell(text, tag) {
  if (globalThis.Notification?.permission !== "granted") return;
  try {
    new Notification(text, { tag });
  } catch {
    // Chromium on Android has the class, but not for pages: the chart's light must do.
  }
}

/** The price at a height, as round as the pixels allow. */
export function priceAt(space, py) {
  const price = space.price(py);
  const pixel = Math.abs(space.price(py + 1) - price);
  if (!(pixel > 0)) return price;
  const digits = Math.ceil(-Math.log10(pixel));
  if (digits >= 0) return Number(price.toFixed(Math.min(digits, 100)));
  const step = 10 ** -digits;
  return Math.round(price / step) * step;
}

function bell() {
  const [svg, path] = ["svg", "path"].map((tag) => document.createElementNS("http://www.w3.org/2000/svg", tag));
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", BELL);
  svg.append(path);
  return svg;
}
