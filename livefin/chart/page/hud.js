// What lies over the panes in plain elements: price label, crosshair, band and marker labels, the way
// back to live, and the word for an empty chart. Moving these costs no repaint of a figure.
// Made and moved by view.js and its panes, which hand in pixels and texts; knows nothing of Bokeh.

import { element, put, reveal, setText } from "./elements.js";
import { STYLE } from "./style.js";

const LETTER = 6.2; // about how wide a letter of a band's label is, in pixels
const PARTS = ["bands", "notes", "price-line", "cross v", "empty", "tag price", "tag badge time", "zone"];

export class Hud {
  constructor(parent, { onLive }) {
    this.host = element("div", "livefin-hud");
    this.root = this.host.attachShadow({ mode: "open" });
    const style = document.createElement("style");
    style.textContent = STYLE;
    this.root.append(style);
    for (const name of PARTS) this.root.append((this[name.split(" ").at(-1)] = element("div", name)));
    this.line = this["price-line"];
    this.price.append(element("div", ""), element("div", "left"));
    this.button = element("button", "live", "Live ▸");
    this.button.title = "Back to the live edge (End)";
    this.button.addEventListener("click", onLive);
    this.flash = element("div", "flash");
    this.flash.setAttribute("role", "status");
    this.hint = element("div", "hint");
    this.root.append(this.button, this.flash, this.hint);
    this.empty.append(element("div", "spinner"), element("div", "what"));
    for (const part of [this.line, this.price, this.v, this.time, this.zone, this.button, this.flash, this.hint]) part.hidden = true;
    this.crosses = []; // one a pane: its horizontal line and its tag
    parent.append(this.host);
  }

  /** What is being waited for; null when there is something to see. */
  setEmpty(text, busy) {
    reveal(this.empty, text !== null);
    if (text === null) return;
    setText(this.empty.lastChild, text);
    reveal(this.empty.firstChild, busy);
  }

  /** The last price's line and label, hidden where there is none or it is out of the frame. */
  setPrice(at, frame) {
    const out = at === null || frame === null || !(at.y >= frame.top && at.y <= frame.bottom);
    for (const part of [this.line, this.price]) reveal(part, !out);
    if (out) return;
    if (this.way !== at.way) {
      for (const part of [this.line, this.price]) part.style.setProperty("--way", `var(--${at.way})`);
      this.way = at.way;
    }
    put(this.line, { left: frame.left, top: Math.round(at.y), width: frame.right - frame.left });
    put(this.price, { left: frame.right + 2, top: Math.round(at.y) });
    setText(this.price.firstChild, at.text);
    reveal(this.price.lastChild, Boolean(at.left));
    setText(this.price.lastChild, at.left);
  }

  /** The crosshair: `x` and its text over all panes; `y`, text and frame of the pane it is in. */
  setCross(at, frames) {
    for (const part of [this.v, this.time]) reveal(part, at !== null);
    while (this.crosses.length < frames.length) {
      const [h, tag] = [element("div", "cross h"), element("div", "tag badge level")];
      this.root.append(h, tag);
      this.crosses.push([h, tag]);
    }
    this.crosses.forEach(([h, tag], i) => {
      const here = at !== null && at.pane === i && frames[i];
      for (const part of [h, tag]) reveal(part, Boolean(here));
      if (!here) return;
      put(h, { left: frames[i].left, top: Math.round(at.y), width: frames[i].right - frames[i].left });
      put(tag, { left: frames[i].right + 2, top: Math.round(at.y) });
      setText(tag, at.text);
      reveal(tag, Boolean(at.text));
    });
    if (at === null) return;
    const [first, last] = [frames[0], frames.at(-1)];
    put(this.v, { left: Math.round(at.x), top: first.top, height: last.bottom - first.top });
    setText(this.time, at.time);
    reveal(this.time, Boolean(at.time));
    const half = this.time.offsetWidth / 2;
    put(this.time, { left: Math.min(Math.max(at.x, first.left + half), first.right - half), top: last.bottom + 4 });
  }

  /** Labels of bands: {left, right, label} in pixels; one that finds no room is left out. */
  setBands(bands, frame) {
    const key = frame && JSON.stringify([bands, frame]);
    if (this.bandsKey === key) return;
    this.bandsKey = key;
    let free = -Infinity;
    const labels = [];
    for (const { left, right, label } of frame ? bands : []) {
      if (right < frame.left || left > frame.right) continue;
      const width = label.length * LETTER;
      const from = Math.min(Math.max(left, frame.left) + 3, frame.right - width);
      if (from < free) continue;
      const node = element("div", "band", label);
      put(node, { left: from, top: frame.divide - 17 });
      free = from + width;
      labels.push(node);
    }
    this.bands.replaceChildren(...labels);
  }

  /** Labels of markers: {x, y, text, side} in pixels. */
  setMarkers(labels, frame) {
    const key = labels.length ? JSON.stringify(labels) : "";
    if (this.markersKey === key) return;
    this.markersKey = key;
    const seen = labels.filter(({ x, y }) => frame && x >= frame.left && x <= frame.right && y >= frame.top && y <= frame.bottom);
    this.notes.replaceChildren(...seen.map(({ x, y, text, side }) => {
      const node = element("div", `mark ${side}`, text);
      put(node, { left: x, top: y + (side === "sell" ? -22 : 8) });
      return node;
    }));
  }

  setFoot(frame, zone) {
    put(this.zone, { left: frame.right + 12, top: frame.bottom + 8 });
    setText(this.zone, zone);
    reveal(this.zone, true);
  }

  /** While a tool is on, a click on a name is for the tool. */
  setTool(on) {
    const names = on ? "none" : "auto";
    if (this.host.style.getPropertyValue("--names") !== names) this.host.style.setProperty("--names", names);
  }

  setLive(shown, frame) {
    reveal(this.button, shown);
    if (shown) put(this.button, { left: frame.right - 84, top: frame.divide - 42 });
  }

  /** Say something for a few seconds, lit up where it is an alert. */
  say(text, lit = false) {
    const node = lit ? this.flash : this.hint;
    setText(node, text);
    node.hidden = false;
    clearTimeout(node.timer);
    node.timer = setTimeout(() => (node.hidden = true), lit ? 6_000 : 2_500);
  }

  close() {
    clearTimeout(this.flash.timer);
    clearTimeout(this.hint.timer);
    this.host.remove();
  }
}
