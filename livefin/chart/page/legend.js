// What a pane says in its upper left corner: the bar under the crosshair, each line's value there,
// and what went wrong. A line's name is a button that hides and shows it. Text is only ever set as
// text. One a pane; moved by pane.js.

import { element, put, reveal, setText } from "./elements.js";

const LONGEST = 300; // letters of an error; its beginning says what it is
const MOST = 10; // rows of lines; more would cover the pane

export class Legend {
  /** `toggle(name, whole)`: the person wants a line, or the whole indicator, hidden or shown. */
  constructor(root, title, toggle) {
    this.toggle = toggle;
    this.box = element("div", "legend");
    this.title = element("div", "name", title);
    this.title.hidden = !title;
    this.bar = element("div", "bar");
    this.bar.hidden = true;
    this.lines = element("div", "lines");
    this.errors = element("div", "errors");
    this.excuse = element("div", "excuse");
    this.excuse.hidden = true;
    this.box.append(this.bar, this.title, this.lines, this.excuse, this.errors);
    root.append(this.box);
  }

  put(frame, top) {
    reveal(this.box, frame !== null);
    if (frame === null) return;
    put(this.box, { left: frame.left + 8, top: frame.top + top });
    this.box.style.maxWidth = `${Math.max(60, frame.right - frame.left - 24)}px`;
  }

  /** `fields`: [label, text] each; `way` is "up" or "down" and colours the values. */
  setBar(fields, way) {
    reveal(this.bar, true);
    while (this.bar.childElementCount < fields.length) {
      const field = element("span", "");
      field.append(element("i", ""), element("span", ""));
      this.bar.append(field);
    }
    fields.forEach(([label, text], i) => {
      const [name, value] = this.bar.children[i].children;
      setText(name, label);
      setText(value, text);
    });
    if (this.way !== way) this.bar.style.setProperty("--value", `var(--${way})`);
    this.way = way;
  }

  /**
   * `rows`: [name, text, role, shown, words] of each line; `shown` is undefined of what cannot be
   * hidden, and `words` are read for the name.
   */
  setLines(rows) {
    const key = rows.map(([name, , role, , words]) => `${name}\n${role}\n${words}`).join("\n");
    if (this.key !== key) {
      this.key = key;
      this.lines.replaceChildren(...rows.slice(0, MOST).map(([name, , role, shown, words]) => {
        const row = element("span", "");
        const label = shown === undefined ? element("b", "", name) : this.#button(name, words ?? name);
        label.style.color = `var(--${role})`;
        row.append(label, element("span", ""));
        return row;
      }));
      if (rows.length > MOST) this.lines.append(element("span", "", `and ${rows.length - MOST} more`));
      this.title.hidden = !this.title.textContent || (rows.length > 0 && rows.every(([name]) => name.startsWith(this.title.textContent)));
    }
    rows.slice(0, MOST).forEach(([, text, , shown], i) => {
      const [label, value] = this.lines.children[i].children;
      setText(value, text);
      if (shown !== undefined && label.ariaPressed !== String(shown)) label.ariaPressed = String(shown);
    });
  }

  #button(name, words) {
    const made = element("button", "line", words);
    Object.assign(made, { type: "button", title: `${words}: hide or show; with Shift all of its indicator` });
    made.addEventListener("click", (event) => this.toggle(name, event.shiftKey));
    return made;
  }

  /** Messages by the name of what failed. */
  setErrors(errors) {
    const key = JSON.stringify(errors);
    if (this.said === key) return;
    this.said = key;
    this.errors.replaceChildren(...Object.entries(errors).map(([name, text]) => element("div", "error", `${name}: ${text}`.slice(0, LONGEST))));
  }

  /** Why something is not as it was chosen. */
  setExcuse(text) {
    reveal(this.excuse, Boolean(text));
    setText(this.excuse, text);
  }

  close() {
    this.box.remove();
  }
}
