"""What tests of bad charts look at in the page: errors, ranges, and whether anything is drawn."""

import math

from fakes import S

START = 1_700_000_000 * S
EMPTY = "({view: {hud}}) => hud.empty.hidden ? '' : hud.empty.lastChild.textContent"
ERRORS = "({view: {panes: [{legend}]}}) => legend.errors.textContent"
TAG = "({view: {hud}}) => hud.price.hidden ? null : hud.price.firstChild.textContent"
RANGES = "({view: {panes}}) => panes.map((pane) => pane.range.range)"
TITLE = "({view: {panes: [pane]}}) => pane.plot.model.title.text"
INK = """({view: {panes}}) => panes.map(({box}) => {
  const deep = (root) => [...root.querySelectorAll("*")].flatMap((node) =>
      [...(node.tagName === "CANVAS" ? [node] : []),
      ...(node.shadowRoot ? deep(node.shadowRoot) : [])]);
  return Math.max(0, ...deep(box).map((canvas) => {
    const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    let inked = 0;
    for (let i = 3; i < data.length; i += 4) if (data[i]) inked += 1;
    return inked;
  }));
})"""


def trade(feed, prices, *, first=0, size=1.0, symbol=None):
    for i, price in enumerate(prices, first):
        feed.trade(START + i * S, price, size, symbol)


def again(stage, times=2):
    """Paint until overlays, which are computed apart, have had their turn."""
    for _ in range(times):
        stage.paint()
        stage.wire.computed()
    stage.tab.frames(3)
    return stage


def drawn(stage):
    """Whether there is something on every pane, and a range for it."""
    for bounds in stage.evaluate(RANGES):
        assert all(math.isfinite(each) for each in bounds)
        assert bounds[1] > bounds[0]
    assert min(stage.evaluate(INK)) > 100
    assert stage.evaluate(TAG)
