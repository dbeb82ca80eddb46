// Which stretch of time is in view: following the live edge, or where the person has gone.
// The width is kept in bars, so that another interval shows as many; the right edge in true time,
// so that nothing that comes, goes or is put in front moves the view. Of linked charts one camera
// leads and the others show its stretch. Pure state and arithmetic; view.js draws it, pointer.js
// and keys.js move it by way of view.js, links.js says who leads.

const EDGE = 0.05; // free space right of the newest bar, as a share of the view
const FEWEST = 5; // bars in view when zoomed all the way in
const KEPT = 0.2; // of the view: a pan keeps bars in that much of it

export class Camera {
  #follows = true;
  #bars = null; // in view, once the person has zoomed
  #end = null; // true time of the right edge while not following

  /** `scene()` gives the bars shown, their timeline and interval. */
  constructor(scene, barsVisible) {
    Object.assign(this, { scene, barsVisible });
    this.lead = null; // the camera whose stretch this one shows; it has no lead itself
    this.linked = () => []; // the other cameras of its group
  }

  get following() {
    return this.lead ? this.lead.following : this.#follows;
  }

  reset() {
    this.lead = null;
    this.#follows = true;
    this.#bars = null;
  }

  /** Go by itself from here on: what the lead showed stays in view. */
  part() {
    const { lead } = this;
    if (!lead) return;
    const [start, end] = this.drawn();
    this.#follows = lead.following;
    this.#end = lead.x()[1];
    this.#bars = (end - start) / this.scene().interval;
    this.lead = null;
  }

  /** Right edge of the view when it follows, in drawn ms: of linked charts the newest has it. */
  edge(span = this.width()) {
    const { bars, timeline, interval } = this.scene();
    const ends = bars.length ? [timeline.u(newest(bars)) + interval / 2] : [];
    for (const { scene } of this.linked()) {
      const other = scene();
      if (other.bars.length) ends.push(timeline.u(newest(other.bars)) + Math.min(other.interval, interval) / 2);
    }
    return (ends.length ? Math.max(...ends) : timeline.u(Date.now()) + interval / 2) + span * EDGE;
  }

  width() {
    const { bars, interval } = this.scene();
    if (this.#bars !== null) return this.#bars * interval;
    // With few bars yet, fewer are shown larger; twice on the way the view steps back.
    const room = [0.25, 0.5].find((part) => bars.length < part * this.barsVisible * 0.95) ?? 1;
    return room * this.barsVisible * interval;
  }

  /** The stretch in view, in drawn ms. */
  drawn() {
    const { timeline } = this.scene();
    if (this.lead) return this.lead.x().map((t) => timeline.u(t));
    const span = this.width();
    const end = this.#follows ? this.edge(span) : timeline.u(this.#end);
    return [end - span, end];
  }

  /** The stretch in view, in ms since 1970. */
  x() {
    if (this.lead) return this.lead.x();
    const { timeline } = this.scene();
    return this.drawn().map((u) => timeline.t(u));
  }

  /** Move by a share of the view, to the right when positive. */
  pan(share) {
    this.part();
    const [, end] = this.drawn();
    this.#setWidth(this.width());
    this.#follows = false;
    this.#put(end + share * this.width());
  }

  /** Show `factor` times as much; the point at `anchor` (0 left, 1 right) stays where it is. */
  zoom(factor, anchor) {
    this.part();
    const [start, end] = this.drawn();
    const { bars, timeline, interval } = this.scene();
    const span = end - start;
    const all = bars.length ? timeline.u(newest(bars)) - timeline.u(oldest(bars)) : 0;
    // A linked chart may have gone beyond these; that does not make it jump.
    const most = Math.max(1.2 * all, 2 * this.barsVisible * interval, span);
    const least = Math.min(FEWEST * interval, span);
    this.#setWidth(Math.min(most, Math.max(least, span * factor)));
    if (this.#follows) return; // the live edge is what stays
    this.#put(start + anchor * span + (1 - anchor) * this.width());
  }

  /** Show all bars held. */
  all() {
    this.reset();
    const { bars, timeline, interval } = this.scene();
    if (!bars.length) return;
    const all = timeline.u(newest(bars)) - timeline.u(oldest(bars)) + interval;
    this.#setWidth(Math.max(FEWEST * interval, all * (1 + 2 * EDGE)));
  }

  /** Show the oldest bars held. */
  oldest() {
    this.part();
    const { bars, timeline, interval } = this.scene();
    if (!bars.length) return;
    const span = this.width();
    this.#setWidth(span);
    this.#follows = false;
    this.#put(timeline.u(oldest(bars)) - interval / 2 + (1 - EDGE) * span);
    this.settle();
  }

  /** A move has ended: at the live edge the view follows again. */
  settle() {
    if (this.lead || this.#follows) return;
    const { timeline, interval } = this.scene();
    if (timeline.u(this.#end) >= this.edge() - interval / 2) this.#follows = true;
  }

  /** The bars are others: where none of them would be in view, go to the nearest. */
  find() {
    const { bars, timeline } = this.scene();
    if (this.lead || this.#follows || !bars.length || this.#end >= oldest(bars)) return;
    this.#put(timeline.u(this.#end));
  }

  #setWidth(span) {
    this.#bars = span / this.scene().interval;
  }

  #put(end) {
    const { bars, timeline, interval } = this.scene();
    const span = this.width();
    let put = end;
    if (bars.length) {
      const [first, last] = [timeline.u(oldest(bars)), timeline.u(newest(bars))];
      // Where all bars take less room than that, the live edge is as far as it goes.
      const least = Math.min(first + KEPT * span, last + interval / 2 + EDGE * span);
      put = Math.min(Math.max(end, least), last + (1 - KEPT) * span);
    }
    this.#end = timeline.t(put);
  }
}

function oldest({ columns, start }) {
  return columns.time[start];
}

function newest({ columns, end }) {
  return columns.time[end - 1];
}
