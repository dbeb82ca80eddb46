// The small bar at a selected drawing (colours, text, delete), and the field to write its text in.
// Plain elements over the drawings; what a button does is drawings.js's. No key typed here
// reaches the notebook, and no press the chart.

export const CHOICE = ["line2", "line1", "line0", "up", "down", "ink"];

const LONGEST = 500;
const HIGH = 34; // of the bar with its distance

export const BAR_STYLE = `
  .bar { position: absolute; display: flex; align-items: center; gap: 2px; padding: 3px; pointer-events: auto; transform: translateX(-50%);
    background: var(--panel); border: 1px solid var(--edge, var(--faint)); border-radius: 6px; box-shadow: 0 1px 5px #0003; }
  .bar button { all: unset; box-sizing: border-box; width: 22px; height: 22px; border-radius: 4px; display: grid; place-items: center; cursor: pointer; color: var(--ink); font-size: 13px; line-height: 1; }
  .bar button:hover { background: color-mix(in srgb, var(--ink) 12%, transparent); }
  .bar button:focus-visible { outline: 2px solid var(--ink); }
  .bar .colour::before { content: ""; width: 12px; height: 12px; border-radius: 50%; background: var(--tone); }
  .bar .colour[aria-pressed=true]::before { box-shadow: 0 0 0 2px var(--panel), 0 0 0 3.5px var(--tone); }
  .bar i { width: 1px; height: 16px; background: var(--edge, var(--faint)); margin: 0 3px; }
  input { position: absolute; box-sizing: border-box; width: 190px; height: 26px; padding: 0 8px; pointer-events: auto; transform: translate(-50%, -50%);
    font: inherit; font-size: 12px; color: var(--ink); background: var(--panel); border: 1.5px solid var(--tone); border-radius: 4px; outline: none; }
  @media (pointer: coarse) { .bar button { width: 34px; height: 34px; } }
  [hidden] { display: none !important; }`;

export class Bar {
  /** `act` has colour(role), write() and remove(). */
  constructor(root, roles, act) {
    this.node = document.createElement("div");
    this.node.className = "bar";
    this.node.hidden = true;
    this.node.setAttribute("role", "toolbar");
    this.node.setAttribute("aria-label", "drawing");
    this.swatches = roles.map((role) => {
      const swatch = button("colour", `Colour ${role}`, "", () => act.colour(role));
      swatch.style.setProperty("--tone", `var(--${role})`);
      swatch.dataset.role = role;
      return swatch;
    });
    const rule = document.createElement("i");
    this.node.append(...this.swatches, rule, button("write", "Text", "T", () => act.write()), button("remove", "Delete", "✕", () => act.remove()));
    this.node.addEventListener("pointerdown", stop);
    this.node.addEventListener("pointermove", stop); // no crosshair over its buttons
    this.node.addEventListener("dblclick", stop);
    root.append(this.node);
  }

  /** Stand at the drawing, above it or below; null hides the bar. */
  show(drawing, box, frame) {
    const { node } = this;
    if (node.hidden === Boolean(drawing)) node.hidden = !drawing;
    if (!drawing) return;
    for (const swatch of this.swatches) set(swatch, "aria-pressed", String(swatch.dataset.role === drawing.colour));
    const top = box.top - HIGH - 10 > frame.top ? box.top - HIGH - 10 : Math.min(box.bottom + 12, frame.bottom - HIGH);
    const half = 110;
    const x = Math.max(frame.left + half, Math.min((box.left + box.right) / 2, frame.right - half));
    set(node, "style", `left:${Math.round(x)}px;top:${Math.round(top)}px`);
  }
}

/** Write `text` in place at (x, y); `done` gets the text, null when it was left by Escape, and whether a key ended it. */
export function write(root, { text, x, y, tone }, done) {
  const field = document.createElement("input");
  field.value = text;
  field.maxLength = LONGEST;
  field.setAttribute("aria-label", "text of the drawing");
  field.style.cssText = `left:${Math.round(x)}px;top:${Math.round(y)}px`;
  field.style.setProperty("--tone", tone);
  let open = true;
  const end = (value, byKey = false) => {
    if (!open) return;
    open = false;
    field.remove();
    done(value, byKey);
  };
  field.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.isComposing) return; // an input method is still at it
    if (event.key === "Enter") end(field.value, true);
    if (event.key === "Escape") end(null, true);
  });
  for (const name of ["keyup", "keypress", "pointerdown", "dblclick", "contextmenu"]) field.addEventListener(name, stop);
  field.addEventListener("blur", () => end(field.value));
  root.append(field);
  field.focus({ preventScroll: true });
  field.select();
  return () => end(null);
}

function button(name, title, text, pressed) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = name;
  made.title = title;
  made.setAttribute("aria-label", title);
  made.textContent = text;
  made.addEventListener("click", pressed);
  return made;
}

function set(node, name, value) {
  if (node.getAttribute(name) !== value) node.setAttribute(name, value);
}

function stop(event) {
  event.stopPropagation();
}
