// A button that opens a list of choices: with the mouse, or Enter, arrows and Escape.
// Used by toolbar.js; knows nothing of charts.

import { element, setText } from "./elements.js";
import { icon } from "./icons.js";

export class Menu {
  /** `items()`: [{ text, hint, on, act }] or null for a rule, made when the menu opens. */
  constructor(root, { label, items, mark }) {
    this.items = items;
    this.box = element("div", "menu");
    this.button = element("button", "choice");
    this.word = element("span", "");
    this.button.append(...(mark ? [icon(mark)] : []), this.word, icon("down", 10));
    Object.assign(this.button, { ariaLabel: label, title: label, ariaHasPopup: "menu", ariaExpanded: "false" });
    this.list = element("div", "list");
    this.list.setAttribute("role", "menu");
    this.list.hidden = true;
    this.box.append(this.button, this.list);
    root.append(this.box);
    this.button.addEventListener("click", () => (this.list.hidden ? this.open() : this.shut()));
    this.box.addEventListener("keydown", (event) => this.#key(event));
    this.box.addEventListener("focusout", (event) => {
      if (!this.box.contains(event.relatedTarget)) this.shut();
    });
  }

  setText(text) {
    setText(this.word, text);
  }

  open() {
    this.list.replaceChildren(...this.items().map((item) => (item ? this.#item(item) : element("hr", ""))));
    this.list.hidden = false;
    this.button.ariaExpanded = "true";
    (this.list.querySelector("[aria-checked=true]") ?? this.list.querySelector("button"))?.focus();
  }

  shut() {
    this.list.hidden = true;
    this.button.ariaExpanded = "false";
  }

  #item({ text, hint, on, act }) {
    const made = element("button", "item");
    made.setAttribute("role", on === undefined ? "menuitem" : "menuitemradio");
    if (on !== undefined) made.setAttribute("aria-checked", String(on));
    made.append(element("span", "tick", on ? "✓" : ""), element("span", "", text), element("kbd", "", hint ?? ""));
    made.addEventListener("click", () => {
      this.button.focus();
      this.shut();
      act();
    });
    return made;
  }

  #key(event) {
    const items = [...this.list.querySelectorAll("button")];
    const at = items.indexOf(this.list.getRootNode().activeElement);
    const moves = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 };
    if (event.key === "Escape" && !this.list.hidden) {
      this.shut();
      this.button.focus();
    } else if (event.key in moves && this.list.hidden) {
      this.open();
    } else if (event.key in moves) {
      items.at(moves[event.key] % items.length)?.focus();
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }
}
