"""Lengths of time and sessions as indicators of ticks take them. No clock: rows bring the time.

Used by the indicators of trades and quotes whose windows are of time.
"""

from __future__ import annotations

from typing import Any, Self

import pandas as pd

from livefin.errors import FrameError, IndicatorError
from livefin.folding import DAY, origin_of
from livefin.intervals import interval_ns


def duration_ns(length: str | pd.Timedelta) -> int:
    """A length of time ("500ms", "10s", "1min") in ns. Raises IndicatorError.

    >>> duration_ns("10s")
    10000000000
    """
    try:
        return interval_ns(length)
    except FrameError as error:
        raise IndicatorError(f"no length of time: {length!r}; write it like '10s'") from error


class Sessions:
    """When sessions of a `length` begin, in a zone's own days and weeks.

    >>> sessions = Sessions("1D", "Europe/Berlin")
    >>> begin = sessions.begin(pd.Timestamp("2026-07-01 22:30", tz="UTC").value)
    >>> str(pd.Timestamp(begin, tz="UTC"))
    '2026-07-01 22:00:00+00:00'
    """

    def __init__(self, length: str, tz: str = "UTC") -> None:
        self._length = duration_ns(length)
        self._origin = origin_of(self._length)
        try:
            self._zone = pd.Timestamp(0, tz="UTC").tz_convert(tz).tz
        except Exception as error:  # zoneinfo, pytz and pandas each raise their own
            raise IndicatorError(f"unknown time zone {tz!r}: {error}") from error
        self._utc = tz == "UTC"
        self._begin = self._end = 0

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self  # what it remembers is only to save work

    def begin(self, time: int) -> int:
        """When the session that `time` is in began (ns)."""
        if self._utc:
            return time - (time - self._origin) % self._length
        if not self._begin <= time < self._end:
            self._begin, self._end = self._bounds(time)
        return self._begin

    def _bounds(self, time: int) -> tuple[int, int]:
        local = pd.Timestamp(time, tz="UTC").tz_convert(self._zone)
        wall = local.tz_localize(None).value
        into = (wall - self._origin) % self._length
        if self._length % DAY:  # an hour that the clocks show twice is two hours
            return time - into, time - into + self._length
        return self._midnight(wall - into), self._midnight(wall - into + self._length)

    def _midnight(self, wall: int) -> int:
        local = pd.Timestamp(wall).tz_localize(
            self._zone, ambiguous=True, nonexistent="shift_forward"
        )
        return int(local.value)
