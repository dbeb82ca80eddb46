// The few pictures on buttons, drawn as SVG: no font has to have them. Used by toolbar.js.

const PATHS = {
  full: "M2 6V2h4M10 2h4v4M14 10v4h-4M6 14H2v-4",
  leave: "M6 2v4H2M14 6h-4V2M10 14v-4h4M2 10h4v4",
  draw: "M2 14l1-4 8-8 3 3-8 8zM9.5 3.5l3 3",
  bell: "M8 2a4 4 0 0 0-4 4v3l-1.5 2.5h11L12 9V6a4 4 0 0 0-4-4zM6.5 13.5a1.5 1.5 0 0 0 3 0",
  help: "M5.5 6a2.5 2.5 0 1 1 3.5 2.3c-.7.3-1 .8-1 1.5M8 12.4v.4",
  down: "M4.5 6.5L8 10l3.5-3.5",
  end: "M4.5 4.5l7 7M11.5 4.5l-7 7",
  more: "M3 8h.01M8 8h.01M13 8h.01",
  settings: "M2 4.5h6.5M12.5 4.5H14M10.5 2.7v3.6M2 11.5h1.5M7.5 11.5H14M5.5 9.7v3.6",
};

export function icon(name, size = 14) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  for (const [key, value] of Object.entries({ viewBox: "0 0 16 16", width: size, height: size, fill: "none", stroke: "currentColor", "stroke-width": name === "more" ? 2.2 : 1.4, "stroke-linecap": "round", "stroke-linejoin": "round", "aria-hidden": "true" })) svg.setAttribute(key, value);
  const path = document.createElementNS(svg.namespaceURI, "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}
