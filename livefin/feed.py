"""A live feed: events off a session into frames, books, bars and callbacks, in background.

Everything is written on livefin's background loop (loop.py) by one driver, a client with a
socket or a replay of a recording; everything may be read from any thread. connect.py makes
feeds. What goes wrong lands in `feed.status` and never stops the rest.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from types import TracebackType
from typing import Any, ClassVar, Self

import msgspec

from livefin.backlog import Backlog, Policies
from livefin.dispatch import Callback, Dispatcher
from livefin.driver import MakeDriver
from livefin.errors import FeedClosedError, LivefinError
from livefin.events import Event, Status
from livefin.flow import Crossed, Flow, Sight
from livefin.lanes import place, split
from livefin.loop import background
from livefin.meter import Meter
from livefin.older import Asks, Older
from livefin.readings import Readings
from livefin.recorded import Recorded
from livefin.session import Session, State
from livefin.store import Store
from livefin.venues.contract import Subscription, Venue

TEND = 0.5
"""Seconds between two looks at how it is doing."""


class Feed(Recorded, Readings, Older):
    """Live data of one connection. Made by `livefin.connect`; close it, or use `with`.

    What it holds is read as readings.py says: `feed.trades["BTC-USDT"].df` and so on.
    """

    view: ClassVar[Callable[[Feed], Any] | None] = None
    """Makes the rich display of a feed; set by the package, so that a feed knows no widgets."""

    def __init__(
        self,
        sessions: Sequence[Session],
        make_driver: MakeDriver,
        *,
        name: str,
        rows: int = 100_000,
        window: str | None = None,
        backlog: int = 50_000,
        policy: Policies = "block",
        clock: Callable[[], int] = time.time_ns,
    ) -> None:
        self.name = name
        self.meter = Meter()
        self.on_close: list[Callable[[], None]] = []
        """Called once when the feed closes; charts use it."""
        self._planned, self._make_driver, self._clock = list(sessions), make_driver, clock
        self._rows = rows
        self._store = Store(rows=rows, window=window)
        self._dispatch = Dispatcher(
            self._store,
            Backlog(limit=backlog, policy=policy),
            clock=clock,
            resync=self._resync,
            crowded=self._crowd,
        )
        self._drivers = self._dispatch.drivers
        self._tasks: list[asyncio.Task[None]] = []
        self._flow, self._crossed = Flow(), Crossed()
        self._asks = Asks()
        self._closed = False
        self._store.add(self.subscriptions)

    # Reading

    @property
    def subscriptions(self) -> list[Subscription]:
        """Channels and symbols subscribed now."""
        return [sub for session in self._sessions for sub in session.subscriptions]

    @property
    def venues(self) -> list[Venue]:
        """What reads each of its sockets."""
        return [session.venue for session in self._sessions]

    def tick_size(self, symbol: str) -> float | None:
        """The smallest step of the price of `symbol`; None where it is not known.

        Known of the embedded exchange, and where a venue of your own says it in `tick_sizes`.
        """
        return next((v.tick_sizes[symbol] for v in self.venues if symbol in v.tick_sizes), None)

    @property
    def state(self) -> str:
        """One of "connecting", "live", "stale", "finished" (a replay at its end) or "closed"."""
        if self._closed:
            return "closed"
        if self._drivers and all(driver.finished for driver in self._drivers):
            return "finished"
        sessions = self._sessions
        if any(session.state is State.DOWN for session in sessions):
            return "connecting"
        return "stale" if any(session.unanswered for session in sessions) else "live"

    @property
    def queued(self) -> int:
        """Events received and not yet in the frames; 0 while livefin keeps up."""
        return len(self._dispatch.backlog)

    @property
    def lagging(self) -> bool:
        """Whether it falls behind just now; `status` says why."""
        return self._flow.since is not None

    @property
    def filling(self) -> int:
        """Streams whose history is being fetched; what comes live on them waits."""
        return sum(session.filling for session in self._sessions)

    @property
    def checksums(self) -> dict[str, int]:
        """How many of the venue's checksums of its books "matched" and "failed" so far."""
        checks = Counter({"matched": 0, "failed": 0})
        for session in self._sessions:
            checks.update(session.checks)
        return dict(checks)

    @property
    def dropped(self) -> int:
        """Events dropped by the backlog's policy so far."""
        return self._dispatch.backlog.dropped

    def __repr__(self) -> str:
        what = ", ".join(self.symbols[:5]) + (", …" if len(self.symbols) > 5 else "")  # noqa: PLR2004
        return f"<Feed {self.name}: {what}; {self.state}, {self.meter.total:,} events>"

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        view = type(self).view
        if view is None:
            return {"text/plain": repr(self)}
        return view(self)._repr_mimebundle_(**kwargs)

    # Acting

    def start(self, *, wait: float | None = 10.0) -> Self:
        """Begin; with `wait`, until the first connection stands. Raises ConnectError."""
        loop = background.acquire()
        try:
            background.call(self._launch)
            if wait:
                first = [driver.first for driver in self._drivers]
                done = asyncio.run_coroutine_threadsafe(_shielded(first), loop)
                with contextlib.suppress(TimeoutError):  # slow is not failed: it goes on trying
                    done.result(wait)
        except BaseException:
            self.close()
            raise
        return self

    def subscribe(self, symbols: str | Iterable[str], channels: Sequence[str] = ()) -> None:
        """Add symbols while live, on `channels` or on those the feed has already.

        Raises SymbolError, ChannelError, FeedClosedError.
        """
        subs = self._pairs(symbols, channels)

        def add() -> None:
            sessions = self._sessions
            for sub in subs:
                sessions[0].venue.check(sub)
            placed, homeless = place(subs, sessions)
            for i, here in placed.items():
                sessions[i].subscribe(here, self._clock())
            for lane, wanted in split(sessions[0].venue, homeless):
                self._open(sessions[0].sibling(lane, wanted))
            self._store.add(subs)
            self._refresh()

        self._call(add)

    def unsubscribe(self, symbols: str | Iterable[str], channels: Sequence[str] = ()) -> None:
        """End symbols while live; their frames stay as they are."""
        subs = self._pairs(symbols, channels)

        def remove() -> None:
            for session in self._sessions:
                session.unsubscribe(subs)
            for sub in subs:
                if sub.channel == "book":
                    self._store.book_lost(sub.symbol)
            self._refresh()

        self._call(remove)

    def send(self, message: str | bytes | Mapping[str, Any] | list[Any]) -> None:
        """Send any message on the feed's own socket; a mapping or list goes as JSON.

        Raises FeedClosedError, and LivefinError while there is no connection.
        """
        data = (
            message if isinstance(message, str | bytes) else msgspec.json.encode(message).decode()
        )
        if not self._call(lambda: any(driver.send(data) for driver in self._drivers)):
            raise LivefinError(f"{self.name}: not connected, nothing was sent")

    def reconnect(self) -> None:
        """Change to a new connection with nothing lost and nothing doubled.

        Another socket is opened beside the one there is; when it has all that this one
        has, it takes its place. As is done by itself before a venue closes an old one.
        Raises FeedClosedError, and LivefinError for a replay.
        """
        reason = "a new connection was asked for"
        if not any(self._call(lambda: [driver.renew(reason) for driver in self._drivers])):
            raise LivefinError(f"{self.name}: there is no connection to renew")

    def on_event(self, callback: Callback) -> Callback:
        """Call `callback(event)` for every event from now on; works as a decorator.

        It runs on the feed's thread after the frames are written, so be brief there. What it
        raises is reported in `feed.status` and counted, and neither the feed nor other
        callbacks are stopped. `off` ends it.
        """
        self._call(lambda: self._dispatch.callbacks.append(callback))
        return callback

    def off(self, callback: Callback) -> None:
        """End an `on_event` callback; one that is not there is no error."""
        with contextlib.suppress(ValueError):
            self._dispatch.callbacks.remove(callback)

    def wait(self, until: Callable[[], bool] | None = None, *, timeout: float = 10.0) -> bool:
        """Wait until `until()` is true, by default until the first event; False on time-out.

        For scripts and tests; in a notebook, simply go on to the next cell.
        """
        until = until or (lambda: self.meter.total > 0)
        end = time.monotonic() + timeout
        while not until():
            if time.monotonic() > end:
                return False
            time.sleep(0.005)
        return True

    def close(self) -> None:
        """End the feed and all it holds open; the frames stay readable. Twice is fine."""
        if self._closed:
            return
        self._closed = True
        if background.inside:  # as from a callback: it cannot wait for itself
            ending = asyncio.get_running_loop().create_task(self._shutdown())
            ending.add_done_callback(lambda _: background.release())
        else:
            background.run(self._shutdown())
            background.release()
        for notify in self.on_close:
            notify()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    # On the background thread

    @property
    def _sessions(self) -> list[Session]:
        if not self._drivers:
            return self._planned
        return [session for driver in self._drivers for session in driver.sessions]

    def _launch(self) -> None:
        for session in self._planned:
            self._open(session)
        self._watch(self._tend())

    def _open(self, session: Session) -> None:
        driver = self._make_driver(session, self._deliver)
        driver.record(self._recorder)
        self._drivers.append(driver)
        self._watch(driver.run())

    def _watch(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        task.add_done_callback(self._ended)
        self._tasks.append(task)

    def _crowd(self, queued: int) -> None:
        """More wait than should: say so before any is dropped."""
        sight = Sight(queued, self._dispatch.backlog.limit, None, 0.0)
        for status in self._flow.tick(sight, self._clock()):
            self._store.note(status)

    async def _tend(self) -> None:
        """See to it that falling behind and crossed books do not go unseen."""
        while True:
            await asyncio.sleep(TEND)
            now = self._clock()
            stall = max(driver.stall for driver in self._drivers)
            sight = Sight(self.queued, self._dispatch.backlog.limit, self.meter.lag(now), stall)
            said, anew = self._crossed.tick(self._store.books, now)
            mending = [event for symbol in anew for event in self._resync(symbol)]
            self._dispatch([*self._flow.tick(sight, now), *said, *mending])

    def _resync(self, symbol: str) -> list[Event]:
        now = self._clock()
        events = [event for session in self._sessions for event in session.resync(symbol, now)]
        self._refresh()
        return events

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.remove(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            detail = f"{self.name}: the feed stopped: {type(error).__name__}: {error}"
            self._store.note(Status("error", self._clock(), detail=detail))

    async def _shutdown(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._dispatch.finish()
        for driver in self._drivers:
            if not driver.first.done():
                driver.first.cancel()
            elif not driver.first.cancelled():
                driver.first.exception()  # seen, so that asyncio does not report it
        self._end_recording()

    def _deliver(self, events: list[Event]) -> None:
        """Take events off the session, in order."""
        if events:
            last = events[-1]
            # Where the venue gives no time of its own, the two are the same: that is no lag.
            lag = 0 if isinstance(last, Status) else last.ts_recv - last.ts_event
            self.meter.note(len(events), self._clock(), lag or None)
            self._dispatch(events)

    def _pairs(self, symbols: str | Iterable[str], channels: Sequence[str]) -> list[Subscription]:
        wanted = [symbols] if isinstance(symbols, str) else list(symbols)
        channels = channels or list(dict.fromkeys(sub.channel for sub in self.subscriptions))
        return [Subscription(channel, symbol) for symbol in wanted for channel in channels]

    def _refresh(self) -> None:
        for driver in self._drivers:
            driver.refresh()

    def _call(self, function: Callable[[], Any]) -> Any:
        if self._closed:
            raise FeedClosedError(f"{self.name}: this feed is closed; connect again")
        return background.call(function)


async def _shielded(futures: Iterable[asyncio.Future[None]]) -> None:
    for future in futures:
        await asyncio.shield(future)
