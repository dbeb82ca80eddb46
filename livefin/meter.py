"""How a feed is doing: events a second and lag, over the last few seconds.

Noted once a batch on the feed's thread, read by the status card on another.
"""

from __future__ import annotations

from collections import deque
from statistics import median

S = 1_000_000_000


class Meter:
    """Counts events over a sliding `window` of seconds.

    >>> meter = Meter(window=2)
    >>> for second in range(4):
    ...     meter.note(100, second * S, lag=5_000_000)
    >>> meter.rate(3 * S), meter.lag(3 * S), meter.total
    (100.0, 0.005, 400)
    """

    def __init__(self, *, window: int = 5) -> None:
        self.total = 0
        self._window = window
        self._seconds: deque[tuple[int, int]] = deque(maxlen=window + 1)
        self._lags: deque[tuple[int, int]] = deque(maxlen=256)

    def note(self, count: int, now: int, lag: int | None) -> None:
        """`count` events came at `now` (ns), the last of them `lag` ns after it happened."""
        self.total += count
        second = now // S
        if self._seconds and self._seconds[-1][0] == second:
            count += self._seconds.pop()[1]
        self._seconds.append((second, count))
        if lag is not None:
            self._lags.append((now, lag))

    def rate(self, now: int) -> float:
        """Events a second over the window's whole seconds before `now`."""
        this = now // S
        return sum(n for second, n in list(self._seconds) if 0 < this - second <= self._window) / (
            min(self._window, max(1, this - self._first_second(this)))
        )

    def _first_second(self, default: int) -> int:
        seconds = list(self._seconds)
        return seconds[0][0] if seconds else default

    def lag(self, now: int) -> float | None:
        """Median of receipt less event time over the window, in seconds; None when unknown.

        Negative where the local clock is behind the venue's.
        """
        lags = [lag for at, lag in list(self._lags) if now - at <= self._window * S]
        return median(lags) / S if lags else None
