// The style of what lies over the figures. Colours come as variables of the stage (theme.js).

export const STYLE = `
  :host { position: absolute; inset: 0; z-index: 1; container-type: inline-size; pointer-events: none; overflow: hidden;
    font: 12px/1.35 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
    font-variant-numeric: tabular-nums; color: var(--ink); }
  .legend { position: absolute; display: flex; flex-direction: column; gap: 1px; align-items: flex-start; font-size: 11.5px; }
  .legend > div { background: color-mix(in srgb, var(--panel) 72%, transparent); border-radius: 3px; padding: 0 3px; max-width: 100%; }
  .legend .name { font-weight: 600; }
  .bar { display: flex; flex-wrap: wrap; gap: 0 9px; --value: inherit; }
  .bar > span { white-space: nowrap; }
  .bar i { font-style: normal; color: var(--faint); margin-right: 3px; }
  .bar span span { color: var(--value); }
  .lines { display: flex; flex-wrap: wrap; gap: 0 10px; }
  .lines > span { white-space: nowrap; max-width: 100%; overflow: hidden; text-overflow: ellipsis; }
  .lines b, .line { font: inherit; font-weight: 600; margin: 0 5px 0 0; }
  .line { padding: 0; border: 0; border-radius: 3px; background: none; cursor: pointer; pointer-events: var(--names, auto); }
  .line:hover { text-decoration: underline; }
  .line[aria-pressed=false] { text-decoration: line-through; opacity: .6; }
  .line:focus-visible { outline: 2px solid var(--up); outline-offset: -1px; }
  .excuse { color: var(--faint); }
  .error { color: var(--bad); overflow-wrap: anywhere; }
  .live { position: absolute; pointer-events: auto; cursor: pointer; font: inherit; font-weight: 600; color: var(--onBadge); background: var(--badge); border: 0; border-radius: 12px; padding: 4px 12px; box-shadow: 0 1px 4px #0004; }
  .live:focus-visible { outline: 2px solid var(--up); outline-offset: 2px; }
  .price-line { position: absolute; height: 0; border-top: 1px dashed var(--way); opacity: .8; }
  .tag { position: absolute; padding: 1px 6px; border-radius: 2px; font-size: 11px; transform: translateY(-50%); white-space: nowrap; }
  .price { background: var(--way); color: var(--panel); font-weight: 600; box-shadow: 0 0 0 2px var(--panel); line-height: 1.2; }
  .price .left { font-weight: 400; font-size: 10px; }
  .cross { position: absolute; border: 0 dashed var(--faint); opacity: .75; }
  .cross.v { border-left-width: 1px; } .cross.h { border-top-width: 1px; }
  .badge { background: var(--badge); color: var(--onBadge); }
  .badge.time { transform: translateX(-50%); }
  .zone { position: absolute; margin-top: 3px; color: var(--faint); font-size: 11px; }
  .band { position: absolute; font-size: 10.5px; color: var(--band); overflow: hidden; white-space: nowrap; }
  .mark { position: absolute; font-size: 10.5px; transform: translateX(-50%); white-space: nowrap; color: var(--ink); background: color-mix(in srgb, var(--panel) 72%, transparent); border-radius: 3px; padding: 0 3px; }
  .mark.buy { color: var(--up); } .mark.sell { color: var(--down); }
  .empty { position: absolute; inset: 34px 0 0; display: flex; gap: 10px; align-items: center; justify-content: center; color: var(--faint); font-size: 13px; background: var(--panel); }
  .spinner { width: 14px; height: 14px; border: 2px solid var(--edge); border-top-color: var(--faint); border-radius: 50%; animation: turn 1s linear infinite; }
  @keyframes turn { to { transform: rotate(1turn); } }
  @media (prefers-reduced-motion: reduce) { .spinner { animation: none; } }
  .flash { position: absolute; left: 50%; top: 44px; transform: translateX(-50%); background: var(--warn); color: var(--panel); font-weight: 600; padding: 5px 14px; border-radius: 14px; box-shadow: 0 0 0 4px color-mix(in srgb, var(--warn) 30%, transparent); max-width: 80%; }
  .hint { position: absolute; left: 50%; top: 44px; transform: translateX(-50%); background: var(--badge); color: var(--onBadge); padding: 4px 12px; border-radius: 12px; white-space: nowrap; }
  .flash, .hint, .live, .empty { z-index: 1; }
  /* Many lines would cover a narrow chart: their names must do. */
  @container (max-width: 480px) { .legend { font-size: 10.5px; } .lines:has(> :nth-child(4)) > span > span { display: none; } .bar { gap: 0 6px; } }
  [hidden] { display: none !important; }`;
