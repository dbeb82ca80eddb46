"""Keep every subscribed book whole: ask for snapshots, bridge them, ask again when one fails.

Part of the session and sans-I/O like it: works on events, leaves commands for the driver.
One instance for the books (level 2), one for the resting orders (level 3); they differ in
where a snapshot comes from. Each symbol is on its own, so that one symbol's gap resyncs
that symbol alone. A first break is mended at once; breaks that follow one another closely
are mended ever less often, so that a book that can never be right does not storm its
venue. What to send comes from venues/, the chain of update ids from sequence.py, the
venue's own check from checksum.py.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable
from typing import TypeAlias

from msgspec.structs import replace

from livefin.checksum import WrittenBook, WrittenOrders
from livefin.commands import Fetch, Send
from livefin.events import BookDelta, BookSnapshot, Event, OrderDelta, OrderSnapshot, Status
from livefin.sequence import BookFinding, BookSequence, BookState, Hole
from livefin.venues.contract import Subscription, Venue

S = 1_000_000_000
FIRST_RETRY, LONGEST_RETRY = 0.5, 30.0
HEALTHY_AFTER = 10 * S
"""A book that held this long was whole: what breaks it next is a new trouble."""
HOPELESS = 3
"""Breaks in a row after which it is said that mending does not help."""

Snapshot: TypeAlias = BookSnapshot | OrderSnapshot
Change: TypeAlias = BookDelta | OrderDelta | BookSnapshot | OrderSnapshot
Ask: TypeAlias = Send | Fetch
_CHANGES = (BookDelta, OrderDelta)  # a union would be made anew for each event


def backoff(attempt: int, jitter: random.Random) -> float:
    """Seconds to wait before try number `attempt` + 1: doubling, capped, jittered.

    >>> [round(backoff(n, random.Random(1)), 2) for n in (0, 3, 99)]
    [0.28, 2.27, 17.02]
    """
    doubled: float = FIRST_RETRY * 2 ** min(attempt, 16)
    return min(LONGEST_RETRY, doubled) * jitter.uniform(0.5, 1)


class _Book:
    """One symbol's chain, and when to ask again if no snapshot comes."""

    __slots__ = (
        "ask_at", "attempts", "breaks", "broken_since", "sequence", "told", "whole_at", "written",
    )  # fmt: skip

    def __init__(self, written: WrittenBook | WrittenOrders | None) -> None:
        self.sequence = BookSequence()
        self.attempts = 0
        """Snapshots asked for since the last one came."""
        self.breaks = 0
        """Breaks in a row, each soon after the book had been whole."""
        self.ask_at: int | None = None
        self.broken_since: int | None = None
        self.whole_at = 0
        self.told = False
        """It was said that no snapshot comes, or why."""
        self.written = written

    @property
    def live(self) -> bool:
        return self.sequence.state is BookState.LIVE


