// A view as a PNG file: the canvases of its panes, and over them what is drawn in plain elements, which
// an SVG carries as it stands. Asked for from the toolbar's settings; needs no server and no kernel.

const HOSTS = ".livefin-hud, .livefin-layers > div";

/** Let the person save the view as it is now. */
export async function save(view) {
  try {
    const canvas = await picture(view);
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = `${view.page.settings.title.replace(/[^\p{L}\p{N}._-]+/gu, "-") || "chart"}.png`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  } catch (error) {
    view.hud.say(`This browser gives no picture: ${error.message}`);
  }
}

/** A canvas that shows the view. */
export async function picture(view) {
  const { stage, panes } = view;
  const scale = devicePixelRatio || 1;
  const [width, height] = [stage.clientWidth, stage.clientHeight];
  const canvas = Object.assign(document.createElement("canvas"), { width: width * scale, height: height * scale });
  const context = canvas.getContext("2d");
  const { backgroundColor, color } = getComputedStyle(stage);
  context.fillStyle = backgroundColor;
  context.fillRect(0, 0, canvas.width, canvas.height);
  for (const { plot, box } of panes) {
    const drawn = plot.export("png", true).canvas;
    context.drawImage(drawn, box.offsetLeft * scale, box.offsetTop * scale);
  }
  context.scale(scale, scale);
  context.fillStyle = stage.style.getPropertyValue("--edge");
  for (const { box } of panes.slice(1)) context.fillRect(0, box.offsetTop, width, 1);
  context.drawImage(await over(view, width, height), 0, 0, width, height);
  context.fillStyle = color;
  context.font = "600 13px system-ui, sans-serif";
  if (view.page.settings.toolbar) context.fillText(view.toolbar.said, 12, 22);
  return canvas;
}

/** What lies over the panes, as an image. */
async function over({ stage }, width, height) {
  const body = document.createElement("div");
  body.style.cssText = stage.style.cssText;
  Object.assign(body.style, { background: "none", width: `${width}px`, height: `${height}px` });
  [...stage.querySelectorAll(HOSTS)].forEach((host, i) => {
    const copy = document.createElement("div");
    copy.className = `h${i}`;
    for (const node of host.shadowRoot.childNodes) copy.append(node.cloneNode(true));
    // What a shadow root keeps apart, nesting does here.
    for (const style of copy.querySelectorAll("style")) style.textContent = `.h${i} { ${style.textContent.replaceAll(":host", "&")} }`;
    for (const busy of copy.querySelectorAll(".empty, .flash, .hint, button:not(.line), input")) busy.remove();
    body.append(copy);
  });
  const text = new XMLSerializer().serializeToString(body);
  const image = new Image();
  image.src = `data:image/svg+xml,${encodeURIComponent(`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><foreignObject width="100%" height="100%">${text}</foreignObject></svg>`)}`;
  await image.decode();
  return image;
}
