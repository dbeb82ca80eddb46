"""A socket driving one Session: connect, hand every frame over, do what the session says.

Keys go into the handshake and the requests, and nowhere else: what is recorded or said is
free of them. What happens when a socket's end is foreseen is line.py's business.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Sequence
from typing import Any, cast

from msgspec.structs import replace
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus, WebSocketException

from livefin import fetch
from livefin.commands import Fetch, FetchHistory, Ping, Reconnect, Renew, Send
from livefin.driver import Deliver, Recorder
from livefin.errors import ConnectError
from livefin.events import Event, Status
from livefin.gulps import OPEN_TIMEOUT, Link, explain
from livefin.keys import hide
from livefin.session import Session, State

MAX_FRAME = 32 * 2**20
TICK = 0.2
CLOSE_TIMEOUT = 1.0
REQUESTS = 4
"""REST requests under way at a time; venues count them."""
MAX_OUTGOING = 100_000
"""Messages that wait to be sent; a venue that asks for more answers than that is given up."""
TOLD = 300
"""Letters of what a server says that are passed on."""
TOO_BIG, PROTOCOL_ERROR = 1009, 1002

# At the level DEBUG it would show the headers and all that is sent, keys among them.
_log = logging.getLogger("livefin.client")
_log.setLevel(logging.INFO)


class _Direct(connect):
    """Follows no redirect, which would take keys to whom they are not for."""

    def process_redirect(self, exc: Exception) -> Exception:
        """Leave it at the answer that there was."""
        return exc


class Client:
    """Runs `session` over real sockets until cancelled; events go to `deliver`, in order.

    `renew` is called with the reason when the session says that its socket will end.
    """

    def __init__(
        self,
        session: Session,
        deliver: Deliver,
        *,
        max_frame: int = MAX_FRAME,
        clock: Callable[[], int] = time.time_ns,
        renew: Callable[[str], object] = lambda _: None,
    ) -> None:
        self.session, self.deliver = session, deliver
        self.conn = ""
        """The name that the recorder gave this socket; "" while there is none."""
        self.replaces = ""
        """The socket whose place it is to take, by its name."""
        self.stall = 0.0
        """The longest that the event loop was held up lately, in seconds."""
        self._clock, self._max_frame, self._renew = clock, max_frame, renew
        self._recorder: Recorder | None = None
        self._link: Link | None = None
        self._outgoing: asyncio.Queue[Send] = asyncio.Queue()
        self._requests = asyncio.Semaphore(REQUESTS)
        self._request_at = 0.0
        """When the venue takes requests again, by the loop's clock."""
        self._jobs: set[asyncio.Task[None]] = set()
        self._held = False
        self.first = asyncio.get_running_loop().create_future()
        """Done when the first connection stands; ConnectError when the first try failed."""

    async def run(self) -> None:
        """Connect, and again after every loss, until cancelled."""
        try:
            while True:
                wait = (self.session.retry_at or 0) - self._clock()
                if wait > 0:
                    await asyncio.sleep(wait / 1e9)
                reason, retry_after = await self._one_connection()
                now = self._clock()
                self._tell_lost(reason, now)
                self._tell(self.session.closed(now, reason, retry_after=retry_after))
        finally:
            await self._end_jobs()

    async def _one_connection(self) -> tuple[str, float | None]:
        """Connect and serve one socket; why it ended, and when the venue wants us back."""
        venue = self.session.venue
        url = ""
        try:
            request = venue.prepare(self._clock())
            if request is not None:
                body = await fetch.get(request.url, headers=request.headers, body=request.body)
                venue.prepared(body)
            url, headers = venue.endpoint(), venue.headers()
            link = await (_Direct if venue.keys or headers else connect)(
                url,
                logger=_log,
                additional_headers=headers,
                create_connection=Link,
                max_size=self._max_frame,
                ping_interval=None,  # the session decides when to ask
                open_timeout=OPEN_TIMEOUT,
                close_timeout=CLOSE_TIMEOUT,
            )
        except (
            OSError, TimeoutError, WebSocketException, ValueError, fetch.FetchError, EOFError,
        ) as error:  # fmt: skip
            reason = self._public(explain(error))
            if not self.first.done():
                where = fetch.public(url or venue.url)
                self.first.set_exception(ConnectError(venue.name, where, reason))
            if isinstance(error, InvalidStatus):
                return reason, fetch.seconds(error.response.headers.get("Retry-After"))
            return reason, error.retry_after if isinstance(error, fetch.FetchError) else None
        self._link = cast("Link", link)
        try:
            return self._public(await self._serve(self._link)), None
        finally:
            self._link = None
            await self._end_jobs()
            await link.close()  # at once where it is closed already, else bounded in time

    async def _serve(self, link: Link) -> str:
        now = self._clock()
        self._tell_connected(now)
        self._outgoing = asyncio.Queue()
        self._tell(self.session.opened(now))
        link.deliver = self._receive
        if self._held:
            link.hold()
        link.flush()
        self._start(self._send_paced(link))
        self._start(self._tick())
        self._carry_out()
        if not self.first.done():
            self.first.set_result(None)
        await link.wait_closed()
        if link.fault:
            return link.fault
        sent = link.protocol.close_sent
        if sent is not None and sent.code == TOO_BIG:
            return f"a message is over the limit of {self._max_frame:,} bytes (max_frame=)"
        if sent is not None and sent.code == PROTOCOL_ERROR:
            return f"the venue broke the WebSocket protocol: {sent.reason}"
        said = f": {link.close_reason}" if link.close_reason else ""
        return f"connection closed with code {link.close_code}{said}"

    def _receive(self, frames: Sequence[bytes]) -> None:
        now = self._clock()
        if self._recorder is not None:
            confidential = self.session.venue.confidential
            self._recorder.recv(
                [frame for frame in frames if not confidential(frame)], now, conn=self.conn
            )
        self._tell(self.session.receive(frames, now))
        self._carry_out()

    async def _tick(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + TICK
            await asyncio.sleep(TICK)
            self.stall = max(loop.time() - due, self.stall * 0.9)
            events = self.session.tick(self._clock())
            if self._recorder is not None and self._recorder.error is not None:
                detail = f"recording stopped: {self._recorder.error}"
                self._recorder = None
                events.append(Status("error", self._clock(), detail=detail))
            self._tell(events)
            self._carry_out()

    def _carry_out(self) -> None:
        for command in self.session.commands():
            match command:
                case Send():
                    self._outgoing.put_nowait(command)
                    if self._outgoing.qsize() > MAX_OUTGOING and self._link is not None:
                        self._link.drop("it asks for more answers than can be sent")
                case Fetch() | FetchHistory():
                    self._start(self._fetch(command))
                case Ping():
                    self._start(self._ping())
                case Reconnect():
                    if self._link is not None:
                        self._link.transport.abort()
                case Renew(reason):
                    self._renew(reason)

    async def _send_paced(self, link: Link) -> None:
        while True:
            message = await self._outgoing.get()
            with contextlib.suppress(WebSocketException):  # the loss itself is reported elsewhere
                await link.send(message.data)
                if self._recorder is not None:
                    secret = message.secret or self._shows_a_key(message.data)
                    self._recorder.send(message.data, self._clock(), conn=self.conn, secret=secret)
            await asyncio.sleep(self.session.venue.send_interval)

    async def _ping(self) -> None:
        if self._link is not None:
            with contextlib.suppress(WebSocketException):
                await (await self._link.ping())
                self.session.alive(self._clock())

    async def _fetch(self, command: Fetch | FetchHistory) -> None:
        session = self.session
        events: list[Event]
        try:
            body = await self.get(command.url)
        except fetch.FetchError as error:
            events = session.fetch_failed(
                command,
                self._clock(),
                str(error),
                refused=error.refused,
                retry_after=error.retry_after,
            )
        else:
            now = self._clock()
            if self._recorder is not None:
                self._recorder.http(command.url, body, now, conn=self.conn)
            events = session.fetched(command, body, now)
        self._tell(events)
        self._carry_out()

    async def get(self, url: str) -> bytes:
        """What the venue's REST answers, in its turn. Raises FetchError, free of keys."""
        time_now = asyncio.get_running_loop().time
        async with self._requests:
            if (wait := self._request_at - time_now()) > 0:
                raise fetch.FetchError("the venue asked us to wait", retry_after=wait)
            try:
                return await fetch.get(url, headers=self.session.venue.headers())
            except fetch.FetchError as error:
                after = error.retry_after
                if after is not None:
                    self._request_at = max(self._request_at, time_now() + after)
                said = self._public(str(error))
                raise fetch.FetchError(said, refused=error.refused, retry_after=after) from None

    # Told by the feed

    def record(self, recorder: Recorder | None) -> None:
        """Tell `recorder` of all that passes from now on."""
        self._recorder, self.conn = recorder, ""
        if recorder is not None and self._link is not None:
            now = self._clock()
            self._tell_connected(now)
            self.session.renew_books(now)
            self._carry_out()

    def let_go(self, reason: str, now: int) -> None:
        """This socket is of no use any more; its end is recorded, and nothing after it."""
        self._tell_lost(reason, now)
        self._recorder = None

    def refresh(self) -> None:
        """Carry out what a change of subscriptions asks for."""
        self._carry_out()

    def send(self, data: str | bytes) -> bool:
        """Queue a message of the user's; False while there is no connection."""
        if self.session.state is not State.OPEN:
            return False
        self._outgoing.put_nowait(Send(data))
        return True

    def hold(self) -> None:
        """Read no further until `go_on`."""
        self._held = True
        if self._link is not None:
            self._link.hold()

    def go_on(self) -> None:
        """Read again."""
        self._held = False
        if self._link is not None:
            self._link.go_on()

    def _tell_connected(self, now: int) -> None:
        if self._recorder is not None:
            self.conn = self._recorder.connect(
                self.session.venue.endpoint(), now, replaces=self.replaces
            )

    def _tell_lost(self, reason: str, now: int) -> None:
        if self._recorder is not None and self.conn:
            self._recorder.disconnect(reason, now, conn=self.conn)
        self.conn = self.replaces = ""

    def _tell(self, events: list[Event]) -> None:
        """Pass events on; what they say is free of keys, should a server send one back."""
        if self.session.venue.keys:
            events = [
                replace(event, detail=self._public(event.detail))
                if type(event) is Status and event.detail
                else event
                for event in events
            ]
        self.deliver(events)

    def _public(self, text: str) -> str:
        # Cut afterwards, or a piece of a key would be left at the end.
        text = hide(text, self.session.venue.keys.values())
        return text if len(text) <= TOLD else f"{text[: TOLD - 1]}…"

    def _shows_a_key(self, data: str | bytes) -> bool:
        text = data.decode(errors="replace") if isinstance(data, bytes) else data
        return hide(text, self.session.venue.keys.values()) != text

    def _start(self, job: Any) -> None:
        task = asyncio.ensure_future(job)
        self._jobs.add(task)
        task.add_done_callback(self._jobs.discard)

    async def _end_jobs(self) -> None:
        jobs = [job for job in self._jobs if job is not asyncio.current_task()]
        for job in jobs:
            job.cancel()
        await asyncio.gather(*jobs, return_exceptions=True)
