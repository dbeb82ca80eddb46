// When a view draws: at most once a frame, less often when painting is slow, and not at all while
// it is out of sight. Live painting leaves the page at least as many times as long as it takes, so
// that the page always answers the mouse; what the person does is drawn in the next frame.

const REST = 2;
const LONGEST_REST = 500;

const costs = new Map(); // ms of a paint of late, by view: a page with six charts has one main thread

export class Timing {
  constructor(draw) {
    this.draw = draw;
    this.drawnAt = 0;
    costs.set(this, 8);
  }

  /** A paint took so many ms. */
  took(ms) {
    if (this.closed) return;
    costs.set(this, 0.8 * (costs.get(this) ?? ms) + 0.2 * ms);
  }

  /** Out of sight: nothing is drawn, and others need not wait for it. */
  sleep() {
    costs.delete(this);
  }

  /** Draw when it is time. */
  soon() {
    let all = 0;
    for (const cost of costs.values()) all += cost;
    this.#schedule(Math.min(LONGEST_REST, all * REST) - (performance.now() - this.drawnAt));
  }

  /** Draw at once, or in the next frame where this one was drawn for already. */
  now() {
    this.#schedule(0);
  }

  #schedule(wait) {
    if (this.closed) return;
    if (wait > 0) this.timer ??= setTimeout(() => this.#draw(), wait);
    else if (this.frame) this.again = true;
    else this.#draw();
  }

  // BokehJS paints in the next animation frame after its sources were set. So they are set now
  // and not in a frame of their own, which would show everything one frame later.
  #draw() {
    clearTimeout(this.timer);
    this.timer = null;
    this.drawnAt = performance.now();
    this.frame = requestAnimationFrame(() => {
      this.frame = null;
      if (!this.again) return;
      this.again = false;
      this.#draw();
    });
    this.draw();
  }

  close() {
    this.closed = true;
    costs.delete(this);
    clearTimeout(this.timer);
    cancelAnimationFrame(this.frame);
  }
}
