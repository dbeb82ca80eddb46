"""Notice that a feed falls behind, before anything is lost; and that a book stands crossed.

Sans-I/O, asked a few times a second by feed, which hands over what it sees. Each trouble is
one Status when it begins and one when it is over, whatever happens in between.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from livefin.book import OrderBook
from livefin.events import Status

S = 1_000_000_000
LAG = 1.0
STALL = 1.0
CALM = 1 * S
"""So long nothing may be wrong before it is over."""
CROSSED_FOR = 2 * S
"""A venue may send the two halves of a trade's effect one after the other."""
CROSSED_AGAIN = 60 * S


class Sight(NamedTuple):
    """What is seen of a feed at one moment."""

    queued: int
    limit: int
    lag: float | None
    """Seconds, less the clocks' skew."""
    stall: float
    """Seconds that the event loop was held up."""

    @property
    def trouble(self) -> str:
        """Why this is falling behind; "" when it is not."""
        if self.queued > self.limit // 2:
            return f"{self.queued:,} events wait to be written, at {self.limit:,} it is too much"
        if self.stall > STALL:
            return f"the event loop was held up for {self.stall:.1f} s"
        if self.lag is not None and self.lag > LAG:
            return f"messages are {self.lag:.1f} s old when they come"
        return ""


class Flow:
    """Whether one feed keeps up.

    >>> flow = Flow()
    >>> (status,) = flow.tick(Sight(30_000, 50_000, 0.01, 0.0), 0)
    >>> status.kind, status.detail
    ('lagging', 'falling behind: 30,000 events wait to be written, at 50,000 it is too much')
    """

    def __init__(self) -> None:
        self.since: int | None = None
        """Since when it has not kept up; None while it does."""
        self._seen = 0

    def tick(self, sight: Sight, now: int) -> list[Status]:
        """Look once more."""
        trouble = sight.trouble
        if trouble:
            self._seen = now
            if self.since is None:
                self.since = now
                detail = f"falling behind: {trouble}"
                return [Status("lagging", now, start=now, detail=detail)]
        elif self.since is not None and now - self._seen > CALM:
            since, self.since = self.since, None
            detail = f"caught up after {(self._seen - since) / S:.1f} s"
            return [Status("lagging", now, start=since, end=now, detail=detail)]
        return []


class Crossed:
    """Books whose best bid is at or above their best ask.

    Such a book is asked for anew once; when it comes crossed again, it is the venue's own.
    """

    def __init__(self) -> None:
        self._since: dict[str, int] = {}
        self._flagged: dict[str, int] = {}
        """When each was last flagged."""

    def tick(self, books: Mapping[str, OrderBook], now: int) -> tuple[list[Status], list[str]]:
        """Look once more: what to say, and the symbols to build anew."""
        said: list[Status] = []
        anew: list[str] = []
        for symbol, book in list(books.items()):
            if not (book.synced and book.crossed):
                said += self._uncrossed(symbol, now)
                continue
            since = self._since.setdefault(symbol, now)
            if now - since < CROSSED_FOR or self._flagged.get(symbol, -1) >= since:
                continue
            before = self._flagged.get(symbol)
            self._flagged[symbol] = now
            if before is None or now - before > CROSSED_AGAIN:
                what = "the book stands crossed; a new snapshot is asked for"
                anew.append(symbol)
            else:
                what = "the book stands crossed, and so does the venue's own"
            said.append(
                Status("crossed", now, symbol, "book", start=since, detail=f"{symbol}: {what}")
            )
        return said, anew

    def _uncrossed(self, symbol: str, now: int) -> Iterable[Status]:
        since = self._since.pop(symbol, None)
        if since is None or self._flagged.get(symbol, -1) < since:
            return []
        detail = f"{symbol}: the book stands crossed no more"
        return [Status("crossed", now, symbol, "book", start=since, end=now, detail=detail)]
