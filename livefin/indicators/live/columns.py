"""Opening times and one value a bar, as a reader of bars gives them; what changed, and since when.

Late trades, bars put in front and bars that are held no more are told apart here, so that
whoever lines up several symbols looks only at what changed. No I/O, no clock, no thread.
Used by pairs and by the chart's compared lines.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from livefin.bars import BarColumns
from livefin.indicators.contract import Floats
from livefin.indicators.live.news import Reader

ROOM = 1_024


class Columns:
    """Opening times and one value a bar, by ordinal, as a reader of bars gives them."""

    def __init__(self) -> None:
        self.first = 0
        """Ordinal of the first row held."""
        self.closed = False
        """Whether the last row is a closed bar; else it is forming."""
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
            self.closed = rows.closed if rest else self.closed
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
