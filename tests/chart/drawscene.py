"""Drawings in a page without a chart: two panes of linear scales, and a real mouse.

A pixel of the price pane is a second sideways and half a unit of price up and down: at
(x, y) it is the time T0 + 1000 x and the price 1000 - y / 2. Bars are ten pixels apart.
"""

from livefin.chart.drawings import Drawings

T0 = 1_767_600_000_000
SCENE = """({Drawings}, T0) => {
  const stage = document.createElement("div");
  stage.style.cssText = "position:relative;width:800px;height:500px;touch-action:none;";
  const parent = document.createElement("div");
  parent.style.cssText = "position:absolute;inset:0;pointer-events:none;"
    + "--panel:#fff;--ink:#222;--faint:#999;--up:#080;--down:#b00;"
    + [0, 1, 2, 3, 4, 5].map((i) => `--line${i}:#00${i}`).join(";");
  stage.append(parent);
  document.body.append(stage);
  window.view = { from: T0, panes: ["price", "volume"] };
  window.heard = []; // of the chart below
  window.sent = [];
  window.tools = [];
  for (const name of ["pointerdown", "pointerup", "dblclick", "contextmenu"]) {
    stage.addEventListener(name, (event) => heard.push(event.type));
  }
  const frames = {
    price: {left: 10, right: 700, top: 30, bottom: 300},
    volume: {left: 10, right: 700, top: 310, bottom: 400},
  };
  const space = (key) => view.panes.includes(key) ? {
    frame: frames[key],
    x: (time) => (time - view.from) / 1000, time: (x) => view.from + 1000 * x,
    y: (price) => 2 * (1000 - price), tag: (id, y) => y, price: (y) => 1000 - y / 2,
    snap: (x) => ({time: T0 + 10000 * Math.round(x / 10), price: 900}),
    text: (price) => price.toFixed(1),
    clock: (time) => new Date(time).toISOString().slice(11, 19),
    bars: (from, to) => Math.round((to - from) / 10000),
  } : null;
  const pane = (x, y) => Object.keys(frames).find((key) => {
    const {left, right, top, bottom} = frames[key];
    return x >= left && x <= right && y >= top && y <= bottom;
  }) ?? null;
  const changed = (op) => sent.push(structuredClone(op));
  window.drawings = new Drawings(parent, {space, pane, changed});
  drawings.ontool = (kind) => tools.push(kind);
}"""


class Scene:
    def __init__(self, modules):
        modules("drawings").evaluate(SCENE, T0)
        self.tab = modules("drawings").tab
        self.kernel = Drawings()

    def js(self, function, *args):
        return self.tab.evaluate(function, *args)

    def mouse(self, *steps):
        """Each step is ("move", x, y), ("down",), ("up",), ("hold", key) …"""

        def play(page):
            for name, *args in steps:
                if name == "hold":
                    page.keyboard.down(*args)
                elif name == "let":
                    page.keyboard.up(*args)
                else:
                    getattr(page.mouse, name)(*args)

        self.tab.do(play)

    def drag(self, start, end, key=None):
        hold, let = ([("hold", key)], [("let", key)]) if key else ([], [])
        moves = [("move", *start), ("down",), ("move", *between(start, end)), *hold, ("move", *end)]
        self.mouse(*moves, ("up",), *let)

    def key(self, name):
        self.tab.do(lambda page: page.keyboard.press(name))

    def type(self, text):
        self.tab.do(lambda page: page.keyboard.type(text))

    def sent(self):
        """What was sent since the last time, without where from."""
        ops = self.js("() => sent.splice(0)")
        for op in ops:
            assert self.kernel.take(op), "the kernel takes all that a page makes"
        return [{key: value for key, value in op.items() if key != "from"} for op in ops]

    def put(self):
        """The one drawing that was put."""
        (op,) = self.sent()
        assert op["op"] == "put"
        return op["drawing"]

    def add(self, kind, *points, **options):
        """Add from Python, and tell the page."""
        made = self.kernel.add(kind, *points, **options)
        self.tell()
        return made.id

    def tell(self, *, seen=True):
        args = [self.kernel.wire(), *([self.kernel.seen] if seen else [])]
        self.js("(...given) => drawings.set(...given)", *args)

    def shown(self, selector):
        """How many such elements are to be seen."""
        find = """(selector) => [...drawings.root.querySelectorAll(selector)]
            .filter((node) => node.getClientRects().length).length"""
        return self.js(find, selector)

    def texts(self, selector="text"):
        return self.js(
            "(s) => [...drawings.root.querySelectorAll(s)].map((node) => node.textContent)",
            selector,
        )

    def has_drawing_at(self, x, y):
        return self.js(
            "(x, y) => drawings.root.elementFromPoint(x, y)?.closest('[data-id]') != null", x, y
        )

    @property
    def selected(self):
        return self.js("() => drawings.selected")

    @property
    def heard(self):
        """What the chart below has heard since the last time."""
        return self.js("() => heard.splice(0)")

    def close(self):
        self.js("() => drawings.close()")
        assert self.js("() => drawings.parent.childElementCount") == 0


def between(start, end):
    return (start[0] + end[0]) / 2, (start[1] + end[1]) / 2


def at(x, y):
    """The point of a pixel, as it is on the wire."""
    return [T0 + 1000 * x, 1000 - y / 2]


def point(x, y):
    """The same for Python."""
    return (T0 + 1000 * x) * 1_000_000, 1000 - y / 2
