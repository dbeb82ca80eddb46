// Mouse, touch and wheel on a view, as a few verbs: pan, zoom, stretch the values, reset, point.
// The wheel scrolls the notebook until the chart has the focus or Ctrl is held; so a chart under
// the mouse is never in the way. Says what was meant; what that does to ranges is view.js's.

const STEP = 1.0015; // zoom for a unit of wheel movement
const HINT_EVERY = 20_000;

/** Listen on `stage`; `view` has frame(), paneAt, pan, zoom, stretch, settleView, reset, point. */
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
    if (!where || event.target.closest?.("button, input, select, [role=menu]")) return;
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
    const height = frame.bottom - frame.top;
    if (pointers.size === 2) {
      const [other] = [...pointers].filter(([id]) => id !== event.pointerId).map(([, p]) => p);
      const factor = Math.abs(before.x - other.x) / Math.max(10, Math.abs(point.x - other.x));
      view.zoom(factor, ((point.x + other.x) / 2 - frame.left) / width);
    } else if (drag?.what === "stretch") {
      view.stretch(1 + ((point.y - before.y) / height) * 2, drag.pane);
    } else if (drag?.what === "time") {
      view.zoom(1 - ((point.x - before.x) / width) * 2, 1);
    } else if (drag) {
      view.pan((point.x - before.x) / width, (point.y - before.y) / height, drag.pane);
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
    const frame = view.frame();
    const point = at(event);
    const where = frame && region(point, frame);
    if (!where) return;
    const held = event.ctrlKey || event.metaKey;
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
      view.pan(-((event.deltaX || event.deltaY) * unit) / width);
      view.settleView();
    } else {
      view.zoom(STEP ** (event.deltaY * unit * fast), (point.x - frame.left) / width);
    }
  }, { passive: false });

  on("dblclick", (event) => {
    const frame = view.frame();
    const where = frame && region(at(event), frame);
    if (!where || event.target.closest?.("button, input")) return;
    if (where === "right") view.resetY(view.paneAt(at(event).y));
    else view.reset();
  });

  stage.style.touchAction = "pan-y";
  return () => end.abort();
}

function region({ x, y }, { left, right, top, bottom }) {
  if (y < top || x < left) return null;
  if (y > bottom) return x <= right ? "below" : null;
  return x > right ? "right" : "frame";
}

function cursor(where, held) {
  return { frame: held ? "grabbing" : "crosshair", right: "ns-resize", below: "ew-resize" }[where] ?? "default";
}
