// The style of the toolbar and its menus. Colours come as variables of the stage (theme.js).

export const TOOLBAR = `
  :host { position: absolute; inset: 0 0 auto; z-index: 3; font: 12px/1.35 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; color: var(--ink);
    --hover: color-mix(in srgb, var(--ink) 9%, transparent); --on: color-mix(in srgb, var(--up) 16%, transparent); }
  .row { display: flex; align-items: center; gap: 2px; height: 34px; padding: 0 8px 0 12px; white-space: nowrap; box-sizing: border-box; overflow: clip; }
  .title { flex: 0 1 auto; min-width: 40px; font-weight: 600; font-size: 13px; overflow: hidden; text-overflow: ellipsis; margin-right: 6px; }
  .space { flex: 1 1 0; }
  .menu { flex: none; }
  .choice { flex: none; font: inherit; color: inherit; background: none; border: 0; border-radius: 5px; height: 26px; min-width: 26px; padding: 0 6px; cursor: pointer; display: flex; align-items: center; justify-content: center; gap: 4px; }
  .choice svg { flex: none; }
  .word + svg { opacity: .6; margin-right: -2px; }
  .choice:hover, .choice[aria-expanded=true] { background: var(--hover); }
  .choice.on { background: var(--on); color: var(--up); font-weight: 600; }
  :focus-visible { outline: 2px solid var(--up); outline-offset: -2px; }
  .list, .help { position: fixed; inset: auto; margin: 0; box-sizing: border-box; overflow: auto; overscroll-behavior: contain; scrollbar-width: thin; color: var(--ink); background: var(--panel); border: 1px solid var(--edge); border-radius: 8px; box-shadow: 0 8px 24px #0003; font-size: 12px; }
  .list { min-width: 176px; padding: 4px; }
  .item { display: grid; width: 100%; grid-template-columns: 18px 1fr auto; align-items: center; min-height: 25px; font: inherit; color: inherit; text-align: left; background: none; border: 0; border-radius: 5px; padding: 2px 8px 2px 6px; cursor: pointer; white-space: nowrap; }
  .item:hover { background: var(--hover); }
  .item:focus { background: var(--hover); outline: none; }
  .item:focus-visible { outline: 2px solid var(--up); outline-offset: -2px; }
  .item[aria-checked=true] { font-weight: 600; }
  .tick { color: var(--up); font-size: 11px; }
  .heading { padding: 7px 8px 3px 8px; font-size: 11px; font-weight: 600; color: var(--faint); }
  .heading:first-child { padding-top: 4px; }
  kbd { font: inherit; font-size: 11px; font-weight: 400; color: var(--faint); padding-left: 18px; }
  hr { border: 0; border-top: 1px solid var(--edge); margin: 4px 2px; }
  .chip { flex: none; display: flex; align-items: center; gap: 6px; height: 20px; padding: 0 9px; margin-right: 4px; border-radius: 10px; font-size: 11px; border: 1px solid var(--edge); box-sizing: border-box; }
  .chip::before { content: ""; flex: none; width: 7px; height: 7px; border-radius: 50%; background: var(--tone); }
  .chip.dot { padding: 0 5.5px; gap: 0; font-size: 0; }
  .help { padding: 8px 14px 12px 6px; outline: none; }
  dl { display: grid; grid-template-columns: auto 1fr; gap: 3px 16px; margin: 0 0 0 8px; white-space: nowrap; }
  dt { font-weight: 600; } dd { margin: 0; }
  .unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
  @media (pointer: coarse) { .choice { height: 32px; min-width: 32px; } .item { min-height: 36px; } }
  @media (forced-colors: active) { .chip::before { forced-color-adjust: none; } .choice.on, .item:focus { outline: 2px solid Highlight; outline-offset: -2px; } }
  [hidden] { display: none !important; }`;
