"""livefin: live market data in Jupyter.

A background WebSocket client appends ticks to rolling pandas frames; these drive streaming
Bokeh charts and widgets while you keep working in the next cell.

>>> import livefin as lf
>>> with lf.connect("paper", "BTC-USDT") as feed:
...     feed.wait(lambda: len(feed.trades["BTC-USDT"]) > 0)
True
"""

from livefin.connection import connect, feeds
from livefin.errors import LivefinError
from livefin.events import (
    AggTrade,
    Bar,
    BookDelta,
    BookSnapshot,
    Quote,
    Status,
    Trade,
)
from livefin.feed import Feed
from livefin.loop import nest, run
from livefin.replay import Replay
from livefin.venues.contract import Subscription, Venue

__version__ = "0.1.0"

__all__ = [
    "AggTrade",
    "Bar",
    "BookDelta",
    "BookSnapshot",
    "Feed",
    "LivefinError",
    "Quote",
    "Replay",
    "Status",
    "Subscription",
    "Trade",
    "Venue",
    "connect",
    "feeds",
    "nest",
    "run",
]
