// The page's half of the status card. Text goes in as text (textContent), never as HTML.

const SILENT_AFTER = 6000; // ms; the kernel writes at least every two seconds

function element(parent, tag, name) {
  const made = document.createElement(tag);
  made.className = `livefin-card-${name}`;
  parent.append(made);
  return made;
}

// Touch the page only where a text differs: it is looked at twice a second.
function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function render({ model, el }) {
  el.classList.add("livefin-card");
  const head = element(el, "div", "head");
  const dot = element(head, "span", "dot");
  const name = element(head, "span", "name");
  const title = element(head, "span", "title");
  const symbols = element(head, "span", "symbols");
  const state = element(head, "span", "state");
  const figures = element(el, "div", "figures");
  const note = element(el, "div", "note");
  const cells = new Map();
  let heard = Date.now();

  function cell(label) {
    if (!cells.has(label)) {
      const box = element(figures, "div", "figure");
      write(element(box, "div", "label"), label);
      cells.set(label, { box, value: element(box, "div", "value") });
    }
    return cells.get(label);
  }

  function draw() {
    const said = model.get("said");
    if (!said || !said.figures) return;
    const silent = said.state !== "closed" && Date.now() - heard > SILENT_AFTER;
    const shown = silent ? "kernel silent" : said.state;
    el.dataset.state = silent ? "silent" : said.state;
    write(name, said.name);
    write(title, said.title);
    write(symbols, said.symbols);
    symbols.title = said.symbols;
    write(state, shown);
    for (const figure of said.figures) {
      const { box, value } = cell(figure.label);
      write(value, figure.text);
      value.classList.toggle("livefin-card-alert", figure.alert);
      if (box.title !== figure.hint) box.title = figure.hint;
    }
    write(note, said.note);
    note.title = said.note;
    note.classList.toggle("livefin-card-alert", said.trouble);
  }

  function hear() {
    heard = Date.now();
    draw();
  }

  model.on("change:said", hear);
  const watch = setInterval(draw, 1000);
  draw();
  return () => {
    clearInterval(watch);
    model.off("change:said", hear);
  };
}

export default { render };
