// What lies over the figure in plain elements: title, readout, legend, state, price label, crosshair.
// Moving these costs no repaint of the figure. Text is only ever set as text, never as HTML.
// Made and moved by view.js, which hands in pixels and values; knows nothing of Bokeh.

const STYLE = `
  :host { position: absolute; inset: 0; pointer-events: none; overflow: hidden;
    font: 12px/1.35 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
    font-variant-numeric: tabular-nums; color: var(--ink); }
  .head { position: absolute; left: 12px; right: 10px; top: 0; height: 34px; display: flex; align-items: center; gap: 14px; white-space: nowrap; }
  .title { font-weight: 600; font-size: 13px; overflow: hidden; text-overflow: ellipsis; }
  .readout { display: flex; gap: 10px; overflow: hidden; flex: 1 1 0; min-width: 0; }
  .readout i, .legend i { font-style: normal; color: var(--faint); margin-right: 3px; }
  .chip { display: flex; align-items: center; gap: 6px; padding: 2px 9px; border-radius: 10px; font-size: 11px; border: 1px solid var(--edge); flex: none; }
  .chip::before { content: ""; width: 7px; height: 7px; border-radius: 50%; background: var(--tone); }
  .legend { position: absolute; top: 40px; left: 12px; display: flex; flex-direction: column; gap: 2px; align-items: flex-start; max-width: 60%; }
  .legend > div { background: color-mix(in srgb, var(--panel) 75%, transparent); border-radius: 3px; padding: 0 4px; max-width: 100%; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
  .legend b { font-weight: 600; }
  .legend .error { color: var(--bad); }
  .live { position: absolute; pointer-events: auto; cursor: pointer; font: inherit; font-weight: 600; color: var(--onBadge); background: var(--badge); border: 0; border-radius: 12px; padding: 4px 12px; box-shadow: 0 1px 4px #0004; }
  .live:focus-visible { outline: 2px solid var(--up); outline-offset: 2px; }
  .price-line { position: absolute; height: 0; border-top: 1px dashed var(--way); opacity: .8; }
  .tag { position: absolute; padding: 1px 6px; border-radius: 2px; font-size: 11px; transform: translateY(-50%); white-space: nowrap; }
  .price { background: var(--way); color: var(--panel); font-weight: 600; box-shadow: 0 0 0 6px var(--panel); }
  .cross { position: absolute; border: 0 dashed var(--faint); opacity: .75; }
  .cross.v { border-left-width: 1px; } .cross.h { border-top-width: 1px; }
  .badge { background: var(--badge); color: var(--onBadge); }
  .badge.time { transform: translateX(-50%); }
  .zone { position: absolute; color: var(--faint); font-size: 10.5px; }
  .rule { position: absolute; height: 1px; background: var(--edge); }
  .band { position: absolute; font-size: 10.5px; color: var(--band); overflow: hidden; white-space: nowrap; text-overflow: clip; }
  .empty { position: absolute; inset: 30px 0 0; display: grid; place-items: center; color: var(--faint); font-size: 13px; background: var(--panel); }
  [hidden] { display: none !important; }`;

const STATES = {
  live: ["live", "good"], connecting: ["connecting…", "warn"], stale: ["stale: nothing heard", "warn"],
  finished: ["replay finished", "faint"], closed: ["feed closed", "faint"], gone: ["kernel gone", "bad"],
};

const LETTER = 6.2; // about how wide a letter of a band's label is, in pixels
const PARTS = ["rule", "zone", "bands", "price-line", "cross v", "cross h", "empty", "head", "legend", "tag price", "tag badge level", "tag badge time"];

export class Hud {
  constructor(parent, { title, onLive }) {
    this.host = document.createElement("div");
    const root = this.host.attachShadow({ mode: "open" });
    const style = document.createElement("style");
    style.textContent = STYLE;
    root.append(style);
    for (const name of PARTS) root.append((this[name.split(" ").at(-1)] = element("div", name)));
    this.line = this["price-line"];
    this.title = element("div", "title", title);
    this.readout = element("div", "readout");
    this.chip = element("div", "chip");
    this.head.append(this.title, this.readout, this.chip);
    this.button = element("button", "live", "Live ▸");
    this.button.title = "Back to the live edge (double-click does it too)";
    this.button.addEventListener("click", onLive);
    root.append(this.button);
    this.empty.textContent = "waiting for the first trade…";
    for (const part of [this.line, this.price, this.v, this.h, this.level, this.time, this.rule, this.zone]) part.hidden = true;
    this.button.hidden = true;
    parent.append(this.host);
  }

