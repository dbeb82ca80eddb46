"""Detect what is missing, doubled or late, by the venue's own numbering. No I/O, no clock.

Two cases. Ids that rise by exactly one (trades): `IdSequence`. Book changes that build on a
snapshot and chain to one another: `BookSequence`, a small state machine that holds changes
back until a snapshot bridges them. Fed by session, which turns the findings into Status.
"""

from __future__ import annotations

from bisect import insort
from collections import deque
from enum import Enum, auto
from typing import NamedTuple, TypeAlias

from livefin.events import (
    AggTrade,
    BookDelta,
    BookSnapshot,
    OrderDelta,
    OrderSnapshot,
    Trade,
)

Change: TypeAlias = BookDelta | OrderDelta
Snapshot: TypeAlias = BookSnapshot | OrderSnapshot

MAX_HOLES = 1_000
MAX_HELD, MAX_HELD_LEVELS = 20_000, 200_000
"""Changes that wait for a snapshot, and levels or orders in them: some 30 MB a book."""


class Hole(NamedTuple):
    """Ids `first` to `last` have not come."""

    first: int
    last: int

    @property
    def size(self) -> int:
        """How many ids."""
        return self.last - self.first + 1


class Verdict(Enum):
    """What an id turned out to be."""

    NEXT = auto()
    GAP = auto()
    DUPLICATE = auto()
    LATE = auto()


class IdSequence:
    """Ids that rise by one. Start anywhere; the first id seen is where it starts.

    >>> ids = IdSequence()
    >>> [ids.check(n).name for n in (7, 8, 11, 8, 10)]
    ['NEXT', 'NEXT', 'GAP', 'DUPLICATE', 'LATE']
    >>> ids.hole, ids.holes
    (Hole(first=9, last=10), [Hole(first=9, last=9)])
    """

    __slots__ = ("expected", "hole", "holes", "newest", "ts")

    def __init__(self) -> None:
        self.expected: int | None = None
        self.ts: int | None = None
        """When the newest id came (ns), as its owner notes it; where a gap begins."""
        self.newest: Trade | AggTrade | None = None
        """The event with the newest id, as its owner notes it: it has the venue's time too."""
        self.hole: Hole | None = None
        """The hole found by the last check that said GAP."""
        self.holes: list[Hole] = []
        """Holes not filled by late ids so far, ascending; the newest MAX_HOLES of them."""

    def check(self, id_: int) -> Verdict:
        """Judge the next id to arrive, and remember it."""
        expected = self.expected
        if id_ == expected:
            self.expected = id_ + 1
            return Verdict.NEXT
        if expected is None:
            self.expected = id_ + 1
            return Verdict.NEXT
        if id_ > expected:
            self.hole = Hole(expected, id_ - 1)
            self.holes.append(self.hole)
            del self.holes[:-MAX_HOLES]
            self.expected = id_ + 1
            return Verdict.GAP
        return Verdict.LATE if self._fill(id_) else Verdict.DUPLICATE

    def begin(self, id_: int) -> None:
        """The numbering began anew, and `id_` is the first of it that came."""
        self.expected, self.hole = id_ + 1, None
        self.holes.clear()

    def inherit(self, other: IdSequence) -> None:
        """Go on from what `other` has judged of the same stream: nothing twice, no hole unsaid."""
        done = other.expected
        if done is None:
            return
        holes = [Hole(max(hole.first, done), hole.last) for hole in self.holes]
        self.holes = [*other.holes, *(hole for hole in holes if hole.size > 0)][-MAX_HOLES:]
        if self.expected is None or self.expected < done:
            self.expected, self.ts, self.newest = done, other.ts, other.newest

    def _fill(self, id_: int) -> bool:
        for i, hole in enumerate(self.holes):
            if hole.first <= id_ <= hole.last:
                del self.holes[i]
                for rest in (Hole(hole.first, id_ - 1), Hole(id_ + 1, hole.last)):
                    if rest.size > 0:
                        insort(self.holes, rest)
                return True
        return False


class BookState(Enum):
    """Whether changes can be passed on."""

    WAITING = auto()
    """For a snapshot; changes are held back."""
    LIVE = auto()


_LIVE = BookState.LIVE  # to look a member up in its enum takes long, for each change


class BookFinding(NamedTuple):
    """What came of one message: events to pass on, and what was found wrong."""

    events: list[Snapshot | Change]
    hole: Hole | None = None
    """Update ids that were never seen; the book waits for a new snapshot."""
    snapshot_too_old: bool = False
    """The snapshot ends before the stream's changes begin: another must be asked for."""


