"""Where a session begins: the number of the one that each time belongs to.

`numbered` takes all times of a frame at once, `Sessions` one time after the other; both count
alike. Days, weeks and hours are those of a zone. No state but what saves looking up a clock
twice, no I/O. Used by vwap and profile.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.tseries.frequencies import to_offset

from livefin.errors import FrameError, IndicatorError

DAY = 86_400_000_000_000
QUARTER = DAY // 96
CALENDAR = {
    "W-SUN": "W",
    "MS": "M",
    "ME": "M",
    "QS-JAN": "Q",
    "QE-DEC": "Q",
    "YS-JAN": "Y",
    "YE-DEC": "Y",
}
"""Offsets of no fixed length, and the periods that they mean: weeks begin on Mondays."""
EARLIEST = -(10**9)
"""Below the number of any period, which pandas counts from 1970."""
EARLIEST_TIME = -(2**63)
"""Below any time that pandas knows, in ns since 1970."""


def numbered(
    index: pd.Index[Any], anchor: str | datetime, tz: str, session: str
) -> NDArray[np.int64]:
    """A number for each row's session, rising; below 0 for rows before the anchor."""
    if anchor == "all":
        return np.zeros(len(index), dtype=np.int64)
    if not isinstance(index, pd.DatetimeIndex):
        raise FrameError(f"bars must be indexed by time, not by {type(index).__name__}")
    try:
        utc = index.tz_localize("UTC") if index.tz is None else index
        local = utc.tz_convert(tz)
    except Exception as error:  # zoneinfo, pytz and pandas each raise their own
        raise FrameError(f"unknown time zone {tz!r}: {error}") from error
    if anchor == "session":
        return _periods(local, session)
    if isinstance(anchor, str) and _is_offset(anchor):
        return _periods(local, anchor)
    return np.where(local >= _moment(anchor, tz), 0, -1).astype(np.int64)


def _moment(anchor: str | datetime, tz: str) -> pd.Timestamp:
    try:
        start = pd.Timestamp(anchor)
        return start.tz_localize(tz) if start.tz is None else start
    except (ValueError, TypeError) as error:  # also for an hour that the clocks leave out
        raise FrameError(
            f'anchor must be "session", "all", an offset or a time, got {anchor!r}: {error}'
        ) from error


def _is_offset(text: str) -> bool:
    try:
        return to_offset(text) is not None
    except ValueError:
        return False


def _length(length: str) -> str | int:
    """What a session's length is: the calendar's period, or a number of ns."""
    try:
        offset = to_offset(length)
        calendar = CALENDAR.get(offset.rule_code) if offset.n == 1 else None
        if calendar:
            return calendar
        fixed = int(pd.Timedelta(offset).value)  # type: ignore[arg-type]  # raises where it has none
    except (ValueError, TypeError, AttributeError) as error:
        raise FrameError(f"no length of a session: {length!r}") from error
    if fixed <= 0:
        raise FrameError(f"a session must be longer than {length!r}")
    return fixed


def _periods(local: pd.DatetimeIndex, length: str) -> NDArray[np.int64]:
    """A number for each row's period of that length, in the index's own zone."""
    wall = local.tz_localize(None).as_unit("ns")
    fixed = _length(length)
    if isinstance(fixed, str):
        return np.asarray(wall.to_period(fixed).asi8 - EARLIEST, dtype=np.int64)
    at = wall.asi8
    start = at - at % fixed
    if fixed % DAY:  # else an hour that the clocks show twice would be one hour
        start = start - (at - local.as_unit("ns").asi8)
    return np.asarray(pd.factorize(start)[0], dtype=np.int64)


class Sessions:
    """Which session a time belongs to, one time after the other; as `vwap` counts them.

    >>> sessions = Sessions(session="4h")
    >>> hour = 3_600_000_000_000
    >>> sessions.of(3 * hour) == sessions.of(0), sessions.of(4 * hour) == sessions.of(0)
    (True, False)

    Raises IndicatorError for what `vwap` raises FrameError for.
    """

    def __init__(
        self, anchor: str | datetime = "session", tz: str = "UTC", session: str = "1D"
    ) -> None:
        try:
            numbered(pd.DatetimeIndex([], tz="UTC"), anchor, tz, session)
            self._start, self._period = None, None
            if anchor == "session" or (isinstance(anchor, str) and _is_offset(anchor)):
                self._period = _length(session if anchor == "session" else str(anchor))
            elif anchor != "all":
                self._start = _moment(anchor, tz).as_unit("ns").value
        except FrameError as error:
            raise IndicatorError(str(error)) from error
        self._tz = tz
        self._quarter = self._ahead = 0
        self._day = self._ordinal = None

    _start: int | None
    _period: str | int | None
    _day: int | None
    _ordinal: int | None

    def of(self, time: int) -> int:
        """A number of the session at `time`, in ns since 1970 UTC; below 0 before the anchor."""
        if self._period is None:
            return 0 if self._start is None or time >= self._start else -1
        wall = self.wall(time)
        if isinstance(self._period, int):
            start = wall - wall % self._period
            return start - (self._ahead if self._period % DAY else 0) - EARLIEST_TIME
        if wall // DAY != self._day:
            self._day = wall // DAY
            self._ordinal = pd.Timestamp(wall).to_period(self._period).ordinal - EARLIEST
        return self._ordinal  # type: ignore[return-value]  # it is set with the day

    def wall(self, time: int) -> int:
        """What the zone's clocks show at `time`, in ns since they showed 1970.

        >>> Sessions(tz="Asia/Tokyo").wall(0) // 3_600_000_000_000
        9
        """
        quarter = time // QUARTER + 1  # clocks are changed on a quarter of an hour
        if quarter != self._quarter:
            offset = pd.Timestamp(time, tz="UTC").tz_convert(self._tz).utcoffset()
            self._quarter, self._ahead = quarter, int(pd.Timedelta(offset).value)  # type: ignore[arg-type]
        return time + self._ahead
