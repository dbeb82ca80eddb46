"""Count what would flood as statuses of their own, and say it once in a while.

A venue that sends garbage, or everything twice, makes one Status a tick and not a thousand.
No I/O, no clock. Part of the session.
"""

from __future__ import annotations

from livefin.events import Event, Status, StatusKind


class Tally:
    """Counts by kind, symbol and channel; of each the first detail is kept.

    >>> tally = Tally()
    >>> for now in (5, 9):
    ...     tally.count("duplicate", now, "A", "trades", "ids seen before")
    >>> [(status.count, status.start, status.end) for status in tally.flush()], tally.flush()
    ([(2, 5, 9)], [])
    """

    def __init__(self) -> None:
        self._counts: dict[tuple[StatusKind, str, str], tuple[int, int, int, str]] = {}

    def count(
        self, kind: StatusKind, now: int, symbol: str = "", channel: str = "", detail: str = ""
    ) -> None:
        """One more at `now` (ns)."""
        key = (kind, symbol, channel)
        count, start, _, first = self._counts.get(key, (0, now, now, detail))
        self._counts[key] = (count + 1, start, now, first)

    def flush(self) -> list[Event]:
        """What was counted since the last time."""
        counts = list(self._counts.items())
        self._counts.clear()
        return [
            Status(kind, end, symbol, channel, count, start, end, detail=detail)
            for (kind, symbol, channel), (count, start, end, detail) in counts
        ]