_NOTHING = BookFinding([])


class BookSequence:
    """One symbol's book changes: bridged to a snapshot, then chained.

    A change chains when its `previous` equals the id before, or where the venue does not
    send that, when its `first` is at most one past it. After a snapshot with id S, changes
    up to S are dropped and the next must span S + 1 (Binance: U <= S+1 <= u). Changes
    without ids are passed on as they are once there is a snapshot. Books (level 2) and
    resting orders (level 3) chain alike.
    """

    def __init__(self) -> None:
        self.state = BookState.WAITING
        self.last: int | None = None
        self._held: deque[Change] = deque()
        self._held_levels = 0
        self._bridged = True
        """Whether the stream is known to reach back to the snapshot. Until then changes are
        not lost where the two do not meet: the snapshot was answered before they began."""

    def restart(self) -> None:
        """The chain is broken, as by a new socket: wait for a snapshot, hold nothing."""
        self.state, self.last = BookState.WAITING, None
        self._release()

    def follows(self, change: Change) -> bool:
        """Whether `change` is plainly the next of a live chain, which then goes on with it.

        The short way for nearly all changes; `delta` finds out about the others.
        """
        last, its_last = self.last, change.last
        if self.state is not _LIVE or (
            last is not None
            and its_last is not None
            and (its_last <= last or not _chains(change, last))
        ):
            return False
        self.last, self._bridged = its_last, True
        return True

    def delta(self, change: Change) -> BookFinding:
        """Take the next change off the wire."""
        if self.state is BookState.WAITING:
            self._hold(change)
            return _NOTHING
        return self._chain(change)

    def snapshot(self, book: Snapshot, *, fetched: bool = False) -> BookFinding:
        """Take a snapshot: it replaces the book and releases what was held.

        One that was `fetched` beside the stream is older than a live chain, which it must
        not set back; one that came in the stream always replaces.
        """
        if fetched and self.state is BookState.LIVE:
            return _NOTHING
        held = list(self._held)
        # What came before a snapshot in the stream is in it, unless their ids say otherwise.
        newer = [
            d
            for d in held
            if (fetched if book.sequence is None or d.last is None else d.last > book.sequence)
        ]
        if newer and not _chains(newer[0], book.sequence):
            # Keep holding: a later snapshot will reach into these.
            self.state = BookState.WAITING
            return BookFinding([], snapshot_too_old=True)
        self._bridged = not fetched or bool(held)
        self._release()
        self.state, self.last = BookState.LIVE, book.sequence
        events: list[Snapshot | Change] = [book]
        for i, change in enumerate(newer):
            finding = self._chain(change)
            events += finding.events
            if finding.hole is not None:
                for later in newer[i + 1 :]:
                    self._hold(later)
                return BookFinding(events, finding.hole)
        return BookFinding(events)

    def _hold(self, change: Change) -> None:
        """Keep a change until the snapshot; past the bounds the oldest are given up."""
        held = self._held
        held.append(change)
        self._held_levels += _levels(change)
        while len(held) > MAX_HELD or (self._held_levels > MAX_HELD_LEVELS and len(held) > 1):
            self._held_levels -= _levels(held.popleft())

    def _release(self) -> None:
        self._held.clear()
        self._held_levels = 0

    def _chain(self, change: Change) -> BookFinding:
        last, bridged = self.last, self._bridged
        if self.follows(change):
            return BookFinding([change])
        self._bridged = True
        if last is not None and change.last is not None and change.last <= last:
            return _NOTHING  # already in the snapshot, or sent twice
        self.restart()
        self._hold(change)
        if not bridged:
            return BookFinding([], snapshot_too_old=True)
        return BookFinding([], _missing(change, last or 0))


def _levels(change: Change) -> int:
    if isinstance(change, OrderDelta):
        return len(change.orders)
    return len(change.bids) + len(change.asks)


def _missing(change: Change, last: int) -> Hole:
    until = change.previous
    if until is None or until <= last:  # a chain that went back says nothing of the hole's end
        until = (change.first or 0) - 1
    return Hole(last + 1, max(last + 1, until))


def _chains(change: Change, last: int | None) -> bool:
    if last is None or change.last is None:
        return True
    if change.previous is not None:
        # The first change after a snapshot may reach back over it.
        return change.previous == last or (change.first is not None and change.first <= last)
    return change.first is None or change.first <= last + 1
