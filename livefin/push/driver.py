"""From any thread to a session on the background loop: a bounded queue, and what empties it.

The queue is the one place where threads meet. Whoever puts waits while it is full, so that
nothing is dropped but by the feed's policy. Used by feed; the recorder is told of each event
in the words of venue.py.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence

from livefin.driver import Deliver, Recorder
from livefin.errors import FeedClosedError
from livefin.events import Event, Status
from livefin.given import EventError
from livefin.loop import background
from livefin.push.venue import Carried, to_frame
from livefin.session import Session

CHUNK = 1_000
"""Events taken at a time, so that the loop gets to its other work."""
TICK = 0.2


class Queue:
    """Events on their way to the loop, at most about `limit` of them."""

    def __init__(self, name: str, *, limit: int) -> None:
        self._name, self._limit = name, limit
        self._events: deque[Event] = deque()
        self._changed = threading.Condition()
        self._wake: Callable[[], object] | None = None
        self._asleep = True
        """Nobody is on the way to take what there is."""
        self._closed = False
        self.settled = True
        """Nothing waits, and nothing is being handed over."""

    def __len__(self) -> int:
        return len(self._events)

    def put(self, events: Sequence[Event]) -> None:
        """Add `events`, as there is room. Raises FeedClosedError; on the loop EventError."""
        start = 0
        while start < len(events):
            with self._changed:
                if background.inside:  # where nobody could make room meanwhile
                    self._check_room()
                    room = len(events)
                else:
                    self._changed.wait_for(lambda: self._closed or len(self) < self._limit)
                    room = min(CHUNK, self._limit - len(self))
                if self._closed:
                    raise FeedClosedError(f"{self._name}: this feed is closed; push anew")
                self._events.extend(events[start : start + room])
                self.settled = False
                start += room
                self._rouse()

    def _check_room(self) -> None:
        if len(self) >= self._limit:
            raise EventError(
                f"{self._name}: {len(self):,} events wait already; append from a thread of your "
                "own, which can wait for room, or append fewer"
            )

    def take(self, most: int) -> list[Event]:
        """The oldest events, up to `most`."""
        with self._changed:
            taken = [self._events.popleft() for _ in range(min(most, len(self._events)))]
            self._changed.notify_all()
            return taken

    def open(self, wake: Callable[[], object]) -> None:
        """Call `wake`, from any thread, whenever there is something to take again."""
        with self._changed:
            self._wake = wake
            self._rouse()

    def settle(self) -> None:
        """What was taken has been handed over."""
        with self._changed:
            self.settled = not self._events

    def sleep(self, *, even_so: bool = False) -> bool:
        """Whether there is nothing to take, so that `wake` is needed; `even_so` where there is."""
        with self._changed:
            self._asleep = even_so or not self._events
            return self._asleep

    def rouse(self) -> None:
        """Call `wake` if there is something to take and nobody on the way."""
        with self._changed:
            self._rouse()

    def close(self) -> None:
        """Take no more; whoever waits for room is told so."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _rouse(self) -> None:
        if self._asleep and self._events and self._wake is not None:
            self._asleep = False
            self._wake()


class PushDriver:
    """Takes what is in `queue` to `session`. `books` gives the books that stand now."""

    finished = False

    def __init__(
        self,
        session: Session,
        deliver: Deliver,
        queue: Queue,
        books: Callable[[], Iterable[Event]],
        *,
        clock: Callable[[], int] = time.time_ns,
    ) -> None:
        self.sessions = (session,)
        self.stall = 0.0
        self._loop = asyncio.get_running_loop()
        self.first: asyncio.Future[None] = self._loop.create_future()
        self._broken: asyncio.Future[None] = self._loop.create_future()
        self._session, self._deliver, self._queue = session, deliver, queue
        self._books, self._clock = books, clock
        self._recorder: Recorder | None = None
        self._conn = ""
        self._held = False

    async def run(self) -> None:
        """Take what comes until cancelled, and then what is left."""
        self._deliver(self._session.opened(self._clock()))
        self._queue.open(lambda: self._loop.call_soon_threadsafe(self._due))
        self.first.set_result(None)
        try:
            while True:
                due = self._loop.time() + TICK
                await asyncio.wait([self._broken], timeout=TICK)
                if self._broken.done():
                    self._broken.result()
                self.stall = max(self._loop.time() - due, self.stall * 0.9)
                self._tick()
        finally:
            self._queue.close()
            self._held = False
            while self.take():
                pass

    def take(self) -> bool:
        """Take some of what waits; False where there is nothing, or it must wait."""
        if self._held:
            return False
        events = self._queue.take(CHUNK)
        if not events:
            return False
        now = self._clock()
        if self._recorder is not None:
            self._recorder.recv([to_frame(event) for event in events], now, conn=self._conn)
        self._deliver(self._session.receive([Carried.of(events)], now))
        self._queue.settle()
        return True

    def _due(self) -> None:
        try:
            self.take()
        except Exception as error:  # noqa: BLE001 - raised where the feed looks for it
            if not self._broken.done():
                self._broken.set_exception(error)
            return
        if not self._queue.sleep(even_so=self._held):
            self._loop.call_soon(self._due)

    def _tick(self) -> None:
        now = self._clock()
        self._session.alive(now)  # a person's own code may be silent as long as it likes
        events = self._session.tick(now)
        if self._recorder is not None and self._recorder.error is not None:
            detail = f"recording stopped: {self._recorder.error}"
            self._recorder = None
            events.append(Status("error", now, detail=detail))
        self._deliver(events)

    # Told by the feed

    def record(self, recorder: Recorder | None) -> None:
        """Tell `recorder` of all events from now on, beginning with the books as they stand."""
        self._recorder = recorder
        if recorder is not None:
            now = self._clock()
            self._conn = recorder.connect(self._session.venue.endpoint(), now)
            recorder.recv([to_frame(book) for book in self._books()], now, conn=self._conn)

    def refresh(self) -> None:
        """Nothing is sent anywhere."""
        self._session.commands()

    async def get(self, url: str) -> bytes | None:  # noqa: ARG002 - there is nobody to ask
        """Nothing is fetched."""
        return None

    def renew(self, reason: str) -> bool:  # noqa: ARG002 - there is no socket
        """There is no connection to renew."""
        return False

    def send(self, data: str | bytes) -> bool:  # noqa: ARG002 - nobody listens
        """There is nobody to send to."""
        return False

    def hold(self) -> None:
        """Take no more until `go_on`."""
        self._held = True

    def go_on(self) -> None:
        """Take more again."""
        self._held = False
        self._queue.rouse()
