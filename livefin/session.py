"""The life of one connection, without the connection: what to send, what came, what is wrong.

Sans-I/O: a driver (client.py with a socket, replay.py with a recording) reports what
happened (`opened`, `receive`, `snapshot`, `closed`, `tick`) with the time in ns, gets back
events that are in order and free of duplicates, and carries out the `commands()`. Every
irregularity becomes a Status among the events. Time is always an argument; the same calls
give the same events, live or replayed.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from enum import Enum, auto
from typing import TypeAlias

from msgspec import Struct

from livefin.booksync import Ask, BookSync, Send, backoff, gap
from livefin.errors import MessageError, SymbolError
from livefin.events import (
    CHANNEL,
    AggTrade,
    BookDelta,
    BookSnapshot,
    Event,
    Quote,
    Status,
    StatusKind,
    Trade,
)
from livefin.sequence import IdSequence, Verdict
from livefin.venues.contract import Closing, Numbered, Parsed, Ready, Reply, Subscription, Venue

S = 1_000_000_000
HEALTHY_AFTER = 30 * S
ANEW_AFTER = 30 * S
"""More than two clocks differ: a trade that much newer than the newest, with a lower id, is
no duplicate; the venue began to count anew."""
_SILENT = "nothing has come for {} since it was subscribed: very quiet, or misspelt?"


class Ping(Struct, frozen=True):
    """Send a WebSocket ping and report its pong with `alive`."""


class Reconnect(Struct, frozen=True):
    """Drop the socket; `retry_at` says when to open the next."""

    reason: str


Command: TypeAlias = Ask | Ping | Reconnect


class State(Enum):
    """Of the socket."""

    DOWN = auto()
    OPEN = auto()


class Session:
    """Keeps `subs` subscribed on `venue`; `subs=None` takes whatever comes (replay).

    `silence` is how many seconds without a frame make it ask whether anyone is there; half
    as many again without an answer make it reconnect. `seed` fixes the backoff's jitter.
    """

    def __init__(
        self,
        venue: Venue,
        subs: Iterable[Subscription] | None,
        *,
        silence: float | None = None,
        seed: int | None = None,
    ) -> None:
        self.venue = venue
        self.state = State.DOWN
        self.retry_at: int | None = None
        """When to try again (ns); None before the first failure."""
        self.received = 0
        """Frames seen since the start."""
        silence = venue.silence if silence is None else silence
        self._silence = int(silence * S)
        self._jitter = random.Random(seed)
        self._commands: list[Command] = []
        self._everything = subs is None
        self._subs: dict[Subscription, int] = {}
        """Each with when it was last subscribed."""
        self._unheard: set[str] = set()
        """Symbols of which nothing has come yet."""
        self._trades: dict[str, IdSequence] = {}
        self._agg_trades: dict[str, IdSequence] = {}
        self._unnumbered: dict[str, set[str]] = {channel: set() for channel in CHANNEL.values()}
        """channel -> symbols whose events are passed on as they come."""
        self._books = BookSync(venue, self._commands.append, patience=silence, jitter=self._jitter)
        self._tally: dict[tuple[StatusKind, str, str], tuple[int, int, int, str]] = {}
        self._attempt = 0
        self._opened_at = 0
        self._lost_at: int | None = None
        self._last_recv = 0
        self._asked_at: int | None = None
        self._given_up = False
        """The driver was told to drop this socket."""
        self.subscribe(subs or (), 0)

    @property
    def subscriptions(self) -> list[Subscription]:
        """What is subscribed now."""
        return list(self._subs)

    @property
    def unanswered(self) -> bool:
        """Whether the venue was asked if it lives, and has not answered yet."""
        return self._asked_at is not None

    def commands(self) -> list[Command]:
        """What the driver is to do now, in this order. Asking empties the list."""
        commands = self._commands.copy()
        self._commands.clear()
        return commands

    # Subscriptions

    def subscribe(self, subs: Iterable[Subscription], now: int) -> None:
        """Add subscriptions; sent at once on an open socket. Raises ChannelError, SymbolError."""
        new = [sub for sub in dict.fromkeys(subs) if sub not in self._subs]
        for sub in new:
            self.venue.check(sub)
        most = self.venue.max_subscriptions
        if most is not None and len(self._subs) + len(new) > most:
            hint = f"at most {most:,} subscriptions fit on one connection; open another feed"
            raise SymbolError(new[-1].symbol, hint, venue=self.venue.name)
        for sub in new:
            self._add(sub, now)
        if self.state is State.OPEN and new:
            self._send_all(self.venue.subscribe(new))
            self._books.start((sub.symbol for sub in new if sub.channel == "book"), now)

    def unsubscribe(self, subs: Iterable[Subscription]) -> None:
        """End subscriptions; frames still on their way are ignored."""
        gone = [sub for sub in subs if self._subs.pop(sub, None) is not None]
        kept = {(_base(sub.channel), sub.symbol) for sub in self._subs}
        for sub in gone:
            base = _base(sub.channel)
            if (base, sub.symbol) not in kept:  # bars of another interval may go on
                self._unnumbered[base].discard(sub.symbol)
            numbered = self._numbered(sub.channel)
            if numbered is not None:
                numbered.pop(sub.symbol, None)
            if sub.channel == "book":
                self._books.remove(sub.symbol)
        self._unheard &= {sub.symbol for sub in self._subs}
        if self.state is State.OPEN and gone:
            self._send_all(self.venue.unsubscribe(gone))

    def _add(self, sub: Subscription, now: int) -> None:
        self._subs[sub] = now
        self._unheard.add(sub.symbol)
        numbered = self._numbered(sub.channel)
        if sub.channel == "book":
            self._books.add(sub.symbol)
        elif numbered is not None:
            numbered[sub.symbol] = IdSequence()
        else:
            self._unnumbered[_base(sub.channel)].add(sub.symbol)

    def _numbered(self, channel: str) -> dict[str, IdSequence] | None:
        if not self.venue.trade_ids_contiguous:
            return None
        return {"trades": self._trades, "agg_trades": self._agg_trades}.get(channel)

    # The socket's life

    def opened(self, now: int) -> list[Event]:
        """A socket is open: subscribe to everything."""
        self.venue.opened()
        self.state, self._opened_at, self._last_recv = State.OPEN, now, now
        self._asked_at, self._given_up = None, False
        if not self._everything:  # a recording brings its answers by itself
            self._subs = dict.fromkeys(self._subs, now)
            if self._subs:
                self._send_all(self.venue.subscribe(list(self._subs)))
            self._books.start(None, now)
        start, self._lost_at = self._lost_at, None
        away = "" if start is None else f" after {(now - start) / S:.1f} s"
        detail = f"{self.venue.name}: connected{away}"
        return [Status("connected", now, start=start, end=now, detail=detail)]

    def closed(self, now: int, reason: str) -> list[Event]:
        """The socket is gone, or could not be opened. `retry_at` is set by capped backoff."""
        was_open = self.state is State.OPEN
        if was_open and now - self._opened_at > HEALTHY_AFTER:
            self._attempt = 0
        delay = backoff(self._attempt, self._jitter)
        self._attempt += 1
        self.retry_at = now + int(delay * S)
        self.state = State.DOWN
        self._commands.clear()
        if self._lost_at is None:
            self._lost_at = self._last_recv if was_open else now
        detail = f"{self.venue.name}: {reason}; trying again in {delay:.1f} s"
        status = Status("disconnected", now, start=self._lost_at, detail=detail)
        return [*self._flush(), status, *self._books.lost(self._lost_at, now)]

    def alive(self, now: int) -> None:
        """The other side answered a ping."""
        self._last_recv, self._asked_at = now, None

    def tick(self, now: int) -> list[Event]:
        """Let time pass: call a few times a second. Notices silence, asks again for snapshots."""
        events = self._flush()
        if self.state is not State.OPEN:
            return events
        events += self._watch(now)
        self._books.tick(now)
        if self._unheard:
            events += self._still_unheard(now)
        return events

    def _watch(self, now: int) -> list[Event]:
        """Ask a silent venue whether it lives, and give the socket up when nobody answers."""
        # Where the clock was set back, count from now on.
        self._opened_at, self._last_recv = min(self._opened_at, now), min(self._last_recv, now)
        quiet = now - self._last_recv
        if self._asked_at is None:
            if quiet > self._silence:
                self._asked_at = now
                ping = self.venue.ping()
                self._commands.append(Ping() if ping is None else Send(ping))
            return []
        self._asked_at = min(self._asked_at, now)
        if self._given_up or now - self._asked_at <= self._silence // 2:
            return []
        self._given_up = True
        detail = f"{self.venue.name}: no frame and no answer for {quiet / S:.1f} s"
        self._commands.append(Reconnect(detail))
        return [Status("stale", now, start=self._last_recv, end=now, detail=detail)]

    def _still_unheard(self, now: int) -> list[Event]:
        late = {
            sub.symbol: since
            for sub, since in self._subs.items()
            if sub.symbol in self._unheard and now - since > self._silence
        }
        self._unheard -= late.keys()
        return [
            Status("stale", now, symbol, start=since, end=now, detail=_SILENT.format(symbol))
            for symbol, since in late.items()
        ]

    # What came

    def receive(self, raws: Sequence[bytes], now: int) -> list[Event]:
        """Frames that arrived at `now`, in order, to events. Nothing a frame holds can raise."""
        out: list[Event] = []
        emit = out.append
        parse, trades, quotes = self.venue.parse, self._trades, self._unnumbered["quotes"]
        self._last_recv, self._asked_at = now, None
        self.received += len(raws)
        for raw in raws:
            try:
                parsed = parse(raw, now)
            except MessageError as error:
                self._count("malformed", now, detail=str(error))
                continue
            for event in parsed:
                # The two kinds that make up nearly all traffic are judged right here.
                if type(event) is Quote:
                    if event.symbol in quotes:
                        emit(event)
                        continue
                elif type(event) is Trade:
                    ids = trades.get(event.symbol)
                    if ids is not None and event.id == ids.expected is not None:
                        ids.expected += 1
                        ids.ts = now
                        emit(event)
                        continue
                self._other(event, now, out)
        if self._unheard and out:
            self._unheard -= {event.symbol for event in out}
        return out

    def _other(self, event: Parsed, now: int, out: list[Event]) -> None:
        """All that is neither the next trade nor a wanted quote."""
        if isinstance(event, Reply):
            self._commands.append(Send(event.data))
            return
        if isinstance(event, Status):
            out.append(event)
            return
        if isinstance(event, Numbered | Ready | Closing):
            return
        channel, symbol = CHANNEL[type(event)], event.symbol
        if self._everything and not self._takes(channel, symbol):
            self._add(Subscription(channel, symbol), now)
        if isinstance(event, BookDelta | BookSnapshot):
            out += self._books.event(event, now)
        elif symbol in self._unnumbered[channel]:
            out.append(event)
        elif isinstance(event, Trade | AggTrade):
            numbered = self._trades if isinstance(event, Trade) else self._agg_trades
            ids = numbered.get(symbol)
            if ids is not None:
                self._judge(ids, event, channel, now, out)

    def _takes(self, channel: str, symbol: str) -> bool:
        if channel == "book":
            return symbol in self._books
        numbered = self._numbered(channel)
        return symbol in (self._unnumbered[channel] if numbered is None else numbered)

    def _judge(
        self, ids: IdSequence, event: Trade | AggTrade, channel: str, now: int, out: list[Event]
    ) -> None:
        if not isinstance(event.id, int):
            detail = f"{channel}: an id that is no number: {event.id!r:.40}"
            self._count("malformed", now, event.symbol, channel, detail)
            return
        verdict = ids.check(event.id)
        if verdict is Verdict.DUPLICATE and event.ts_event > (ids.ts or now) + ANEW_AFTER:
            detail = f"{event.symbol} {channel}: ids began anew at {event.id}; some may be missing"
            start, ids.ts = ids.ts, now
            ids.begin(event.id)
            out.append(Status("gap", now, event.symbol, channel, 0, start, now, detail=detail))
        elif verdict is Verdict.DUPLICATE:
            self._count("duplicate", now, event.symbol, channel, "ids seen before were dropped")
            return
        elif verdict is Verdict.LATE:
            self._count("late", now, event.symbol, channel, "ids reported missing came after all")
        else:
            if verdict is Verdict.GAP and ids.hole is not None:
                out.append(gap(event.symbol, channel, ids.hole, ids.ts, now))
            ids.ts = now
        out.append(event)

    # Books

    def resync(self, symbol: str, now: int) -> list[Event]:
        """Changes of `symbol`'s book were lost after they left here: build it anew."""
        return self._books.resync(symbol, now)

    def snapshot(self, symbol: str, body: bytes, now: int) -> list[Event]:
        """The answer to a Fetch. One that comes when the socket is gone is of no use."""
        if self._lost_at is not None:
            return []
        try:
            parsed = self.venue.parse_snapshot(symbol, body, now)
        except MessageError as error:
            return self.fetch_failed(symbol, now, str(error))
        if self._everything and symbol not in self._books:
            self._add(Subscription("book", symbol), now)
        return self._books.event(parsed, now, fetched=True)

    def renew_books(self, now: int) -> None:
        """Have every book's snapshot come again, for a recording that begins now."""
        self._books.renew(now)

    def fetch_failed(
        self,
        symbol: str,
        now: int,
        reason: str,
        *,
        refused: bool = False,
        retry_after: float | None = None,
    ) -> list[Event]:
        """A Fetch did not answer. `refused`: it never will, as for an unknown symbol."""
        if refused:
            self._unheard.discard(symbol)
        return self._books.failed(symbol, now, reason, refused=refused, retry_after=retry_after)

    def _send_all(self, messages: Iterable[str | bytes]) -> None:
        self._commands += [Send(data) for data in messages]

    # Counting what would flood

    def _count(
        self, kind: StatusKind, now: int, symbol: str = "", channel: str = "", detail: str = ""
    ) -> None:
        count, start, _, first = self._tally.get((kind, symbol, channel), (0, now, now, detail))
        self._tally[kind, symbol, channel] = (count + 1, start, now, first)

    def _flush(self) -> list[Event]:
        tally = list(self._tally.items())
        self._tally.clear()
        return [
            Status(kind, end, symbol, channel, count, start, end, detail=detail)
            for (kind, symbol, channel), (count, start, end, detail) in tally
        ]


def _base(channel: str) -> str:
    return channel.partition(":")[0]
