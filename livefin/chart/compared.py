"""Another symbol's closes along a chart's bars: a line that a chart compares with.

A close stands at a bar of the chart that opens at the same time, and NaN where the other
symbol has no bar then: nothing is carried forward. It stays when the other symbol holds that
bar no more. What changes in either of the two, late trades and older bars put in front among
it, changes the line from there on, and only that is looked at. No I/O, no clock, no thread
of its own; called at paint rate by the chart.
"""

from __future__ import annotations

import numpy as np

from livefin.chart.source import Bars
from livefin.indicators.contract import Line
from livefin.indicators.live.columns import Columns


class Compared:
    """The closes of `other` at the opening times of `main`, of one feed or of two.

    Both are to be of one interval. At most as many values are kept as bars are held.

    >>> from livefin.bars import TimeBars
    >>> from livefin.events import Trade
    >>> main, other = TimeBars("BTC-USDT", "1s"), TimeBars("ETH-USDT", "1s")
    >>> compared = Compared(main, other)
    >>> for second in range(3):
    ...     main.update(Trade("BTC-USDT", second * 10**9, 0, 60_000.0, 1.0))
    >>> other.update(Trade("ETH-USDT", 10**9, 0, 3_000.0, 1.0))
    >>> compared.update()
    Line(first=0, array=array([  nan, 3000.,   nan]))
    >>> compared.update() is None
    True
    """

    def __init__(self, main: Bars, other: Bars) -> None:
        self.main, self.other = main, other
        self._readers = main.reader(), other.reader()
        self._line, self._closes = Columns(), Columns()

    def update(self) -> Line | None:
        """The line from its first changed value on, by the main bars' ordinals, or None."""
        ours, theirs = self._readers
        line, closes = self._line, self._closes
        new, _ = line.take(ours)
        _, since = closes.take(theirs, "close")
        first = new
        if since is not None:
            touched = line.first + int(np.searchsorted(line.times, since))
            first = touched if first is None else min(first, touched)
        if first is None:
            return None
        start = first - line.first
        times, before = line.times[start:], line.values[start:]
        at = np.searchsorted(closes.times, times)
        at[at == len(closes.times)] = -1  # after the last one: it opens at another time
        found = (closes.times[at] == times) if len(closes.times) else np.zeros(len(times), bool)
        # What the other holds no more stays as it was.
        now = (
            np.where(times < closes.times[0], before, np.nan)
            if len(closes.times)
            else before.copy()
        )
        now[found] = closes.values[at[found]]
        differs = (before != now) & ~(np.isnan(before) & np.isnan(now))
        if new is not None:
            differs[new - first :] = True
        before[:] = now
        changed = np.flatnonzero(differs)
        return Line(first + int(changed[0]), now[changed[0] :]) if len(changed) else None
