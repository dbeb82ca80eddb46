// What the keys do on a chart that has the focus. See HELP, which the ? key shows. A field that is
// written in and an open menu keep their keys; a button or a drawing has taken what it wants of
// them before they come here.

import { TOOLS } from "./toolmenus.js";

export const HELP = [
  ["← →", "move in time; with Shift by half a screen"],
  ["+ −", "zoom"],
  ["↑ ↓", "stretch or squeeze the prices"],
  ["End", "back to the live edge"],
  ["Home", "the oldest bars held"],
  ["A", "all bars"],
  ["1 … 9", "interval of the bars"],
  ["L  P  I", "log, percent, indexed to 100"],
  ["V  B", "volume, volume by price"],
  ["H T R", "draw a level, a trend line, a rectangle"],
  ["G M N", "Fibonacci, measure, note"],
  ["Ctrl Z", "undo what was drawn; with Shift, or Ctrl Y, redo"],
  ["X", "an alert at a price"],
  ["F", "full screen"],
  ["Esc", "end a tool, or leave the chart"],
];
const WRITTEN = "input, textarea, select, [role=menu], [role=dialog]";
const STEP = 0.1;
const ZOOM = 1.25;

/** Listen on `stage`; returns what ends that. */
export function keys(stage, view) {
  const end = new AbortController();
  stage.addEventListener("keydown", (event) => {
    if (event.altKey) return;
    if (event.ctrlKey || event.metaKey) {
      past(event, view);
      return;
    }
    // The notebook would take it for its own: "d d" deletes the chart's cell.
    event.stopPropagation();
    if (event.defaultPrevented) return;
    if (written(event)) return;
    const act = action(event, view);
    if (!act) return;
    event.preventDefault();
    act();
  }, { signal: end.signal });
  return () => end.abort();
}

function written(event) {
  const [target] = event.composedPath();
  return target.closest?.(WRITTEN) || target.isContentEditable;
}

/** Undo and redo of drawings; the notebook would take these keys for its cells. */
function past(event, view) {
  const key = event.key.toLowerCase();
  if ((key !== "z" && key !== "y") || event.defaultPrevented || written(event)) return;
  event.stopPropagation();
  event.preventDefault();
  const { drawings } = view.layers;
  const again = key === "y" || event.shiftKey;
  if (!(again ? drawings.redo() : drawings.undo())) view.hud.say(again ? "Nothing to redo" : "Nothing to undo");
}

function action(event, view) {
  const { page } = view;
  const step = event.shiftKey ? 0.5 : STEP;
  const toggle = (name, value, off) => page.set({ [name]: page.settings[name] === value ? off : value });
  const acts = {
    ArrowLeft: () => view.pan(step),
    ArrowRight: () => {
      if (view.camera.following) return;
      view.pan(-step);
      view.settleView();
    },
    ArrowUp: () => view.stretch(1 / ZOOM, 0),
    ArrowDown: () => view.stretch(ZOOM, 0),
    "+": () => view.zoom(1 / ZOOM, 0.5),
    "=": () => view.zoom(1 / ZOOM, 0.5),
    "-": () => view.zoom(ZOOM, 0.5),
    "−": () => view.zoom(ZOOM, 0.5),
    End: () => view.reset(),
    Home: () => view.oldest(),
    a: () => view.all(),
    f: () => view.toolbar.fullScreen(),
    l: () => toggle("scale", "log", "linear"),
    p: () => toggle("scale", "percent", "linear"),
    i: () => toggle("scale", "indexed", "linear"),
    v: () => toggle("volume", true, false),
    b: () => toggle("profile", true, false),
    "?": () => view.toolbar.help(),
    Escape: () => view.layers.cancel() || leave(view.stage),
  };
  const tool = !event.shiftKey && Object.keys(TOOLS).find((kind) => TOOLS[kind][1].toLowerCase() === event.key.toLowerCase());
  if (tool) return () => view.toolbar.draw(tool);
  const interval = page.setup.intervals[Number(event.key) - 1];
  if (interval) return () => page.choose(interval);
  return acts[event.key] ?? (event.shiftKey ? undefined : acts[event.key.toLowerCase()]);
}

/** Take the focus off the chart, also off what has it inside of a shadow root. */
function leave(stage) {
  let { activeElement: focused } = stage.getRootNode();
  while (focused?.shadowRoot?.activeElement) focused = focused.shadowRoot.activeElement;
  focused?.blur();
}
