"""livefin: live market data in Jupyter.

A background WebSocket client appends ticks to rolling pandas frames; these drive streaming
Bokeh charts and widgets while you keep working in the next cell.

>>> import livefin as lf
>>> with lf.connect("paper", "BTC-USDT") as feed:
...     feed.wait(lambda: len(feed.trades["BTC-USDT"]) > 0)
True

Importing this costs next to nothing: each public name brings its own modules when it is
first used, so that the command line and the embedded exchange start without pandas.
"""

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

from livefin.lazy import LazyNames

if TYPE_CHECKING:
    from livefin import indicators, research
    from livefin.chart import Chart, chart, link, pane, unlink
    from livefin.chart.painter import switch_interval
    from livefin.connection import connect
    from livefin.custom import custom
    from livefin.errors import LivefinError
    from livefin.events import (
        AggTrade,
        Bar,
        BookDelta,
        BookSnapshot,
        Funding,
        Liquidation,
        OpenInterest,
        OrderDelta,
        OrderEvent,
        OrderSnapshot,
        Quote,
        Rate,
        Status,
        Ticker,
        Trade,
    )
    from livefin.feed import Feed
    from livefin.indicators import ta
    from livefin.indicators.bars.vwap import VWAP as vwap  # noqa: N811 - called as functions are
    from livefin.indicators.chained import chain
    from livefin.indicators.custom.userdefined import indicator
    from livefin.indicators.timeframe import on
    from livefin.loop import nest, run
    from livefin.openfeeds import feeds
    from livefin.push import push
    from livefin.replay import Replay
    from livefin.research.exporting import export
    from livefin.research.forward import after
    from livefin.research.information import ic
    from livefin.tabulate import Recording
    from livefin.trust.checking import check
    from livefin.venues.contract import Subscription, Venue
    from livefin.widgets.dashboard import dashboard
    from livefin.widgets.follow import follow
    from livefin.widgets.gauge import gauge
    from livefin.widgets.screener import screener
    from livefin.widgets.sweepmap import heatmap, sweep, walk_forward
    from livefin.widgets.tile import tile

__version__ = "0.1.0"

__all__ = [
    "AggTrade",
    "Bar",
    "BookDelta",
    "BookSnapshot",
    "Chart",
    "Feed",
    "Funding",
    "Liquidation",
    "LivefinError",
    "OpenInterest",
    "OrderDelta",
    "OrderEvent",
    "OrderSnapshot",
    "Quote",
    "Rate",
    "Recording",
    "Replay",
    "Status",
    "Subscription",
    "Ticker",
    "Trade",
    "Venue",
    "after",
    "chain",
    "chart",
    "check",
    "connect",
    "custom",
    "dashboard",
    "export",
    "feeds",
    "follow",
    "gauge",
    "heatmap",
    "ic",
    "indicator",
    "indicators",
    "link",
    "nest",
    "on",
    "pane",
    "push",
    "research",
    "run",
    "screener",
    "sweep",
    "switch_interval",
    "ta",
    "tile",
    "unlink",
    "vwap",
    "walk_forward",
]

_NAMES = LazyNames(
    __name__,
    {
        "chart": "Chart chart link pane unlink",
        "chart.painter": "switch_interval",
        "connection": "connect",
        "custom": "custom",
        "errors": "LivefinError",
        "events": "AggTrade Bar BookDelta BookSnapshot Funding Liquidation OpenInterest OrderDelta "
        "OrderEvent OrderSnapshot Quote Rate Status Ticker Trade",
        "feed": "Feed",
        "indicators.bars.vwap": "vwap",
        "indicators.chained": "chain",
        "indicators.custom.userdefined": "indicator",
        "indicators.timeframe": "on",
        "loop": "nest run",
        "openfeeds": "feeds",
        "push": "push",
        "replay": "Replay",
        "research.exporting": "export",
        "research.forward": "after",
        "research.information": "ic",
        "tabulate": "Recording",
        "trust.checking": "check",
        "venues.contract": "Subscription Venue",
        "widgets.dashboard": "dashboard",
        "widgets.follow": "follow",
        "widgets.gauge": "gauge",
        "widgets.screener": "screener",
        "widgets.sweepmap": "heatmap sweep walk_forward",
        "widgets.tile": "tile",
    },
    modules={"indicators": "indicators", "research": "research", "ta": "indicators.ta"},
    there={"vwap": "VWAP"},
)
__dir__ = _NAMES.dir


class _Package(ModuleType):
    """This module; importing a subpackage must not take a public name's place (`chart`)."""

    def __setattr__(self, name: str, value: Any) -> None:
        if not (name in _NAMES and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package


def __getattr__(name: str) -> Any:
    value = _NAMES.find(name)
    if name in ("connect", "push", "Feed"):
        _give_feeds_a_view()
    return value


def _give_feeds_a_view() -> None:
    from livefin.feed import Feed  # noqa: PLC0415 - brings pandas

    def view(feed: Feed) -> Any:
        from livefin.widgets import StatusView  # noqa: PLC0415 - brings Bokeh

        return StatusView(feed)

    Feed.view = view


def load_ipython_extension(shell: Any) -> None:
    """Add the magic `%livefin`; run by `%load_ext livefin`."""
    from livefin.magics import LivefinMagics  # noqa: PLC0415 - needs IPython

    shell.register_magics(LivefinMagics)
