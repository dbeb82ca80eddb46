"""The life of one connection, without the connection: what to send, what came, what is wrong.

Sans-I/O: a driver (client.py with a socket, replay.py with a recording) reports what
happened (`opened`, `receive`, `fetched`, `closed`, `tick`) with the time in ns, gets back
events that are in order and free of duplicates, and carries out the `commands()`. Every
irregularity becomes a Status among the events. Time is always an argument; the same calls
give the same events, live or replayed. Books are kept whole by booksync.py, all other
streams by tradesync.py, the socket's own signs of life by watch.py. How far a session has
come, which its successor asks, is in standing.py.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Sequence
from enum import Enum, auto

from livefin.booksync import BookSync, Change, backoff
from livefin.commands import Command, Fetch, FetchHistory, Send
from livefin.errors import MessageError, SymbolError
from livefin.events import CHANNEL, Event, OrderEvent, Quote, Status, Trade
from livefin.numbering import Frame
from livefin.standing import Standing
from livefin.tally import Tally
from livefin.tradesync import TradeSync
from livefin.venues.contract import Closing, Numbered, Parsed, Ready, Reply, Subscription, Venue
from livefin.watch import Watch

S = 1_000_000_000
HEALTHY_AFTER = 30 * S


class State(Enum):
    """Of the socket."""

    DOWN = auto()
    OPEN = auto()


class Session(Standing):
    """Keeps `subs` subscribed on `venue`; `subs=None` takes whatever comes (replay).

    `silence` is how many seconds without a frame make it ask whether anyone is there; half
    as many again without an answer make it reconnect. `seed` fixes the backoff's jitter.
    `fills`: whether holes are filled from the venue's history, where it has one.
    """

    def __init__(
        self,
        venue: Venue,
        subs: Iterable[Subscription] | None,
        *,
        silence: float | None = None,
        seed: int | None = None,
        fills: bool = True,
    ) -> None:
        self.venue = venue
        self.state = State.DOWN
        self.retry_at: int | None = None
        """When to try again (ns); None before the first failure."""
        self.received = 0
        """Frames seen since the start."""
        self._options = {"silence": silence, "fills": fills}
        silence = venue.silence if silence is None else silence
        self._jitter = random.Random(seed)
        self._commands: list[Command] = []
        do = self._commands.append
        self._everything = subs is None
        self._subs: dict[Subscription, int] = {}
        """Each with when it was last subscribed."""
        self._watch = Watch(venue, do, silence=int(silence * S))
        self._tally = Tally()
        self._streams = TradeSync(venue, do, self._tally.count, jitter=self._jitter, fills=fills)
        self._books, self._orders = (
            BookSync(venue, do, patience=silence, jitter=self._jitter, channel=channel)
            for channel in ("book", "orders")
        )
        self._syncs = {"book": self._books, "orders": self._orders}
        self._attempt = 0
        self._lost_at: int | None = None
        self._history: int | None = None
        """How far back to fetch history when the socket opens (ns before then)."""
        self._ready = True
        self._stood = False
        """A socket was open before."""
        self.subscribe(subs or (), 0)

    @property
    def subscriptions(self) -> list[Subscription]:
        """What is subscribed now."""
        return list(self._subs)

    @property
    def unanswered(self) -> bool:
        """Whether the venue was asked if it lives, and has not answered yet."""
        return self._watch.asked_at is not None

    @property
    def checks(self) -> Counter[str]:
        """How many of the venue's checksums "matched" and "failed"."""
        return self._books.checks + self._orders.checks

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
        if self.state is State.OPEN and self._ready and new:
            self._begin(new, now)

    def _begin(self, subs: Sequence[Subscription], now: int) -> None:
        self._commands += map(Send, self.venue.subscribe(subs))
        for books in (self._books, self._orders):
            books.start((sub.symbol for sub in subs if sub.channel == books.channel), now)

    def unsubscribe(self, subs: Iterable[Subscription]) -> None:
        """End subscriptions; frames still on their way are ignored."""
        gone = [sub for sub in subs if self._subs.pop(sub, None) is not None]
        kept = {(sub.channel.partition(":")[0], sub.symbol) for sub in self._subs}
        for sub in gone:
            base = sub.channel.partition(":")[0]
            books = self._syncs.get(sub.channel)
            if books is not None:
                books.remove(sub.symbol)
            else:
                self._streams.remove(sub, shared=(base, sub.symbol) in kept)
        self._watch.unheard &= {sub.symbol for sub in self._subs}
        if self.state is State.OPEN and self._ready and gone:
            self._commands += map(Send, self.venue.unsubscribe(gone))

    def _add(self, sub: Subscription, now: int) -> None:
        self._subs[sub] = now
        self._watch.unheard.add(sub.symbol)
        books = self._syncs.get(sub.channel)
        if books is not None:
            books.add(sub.symbol)
        else:
            self._streams.add(sub)

    def want_history(self, back: int | None) -> None:
        """When the socket opens, put the last `back` ns of trades and bars before what is live."""
        self._history = back

    def successor(self) -> Session:
        """Another session for another socket with the same subscriptions."""
        options = dict(self._options)
        subs = None if self._everything else list(self._subs)
        seed = self._jitter.getrandbits(64)  # that the same seed gives the same again
        return Session(self.venue.fresh(), subs, seed=seed, **options)  # type: ignore[arg-type]

    def sibling(self, lane: str, subs: Iterable[Subscription]) -> Session:
        """Another session for `subs` on a socket of their own, on `lane`."""
        venue = self.venue.fresh()
        venue.lane = lane
        return Session(venue, subs, **self._options)  # type: ignore[arg-type]

    @property
    def ready(self) -> bool:
        """Whether the venue may be subscribed to: the socket is open, and logged in."""
        return self.state is State.OPEN and self._ready

    # The socket's life

    def opened(self, now: int) -> list[Event]:
        """A socket is open: log in where there is something to log in with, and subscribe."""
        self.venue.opened()
        self.state = State.OPEN
        self._watch.opened(now)
        start, self._lost_at = self._lost_at, None
        away = "" if start is None else f" after {(now - start) / S:.1f} s"
        detail = f"{self.venue.name}: connected{away}"
        out: list[Event] = [Status("connected", now, start=start, end=now, detail=detail)]
        if not self._everything:  # a recording brings its answers by itself
            self._subs = dict.fromkeys(self._subs, now)
            self._commands += [Send(data, secret=True) for data in self.venue.login(now)]
            self._ready = not self.venue.waits
            if self._ready and self._subs:
                self._begin(list(self._subs), now)
        if self._history is not None:
            out += self._streams.history(self._subs, now - self._history, now)
            self._history = None
        elif start is not None and self._stood:
            self._streams.reconnected(self._subs, start, now)
        self._stood = True
        return out

    def _is_ready(self, now: int) -> None:
        if not self._ready:
            self._ready = True
            if self._subs:
                self._subs = dict.fromkeys(self._subs, now)
                self._begin(list(self._subs), now)

    def closed(self, now: int, reason: str, *, retry_after: float | None = None) -> list[Event]:
        """The socket is gone, or could not be opened. `retry_at` is set by capped backoff."""
        was_open = self.state is State.OPEN
        if was_open and now - self._watch.opened_at > HEALTHY_AFTER:
            self._attempt = 0
        delay = max(backoff(self._attempt, self._jitter), retry_after or 0.0)
        self._attempt += 1
        self.retry_at = now + int(delay * S)
        self.state = State.DOWN
        if self._lost_at is None:
            self._lost_at = self._watch.last_recv if was_open else now
        detail = f"{self.venue.name}: {reason}; trying again in {delay:.1f} s"
        out = self._tally.flush() + self._streams.end_all(now)
        self._commands.clear()
        out.append(Status("disconnected", now, start=self._lost_at, detail=detail))
        for books in (self._books, self._orders):
            out += books.lost(self._lost_at, now)
        return out

    def alive(self, now: int) -> None:
        """The other side answered a ping."""
        self._watch.alive(now)

    def tick(self, now: int) -> list[Event]:
        """Let time pass: call a few times a second. Notices silence, asks again for snapshots."""
        events = self._tally.flush() + self._streams.tick(now)
        if self.state is not State.OPEN:
            return events
        events += self._watch.tick(now)
        if not self._ready and now - self._watch.opened_at > self._watch.silence:
            detail = f"{self.venue.name}: the login was not answered"
            self._watch.give_up(detail)
        events += self._books.tick(now)
        events += self._orders.tick(now)
        if self._watch.unheard and self._ready:
            events += self._watch.still_unheard(self._subs.items(), now)
        return events

    def finish(self, now: int) -> list[Event]:
        """Nothing more will come: give out what still waits, and what was counted."""
        return self._streams.end_all(now) + self._tally.flush()

    # What came

    def receive(self, raws: Sequence[bytes], now: int) -> list[Event]:  # noqa: C901 - hot
        """Frames that arrived at `now`, in order, to events. Nothing a frame holds can raise."""
        out: list[Event] = []
        emit = out.append
        parse, trades, quotes = self.venue.parse, self._streams.trades, self._streams.quotes.ids
        good = Frame.GOOD  # an enum's member takes long to look up, for each of many frames
        self._watch.alive(now)
        self.received += len(raws)
        for raw in raws:
            frame = good
            try:
                parsed = parse(raw, now)
            except MessageError as error:
                self._tally.count("malformed", now, detail=str(error))
                continue
            for event in parsed:
                # The two kinds that make up nearly all traffic are judged right here.
                if frame is not good:
                    frame = self._odd(frame, event, now, out)
                    continue
                if type(event) is Quote:
                    newest, id_ = quotes.get(event.symbol), event.sequence
                    if newest is not None and (id_ is None or id_ > newest):
                        if id_ is not None:
                            quotes[event.symbol] = id_
                        emit(event)
                        continue
                elif type(event) is Trade:
                    ids = trades.get(event.symbol)
                    if ids is not None and event.id == ids.expected is not None:
                        ids.expected += 1
                        ids.newest = event
                        emit(event)
                        continue
                elif type(event) is Numbered:
                    frame = self._number(event, now, out)
                    continue
                self._other(event, now, out)
        if self._watch.unheard and out:
            self._watch.unheard -= {event.symbol for event in out}
        return out

    def _odd(self, frame: Frame, event: Parsed, now: int, out: list[Event]) -> Frame:
        """An event of a frame that was seen before, or comes after all."""
        if isinstance(event, Numbered):
            return self._number(event, now, out)
        channel = CHANNEL.get(type(event), "")
        if frame is Frame.LATE and channel and self._syncs.get(channel) is None:
            self._other(event, now, out)
        return frame

    def _number(self, mark: Numbered, now: int, out: list[Event]) -> Frame:
        if mark.symbol and not self._everything and not self._takes(mark.channel, mark.symbol):
            return Frame.GOOD  # of what nobody asked for no count is kept, and nothing fetched
        frame = self._streams.frame(mark, now, out)
        if frame is not Frame.AFTER_GAP:
            return frame
        for books in (self._books, self._orders):  # what was in it, nobody knows
            if not mark.symbol:
                out += books.resync_all("frames are missing", now)
            elif mark.channel == books.channel:
                out += books.resync(mark.symbol, now, "frames are missing")
        return Frame.GOOD

    def _other(self, event: Parsed, now: int, out: list[Event]) -> None:
        """All that is neither the next trade nor a wanted quote."""
        channel = CHANNEL.get(type(event))
        if channel is None:
            self._aside(event, now, out)
            return
        books = self._syncs.get(channel)
        if self._everything and not self._takes(channel, event.symbol):  # type: ignore[union-attr]
            self._add(Subscription(channel, event.symbol), now)  # type: ignore[union-attr]
        if books is None or isinstance(event, OrderEvent):
            self._streams.event(event, channel, now, out)  # type: ignore[arg-type]
        else:
            out += books.event(event, now)  # type: ignore[arg-type]

    def _aside(self, event: Parsed, now: int, out: list[Event]) -> None:
        match event:
            case Reply(data, secret):
                self._commands.append(Send(data, secret))
            case Ready():
                self._is_ready(now)
            case Closing(within):
                self._watch.renew(now, f"{self.venue.name} closes this connection in {within:g} s")
            case Status():
                out.append(event)

    def _takes(self, channel: str, symbol: str) -> bool:
        books = self._syncs.get(channel)
        return self._streams.takes(channel, symbol) if books is None else symbol in books

    # What was fetched

    def resync(self, symbol: str, now: int) -> list[Event]:
        """Changes of `symbol`'s books were lost after they left here: build them anew."""
        return [*self._books.resync(symbol, now), *self._orders.resync(symbol, now)]

    def fetched(self, fetch: Fetch | FetchHistory, body: bytes, now: int) -> list[Event]:
        """The answer to a command."""
        if isinstance(fetch, Fetch):
            return self.snapshot(fetch.symbol, body, now, channel=fetch.channel)
        fill = self._streams.filler.page(fetch.sub, body, now)
        return [] if fill is None else self._streams.filled(fill, now)

    def snapshot(self, symbol: str, body: bytes, now: int, *, channel: str = "book") -> list[Event]:
        """A snapshot that was fetched. One that comes when the socket is gone is of no use."""
        books = self._syncs[channel]
        if self._lost_at is not None:
            return []
        try:
            parsed: Change
            if channel == "orders":
                parsed = self.venue.parse_orders(symbol, body, now)
            else:
                parsed = self.venue.parse_snapshot(symbol, body, now)
        except MessageError as error:
            return books.failed(symbol, now, str(error), refused=False, retry_after=None)
        if self._everything and symbol not in books:
            self._add(Subscription(channel, symbol), now)
        return books.event(parsed, now, fetched=True)

    def renew_books(self, now: int) -> None:
        """Have every book's snapshot come again, for a recording that begins now."""
        self._books.renew(now)
        self._orders.renew(now)

    def fetch_failed(
        self,
        fetch: Fetch | FetchHistory,
        now: int,
        reason: str,
        *,
        refused: bool = False,
        retry_after: float | None = None,
    ) -> list[Event]:
        """A command was not answered. `refused`: it never will be, as for an unknown symbol."""
        if isinstance(fetch, FetchHistory):
            fill = self._streams.filler.failed(
                fetch.sub, reason, now, refused=refused, retry_after=retry_after
            )
            return [] if fill is None else self._streams.filled(fill, now)
        if refused:
            self._watch.unheard.discard(fetch.symbol)
        books = self._syncs[fetch.channel]
        return books.failed(fetch.symbol, now, reason, refused=refused, retry_after=retry_after)
