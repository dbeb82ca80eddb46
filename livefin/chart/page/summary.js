// The chart in a sentence, for those who hear a page rather than see it: symbol, last price, change in
// view. Said politely and seldom, since a price that is read out five times a second is noise.

import { element, setText } from "./elements.js";

const EVERY = 10_000; // ms between two sentences

export class Summary {
  #said = -Infinity;

  constructor(root) {
    this.node = element("div", "unseen");
    this.node.setAttribute("role", "status");
    this.node.ariaLive = "polite";
    root.append(this.node);
  }

  /** Say how things are, if it is time; `now` in ms. */
  update(view, now = performance.now()) {
    if (now - this.#said < EVERY) return;
    const text = sentence(view);
    if (!text) return;
    this.#said = now;
    setText(this.node, text);
  }
}

/** "BTC-USDT 64,686.07, up 0.3 % in view"; empty without bars. */
export function sentence({ page, x }) {
  const { scene, prices, settings, history } = page;
  const { bars } = scene;
  if (!bars.length || !history.length) return "";
  const last = history.columns.close[history.end - 1];
  const first = bars.columns.close[Math.max(bars.start, x ? bars.find(x[0]) : bars.start)];
  const change = 100 * (last / first - 1);
  const way = change > 0 ? "up" : change < 0 ? "down" : "unchanged";
  const size = Number.isFinite(change) && change ? ` ${Math.abs(change).toFixed(2)} %` : "";
  return `${settings.title} ${prices.text(last)}, ${way}${size} in view`;
}
