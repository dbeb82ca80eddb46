// One picture of a chart: a Bokeh document of its own, given the bars in view and nothing else.
// Decides what is in view (following the live edge, or where the user has gone) and when to draw:
// at most once a frame, less often when painting is slow, and not at all while out of sight.

import { Camera } from "./camera.js";
import { Hud } from "./hud.js";
import { aggregate, candles, columns, line } from "./marks.js";
import { listen } from "./pointer.js";
import { current, PALETTES, watch } from "./theme.js";

const PIXELS_A_MARK = 2.5;
const REST = 2; // live painting leaves the page at least as many times as long as it takes
const LONGEST_REST = 500;

export class View {
  constructor(page, el) {
    Object.assign(this, { page, el });
    const { setup } = page;
    this.camera = new Camera(page.history, setup);
    this.stage = document.createElement("div");
    this.stage.className = "livefin-chart";
    this.stage.style.cssText = `position:relative;width:100%;height:${setup.height}px;overflow:hidden;user-select:none;contain:layout paint`;
    el.append(this.stage);
    this.hud = new Hud(this.stage, { title: setup.title, onLive: () => this.reset() });
    this.cost = 8; // ms of a paint, as it has been of late
    this.drawnAt = 0;
    this.cross = null;
    this.inSight = true;
    this.undo = [watch(() => this.#retheme()), listen(this.stage, this)];
    const sight = new IntersectionObserver((entries) => {
      this.inSight = entries.at(-1).isIntersecting;
      if (this.inSight && !this.bokeh && !this.embedding) this.embed();
      else if (this.inSight) this.changed();
    });
    sight.observe(this.stage);
    this.undo.push(() => sight.disconnect());
    el.__livefin = { stats: page.stats, page, view: this };
  }

  /** Make Bokeh's document from the figure's JSON; the picture before stays until it is there. */
  async embed() {
    if (!this.stage.isConnected || this.closed) return; // when it comes into sight
    const turn = (this.embedding = (this.embedding ?? 0) + 1);
    const host = document.createElement("div");
    host.style.cssText = "position:absolute;inset:0;visibility:hidden";
    this.stage.prepend(host);
    try {
      const plot = await this.#build(host);
      if (turn !== this.embedding || this.closed) {
        discard(host, plot);
        return;
      }
      const before = this.bokeh;
      this.bokeh = { host, plot, doc: plot.model.document, drawn: {} };
      this.#retheme();
      this.#time(plot);
      plot.repainted.connect(() => this.#place());
      this.draw();
      host.style.visibility = "";
      if (before) discard(before.host, before.plot);
    } catch (error) {
      host.remove();
      if (turn === this.embedding) this.embedding = 0;
      if (this.stage.isConnected) throw error; // else the cell ran again meanwhile
    }
  }

  async #build(host) {
    const { figure } = this.page.setup;
    const item = { ...figure, doc: structuredClone(figure.doc) };
    const views = await this.page.Bokeh.embed.embed_item(item, host);
    return views.get_by_id(figure.root_id);
  }

  /** Something came: draw when it is time. */
  changed() {
    this.#schedule(Math.min(LONGEST_REST, this.cost * REST) - (performance.now() - this.drawnAt));
  }

  #schedule(wait) {
    if (this.closed || !this.inSight || this.asked) return;
    const frame = () => {
      this.asked = requestAnimationFrame(() => {
        this.asked = null;
        clearTimeout(this.timer);
        this.timer = null;
        this.draw();
      });
    };
    if (wait <= 0) frame();
    else this.timer ??= setTimeout(frame, wait);
  }

  draw() {
    const { bokeh, camera, page } = this;
    if (!bokeh || this.closed) return;
    this.drawnAt = performance.now();
    const { history, setup } = page;
    const width = bokeh.plot.frame.bbox.width || 800;
    const [x0, x1] = camera.x();
    // One bar more on either side, so that the edges are drawn to the end.
    const from = Math.max(history.start, history.find(x0) - 1);
    const to = Math.min(history.end, history.find(x1) + 1);
    const marks = aggregate(history, from, to, Math.max(20, width / PIXELS_A_MARK), setup.interval);
    for (const up of [true, false]) {
      const way = up ? "up" : "down";
      this.#set(`candles:${way}`, candles(marks, up));
      this.#set(`volume:${way}`, columns(marks, up));
    }
    const bounds = [marks];
    for (const [, key] of setup.figure.lines) {
      const drawn = line(history, key, from, to, width / PIXELS_A_MARK / 2);
      this.#set(key, { x: drawn.x, y: drawn.y });
      bounds.push(drawn);
    }
    this.#setBands();
    const { y, volume } = camera.y(bounds);
    this.#setRanges([x0, x1], y, volume);
    this.hud.setState(page.state);
    this.hud.empty.hidden = history.length > 0;
    this.hud.button.hidden = camera.following || !history.length;
  }

  #set(name, data) {
    const { bokeh } = this;
    const source = (bokeh.drawn[name] ??= bokeh.doc.get_model_by_name(`livefin:${name}`));
    if (!source) return;
    const before = bokeh.drawn[`${name}.data`];
    if (before && same(before.x, data.x) && same(before.y, data.y)) return; // as it was: no repaint
    bokeh.drawn[`${name}.data`] = data;
    source.data = data;
  }

