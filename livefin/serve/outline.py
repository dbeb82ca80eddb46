"""What a recording holds, before it is played: its sockets, symbols, channels, snapshots.

Told from its first records, which is where venues and people subscribe. No I/O but the
reading; serves server and console.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from livefin.errors import MessageError
from livefin.events import CHANNEL, BookDelta, Event, Status
from livefin.recording import Record
from livefin.venues.contract import Closing, Numbered, Ready, Reply, Venue

NOT_EVENTS = (Reply, Numbered, Ready, Closing)
PEEK = 20_000
"""Records looked at."""


class Socket:
    """One WebSocket of the recording: where it went and the first thing it sent."""

    __slots__ = ("first", "path")

    def __init__(self, path: str) -> None:
        self.path = path
        self.first: bytes | None = None


class Sockets:
    """The recording's sockets, and which of them a client takes the place of.

    Sequence numbers belong to one socket, so a client that can be told to stand for one
    must not see the others. A socket opened to where another was lost is its continuation.
    `by_message`: livefin itself recorded, and will say the same again on the same socket; of
    another client's sockets the first message tells nothing.
    """

    def __init__(self, *, by_message: bool = True) -> None:
        self._by_message = by_message
        self._by_conn: dict[str, Socket] = {}
        self._lost: dict[str, Socket] = {}

    def __len__(self) -> int:
        return len(self._by_conn)

    def note(self, record: Record) -> bool:
        """Learn from a record that is no frame; whether that changed anything."""
        conn = record.conn
        if record.kind == "connect":
            if conn in self._by_conn:
                return False
            path = path_of(record.url)
            continued = path in self._lost
            self._by_conn[conn] = self._lost.pop(path) if continued else Socket(path)
            return True
        socket = self._by_conn.get(conn)
        if socket is None:
            return False
        if record.kind == "send" and socket.first is None:
            socket.first = record.data
            return True
        if record.kind == "disconnect":
            self._lost[socket.path] = socket
        return False

    def for_client(self, path: str, first: bytes | None) -> frozenset[str] | None:
        """The `conn`s whose frames a client gets, by its path and first message; None: all."""
        sockets = set(self._by_conn.values())
        for chosen in (
            {socket for socket in sockets if socket.path == path},
            {
                socket
                for socket in sockets
                if self._by_message and first is not None and socket.first == first
            },
        ):
            if chosen & sockets:
                sockets &= chosen
        if len(sockets) == len(set(self._by_conn.values())):
            return None
        return frozenset(conn for conn, socket in self._by_conn.items() if socket in sockets)


class Readers:
    """What reads the frames of each recorded socket, since a venue's ids are scoped by it."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        self._by_conn: dict[str, Venue] = {}

    def events(self, record: Record) -> list[Event]:
        """The events in a frame; none in one that its venue cannot read."""
        venue = self._by_conn.get(record.conn)
        if venue is None or record.kind == "connect":
            venue = self._by_conn[record.conn] = self._venue.fresh()
            if record.kind == "connect":
                venue.lane = venue.lane_at(record.url)
                return []
        try:
            parsed = list(venue.parse(record.data, record.ts))
        except MessageError:
            return []
        return [event for event in parsed if not isinstance(event, NOT_EVENTS)]


class Outline:
    """What the first PEEK records of a recording hold, as `venue` reads them."""

    def __init__(self, records: Iterable[Record], venue: Venue, *, by_message: bool = True) -> None:
        self.sockets = Sockets(by_message=by_message)
        self.symbols: list[str] = []
        self.channels: list[str] = []
        self.spans: dict[str, tuple[int, int]] = {}
        """symbol -> least and greatest update id of its book's changes."""
        self.bodies: dict[str, bytes] = {}
        """path and query -> body, of what was fetched."""
        self.unnamed: list[bytes] = []
        """Bodies fetched that do not say from where."""
        readers = Readers(venue)
        for record in records:
            if record.kind == "recv":
                for event in readers.events(record):
                    self._note(event)
            elif record.kind != "http":
                self.sockets.note(record)
                if record.kind == "connect":
                    readers.events(record)
            elif record.url:
                self.bodies.setdefault(path_of(record.url), record.data)
            else:
                self.unnamed.append(record.data)

    def _note(self, event: Event) -> None:
        if isinstance(event, Status):
            return
        channel = CHANNEL[type(event)]
        if channel == "bars":
            channel = f"bars:{event.interval}"  # type: ignore[union-attr] # a Bar then
        if channel not in self.channels:
            self.channels.append(channel)
        if event.symbol not in self.symbols:
            self.symbols.append(event.symbol)
        if isinstance(event, BookDelta):
            widen(self.spans, event)


def widen(spans: dict[str, tuple[int, int]], delta: BookDelta) -> None:
    """Take the update ids of `delta` into the span of its symbol."""
    if delta.last is not None:
        first = delta.last if delta.first is None else delta.first
        least, greatest = spans.get(delta.symbol, (first, delta.last))
        spans[delta.symbol] = (min(least, first), max(greatest, delta.last))


def path_of(url: str) -> str:
    """Path and query of a URL or a path, as a server sees them.

    >>> path_of("wss://stream.example.com/ws?streams=a"), path_of("wss://ws.example.com")
    ('/ws?streams=a', '/')
    """
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
