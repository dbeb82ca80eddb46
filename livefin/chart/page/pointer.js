// Mouse, touch and wheel on a view, as a few verbs: pan, zoom, stretch the values, reset, point.
// The wheel scrolls the notebook until the chart has the focus or Ctrl is held; so a chart under
// the mouse is never in the way. Says what was meant; what that does to ranges is view.js's.

const STEP = 1.0015; // zoom for a unit of wheel movement
const HINT_EVERY = 20_000;
const LISTS = "[role=menu], [role=dialog]"; // what scrolls by itself
const CONTROLS = `button, input, select, textarea, a, ${LISTS}`;

/** Listen on `stage`; `view` has frame(), paneAt, heightOf, pan, zoom, stretch, settleView, reset, point. */
export function listen(stage, view) {
  const pointers = new Map();
  let drag = null; // {what: "pan" | "stretch" | "time", pane}
  let hinted = -Infinity;
  const end = new AbortController();
  const on = (name, hear, options) => stage.addEventListener(name, hear, { signal: end.signal, ...options });
  const at = (event) => {
    const box = stage.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };

  on("pointerdown", (event) => {
    const frame = view.frame();
    if (!frame || event.button !== 0) return;
    const point = at(event);
    const where = region(point, frame);
    if (!where || within(event, stage, CONTROLS)) return;
    stage.focus({ preventScroll: true });
    if (view.layers.clicked(point, where)) return;
    pointers.set(event.pointerId, point);
    drag = { what: { frame: "pan", right: "stretch", below: "time" }[where], pane: view.paneAt(point.y) };
    stage.setPointerCapture(event.pointerId);
    stage.style.cursor = cursor(where, true);
  });

  on("pointermove", (event) => {
    const frame = view.frame();
    if (!frame) return;
    const point = at(event);
    const before = pointers.get(event.pointerId);
    const where = region(point, frame);
    if (!before) {
      view.point(where === "frame" ? point : null);
      stage.style.cursor = cursor(where, false);
      return;
    }
    const width = frame.right - frame.left;
    const height = view.heightOf(drag?.pane);
    const [dx, dy] = [point.x - before.x, point.y - before.y];
    if (pointers.size === 2) {
      const [[, other]] = [...pointers].filter(([id]) => id !== event.pointerId);
      const factor = Math.max(10, apart(before, other)) / Math.max(10, apart(point, other));
      view.zoom(factor, ((before.x + other.x) / 2 - frame.left) / width);
      // What was between the fingers stays there; at the live edge they only zoom.
      if (!view.camera.following) view.pan(dx / 2 / width);
    } else if (drag?.what === "stretch") {
      view.stretch(Math.exp((dy / height) * 2), drag.pane);
    } else if (drag?.what === "time") {
      view.zoom(Math.exp((-dx / width) * 2), 1);
    } else if (drag) {
      view.pan(dx / width, dy / height, drag.pane);
      view.point(null);
    }
    pointers.set(event.pointerId, point);
  });

  for (const name of ["pointerup", "pointercancel"]) {
    on(name, (event) => {
      if (!pointers.delete(event.pointerId) || pointers.size) return;
      stage.style.cursor = "crosshair";
      drag = null;
      view.settleView();
    });
  }

  on("pointerleave", () => view.point(null));

  on("wheel", (event) => {
    const held = event.ctrlKey || event.metaKey;
    if (held) event.preventDefault(); // the browser would zoom the page, wherever on the chart it is
    if (within(event, stage, LISTS)) return;
    const frame = view.frame();
    const point = at(event);
    const where = frame && region(point, frame);
    if (!where) return;
    if (!held && !stage.matches(":focus-within")) {
      if (event.timeStamp - hinted > HINT_EVERY) view.hud.say("Click the chart, or hold Ctrl, to zoom with the wheel");
      hinted = event.timeStamp;
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    const unit = event.deltaMode === 1 ? 16 : event.deltaMode === 2 ? 240 : 1;
    const width = frame.right - frame.left;
    const fast = event.ctrlKey && Math.abs(event.deltaY) < 40 ? 8 : 1; // a pinch of a touchpad
    if (where === "right") {
      view.stretch(STEP ** (event.deltaY * unit), view.paneAt(point.y));
    } else if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      const by = (event.deltaX || event.deltaY) * unit;
      view.pan(-by / width);
      // Only on the way to the edge: a touchpad's small steps away from it would be taken back.
      if (by > 0) view.settleView();
    } else {
      view.zoom(STEP ** (event.deltaY * unit * fast), (point.x - frame.left) / width);
    }
  }, { passive: false });

  on("dblclick", (event) => {
    const frame = view.frame();
    const where = frame && region(at(event), frame);
    if (!where || within(event, stage, CONTROLS)) return;
    if (where === "right") view.resetY(view.paneAt(at(event).y));
    else view.reset();
  });

  stage.style.touchAction = "pan-y";
  return () => end.abort();
}

/** Whether the event is about a control that lies over the panes, in a shadow root or not. */
function within(event, stage, selector) {
  for (const node of event.composedPath()) {
    if (node === stage) return false;
    if (node.matches?.(selector)) return true;
  }
  return false;
}

function apart(a, b) {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

function region({ x, y }, { left, right, top, bottom }) {
  if (y < top || x < left) return null;
  if (y > bottom) return x <= right ? "below" : null;
  return x > right ? "right" : "frame";
}

function cursor(where, held) {
  return { frame: held ? "grabbing" : "crosshair", right: "ns-resize", below: "ew-resize" }[where] ?? "default";
}
