"""What is new of bars: read once, for all that go along them.

Whoever keeps indicators along the same bars has one reader of these, however many there are,
and hands what it gives to each in turn. One that had no turn, since its last run was still
going on, takes the next news with what it missed. No thread, no clock. Used by charts,
screeners and gauges; what takes news is chosen in along.py.
"""

from __future__ import annotations

from functools import cached_property
from typing import Protocol

import numpy as np
import pandas as pd

from livefin.bars import BarColumns
from livefin.indicators.contract import BarRow

COLUMNS = BarRow._fields[1:]
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
    """What is new of `bars`.

    >>> from livefin.bars import TimeBars
    >>> from livefin.events import Trade
    >>> bars = TimeBars("BTC-USDT", "1s")
    >>> reader, news = bars.reader(), []
    >>> for second in range(3):
    ...     bars.update(Trade("BTC-USDT", second * 10**9, 0, 10.0, 1.0))
    ...     news.append(News.read(bars, reader))
    >>> [each.first for each in news], news[2].after(news[1]).first
    ([0, 0, 1], 0)
    """

    def __init__(self, bars: Bars, *, first: int | None = None, older: bool = False) -> None:
        self.bars = bars
        self.first = first
        """Ordinal of the first bar that has changed; None when none has."""
        self.older = older
        """Bars were put in front, or all are new to the one who takes this."""

    @classmethod
    def read(cls, bars: Bars, reader: Reader) -> News:
        """What `reader`, one of these bars, has not given yet: all there is at the first call."""
        older, changed = reader.older(), reader.changes()
        first = None if changed is None else changed.first
        news = cls(bars, first=first, older=older is not None)
        news.changed = changed
        return news

    @cached_property
    def changed(self) -> BarColumns | None:
        """The bars from `first` on."""
        return None if self.first is None else self.bars.read(self.first)

    @cached_property
    def few(self) -> bool:
        """Whether bars have changed, and so few that they can be given one by one."""
        return self.changed is not None and len(self.changed.columns["time"]) <= FEW

    @cached_property
    def rows(self) -> list[BarRow]:
        """The changed bars, oldest first."""
        return [] if self.changed is None else rows_of(self.changed)

    def after(self, missed: News | None) -> News:
        """The same with what was missed before it; of other bars, only what was missed."""
        if missed is None:
            return self
        if missed.bars is not self.bars:
            return missed
        firsts = [first for first in (missed.first, self.first) if first is not None]
        first, older = min(firsts, default=None), self.older or missed.older
        if (first, older) == (self.first, self.older):
            return self
        return News(self.bars, first=first, older=older)


def rows_of(rows: BarColumns) -> list[BarRow]:
    """Bars as an indicator takes them one by one."""
    columns = [rows.columns[name].tolist() for name in COLUMNS]
    return list(map(BarRow, _ns(rows).tolist(), *columns))


def frame_of(rows: BarColumns) -> pd.DataFrame:
    """Bars as a frame with a UTC index: open, high, low, close, volume, vwap."""
    index = pd.DatetimeIndex(_ns(rows), tz="UTC", name="time", copy=False)
    return pd.DataFrame({name: rows.columns[name] for name in COLUMNS}, index=index, copy=False)


def _ns(rows: BarColumns) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    # A float of ms is not exact to the nanosecond, and bars open on whole microseconds.
    return np.round(rows.columns["time"] * 1_000).astype(np.int64) * 1_000
