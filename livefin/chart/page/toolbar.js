// The row over the panes: title, interval, chart type, scale, tools, state. Every choice shows what
// is chosen; all work while the kernel is busy. Talks to its view and page only. One a view.

import { element, put, setText } from "./elements.js";
import { icon } from "./icons.js";
import { HELP } from "./keys.js";
import { Menu } from "./menu.js";
import { KINDS } from "./shapes.js";
import { TOOLBAR } from "./toolbarstyle.js";

const NAMES = {
  candles: "Candles", hollow: "Hollow candles", heikin: "Heikin-Ashi", bars: "OHLC bars",
  line: "Line", area: "Area", baseline: "Baseline", renko: "Renko",
};
const SCALES = { linear: ["Linear", ""], log: ["Log", "L"], percent: ["Percent", "P"], indexed: ["Indexed to 100", "I"] };
const TOOLS = {
  level: "Horizontal level", trend: "Trend line", rectangle: "Rectangle",
  fibonacci: "Fibonacci retracement", measure: "Measure", note: "Note",
};
const STATES = {
  live: ["live", "good"], connecting: ["connecting…", "warn"], stale: ["stale: nothing heard", "warn"],
  finished: ["replay finished", "faint"], closed: ["feed closed", "faint"], gone: ["kernel gone", "bad"],
};

export class Toolbar {
  constructor(view) {
    this.view = view;
    this.host = element("div", "livefin-toolbar");
    const root = this.host.attachShadow({ mode: "open" });
    const style = document.createElement("style");
    style.textContent = TOOLBAR;
    this.row = element("div", "row");
    this.row.setAttribute("role", "toolbar");
    root.append(style, this.row);
    this.title = element("div", "title");
    this.row.append(this.title);
    this.#makeMenus();
    this.row.append(element("div", "space"));
    this.chip = element("div", "chip");
    this.chip.setAttribute("role", "status");
    this.row.append(this.chip);
    this.#button("help", "What the keys do (?)", () => this.help());
    this.#button("full", "Full screen (F)", () => this.fullScreen());
    this.sheet = element("div", "help");
    this.sheet.hidden = true;
    root.append(this.sheet);
    view.stage.append(this.host);
    this.fullChanged = () => view.moved(false);
    document.addEventListener("fullscreenchange", this.fullChanged);
  }

  #makeMenus() {
    const { view } = this;
    const { page } = view;
    this.interval = new Menu(this.row, {
      label: "Interval of the bars",
      items: () => page.setup.intervals.map((each, i) => ({
        text: each[0], hint: i < 9 ? `${i + 1}` : "", on: each[1] === page.scene.interval, act: () => page.choose(each),
      })),
    });
    this.kind = new Menu(this.row, {
      label: "Chart type",
      items: () => KINDS.map((kind) => ({ text: NAMES[kind], on: kind === page.settings.kind, act: () => page.set({ kind }) })),
    });
    this.scale = new Menu(this.row, {
      label: "Price scale",
      items: () => [
        ...Object.entries(SCALES).map(([scale, [text, hint]]) => ({ text, hint, on: scale === page.settings.scale, act: () => page.set({ scale }) })),
        null,
        { text: "Volume", hint: "V", on: page.settings.volume, act: () => page.set({ volume: !page.settings.volume }) },
        { text: "Volume by price", hint: "B", on: page.settings.profile, act: () => page.set({ profile: !page.settings.profile }) },
        { text: "Close sessions' gaps", on: page.settings.gaps === "closed", act: () => page.set({ gaps: page.settings.gaps === "closed" ? "true" : "closed" }) },
      ],
    });
    this.tools = new Menu(this.row, {
      label: "Draw",
      mark: "draw",
      items: () => [
        ...Object.entries(TOOLS).map(([kind, text]) => ({ text, act: () => view.layers.drawings.begin(kind) })),
        null,
        { text: "Alert at a price", act: () => this.#arm() },
        null,
        { text: "Remove all drawings", act: () => view.layers.drawings.clear() },
      ],
    });
    this.tools.setText("Draw");
  }

  #arm() {
    this.view.layers.armed = true;
    this.view.hud.say("Click the price that the alert is for");
    this.view.stage.focus({ preventScroll: true });
  }

  #button(mark, label, act) {
    const made = element("button", "choice");
    made.append(icon(mark));
    Object.assign(made, { title: label, ariaLabel: label });
    made.addEventListener("click", act);
    this.row.append(made);
    return made;
  }

  update() {
    const { view } = this;
    const { page } = view;
    const { settings, scene } = page;
    this.row.hidden = !settings.toolbar;
    setText(this.title, settings.title);
    const interval = page.setup.intervals.find(([, ms]) => ms === scene.interval)?.[0] ?? "";
    this.interval.setText(interval);
    this.kind.setText(NAMES[settings.kind]);
    this.scale.setText(SCALES[settings.scale][0]);
    const [text, tone] = STATES[page.state] ?? [page.state, "faint"];
    setText(this.chip, text);
    this.chip.style.setProperty("--tone", `var(--${tone})`);
    view.stage.ariaLabel = `${settings.title}, ${interval} ${NAMES[settings.kind]}, ${text}`;
    this.row.classList.toggle("narrow", view.stage.clientWidth < 560);
  }

  fullScreen() {
    const { stage } = this.view;
    if (document.fullscreenElement === stage) document.exitFullscreen();
    else stage.requestFullscreen?.().catch(() => this.view.hud.say("This page does not allow full screen"));
  }

  /** Show or hide what the keys do. */
  help() {
    this.sheet.hidden = !this.sheet.hidden;
    if (this.sheet.hidden) return;
    put(this.sheet, { top: this.view.layout.header + 8 });
    this.sheet.replaceChildren(...HELP.map(([key, text]) => {
      const row = element("div", "");
      row.append(element("kbd", "", key), element("span", "", text));
      return row;
    }));
  }

  close() {
    document.removeEventListener("fullscreenchange", this.fullChanged);
    this.host.remove();
  }
}
