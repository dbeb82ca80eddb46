// Which stretch of time is in view: following the live edge, or where the person has gone.
// The span is kept in drawn time, where closed sessions take no room, the right edge in true
// time, so that nothing that comes, goes or is put in front moves the view. Pure state and
// arithmetic; view.js draws it, pointer.js and keys.js move it by way of view.js.

const EDGE = 0.05; // free space right of the newest bar, as a share of the view
const FEWEST = 5; // bars in view when zoomed all the way in

export class Camera {
  /** `scene()` gives the bars shown, their timeline and interval. */
  constructor(scene, barsVisible) {
    Object.assign(this, { scene, barsVisible });
    this.reset();
  }

  reset() {
    this.following = true;
    this.span = null; // drawn ms in view once the person has zoomed
    this.end = null; // true time of the right edge while not following
  }

  /** Right edge of the view when it follows, in drawn ms. */
  edge(span = this.width()) {
    const { bars, timeline, interval } = this.scene();
    const last = bars.length ? bars.columns.time[bars.end - 1] : Date.now();
    return timeline.u(last) + interval / 2 + span * EDGE;
  }

  width() {
    if (this.span !== null) return this.span;
    const { bars, interval } = this.scene();
    // With few bars yet, fewer are shown larger; twice on the way the view steps back.
    const room = [0.25, 0.5].find((part) => bars.length < part * this.barsVisible * 0.95) ?? 1;
    return room * this.barsVisible * interval;
  }

  /** The stretch in view, in drawn ms. */
  drawn() {
    const span = this.width();
    const end = this.following ? this.edge(span) : this.scene().timeline.u(this.end);
    return [end - span, end];
  }

  /** The stretch in view, in ms since 1970. */
  x() {
    const { timeline } = this.scene();
    return this.drawn().map((u) => timeline.t(u));
  }

  /** Move by a share of the view, to the right when positive. */
  pan(share) {
    const [, end] = this.drawn();
    this.span = this.width();
    this.following = false;
    this.#put(end + share * this.span);
  }

  /** Show `factor` times as much; the point at `anchor` (0 left, 1 right) stays where it is. */
  zoom(factor, anchor) {
    const [start, end] = this.drawn();
    const { bars, timeline, interval } = this.scene();
    const { time } = bars.columns;
    const all = bars.length ? timeline.u(time[bars.end - 1]) - timeline.u(time[bars.start]) : 0;
    const most = Math.max(1.2 * all, 2 * this.barsVisible * interval);
    this.span = Math.min(most, Math.max(FEWEST * interval, (end - start) * factor));
    if (this.following) return; // the live edge is what stays
    this.#put(start + anchor * (end - start) + (1 - anchor) * this.span);
  }

  /** Show all bars held. */
  all() {
    const { bars, timeline, interval } = this.scene();
    if (!bars.length) return;
    const { time } = bars.columns;
    const width = timeline.u(time[bars.end - 1]) - timeline.u(time[bars.start]) + interval;
    this.following = true;
    this.span = Math.max(FEWEST * interval, width * (1 + 2 * EDGE));
  }

  /** Show the stretch [start, end] in ms, as another chart does. */
  show(start, end, following) {
    const { timeline } = this.scene();
    this.span = timeline.u(end) - timeline.u(start);
    this.following = following;
    this.end = end;
  }

  /** A move has ended: at the live edge the view follows again. */
  settle() {
    const { timeline, interval } = this.scene();
    if (!this.following && timeline.u(this.end) >= this.edge() - interval / 2) this.following = true;
  }

  #put(end) {
    const { bars, timeline } = this.scene();
    let put = end;
    if (bars.length) {
      const { time } = bars.columns;
      const [first, last] = [timeline.u(time[bars.start]), timeline.u(time[bars.end - 1])];
      put = Math.min(Math.max(end, first + 0.2 * this.span), last + 0.8 * this.span);
    }
    this.end = timeline.t(put);
  }
}
