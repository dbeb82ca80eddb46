// A button that opens a list of choices: with the mouse, or Enter, arrows and Escape. A choice may
// open a list of its own in its place. Used by toolbar.js; knows nothing of charts.

import { element, setText } from "./elements.js";
import { icon } from "./icons.js";
import { Popup } from "./popup.js";

export class Menu {
  /**
   * `items()`: made when the menu opens, each { text, hint, on, act }, or { text, items } for a list
   * of its own, or { heading }, or null for a rule. `mark` names an icon, alone where there is no text.
   */
  constructor(root, { label, items, mark, arrow = true }) {
    Object.assign(this, { items, label });
    this.box = element("div", "menu");
    this.button = element("button", "choice");
    this.button.type = "button";
    this.word = element("span", "word");
    this.button.append(...(mark ? [icon(mark)] : []), this.word, ...(arrow ? [icon("down", 10)] : []));
    Object.assign(this.button, { ariaHasPopup: "menu", ariaExpanded: "false" });
    this.list = element("div", "list");
    this.list.setAttribute("role", "menu");
    this.list.ariaLabel = label;
    this.popup = new Popup(this.list, this.button, () => this.shut());
    this.box.append(this.button, this.list);
    root.append(this.box);
    this.setText("");
    this.button.addEventListener("click", () => (this.popup.open ? this.shut() : this.open()));
    this.box.addEventListener("keydown", (event) => this.#key(event));
    this.box.addEventListener("focusout", (event) => {
      if (event.relatedTarget && !this.box.contains(event.relatedTarget)) this.shut();
    });
  }

  /** What is chosen now, which the button says. */
  setText(text) {
    setText(this.word, text);
    this.word.hidden = !text;
    const said = text && text !== this.label ? `${this.label}: ${text}` : this.label;
    if (this.button.ariaLabel !== said) Object.assign(this.button, { ariaLabel: said, title: this.label });
  }

  open() {
    this.#fill(this.items());
    this.button.ariaExpanded = "true";
  }

  shut() {
    this.popup.hide();
    this.button.ariaExpanded = "false";
  }

  #fill(items) {
    this.list.replaceChildren(...items.map((item) => this.#item(item)));
    this.popup.show();
    this.list.scrollTop = 0;
    (this.list.querySelector("[aria-checked=true]") ?? this.list.querySelector("button"))?.focus();
  }

  #item(item) {
    if (!item) return rule();
    if (item.heading) return element("div", "heading", item.heading);
    const { text, hint, on, act, items } = item;
    const made = element("button", "item");
    Object.assign(made, { type: "button", tabIndex: -1 });
    made.setAttribute("role", on === undefined ? "menuitem" : "menuitemradio");
    if (on !== undefined) made.setAttribute("aria-checked", String(on));
    if (items) made.ariaHasPopup = "menu";
    made.append(element("span", "tick", on ? "✓" : ""), element("span", "", text), element("kbd", "", items ? "›" : (hint ?? "")));
    made.ariaLabel = text;
    if (hint && hint.length === 1) made.ariaKeyShortcuts = hint;
    made.addEventListener("click", () => {
      if (items) {
        this.#fill([{ text: `‹ ${text}`, items: this.items }, null, ...items()]);
        return;
      }
      this.button.focus();
      this.shut();
      act();
    });
    return made;
  }

  #key(event) {
    const items = [...this.list.querySelectorAll("button")];
    const at = items.indexOf(this.list.getRootNode().activeElement);
    const moves = { ArrowDown: at + 1, ArrowUp: at < 0 ? -1 : at - 1, Home: 0, End: items.length - 1 };
    const { open } = this.popup;
    if (event.key === "Escape" && open) {
      this.shut();
      this.button.focus();
    } else if (event.key === "Tab" && open) {
      this.button.focus(); // the browser goes on from there
      this.shut();
      return;
    } else if (event.key in moves && !open && event.key.startsWith("Arrow")) {
      this.open();
    } else if (event.key in moves && open) {
      items.at(moves[event.key] % items.length)?.focus();
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }
}

function rule() {
  const made = element("hr", "");
  made.setAttribute("role", "separator");
  return made;
}
