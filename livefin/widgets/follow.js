// The page's half of a signal that is followed: a table by horizon, and the returns of one.

const HEADS = [
  ["bars", "bars from the signal to the outcome"],
  ["counted", "signals whose outcome is known"],
  ["pending", "signals too young for it"],
  ["hit rate", "share of outcomes above 0"],
  ["95 %", "in which the true hit rate lies, were signals independent"],
  ["mean, bps", "mean return after the signal, in hundredths of a percent"],
  ["t", "of the mean against 0, by the long-run variance"],
  ["any bar, bps", "mean return after any bar, bought and sold in the same proportion"],
  ["t beside it", "of the mean beside that of any bar"],
];
const WIDE = 300;
const TALL = 64;

function drawHistogram(svg, found, name) {
  svg.replaceChildren();
  mark(svg, "aria-label", found ? `${name}, from ${found.low} to ${found.high} bps` : "no outcome yet");
  if (!found) return;
  const most = Math.max(...found.counts);
  const step = WIDE / found.counts.length;
  found.counts.forEach((count, i) => {
    const high = (count / most) * TALL;
    const zone = found.zero !== null && (i + 0.5) / found.counts.length < found.zero ? "below" : "above";
    const attributes = { x: i * step + 0.5, y: TALL - high, width: step - 1, height: high };
    const bar = drawn(svg, "rect", { ...attributes, class: "livefin-ind-bin", "data-zone": found.zero === null ? "" : zone });
    drawn(bar, "title", {}).textContent = `${count}`;
  });
  for (const [key, words] of [["zero", "0"], ["baseline", "mean after any bar"], ["mean", "mean after the signal"]]) {
    if (found[key] === null) continue;
    const x = found[key] * WIDE;
    const line = drawn(svg, "line", { x1: x, x2: x, y1: 0, y2: TALL, class: `livefin-ind-at livefin-ind-at-${key}` });
    drawn(line, "title", {}).textContent = words;
  }
}

function render({ model, el }) {
  const { head, name, what } = heading(el, "follow");
  el.setAttribute("role", "group");
  const state = element(head, "span", "state");
  const scroll = element(el, "div", "scroll");
  const table = element(scroll, "table", "table");
  const top = table.createTHead().insertRow();
  for (const [text, hint] of HEADS) {
    const cell = document.createElement("th");
    cell.scope = "col";
    cell.textContent = text;
    cell.title = hint;
    top.append(cell);
  }
  const body = table.createTBody();
  const below = element(el, "div", "below");
  const svg = drawn(below, "svg", { viewBox: `0 0 ${WIDE} ${TALL}`, role: "img", preserveAspectRatio: "none" });
  const ends = element(below, "div", "ends");
  const low = element(ends, "span", "faint");
  const title = element(ends, "span", "faint");
  const high = element(ends, "span", "faint");
  const costs = element(el, "div", "costs");
  const notes = element(el, "div", "notes");
  let chosen = null; // which horizon's returns are drawn
  let drawnOf = "";

  function row(i) {
    if (body.rows[i]) return body.rows[i];
    const made = body.insertRow();
    const first = document.createElement("th");
    first.scope = "row";
    const button = element(first, "button", "choose");
    button.addEventListener("click", () => {
      chosen = Number(button.textContent);
      page.redraw();
    });
    made.append(first);
    for (let k = 1; k < HEADS.length; k++) made.insertCell();
    return made;
  }

  function draw(said, now) {
    write(name, said.label);
    name.title = said.label;
    write(what, `${said.symbol} · ${said.interval} · ${said.bars}`);
    write(state, now === "live" ? "" : now);
    const there = said.rows.some((each) => each.horizon === chosen);
    if (!there) chosen = said.rows[0]?.horizon ?? null;
    said.rows.forEach((each, i) => {
      const line = row(i);
      const button = line.cells[0].firstChild;
      write(button, String(each.horizon));
      mark(button, "aria-pressed", String(each.horizon === chosen));
      each.cells.forEach((text, k) => write(line.cells[k + 1], text));
      mark(line, "data-zone", each.strong);
      if (each.horizon !== chosen) return;
      const heading = `returns after ${each.horizon} bar${each.horizon === 1 ? "" : "s"}, bps`;
      write(low, each.histogram?.low ?? "");
      write(title, each.histogram ? heading : "no outcome yet");
      write(high, each.histogram?.high ?? "");
      const key = JSON.stringify([heading, each.histogram]);
      if (key !== drawnOf) drawHistogram(svg, each.histogram, heading);
      drawnOf = key;
    });
    write(costs, said.costs);
    write(notes, said.notes.join("\n"));
    notes.hidden = !said.notes.length;
    mark(el, "aria-label", `what comes after ${said.label}, ${said.symbol}`);
  }

  const page = live(model, el, draw);
  return page.end;
}

export default { render };
