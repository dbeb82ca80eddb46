// The style of the toolbar and its menus. Colours come as variables of the stage (theme.js).

export const TOOLBAR = `
  :host { position: absolute; inset: 0 0 auto; z-index: 3; font: 12px/1.35 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; color: var(--ink); }
  .row { display: flex; align-items: center; gap: 2px; height: 34px; padding: 0 8px 0 12px; white-space: nowrap; }
  .title { font-weight: 600; font-size: 13px; overflow: hidden; text-overflow: ellipsis; margin-right: 8px; min-width: 3em; }
  .space { flex: 1 1 0; }
  .choice { font: inherit; color: inherit; background: none; border: 0; border-radius: 5px; padding: 4px 7px; cursor: pointer; display: flex; align-items: center; gap: 4px; }
  .choice:hover, .choice[aria-expanded=true] { background: color-mix(in srgb, var(--ink) 10%, transparent); }
  button:focus-visible { outline: 2px solid var(--up); outline-offset: -2px; }
  .menu { position: relative; }
  .list { position: absolute; top: 100%; left: 0; min-width: 168px; padding: 4px; border: 1px solid var(--edge); border-radius: 7px; background: var(--panel); box-shadow: 0 6px 20px #0003; display: flex; flex-direction: column; max-height: 320px; overflow: auto; }
  .item { display: grid; grid-template-columns: 18px 1fr auto; gap: 2px; font: inherit; color: inherit; text-align: left; background: none; border: 0; border-radius: 4px; padding: 4px 8px 4px 4px; cursor: pointer; }
  .item:hover, .item:focus { background: color-mix(in srgb, var(--ink) 10%, transparent); outline: none; }
  kbd { font: inherit; font-size: 11px; color: var(--faint); padding-left: 14px; }
  hr { width: 100%; border: 0; border-top: 1px solid var(--edge); margin: 4px 0; }
  .chip { display: flex; align-items: center; gap: 6px; padding: 2px 9px; border-radius: 10px; font-size: 11px; border: 1px solid var(--edge); flex: none; }
  .chip::before { content: ""; width: 7px; height: 7px; border-radius: 50%; background: var(--tone); }
  .help { position: absolute; right: 12px; padding: 10px 14px; border: 1px solid var(--edge); border-radius: 8px; background: var(--panel); box-shadow: 0 6px 20px #0003; }
  .help div { display: grid; grid-template-columns: 84px auto; padding: 1px 0; }
  .help kbd { padding: 0; color: var(--ink); font-weight: 600; }
  .narrow .menu:nth-of-type(n + 4), .narrow .chip { display: none; }
  [hidden] { display: none !important; }`;
