// The page's half of the gauge: a dial or a bar in SVG, and the value as text.

const DIAL = { width: 200, height: 118, x: 100, y: 100, radius: 80 };
const BAR = { width: 240, height: 44, left: 8, right: 232, y: 16 };

function place(share) {
  const angle = Math.PI * (1 - share);
  return [DIAL.x + DIAL.radius * Math.cos(angle), DIAL.y - DIAL.radius * Math.sin(angle)];
}

function along(share) {
  return BAR.left + share * (BAR.right - BAR.left);
}

function stretch(shape, from, to) {
  if (shape === "bar") return `M${along(from)} ${BAR.y}L${along(to)} ${BAR.y}`;
  const [x0, y0] = place(from);
  const [x1, y1] = place(to);
  return `M${x0.toFixed(2)} ${y0.toFixed(2)}A${DIAL.radius} ${DIAL.radius} 0 0 1 ${x1.toFixed(2)} ${y1.toFixed(2)}`;
}

function render({ model, el }) {
  const { name, what } = heading(el, "gauge");
  const face = element(el, "div", "face");
  const text = element(el, "div", "text");
  const note = element(el, "div", "note");
  face.setAttribute("role", "meter");
  let scale = "";
  let needle = null;

  // The scale is drawn anew where it has changed, which is seldom; a value moves the needle.
  function draft(said) {
    const key = JSON.stringify([said.shape, said.known, said.low, said.high, said.zones]);
    if (key === scale) return;
    scale = key;
    const { shape, low, high, levels } = said;
    const { width, height } = shape === "bar" ? BAR : DIAL;
    face.replaceChildren();
    const svg = drawn(face, "svg", { viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" });
    const at = (value) => (value - low) / (high - low);
    for (const [from, to, zone] of said.zones) {
      const arc = drawn(svg, "path", { d: stretch(shape, at(from), at(to)), class: "livefin-ind-arc" });
      mark(arc, "data-zone", zone);
    }
    const size = Math.max(Math.abs(low), Math.abs(high));
    const inside = levels.filter((value) => at(value) > 0.1 && at(value) < 0.9);
    const marks = said.known ? [low, ...inside, high] : [];
    marks.forEach((value, i) => {
      const share = at(value);
      const end = i === 0 ? "start" : i === marks.length - 1 ? "end" : "middle";
      const [x, y] = shape === "bar" ? [along(share), BAR.y + 22] : label(share, i, marks.length);
      const made = drawn(svg, "text", { x, y, "text-anchor": shape === "bar" ? end : "middle" });
      const places = size >= 10 ? 1 : Math.min(decimals(size), 8);
      made.textContent = value.toLocaleString("en", { maximumFractionDigits: places });
    });
    needle = drawn(svg, "path", { class: "livefin-ind-needle" });
  }

  function label(share, i, count) {
    const [x, y] = place(share);
    if (i === 0 || i === count - 1) return [x, DIAL.y + 16];
    // Inside of the arc, towards the middle.
    return [x + (DIAL.x - x) * 0.24, y + (DIAL.y - y) * 0.24 + 3];
  }

  function draw(said, state) {
    draft(said);
    write(name, said.label);
    name.title = said.label;
    write(what, `${said.symbol} · ${said.interval}`);
    const share = Math.max(0, Math.min(1, (said.value - said.low) / (said.high - said.low)));
    if (said.value === null || said.error) mark(needle, "d", "M0 0");
    else if (said.shape === "bar") mark(needle, "d", `M${along(share)} ${BAR.y - 10}V${BAR.y + 10}`);
    else {
      const [x, y] = place(share);
      mark(needle, "d", `M${DIAL.x + (x - DIAL.x) * 0.5} ${DIAL.y + (y - DIAL.y) * 0.5}L${x} ${y}`);
    }
    const places = ((said.text ?? "").split(".")[1] ?? "").length;
    write(text, said.text === null || said.error ? NONE : number(said.value, places));
    mark(el, "data-zone", said.error ? "" : said.zone);
    mark(face, "aria-label", `${said.label}, ${said.symbol}`);
    mark(face, "aria-valuemin", said.low);
    mark(face, "aria-valuemax", said.high);
    mark(face, "aria-valuenow", said.value ?? "");
    mark(face, "aria-valuetext", text.textContent);
    const quiet = state === "closed" || state === "kernel silent";
    write(note, said.error || (quiet ? state : said.words));
    mark(note, "data-error", said.error ? "yes" : "");
    mark(note, "title", said.error);
  }

  return live(model, el, draw).end;
}

export default { render };
