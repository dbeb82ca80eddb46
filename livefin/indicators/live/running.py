"""An indicator kept up to date along live bars: closed bars once, the forming one by peeking.

A bar that has closed is given to `update` and never again, so that a paint costs the same
with ten bars and with a million. A late correction takes the indicator back to before it,
by its warm-up and no further. Values that bars which are held no more have given stay.
Where many go along the same bars, these are read once for all of them (`Bars.reader` into
News, then `take`). No thread, no clock. Read by the chart, by screeners and gauges.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Protocol

import numpy as np
import pandas as pd

from livefin.bars import BarColumns
from livefin.indicators.contract import BarRow, Floats, Indicator, Line

COLUMNS = BarRow._fields[1:]
NS_PER_MS = 1_000_000
FEW = 32
"""As many bars are given one by one; more go in as a frame."""


class Reader(Protocol):
    """A cursor over bars."""

    def older(self) -> BarColumns | None:
        """Rows put in front of all others since the last call; None when there were none."""

    def changes(self) -> BarColumns | None:
        """Rows from the first changed one on since the last call; None when nothing changed."""


class Bars(Protocol):
    """Bars of one symbol and interval."""

    symbol: str
    interval: str
    interval_ns: int

    @property
    def df(self) -> pd.DataFrame:
        """UTC index `time`; open, high, low, close, volume, vwap, trades, closed."""

    def reader(self) -> Reader:
        """A new cursor."""

    def read(self, ordinal: int | None = None, until: int | None = None) -> BarColumns:
        """The rows held from `ordinal` on and before `until`, all by default."""


class News:
    """What a reader of bars has that is new: read once, for all that go along these bars."""

    def __init__(self, reader: Reader) -> None:
        self.older = reader.older() is not None
        """Bars were put in front."""
        self.changed = reader.changes()
        self.few = self.changed is not None and len(self.changed.columns["time"]) <= FEW

    @cached_property
    def rows(self) -> list[BarRow]:
        """The changed bars, oldest first."""
        return [] if self.changed is None else _each(self.changed)


class Running:
    """One indicator on one symbol's bars.

    With `history` its lines begin so many bars back and no further, where its warm-up has an
    end: a table that shows the last values need not go through all bars held.

    >>> from livefin.bars import TimeBars
    >>> from livefin.events import Trade
    >>> from livefin.indicators.bars.vwap import VWAP
    >>> bars = TimeBars("BTC-USDT", "1s")
    >>> for second, price in enumerate([10.0, 20.0]):
    ...     bars.update(Trade("BTC-USDT", second * 10**9, 0, price, 1.0))
    >>> running = Running(VWAP(bands=()), bars)
    >>> running.update()["vwap"]
    Line(first=0, array=array([10., 15.]))
    """

    def __init__(self, indicator: Indicator, bars: Bars, *, history: int | None = None) -> None:
        self.indicator = indicator.copy()
        self._bars, self._history = bars, history
        self._reader: Reader | None = None
        self._next: int | None = None
        """Ordinal of the first bar that the indicator has not been given as closed."""

    def update(self) -> Mapping[str, Line]:
        """The changed tail of each output, by the bars' ordinals; none when nothing changed."""
        if self._reader is None:
            self._reader = self._bars.reader()
        return self.take(News(self._reader))

    def take(self, news: News) -> Mapping[str, Line]:
        """The same, of what a reader of these bars gave; whoever takes, does not `update`."""
        changed = news.changed
        if changed is None:
            return self._all(None) if news.older else {}
        if news.older or self._next is None:
            return self._all(changed)
        if news.few and changed.first == self._next:
            return self._on(changed, news.rows)
        warm = self.indicator.warm_up
        rows = self._bars.read(None if warm is None else changed.first - warm)
        return self._again(rows, changed.first - rows.first)

    def _on(self, changed: BarColumns, rows: list[BarRow]) -> dict[str, Line]:
        """Go on with the bars that follow those given."""
        indicator = self.indicator
        closed = rows if changed.closed else rows[:-1]
        values = []
        for ordinal, row in enumerate(closed, changed.first + 1):
            values.append(indicator.update(row))
            self._next = ordinal
        if not changed.closed:
            values.append(indicator.peek(rows[-1]))
        return self._lines(changed.first, np.array(values, dtype=np.float64).T)

    def _all(self, changed: BarColumns | None) -> dict[str, Line]:
        """Begin anew with all bars, or with those that `history` needs."""
        warm, history = self.indicator.warm_up, self._history
        end = self._next if changed is None else changed.first + len(changed.columns["time"])
        if warm is None or history is None or end is None:
            return self._again(self._bars.read(), 0)
        rows = self._bars.read(end - history - warm)
        return self._again(rows, warm if rows.first > rows.held else 0)

    def _again(self, rows: BarColumns, skip: int) -> dict[str, Line]:
        """Begin anew with `rows`; the first `skip` are history alone, whose values stay."""
        self._next = None  # should it raise, the next try begins anew as well
        count, skip = len(rows.columns["time"]), max(0, skip)
        if not count:
            return {}
        closed = count if rows.closed else count - 1
        df = frame(rows)
        begun = self.indicator.begin(df.iloc[:closed]).to_numpy(np.float64).T
        forming = BarColumns(
            rows.first + closed,
            rows.held,
            {name: array[closed:] for name, array in rows.columns.items()},
            rows.closed,
        )
        peeked = [self.indicator.peek(row) for row in _each(forming)]
        # A person's function says by its first values only how many lines it has.
        values = np.full((len(self.indicator.outputs), count), np.nan)
        values[: len(begun), :closed] = begun
        values[:, closed:] = np.array(peeked, dtype=np.float64).reshape(count - closed, -1).T
        self._next = rows.first + closed
        return self._lines(rows.first + skip, values[:, skip:])

    def _lines(self, first: int, values: Floats) -> dict[str, Line]:
        pairs = zip(self.indicator.outputs, values, strict=True)
        return {output: Line(first, array) for output, array in pairs}


def frame(rows: BarColumns) -> pd.DataFrame:
    """Bars as a frame with a UTC index: open, high, low, close, volume, vwap."""
    # A float of ms is not exact to the nanosecond, and bars open on whole microseconds.
    ns = np.round(rows.columns["time"] * 1_000).astype(np.int64) * 1_000
    index = pd.DatetimeIndex(ns, tz="UTC", name="time", copy=False)
    return pd.DataFrame({name: rows.columns[name] for name in COLUMNS}, index=index, copy=False)


def _each(rows: BarColumns) -> list[BarRow]:
    ns = np.round(rows.columns["time"] * 1_000).astype(np.int64) * 1_000
    columns = [rows.columns[name].tolist() for name in COLUMNS]
    return list(map(BarRow, ns.tolist(), *columns))
