"""Time bars from trades: a forming bar last, late trades put where they belong.

Fed one trade at a time on the feed's thread; read on any other under a short lock, always
as a copy, since the forming bar goes on changing. An interval without a trade has no row:
nothing is carried forward. A late trade amends its own bar, closed or not; event time says
what is a bar's first and last price, and arrival breaks ties. A bar closes when a trade of
a later interval comes. Charts read through a BarReader, which gives only what has changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from threading import Lock
from typing import Any, NamedTuple
from weakref import WeakSet

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from livefin.errors import FrameError
from livefin.events import AggTrade, Trade
from livefin.frames import SMALLEST_BLOCK, window_ns
from livefin.tables import SymbolKeyError

DAY = 86_400_000_000_000
WEEK = 7 * DAY
FIRST_MONDAY = 4 * DAY

_TIMES = ("start", "first_at", "last_at")
_VALUES = ("open", "high", "low", "close", "volume", "turnover")
_COUNTS = ("trades",)


class BarColumns(NamedTuple):
    """Rows of bars for a chart."""

    first: int
    """Ordinal of the first row given; ordinals rise by one a bar for the life of the bars."""
    held: int
    """Ordinal of the oldest bar still held."""
    columns: dict[str, NDArray[np.float64]]
    """`time` (opening time, ms since 1970 UTC), open, high, low, close, volume."""
    closed: bool
    """Whether the last row is a closed bar; else it is forming."""


class TimeBars:
    """Bars of one symbol over `interval` ("1s", "5min"), the last `rows` of them.

    Intervals start at whole multiples since 1970 UTC, weeks on Mondays. `vwap` is the
    volume-weighted average price of the bar.

    >>> bars = TimeBars("BTC-USDT", "1s")
    >>> for ms, price in ((0, 10.0), (400, 12.0), (1_100, 11.0), (300, 9.0)):
    ...     bars.update(Trade("BTC-USDT", ms * 1_000_000, 0, price, 1.0))
    >>> bars.df[["open", "high", "low", "close", "trades", "closed"]].values.tolist()
    [[10.0, 12.0, 9.0, 12.0, 3, True], [11.0, 11.0, 11.0, 11.0, 1, False]]
    """

    def __init__(self, symbol: str, interval: str, *, rows: int = 100_000) -> None:
        if rows < 1:
            raise FrameError(f"rows must be at least 1, got {rows}")
        self.symbol, self.interval, self.rows = symbol, interval, rows
        self.interval_ns = window_ns(interval)
        self.amended = 0
        """Late trades that changed or made a bar before the last."""
        self.too_late = 0
        """Late trades whose bar is held no more; they changed nothing."""
        self._origin = FIRST_MONDAY if self.interval_ns % WEEK == 0 else 0
        self._lock = Lock()
        self._readers: WeakSet[BarReader] = WeakSet()
        self._revision = 0
        self._base = 0
        """How many bars were dropped before the first one stored."""
        self._end = 0
        self._arrays: dict[str, NDArray[Any]] = {}
        self._at: dict[str, Any] = {}
        """The same memory, for single values: a memoryview is twice as fast."""
        self._make_room(0, 0)

    def __len__(self) -> int:
        return min(self._end, self.rows)

    def __repr__(self) -> str:
        return f"TimeBars({self.symbol!r}, {self.interval!r}, {len(self):,} bars)"

    def update(self, trade: Trade | AggTrade) -> None:
        """Take one more trade, in order or late."""
        ts, price, size = trade.ts_event, trade.price, trade.size
        start = ts - (ts - self._origin) % self.interval_ns
        with self._lock:
            end = self._end
            self._revision += 1
            if end and start == self._at["start"][end - 1]:
                self._amend(end - 1, ts, price, size)
            elif not end or start > self._at["start"][end - 1]:
                self._insert(end, start, ts, price, size)
            else:
                self._late(start, ts, price, size)

    def _late(self, start: int, ts: int, price: float, size: float) -> None:
        first = max(0, self._end - self.rows)
        starts = self._arrays["start"]
        i = int(np.searchsorted(starts[first : self._end], start)) + first
        if i == first and starts[i] != start and self._base + first:
            self.too_late += 1
            return
        self.amended += 1
        for reader in self._readers:
            reader.touch(self._base + i)
        if starts[i] == start:
            self._amend(i, ts, price, size)
        else:
            self._insert(i, start, ts, price, size)

    def _amend(self, i: int, ts: int, price: float, size: float) -> None:
        at = self._at
        at["high"][i] = max(price, at["high"][i])
        at["low"][i] = min(price, at["low"][i])
        if ts >= at["last_at"][i]:
            at["close"][i], at["last_at"][i] = price, ts
        if ts < at["first_at"][i]:
            at["open"][i], at["first_at"][i] = price, ts
        at["volume"][i] += size
        at["turnover"][i] += price * size
        at["trades"][i] += 1

    def _insert(self, i: int, start: int, ts: int, price: float, size: float) -> None:
        if self._end == self._capacity:
            dropped = max(0, self._end - self.rows)
            self._make_room(dropped, self._end)
            i -= dropped
        if i < self._end:
            for array in self._arrays.values():
                array[i + 1 : self._end + 1] = array[i : self._end]
        at = self._at
        at["start"][i], at["first_at"][i], at["last_at"][i] = start, ts, ts
        at["open"][i] = at["high"][i] = at["low"][i] = at["close"][i] = price
        at["volume"][i], at["turnover"][i], at["trades"][i] = size, price * size, 1
        self._end += 1

    def _make_room(self, first: int, end: int) -> None:
        """Move the bars `first` to `end` to fresh arrays with room for as many again."""
        kept = end - first
        self._capacity = max(SMALLEST_BLOCK, 2 * kept)
        fresh: dict[str, NDArray[Any]] = {
            name: np.zeros(self._capacity, dtype="f8" if name in _VALUES else "i8")
            for name in (*_TIMES, *_VALUES, *_COUNTS)
        }
        if kept:
            for name, array in fresh.items():
                array[:kept] = self._arrays[name][first:end]
        self._arrays = fresh
        self._at = {name: array.data for name, array in fresh.items()}
        self._base += first
        self._end = kept

    @property
    def df(self) -> pd.DataFrame:
        """A copy of the bars now: UTC index `time` (opening time), the forming bar last.

        Columns open, high, low, close, volume, vwap, trades, closed.
        """
        with self._lock:
            span = slice(max(0, self._end - self.rows), self._end)
            part = {name: array[span].copy() for name, array in self._arrays.items()}
        closed = np.ones(len(part["start"]), dtype=bool)
        closed[-1:] = False
        with np.errstate(invalid="ignore", divide="ignore"):
            vwap = part["turnover"] / part["volume"]
        index = pd.DatetimeIndex(part["start"], tz="UTC", name="time", copy=False)
        values = {name: part[name] for name in _VALUES if name != "turnover"}
        values |= {"vwap": vwap, "trades": part["trades"], "closed": closed}
        return pd.DataFrame(values, index=index, copy=False)

    def reader(self) -> BarReader:
        """A reader with a cursor of its own, for one chart."""
        reader = BarReader(self)
        with self._lock:
            self._readers.add(reader)
        return reader

    def read(self, ordinal: int) -> BarColumns:
        """The bars held from `ordinal` on, as a chart takes them."""
        with self._lock:
            first_held = max(0, self._end - self.rows)
            first = max(first_held, ordinal - self._base)
            span = slice(first, self._end)
            columns = {"time": self._arrays["start"][span] / 1e6}
            columns |= {name: self._arrays[name][span].copy() for name in _VALUES[:5]}
            return BarColumns(self._base + first, self._base + first_held, columns, closed=False)


class BarReader:
    """Gives a chart the bars that changed since it last asked. One thread reads it."""

    def __init__(self, bars: TimeBars) -> None:
        self.bars = bars
        self._revision = -1
        self._from = 0
        """Ordinal of the first bar that may have changed."""

    def touch(self, ordinal: int) -> None:
        """A late trade changed the bar `ordinal`. Called under the bars' lock."""
        self._from = min(self._from, ordinal)

    def snapshot(self) -> BarColumns:
        """All bars held; the next `changes` goes on from here."""
        self._from = 0
        self._revision = -1
        return self.changes() or self.bars.read(0)

    def changes(self) -> BarColumns | None:
        """Bars from the first changed one on; None when nothing changed."""
        bars = self.bars
        if self._revision == bars._revision:  # noqa: SLF001 - the reader is the bars' own
            return None
        with bars._lock:  # noqa: SLF001
            revision, start = bars._revision, self._from  # noqa: SLF001
            self._from = max(0, bars._base + bars._end - 1)  # noqa: SLF001
        self._revision = revision
        changed = bars.read(start)
        return changed if len(changed.columns["time"]) else None


