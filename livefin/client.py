"""A socket driving one Session: connect, hand every frame over, do what the session says.

The WebSocket is the websockets package's, handshake, framing, TLS, proxy and all. `Link`
differs from its connection in one thing: frames are handed over as they are decoded, many
in one go, instead of one by one through a queue that wakes a task each time. And when
frames come closer together than COALESCE, reading pauses for that long, so that the loop
wakes 200 times a second instead of 5,000; a lone frame is read at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence
from typing import Any, cast

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus, WebSocketException
from websockets.frames import Frame, Opcode

from livefin import fetch
from livefin.booksync import Fetch, Send
from livefin.driver import Deliver, Recorder
from livefin.errors import ConnectError
from livefin.events import Status
from livefin.session import Ping, Reconnect, Session, State

MAX_FRAME = 32 * 2**20
COALESCE = 0.005
FULL_READ = 32 * 1024
TICK = 0.2
OPEN_TIMEOUT = 10.0
CLOSE_TIMEOUT = 1.0
TOO_BIG, PROTOCOL_ERROR = 1009, 1002


class Link(ClientConnection):
    """A websockets connection that delivers frames in bulk to `deliver`."""

    deliver: Callable[[Sequence[bytes]], None] | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._frames: list[bytes] = []
        self._fragments: list[bytes] = []
        self._last_read = 0.0
        self._held = False
        self._resting = False

    def process_event(self, event: Any) -> None:
        """Collect a data frame; leave everything else to websockets."""
        if not isinstance(event, Frame) or event.opcode not in _DATA:
            super().process_event(event)
        elif event.fin and not self._fragments:
            self._frames.append(bytes(event.data))
        else:
            self._fragments.append(bytes(event.data))
            if event.fin:
                self._frames.append(b"".join(self._fragments))
                self._fragments.clear()

    def data_received(self, data: bytes) -> None:
        """Decode what came, deliver it, and rest a moment when more is sure to come soon."""
        super().data_received(data)
        self.flush()
        now = self.loop.time()
        # A full read means that the other side is ahead of us: do not rest then.
        if now - self._last_read < COALESCE and len(data) < FULL_READ and not self._held:
            self._resting = True
            self.transport.pause_reading()
            self.loop.call_later(COALESCE, self._wake)
        self._last_read = now

    def flush(self) -> None:
        """Deliver what has been decoded, once there is someone to deliver it to."""
        if self._frames and self.deliver is not None:
            frames, self._frames = self._frames, []
            self.deliver(frames)

    def _wake(self) -> None:
        self._resting = False
        if not self._held and not self.transport.is_closing():
            self._last_read = self.loop.time()
            self.transport.resume_reading()

    def hold(self) -> None:
        """Read no further, so that the other side has to wait."""
        if not self._held:
            self._held = True
            if not self._resting:
                self.transport.pause_reading()

    def go_on(self) -> None:
        """Read again after `hold`."""
        if self._held:
            self._held = False
            if not self._resting and not self.transport.is_closing():
                self.transport.resume_reading()


_DATA = frozenset({Opcode.TEXT, Opcode.BINARY, Opcode.CONT})


class Client:
    """Runs `session` over real sockets until `close`; events go to `deliver`, in order."""

    def __init__(
        self,
        session: Session,
        deliver: Deliver,
        *,
        max_frame: int = MAX_FRAME,
        clock: Callable[[], int] = time.time_ns,
    ) -> None:
        self.session = session
        self.recorder: Recorder | None = None
        self._deliver, self._clock, self._max_frame = deliver, clock, max_frame
        self._link: Link | None = None
        self._outgoing: asyncio.Queue[str | bytes] = asyncio.Queue()
        self._jobs: set[asyncio.Task[None]] = set()
        self._closing = False
        self.first = asyncio.get_running_loop().create_future()
        """Done when the first connection stands; ConnectError when the first try failed."""

    @property
    def finished(self) -> bool:
        """Whether no more will come by itself; a socket never says so."""
        return False

    async def run(self) -> None:
        """Connect, and again after every loss, until cancelled."""
        try:
            while True:
                wait = (self.session.retry_at or 0) - self._clock()
                if wait > 0:
                    await asyncio.sleep(wait / 1e9)
                reason = await self._one_connection()
                now = self._clock()
                if self.recorder is not None:
                    self.recorder.disconnect(reason, now)
                self._deliver(self.session.closed(now, reason))
        finally:
            await self._end_jobs()

    async def _one_connection(self) -> str:
        """Connect and serve one socket; returns why it ended."""
        url = self.session.venue.endpoint()
        try:
            link = await connect(
                url,
                create_connection=Link,
                max_size=self._max_frame,
                ping_interval=None,  # the session decides when to ask
                open_timeout=OPEN_TIMEOUT,
                close_timeout=CLOSE_TIMEOUT,
            )
        except (OSError, TimeoutError, WebSocketException, ValueError) as error:
            reason = explain(error)
            if not self.first.done():
                self.first.set_exception(
                    ConnectError(self.session.venue.name, fetch.public(url), reason)
                )
            return reason
        self._link = cast("Link", link)
        try:
            return await self._serve(self._link)
        finally:
            self._link = None
            await self._end_jobs()
            await link.close()  # at once where it is closed already, else bounded in time

    async def _serve(self, link: Link) -> str:
        now = self._clock()
        if self.recorder is not None:
            self.recorder.connect(self.session.venue.endpoint(), now)
        self._outgoing = asyncio.Queue()
        self._deliver(self.session.opened(now))
        link.deliver = self._receive
        link.flush()
        self._start(self._send_paced(link))
        self._start(self._tick())
        self._carry_out()
        if not self.first.done():
            self.first.set_result(None)
        await link.wait_closed()
        sent = link.protocol.close_sent
        if sent is not None and sent.code == TOO_BIG:
            return f"a message is over the limit of {self._max_frame:,} bytes (max_frame=)"
        if sent is not None and sent.code == PROTOCOL_ERROR:
            return f"the venue broke the WebSocket protocol: {sent.reason}"
        said = f": {link.close_reason}" if link.close_reason else ""
        return f"connection closed with code {link.close_code}{said}"

    def _receive(self, frames: Sequence[bytes]) -> None:
        now = self._clock()
        if self.recorder is not None:
            self.recorder.recv(frames, now)
        self._deliver(self.session.receive(frames, now))
        self._carry_out()

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK)
            events = self.session.tick(self._clock())
            if self.recorder is not None and self.recorder.error is not None:
                detail = f"recording stopped: {self.recorder.error}"
                self.recorder = None
                events.append(Status("error", self._clock(), detail=detail))
            if events:
                self._deliver(events)
            self._carry_out()

    def _carry_out(self) -> None:
        for command in self.session.commands():
            match command:
                case Send(data):
                    self._outgoing.put_nowait(data)
                case Fetch(symbol, url):
                    self._start(self._fetch(symbol, url))
                case Ping():
                    self._start(self._ping())
                case Reconnect():
                    if self._link is not None:
                        self._link.transport.abort()

    async def _send_paced(self, link: Link) -> None:
        while True:
            data = await self._outgoing.get()
            with contextlib.suppress(WebSocketException):  # the loss itself is reported elsewhere
                await link.send(data)
                if self.recorder is not None:
                    self.recorder.send(data, self._clock())
            await asyncio.sleep(self.session.venue.send_interval)

    async def _ping(self) -> None:
        if self._link is not None:
            with contextlib.suppress(WebSocketException):
                await (await self._link.ping())
                self.session.alive(self._clock())

    async def _fetch(self, symbol: str, url: str) -> None:
        try:
            body = await fetch.get(url)
        except fetch.FetchError as error:
            events = self.session.fetch_failed(
                symbol,
                self._clock(),
                str(error),
                refused=error.refused,
                retry_after=error.retry_after,
            )
        else:
            now = self._clock()
            if self.recorder is not None:
                self.recorder.http(url, body, now)
            events = self.session.snapshot(symbol, body, now)
        self._deliver(events)
        self._carry_out()

    def refresh(self) -> None:
        """Carry out what a change of subscriptions asks for."""
        self._carry_out()

    def send(self, data: str | bytes) -> bool:
        """Queue a message of the user's; False while there is no connection."""
        if self.session.state is not State.OPEN:
            return False
        self._outgoing.put_nowait(data)
        return True

    def hold(self) -> None:
        """Read no further until `go_on`."""
        if self._link is not None:
            self._link.hold()

    def go_on(self) -> None:
        """Read again."""
        if self._link is not None:
            self._link.go_on()

    def _start(self, job: Any) -> None:
        task = asyncio.ensure_future(job)
        self._jobs.add(task)
        task.add_done_callback(self._jobs.discard)

    async def _end_jobs(self) -> None:
        jobs = [job for job in self._jobs if job is not asyncio.current_task()]
        for job in jobs:
            job.cancel()
        await asyncio.gather(*jobs, return_exceptions=True)


def explain(error: BaseException) -> str:
    """Why a connection could not be made, and what to do, in one line."""
    match error:
        case InvalidStatus():
            status = error.response.status_code
            hint = {
                401: "the key is missing or wrong",
                403: "access is forbidden, perhaps from this country",
                404: "the address is wrong",
                418: "this address is banned for a while for too many requests",
                429: "too many requests; wait before trying again",
                451: "the venue does not serve this country",
            }.get(status, "the server refused the WebSocket handshake")
            return f"HTTP {status}: {hint}"
        case ConnectionRefusedError():
            return "connection refused: nothing listens there; is the server running?"
        case TimeoutError():
            return f"no answer within {OPEN_TIMEOUT:.0f} s"
        case OSError():
            return f"{error.strerror or error}: check the network and the address"
    return f"{type(error).__name__}: {error}"
