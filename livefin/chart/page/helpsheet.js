// What the keys and the mouse do, as a sheet that the ? key and button show. Used by toolbar.js.

import { element } from "./elements.js";
import { HELP } from "./keys.js";
import { Popup } from "./popup.js";

export class HelpSheet {
  constructor(root) {
    this.box = element("div", "help");
    Object.assign(this.box, { tabIndex: -1, ariaLabel: "What the keys do" });
    this.box.setAttribute("role", "dialog");
    const keys = element("dl", "");
    for (const [key, text] of HELP) keys.append(element("dt", "", key), element("dd", "", text));
    this.box.append(element("div", "heading", "Keys, once the chart has been clicked"), keys);
    root.append(this.box);
    this.popup = new Popup(this.box, root.host, () => this.shut());
    this.box.addEventListener("keydown", (event) => {
      if (!["Escape", "?", "Enter"].includes(event.key)) return;
      event.stopPropagation();
      this.toggle();
    });
  }

  /** Show it at `anchor`, or put it away; the focus comes back to where it was. */
  toggle(anchor) {
    if (this.popup.open) {
      this.before?.focus?.({ preventScroll: true });
      this.shut();
      return;
    }
    const root = this.box.getRootNode();
    this.before = root.activeElement ?? document.activeElement;
    this.popup.anchor = anchor;
    this.popup.show();
    this.box.focus({ preventScroll: true });
  }

  shut() {
    this.popup.hide();
  }
}
