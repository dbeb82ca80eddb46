"""Play a capture through sessions, one a socket as live, and count what came of it."""

from collections import Counter
from dataclasses import dataclass, field

from livefin import venues
from livefin.book import OrderBook
from livefin.errors import MessageError
from livefin.events import CHANNEL, BookDelta, BookSnapshot, Status
from livefin.playback import Playback
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
    found = Audit()
    playback = Playback(Session(listening(given, found.malformed), None, seed=1))

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

    for record in recording:
        found.frames += record.kind == "recv"
        take(playback.play(record))
    take(playback.finish())
    for session in playback.sessions:
        found.checks += session.checks
    return found


def listening(venue, malformed):
    """`venue`, noting what it refuses; and so will every fresh instance of it."""

    def parse(self, raw, now):
        try:
            return list(super(kind, self).parse(raw, now))
        except MessageError as error:
            malformed.append((str(error), raw))
            raise

    kind = type(type(venue).__name__, (type(venue),), {"parse": parse})
    other = venue.fresh()
    other.__class__ = kind
    return other
