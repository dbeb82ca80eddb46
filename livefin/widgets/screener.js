// The page's half of the screener: rows that stay, cells touched where they differ, sorting.

const FIRST = 3; // symbol, price and change come before the indicators
const PRICE_SPARK = 3; // place in a row of the price's sparkline, which is no column

function compare(a, b, falling) {
  if (a === null || b === null) return (a === null) - (b === null); // those without come last
  const order = typeof a === "string" ? a.localeCompare(b, "en", { numeric: true }) : a - b;
  return falling ? -order : order;
}

function textOf(cell) {
  return Array.isArray(cell) ? cell[0] : typeof cell === "string" ? cell : null;
}

function grouped(text) {
  if (text === null) return NONE;
  return number(Number(text), (text.split(".")[1] ?? "").length);
}

function zone(value, levels) {
  if (value === null || !levels.length) return "";
  const low = Math.min(...levels);
  const high = Math.max(...levels);
  return value > high ? "above" : value < low ? "below" : "";
}

function render({ model, el }) {
  const { head, name, what } = heading(el, "screener");
  const state = element(head, "span", "state");
  const scroll = element(el, "div", "scroll");
  scroll.tabIndex = 0;
  scroll.setAttribute("role", "region");
  const table = element(scroll, "table", "table");
  const header = element(element(table, "thead", "thead"), "tr", "tr");
  const body = element(table, "tbody", "tbody");
  const notes = element(el, "div", "notes");
  notes.setAttribute("role", "status");
  const rows = new Map();
  let titles = "";
  let heads = [];

  function choose(title) {
    const now = model.get("sort");
    // Largest first, then smallest first, then as the feed has them; names the other way round.
    const first = title === "symbol" ? title : `-${title}`;
    const second = title === "symbol" ? `-${title}` : title;
    model.set("sort", now === first ? second : now === second ? "" : first);
    model.save_changes();
  }

  function columns(said) {
    const all = [
      { title: "symbol", hint: "" },
      { title: "price", hint: `last price, ${said.interval} bars`, spark: said.spark },
      { title: "change", hint: "percent, over the last 60 bars", levels: [0] },
      ...said.columns,
    ];
    const key = JSON.stringify(all);
    if (key !== titles) {
      titles = key;
      header.replaceChildren();
      body.replaceChildren();
      rows.clear();
      heads = all.map((column) => {
        const th = element(header, "th", "th");
        th.scope = "col";
        const button = element(th, "button", "sort");
        button.type = "button";
        write(button, column.title);
        button.title = column.hint;
        button.addEventListener("click", () => choose(column.title));
        return th;
      });
    }
    return all;
  }

  function rowOf(symbol, all) {
    if (!rows.has(symbol)) {
      const tr = document.createElement("tr");
      const cells = all.map((column, i) => {
        const td = element(tr, i ? "td" : "th", i ? "td" : "symbol");
        if (!i) td.scope = "row";
        const inside = column.spark ? element(td, "div", "pair") : td;
        const spark = column.spark ? sparkline(inside) : null;
        return { td, spark, text: element(inside, "span", "text") };
      });
      rows.set(symbol, { tr, cells });
    }
    return rows.get(symbol);
  }

  function fill({ cells }, row, all) {
    write(cells[0].text, row[0]);
    cells[0].td.title = row[0];
    all.slice(1).forEach((column, i) => {
      const { td, spark, text } = cells[i + 1];
      const given = i < FIRST - 1 ? row[i + 1] : row[i + 2];
      const value = textOf(given);
      write(text, i === 1 && value !== null ? `${Number(value) > 0 ? "+" : ""}${value} %` : grouped(value));
      const at = zone(value === null ? null : Number(value), column.levels ?? []);
      mark(td, "data-zone", at);
      const edge = at === "above" ? Math.max(...column.levels) : at ? Math.min(...column.levels) : "";
      mark(td, "title", given?.error ?? (at && i > 1 ? `${at} ${edge}` : ""));
      mark(td, "data-error", given?.error ? "yes" : "");
      if (spark) spark(i === 0 ? row[PRICE_SPARK] : Array.isArray(given) ? given[1] : "");
    });
  }

  function sorted(said, all) {
    const by = model.get("sort");
    const falling = by.startsWith("-") && !all.some((c) => c.title === by);
    const title = falling ? by.slice(1) : by;
    const at = all.findIndex((column) => column.title === title);
    heads.forEach((th, i) => {
      mark(th, "aria-sort", i !== at ? "none" : falling ? "descending" : "ascending");
    });
    if (at < 0) return said.rows;
    const key = (row) => {
      if (!at) return row[0];
      const text = textOf(at < FIRST ? row[at] : row[at + 1]);
      return text === null ? null : Number(text);
    };
    return [...said.rows].sort((a, b) => compare(key(a), key(b), falling));
  }

  function draw(said, shown) {
    const all = columns(said);
    write(name, said.feed);
    write(what, `${said.rows.length} symbols · ${said.interval} bars`);
    write(state, shown);
    scroll.setAttribute("aria-label", `indicators of ${said.feed}`);
    const order = sorted(said, all);
    const there = new Set();
    order.forEach((row, i) => {
      const made = rowOf(row[0], all);
      there.add(row[0]);
      fill(made, row, all);
      // Only rows that moved are moved: a row under the pointer or in a selection stays.
      if (body.children[i] !== made.tr) body.insertBefore(made.tr, body.children[i] ?? null);
    });
    for (const [symbol, { tr }] of rows) {
      if (there.has(symbol)) continue;
      tr.remove();
      rows.delete(symbol);
    }
    write(notes, said.notes.join("\n"));
    notes.hidden = !said.notes.length;
  }

  const life = live(model, el, draw);
  model.on("change:sort", life.redraw);
  return () => {
    life.end();
    model.off("change:sort", life.redraw);
  };
}

export default { render };
