// Light or dark, and the colours of each. Follows JupyterLab's theme, VS Code's, else the system's.
// Colours are named by role; figure.py says which of a figure's colours are roles.

export const PALETTES = {
  light: {
    ink: "#3c4655", faint: "#667085", grid: "#e8ebf0", panel: "#ffffff", edge: "#d5dae2",
    up: "#0a7796", down: "#c9421b", up_fill: "#0b84a5", down_fill: "#e0542c", band: "#856716",
    badge: "#3c4655", onBadge: "#ffffff",
    good: "#25794b", warn: "#946000", bad: "#c0392b",
    line0: "#6a1fb0", line1: "#7d5a00", line2: "#2868eb", line3: "#c9319e", line4: "#2c8150", line5: "#3f465c",
  },
  dark: {
    ink: "#c3cad6", faint: "#8791a2", grid: "#252a32", panel: "#15181d", edge: "#3a414d",
    up: "#3fb8d9", down: "#ff8257", up_fill: "#3fb8d9", down_fill: "#ff8257", band: "#d8b45a",
    badge: "#c3cad6", onBadge: "#15181d",
    good: "#4ac585", warn: "#e2ae4a", bad: "#ff7b6b",
    line0: "#c9adfd", line1: "#ffc066", line2: "#618ae7", line3: "#ef79a6", line4: "#6bb04a", line5: "#d6dee8",
  },
};

const darkSystem = globalThis.matchMedia?.("(prefers-color-scheme: dark)");
const listeners = new Set();

/** "light" or "dark", as the page is now. */
export function current() {
  const { body } = document;
  const lab = body.dataset.jpThemeLight;
  if (lab !== undefined) return lab === "false" ? "dark" : "light";
  if (body.classList.contains("vscode-light") || body.classList.contains("vscode-high-contrast-light")) return "light";
  if (body.classList.contains("vscode-dark") || body.classList.contains("vscode-high-contrast")) return "dark";
  return darkSystem?.matches ? "dark" : "light";
}

/** Call `changed()` whenever the page's theme changes; returns what ends that. */
export function watch(changed) {
  listeners.add(changed);
  return () => listeners.delete(changed);
}

function tell() {
  for (const changed of listeners) changed();
}

new MutationObserver(tell).observe(document.body, {
  attributes: true, attributeFilter: ["class", "data-jp-theme-light", "data-vscode-theme-kind"],
});
darkSystem?.addEventListener("change", tell);
