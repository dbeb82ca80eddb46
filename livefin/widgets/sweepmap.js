// The page's half of a sweep's map: menus, the picture that the kernel made, picking a cell.
// The picture is HTML in which the kernel escaped every name.

const MENUS = ["x", "y", "score", "aggregate"];
const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [1, 0], ArrowDown: [-1, 0] };

function element(parent, tag, name) {
  const made = document.createElement(tag);
  made.className = `livefin-sweep-${name}`;
  parent.append(made);
  return made;
}

function menu(model, parent, name) {
  const offered = (model.get("choices") ?? {})[name] ?? [];
  if (!offered.length) return null;
  const label = element(parent, "label", "menu");
  const text = name === "aggregate" ? "over the others" : name;
  element(label, "span", "faint").textContent = text;
  const select = element(label, "select", "select");
  select.setAttribute("aria-label", text);
  for (const each of offered) select.append(new Option(each, each));
  select.addEventListener("change", () => {
    model.set(name, select.value);
    model.save_changes();
  });
  return select;
}

function render({ model, el }) {
  el.classList.add("livefin-sweep");
  // Keys in here are not JupyterLab's to move between cells.
  el.setAttribute("data-lm-suppress-shortcuts", "true");
  const head = element(el, "div", "head");
  const selects = MENUS.map((name) => menu(model, head, name));
  head.hidden = !head.children.length;
  const hint = element(el, "div", "hint");
  hint.setAttribute("aria-live", "polite");
  const body = element(el, "div", "body");
  let cells = new Map();
  let at = null;

  function name(cell) {
    return cell.querySelector("title")?.textContent ?? "";
  }

  // One cell can be reached by Tab, the others from there by the arrows.
  function move(key) {
    if (!cells.has(key)) return null;
    cells.get(at)?.setAttribute("tabindex", "-1");
    at = key;
    const cell = cells.get(key);
    cell.setAttribute("tabindex", "0");
    return cell;
  }

  function draw() {
    const focused = el.contains(document.activeElement) && document.activeElement.dataset.cell;
    body.innerHTML = model.get("html");
    MENUS.forEach((each, i) => {
      if (selects[i]) selects[i].value = model.get(each);
    });
    cells = new Map();
    for (const cell of body.querySelectorAll("[data-cell]")) {
      cells.set(cell.dataset.cell, cell);
      cell.setAttribute("tabindex", "-1");
      cell.setAttribute("role", "button");
      cell.setAttribute("aria-label", name(cell));
    }
    body.querySelector("svg")?.setAttribute("role", "group");
    const best = body.querySelector("[data-best]")?.dataset.cell;
    const cell = move(cells.has(at) ? at : (best ?? cells.keys().next().value));
    if (focused && cell) cell.focus();
    hint.textContent = "";
  }

  function tell(event) {
    const cell = event.target.closest?.("[data-cell]");
    if (cell) hint.textContent = name(cell);
  }

  function pick(cell) {
    if (cell.dataset.empty) return;
    for (const each of cells.values()) each.removeAttribute("data-picked");
    cell.setAttribute("data-picked", "yes");
    hint.textContent = `picked: ${name(cell)}`;
    model.send({ pick: cell.dataset.cell.split(",").map(Number) });
  }

  body.addEventListener("click", (event) => {
    const cell = event.target.closest("[data-cell]");
    if (!cell) return;
    move(cell.dataset.cell);
    pick(cell);
  });
  body.addEventListener("keydown", (event) => {
    const cell = event.target.closest?.("[data-cell]");
    if (!cell) return;
    if (event.key === "Enter" || event.key === " ") pick(cell);
    else if (event.key in STEPS) {
      const [line, column] = cell.dataset.cell.split(",").map(Number);
      const [up, right] = STEPS[event.key];
      move(`${line + up},${column + right}`)?.focus();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  });
  body.addEventListener("focusin", tell);
  body.addEventListener("mouseover", tell);
  model.on("change:html", draw);
  draw();
  return () => model.off("change:html", draw);
}

export default { render };
