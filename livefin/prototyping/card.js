// The page's half of an indicator's card. Text goes in as text (textContent); only the
// verdict, which escapes what it says, comes as HTML.

const NS = "http://www.w3.org/2000/svg";

function element(parent, tag, name) {
  const made = document.createElement(tag);
  if (name) made.className = `livefin-prototype-${name}`;
  parent.append(made);
  return made;
}

// Touch the page only where a text differs: it is looked at twice a second.
function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** A path of 0-100 in both directions; null lifts the pen. */
function path(values) {
  let pen = "M";
  let drawn = "";
  values.forEach((value, i) => {
    if (value === null) {
      pen = "M";
      return;
    }
    drawn += `${pen}${((100 * i) / Math.max(1, values.length - 1)).toFixed(1)},${100 - value}`;
    pen = "L";
  });
  return drawn;
}

function render({ model, el }) {
  el.classList.add("livefin-prototype");
  const head = element(el, "div", "head");
  const name = element(head, "span", "name");
  const values = element(head, "span", "values");
  const svg = document.createElementNS(NS, "svg");
  svg.setAttribute("class", "livefin-prototype-spark");
  svg.setAttribute("viewBox", "-2 -6 104 112");
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", "the last values");
  const line = svg.appendChild(document.createElementNS(NS, "path"));
  head.append(svg);
  const state = element(head, "span", "state");
  const verdict = element(el, "div", "verdict");
  const problem = element(el, "details", "problem");
  const what = element(problem, "summary");
  const trace = element(problem, "pre");
  const prints = element(el, "details", "prints");
  const printed = element(prints, "summary");
  const words = element(prints, "pre");
  const code = element(el, "div", "code");
  const text = element(code, "textarea");
  text.readOnly = true;
  text.spellcheck = false;
  text.setAttribute("aria-label", "the code with these values");
  const copy = element(code, "button");
  copy.textContent = "copy";

  function live() {
    const said = model.get("live");
    el.dataset.tone = said.tone ?? "";
    write(name, said.name ?? "");
    name.title = said.name ?? "";
    write(state, said.state ?? "");
    state.title = said.state ?? "";
    const given = said.values ?? [];
    while (values.children.length > given.length) values.lastChild.remove();
    given.forEach(([label, value], i) => {
      const box = values.children[i] ?? element(values, "span", "value");
      if (!box.children.length) {
        element(box, "span", "label");
        element(box, "b");
      }
      write(box.children[0], label);
      box.children[0].hidden = !label;
      write(box.children[1], value);
    });
    line.setAttribute("d", path(said.spark ?? []));
    problem.hidden = !said.problem;
    write(what, said.problem ?? "");
    write(trace, said.trace ?? "");
    prints.hidden = !said.prints;
    write(printed, said.prints ?? "");
    write(words, said.printed ?? "");
  }

  function judge() {
    const html = model.get("verdict");
    const waits = model.get("waits");
    verdict.hidden = !html && !waits;
    verdict.classList.toggle("livefin-prototype-old", Boolean(html && waits));
    if (html) {
      if (verdict.shown === html) return;
      verdict.shown = html;
      const open = verdict.querySelector("details")?.open;
      verdict.innerHTML = html;
      const details = verdict.querySelector("details");
      if (open && details) details.open = true;
    } else {
      verdict.shown = null;
      verdict.innerHTML = "";
      element(verdict, "span", "waits").textContent = waits;
    }
  }

  function lock() {
    const locked = model.get("code");
    code.hidden = !locked;
    text.value = locked;
    text.rows = Math.min(16, locked.split("\n").length);
  }

  copy.addEventListener("click", async () => {
    text.select();
    try {
      await navigator.clipboard.writeText(text.value);
    } catch {
      document.execCommand("copy"); // a page that is not from a secure address
    }
    copy.textContent = "copied";
    setTimeout(() => (copy.textContent = "copy"), 1500);
  });

  live();
  judge();
  lock();
  model.on("change:live", live);
  model.on("change:verdict", judge);
  model.on("change:waits", judge);
  model.on("change:code", lock);
  return () => {
    model.off("change:live", live);
    model.off("change:verdict", judge);
    model.off("change:waits", judge);
    model.off("change:code", lock);
  };
}

export default { render };
