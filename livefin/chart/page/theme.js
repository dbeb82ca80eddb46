// Light or dark, and the colours of each. Follows JupyterLab's theme, VS Code's, else the system's.
// Colours are named by role; figure.py says which of a figure's colours are roles.

export const PALETTES = {
  light: {
    ink: "#3c4655", faint: "#8b95a5", grid: "#e6e9ee", panel: "#ffffff", edge: "#d5dae2",
    up: "#0b84a5", down: "#e0542c", up_fill: "#0b84a5", down_fill: "#e0542c", band: "#8a6d1f",
    badge: "#3c4655", onBadge: "#ffffff",
    good: "#2c8a57", warn: "#a86b00", bad: "#c0392b",
    line0: "#7a4fd0", line1: "#c98a00", line2: "#2f6fde", line3: "#c2418f", line4: "#4b8b3b", line5: "#6b7280",
  },
  dark: {
    ink: "#c3cad6", faint: "#8791a2", grid: "#2a2f38", panel: "#15181d", edge: "#3a414d",
    up: "#3fb8d9", down: "#ff8257", up_fill: "#3fb8d9", down_fill: "#ff8257", band: "#d8b45a",
    badge: "#c3cad6", onBadge: "#15181d",
    good: "#4ac585", warn: "#e2ae4a", bad: "#ff7b6b",
    line0: "#b59bf5", line1: "#f0c04f", line2: "#7aaeff", line3: "#f288c4", line4: "#8fcf7f", line5: "#aab2bf",
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
