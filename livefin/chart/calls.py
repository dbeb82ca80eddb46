"""Call people's functions off the thread that noticed the cause, one at a time per cause.

A cause has a lane; the lane has a daemon thread while there is something to call and none
else, so that a function that never returns holds up its own lane only. Used by alerts and overlays.
"""

from __future__ import annotations

import atexit
import logging
import threading
from collections import deque
from collections.abc import Callable, Hashable
from typing import NamedTuple
from weakref import WeakSet

log = logging.getLogger(__name__)

BACKLOG = 100
AT_EXIT = 1.0
"""Seconds that the interpreter's end waits for calls in progress."""

_all: WeakSet[Calls] = WeakSet()


class Job(NamedTuple):
    """A call to make, and whom to tell what it raised, or None when all went well."""

    call: Callable[[], object]
    done: Callable[[BaseException | None], None]


class Lane(NamedTuple):
    """Calls that wait for each other."""

    thread: threading.Thread
    jobs: deque[Job]


class Calls:
    """Lanes of calls; at most `backlog` wait in each, the oldest are dropped and counted.

    >>> calls = Calls()
    >>> calls.put("a", lambda: print("called"), lambda error: None); calls.join()
    called
    >>> calls.running
    0
    """

    def __init__(self, *, backlog: int = BACKLOG, name: str = "livefin-alert") -> None:
        self.backlog, self.dropped, self.name = backlog, 0, name
        self._lock = threading.Lock()
        self._lanes: dict[Hashable, Lane] = {}
        _all.add(self)

    @property
    def running(self) -> int:
        """How many lanes have something to do."""
        return len(self._lanes)

    def put(
        self,
        key: Hashable,
        call: Callable[[], object],
        done: Callable[[BaseException | None], None],
    ) -> None:
        """Call `call()` after what waits in the lane `key`; returns at once."""
        with self._lock:
            lane = self._lanes.get(key)
            if lane is None:
                thread = threading.Thread(
                    target=self._run, args=(key,), name=self.name, daemon=True
                )
                lane = self._lanes[key] = Lane(thread, deque())
                lane.jobs.append(Job(call, done))
                thread.start()
                return
            if len(lane.jobs) == self.backlog:
                lane.jobs.popleft()
                self.dropped += 1
            lane.jobs.append(Job(call, done))

    def join(self, timeout: float = 5.0) -> None:
        """Wait until all is called, `timeout` seconds a lane at most."""
        with self._lock:
            threads = [lane.thread for lane in self._lanes.values()]
        for thread in threads:
            if thread is not threading.current_thread():  # a called function may close its caller
                thread.join(timeout)

    def close(self, timeout: float = 5.0) -> None:
        """Forget what waits, and wait for the calls in progress. Twice is fine."""
        with self._lock:
            for lane in self._lanes.values():
                lane.jobs.clear()
        self.join(timeout)

    def _run(self, key: Hashable) -> None:
        while True:
            with self._lock:
                jobs = self._lanes[key].jobs
                if not jobs:
                    del self._lanes[key]
                    return
                job = jobs.popleft()
            error: BaseException | None = None
            try:
                job.call()
            except BaseException as raised:
                log.debug("a function called by an alert failed", exc_info=True)
                error = raised
            job.done(error)


@atexit.register
def _at_exit() -> None:
    for calls in list(_all):
        calls.close(AT_EXIT)
