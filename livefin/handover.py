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
        if not isinstance(event, (Status, *BOOKS)):
            self._seen.setdefault(_sub(event), set()).add(key_of(event))

    def _note_new(self, event: Event) -> None:
        if isinstance(event, Status):
            # Its books had no reader yet, and are whole when they have.
            if event.kind != "connected" and event.channel not in ("book", "orders"):
                self._waiting.append(event)
            return
        sub = _sub(event)
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
        return all(self._met(sub, event) for sub, event in self._first.items())

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
        for sub, event in self._first.items():
            expected, id_ = self.old.expected(sub), getattr(event, "id", None)
            if self._met(sub, event):
                continue
            if expected is not None and isinstance(id_, int):
                hole = Hole(expected, id_ - 1)
                out.append(gap(sub.symbol, sub.channel, hole, self._began, now))
            elif self._seen.get(sub):
                detail = f"{sub.symbol} {sub.channel}: some may be missing between two connections"
                out.append(
                    Status("gap", now, sub.symbol, sub.channel, 0, self._began, now, detail=detail)
                )
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


def _sub(event: Event) -> Subscription:
    if isinstance(event, Bar):
        return Subscription(f"bars:{event.interval}", event.symbol)
    return Subscription(CHANNEL[type(event)], event.symbol)
