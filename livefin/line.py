"""One set of subscriptions and the socket that carries it, renewed before it ends.

A Driver: runs one Client, and when that one's end is foreseen (the venue closes sockets of
a certain age, or has said that it will, or the person asked) a second beside it, until
handover.py says that the second has all. All of it on the background loop; run by feed.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from functools import partial

from livefin.client import MAX_FRAME, Client
from livefin.driver import Deliver, Recorder
from livefin.events import Event, Status
from livefin.handover import Handover
from livefin.recording import TAKEN
from livefin.session import Session

TICK = 0.1
RENEW_PAUSE = 30.0
"""Seconds between two sockets that are opened because the venue said that one will end."""


class Line:
    """Carries the subscriptions of `session`; events go to `deliver`, in order."""

    def __init__(
        self,
        session: Session,
        deliver: Deliver,
        *,
        max_frame: int = MAX_FRAME,
        clock: Callable[[], int] = time.time_ns,
    ) -> None:
        self._deliver, self._max_frame, self._clock = deliver, max_frame, clock
        self._recorder: Recorder | None = None
        self._client = self._new_client(session)
        self._client.deliver = deliver
        self._next: Client | None = None
        self._handover: Handover | None = None
        self._tasks: dict[Client, asyncio.Task[None]] = {}
        self._ending: set[asyncio.Task[None]] = set()
        self._renew_at = 0.0
        """When the venue's word is enough again to open another socket, by the loop's clock."""
        self._closing = False
        self._over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.first = self._client.first

    @property
    def sessions(self) -> Sequence[Session]:
        """The one whose events are passed on."""
        return (self._client.session,)

    @property
    def finished(self) -> bool:
        """Whether no more will come by itself; a socket never says so."""
        return False

    @property
    def stall(self) -> float:
        """The longest that the event loop was held up lately, in seconds."""
        return self._client.stall

    async def run(self) -> None:
        """Connect, and again after every loss, until cancelled."""
        self._run(self._client)
        try:
            while True:
                await asyncio.wait([self._over], timeout=TICK)
                if self._over.done():
                    self._over.result()
                if self._handover is not None:
                    self._take(None, [])
        finally:
            self._closing = True
            for task in self._tasks.values():
                task.cancel()
            await asyncio.gather(*self._tasks.values(), *self._ending, return_exceptions=True)

    def _new_client(self, session: Session) -> Client:
        client = Client(
            session,
            self._deliver,
            max_frame=self._max_frame,
            clock=self._clock,
            renew=self._foreseen,
        )
        client.record(self._recorder)
        return client

    def _run(self, client: Client) -> None:
        task = self._tasks[client] = asyncio.get_running_loop().create_task(client.run())
        task.add_done_callback(partial(self._ended, client))

    def _ended(self, client: Client, task: asyncio.Task[None]) -> None:
        self._tasks.pop(client, None)
        error = None if task.cancelled() else task.exception()
        if error is not None and not self._over.done():
            self._over.set_exception(error)

    # Renewing

    def _foreseen(self, reason: str) -> None:
        """The session says that its socket will end, which a venue may say of each."""
        now = asyncio.get_running_loop().time()
        if now >= self._renew_at and self.renew(reason):
            self._renew_at = now + RENEW_PAUSE

    def renew(self, reason: str) -> bool:
        """Open a second socket and put it in the place of the first; False while one is."""
        if self._handover is not None or self._closing:
            return False
        old = self._client
        self._next = new = self._new_client(old.session.successor())
        new.replaces = old.conn
        # Nobody waits for this one.
        new.first.add_done_callback(lambda first: first.cancelled() or first.exception())
        self._handover = Handover(old.session, new.session, self._clock(), reason=reason)
        old.deliver, new.deliver = partial(self._take, old), partial(self._take, new)
        self._run(new)
        return True

    def _take(self, client: Client | None, events: list[Event]) -> None:
        """Events of either client, or None of a clock that went on."""
        handover, new = self._handover, self._next
        if handover is None or new is None:
            if client is self._client:
                self._deliver(events)
            return
        now = self._clock()
        out = handover.tick(now) if client is None else handover.take(client.session, events, now)
        if handover.done:
            old, self._client = self._client, new
            old.let_go(TAKEN, now)
            self._settle(ends=old, goes_on=new)
        elif handover.failed:
            detail = f"{handover.reason}, but {handover.failed}; trying again in a minute"
            out = [*out, Status("error", now, detail=detail)]
            new.let_go(handover.failed, now)
            self._settle(ends=new, goes_on=self._client)
        self._deliver(out)

    def _settle(self, *, ends: Client, goes_on: Client) -> None:
        self._handover = self._next = None
        goes_on.deliver = self._deliver
        ends.deliver = lambda _: None
        task = self._tasks.pop(ends, None)
        if task is not None:
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)
            task.cancel()

    # Told by the feed

    @property
    def _clients(self) -> list[Client]:
        return [client for client in (self._client, self._next) if client is not None]

    def record(self, recorder: Recorder | None) -> None:
        """Tell `recorder` of all that passes from now on; None tells nobody any more."""
        self._recorder = recorder
        for client in self._clients:
            client.record(recorder)

    def refresh(self) -> None:
        """Carry out what a change of subscriptions asks for."""
        if self._next is not None:  # what it was to have is no longer what is wanted
            self._next.let_go("what is wanted has changed", self._clock())
            self._settle(ends=self._next, goes_on=self._client)
        self._client.refresh()

    async def get(self, url: str) -> bytes | None:
        """What the venue's REST answers. Raises FetchError."""
        return await self._client.get(url)

    def send(self, data: str | bytes) -> bool:
        """Queue a message of the user's; False while there is no connection."""
        return self._client.send(data)

    def hold(self) -> None:
        """Read no further until `go_on`."""
        for client in self._clients:
            client.hold()

    def go_on(self) -> None:
        """Read again."""
        for client in self._clients:
            client.go_on()
