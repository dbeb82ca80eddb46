"""Records into Sessions, as the frames of sockets once went into them: the same events again.

Sans-I/O: takes one Record of a recording at a time, gives the events that come of it. Times
are the recording's own. Nothing is sent and nothing fetched: the recording holds the
answers. Each socket of the recording has a session of its own, for ids and channel numbers
are scoped by it; one that was opened in another's place takes over just as it did live.
Serves replay, which paces it, and tabulate, which does not.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from livefin.commands import Fetch, FetchHistory
from livefin.events import Event, Status
from livefin.handover import Handover
from livefin.recording import TAKEN, Record, Recording
from livefin.recording.recorder import public_url
from livefin.session import Session, State

TICK = 200_000_000
LONGEST_HANDOVER = 60_000_000_000
MAX_ASKED = 1_000
"""Requests remembered that the recording has not answered yet."""


class Playback:
    """Plays records into `session` and others like it, one a socket."""

    def __init__(self, session: Session) -> None:
        self.sessions: list[Session] = [session]
        """Those whose events are passed on."""
        self._spare: Session | None = session
        """The session that no socket has yet."""
        self._by_conn: dict[str, Session] = {}
        self._paths: dict[Session, str] = {}
        """Where each session's socket went."""
        self._lost: list[Session] = []
        """Sessions whose socket was lost; the next one to the same place is theirs."""
        self._handovers: dict[Session, Handover] = {}
        self._begun: dict[Handover, int] = {}
        self._asked: dict[str, tuple[Session, Fetch | FetchHistory]] = {}
        self._ready: list[Event] = []
        self._ts = self._next_tick = 0

    def play(self, record: Record) -> list[Event]:
        """The events that `record` brings."""
        ts = self._ts = record.ts
        if record.kind == "recv":
            session = self._by_conn.get(record.conn)
            if session is None or session.state is State.DOWN:
                session = self._open(record)  # a recording that does not say "connect"
            self._take(session, session.receive((record.data,), ts))
        elif record.kind == "http":
            self._answered(record)
        elif record.kind == "connect":
            self._open(record)
        elif record.kind == "disconnect":
            self._closed(record)
        # Recordings put together may go back in time.
        if ts >= self._next_tick or ts < self._next_tick - 2 * TICK:
            for session in list(self.sessions):
                session.alive(ts)  # a pause in the recording is no silence of the venue
                self._take(session, session.tick(ts))
            self._next_tick = ts + TICK
        self.note_asked()
        ready, self._ready = self._ready, []
        return ready

    def finish(self) -> list[Event]:
        """There are no more records: the events that still waited."""
        return [event for session in self.sessions for event in session.finish(self._ts)]

    def note_asked(self) -> None:
        """The recording has the answers already: remember what they are answers to."""
        for session in self.sessions:
            for command in session.commands():
                if isinstance(command, Fetch | FetchHistory):
                    self._asked[public_url(command.url)] = (session, command)
        while len(self._asked) > MAX_ASKED:
            del self._asked[next(iter(self._asked))]

    # Sockets

    def _open(self, record: Record) -> Session:
        """The session of a socket that was opened: a new one, or one that goes on."""
        ts, conn, path = record.ts, record.conn, urlsplit(record.url).path
        replaced = self._by_conn.get(record.data.decode(errors="replace"))
        session = self._by_conn.get(conn)
        if record.kind == "connect" and session is not None and session.state is State.OPEN:
            return session
        if session is None:
            session = next((lost for lost in self._lost if self._paths[lost] == path), None)
        if session is None and self._spare is not None:
            session, self._spare = self._spare, None
        elif session is None:
            session = self.sessions[0].successor()
            self.sessions.append(session)
            if record.kind == "connect" and replaced is not None:
                handover = Handover(replaced, session, ts)
                self._handovers[replaced] = self._handovers[session] = handover
                self._begun[handover] = ts
        if record.url:
            session.venue.lane = session.venue.lane_at(record.url)
        if session in self._lost:
            self._lost.remove(session)
        self._by_conn[conn], self._paths[session] = session, path
        self._take(session, session.opened(ts))
        return session

    def _closed(self, record: Record) -> None:
        session = self._by_conn.pop(record.conn, None)
        if session is None:
            return
        reason = record.data.decode(errors="replace")
        handover = self._handovers.get(session)
        if handover is None:
            self._take(session, session.closed(record.ts, reason))
            self._lost.append(session)
            return
        if session is handover.old and not handover.done and reason == TAKEN:
            session.state = State.DOWN  # it was done now
            self._take(handover.new, [])
        elif not (session is handover.old and handover.done):
            self._take(session, session.closed(record.ts, reason))
        if handover.done or handover.failed:
            self._forget(session)

    def _take(self, session: Session, events: list[Event]) -> None:
        """Events of a session; where two are one stream, those that count."""
        handover = self._handovers.get(session)
        if handover is None:
            self._ready += events
            return
        # Only the one that saw the clock go on knows when it was done; so it stands still here
        # until the recording says so. One that never says it may be of an older livefin.
        began, now = self._begun[handover], self._ts
        if handover.old.state is State.OPEN and now - began < LONGEST_HANDOVER:
            now = began
        self._ready += handover.take(session, events, now)
        if handover.done or handover.failed:
            gone = handover.old if handover.done else handover.new
            goes_on = handover.new if handover.done else handover.old
            self.sessions = [each for each in self.sessions if each is not gone]
            self._handovers.pop(goes_on, None)  # what still comes of the other goes nowhere

    def _forget(self, session: Session) -> None:
        """Its socket is gone, and another has its place."""
        self._paths.pop(session, None)
        handover = self._handovers.pop(session, None)
        if handover is not None:
            self._begun.pop(handover, None)

    # Answers

    def _answered(self, record: Record) -> None:
        ts = record.ts
        asked = self._asked.pop(record.url, None)
        if asked is not None:
            session, command = asked
            self._take(session, session.fetched(command, record.data, ts))
            return
        for channel, symbol in self._whose(record.url):
            for session in self._snapshot_takers(channel, symbol):
                self._take(session, session.snapshot(symbol, record.data, ts, channel=channel))

    def _snapshot_takers(self, channel: str, symbol: str) -> list[Session]:
        wanting = [
            session
            for session in self.sessions
            if any(sub == (channel, symbol) for sub in session.subscriptions)
        ]
        return wanting or self.sessions[:1]

    def _whose(self, url: str) -> list[tuple[str, str]]:
        """Channel and symbol of the snapshot that `url` answered with; none when it is none."""
        venue = self.sessions[0].venue
        if url:
            try:
                parts = urlsplit(url)
            except ValueError:
                return []
            path = f"{parts.path}?{parts.query}" if parts.query else parts.path
            named = (("book", venue.snapshot_symbol(path)), ("orders", venue.orders_symbol(path)))
            return [(channel, symbol) for channel, symbol in named if symbol is not None]
        # A recording without addresses: it can only be told where there is one book.
        books = [
            sub
            for session in self.sessions
            for sub in session.subscriptions
            if sub.channel == "book"
        ]
        return [(books[0].channel, books[0].symbol)] if len(books) == 1 else []


def damage(recording: Recording, ts: int) -> list[Status]:
    """What `recording`, read to its end at `ts`, could not give."""
    said = []
    if recording.truncated:
        what = f"{recording.path.name} is cut off: {recording.damage}"
        said.append(f"{what}; all whole lines were played")
    if recording.skipped:
        said.append(f"{recording.path.name}: {recording.skipped} unreadable lines left out")
    return [Status("error", ts, count=1, detail=detail) for detail in said]
