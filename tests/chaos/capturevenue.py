"""A venue made of a capture: its real frames at their real times, to whoever is subscribed.

What a recording cannot hold is made from what it has sent so far, in the venue's own wire
format by dialects.py and its like: snapshots for whoever subscribes later, REST books and
pages of past trades as they stand now. Message numbers are those of each connection.
"""

from collections import defaultdict
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

from streams import Frame, key_of

from livefin import venues
from livefin.errors import MessageError
from livefin.events import CHANNEL, AggTrade, Bar, BookDelta, BookSnapshot, Quote, Trade
from livefin.recording import Recording
from livefin.venues.contract import Subscription

S = 1_000_000_000
JUDGED = (Trade, AggTrade, Quote)
BEHIND = 0.4
"""Seconds that the history may lag the stream, at the most."""
PAST = 20_000
CAPTURES = Path(__file__).resolve().parents[3] / "shared" / "captures"


class Item(NamedTuple):
    """One thing in a capture: a frame, or with no `raw` a book that was fetched."""

    ts: int
    raw: bytes | None
    events: tuple
    topics: tuple
    opening: bool


@lru_cache(maxsize=4)
def items_of(path, dialect_type):
    """All that a capture holds, read once by one venue a socket."""
    dialect = dialect_type()
    own, items = {}, []
    for record in Recording(path, venue=dialect.venue):
        venue = own.get(record.conn)
        if record.kind == "connect" or venue is None:
            venue = own[record.conn] = dialect.venue.fresh()
            if record.url and record.kind == "connect":
                venue.lane = venue.lane_at(record.url)
        if record.kind == "recv":
            raw = dialect.as_sent(record.data)
            try:
                parsed = venue.parse(raw, record.ts)
            except MessageError:
                continue
            events = tuple(event for event in parsed if type(event) in CHANNEL)
            if events:
                topics = tuple(dialect.topics(raw, venue.lane))
                items.append(Item(record.ts, raw, events, topics, dialect.opens(raw)))
        elif record.kind == "http":
            book = _book_of(dialect.venue, record)
            if book is not None:
                items.append(Item(record.ts, None, (book,), (), False))
    items.sort(key=lambda item: item.ts)
    return items


def _book_of(venue, record):
    path = record.url.split("://")[-1]
    path = path[path.find("/") :] if "/" in path else ""
    symbol = venue.snapshot_symbol(path) if path else venue.example
    if symbol is None:
        return None
    try:
        return venue.parse_snapshot(symbol, record.data, record.ts)
    except MessageError:
        return None


