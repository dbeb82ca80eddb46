"""A function of the whole frame kept up to date along live bars, by computing it anew.

Only what differs from the last time is given out. Not cheap, hence the chart runs it apart
from its painter. No thread, no clock. The other way, bar by bar, is running's.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from livefin.indicators.contract import Floats, Indicator, Line
from livefin.indicators.live.news import Bars, News

NS_PER_MS = 1_000_000


class Recomputed:
    """One indicator's `batch` on one symbol's bars.

    >>> from livefin.bars import TimeBars
    >>> from livefin.events import Trade
    >>> from livefin.indicators.custom.userdefined import indicator
    >>> from livefin.indicators.live.news import News
    >>> bars = TimeBars("BTC-USDT", "1s")
    >>> twice = Recomputed(indicator(lambda df: 2 * df.close, name="twice"), bars)
    >>> reader = bars.reader()
    >>> for second in range(3):
    ...     bars.update(Trade("BTC-USDT", second * 10**9, 0, 1.0 + second, 1.0))
    ...     print(dict(twice.take(News.read(bars, reader))))
    {'twice': Line(first=0, array=array([2.]))}
    {'twice': Line(first=1, array=array([4.]))}
    {'twice': Line(first=2, array=array([6.]))}
    """

    def __init__(self, indicator: Indicator, bars: Bars) -> None:
        self.indicator = indicator
        self._bars = bars
        self._last: dict[str, Line] = {}

    def take(self, news: News) -> Mapping[str, Line]:
        """The changed tail of each output, by the bars' ordinals; none when nothing changed.

        Whatever the function raises comes through; the next change of the bars tries again.
        """
        if news.first is None and not news.older:
            return {}
        df = self._bars.df
        rows = news.changed or self._bars.read()
        if not len(rows.columns["time"]):
            return {}
        # Half a bar early: a float of ms is not exact to the nanosecond.
        time = rows.columns["time"][0] * NS_PER_MS - self._bars.interval_ns / 2
        first = rows.first - int(df.index.searchsorted(pd.Timestamp(int(time), tz="UTC")))
        values = self.indicator.batch(df)
        before, self._last = self._last, {}
        tails: dict[str, Line] = {}
        for output in values:
            line = Line(first, values[output].to_numpy(dtype=np.float64))
            self._last[str(output)] = line
            tail = _changed(before.get(str(output)), line)
            if tail is not None:
                tails[str(output)] = tail
        return tails


def _changed(before: Line | None, now: Line) -> Line | None:
    """The tail of `now` from the first value that differs; None if all are as before."""
    first, values = now
    if before is None or before.first > first:
        return now
    old = before.array[first - before.first :]
    same = min(len(old), len(values))
    start = _first_difference(old[:same], values[:same])
    return Line(first + start, values[start:]) if start < len(values) else None


def _first_difference(old: Floats, new: Floats) -> int:
    differs = np.flatnonzero((old != new) & ~(np.isnan(old) & np.isnan(new)))
    return int(differs[0]) if len(differs) else len(new)
