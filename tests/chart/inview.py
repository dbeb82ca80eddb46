"""What a view of a stage shows: its stretch of time, its panes' values, and where they stand."""

from fakes import S

from livefin.events import Bar
from livefin.folding import rows_of

FOLLOWING = "({view}) => view.camera.following"
FRAMES = "({view}) => view.panes.map((pane) => ({...pane.frame, key: pane.key}))"
NEWEST = "({page}) => page.history.columns.time[page.history.end - 1]"


def drawn(stage):
    """The stage, once its chart is painted and still."""
    stage.paint()
    stage.still()
    return stage


def x(stage):
    """The stretch of true time in view, ms, once all is drawn."""
    stage.tab.frames(3)
    return stage.evaluate("({view}) => view.x")


def y(stage, pane=0):
    """The values in view in that pane."""
    stage.tab.frames(3)
    return stage.evaluate("({view}, pane) => view.panes[pane].range.range", pane)


def frames(stage):
    """The panes' frames from top to bottom: left, right, top, bottom and key."""
    stage.tab.frames(3)
    return stage.evaluate(FRAMES)


def newest(stage):
    return stage.evaluate(NEWEST)


def following(stage):
    return stage.evaluate(FOLLOWING)


def stream(stage, feed, count, *, price=64_000.0, symbol=None):
    """So many more bars, each painted."""
    symbol = symbol or stage.chart.symbol
    last = int(feed.bars("1s")[symbol].df.index[-1].value)
    for i in range(1, count + 1):
        feed.trade(last + i * S, price + i, symbol=symbol)
        stage.paint()


def put_in_front(feed, count, *, interval="1s", price=63_000.0):
    """So many bars from before the oldest, as a venue's history gives them."""
    bars = feed.bars(interval)[feed.symbols[0]]
    step, first = bars.interval_ns, int(bars.df.index[0].value)
    name = feed.symbols[0]
    rows = [
        Bar(
            name,
            first - i * step,
            0,
            interval,
            price,
            price + 9,
            price - 9,
            price,
            5.0,
            4,
            closed=True,
        )
        for i in range(1, count + 1)
    ]
    return bars.put_in_front(rows_of(rows, step))
