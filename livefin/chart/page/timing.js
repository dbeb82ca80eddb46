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

  /** Draw in the next frame. */
  now() {
    this.#schedule(0);
  }

  #schedule(wait) {
    if (this.closed || this.asked) return;
    const frame = () => {
      this.asked = requestAnimationFrame(() => {
        this.asked = null;
        clearTimeout(this.timer);
        this.timer = null;
        this.drawnAt = performance.now();
        this.draw();
      });
    };
    if (wait <= 0) frame();
    else this.timer ??= setTimeout(frame, wait);
  }

  close() {
    this.closed = true;
    costs.delete(this);
    clearTimeout(this.timer);
    cancelAnimationFrame(this.asked);
  }
}
