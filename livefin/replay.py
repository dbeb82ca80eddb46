"""A recording driving the same Sessions as sockets do: same events, same frames.

Times are the recording's own, so that a replay gives what was seen live, bit for bit,
whatever the speed. Nothing is sent and nothing fetched: the recording holds the answers.
Each socket of the recording has a session of its own, for ids and channel numbers are
scoped by it; one that was opened in another's place takes over just as it did live.
"""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from urllib.parse import urlsplit

from livefin.commands import Fetch, FetchHistory
from livefin.driver import Deliver, Recorder
from livefin.errors import RecordingError
from livefin.events import Event, Status
from livefin.handover import Handover
from livefin.recording import Record, Recording
from livefin.recording.recorder import public_url
from livefin.session import Session, State
from livefin.venues.contract import Venue

SLICE = 0.010
TICK = 200_000_000


class Replay:
    """A recording to connect to: `lf.connect(lf.Replay("session.jsonl.gz", speed=10))`.

    `speed` is how many times faster than life; None is as fast as it goes. `venue`, a name
    or a Venue of your own, reads a recording that does not say whose it is. Raises
    RecordingError when `path` is not there or is not a recording.
    """

    def __init__(
        self, path: str | Path, *, speed: float | None = 1.0, venue: str | Venue | None = None
    ) -> None:
        if speed is not None and not speed > 0:
            raise RecordingError(path, f"speed must be positive, or None; got {speed!r}")
        self.path, self.speed = Path(path), speed
        self.recording = Recording(path, venue=venue)

    def __repr__(self) -> str:
        return f"Replay({str(self.path)!r}, speed={self.speed!r})"

    def driver(self, session: Session, deliver: Deliver) -> ReplayDriver:
        """What plays it into `session` and such as it."""
        return ReplayDriver(session, deliver, self.recording, speed=self.speed)


