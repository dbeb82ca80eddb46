"""What came lately on a stream whose ids do not rise by one, so that nothing comes twice.

Part of the session and sans-I/O like it; serves tradesync. Events that count one by one are
told apart by their ids, or else by all that they say; quotes, of which a newer one replaces
the older, by the update id of the book.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Hashable, Mapping

from livefin.events import MarketEvent, Quote, Status
from livefin.filling import key_of
from livefin.numbering import Stream

RECENT = 4_096
BEGUN = 2_000_000_000
"""By then (ns) a stream that was subscribed to has surely begun."""
ANEW_QUOTES, ANEW_AFTER = 20, 5_000_000_000
"""So many quotes in a row with ids from before, over so long (ns), are a new count; a socket
that was held up brings as many in one go."""


class Recent:
    """The last events of an episodic stream without ids that rise by one.

    A venue that sends its latest trades again on every subscription doubles nothing so.
    """

    __slots__ = ("_again", "_ids", "_order", "events")

    def __init__(self) -> None:
        self.events: deque[MarketEvent] = deque(maxlen=RECENT)
        self._ids: set[Hashable] = set()
        self._order: deque[Hashable] = deque()
        self._again: Counter[Hashable] = Counter()
        """Events without ids that another socket brought, and this one is yet to bring."""

    def new(self, event: MarketEvent) -> bool:
        """Whether `event` is none that came before; remembers it."""
        id_ = getattr(event, "id", None)
        if id_ is not None:
            if id_ in self._ids:
                return False
            self._ids.add(id_)
            self._order.append(id_)
            if len(self._order) > RECENT:
                self._ids.discard(self._order.popleft())
        elif self._again:
            key = key_of(event)
            if self._again[key] > 0:
                self._again[key] -= 1
                return False
        self.events.append(event)
        return True

    def inherit(self, other: Recent) -> None:
        """Go on from what `other` took on its socket, which may still come on this one."""
        mine = list(self.events)
        here = Counter(map(key_of, mine))
        theirs = [event for event in other.events if not here[key_of(event)]]
        for held in (self.events, self._ids, self._order, self._again):
            held.clear()
        for event in (*theirs, *mine):
            self.new(event)
        self._again = Counter(key_of(each) for each in theirs if getattr(each, "id", None) is None)

    @property
    def newest(self) -> MarketEvent | None:
        """The last that came; None before the first."""
        return self.events[-1] if self.events else None

    def keys(self) -> set[Hashable]:
        """What tells them from others; see filling.key_of."""
        return {key_of(event) for event in self.events}


class Unfilled:
    """Streams that missed something while nobody listened, and that no history can fill.

    Each is reported as soon as it has begun again, which tells how far the hole reaches.
    """

    __slots__ = ("_holes", "_recent")

    def __init__(self, recent: Mapping[Stream, Recent]) -> None:
        self._recent = recent
        self._holes: dict[Stream, tuple[int, int]] = {}
        """Since when, and when the socket was open again."""

    def __len__(self) -> int:
        return len(self._holes)

    def add(self, stream: Stream, since: int, now: int) -> None:
        """`stream` has missed what came since then; it begins again about `now`."""
        self._holes[stream] = since, now

    def remove(self, stream: Stream) -> None:
        """Forget it; an unknown one too."""
        self._holes.pop(stream, None)

    def begins(self, stream: Stream, event: MarketEvent, now: int) -> list[Status]:
        """The hole, where `event` is the first after it; a venue may repeat older ones before."""
        if stream not in self._holes:
            return []
        newest = self._newest(stream)
        if newest is not None and event.ts_event <= newest.ts_event:
            return []
        return [self._gap(stream, max(self._holes[stream][0], event.ts_event), now)]

    def tick(self, now: int, *, over: bool = False) -> list[Status]:
        """Let time pass: the holes of streams that are quiet; of all when it is `over`."""
        return [
            self._gap(stream, now, now)
            for stream, (_, opened) in list(self._holes.items())
            if over or not opened <= now < opened + BEGUN
        ]

    def _newest(self, stream: Stream) -> MarketEvent | None:
        recent = self._recent.get(stream)
        return None if recent is None else recent.newest

    def _gap(self, stream: Stream, end: int, now: int) -> Status:
        since, _ = self._holes.pop(stream)
        newest, (channel, symbol) = self._newest(stream), stream
        base = channel.partition(":")[0]
        start = since if newest is None else newest.ts_event
        detail = f"{symbol} {base}: what came while disconnected is missing"
        return Status("gap", now, symbol, base, 0, min(start, end), end, detail=detail)


class Newest:
    """The update id of each symbol's newest quote. Quotes without ids are all new.

    >>> newest = Newest()
    >>> newest.add("A-B")
    >>> [newest.take(Quote("A-B", 0, 0, 1.0, 1.0, 2.0, 1.0, id_)) for id_ in (5, 5, 7, 6, None)]
    [True, False, True, False, True]
    """

    __slots__ = ("_stale", "ids")

    def __init__(self) -> None:
        self.ids: dict[str, int] = {}
        """symbol -> id, below 0 before the first."""
        self._stale: dict[str, tuple[int, int, int]] = {}
        """symbol -> that id, since when no newer quotes came (ns), and how many."""

    def add(self, symbol: str) -> None:
        """Know `symbol` from now on."""
        self.ids.setdefault(symbol, -1)

    def remove(self, symbol: str) -> None:
        """Forget it."""
        self.ids.pop(symbol, None)
        self._stale.pop(symbol, None)

    def take(self, quote: Quote) -> bool:
        """Whether `quote` is newer than those before it; remembers it."""
        symbol, id_, newest = quote.symbol, quote.sequence, self.ids.get(quote.symbol)
        if id_ is None or newest is None:
            return True
        if id_ <= newest:
            before, since, n = self._stale.get(symbol, (-1, 0, 0))
            if before != newest or quote.ts_recv < since:
                since, n = quote.ts_recv, 0
            self._stale[symbol] = newest, since, n + 1
            if n < ANEW_QUOTES or quote.ts_recv < since + ANEW_AFTER:
                return False
        self._stale.pop(symbol, None)
        self.ids[symbol] = id_
        return True

    def inherit(self, other: Newest) -> None:
        """Go on from what `other` took of the same symbols."""
        for symbol, id_ in other.ids.items():
            if symbol in self.ids:
                self.ids[symbol] = max(id_, self.ids[symbol])
