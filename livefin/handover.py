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
        self._latest: dict[str, int] = {}
        """Update id of each book and quote, as far as the old one brought it."""
        self._newest: dict[str, int] = {}
        """And the new one."""

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
        if isinstance(event, Status):
            return
        if isinstance(event, Quote | BookSnapshot):
            if event.sequence is not None:
                self._latest[_of(event)] = event.sequence
        elif isinstance(event, BookDelta) and event.last is not None:
            self._latest[_of(event)] = event.last
        if not isinstance(event, BOOKS):
            self._seen.setdefault(_sub(event), set()).add(key_of(event))

    def _note_new(self, event: Event) -> None:
        if isinstance(event, Status):
            if event.kind not in ("connected", "resynced"):
                self._waiting.append(event)
            return
        sub = _sub(event)
        if sub.channel.partition(":")[0] in EPISODIC:
            self._first.setdefault(sub, event)
        if isinstance(event, BookSnapshot) and event.sequence is not None:
            self._newest[_of(event)] = event.sequence
        elif isinstance(event, BookDelta) and event.last is not None:
            self._newest[_of(event)] = event.last
        self._waiting.append(event)

    def _advance(self, now: int) -> list[Event]:
        new, old = self.new, self.old
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
        if old.state is not State.OPEN or late:
            return self._switch(now)
        if now - self._ready_at < OVERLAP or not self._caught_up():
            return []
        return self._switch(now)

    def _caught_up(self) -> bool:
        """Whether the old one has been where each stream of the new one begins."""
        if not all(self._met(sub, event) for sub, event in self._first.items()):
            return False
        # A book must not go back in time either.
        return all(self._newest.get(of, last) >= last for of, last in self._latest.items())

    def _met(self, sub: Subscription, event: Event) -> bool:
        """Whether the old one has brought `event`, or all before it."""
        expected, id_ = self.old.expected(sub), getattr(event, "id", None)
        if expected is not None and isinstance(id_, int):
            return expected >= id_
        return isinstance(event, Bar) or key_of(event) in self._seen.get(sub, ())

    def _switch(self, now: int) -> list[Event]:
        self.done = True
        out: list[Event] = []
        for sub, event in self._first.items():
            expected, id_ = self.old.expected(sub), getattr(event, "id", None)
            if self._met(sub, event) or not self._seen.get(sub):
                continue
            if expected is not None and isinstance(id_, int):
                out.append(gap(sub.symbol, sub.channel, Hole(expected, id_ - 1), now, now))
            else:
                detail = f"{sub.symbol} {sub.channel}: some may be missing between two connections"
                out.append(
                    Status("gap", now, sub.symbol, sub.channel, 0, self._began, now, detail=detail)
                )
        self.new.inherit(self.old)
        out += [event for event in self._waiting if self._is_new(event)]
        self._waiting.clear()
        detail = f"{self.new.venue.name}: a new connection took the place of the old one"
        out.append(Status("connected", now, start=now, end=now, detail=detail))
        return out

    def _is_new(self, event: Event) -> bool:
        if isinstance(event, (Status, *BOOKS)):
            return True
        if isinstance(event, Quote) and event.sequence is not None:
            return event.sequence > self._latest.get(_of(event), -1)
        sub = _sub(event)
        expected, id_ = self.old.expected(sub), getattr(event, "id", None)
        if expected is not None and isinstance(id_, int):
            return id_ >= expected
        return key_of(event) not in self._seen.get(sub, ())


def _sub(event: Event) -> Subscription:
    if isinstance(event, Bar):
        return Subscription(f"bars:{event.interval}", event.symbol)
    return Subscription(CHANNEL[type(event)], event.symbol)


def _of(event: Event) -> str:
    """Books and quotes have update ids of their own."""
    return f"{'quote' if isinstance(event, Quote) else 'book'} {event.symbol}"
