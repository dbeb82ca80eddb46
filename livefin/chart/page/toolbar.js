// The row over the panes: title, interval, chart type, scale, tools, state. Every choice shows what
// is chosen; all work while the kernel is busy. What finds no room goes into a menu at its end.
// Talks to its view and page only; toolmenus.js has what the menus hold. One a view.

import { chip } from "./states.js";
import { element, reveal, setText } from "./elements.js";
import { HelpSheet } from "./helpsheet.js";
import { icon } from "./icons.js";
import { Menu } from "./menu.js";
import { Summary } from "./summary.js";
import { TOOLBAR } from "./toolbarstyle.js";
import { intervalName, intervals, kinds, NAMES, SCALES, scales, settings, TOOLS, tools } from "./toolmenus.js";

const TITLE = 88; // pixels that a title may take before it is cut short
const LISTS = { interval: intervals, kind: kinds, scale: scales, tools, settings };
const YIELD = ["chip", "help", "scale", "settings", "tools", "full", "kind", "interval"]; // what goes first for want of room

export class Toolbar {
  constructor(view) {
    this.view = view;
    this.host = element("div", "livefin-toolbar");
    const root = this.host.attachShadow({ mode: "open" });
    this.row = element("div", "row");
    this.row.setAttribute("role", "toolbar");
    this.row.ariaLabel = "Chart";
    root.append(element("style", "", TOOLBAR), this.row);
    this.title = element("div", "title");
    this.row.append(this.title);
    this.#makeMenus();
    this.summary = new Summary(root);
    this.sheet = new HelpSheet(root);
    view.stage.append(this.host);
    this.fullChanged = () => view.moved(false);
    document.addEventListener("fullscreenchange", this.fullChanged);
  }

  #makeMenus() {
    const { view } = this;
    this.menus = {};
    this.parts = {}; // what may have to go, by name
    const menu = (name, options) => {
      this.menus[name] = new Menu(this.row, { items: () => LISTS[name](view), ...options });
      this.parts[name] = this.menus[name].box;
      return this.menus[name];
    };
    this.interval = menu("interval", { label: "Interval" });
    this.kind = menu("kind", { label: "Chart type" });
    this.scale = menu("scale", { label: "Price scale" });
    this.tools = menu("tools", { label: "Draw", mark: "draw" });
    this.stop = this.#button("end", "End the tool (Esc)", () => this.endTool());
    this.row.append(element("div", "space"));
    this.chip = element("div", "chip");
    this.chip.setAttribute("role", "status");
    this.row.append(this.chip);
    menu("settings", { label: "Settings", mark: "settings", arrow: false });
    this.parts.help = this.#button("help", "What the keys do (?)", () => this.help());
    this.parts.full = this.#button("full", "Full screen (F)", () => this.fullScreen());
    this.more = new Menu(this.row, { label: "More", mark: "more", arrow: false, items: () => this.#rest() });
  }

  #button(mark, label, act) {
    const made = element("button", "choice");
    made.append(icon(mark));
    Object.assign(made, { type: "button", title: label, ariaLabel: label });
    made.addEventListener("click", act);
    this.row.append(made);
    return made;
  }

  update() {
    const { view } = this;
    const { page } = view;
    const { settings: now, scene } = page;
    reveal(this.row, now.toolbar);
    setText(this.title, now.title);
    if (this.title.title !== now.title) this.title.title = now.title;
    const interval = intervalName(page);
    this.interval.setText(interval);
    this.kind.setText(NAMES[now.kind]);
    this.scale.setText(SCALES[now.scale][0]);
    const { tool } = this;
    this.tools.setText(tool ? TOOLS[tool][0] : "Draw");
    this.tools.button.classList.toggle("on", Boolean(tool));
    reveal(this.stop, Boolean(tool));
    view.hud.setTool(Boolean(tool));
    const [text, tone, why] = chip(page);
    setText(this.chip, text);
    if (this.chip.title !== why) this.chip.title = why;
    this.chip.style.setProperty("--tone", `var(--${tone})`);
    const label = `${now.title}, ${interval} ${NAMES[now.kind]}, ${text}`;
    if (view.stage.ariaLabel !== label) view.stage.ariaLabel = label;
    this.said = [now.title, interval, NAMES[now.kind]].join(" · ");
    this.#fit([view.stage.clientWidth, interval, now.title, now.kind, now.scale, now.toolbar, tool, text, scene.kind].join());
    this.summary.update(view);
  }

  /** Put away what finds no room; measured only when something is other than before. */
  #fit(key) {
    if (this.fitted === key) return;
    this.fitted = key;
    const { row, parts, chip, more, title } = this;
    const tight = () => row.scrollWidth > row.clientWidth || (title.clientWidth < TITLE && title.scrollWidth > title.clientWidth);
    for (const part of Object.values(parts)) part.hidden = false;
    chip.classList.remove("dot");
    more.box.hidden = true;
    for (const name of YIELD) {
      if (!tight()) return;
      if (name === "chip") {
        chip.classList.add("dot");
        continue;
      }
      if (name === "tools" && this.tool) continue; // how else would one see that it is on?
      parts[name].hidden = true;
      more.box.hidden = false;
    }
  }

  /** What was put away, as choices. */
  #rest() {
    const { parts, menus } = this;
    const lists = Object.keys(menus).filter((name) => parts[name].hidden);
    return [
      ...lists.map((name) => ({ text: menus[name].label, items: menus[name].items })),
      ...(parts.full.hidden ? [{ text: "Full screen", hint: "F", act: () => this.fullScreen() }] : []),
      ...(parts.help.hidden ? [{ text: "What the keys do", hint: "?", act: () => this.help() }] : []),
    ];
  }

  /** The tool that is at work, by its name in TOOLS, or null. */
  get tool() {
    const { layers } = this.view;
    return layers?.armed ? "alert" : (layers?.drawings.active ?? null);
  }

  /** Take up a tool; the next click on the chart is for it. */
  draw(kind) {
    const { layers, hud, stage } = this.view;
    layers.cancel();
    if (kind === "alert") {
      layers.armed = true;
      hud.say("Click the price that the alert is for");
    } else if (!layers.drawings.begin(kind)) {
      hud.say("This chart holds no more drawings; remove some first");
    }
    stage.focus({ preventScroll: true });
    this.update();
  }

  endTool() {
    this.view.layers.cancel();
    this.view.stage.focus({ preventScroll: true });
  }

  fullScreen() {
    const { stage, hud } = this.view;
    if (document.fullscreenElement === stage) document.exitFullscreen();
    else stage.requestFullscreen?.().catch(() => hud.say("This page does not allow full screen"));
  }

  /** Show or hide what the keys do. */
  help() {
    const at = [this.parts.help, this.more.box].find((each) => !each.hidden && !this.row.hidden);
    this.sheet.toggle(at ?? this.host);
  }

  close() {
    document.removeEventListener("fullscreenchange", this.fullChanged);
    for (const menu of [...Object.values(this.menus), this.more]) menu.shut();
    this.sheet.shut();
    this.host.remove();
  }
}