class BookSync:
    """The books of one session. `patience` is seconds to wait for a snapshot asked for.

    `channel` is "book" or "orders". `checks` counts the checksums that "matched" and "failed".
    """

    def __init__(
        self,
        venue: Venue,
        do: Callable[[Ask], None],
        *,
        patience: float,
        jitter: random.Random,
        channel: str = "book",
    ) -> None:
        self.channel = channel
        self.checks: Counter[str] = Counter()
        self._venue, self._do = venue, do
        self._patience, self._jitter = patience, jitter
        self._books: dict[str, _Book] = {}
        self._ticked = 0

    def __contains__(self, symbol: str) -> bool:
        return symbol in self._books

    def add(self, symbol: str) -> None:
        """Take care of `symbol` from now on; `start` asks for its snapshot."""
        self._books[symbol] = _Book(self._written(symbol))

    def _written(self, symbol: str) -> WrittenBook | WrittenOrders | None:
        venue = self._venue
        depth = venue.depth(symbol)
        if self.channel == "orders":
            levels = venue.order_checksum_levels
            if not levels:
                return None
            return WrittenOrders(symbol, venue.order_checksum, levels=levels, depth=depth)
        levels = venue.checksum_levels
        if levels or depth:
            return WrittenBook(symbol, venue.checksum, levels=levels, depth=depth)
        return None

    def remove(self, symbol: str) -> None:
        """Forget `symbol`; unknown ones too."""
        self._books.pop(symbol, None)

    def live(self, symbol: str) -> bool:
        """Whether the book of `symbol` is whole now."""
        book = self._books.get(symbol)
        return book is not None and book.live

    def ids(self) -> dict[Subscription, int]:
        """The update id that each whole book is at; none of books without."""
        return {
            Subscription(self.channel, symbol): book.sequence.last
            for symbol, book in self._books.items()
            if book.live and book.sequence.last is not None
        }

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
                events += self._broken(symbol, book, since, now, "the connection was lost")
            book.sequence.restart()
            book.ask_at = None
        return events

    def resync(self, symbol: str, now: int, why: str = "changes were dropped") -> list[Event]:
        """Something was lost that this book may need: build it anew."""
        book = self._books.get(symbol)
        if book is None or not book.live:
            return []
        return self._break(symbol, book, now, now, why)

    def resync_all(self, why: str, now: int) -> list[Event]:
        """The same of every book; those still waiting for a snapshot hold nothing any more."""
        events: list[Event] = []
        for symbol, book in self._books.items():
            events += self.resync(symbol, now, why)
            book.sequence.restart()
        return events

    def tick(self, now: int) -> list[Event]:
        """Ask again where a snapshot is overdue; says, once, that none comes."""
        back = max(0, self._ticked - now)  # the clock was set back
        self._ticked = now
        events: list[Event] = []
        for symbol, book in self._books.items():
            if book.ask_at is not None:
                book.ask_at -= back
                if now >= book.ask_at:
                    if book.attempts >= HOPELESS and not book.told:
                        book.told = True
                        events.append(self._none_comes(symbol, now))
                    self._ask(symbol, book, now)
        return events

    def _none_comes(self, symbol: str, now: int) -> Status:
        detail = (
            f"{symbol}: no book snapshot comes that its changes go on from; "
            f"it is asked for again at most every {LONGEST_RETRY:.0f} s"
        )
        return Status("error", now, symbol, self.channel, detail=detail)

    def renew(self, now: int) -> None:
        """Have every book's snapshot come again, for a recording that begins now."""
        for symbol, book in self._books.items():
            if book.live:
                self._ask(symbol, book, now)

    def event(self, event: Change, now: int, *, fetched: bool = False) -> list[Event]:
        """Events to pass on: the bridged and chained ones, and what was found wrong.

        `fetched` says that a snapshot was asked for by Fetch, and is no part of the stream.
        """
        symbol = event.symbol
        book = self._books.get(symbol)
        if book is None:
            return []
        if isinstance(event, _CHANGES):
            if book.written is None and book.sequence.follows(event):
                return [event]
            finding = book.sequence.delta(event)
            if finding.snapshot_too_old:
                return self._break(symbol, book, now, now, "the snapshot was too old")
        else:
            finding = self._snapshot(book, event, fetched=fetched)
            if finding.snapshot_too_old:
                self._later(book, now)
                return []
        out: list[Event] = []
        for change in finding.events:
            checked = self._checked(book, change)
            if checked is None:
                return out + self._mismatched(symbol, book, now)
            if isinstance(change, BookSnapshot | OrderSnapshot):
                out += self._whole(symbol, book, now)
            out.append(checked)
        if finding.hole is not None:
            out.append(gap(symbol, self.channel, finding.hole, now, now))
            out += self._break(symbol, book, now, now, "changes are missing")
        return out

    def _snapshot(self, book: _Book, event: Snapshot, *, fetched: bool) -> BookFinding:
        if fetched and book.live:  # it was asked for by `renew`, and goes to a recording only
            book.attempts, book.ask_at = 0, None
        return book.sequence.snapshot(event, fetched=fetched)

    def _checked(self, book: _Book, change: Change) -> Change | None:
        """`change` with what falls off the end of the book by it; None where the sum differs."""
        written = book.written
        if isinstance(change, OrderSnapshot):
            change = replace(change, depth=self._venue.depth(change.symbol))
        if written is None:
            return change
        bids, asks = written.apply(change)
        if change.checksum is not None and written.checks:
            matched = written.checksum() == change.checksum
            self.checks["matched" if matched else "failed"] += 1
            if not matched:
                return None
        if (bids or asks) and isinstance(change, BookDelta | BookSnapshot):
            return replace(change, bids=[*change.bids, *bids], asks=[*change.asks, *asks])
        return change

    def _mismatched(self, symbol: str, book: _Book, now: int) -> list[Event]:
        book.told = True  # snapshots do come
        return self._break(symbol, book, now, now, "its checksum is not the venue's")

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
            return [Status("rejected", now, symbol, self.channel, detail=detail)]
        wait, book.told = self._later(book, now, retry_after), True
        detail = f"{symbol}: no book snapshot ({reason}); asking again in {wait:.1f} s"
        return [Status("error", now, symbol, self.channel, detail=detail)]

    def _whole(self, symbol: str, book: _Book, now: int) -> list[Event]:
        """A snapshot came that holds: the book is live again."""
        book.attempts, book.ask_at, book.whole_at, book.told = 0, None, now, False
        if book.broken_since is None:
            return []
        since, book.broken_since = book.broken_since, None
        detail = f"{symbol}: the book is whole again, from a new snapshot"
        return [Status("resynced", now, symbol, self.channel, 0, since, now, detail=detail)]

    def _break(self, symbol: str, book: _Book, since: int, now: int, why: str) -> list[Event]:
        """The stream goes on, but the book cannot: have a snapshot come, soon or later."""
        held = book.sequence.state is BookState.LIVE
        if held:
            book.sequence.restart()
        if book.broken_since is None and now - book.whole_at > HEALTHY_AFTER:
            book.breaks = 0
        book.breaks += 1
        out = self._broken(symbol, book, since, now, why)
        if book.breaks == 1:
            self._ask(symbol, book, now)
            return out
        wait = backoff(book.breaks - 2, self._jitter)
        book.ask_at = now + int(wait * S)
        if book.breaks == HOPELESS:
            detail = (
                f"{symbol}: {why}, {HOPELESS} times in a row; it stays out of step with the "
                f"venue, and is asked for again at most every {LONGEST_RETRY:.0f} s"
            )
            out.append(Status("error", now, symbol, self.channel, HOPELESS, since, detail=detail))
        return out

    def _broken(self, symbol: str, book: _Book, since: int, now: int, why: str) -> list[Event]:
        if book.broken_since is None:
            book.broken_since = since
        detail = f"{symbol}: {why}; waiting for a new book snapshot"
        return [Status("resync", now, symbol, self.channel, start=since, detail=detail)]

    def _ask(self, symbol: str, book: _Book, now: int, *, first: bool = False) -> None:
        venue = self._venue
        url = venue.orders_url(symbol) if self.channel == "orders" else venue.snapshot_url(symbol)
        if url is not None:
            self._do(Fetch(symbol, url, self.channel))
        elif not first:
            # The stream itself begins with a snapshot: have it begin again.
            sub = [Subscription(self.channel, symbol)]
            for data in venue.unsubscribe(sub) + venue.subscribe(sub):
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
