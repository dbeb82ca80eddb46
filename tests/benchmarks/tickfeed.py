"""A feed with a long history and ten thousand ticks a second, for the benchmarks in a page.

Runs in the kernel. Bars are laid into their arrays as a whole: made trade by trade, a
million of them would take half a minute. See tests/chart/fakes.py, whose feed this is.
"""

import sys
import threading
import time
from itertools import cycle
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "chart"))

from fakes import FakeFeed

from livefin.bars import BarTable
from livefin.events import Trade

PACE = 0.005
"""Seconds between two handfuls of ticks."""
STEP = 2e-6
"""By how much a price moves from tick to tick, as a share."""
SIZE = 0.001


class TickFeed(FakeFeed):
    """Holds `rows` bars a symbol; `fill` makes them, `run` goes on."""

    def __init__(self, *symbols, rows):
        super().__init__(*symbols)
        self.rows = rows

    def bars(self, interval="1s"):
        if interval not in self._tables:
            self._tables[interval] = BarTable(interval, self.symbols, rows=self.rows)
        return self._tables[interval]

    def fill(self, count, *, interval="1s"):
        """`count` bars of every symbol, up to now."""
        for seed, bars in enumerate(self.bars(interval).values()):
            _lay(bars, count, np.random.default_rng(seed))
        return self

    def run(self, rate=10_000):
        """`rate` ticks a second, one symbol after the other, until `close`."""
        self.state = "live"
        self._thread = threading.Thread(target=self._work, args=(rate,), daemon=True)
        self._thread.start()
        return self

    def _work(self, rate):
        rng = np.random.default_rng(1)
        walk = np.exp(np.cumsum(rng.normal(0, STEP, 50_000)))
        there_and_back = cycle([*walk.tolist(), *walk[::-1].tolist()])
        last = {
            symbol: float(table[symbol].df.close.iloc[-1])
            for table in self._tables.values()
            for symbol in self.symbols
        }
        names = cycle(self.symbols)
        began, done = time.monotonic(), 0
        while not self._closed.wait(PACE):
            due = int((time.monotonic() - began) * rate)
            for _ in range(due - done):
                name, now = next(names), time.time_ns()
                price = round(last[name] * next(there_and_back), 2)
                trade = Trade(name, now, now, price, SIZE)
                for table in self._tables.values():
                    table.update(trade)
            done = due


def _lay(bars, count, rng):
    """Write `count` bars of a random walk, the last of them before now, into empty `bars`."""
    step = bars.interval_ns
    start = (time.time_ns() // step - np.arange(count, 0, -1)) * step
    move = np.sqrt(step / 1e9) * 2e-4
    close = 64_000 * np.exp(np.cumsum(rng.normal(0, move, count)))
    opened = np.concatenate([[64_000.0], close[:-1]])
    wick = 64_000 * move * rng.exponential(0.5, (2, count))
    volume = rng.lognormal(1.5, 0.5, count)
    columns = {
        "start": start,
        "first_at": start,
        "last_at": start + step - 1,
        "open": opened.round(2),
        "high": (np.maximum(opened, close) + wick[0]).round(2),
        "low": (np.minimum(opened, close) - wick[1]).round(2),
        "close": close.round(2),
        "volume": volume,
        "turnover": volume * close,
        "trades": np.full(count, 100),
    }
    bars.load({name: np.asarray(column) for name, column in columns.items()})
