"""The volume of a day so far, beside what is usual at that time of day. Of onestep's kind.

A finished day is kept as its times and its running totals, and is asked for its total at any
time of day; so bars may be missing, and may lie elsewhere every day.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from math import fsum
from typing import ClassVar

from livefin.indicators.bars.onestep import OneStep, length
from livefin.indicators.bars.sessions import DAY, Sessions
from livefin.indicators.contract import NAN, BarRow, Values
from livefin.indicators.parameters import Parameter
from livefin.indicators.totals import NOTHING, added


class _Day:
    """The volume of one day up to any time of it."""

    __slots__ = ("_times", "_totals", "total")

    def __init__(self) -> None:
        self._times, self._totals = array("q"), array("d")
        self.total = NOTHING

    @property
    def last(self) -> int:
        """When its last bar began, in ns since midnight."""
        return self._times[-1] if self._times else 0

    def append(self, time: int, volume: float) -> None:
        """One more bar; when the clocks are set back its time does not go back with them."""
        self.total = added(self.total, volume)
        self._times.append(max(time, self.last))
        self._totals.append(sum(self.total))

    def until(self, time: int) -> float:
        """The volume of its bars that began at `time` or before."""
        place = bisect_right(self._times, time)
        return self._totals[place - 1] if place else 0.0


class RelativeDailyVolume(OneStep):
    """The day's volume so far, as a multiple of what it was by this time on the days before.

    1 is usual. It is the volume from the day's first bar to this one, divided by the mean of
    the same over the last `days` days that had bars, the first one whole or not. Days are
    those of `tz`. It begins after `days` days; NaN where those had no volume by then. For one
    bar beside the last ones, whatever the time of day, there is TA-Lib's RVOL.

    Where a day before has no bar at just this time, that day's total of the last bar before it
    counts. QuantConnect Lean means the same, but then takes the total before the last time of
    the day that is later.

    Source: https://www.quantconnect.com/docs, "Relative Daily Volume"; Admati, Pfleiderer,
    "A theory of intraday patterns", Review of Financial Studies 1 (1988), for why the volume
    depends on the time of day.

    >>> volume = RelativeDailyVolume(1)
    >>> hour = 3_600_000_000_000
    >>> bars = [(9, 10.0), (10, 20.0), (33, 20.0), (34, 25.0)]
    >>> [volume.update(BarRow(t * hour, 1.0, 1.0, 1.0, 1.0, v))[0] for t, v in bars]
    [nan, nan, 2.0, 1.5]
    """

    outputs = ("volume",)
    levels = (1.0,)
    needs: ClassVar = ("volume",)
    parameters = (
        length("days", 2, "days before that say what is usual"),
        Parameter("tz", "text", "UTC", doc="the zone whose days these are"),
    )
    warm_up = None

    def __init__(self, days: int = 2, *, tz: str = "UTC") -> None:
        self._set(days=days, tz=tz)
        self._n = self.lookback = days
        self._sessions = Sessions(tz=tz)
        self.reset()

    def reset(self) -> None:
        """Forget all bars."""
        self._before: list[_Day] = []
        self._day: int | None = None
        self._today = _Day()

    def step(self, row: BarRow, keep: bool) -> Values:
        """The multiple at a bar."""
        day, time = divmod(self._sessions.wall(row.time), DAY)
        before, today = self._before, self._today
        if day != self._day:
            if self._day is not None:
                before = [*before, today][-self._n :]
            today = _Day()
        time = max(time, today.last)
        total = added(today.total, row.volume)
        if keep:
            self._before, self._day, self._today = before, day, today
            today.append(time, row.volume)
        if len(before) < self._n:
            return self._nothing
        usual = fsum(day.until(time) for day in before)
        return (self._n * sum(total) / usual if usual > 0 else NAN,)
