// What the widgets' page halves share: elements, headings, numbers, sparklines.
// Text goes in as text (textContent), never as HTML; the page is touched where it differs.

const SILENT_AFTER = 6000; // ms; the kernel writes at least every two seconds
const SVG = "http://www.w3.org/2000/svg";
const NONE = "–";

function element(parent, tag, name) {
  const made = document.createElement(tag);
  made.className = `livefin-ind-${name}`;
  parent.append(made);
  return made;
}

function drawn(parent, tag, attributes) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  parent.append(made);
  return made;
}

// The first line of a widget: a dot for its state, what it is, of what.
function heading(el, kind) {
  el.classList.add("livefin-ind", `livefin-${kind}`);
  const head = element(el, "div", "head");
  element(head, "span", "dot");
  return { head, name: element(head, "span", "name"), what: element(head, "span", "faint") };
}

function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function mark(node, name, value) {
  if (value === null || value === undefined || value === "") node.removeAttribute(name);
  else if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value);
}

// So many digits after the point that about six are seen, the same for values of one size.
function decimals(size) {
  if (!(size > 0)) return 2;
  return Math.max(0, Math.min(8, 4 - Math.floor(Math.log10(size))));
}

function number(value, places) {
  if (value === null || value === undefined) return NONE;
  const size = Math.abs(value);
  if (size >= 1e9) return value.toLocaleString("en", { notation: "compact", maximumFractionDigits: 3 });
  const digits = places ?? decimals(size);
  return value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

const WIDTH = 64;
const HEIGHT = 18;

// The line of `points`, a character a value from "0" to "o"; a gap where there is none.
function path(points) {
  const step = WIDTH / Math.max(1, points.length - 1);
  let d = "";
  let pen = "M";
  for (let i = 0; i < points.length; i++) {
    if (points[i] === " ") {
      pen = "M";
      continue;
    }
    const y = HEIGHT - 2 - ((points.charCodeAt(i) - 48) / 63) * (HEIGHT - 4);
    d += `${pen}${(i * step).toFixed(1)} ${y.toFixed(1)}`;
    pen = "L";
  }
  return d;
}

function sparkline(parent) {
  const svg = drawn(parent, "svg", {
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    width: WIDTH,
    height: HEIGHT,
    class: "livefin-ind-spark",
    "aria-hidden": "true",
    preserveAspectRatio: "none",
  });
  const line = drawn(svg, "path", { fill: "none" });
  return (points) => mark(line, "d", path(points) || "M0 0");
}

// Call `draw(said, state)` at every change, and when the kernel has fallen silent.
function live(model, el, draw) {
  let heard = Date.now();
  function redraw() {
    const said = model.get("said");
    if (!said || !said.state) return;
    const silent = said.state !== "closed" && Date.now() - heard > SILENT_AFTER;
    const state = silent ? "kernel silent" : said.state;
    el.dataset.state = silent ? "silent" : said.state;
    draw(said, state);
  }
  function hear() {
    heard = Date.now();
    redraw();
  }
  model.on("change:said", hear);
  const watch = setInterval(redraw, 1000);
  redraw();
  return {
    redraw,
    end() {
      clearInterval(watch);
      model.off("change:said", hear);
    },
  };
}
