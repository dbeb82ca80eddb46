// What the person did to drawings, to be undone and done again. A step is the drawings that it was
// about, each as it was before and after; null is one that was not there. Python and other pages
// change the same list: what they have removed or put since is left as they want it. Only reckons;
// used by drawings.js.

const MOST = 100; // steps; older ones stay done

export class Past {
  #done = [];
  #undone = [];

  /** `step`: [id, before, after] of each drawing. What was undone cannot be done again from now on. */
  add(step) {
    const changed = step.filter(([, before, after]) => JSON.stringify(before) !== JSON.stringify(after));
    if (!changed.length) return;
    this.#done.push(changed);
    if (this.#done.length > MOST) this.#done.shift();
    this.#undone = [];
  }

  /** The changes that take back the newest step of which something is left in `list`, or null. */
  undo(list) {
    return turn(this.#done, this.#undone, list, ([id, before, after]) => [id, after, before]);
  }

  /** The changes that do again what was undone last, or null. */
  redo(list) {
    return turn(this.#undone, this.#done, list, (change) => change);
  }
}

/** Move a step from one list of steps to the other; its changes, each said by `way` as [id, now, then]. */
function turn(from, to, list, way) {
  while (from.length) {
    const step = from.pop();
    const changes = step.map(way).filter(([id, now]) => list.has(id) === (now !== null));
    if (!changes.length) continue;
    to.push(step);
    return changes.map(([id, , then]) => (then ? { op: "put", drawing: then } : { op: "remove", id }));
  }
  return null;
}
