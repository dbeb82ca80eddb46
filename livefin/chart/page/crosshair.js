// Where the crosshair of a view stands, and what it says. One of linked charts is pointed at by time,
// the one under the mouse by pixels. Used by view.js, drawn by hud.js.

/** Row, place and texts of what `view.cross` points at: {x, y} on the stage, or {time}; or null. */
export function crosshair(view, frames) {
  const { cross } = view;
  if (!cross) return null;
  const { bars, timeline, interval } = view.scene;
  const row = bars.nearest(cross.time ?? timeline.t(view.invert(cross.x)));
  const [first] = frames;
  if (row < 0) return { row, x: cross.x ?? first.left, time: "", pane: -1, text: "" };
  // On the bar; of a linked chart, whose bars are others, at the very time.
  const time = cross.time ?? bars.columns.time[row];
  const x = Math.min(Math.max(view.px(timeline.u(time)), first.left), first.right);
  const pane = cross.y === undefined ? -1 : view.paneAt(cross.y);
  const inValues = pane >= 0 && cross.y <= frames[pane].divide;
  const text = inValues ? view.panes[pane].text(view.panes[pane].value(cross.y)) : "";
  return { row, x, y: cross.y, pane, text, time: view.page.calendar.at(time, interval) };
}

/** The time that linked charts are to point at: that of the bar at the pixel `x`. */
export function pointedTime(view, x) {
  const { bars, timeline } = view.scene;
  const time = timeline.t(view.invert(x));
  const row = bars.nearest(time);
  return row < 0 ? time : bars.columns.time[row];
}
