// Mouse, touch and wheel on a view, as a few verbs: pan, zoom, scale the price axis, reset, point.
// Says what was meant in fractions and pixels; what that does to the ranges is view.js's.

const STEP = 1.0015; // zoom for a unit of wheel movement

/** Listen on `stage`; `view` has frame(), pan, zoom, scale, settle, reset, resetY, point. */
export function listen(stage, view) {
  const pointers = new Map();
  let drag = null; // "pan" or "scale"
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
    if (point.y < frame.top || point.x < frame.left) return;
    pointers.set(event.pointerId, point);
    drag = point.x > frame.right ? "scale" : "pan";
    stage.setPointerCapture(event.pointerId);
    stage.style.cursor = drag === "scale" ? "ns-resize" : "grabbing";
  });

  on("pointermove", (event) => {
    const frame = view.frame();
    if (!frame) return;
    const point = at(event);
    const before = pointers.get(event.pointerId);
    if (!before) {
      view.point(inside(point, frame) ? point : null);
      stage.style.cursor = point.x > frame.right && point.y > frame.top ? "ns-resize" : "crosshair";
      return;
    }
    const width = frame.right - frame.left;
    const height = frame.bottom - frame.top;
    if (pointers.size === 2) {
      const [other] = [...pointers].filter(([id]) => id !== event.pointerId).map(([, p]) => p);
      const factor = Math.abs(before.x - other.x) / Math.max(10, Math.abs(point.x - other.x));
      view.zoom(factor, ((point.x + other.x) / 2 - frame.left) / width);
    } else if (drag === "scale") {
      view.scale(1 + (point.y - before.y) / height * 2);
    } else {
      view.pan((point.x - before.x) / width, (point.y - before.y) / height);
      view.point(null);
    }
    pointers.set(event.pointerId, point);
  });

  for (const name of ["pointerup", "pointercancel"]) {
    on(name, (event) => {
      if (!pointers.delete(event.pointerId)) return;
      if (!pointers.size) {
        stage.style.cursor = "crosshair";
        drag = null;
        view.settle();
      }
    });
  }

  on("pointerleave", () => view.point(null));

  on("wheel", (event) => {
    const frame = view.frame();
    const point = at(event);
    if (!frame || event.ctrlKey || point.y < frame.top || point.x < frame.left) return;
    event.preventDefault();
    event.stopPropagation();
    const unit = event.deltaMode === 1 ? 16 : event.deltaMode === 2 ? 240 : 1;
    if (point.x > frame.right) {
      view.scale(STEP ** (event.deltaY * unit));
    } else if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      view.pan(-((event.deltaX || event.deltaY) * unit) / (frame.right - frame.left), 0);
      view.settle();
    } else {
      view.zoom(STEP ** (event.deltaY * unit), (point.x - frame.left) / (frame.right - frame.left));
    }
  }, { passive: false });

  on("dblclick", (event) => {
    const frame = view.frame();
    if (!frame) return;
    if (at(event).x > frame.right) view.resetY();
    else view.reset();
  });

  stage.style.touchAction = "pan-y";
  return () => end.abort();
}

function inside({ x, y }, { left, right, top, bottom }) {
  return x >= left && x <= right && y >= top && y <= bottom;
}
