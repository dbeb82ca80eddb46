// The page's half of the tile: one line of text and a sparkline.

function render({ model, el }) {
  el.classList.add("livefin-ind", "livefin-tile");
  el.setAttribute("role", "group");
  element(el, "span", "dot");
  const name = element(el, "span", "name");
  const what = element(el, "span", "faint");
  const values = element(el, "span", "values");
  const spark = sparkline(el);
  const words = element(el, "span", "words");
  const made = [];

  function cell(i) {
    while (made.length <= i) {
      const box = element(values, "span", "value");
      made.push({ box, label: element(box, "span", "faint"), text: element(box, "span", "text") });
    }
    return made[i];
  }

  function draw(said, state) {
    write(name, said.label);
    name.title = said.label;
    write(what, `${said.symbol} · ${said.interval}`);
    said.values.forEach((value, i) => {
      const { box, label, text } = cell(i);
      write(label, value.label);
      label.hidden = !value.label;
      const places = ((value.text ?? "").split(".")[1] ?? "").length;
      write(text, said.error || value.text === null ? NONE : number(Number(value.text), places));
      mark(box, "data-zone", i ? "" : said.zone);
    });
    mark(values, "title", said.more ? `${said.more} more lines` : "");
    spark(said.spark);
    const silent = state === "kernel silent" || state === "closed";
    write(words, said.error || (silent ? state : said.words));
    mark(words, "title", said.error || said.words);
    mark(words, "data-error", said.error ? "yes" : "");
    mark(words, "data-zone", said.error || silent ? "" : said.zone);
    mark(el, "aria-label", `${said.label}, ${said.symbol}`);
  }

  return live(model, el, draw).end;
}

export default { render };
