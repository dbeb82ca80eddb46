// A box that opens at a button, above everything: a chart cuts off what sticks out of it, so the box
// goes to the browser's top layer and is cut off by the window alone. Where that is missing it keeps
// within the chart. Used by menu.js and helpsheet.js; knows nothing of what is in the box.

const GAP = 4; // pixels from the button
const EDGE = 6; // and from the window's edge
const LEAST = 120; // room below that is enough; with less it opens upwards where there is more

export class Popup {
  #end = null;

  /** `shut()` is called when the person has turned elsewhere. */
  constructor(box, anchor, shut) {
    Object.assign(this, { box, anchor, shut });
    box.hidden = true;
    if (box.showPopover) box.popover = "manual";
    // The chart lies under it: it is neither panned nor zoomed.
    for (const name of ["pointerdown", "pointermove", "dblclick", "wheel", "contextmenu"]) {
      box.addEventListener(name, (event) => event.stopPropagation());
    }
  }

  get open() {
    return !this.box.hidden;
  }

  show() {
    const { box } = this;
    box.hidden = false;
    if (box.popover) box.showPopover();
    this.place();
    if (this.#end) return;
    this.#end = new AbortController();
    const { signal } = this.#end;
    const away = (event) => {
      const path = event.composedPath();
      if (!path.includes(box) && !path.includes(this.anchor)) this.shut();
    };
    // The button moves with the page, the box does not.
    for (const name of ["scroll", "pointerdown"]) window.addEventListener(name, away, { signal, capture: true });
    window.addEventListener("resize", () => this.shut(), { signal });
  }

  /** Stand at the button, as high as there is room for. */
  place() {
    const { box, anchor } = this;
    box.style.maxHeight = "";
    const at = anchor.getBoundingClientRect();
    const room = this.#room();
    const { width, height } = box.getBoundingClientRect();
    const [above, below] = [at.top - GAP - room.top - EDGE, room.bottom - EDGE - at.bottom - GAP];
    const up = below < Math.min(height, LEAST) && above > below;
    const high = Math.min(height, up ? above : below);
    const chart = chartOf(box).getBoundingClientRect();
    const wanted = at.left + width > chart.right ? at.right - width : at.left;
    const left = Math.max(room.left + EDGE, Math.min(wanted, room.right - EDGE - width));
    const top = up ? at.top - GAP - high : at.bottom + GAP;
    Object.assign(box.style, { left: `${Math.round(left - room.x)}px`, top: `${Math.round(top - room.y)}px`, maxHeight: high < height ? `${Math.floor(high)}px` : "" });
  }

  #room() {
    if (this.box.popover) return { left: 0, top: 0, right: innerWidth, bottom: innerHeight, x: 0, y: 0 };
    const { left, top, right, bottom } = chartOf(this.box).getBoundingClientRect();
    return { left, top, right, bottom, x: left, y: top };
  }

  hide() {
    this.#end?.abort();
    this.#end = null;
    if (!this.open) return;
    if (this.box.popover) this.box.hidePopover();
    this.box.hidden = true;
  }
}

/** The element that the box's shadow root lies on: what cuts off. */
function chartOf(box) {
  return box.getRootNode().host.parentElement;
}