class CaptureVenue:
    """The capture at `path` from the part `begin` of it on, for as many as `most` frames."""

    def __init__(self, path, dialect_type, *, begin=0.0, most=None):
        self.dialect = dialect = dialect_type()
        items = items_of(CAPTURES / path, dialect_type)
        at = int(begin * len(items))
        self._before, self._items = items[:at], items[at : None if most is None else at + most]
        self.name = f"{dialect.venue.name}"
        self.chained, self.depth, self.checked = dialect.chained, dialect.depth, dialect.checked
        self.origin = self._items[0].ts - S // 2
        self.span = (self._items[-1].ts - self.origin) / S
        """Seconds that it lasts."""
        self.over = False
        self.symbols = sorted({event.symbol for item in items for event in item.events})
        self._channels = {
            (_channel(event), event.symbol) for item in items for event in item.events
        }
        self.past = defaultdict(list)
        """(channel, symbol) -> (true time, event) of what happened so far, oldest first."""
        self._conns = {}
        self._n = 0

    def venues(self):
        """An instance for the client, and what it is to subscribe to."""
        venue, subs = self.dialect.venue.fresh(), []
        for channel, symbol in sorted(self._channels):
            sub = Subscription(channel, symbol)
            try:
                venue.check(sub)
            except ValueError:
                continue
            if channel.partition(":")[0] in self.dialect.channels:
                subs.append(sub)
        return venue, subs

    def numbered(self, channel):
        return self.dialect.venue.trade_ids_contiguous and channel in ("trades", "agg_trades")

    def start(self, network):
        """Begin to play."""
        self._net, self._loop, self._clock = network, network.loop, network.clock
        for item in self._before:
            for event in item.events:
                if isinstance(event, BookDelta | BookSnapshot):
                    self.truth(event.symbol).apply(event)
        self._play(0)
        if self.dialect.beat:
            self._beat()

    def _play(self, n):
        """Send the `n`th item, and all others that are due."""
        items, now = self._items, self._clock.true
        while n < len(items) and items[n].ts <= now:
            self._send(items[n])
            n += 1
        if n < len(items):
            self._loop.call_later(max(1e-4, (items[n].ts - now) / S), self._play, n)
        else:
            self.over = True

    def _beat(self):
        for conn in list(self._conns):
            for raw in self.dialect.heartbeats(self, conn):
                self._post(conn, Frame(raw))
        self._loop.call_later(self.dialect.beat, self._beat)

    def _send(self, item):
        frame = self._frame(item)
        if item.raw is None:
            return
        for conn, client in list(self._conns.items()):
            wanted = [topic for topic in item.topics if topic in client.topics]
            if item.opening:
                wanted = [topic for topic in wanted if topic in client.unopened]
                client.unopened.difference_update(wanted)
            if wanted:
                self._post(conn, frame)

    def _frame(self, item):
        """Enter what an item says into the ledger and the books."""
        events, books = [], []
        for event in item.events:
            if isinstance(event, BookDelta | BookSnapshot):
                books.append((event.symbol, self.truth(event.symbol).apply(event)))
            elif isinstance(event, JUDGED):
                events.append(self.enter(event))
        return Frame(item.raw, events, books)

    def enter(self, event):
        """Where `event` stands in the ledger; entered where it is new."""
        channel = CHANNEL[type(event)]
        stream = self._net.ledger.streams.get((channel, event.symbol))
        index = None if stream is None else stream.place.get(key_of(event))
        if index is not None and not isinstance(key_of(event), tuple):
            return stream, index
        past = self.past[channel, event.symbol]
        past.append((self._clock.true, event))
        del past[:-PAST]
        return self._net.ledger.happened(event)

    def _post(self, conn, frame):
        client = self._conns.get(conn)
        if client is None:
            return
        raw = self.dialect.numbered(frame.raw, client.n)
        client.n += 1
        if raw is not frame.raw:
            frame = Frame(raw, frame.events, frame.books)
        self._net.post(conn, frame)

    # What the network asks

    def connect(self, url):
        self._n += 1
        venue = self.dialect.venue
        self._conns[self._n] = _Client(venue.lane_at(url))
        return self._n

    def disconnect(self, conn):
        self._conns.pop(conn, None)

    def receive(self, conn, data):
        data = data.encode() if isinstance(data, str) else data
        client = self._conns.get(conn)
        if client is None:
            return
        op, topics = self.dialect.asked(data, client.lane)
        for raw in self.dialect.answers(data, client.lane):
            self._post(conn, Frame(raw))
        if op == "unsubscribe":
            client.topics.difference_update(topics)
        for topic in topics if op == "subscribe" else ():
            if topic in client.topics:
                continue
            client.topics.add(topic)
            frame = self.dialect.opening(topic, self)
            if frame is None:
                client.unopened.add(topic)
            else:
                self._post(conn, frame)

    def get(self, url):
        """Status and body of a REST request, as of now."""
        parts = urlsplit(url)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        return self.dialect.get(parts.path, query, self)

    # What dialects ask

    def truth(self, symbol):
        """The book of `symbol`."""
        return self._net.books.truths[symbol]

    def trades(self, symbol, channel="trades"):
        """What the history has of it by now, oldest first."""
        seen = self._clock.true - int(self._net.rng.uniform(0, BEHIND) * S)
        return [event for at, event in self.past[channel, symbol] if at <= seen]

    def latest(self, symbol, n):
        """The last `n` trades, whatever the history has."""
        return [event for _, event in self.past["trades", symbol][-n:]]

    @property
    def now(self):
        """True time (ns)."""
        return self._clock.true


class _Client:
    def __init__(self, lane):
        self.lane = lane
        self.topics, self.unopened = set(), set()
        self.n = 0


def _channel(event):
    return f"bars:{event.interval}" if isinstance(event, Bar) else CHANNEL[type(event)]


def venue_of(name):
    """A new instance of a venue by its name."""
    return venues.get(name)
