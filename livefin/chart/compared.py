"""Another symbol's closes along a chart's bars: a line that a chart compares with.

A close stands at a bar of the chart that opens at the same time, and NaN where the other
symbol has no bar then: nothing is carried forward. It stays when the other symbol holds that
bar no more. What changes in either of the two, late trades and older bars put in front among
it, changes the line from there on, and only that is looked at. No I/O, no clock, no thread
of its own; called at paint rate by the chart.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from livefin.bars import BarColumns
from livefin.chart.source import Bars, Reader
from livefin.indicators.contract import Floats, Line

ROOM = 1_024


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


class Columns:
    """Opening times and one value a bar, by ordinal, as a reader of bars gives them."""

    def __init__(self) -> None:
        self.first = 0
        """Ordinal of the first row held."""
        self._begin = self._end = 0
        self._rows: NDArray[np.float64] = np.empty((2, ROOM))

    @property
    def times(self) -> Floats:
        """In ms, rising."""
        return self._rows[0, self._begin : self._end]

    @property
    def values(self) -> Floats:
        """One for each time, to be written too."""
        return self._rows[1, self._begin : self._end]

    def take(self, reader: Reader, name: str | None = None) -> tuple[int | None, float | None]:
        """Take what has changed, with the column `name`, or NaN where it is for others to fill.

        The first row that is another now, and the earliest opening time that it had or has.
        """
        first: int | None = None
        since: float | None = None
        # What was put in front comes first, that changes never begin before what is held.
        for rows, rest in ((reader.older(), False), (reader.changes(), True)):
            if rows is None:
                continue
            ordinal, time = self._put(rows, name, rest=rest)
            if ordinal is not None and time is not None:
                first = ordinal if first is None else min(first, ordinal)
                since = time if since is None else min(since, time)
            self._drop(rows.held)
        return first if first is None else max(first, self.first), since

    def _put(
        self, rows: BarColumns, name: str | None, *, rest: bool
    ) -> tuple[int | None, float | None]:
        """Put `rows` where they belong; `rest`: nothing comes after them."""
        times = rows.columns["time"]
        values = np.full(len(times), np.nan) if name is None else rows.columns[name]
        start, count = rows.first - self.first, self._end - self._begin
        end = start + len(times)
        if not count or start > count or end < 0:
            self._hold(np.stack([times, values]), rows.first)
            return rows.first, float(times[0])
        if start < 0:
            kept = self._rows[:, self._begin + end : self._begin if rest else self._end]
            self._hold(np.concatenate([[times, values], kept], axis=1), rows.first)
            return rows.first, float(times[0])
        old_times, old_values = self.times[start:end], self.values[start:end]
        both = len(old_times)
        same = old_times == times[:both]
        if name is None:
            values[:both][same] = old_values[same]
        else:
            same &= old_values == values[:both]
        i = both if same.all() else int(np.argmin(same))
        earliest = min([*times[i : i + 1], *old_times[i : i + 1]], default=None)
        if self._begin + end > self._rows.shape[1]:
            self._hold(self._rows[:, self._begin : self._end], self.first, room=2 * end)
        place = slice(self._begin + start, self._begin + end)
        self._rows[:, place] = times, values
        self._end = place.stop if rest else max(self._end, place.stop)
        return (None, None) if earliest is None else (rows.first + i, float(earliest))

    def _hold(self, rows: NDArray[np.float64], first: int, *, room: int = 0) -> None:
        """Hold `rows` in fresh memory, with `room` in all or for as many again."""
        count = rows.shape[1]
        self._rows = np.empty((2, max(room, 2 * count) + ROOM))
        self._rows[:, :count] = rows
        self.first, self._begin, self._end = first, 0, count

    def _drop(self, held: int) -> None:
        """Rows before the bar `held` are held no more."""
        gone = min(max(0, held - self.first), self._end - self._begin)
        self._begin, self.first = self._begin + gone, self.first + gone
