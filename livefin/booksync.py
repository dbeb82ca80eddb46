"""Keep every subscribed book whole: ask for snapshots, bridge them, ask again when one fails.

Part of the session and sans-I/O like it: works on events, leaves commands for the driver.
Each symbol is on its own, so that one symbol's gap resyncs that symbol alone; requests back
off, so that a venue that never answers well is not stormed. What to send comes from
venues/, the chain of update ids from sequence.py.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from typing import TypeAlias

from msgspec import Struct

from livefin.events import BookDelta, BookSnapshot, Event, Status
from livefin.sequence import BookSequence, BookState, Hole
from livefin.venues.contract import Subscription, Venue

S = 1_000_000_000
FIRST_RETRY, LONGEST_RETRY = 0.5, 30.0


class Send(Struct, frozen=True):
    """Send `data` on the socket."""

    data: str | bytes


class Fetch(Struct, frozen=True):
    """GET `url` and report with `snapshot` or `fetch_failed`."""

    symbol: str
    url: str


Ask: TypeAlias = Send | Fetch


def backoff(attempt: int, jitter: random.Random) -> float:
    """Seconds to wait before try number `attempt` + 1: doubling, capped, jittered.

    >>> [round(backoff(n, random.Random(1)), 2) for n in (0, 3, 99)]
    [0.28, 2.27, 17.02]
    """
    doubled: float = FIRST_RETRY * 2 ** min(attempt, 16)
    return min(LONGEST_RETRY, doubled) * jitter.uniform(0.5, 1)


class _Book:
    """One symbol's chain, and when to ask again if no snapshot comes."""

    __slots__ = ("ask_at", "attempts", "broken_since", "sequence")

    def __init__(self) -> None:
        self.sequence = BookSequence()
        self.attempts = 0
        self.ask_at: int | None = None
        self.broken_since: int | None = None

    @property
    def live(self) -> bool:
        return self.sequence.state is BookState.LIVE


class BookSync:
    """The books of one session. `patience` is seconds to wait for a snapshot asked for."""

    def __init__(
        self, venue: Venue, do: Callable[[Ask], None], *, patience: float, jitter: random.Random
    ) -> None:
        self._venue, self._do = venue, do
        self._patience, self._jitter = patience, jitter
        self._books: dict[str, _Book] = {}
        self._ticked = 0

    def __contains__(self, symbol: str) -> bool:
        return symbol in self._books

    def add(self, symbol: str) -> None:
        """Take care of `symbol` from now on; `start` asks for its snapshot."""
        self._books[symbol] = _Book()

    def remove(self, symbol: str) -> None:
        """Forget `symbol`; unknown ones too."""
        self._books.pop(symbol, None)

    def start(self, symbols: Iterable[str] | None, now: int) -> None:
        """The stream of `symbols` (None: of all) begins: ask for their snapshots."""
        for symbol in list(self._books) if symbols is None else symbols:
            book = self._books[symbol]
            book.sequence.restart()
            self._ask(symbol, book, now, first=True)

    def lost(self, since: int, now: int) -> list[Event]:
        """The socket is gone: every book is stale until its next snapshot."""
        events: list[Event] = []
        for symbol, book in self._books.items():
            if book.live:
                events += self._break(symbol, book, since, now, "the connection was lost")
            book.sequence.restart()
            book.ask_at = None
        return events

    def resync(self, symbol: str, now: int) -> list[Event]:
        """Changes were lost after they left the session: build this book anew."""
        book = self._books.get(symbol)
        if book is None or not book.live:
            return []
        book.sequence.restart()
        self._ask(symbol, book, now)
        return self._break(symbol, book, now, now, "changes were dropped")

    def tick(self, now: int) -> None:
        """Ask again where a snapshot is overdue."""
        back = max(0, self._ticked - now)  # the clock was set back
        self._ticked = now
        for symbol, book in self._books.items():
            if book.ask_at is not None:
                book.ask_at -= back
                if now >= book.ask_at:
                    self._ask(symbol, book, now)

    def renew(self, now: int) -> None:
        """Have every book's snapshot come again, for a recording that begins now."""
        for symbol, book in self._books.items():
            if book.live:
                self._ask(symbol, book, now)

    def event(
        self, event: BookDelta | BookSnapshot, now: int, *, fetched: bool = False
    ) -> list[Event]:
        """Events to pass on: the bridged and chained ones, and what was found wrong.

        `fetched` says that a snapshot was asked for by Fetch, and is no part of the stream.
        """
        book = self._books.get(event.symbol)
        if book is None:
            return []
        sequence = book.sequence
        if isinstance(event, BookDelta):
            finding = sequence.delta(event)
            if finding.snapshot_too_old:
                self._ask(event.symbol, book, now)
                return self._break(event.symbol, book, now, now, "the snapshot was too old")
        else:
            finding = sequence.snapshot(event, fetched=fetched)
            if finding.snapshot_too_old:
                self._later(book, now)
                return []
        if finding.hole is None and isinstance(event, BookDelta):
            return list(finding.events)
        out: list[Event] = []
        if isinstance(event, BookSnapshot):
            book.attempts, book.ask_at = 0, None
            if book.broken_since is not None:
                since, book.broken_since = book.broken_since, None
                detail = f"{event.symbol}: the book is whole again, from a new snapshot"
                out.append(
                    Status("resynced", now, event.symbol, "book", 0, since, now, detail=detail)
                )
        out += finding.events
        if finding.hole is not None:
            out.append(gap(event.symbol, "book", finding.hole, now, now))
            out += self._break(event.symbol, book, now, now, "changes are missing")
            self._ask(event.symbol, book, now)
        return out

    def failed(
        self, symbol: str, now: int, reason: str, *, refused: bool, retry_after: float | None
    ) -> list[Event]:
        """A snapshot could not be had. `refused`: it never will be, as for an unknown symbol."""
        book = self._books.get(symbol)
        if book is None:
            return []
        if refused:
            book.ask_at = None
            detail = f"{self._venue.name}: {symbol}: {reason}"
            return [Status("rejected", now, symbol, "book", detail=detail)]
        wait = self._later(book, now, retry_after)
        detail = f"{symbol}: no book snapshot ({reason}); asking again in {wait:.1f} s"
        return [Status("error", now, symbol, "book", detail=detail)]

    def _break(self, symbol: str, book: _Book, since: int, now: int, why: str) -> list[Event]:
        book.broken_since = since
        detail = f"{symbol}: {why}; waiting for a new book snapshot"
        return [Status("resync", now, symbol, "book", start=since, detail=detail)]

    def _ask(self, symbol: str, book: _Book, now: int, *, first: bool = False) -> None:
        url = self._venue.snapshot_url(symbol)
        if url is not None:
            self._do(Fetch(symbol, url))
        elif not first:
            # The stream itself begins with a snapshot: have it begin again.
            sub = [Subscription("book", symbol)]
            for data in self._venue.unsubscribe(sub) + self._venue.subscribe(sub):
                self._do(Send(data))
        self._later(book, now, self._patience)

    def _later(self, book: _Book, now: int, wait: float | None = None) -> float:
        pause = backoff(book.attempts, self._jitter)
        book.attempts += 1
        pause = pause if wait is None else max(wait, pause)
        book.ask_at = now + int(pause * S)
        return pause


def gap(symbol: str, channel: str, hole: Hole, start: int | None, end: int) -> Status:
    """The status that reports `hole` on `channel`."""
    detail = f"{symbol} {channel}: {hole.first} to {hole.last} never came"
    return Status("gap", end, symbol, channel, hole.size, start, end, hole.first, hole.last, detail)