class BarTable(Mapping[str, TimeBars]):
    """Bars of one interval by symbol: `feed.bars("1s")["BTC-USDT"]`."""

    def __init__(self, interval: str, symbols: list[str], *, rows: int = 100_000) -> None:
        self.interval, self._rows = interval, rows
        self._bars: dict[str, TimeBars] = {}
        window_ns(interval)
        for symbol in symbols:
            self.add(symbol)

    def add(self, symbol: str) -> TimeBars:
        """The bars of `symbol`, made if there are none yet."""
        bars = self._bars.get(symbol)
        if bars is None:
            bars = self._bars[symbol] = TimeBars(symbol, self.interval, rows=self._rows)
        return bars

    def update(self, trade: Trade | AggTrade) -> None:
        """Take one more trade of any symbol. Called by the feed's thread only."""
        bars = self._bars.get(trade.symbol)
        (self.add(trade.symbol) if bars is None else bars).update(trade)

    def __getitem__(self, symbol: str) -> TimeBars:
        try:
            return self._bars[symbol]
        except KeyError:
            there = ", ".join(self._bars) or "none yet"
            raise SymbolKeyError(symbol, f"this feed has: {there}") from None

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._bars))

    def __len__(self) -> int:
        return len(self._bars)

    def __repr__(self) -> str:
        return f"BarTable({self.interval!r}, {list(self._bars)})"
