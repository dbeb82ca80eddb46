"""A feed that looks live to a chart and is driven by hand, or by a thread of its own.

Real bars and a real status log, no socket; used by the tests of the chart here, by those in
a browser and by the benchmarks, each of which puts this folder on its path.
"""

import math
import random
import threading
import time

from livefin.bars import BarTable
from livefin.chart.painter import painter
from livefin.events import Status, Trade
from livefin.statuslog import StatusLog

S = 1_000_000_000


class FakeFeed:
    """`fill` makes history, `trade` adds one trade, `run` goes on by itself until `close`."""

    def __init__(self, *symbols, name="fake", seed=7):
        self.name, self.state = name, "connecting"
        self.symbols = list(symbols) or ["BTC-USDT"]
        self.status = StatusLog()
        self.on_close = []
        self._tables = {}
        self._random = random.Random(seed)
        self._price = 64_000.0
        self._closed = threading.Event()
        self._thread = None

    def bars(self, interval="1s"):
        if interval not in self._tables:
            self._tables[interval] = BarTable(interval, self.symbols)
        return self._tables[interval]

    def trade(self, ts, price, size=1.0, symbol=None):
        """One trade at `ts` (ns) into every table."""
        self.state = "live"
        trade = Trade(symbol or self.symbols[0], ts, ts, price, size)
        for table in self._tables.values():
            table.update(trade)

    def walk(self, ts, seconds=0.1):
        """One trade of a random walk, with the spread of `seconds` of trading."""
        self._price *= math.exp(self._random.gauss(0, 0.0002) * math.sqrt(seconds))
        price = round(self._price, 2)
        self.trade(ts, price, round(10 * seconds * self._random.lognormvariate(-1, 1), 4))

    def fill(self, count, *, interval="1s", per_bar=4, end=None):
        """Make `count` bars that end at `end` (ns), by default now."""
        bars = self.bars(interval)[self.symbols[0]]
        step = bars.interval_ns
        end = (end or time.time_ns()) // step * step
        for i in range(count):
            start = end - (count - i) * step
            for k in range(per_bar):
                self.walk(start + k * step // per_bar, step / S / per_bar)
        return self

    def run(self, rate=50):
        """Trade `rate` times a second on a thread until `close`."""

        def work():
            while not self._closed.wait(1 / rate):
                self.walk(time.time_ns(), 1 / rate)

        self._thread = threading.Thread(target=work, daemon=True)
        self._thread.start()
        return self

    def note(self, kind, start, end=None, *, symbol="", count=0):
        self.status.append(Status(kind, end or start, symbol, "", count, start, end))

    def close(self):
        self._closed.set()
        if self._thread is not None:
            self._thread.join()
        self.state = "closed"
        for notify in self.on_close:
            notify()


class Wire:
    """Collects what a chart sends, without a page; `paint` paints once, on this thread.

    It waits for overlays that run apart, and each is run every time.
    """

    def __init__(self, chart):
        self.chart, self.sent = chart, []
        self.widget = chart.widget  # asking for it again would start the painter again
        self.widget.send = lambda content, buffers=None: self.sent.append((content, buffers or []))
        painter.remove(chart)
        painter.join()
        self.sent.clear()
        chart._picture.start_over()
        chart._overlays.patience = 10.0
        chart._heart.every = math.inf  # a test says when something is sent

    def paint(self):
        for entry in self.chart._overlays.entries.values():
            if entry.apart is not None:
                entry.apart._not_before = 0.0
        count = len(self.sent)
        more = self.chart.paint()
        return (self.sent[-1] if len(self.sent) > count else None), more

    def computed(self):
        """Wait until no overlay is being computed; the next paint has what they gave."""
        for entry in self.chart._overlays.entries.values():
            if entry.apart is not None:
                entry.apart.wait(30)
