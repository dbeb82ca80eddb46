// What the toolbar's menus hold: every choice, which one is on, and its key. Used by toolbar.js, which
// shows them; what a choice does is its view's and page's.

import { KINDS } from "./shapes.js";
import { save } from "./snapshot.js";

export const NAMES = {
  candles: "Candles", hollow: "Hollow candles", heikin: "Heikin-Ashi", bars: "OHLC bars",
  line: "Line", area: "Area", baseline: "Baseline", renko: "Renko",
};
export const SCALES = { linear: ["Linear", ""], log: ["Log", "L"], percent: ["Percent", "P"], indexed: ["Indexed to 100", "I"] };
export const TOOLS = {
  level: ["Horizontal level", "H"], trend: ["Trend line", "T"], rectangle: ["Rectangle", "R"],
  fibonacci: ["Fibonacci retracement", "G"], measure: ["Measure", "M"], note: ["Note", "N"], alert: ["Alert at a price", "X"],
};
const THEMES = { auto: "As the notebook", light: "Light", dark: "Dark" };

/** The interval's name, as the menu has it. */
export function intervalName(page) {
  return page.setup.intervals.find(([, ms]) => ms === page.scene.interval)?.[0] ?? "";
}

export function intervals({ page }) {
  return page.setup.intervals.map((each, i) => ({
    text: each[0], hint: i < 9 ? `${i + 1}` : "", on: each[1] === page.scene.interval, act: () => page.choose(each),
  }));
}

export function kinds({ page }) {
  return KINDS.map((kind) => ({ text: NAMES[kind], on: kind === page.settings.kind, act: () => page.set({ kind }) }));
}

export function scales({ page }) {
  return Object.entries(SCALES).map(([scale, [text, hint]]) => ({ text, hint, on: scale === page.settings.scale, act: () => page.set({ scale }) }));
}

export function tools(view) {
  const on = view.toolbar.tool;
  return [
    ...(on ? [{ text: "Stop drawing", hint: "Esc", act: () => view.toolbar.endTool() }, null] : []),
    ...Object.entries(TOOLS).map(([kind, [text, hint]]) => ({ text, hint, on: kind === on, act: () => view.toolbar.draw(kind) })),
    null,
    { text: "Undo", hint: "Ctrl Z", act: () => view.layers.drawings.undo() },
    { text: "Redo", hint: "Ctrl Y", act: () => view.layers.drawings.redo() },
    { text: "Remove all drawings", act: () => view.layers.drawings.clear() },
  ];
}

export function settings(view) {
  const { page } = view;
  const { volume, profile, gaps, tz, theme } = page.settings;
  const asked = page.setup.settings.tz; // by whoever made the chart: an exchange's zone, say
  const zones = { UTC: "UTC", local: `Here (${here()})`, ...(asked === "UTC" || asked === "local" ? {} : { [asked]: asked.replaceAll("_", " ") }) };
  return [
    { heading: "Show" },
    { text: "Volume", hint: "V", on: volume, act: () => page.set({ volume: !volume }) },
    { text: "Volume by price", hint: "B", on: profile, act: () => page.set({ profile: !profile }) },
    { text: "Times without trading", on: gaps === "true", act: () => page.set({ gaps: gaps === "true" ? "closed" : "true" }) },
    { heading: "Times in" },
    ...Object.entries(zones).map(([zone, text]) => ({ text, on: zone === tz, act: () => page.set({ tz: zone }) })),
    { heading: "Colours" },
    ...Object.entries(THEMES).map(([name, text]) => ({ text, on: name === theme, act: () => page.set({ theme: name }) })),
    null,
    { text: "Reset the view", hint: "End", act: () => view.reset() },
    { text: "Save as PNG", act: () => save(view) },
  ];
}

function here() {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone.split("/").at(-1).replaceAll("_", " ");
}
