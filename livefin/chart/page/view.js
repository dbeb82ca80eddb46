// One picture of a chart: its panes, each a Bokeh figure that is given what is in view and nothing
// else, and what lies over them. Decides what is in view and lays the panes out; when to draw is
// timing.js's, what a pane draws pane.js's, and what the person means pointer.js's and keys.js's.

import { discard, guard, read, show } from "./bokehdoc.js";
import { Camera } from "./camera.js";
import { crosshair, pointedTime } from "./crosshair.js";
import { dress, paintRoles } from "./dress.js";
import { Hud } from "./hud.js";
import { keys } from "./keys.js";
import { Layout } from "./layout.js";
import { Layers } from "./layers.js";
import { join } from "./links.js";
import { Pane } from "./pane.js";
import { listen } from "./pointer.js";
import { PricePane } from "./pricepane.js";
import { OVER, waitingFor } from "./states.js";
import { watch } from "./theme.js";
import { Timing } from "./timing.js";
import { Toolbar } from "./toolbar.js";

const TICK_ROOM = 80;
const TICK_EDGE = 26;

export class View {
  constructor(page, el) {
    Object.assign(this, { page, el, panes: [], cross: null, inSight: true, ticks: [], tickTexts: new Map() });
    this.camera = new Camera(() => this.scene, page.settings.bars_visible);
    this.timeMapping = { f: (t) => this.scene.timeline.u(t), inv: (u) => this.scene.timeline.t(u) };
    this.timing = new Timing(() => this.#drawn());
    this.#makeStage();
    this.hud = new Hud(this.stage, { onLive: () => this.reset() });
    this.layout = new Layout(this);
    // Without a height it would never count as seen where it stands between two pixels.
    this.stage.style.height = `${page.settings.height}px`;
    this.toolbar = new Toolbar(this);
    this.layers = new Layers(this);
    this.undo = [watch(() => this.#retheme()), listen(this.stage, this), keys(this.stage, this), join(this)];
    this.#watchSight();
    this.#watchSize();
    this.second = setInterval(() => this.#tick(), 1_000);
    el.__livefin = { stats: page.stats, page, view: this };
  }

  /** What goes on without trades: the countdown, and whether the kernel is heard. */
  #tick() {
    this.page.pulse.look();
    if (this.inSight) this.place();
  }

  get scene() {
    return this.page.scene;
  }

  #makeStage() {
    this.stage = document.createElement("div");
    this.stage.className = "livefin-chart";
    this.stage.style.cssText = "position:relative;overflow:hidden;user-select:none;-webkit-user-select:none;contain:layout paint;outline-color:var(--up);outline-offset:-2px";
    Object.assign(this.stage, { tabIndex: 0, role: "group" });
    // JupyterLab's own keys are not for a chart that has the focus.
    this.stage.dataset.lmSuppressShortcuts = "true";
    this.el.append(this.stage);
  }

  #watchSight() {
    const sight = new IntersectionObserver((entries) => {
      this.inSight = entries.at(-1).isIntersecting;
      if (!this.inSight) this.timing.sleep();
      else if (!this.embedded && !this.embedding) this.embed();
      else this.changed(true);
    });
    sight.observe(this.stage);
    this.undo.push(() => sight.disconnect());
  }

  #watchSize() {
    const size = new ResizeObserver(() => this.inSight && this.timing.now());
    size.observe(this.stage);
    this.undo.push(() => size.disconnect());
  }

  /** Make Bokeh's document from the figures' JSON; the picture before stays until it is there. */
  async embed() {
    if (!this.stage.isConnected || this.closed) return; // when it comes into sight
    const turn = (this.embedding = (this.embedding ?? 0) + 1);
    const panes = this.#makePanes();
    this.layout.arrange(panes);
    for (const pane of panes) {
      pane.box.style.visibility = "hidden";
      this.stage.prepend(pane.box);
    }
    const { embedded: before, panes: old } = this;
    let doc;
    try {
      doc = await this.#build(panes);
      if (turn !== this.embedding || this.closed) throw new Error("not wanted any more");
      this.embedded = { doc };
      this.panes = panes;
      this.#prove();
    } catch (error) {
      this.embedded = before;
      this.panes = old;
      for (const pane of panes) pane.close();
      discard(this.page.Bokeh, doc);
      if (turn !== this.embedding || this.closed || !this.stage.isConnected) return;
      this.embedding = 0;
      this.figureError = `${error.message}`;
      if (before) this.layers.paned();
      this.changed(true);
      if (!before) this.hud.setEmpty(`This chart cannot be shown: ${error.message}`, false);
      return;
    }
    this.figureError = "";
    for (const pane of panes) pane.box.style.visibility = "";
    old.forEach((pane) => pane.close());
    discard(this.page.Bokeh, before?.doc);
    this.place();
  }

