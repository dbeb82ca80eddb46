"""A recording driving the same Sessions as sockets do: same events, same frames.

What the records bring is playback.py's; here is at what pace, and how it stands in the
place of a client. Whatever the speed, a replay gives what was seen live, bit for bit.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from os import PathLike
from pathlib import Path

from livefin.driver import Deliver, Recorder
from livefin.errors import RecordingError
from livefin.events import Event
from livefin.playback import Playback, damage
from livefin.recording import Record, Recording
from livefin.session import Session
from livefin.venues.contract import Venue

SLICE = 0.010


class Replay:
    """A recording to connect to: `lf.connect(lf.Replay("session.jsonl.gz", speed=10))`.

    `path` may be a folder that a rotating recording was made in, a pattern ("btc-*.gz") or
    several paths, which are played as one. `speed` is how many times faster than life; None
    is as fast as it goes. `venue`, a name or a Venue of your own, reads a recording that does
    not say whose it is. Raises RecordingError when `path` is not there or is no recording.
    """

    def __init__(
        self,
        path: str | PathLike[str] | Sequence[str | PathLike[str]],
        *,
        speed: float | None = 1.0,
        venue: str | Venue | None = None,
    ) -> None:
        if speed is not None and not speed > 0:
            raise RecordingError(path, f"speed must be positive, or None; got {speed!r}")
        self.speed = speed
        self.recording = Recording(path, venue=venue)

    def __repr__(self) -> str:
        return f"Replay({str(self.path)!r}, speed={self.speed!r})"

    @property
    def path(self) -> Path:
        """Where the recording is."""
        return self.recording.path

    def driver(self, session: Session, deliver: Deliver) -> ReplayDriver:
        """What plays it into `session` and such as it."""
        return ReplayDriver(session, deliver, self.recording, speed=self.speed)


class ReplayDriver:
    """Plays `recording` once, into `session` and others like it, one a socket."""

    def __init__(
        self, session: Session, deliver: Deliver, recording: Recording, *, speed: float | None
    ) -> None:
        self.finished = False
        self.stall = 0.0
        self.first: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._playback = Playback(session)
        self._deliver, self._recording, self._speed = deliver, recording, speed
        self._recorder: Recorder | None = None
        self._gate = asyncio.Event()
        self._gate.set()
        self._ready: list[Event] = []

    @property
    def sessions(self) -> Sequence[Session]:
        """Those whose events are passed on."""
        return self._playback.sessions

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
                if self._recorder is not None:
                    _tell(self._recorder, record)
                self._ready += self._playback.play(record)
                if time.monotonic() - rested > SLICE or not self._gate.is_set():
                    self._hand_over()
                    await asyncio.sleep(0)  # let the loop do its other work
                    await self._gate.wait()
                    rested = time.monotonic()
            self._ready += self._playback.finish()
            self._ready += damage(self._recording, ts)
        finally:
            self._hand_over()
            self.finished = True

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
        self._playback.note_asked()

    async def get(self, url: str) -> bytes | None:  # noqa: ARG002 - a recording has the answers that it has
        """Nothing is fetched."""
        return None

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


def _tell(recorder: Recorder, record: Record) -> None:
    ts, conn = record.ts, record.conn
    match record.kind:
        case "recv":
            recorder.recv((record.data,), ts, conn=conn)
        case "http":
            recorder.http(record.url, record.data, ts, conn=conn)
        case "connect":
            replaces = record.data.decode(errors="replace")
            recorder.connect(record.url, ts, conn=conn, replaces=replaces)
        case "disconnect":
            recorder.disconnect(record.data.decode(errors="replace"), ts, conn=conn)
