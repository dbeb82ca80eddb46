"""Put a second socket in the place of the first with nothing lost and nothing doubled.

A venue closes every connection in the end, after a day or at an update of its own. So
another one is opened beside it with the same subscriptions. The old one's events are passed
on, and the new one's wait, until the new one has all that it needs (logged in, subscribed,
books whole) and the old one has caught up with where the new one's streams begin. Then what
waits is passed on, less what the old one brought already, and the old one can be closed.

Sans-I/O: told what each session gave, says what to pass on. Serves line and replay.
"""

from __future__ import annotations

from collections.abc import Hashable

from livefin.booksync import gap
from livefin.events import (
    CHANNEL,
    Bar,
    BookDelta,
    BookSnapshot,
    Event,
    MarketEvent,
    OrderDelta,
    OrderSnapshot,
    Quote,
    Status,
)
from livefin.filling import key_of
from livefin.sequence import Hole
from livefin.session import Session, State
from livefin.tradesync import EPISODIC
from livefin.venues.contract import Subscription

S = 1_000_000_000
BOOKS = (BookSnapshot, BookDelta, OrderSnapshot, OrderDelta)
OVERLAP = S // 2
"""Both are listened to for that long, so that a quiet stream has surely begun."""
PATIENCE = 15 * S
MAX_WAITING = 500_000