  /** Paint figures that came; throws where they cannot be. */
  #prove() {
    this.#retheme();
    this.layers.paned();
    this.draw();
    // Painted now rather than a frame later, so that there is never an empty one to be seen.
    this.paintError = "";
    for (const { plot } of this.panes) plot.repaint();
    if (this.paintError) throw new Error(this.paintError);
  }

  #makePanes() {
    const ranges = Object.fromEntries(this.panes.map((pane) => [pane.key, pane.range]));
    return this.page.figure.panes.map((spec) => {
      const pane = spec.key === "price" ? new PricePane(this, spec) : new Pane(this, spec);
      if (ranges[spec.key]) pane.range = ranges[spec.key];
      pane.legend.put(null); // until it is known where it belongs
      return pane;
    });
  }

  async #build(panes) {
    const { Bokeh, figure } = this.page;
    const doc = await read(Bokeh, figure.doc);
    const paneOf = (root) => panes.find((pane) => pane.spec.root === root.id);
    for (const root of doc.all_roots) paneOf(root)?.prepare(root);
    const plotOf = await show(Bokeh, doc, (root) => paneOf(root)?.box ?? document.createElement("div"));
    panes.forEach((pane, i) => {
      pane.attach(plotOf(pane.spec.root));
      this.#time(pane, i === 0);
    });
    return doc;
  }

  #time(pane, first) {
    const { plot } = pane;
    const paint = plot.paint.bind(plot);
    plot.paint = () => {
      const began = performance.now();
      paint();
      const took = performance.now() - began;
      if (took < 0.3) return; // nothing was to be painted
      this.timing.took(took);
      this.page.stats.paint.push(took);
      if (first) this.page.stats.painted += 1;
    };
    plot.repainted.connect(() => {
      pane.unpainted = false;
      if (!this.panes.some((each) => each.unpainted)) this.place();
    });
    guard(plot, (error) => {
      if (error && error !== this.paintError) this.#placeSoon();
      this.paintError = error;
    });
  }

  /** Something came: draw when it is time; at once, where the person did it. */
  changed(now = false) {
    if (!this.inSight || this.closed) return;
    if (now) this.timing.now();
    else this.timing.soon();
  }

  /** What the person did to the view. */
  moved(told = true) {
    this.timing.now();
    if (told) this.links.moved();
  }

  /** Draw, and say what went wrong with it. */
  #drawn() {
    try {
      this.draw();
    } catch (error) {
      this.paintError = error.message;
      this.#placeSoon();
    }
  }

  draw() {
    if (!this.embedded || this.closed) return;
    const { camera, page, scene } = this;
    this.layout.arrange(this.panes);
    const price = this.panes[0];
    const width = price.plot.frame.bbox.width || 800;
    if (this.bars !== scene.bars) camera.find();
    this.bars = scene.bars;
    this.showing = camera.x();
    this.drawn = camera.drawn();
    this.x = this.drawn.map((u) => scene.timeline.t(u));
    page.near(this.x[0], this.x[1] - this.x[0]);
    const { bars } = scene;
    // One bar more on either side, so that the edges are drawn to the end.
    const from = Math.max(bars.start, bars.find(this.x[0]) - 1);
    const to = Math.min(bars.end, bars.find(this.x[1]) + 1);
    this.#setTicks(width);
    for (const pane of this.panes) pane.draw({ from, to, width });
    this.layout.setAside(this.panes);
    this.#say();
    // What lies over the figures moves in the same frame as they do: after the last is painted.
    if (!this.panes.some((pane) => pane.unpainted)) this.#placeSoon();
    this.links.drawn();
  }

  #setTicks(width) {
    this.ticks = this.page.calendar.ticks(this.scene.timeline, this.x, width, Math.max(2, Math.floor(width / TICK_ROOM)));
    // A text that would stick out of the frame is left out; its line stays.
    const room = (time) => {
      const x = ((this.scene.timeline.u(time) - this.drawn[0]) / (this.drawn[1] - this.drawn[0])) * width;
      return x > TICK_EDGE && x < width - TICK_EDGE;
    };
    this.tickTexts = new Map(this.ticks.map(({ time, text }) => [time, room(time) ? text : ""]));
  }

  #say() {
    const { page, scene } = this;
    this.hud.setEmpty(scene.bars.length ? null : waitingFor(page), !OVER.includes(page.state));
    this.toolbar.update();
    this.layers.update();
  }

  #placeSoon() {
    this.placing ??= requestAnimationFrame(() => {
      this.placing = null;
      this.place();
    });
  }

  /** After Bokeh has painted: move what lies over it. */
  place() {
    if (!this.embedded || this.closed || !this.x) return;
    const frames = this.panes.map((pane) => pane.frame);
    if (frames.some((frame) => frame === null)) return;
    const { bars } = this.scene;
    const at = crosshair(this, frames);
    const row = at ? at.row : bars.end - 1;
    for (const pane of this.panes) pane.place(row);
    this.hud.setCross(at, frames);
    this.hud.setFoot(frames.at(-1), this.page.calendar.label);
    this.hud.setLive(!this.camera.following && bars.length > 0, frames[0]);
    this.layers.place();
  }

  /** Seconds left of the forming bar, as text; empty where the feed's time is not the wall's. */
  countdown() {
    const { page, scene } = this;
    const { bars, interval } = scene;
    if (page.standing !== "live" || !bars.length || interval < 2_000) return "";
    const left = bars.columns.time[bars.end - 1] + interval - Date.now();
    return left > 0 && left <= interval ? page.clock.left(left) : "";
  }

  // Where things are, on the stage

  /** Pixel of a drawn time. */
  px(u) {
    const { left, right } = this.panes[0].frame;
    return left + ((u - this.drawn[0]) / (this.drawn[1] - this.drawn[0])) * (right - left);
  }

  /** Drawn time of a pixel. */
  invert(x) {
    const { left, right } = this.panes[0].frame;
    return this.drawn[0] + ((x - left) / (right - left)) * (this.drawn[1] - this.drawn[0]);
  }

  /** Number of the pane at that height; -1 when there is none. */
  paneAt(y) {
    return this.panes.findIndex((pane) => pane.frame && y >= pane.frame.top && y <= pane.frame.bottom);
  }

  /** Pixels of that pane's frame from top to bottom. */
  heightOf(pane) {
    const frame = this.panes[pane]?.frame;
    return frame ? frame.bottom - frame.top : this.stage.clientHeight;
  }

  /** The pixels of all frames together, and of the axes right of and under them. */
  frame() {
    const frames = this.panes.map((pane) => pane.frame);
    if (!this.embedded || !frames.length || frames.some((frame) => frame === null)) return null;
    return { left: frames[0].left, right: frames[0].right, top: frames[0].top, bottom: frames.at(-1).bottom };
  }

  #retheme() {
    this.themed = this.page.settings.theme;
    dress(this.stage, this.themed);
    if (!this.embedded) return;
    for (const pane of this.panes) pane.restyle();
    paintRoles(this.embedded.doc, this.page.figure.theme, this.themed);
  }

  /** The settings have changed. */
  settle() {
    if (this.themed !== this.page.settings.theme) this.#retheme();
    this.camera.barsVisible = this.page.settings.bars_visible;
    const hidden = this.page.settings.hidden.join("\n");
    if (this.hidden !== hidden) for (const pane of this.panes) pane.range.anew();
    this.hidden = hidden;
    this.links?.settle();
  }

  // What pointer.js, keys.js and toolbar.js ask for

  pan(share, dy = 0, pane = 0) {
    if (share) this.camera.pan(-share);
    if (dy) this.panes[pane]?.range.pan(dy);
    this.moved(share !== 0);
  }

  zoom(factor, anchor) {
    this.camera.zoom(factor, anchor);
    this.moved();
  }

  /** Stretch a pane's values. */
  stretch(factor, pane) {
    this.panes[pane]?.range.stretch(factor);
    this.moved(false);
  }

  settleView() {
    this.camera.settle();
    this.moved();
  }

  reset() {
    this.camera.reset();
    for (const pane of this.panes) pane.range.reset();
    this.moved();
  }

  all() {
    this.camera.all();
    this.moved();
  }

  oldest() {
    this.camera.oldest();
    this.moved();
  }

  resetY(pane) {
    this.panes[pane]?.range.reset();
    this.moved(false);
  }

  point(at, told = true) {
    if (at === null && this.cross === null) return;
    this.cross = at;
    this.#placeSoon();
    if (told) this.links.pointed(at && { time: pointedTime(this, at.x) });
  }

  /** An alert: light the chart up and say what it is. */
  light(text) {
    this.hud.say(text, true);
    this.stage.animate?.([{ boxShadow: "inset 0 0 0 3px var(--warn)" }, { boxShadow: "inset 0 0 0 0 transparent" }], { duration: 1_500, iterations: 3 });
  }

  close() {
    if (this.closed) return;
    this.closed = true;
    this.page.views.delete(this);
    clearInterval(this.second);
    cancelAnimationFrame(this.placing);
    this.undo.forEach((undo) => undo());
    this.timing.close();
    this.layers.close();
    this.toolbar.close();
    this.panes.forEach((pane) => pane.close());
    this.hud.close();
    discard(this.page.Bokeh, this.embedded?.doc);
    this.stage.remove();
    delete this.el.__livefin;
  }
}
