"""Play a capture through sessions, one a socket as live, and count what came of it."""

from collections import Counter
from dataclasses import dataclass, field

from livefin import venues
from livefin.book import OrderBook
from livefin.errors import MessageError
from livefin.events import CHANNEL, BookDelta, BookSnapshot, Status
from livefin.recording import Recording
from livefin.session import Session


@dataclass
class Audit:
    """What a capture held, as livefin reads it."""

    frames: int = 0
    events: Counter = field(default_factory=Counter)
    """By channel, as they left the session."""
    malformed: list = field(default_factory=list)
    """(error, raw) of every frame that `parse` refused."""
    statuses: list = field(default_factory=list)
    """All but connected, and all that is malformed."""
    checks: Counter = field(default_factory=Counter)
    """Checksums "matched" and "failed"."""
    crossed: int = 0
    """Times that a book stood crossed after a change."""
    books: dict = field(default_factory=dict)
    symbols: set = field(default_factory=set)
    kept: list = field(default_factory=list)
    """The events themselves, when asked for."""

    def counts(self, kind):
        return sum(status.kind == kind for status in self.statuses)


def audit(path, venue, *, keep=False):
    """Play the capture at `path` as `venue` (a name or an instance)."""
    given = venues.get(venue) if isinstance(venue, str) else venue
    recording = Recording(path, venue=given)
    found, sessions = Audit(), {}

    def take(events):
        for event in events:
            if isinstance(event, Status):
                if event.kind != "connected":
                    found.statuses.append(event)
                continue
            found.events[CHANNEL[type(event)]] += 1
            found.symbols.add(event.symbol)
            if keep:
                found.kept.append(event)
            if isinstance(event, BookDelta | BookSnapshot):
                book = found.books.setdefault(event.symbol, OrderBook(event.symbol))
                book.apply(event)
                found.crossed += book.crossed

    def session_of(conn, ts, url=""):
        if conn not in sessions:
            own = given.fresh()
            if url:
                own.lane = own.lane_at(url)
            session = sessions[conn] = Session(own, None, seed=1)
            parse = own.parse

            def noting(raw, now):
                try:
                    return list(parse(raw, now))
                except MessageError as error:
                    found.malformed.append((str(error), raw))
                    raise

            own.parse = noting
            take(session.opened(ts))
        return sessions[conn]

    ts = 0
    for record in recording:
        ts = record.ts
        if record.kind == "connect":
            session_of(record.conn, ts, record.url)
        elif record.kind == "recv":
            found.frames += 1
            session = session_of(record.conn, ts)
            take(session.receive([record.data], ts))
            session.commands()
        elif record.kind == "http" and record.url:
            fetched(given, record, sessions, take)
    for session in sessions.values():
        take(session.tick(ts))
        found.checks += getattr(session, "checks", Counter())
    return found


def fetched(venue, record, sessions, take):
    path = record.url.split("://")[-1]
    path = path[path.find("/") :] if "/" in path else "/"
    symbol = venue.snapshot_symbol(path)
    if symbol is not None:
        for session in list(sessions.values()):
            take(session.snapshot(symbol, record.data, record.ts))
