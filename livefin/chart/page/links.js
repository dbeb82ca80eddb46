// Charts of one group move together: the same stretch of time in view, one crosshair over all.
// The chart that was moved last leads, and the others show what its camera shows (camera.js): so
// nothing goes back and forth, and all agree whatever their intervals and bars are. Groups are
// per page, by a name that charts carry in their settings; no kernel is asked. One a view.

const GROUPS = Symbol.for("livefin.groups");

function groups() {
  return (globalThis[GROUPS] ??= new Map());
}

/** Let `view` go with the others of its group, and they with it; returns what ends that. */
export function join(view) {
  view.links = new Links(view);
  return () => view.links.close();
}

class Links {
  constructor(view) {
    this.view = view;
    this.group = "";
    view.camera.linked = () => this.#others().map((other) => other.camera);
    this.settle();
  }

  /** The chart's group may have changed. A new member shows what the others do. */
  settle() {
    const { view } = this;
    const { group } = view.page.settings;
    if (group === this.group) return;
    this.close();
    this.group = group;
    if (!group) return;
    if (!groups().has(group)) groups().set(group, new Set());
    const members = groups().get(group);
    const [first] = members;
    if (first) view.camera.lead = first.camera.lead ?? first.camera;
    members.add(view);
  }

  #others() {
    return [...(groups().get(this.group) ?? [])].filter((other) => other !== this.view);
  }

  /** The person has moved this one: it leads. */
  moved() {
    const { camera } = this.view;
    camera.part();
    for (const other of this.#others()) {
      other.camera.lead = camera;
      other.moved(false);
    }
  }

  /** This one was drawn: those that show another stretch are behind. */
  drawn() {
    const { showing, scene } = this.view;
    if (!scene.bars.length) return; // nobody's edge is known: it would go with the clock
    for (const other of this.#others()) {
      if (other.showing && (other.showing[0] !== showing[0] || other.showing[1] !== showing[1])) other.changed();
    }
  }

  pointed(at) {
    for (const other of this.#others()) other.point(at, false);
  }

  close() {
    const { view } = this;
    const members = groups().get(this.group);
    if (!members?.has(view)) return;
    if (view.cross) this.pointed(null);
    view.point(null, false);
    const others = this.#others();
    members.delete(view);
    if (!members.size) groups().delete(this.group);
    this.group = "";
    if (view.camera.lead) {
      view.camera.part();
      return;
    }
    const [heir, ...rest] = others;
    heir?.camera.part();
    for (const other of rest) other.camera.lead = heir.camera;
  }
}
