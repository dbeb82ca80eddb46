"""A recording driving the same Session as a socket does: same events, same frames.

Times are the recording's own, so that a replay gives what was seen live, bit for bit,
whatever the speed. Nothing is sent and nothing fetched: the recording holds the answers.
"""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from urllib.parse import urlsplit

from livefin.driver import Deliver, Recorder
from livefin.errors import RecordingError
from livefin.events import Event, Status
from livefin.recording import Record, Recording
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
        """What plays it into `session`."""
        return ReplayDriver(session, deliver, self.recording, speed=self.speed)


class ReplayDriver:
    """Plays `recording` into `session`, once."""

    def __init__(
        self, session: Session, deliver: Deliver, recording: Recording, *, speed: float | None
    ) -> None:
        self.session = session
        self.recorder: Recorder | None = None
        self.finished = False
        self.first: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._deliver, self._recording, self._speed = deliver, recording, speed
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
            self._ready += [*self.session.tick(ts), *self._damage(ts)]
        finally:
            self._hand_over()
            self.finished = True

    def _play(self, record: Record) -> None:
        session, ts, ready = self.session, record.ts, self._ready
        if record.kind == "recv":
            if self.recorder is not None:
                self.recorder.recv((record.data,), ts)
            if session.state is State.DOWN:  # a recording that does not say "connect"
                ready += session.opened(ts)
            ready += session.receive((record.data,), ts)
        elif record.kind == "http":
            if self.recorder is not None:
                self.recorder.http(record.url, record.data, ts)
            symbol = self._symbol(record.url)
            if symbol is not None:
                ready += session.snapshot(symbol, record.data, ts)
        elif record.kind == "connect" and session.state is State.DOWN:
            ready += session.opened(ts)
        elif record.kind == "disconnect":
            ready += session.closed(ts, record.data.decode(errors="replace"))
        if ts >= self._next_tick:
            session.alive(ts)  # a pause in the recording is no silence of the venue
            ready += session.tick(ts)
            self._next_tick = ts + TICK
        session.commands()  # the recording has the answers already

    def _damage(self, ts: int) -> list[Status]:
        """What the recording could not give."""
        recording, said = self._recording, []
        if recording.truncated:
            said.append(f"{recording.path.name} is cut off; all whole lines were played")
        if recording.skipped:
            said.append(f"{recording.path.name}: {recording.skipped} unreadable lines left out")
        return [Status("error", ts, count=1, detail=detail) for detail in said]

    def _symbol(self, url: str) -> str | None:
        """Whose book snapshot the answer of `url` is; None when it is none."""
        if url:
            try:
                parts = urlsplit(url)
            except ValueError:
                return None
            return self.session.venue.snapshot_symbol(f"{parts.path}?{parts.query}")
        # A recording without addresses: it can only be told where there is one book.
        books = [sub.symbol for sub in self.session.subscriptions if sub.channel == "book"]
        return books[0] if len(books) == 1 else None

    def _hand_over(self) -> None:
        if self._ready:
            ready, self._ready = self._ready, []
            self._deliver(ready)

    def refresh(self) -> None:
        """Nothing is sent anywhere."""
        self.session.commands()

    def send(self, data: str | bytes) -> bool:  # noqa: ARG002 - nobody listens
        """A recording takes no messages."""
        return False

    def hold(self) -> None:
        """Play no further."""
        self._gate.clear()

    def go_on(self) -> None:
        """Play on."""
        self._gate.set()
