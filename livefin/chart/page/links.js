// Charts of one group move together: the same stretch of time in view, one crosshair over all.
// Groups are per page, by a name that charts carry in their settings; no kernel is asked.

const GROUPS = Symbol.for("livefin.groups");

function groups() {
  return (globalThis[GROUPS] ??= new Map());
}

/** Let `view` follow the others of its group, and they it; returns what ends that. */
export function join(view) {
  view.links = new Links(view);
  return () => view.links.close();
}

class Links {
  constructor(view) {
    this.view = view;
    this.group = "";
    this.settle();
  }

  /** The chart's group may have changed. */
  settle() {
    const { group } = this.view.page.settings;
    if (group === this.group) return;
    this.close();
    this.group = group;
    if (!group) return;
    if (!groups().has(group)) groups().set(group, new Set());
    groups().get(group).add(this.view);
  }

  #others() {
    return [...(groups().get(this.group) ?? [])].filter((other) => other !== this.view);
  }

  moved() {
    const { camera } = this.view;
    const [start, end] = camera.x();
    for (const other of this.#others()) {
      other.camera.show(start, end, camera.following);
      other.moved(false);
    }
  }

  pointed(at) {
    for (const other of this.#others()) other.point(at, false);
  }

  close() {
    const members = groups().get(this.group);
    members?.delete(this.view);
    if (members && !members.size) groups().delete(this.group);
  }
}
