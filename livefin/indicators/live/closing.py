"""What an indicator of trades, quotes or books was worth at bars: the value when a bar ended.

The rule, in batch and along a stream alike: at a bar stands the value after the last row
that came before the bar's end. A row that came late, with a time before that of rows already
there, counts as of the time that was reached by then, so that no bar is ever told what was
learnt after it. No I/O, no clock. Used by ticking.py for a chart, and by notebooks.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from livefin.errors import IndicatorError
from livefin.folding import origin_of
from livefin.frames import SMALLEST_BLOCK
from livefin.indicators.contract import Floats
from livefin.indicators.flow.durations import duration_ns
from livefin.indicators.rows import times

Times = NDArray[np.int64]
EARLIEST = -(2**63)
INTERVALS = 400_000


def at_bars(values: pd.DataFrame, bars: pd.DataFrame, interval: str | pd.Timedelta) -> pd.DataFrame:
    """The values of an indicator of ticks, given row by row, at the bars they lead up to.

    A bar has the value after the last row whose time is before the bar's end, its opening
    and an `interval`. Without a row of its own it has the value that stood; before the first
    row it is NaN, and so is one whose last row has no value.

    Args:
        values: along rows of trades, quotes or books in the order of their arrival, a column
            an output, as `batch` gives them.
        bars: any frame whose index says when bars open, as `feed.bars("1s")[symbol].df`.
        interval: how long a bar is, "1s".

    Raises IndicatorError on an index that is no times, and on what is no length of time.

    >>> ticks = pd.to_datetime([0, 400, 1_000, 3_100], unit="ms", utc=True)
    >>> values = pd.DataFrame({"cvd": [1.0, 3.0, 2.0, 7.0]}, ticks)
    >>> bars = pd.DataFrame(index=pd.date_range("1970-01-01", periods=4, freq="1s", tz="UTC"))
    >>> at_bars(values, bars, "1s").cvd.tolist()
    [3.0, 2.0, 2.0, 7.0]
    """
    ends = np.array(times(bars), dtype=np.int64) + duration_ns(interval)
    reached = np.maximum.accumulate(np.array(times(values), dtype=np.int64))
    last = np.searchsorted(reached, ends, side="left") - 1
    found = np.full((len(ends), values.shape[1]), np.nan)
    found[last >= 0] = values.to_numpy(np.float64)[last[last >= 0]]
    return pd.DataFrame(found, index=bars.index, columns=values.columns, copy=False)


class Closings:
    """The last value of each interval of time, as rows come in; what stood at a bar's end.

    `width` values a row; `interval` in ns, counted as bars are. The newest `most` intervals
    that had a row are held: what came before is NaN.

    >>> closings = Closings(1, 10)
    >>> closings.put(np.array([3, 8, 25]), np.array([[1.0], [2.0], [3.0]]))
    0
    >>> closings.put(np.array([21, 31]), np.array([[4.0], [5.0]]))  # 21 came after 25
    20
    >>> closings.at(np.array([-10, 0, 10, 20, 30])).tolist()
    [[nan, 2.0, 2.0, 4.0, 5.0]]
    """

    def __init__(self, width: int, interval: int, *, most: int = INTERVALS) -> None:
        if most < 1:
            raise IndicatorError(f"at least one interval must be held, got {most}")
        self.interval, self.most = interval, most
        self._origin = origin_of(interval)
        self._reached = EARLIEST
        self._end = 0
        self._starts: Times = np.empty(SMALLEST_BLOCK, dtype=np.int64)
        self._values: Floats = np.empty((SMALLEST_BLOCK, width))

    def put(self, at: Times, values: Floats) -> int | None:
        """Take rows in the order of their arrival, `values` one line a row.

        When the first interval opens whose value changed; None without rows.
        """
        if not len(at):
            return None
        reached = np.maximum.accumulate(np.maximum(at, self._reached))
        self._reached = int(reached[-1])
        starts = reached - (reached - self._origin) % self.interval
        last = np.flatnonzero(np.append(starts[1:] != starts[:-1], True))
        if self._end and self._starts[self._end - 1] == starts[0]:
            self._end -= 1
        self._make_room(len(last))
        span = slice(self._end, self._end + len(last))
        self._starts[span], self._values[span] = starts[last], values[last]
        self._end += len(last)
        return int(starts[0])

    def at(self, starts: Times) -> Floats:
        """The values that stood at the end of the intervals opening at `starts`, by output."""
        first = max(0, self._end - self.most)
        last = np.searchsorted(self._starts[first : self._end], starts, side="right") - 1
        found = np.full((self._values.shape[1], len(starts)), np.nan)
        found[:, last >= 0] = self._values[first + last[last >= 0]].T
        return found

    def _make_room(self, more: int) -> None:
        if self._end + more <= len(self._starts):
            return
        kept = slice(max(0, self._end - self.most), self._end)
        count = kept.stop - kept.start
        room = 2 * (count + more)
        starts, values = np.empty(room, dtype=np.int64), np.empty((room, self._values.shape[1]))
        starts[:count], values[:count] = self._starts[kept], self._values[kept]
        self._starts, self._values, self._end = starts, values, count