  #setBands() {
    const { page, bokeh } = this;
    const now = Math.max(page.lastSent, this.camera.edge());
    const source = (bokeh.drawn.bands ??= bokeh.doc.get_model_by_name("livefin:bands"));
    const key = JSON.stringify([page.bands, page.bands.some(([, , end]) => end === null) && now]);
    if (!source || bokeh.drawn.bandsKey === key) return;
    bokeh.drawn.bandsKey = key;
    // A stretch shorter than a bar is shown as wide as one, or nobody would see it.
    const least = page.setup.interval;
    this.bands = page.bands.map(([kind, start, end, label]) => {
      const stop = end ?? now;
      const more = Math.max(0, least - (stop - start)) / 2;
      return { kind, start: start - more, stop: stop + more, label };
    });
    source.data = { x0: this.bands.map((band) => band.start), x1: this.bands.map((band) => band.stop) };
  }

  #setRanges([x0, x1], [y0, y1], volume) {
    const { plot } = this.bokeh;
    const figure = plot.model;
    const set = (range, start, end) => {
      if (range.start !== start || range.end !== end) range.setv({ start, end });
    };
    set(figure.x_range, x0, x1);
    const moved = figure.y_range.start !== y0 || figure.y_range.end !== y1;
    set(figure.y_range, y0, y1);
    set(figure.extra_y_ranges.volume ?? figure.extra_y_ranges.get?.("volume"), 0, volume);
    if (!moved) return;
    const bounds = [y0 + this.camera.volumeShare * (y1 - y0), y1];
    const [axis] = figure.right;
    const step = 10 ** Math.floor(Math.log10((y1 - y0) / 7));
    const format = `0,0${step < 1 ? `.${"0".repeat(Math.min(10, Math.round(-Math.log10(step))))}` : ""}`;
    if (axis?.formatter?.name === "livefin:price" && axis.formatter.format !== format) axis.formatter.format = format;
    axis?.setv({ bounds });
  }

  /** After Bokeh has painted: move what lies over it. */
  #place() {
    const frame = this.frame();
    if (!frame) return;
    const { history, setup, errors } = this.page;
    const { hud, bokeh } = this;
    hud.setFrame(frame);
    const sy = (value) => frame.y + bokeh.plot.frame.y_scale.compute(value);
    const sx = (value) => bokeh.plot.frame.x_scale.compute(value);
    const last = history.end - 1;
    const { close, open } = history.columns;
    if (history.length) {
      hud.setPrice(sy(close[last]), this.camera.price(close[last]), close[last] >= open[last] ? "up" : "down", frame);
    }
    hud.setBands((this.bands ?? []).map(({ start, stop, label }) => ({ left: sx(start), right: sx(stop), label })), frame);
    let row = last;
    if (this.cross) {
      const time = bokeh.plot.frame.x_scale.invert(this.cross.x);
      row = history.nearest(time);
      const price = this.cross.y < frame.divide ? this.camera.price(bokeh.plot.frame.y_scale.invert(this.cross.y)) : "";
      const x = row < 0 ? this.cross.x : Math.min(Math.max(sx(history.columns.time[row]), frame.left), frame.right);
      hud.setCross({ x, y: this.cross.y, price, time: row < 0 ? "" : clock(history.columns.time[row], setup.interval) }, frame);
    } else {
      hud.setCross(null, frame);
    }
    this.#read(row);
    hud.setLegend(setup.figure.lines.map(([name, key, role]) => {
      const value = history.lines[key]?.[row];
      return [name, Number.isFinite(value) ? this.camera.price(value) : "–", role];
    }), errors);
  }

  #read(row) {
    const { history } = this.page;
    if (row < 0 || !history.length) return;
    const at = Object.fromEntries(Object.entries(history.columns).map(([name, column]) => [name, column[row]]));
    const price = (value) => this.camera.price(value);
    const way = at.close >= at.open ? "up" : "down";
    const change = 100 * (at.close / at.open - 1);
    this.hud.setReadout([
      ["O", price(at.open)], ["H", price(at.high)], ["L", price(at.low)], ["C", price(at.close)],
      ["", `${change >= 0 ? "+" : "−"}${Math.abs(change).toFixed(2)} %`],
      ["Vol", at.volume.toLocaleString("en-US", { maximumSignificantDigits: 5 })],
    ], way);
  }

  /** The frame's pixels on the stage; `divide` is where prices end and volume begins. */
  frame() {
    const box = this.bokeh?.plot.frame?.bbox;
    if (!box?.width) return null;
    const { left, right, top, bottom } = box;
    return { left, right, top, bottom, y: 0, divide: bottom - this.camera.volumeShare * (bottom - top) };
  }

  #retheme() {
    const { theme } = this.page.setup;
    const name = theme === "auto" ? current() : theme;
    const colours = PALETTES[name];
    const lab = theme === "auto" && document.body.dataset.jpThemeLight !== undefined;
    const panel = (lab && getComputedStyle(document.body).getPropertyValue("--jp-layout-color0").trim()) || colours.panel;
    this.stage.style.background = panel;
    this.stage.style.colorScheme = name;
    this.hud.paint({ ...colours, panel });
    if (!this.bokeh) return;
    for (const [id, prop, role] of this.page.setup.figure.theme) {
      const model = this.bokeh.doc.get_model_by_id(id);
      model?.setv({ [prop]: isSpec(model, prop) ? { value: colours[role] } : colours[role] });
    }
  }

  #time(plot) {
    const paint = plot.paint.bind(plot);
    plot.paint = () => {
      const began = performance.now();
      paint();
      const took = performance.now() - began;
      if (took < 0.3) return; // nothing was to be painted
      this.cost = 0.8 * this.cost + 0.2 * took;
      this.page.stats.painted += 1;
      this.page.stats.paint.push(took);
    };
  }

  // What pointer.js asks for

  pan(dx, dy) {
    this.camera.pan(dx, dy);
    this.#schedule(0);
  }

  zoom(factor, anchor) {
    this.camera.zoom(factor, anchor);
    this.#schedule(0);
  }

  scale(factor) {
    this.camera.scale(factor);
    this.#schedule(0);
  }

  settle() {
    this.camera.settle();
    this.#schedule(0);
  }

  reset() {
    this.camera.reset();
    this.#schedule(0);
  }

  resetY() {
    this.camera.resetY();
    this.#schedule(0);
  }

  point(at) {
    if (at === null && this.cross === null) return;
    this.cross = at;
    this.pointing ??= requestAnimationFrame(() => {
      this.pointing = null;
      this.#place();
    });
  }

  close() {
    if (this.closed) return;
    this.closed = true;
    this.page.views.delete(this);
    this.undo.forEach((undo) => undo());
    this.hud.close();
    if (this.bokeh) discard(this.bokeh.host, this.bokeh.plot);
    this.stage.remove();
  }
}

function isSpec(model, prop) {
  const value = model[prop];
  return value !== null && typeof value === "object" && "value" in value;
}

function discard(host, plot) {
  plot.model.document?.clear?.();
  host.remove();
}

/** Whether two columns hold the same values, NaN being itself. */
function same(a, b) {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) return false;
  return true;
}

function clock(ms, interval) {
  const text = new Date(ms).toISOString();
  const day = `${text.slice(8, 10)} ${MONTHS[+text.slice(5, 7) - 1]}`;
  if (interval >= 86_400_000) return `${day} ${text.slice(0, 4)}`;
  const end = interval < 1_000 ? 23 : interval < 60_000 ? 19 : 16;
  return `${day} ${text.slice(11, end)} UTC`;
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
