"""How far a session has come: what another that is to take its place asks of it.

The half of Session that handover.py reads; see there what for. No I/O, no clock.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping

from livefin.booksync import BookSync
from livefin.tradesync import TradeSync
from livefin.venues.contract import Subscription
from livefin.watch import Watch


class Standing:
    """What came on each stream, and what is missing still."""

    _subs: dict[Subscription, int]
    _streams: TradeSync
    _syncs: Mapping[str, BookSync]
    _watch: Watch

    def inherit(self, other: Standing) -> None:
        """Go on from what `other` has seen, where nothing has come here yet."""
        self._streams.inherit(other._streams)
        self._watch.unheard &= other._watch.unheard

    def recent_keys(self) -> dict[Subscription, set[Hashable]]:
        """What came lately on the streams whose ids do not rise by one."""
        return self._streams.recent_keys()

    def expected(self, sub: Subscription) -> int | None:
        """The next id of a stream whose ids rise by one; None where there is none yet."""
        return self._streams.expected(sub)

    def numbers(self, sub: Subscription) -> bool:
        """Whether the venue's own ids of `sub` rise by one."""
        return self._streams.numbers(sub)

    def book_ids(self) -> dict[Subscription, int]:
        """The update id that each book is at, of those that are whole and have one."""
        return {sub: id_ for books in self._syncs.values() for sub, id_ in books.ids().items()}

    @property
    def quote_ids(self) -> Mapping[str, int]:
        """The update id of each symbol's newest quote; below 0 where there is none."""
        return self._streams.quotes.ids

    @property
    def last_recv(self) -> int:
        """When anything came last (ns)."""
        return self._watch.last_recv

    @property
    def filling(self) -> int:
        """How many streams wait for their history."""
        return len(self._streams.filler)

    def missing(self) -> list[tuple[Subscription, bool]]:
        """Subscriptions, each with whether what it began with is here: a book its snapshot."""
        return [
            (sub, books is None or books.live(sub.symbol))
            for sub in self._subs
            for books in (self._syncs.get(sub.channel),)
        ]