  paint(colours) {
    for (const [role, colour] of Object.entries(colours)) this.host.style.setProperty(`--${role}`, colour);
  }

  setState(state) {
    if (this.state === state) return;
    this.state = state;
    const [text, tone] = STATES[state] ?? [state, "faint"];
    this.chip.textContent = text;
    this.chip.style.setProperty("--tone", `var(--${tone})`);
  }

  /** `fields`: [label, text] each; `way` is "up" or "down" and colours the values. */
  setReadout(fields, way) {
    const key = JSON.stringify([fields, way]);
    if (this.shown === key) return;
    this.shown = key;
    this.readout.replaceChildren(...fields.map(([label, text]) => {
      const field = element("span", "");
      field.append(element("i", "", label), element("span", "", text));
      if (way) field.lastChild.style.color = `var(--${way})`;
      return field;
    }));
  }

  /** `rows`: [name, text, role] of each overlay; `errors`: message by name. */
  setLegend(rows, errors) {
    const key = JSON.stringify([rows, errors]);
    if (this.legendShown === key) return;
    this.legendShown = key;
    const lines = rows.map(([name, text, role]) => {
      const row = element("div", "");
      const label = element("b", "", name);
      label.style.color = `var(--${role})`;
      row.append(label, ` ${text}`);
      return row;
    });
    const failed = Object.entries(errors).map(([name, text]) => element("div", "error", `${name}: ${text}`));
    this.legend.replaceChildren(...lines, ...failed);
  }

  /** The last price's line and label at the height `y`, hidden where it is out of the frame. */
  setPrice(y, text, way, frame) {
    const out = y === null || y < frame.top || y > frame.bottom;
    this.line.hidden = this.price.hidden = out;
    if (out) return;
    for (const part of [this.line, this.price]) part.style.setProperty("--way", `var(--${way})`);
    put(this.line, { left: frame.left, top: Math.round(y), width: frame.right - frame.left });
    put(this.price, { left: frame.right + 2, top: Math.round(y) });
    setText(this.price, text);
  }

  /** The crosshair at (x, y) with its labels; null hides it. */
  setCross(at, frame) {
    for (const part of [this.v, this.h, this.level, this.time]) part.hidden = at === null;
    if (at === null) return;
    put(this.v, { left: Math.round(at.x), top: frame.top, height: frame.bottom - frame.top });
    put(this.h, { left: frame.left, top: Math.round(at.y), width: frame.right - frame.left });
    put(this.level, { left: frame.right + 2, top: Math.round(at.y) });
    setText(this.level, at.price);
    setText(this.time, at.time);
    const half = this.time.offsetWidth / 2;
    put(this.time, { left: Math.min(Math.max(at.x, frame.left + half), frame.right - half), top: frame.bottom + 4 });
    this.level.hidden = !at.price;
  }

  /** Labels of bands: {left, right, label} in pixels; one that finds no room is left out. */
  setBands(bands, frame) {
    let free = -Infinity;
    const labels = [];
    for (const { left, right, label } of bands) {
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

  setFrame(frame) {
    put(this.rule, { left: frame.left, top: frame.divide, width: frame.right - frame.left });
    put(this.zone, { left: frame.right + 12, top: frame.bottom + 10 });
    setText(this.zone, "UTC");
    this.rule.hidden = this.zone.hidden = false;
    this.button.style.left = `${frame.right - 84}px`;
    this.button.style.top = `${frame.divide - 42}px`;
  }

  close() {
    this.host.remove();
  }
}

function element(tag, name, text) {
  const made = document.createElement(tag);
  if (name) made.className = name;
  if (text !== undefined) made.textContent = text;
  return made;
}

function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function put(node, place) {
  for (const [side, value] of Object.entries(place)) node.style[side] = `${value}px`;
}