class Handover:
    """From `old` to `new`, begun at `now` (ns), for a `reason` in words."""

    def __init__(self, old: Session, new: Session, now: int, *, reason: str = "") -> None:
        self.old, self.new, self.reason = old, new, reason
        self.done = False
        """The new one is the one from now on."""
        self.failed = ""
        """Why it came to nothing; the old one goes on."""
        self._began, self._ready_at = now, 0
        self._waiting: list[Event] = []
        self._first: dict[Subscription, Event] = {}
        """The new one's first event of each episodic stream."""
        self._seen: dict[Subscription, set[Hashable]] = old.recent_keys()
        """Keys of what the old one brought."""
        self._old_at = self._new_at = 0
        """How far either is by the venue's clock."""
        self._begun_at: int | None = None
        """How far the new one was when all of its streams had surely begun."""

    def take(self, session: Session, events: list[Event], now: int) -> list[Event]:
        """Events of either session; those to pass on now."""
        if self.failed:
            return events if session is self.old else []
        if self.done:
            return events if session is self.new else []
        if session is self.old:
            for event in events:
                self._note_old(event)
            if session.state is State.OPEN:
                return events
            return [*events, *self._advance(now)]  # it fell before its time
        for event in events:
            self._note_new(event)
        return self._advance(now)

    def tick(self, now: int) -> list[Event]:
        """Let time pass; events to pass on."""
        return [] if self.done or self.failed else self._advance(now)

    def _note_old(self, event: Event) -> None:
        self._old_at = max(self._old_at, _venues_time(event))
        if not isinstance(event, (Status, *BOOKS)):
            self._seen.setdefault(_sub(event), set()).add(key_of(event))

    def _note_new(self, event: Event) -> None:
        if isinstance(event, Status):
            # Its books had no reader yet, and are whole when they have.
            if event.kind != "connected" and event.channel not in ("book", "orders"):
                self._waiting.append(event)
            return
        sub = _sub(event)
        self._new_at = max(self._new_at, _venues_time(event))
        if sub.channel.partition(":")[0] in EPISODIC:
            self._first.setdefault(sub, event)
        self._waiting.append(event)

    def _advance(self, now: int) -> list[Event]:
        new, old = self.new, self.old
        # Where the clock was set back, count from now on.
        self._began, self._ready_at = min(self._began, now), min(self._ready_at, now)
        late = now - self._began > PATIENCE
        if new.state is not State.OPEN:
            if new.retry_at is not None or late:
                self.failed = "the second connection could not be had, or was lost"
            return []
        whole = new.ready and all(here for _, here in new.missing())
        if not whole or len(self._waiting) > MAX_WAITING:
            if late or len(self._waiting) > MAX_WAITING:
                self.failed = "the second connection did not bring all that the first has"
            return []
        self._ready_at = self._ready_at or now
        if old.state is not State.OPEN:
            return self._switch(now)
        if not self._books_met():  # a book must not go back in time
            self.failed = "the second connection lags behind the first" if late else ""
            return []
        if late or (now - self._ready_at >= OVERLAP and self._caught_up()):
            return self._switch(now)
        return []

    def _books_met(self) -> bool:
        mine = self.new.book_ids()
        return all(mine.get(of, last) >= last for of, last in self.old.book_ids().items())

    def _caught_up(self) -> bool:
        """Whether the old one has been where each stream of the new one begins."""
        if self.old.filling:  # what waits there is in nobody's hands yet
            return False
        # A quiet stream without numbers does not tell where the old one lags; the others do.
        if self._begun_at is None:
            self._begun_at = self._new_at if any(map(self._mute, self.new.subscriptions)) else 0
        if self._old_at < self._begun_at:
            return False
        return all(self._met(sub, event) for sub, event in self._first.items())

    def _mute(self, sub: Subscription) -> bool:
        """Whether nothing in the stream tells that something is missing."""
        return sub.channel in EPISODIC and not self.new.numbers(sub)

    def _met(self, sub: Subscription, event: Event) -> bool:
        """Whether the old one has brought `event`, or all before it."""
        expected, id_ = self.old.expected(sub), getattr(event, "id", None)
        if expected is not None and isinstance(id_, int):
            return expected >= id_
        return isinstance(event, Bar) or key_of(event) in self._seen.get(sub, ())

    def _switch(self, now: int) -> list[Event]:
        self.done = True
        out = self.old.finish(now)
        for event in out:
            self._note_old(event)
        parted = self.old.state is not State.OPEN or not self._caught_up()
        for sub in self.new.subscriptions:
            out += self._between(sub, now, parted=parted)
        self.new.inherit(self.old)
        for event in self._waiting:
            if isinstance(event, Status):
                out += self._still_true(event)
            elif self._is_new(event):
                out.append(event)
        self._waiting.clear()
        detail = f"{self.new.venue.name}: a new connection took the place of the old one"
        out.append(Status("connected", now, start=now, end=now, detail=detail))
        return out

    def _between(self, sub: Subscription, now: int, *, parted: bool) -> list[Status]:
        """What neither brought of `sub`. `parted`: the old one did not get as far as the new."""
        first, expected = self._first.get(sub), self.old.expected(sub)
        id_ = getattr(first, "id", None)
        if sub.channel not in EPISODIC or (first is not None and self._met(sub, first)):
            return []
        since = min(self._began, self.old.last_recv)
        if expected is not None:
            if not isinstance(id_, int):
                return []
            return [gap(sub.symbol, sub.channel, Hole(expected, id_ - 1), since, now)]
        if not parted or not self._mute(sub):
            return []
        detail = f"{sub.symbol} {sub.channel}: some may be missing between two connections"
        return [Status("gap", now, sub.symbol, sub.channel, 0, since, now, detail=detail)]

    def _still_true(self, status: Status) -> list[Event]:
        """What the new one said, less what it missed and the old one brought."""
        first, last = status.first, status.last
        if status.kind != "gap" or first is None or last is None:
            return [status]
        expected = self.old.expected(Subscription(status.channel, status.symbol))
        if expected is None or expected <= first:
            return [status]
        if expected > last:
            return []
        hole = Hole(expected, last)
        return [gap(status.symbol, status.channel, hole, status.start, status.end or status.ts)]

    def _is_new(self, event: MarketEvent) -> bool:
        if isinstance(event, BOOKS):
            return True
        if isinstance(event, Quote) and event.sequence is not None:
            return event.sequence > self.old.quote_ids.get(event.symbol, -1)
        sub = _sub(event)
        expected, id_ = self.old.expected(sub), getattr(event, "id", None)
        if expected is not None and isinstance(id_, int):
            return id_ >= expected
        return key_of(event) not in self._seen.get(sub, ())


def _venues_time(event: Event) -> int:
    """When `event` happened by the venue's clock; 0 where it does not say."""
    if isinstance(event, Status | BookSnapshot | OrderSnapshot) or event.ts_event == event.ts_recv:
        return 0
    return event.ts_event


def _sub(event: Event) -> Subscription:
    if isinstance(event, Bar):
        return Subscription(f"bars:{event.interval}", event.symbol)
    return Subscription(CHANNEL[type(event)], event.symbol)
