"""How a feed is doing: events a second, lag and clock skew, over the last few seconds.

Lag is receipt less event time, which compares two clocks. A local clock that is slow makes
it negative: no message arrives before it was sent, so by as much as the fastest message of
the last minutes seems to do so, the clock is behind. That is the skew, and the lag is what
is left. A clock that is fast cannot be told from a long way; it reads as lag, unless it is
fast by so much that no way is so long, as when a recording of other days is served again.

Noted once a batch on the feed's thread, read by the status card on another.
"""

from __future__ import annotations

from collections import deque
from statistics import median

S = 1_000_000_000
NO_WAY_SO_LONG = 600 * S
SKEW_SPAN = 300
"""Seconds over which the fastest message is looked for; clocks are set in between."""


class Meter:
    """Counts events over a sliding `window` of seconds.

    >>> meter = Meter(window=2)
    >>> for second in range(4):
    ...     meter.note(100, second * S, lag=5_000_000)
    >>> meter.rate(3 * S), meter.lag(3 * S), meter.total
    (100.0, 0.005, 400)

    A clock that is 1.2 s behind, and a message that took 30 ms longer than the fastest:

    >>> for lag in (-1_200_000_000, -1_170_000_000, -1_170_000_000):
    ...     meter.note(1, 4 * S, lag)
    >>> round(meter.skew(4 * S), 3), round(meter.lag(4 * S, window=0), 3)
    (-1.2, 0.03)
    """

    def __init__(self, *, window: int = 5) -> None:
        self.total = 0
        self._window = window
        self._seconds: deque[tuple[int, int]] = deque(maxlen=window + 1)
        self._lags: deque[tuple[int, int]] = deque(maxlen=256)
        self._fastest: deque[tuple[int, int]] = deque(maxlen=SKEW_SPAN)
        """(second, least lag in it)."""

    def note(self, count: int, now: int, lag: int | None) -> None:
        """`count` events came at `now` (ns), the last of them `lag` ns after it happened."""
        self.total += count
        second = now // S
        if self._seconds and self._seconds[-1][0] == second:
            count += self._seconds.pop()[1]
        self._seconds.append((second, count))
        if lag is not None:
            self._lags.append((now, lag))
            if not self._fastest or self._fastest[-1][0] != second:
                self._fastest.append((second, lag))
            elif lag < self._fastest[-1][1]:
                self._fastest[-1] = (second, lag)

    def rate(self, now: int) -> float:
        """Events a second over the window's whole seconds before `now`."""
        this = now // S
        return sum(n for second, n in list(self._seconds) if 0 < this - second <= self._window) / (
            min(self._window, max(1, this - self._first_second(this)))
        )

    def _first_second(self, default: int) -> int:
        seconds = list(self._seconds)
        return seconds[0][0] if seconds else default

    def skew(self, now: int) -> float | None:
        """Seconds that the local clock is ahead of the venue's: below 0 where it is behind.

        0 where it may be right; None when unknown.
        """
        this = now // S
        lags = [lag for second, lag in list(self._fastest) if this - second <= SKEW_SPAN]
        if not lags:
            return None
        fastest = min(lags)
        return fastest / S if fastest < 0 or fastest > NO_WAY_SO_LONG else 0.0

    def lag(self, now: int, *, window: int | None = None) -> float | None:
        """Median of receipt less event time over the window, less the skew, in seconds.

        None when unknown: the venue gives no times, or times of other days.
        """
        span = (self._window if window is None else window) * S
        lags = [lag for at, lag in list(self._lags) if now - at <= span]
        skew = self.skew(now)
        if not lags or skew is None or skew > NO_WAY_SO_LONG / S:
            return None
        return max(0.0, median(lags) / S - skew)