class ReplayDriver:
    """Plays `recording` once, into `session` and others like it, one a socket."""

    def __init__(
        self, session: Session, deliver: Deliver, recording: Recording, *, speed: float | None
    ) -> None:
        self.sessions: list[Session] = [session]
        self.finished = False
        self.stall = 0.0
        self.first: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._deliver, self._recording, self._speed = deliver, recording, speed
        self._recorder: Recorder | None = None
        self._spare: Session | None = session
        """The session that no socket has yet."""
        self._by_conn: dict[str, Session] = {}
        self._paths: dict[Session, str] = {}
        """Where each session's socket went."""
        self._lost: list[Session] = []
        """Sessions whose socket was lost; the next one to the same place is theirs."""
        self._handovers: dict[Session, Handover] = {}
        self._asked: dict[str, tuple[Session, Fetch | FetchHistory]] = {}
        self._gate = asyncio.Event()
        self._gate.set()
        self._ready: list[Event] = []
        self._next_tick = 0

    async def run(self) -> None:
        """Play to the end."""
        self.first.set_result(None)
        began, first_ts = time.monotonic(), None
        rested = began
        ts = 0
        try:
            for record in self._recording:
                ts = record.ts
                if first_ts is None:
                    first_ts = ts
                if self._speed is not None:
                    due = began + (ts - first_ts) / 1e9 / self._speed
                    wait = due - time.monotonic()
                    if wait > 0:
                        self._hand_over()
                        await asyncio.sleep(wait)
                self._play(record)
                if time.monotonic() - rested > SLICE or not self._gate.is_set():
                    self._hand_over()
                    await asyncio.sleep(0)  # let the loop do its other work
                    await self._gate.wait()
                    rested = time.monotonic()
            for session in self.sessions:
                self._ready += session.finish(ts)
            self._ready += self._damage(ts)
        finally:
            self._hand_over()
            self.finished = True

    # Playing

    def _play(self, record: Record) -> None:
        ts, conn = record.ts, record.conn
        if self._recorder is not None:
            self._tell(self._recorder, record)
        if record.kind == "recv":
            session = self._by_conn.get(conn)
            if session is None or session.state is State.DOWN:
                session = self._open(record)  # a recording that does not say "connect"
            self._take(session, session.receive((record.data,), ts), ts)
        elif record.kind == "http":
            self._answered(record)
        elif record.kind == "connect":
            self._open(record)
        elif record.kind == "disconnect":
            self._closed(record)
        if ts >= self._next_tick:
            for session in list(self.sessions):
                session.alive(ts)  # a pause in the recording is no silence of the venue
                self._take(session, session.tick(ts), ts)
            self._next_tick = ts + TICK
        for session in self.sessions:
            self._note_asked(session)

    def _tell(self, recorder: Recorder, record: Record) -> None:
        ts, conn = record.ts, record.conn
        match record.kind:
            case "recv":
                recorder.recv((record.data,), ts, conn=conn)
            case "http":
                recorder.http(record.url, record.data, ts, conn=conn)
            case "connect":
                recorder.connect(record.url, ts, conn=conn, replaces=record.data.decode())
            case "disconnect":
                recorder.disconnect(record.data.decode(errors="replace"), ts, conn=conn)

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
                self._handovers[replaced] = self._handovers[session] = Handover(
                    replaced, session, ts
                )
        if record.url:
            session.venue.lane = session.venue.lane_at(record.url)
        if session in self._lost:
            self._lost.remove(session)
        self._by_conn[conn], self._paths[session] = session, path
        self._take(session, session.opened(ts), ts)
        return session

    def _closed(self, record: Record) -> None:
        session = self._by_conn.pop(record.conn, None)
        if session is None:
            return
        handover = self._handovers.get(session)
        if handover is not None and session is handover.old and handover.done:
            return  # as was meant
        reason = record.data.decode(errors="replace")
        self._take(session, session.closed(record.ts, reason), record.ts)
        if handover is None:
            self._lost.append(session)

    def _take(self, session: Session, events: list[Event], ts: int) -> None:
        """Events of a session; where two are one stream, those that count."""
        handover = self._handovers.get(session)
        if handover is None:
            self._ready += events
            return
        self._ready += handover.take(session, events, ts)
        if handover.done or handover.failed:
            gone = handover.old if handover.done else handover.new
            goes_on = handover.new if handover.done else handover.old
            self.sessions = [each for each in self.sessions if each is not gone]
            self._handovers.pop(goes_on, None)  # what still comes of the other goes nowhere

    def _note_asked(self, session: Session) -> None:
        """The recording has the answers already: remember what they are answers to."""
        for command in session.commands():
            if isinstance(command, Fetch | FetchHistory):
                self._asked[public_url(command.url)] = (session, command)

    def _answered(self, record: Record) -> None:
        ts = record.ts
        asked = self._asked.pop(record.url, None)
        if asked is not None:
            session, command = asked
            self._take(session, session.fetched(command, record.data, ts), ts)
            return
        for channel, symbol in self._whose(record.url):
            for session in self._snapshot_takers(channel, symbol):
                events = session.snapshot(symbol, record.data, ts, channel=channel)
                self._take(session, events, ts)

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
            path = f"{parts.path}?{parts.query}"
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

    def _damage(self, ts: int) -> list[Status]:
        """What the recording could not give."""
        recording, said = self._recording, []
        if recording.truncated:
            said.append(f"{recording.path.name} is cut off; all whole lines were played")
        if recording.skipped:
            said.append(f"{recording.path.name}: {recording.skipped} unreadable lines left out")
        return [Status("error", ts, count=1, detail=detail) for detail in said]

    def _hand_over(self) -> None:
        if self._ready:
            ready, self._ready = self._ready, []
            self._deliver(ready)

    # Told by the feed

    def record(self, recorder: Recorder | None) -> None:
        """Tell `recorder` of all that passes from now on."""
        self._recorder = recorder

    def refresh(self) -> None:
        """Nothing is sent anywhere."""
        for session in self.sessions:
            self._note_asked(session)

    def renew(self, reason: str) -> bool:  # noqa: ARG002 - there is no socket
        """A recording has the sockets it has."""
        return False

    def send(self, data: str | bytes) -> bool:  # noqa: ARG002 - nobody listens
        """A recording takes no messages."""
        return False

    def hold(self) -> None:
        """Play no further."""
        self._gate.clear()

    def go_on(self) -> None:
        """Play on."""
        self._gate.set()
