"""From the session to the store and the callbacks: in order, in slices, never reentrant.

While livefin keeps up, events go straight through. When a callback is slow they wait in the
backlog, written for SLICE seconds at a time so that the loop still reads, pings and closes.
What was dropped, and which callbacks failed how often, is reported about once a second.
Runs on the background loop; owned by feed.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any, TypeAlias

from livefin.backlog import Backlog
from livefin.driver import Driver
from livefin.events import Event, Status
from livefin.store import Store

SLICE = 0.010
REPORT_EVERY = 1.0

Callback: TypeAlias = Callable[[Any], object]


class Dispatcher:
    """Writes events to `store` and calls `callbacks` with each; `backlog` is what waits."""

    def __init__(
        self,
        store: Store,
        backlog: Backlog,
        *,
        clock: Callable[[], int],
        resync: Callable[[str], list[Event]],
        crowded: Callable[[int], None] = lambda _: None,
    ) -> None:
        self.backlog = backlog
        self.callbacks: list[Callback] = []
        self.drivers: list[Driver] = []
        """Told to hold while too much waits."""
        self._store, self._clock, self._resync = store, clock, resync
        self._crowded = crowded
        """Told how many wait when it is more than half of what may, before any is dropped."""
        self._busy = self._holding = False
        self._failures: dict[str, int] = {}
        self._report_at: asyncio.TimerHandle | None = None

    def __call__(self, events: list[Event]) -> None:
        """Take events off the session."""
        backlog = self.backlog
        if not backlog.waiting and not self.callbacks:
            self._store.write(events)
            return
        if len(backlog) + len(events) > backlog.limit // 2:
            self._crowded(len(backlog) + len(events))
        backlog.extend(events)
        for symbol in backlog.broken_books:
            self._store.book_lost(symbol)
            backlog.waiting.extend(self._resync(symbol))
        backlog.broken_books.clear()
        if backlog.full and not self._holding:
            self._holding = True
            for driver in self.drivers:
                driver.hold()
        if not self._busy:
            self._work()

    def _work(self) -> None:
        """Write what waits, for a while; then let the loop do its other work and come back."""
        self._busy = True
        waiting = self.backlog.waiting
        end = time.monotonic() + SLICE
        while waiting and time.monotonic() < end:
            self._one(waiting.popleft())
        if self._holding and len(waiting) <= self.backlog.limit // 2:
            self._holding = False
            for driver in self.drivers:
                driver.go_on()
        if (self.backlog.unreported or self._failures) and self._report_at is None:
            loop = asyncio.get_running_loop()
            self._report()
            self._report_at = loop.call_later(REPORT_EVERY, self._report)
        self._busy = bool(waiting)
        if waiting:
            asyncio.get_running_loop().call_soon(self._work)

    def finish(self) -> None:
        """Write all that waits and report; nothing more will come."""
        self._busy = True
        while self.backlog.waiting:
            self._one(self.backlog.waiting.popleft())
        self._report()
        self.callbacks.clear()

    def _one(self, event: Event) -> None:
        self._store.write((event,))
        for callback in tuple(self.callbacks):
            try:
                callback(event)
            except Exception as error:  # noqa: BLE001 - a callback must not stop the feed
                name = getattr(callback, "__qualname__", repr(callback))
                detail = f"on_event callback {name}: {type(error).__name__}: {error}"
                if len(self._failures) < self.backlog.limit:
                    self._failures[detail] = self._failures.get(detail, 0) + 1

    def _report(self) -> None:
        if self._report_at is not None:
            self._report_at.cancel()
            self._report_at = None
        now = self._clock()
        failures, self._failures = self._failures, {}
        for status in self.backlog.report(now):
            self._store.note(status)
        for detail, count in failures.items():
            self._store.note(Status("error", now, count=count, detail=detail))
