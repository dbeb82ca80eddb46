// How high each pane is: shares of the stage, changed by dragging the edge between two panes.
// A chart with more panes than fit is made higher, rather than its panes unreadable. One a view.

import { element, put } from "./elements.js";

const HEADER = 34; // pixels above the panes, for the toolbar
const FOOT = 26; // and of the times under them
const LEAST = 48; // pixels of a pane
const PRICES = 120; // and of the price pane
const GRIP = 9;
const ASIDE = 78; // pixels of the axes, at the least; figure.py says the same
const LETTER = 6.6; // about how wide a digit of theirs is

export class Layout {
  constructor(view) {
    this.view = view;
    this.shares = {}; // by pane's key, where the person has changed them
    this.grips = [];
    this.heights = []; // of the panes, as they are
    this.aside = ASIDE;
  }

  /** Pixels above the panes. */
  get header() {
    return this.view.page.settings.toolbar ? HEADER : 8;
  }

  /** Put the panes where they belong; cheap when nothing changed. */
  arrange(panes) {
    const { view, header } = this;
    const { settings } = view.page;
    const full = document.fullscreenElement === view.stage;
    const wanted = Math.max(settings.height, header + FOOT + PRICES + (panes.length - 1) * LEAST);
    const height = full ? view.stage.clientHeight : wanted;
    const { style } = view.stage;
    if (!full && style.height !== `${height}px`) style.height = `${height}px`;
    const width = settings.width === null || full ? "100%" : `${settings.width}px`;
    if (style.width !== width) style.width = width;
    const heights = this.#heights(panes, height - header - FOOT);
    if (panes === view.panes) this.heights = heights;
    let top = header;
    panes.forEach((pane, i) => {
      const last = i === panes.length - 1;
      pane.top = top;
      put(pane.box, { top, height: heights[i] + (last ? FOOT : 0) });
      if (pane.plot && pane.footed !== last) {
        pane.footed = last;
        pane.setFoot(last, FOOT);
      }
      top += heights[i];
      if (!last && panes === view.panes) this.#grip(i, top);
    });
    if (panes === view.panes) for (const grip of this.grips.splice(Math.max(0, panes.length - 1))) grip.remove();
  }

  /** Give all axes the room that the widest needs; it does not shrink, so that nothing jumps. */
  setAside(panes) {
    const room = Math.max(...panes.map((pane) => ASIDE + Math.ceil((Math.max(0, pane.letters - 8) * LETTER) / 10) * 10));
    if (room <= this.aside && panes.every((pane) => pane.aside === this.aside)) return;
    this.aside = Math.max(this.aside, room);
    for (const pane of panes) {
      pane.aside = this.aside;
      pane.setAside(this.aside);
    }
  }

  share(pane) {
    return this.shares[pane.key] ?? pane.spec.share;
  }

  #heights(panes, room) {
    const least = panes.map((_, i) => (i ? LEAST : PRICES));
    return rounded(shared(room, panes.map((pane) => this.share(pane)), least));
  }

  #grip(i, top) {
    const grip = (this.grips[i] ??= this.#makeGrip(i));
    put(grip, { top: top - Math.floor(GRIP / 2) });
  }

  #makeGrip(i) {
    const { view } = this;
    const grip = element("div", "livefin-grip");
    grip.style.cssText = `position:absolute;left:0;right:0;height:${GRIP}px;cursor:row-resize;touch-action:none;z-index:2;background:linear-gradient(var(--edge),var(--edge)) center/100% 1px no-repeat`;
    Object.assign(grip, { role: "separator", tabIndex: 0, ariaLabel: "Height of the panes above and below; arrow keys move it", ariaOrientation: "horizontal" });
    grip.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      event.stopPropagation();
      grip.setPointerCapture(event.pointerId);
      const before = this.heights;
      const y = event.clientY;
      const move = (to) => {
        to.stopPropagation();
        this.#drag(i, to.clientY - y, before);
      };
      grip.addEventListener("pointermove", move);
      grip.addEventListener("lostpointercapture", () => grip.removeEventListener("pointermove", move), { once: true });
    });
    grip.addEventListener("keydown", (event) => {
      const by = { ArrowUp: -10, ArrowDown: 10 }[event.key];
      if (!by) return;
      event.preventDefault();
      event.stopPropagation();
      this.#drag(i, by, this.heights);
    });
    grip.addEventListener("dblclick", (event) => event.stopPropagation());
    view.stage.append(grip);
    return grip;
  }

  /** Move the edge under pane `i` by so many pixels from where `before` had it. */
  #drag(i, by, before) {
    const { panes } = this.view;
    if (before.length !== panes.length) return; // others since it was taken
    const least = Math.min(i ? LEAST : PRICES, before[i]);
    const below = Math.min(LEAST, before[i + 1]);
    const move = Math.min(Math.max(by, least - before[i]), before[i + 1] - below);
    const heights = [...before];
    heights[i] += move;
    heights[i + 1] -= move;
    panes.forEach((pane, k) => (this.shares[pane.key] = heights[k] / heights[0]));
    this.view.moved(false);
  }
}

/** `room` by `shares`, none below its `least`; where there is no room even for these, by them. */
function shared(room, shares, least) {
  const sum = (values) => values.reduce((a, b) => a + b, 0);
  if (sum(least) >= room) return least.map((each) => (room * each) / sum(least));
  const heights = [...least];
  let open = shares.map((_, i) => i);
  for (;;) {
    const free = room - sum(heights.filter((_, i) => !open.includes(i)));
    const all = sum(open.map((i) => shares[i]));
    for (const i of open) heights[i] = (free * shares[i]) / all;
    const short = open.filter((i) => heights[i] < least[i]);
    if (!short.length) return heights;
    for (const i of short) heights[i] = least[i];
    open = open.filter((i) => !short.includes(i));
  }
}

/** Whole pixels whose sum stays what it was. */
function rounded(heights) {
  let [edge, all] = [0, 0];
  return heights.map((height) => {
    all += height;
    const before = edge;
    edge = Math.round(all);
    return edge - before;
  });
}
