// Make and move plain elements. Text is set as text, never as HTML; the page is touched only
// where something differs.

export function element(tag, name, text) {
  const made = document.createElement(tag);
  if (name) made.className = name;
  if (text !== undefined) made.textContent = text;
  return made;
}

export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** Show or hide; writing what is there already would make the browser work out styles. */
export function reveal(node, shown) {
  if (node.hidden === shown) node.hidden = !shown;
}

/** Set sides in pixels, as { left: 3 }. */
export function put(node, place) {
  for (const [side, value] of Object.entries(place)) {
    const text = `${value}px`;
    if (node.style[side] !== text) node.style[side] = text;
  }
}
