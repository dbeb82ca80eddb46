// Give a stage and its figures the colours of the theme: roles become colours. Used by view.js.

import { current, PALETTES } from "./theme.js";

const nameOf = (theme) => (theme === "auto" ? current() : theme);

/** Colours of what lies over the figures, as variables of the stage. */
export function dress(stage, theme) {
  const name = nameOf(theme);
  const colours = PALETTES[name];
  const lab = theme === "auto" && document.body.dataset.jpThemeLight !== undefined;
  const panel = (lab && getComputedStyle(document.body).getPropertyValue("--jp-layout-color0").trim()) || colours.panel;
  stage.style.background = panel;
  stage.style.color = colours.ink;
  stage.style.colorScheme = name;
  for (const [role, colour] of Object.entries({ ...colours, panel })) stage.style.setProperty(`--${role}`, colour);
}

/** Colours of the figures: `roles` are [model's id, property, role]. */
export function paintRoles(doc, roles, theme) {
  const colours = PALETTES[nameOf(theme)];
  for (const [id, prop, role] of roles) {
    const model = doc.get_model_by_id(id);
    model?.setv({ [prop]: isSpec(model, prop) ? { value: colours[role] } : colours[role] });
  }
}

function isSpec(model, prop) {
  const value = model[prop];
  return value !== null && typeof value === "object" && "value" in value;
}
