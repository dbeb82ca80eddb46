"""The painter: one thread per kernel that sends every chart its next picture.

It alone sends on charts' comms, since a comm is not thread safe. Each chart has absolute
deadlines at its own frame rate; a paint takes the latest state, so messages never follow the
tick rate, and a deadline that was missed is skipped, not made up for. A chart that fails is
left alone for a while and hurts no other. The thread starts with the first chart, ends with
the last one and at exit; as long as it runs, threads take turns more often than by default,
so that a picture does not wait for a cell that computes. Used by livechart.
"""

from __future__ import annotations

import atexit
import logging
import threading
import time
from collections.abc import Callable
from typing import Protocol

from livefin.errors import ChartError
from livefin.switching import switching

log = logging.getLogger(__name__)

REST_AFTER_FAILURE = 1.0
SWITCH_INTERVAL = 0.001
"""Seconds. On its way to the page a picture goes from thread to thread, and beside a cell that
computes in Python it waited for CPython's 5 ms each time."""


class Painted(Protocol):
    """What the painter paints."""

    @property
    def period(self) -> float:
        """Seconds between two paints."""

    def paint(self) -> bool:
        """Send what changed; False when this was the last picture."""


class Painter:
    """Calls `paint` of each thing added, on one daemon thread, until it returns False.

    >>> class Twice:
    ...     period, left = 0.001, 2
    ...     def paint(self):
    ...         self.left -= 1
    ...         return self.left > 0
    >>> painter, twice = Painter(), Twice()
    >>> painter.add(twice)
    >>> painter.join()
    >>> twice.left, painter.running
    (0, False)
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._wake = threading.Condition()
        self._due: dict[Painted, float] = {}
        self._thread: threading.Thread | None = None
        self._interval: float | None = SWITCH_INTERVAL

    @property
    def running(self) -> bool:
        """Whether the thread is alive."""
        return self._thread is not None

    def __contains__(self, painted: Painted) -> bool:
        return painted in self._due

    def add(self, painted: Painted) -> None:
        """Paint `painted` from now on; twice is once."""
        with self._wake:
            self._due.setdefault(painted, self._clock())
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._run, name="livefin-painter", daemon=True
                )
                self._take_turns()
                self._thread.start()
            self._wake.notify()

    def switch(self, seconds: float | None) -> None:
        """Have the interpreter switch threads as often as that while there is any to paint."""
        with self._wake:
            self._interval = seconds
            if self._thread is not None:
                self._take_turns()

    def _take_turns(self) -> None:
        if self._interval is None:
            switching.release(self)
        else:
            switching.hold(self, self._interval)

    def hurry(self, painted: Painted) -> None:
        """Paint it now rather than at its deadline, if it is painted at all."""
        with self._wake:
            if painted in self._due:
                self._due[painted] = self._clock()
                self._wake.notify()

    def remove(self, painted: Painted) -> None:
        """Paint it no more; one that is not there is no error."""
        with self._wake:
            self._due.pop(painted, None)
            self._wake.notify()

    def join(self, timeout: float | None = 5.0) -> None:
        """Wait until the thread has ended, which it does when nothing is left to paint."""
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout)

    def close(self) -> None:
        """Stop painting and end the thread. Twice is fine; `add` starts it again."""
        with self._wake:
            self._due.clear()
            self._wake.notify()
        self.join()

    def _run(self) -> None:
        while True:
            with self._wake:
                painted = self._next()
                if painted is None:
                    switching.release(self)
                    self._thread = None
                    return
            self._paint(painted)

    def _next(self) -> Painted | None:
        """Wait for the next deadline; None when nothing is left. Holds the lock."""
        while self._due:
            painted = min(self._due, key=self._due.__getitem__)
            wait = self._due[painted] - self._clock()
            if wait <= 0:
                return painted
            self._wake.wait(wait)
        return None

    def _paint(self, painted: Painted) -> None:
        due = self._due.get(painted)
        if due is None:
            return
        rest = 0.0
        try:
            more = painted.paint()
        except Exception:  # a chart that fails must not stop the others
            log.debug("a chart could not be painted", exc_info=True)
            more, rest = True, REST_AFTER_FAILURE
        with self._wake:
            if not more:
                self._due.pop(painted, None)
            elif self._due.get(painted) == due:  # neither removed nor hurried meanwhile
                missed = max(0.0, self._clock() + rest - due) // painted.period
                self._due[painted] = due + (missed + 1) * painted.period


painter = Painter()
"""The kernel's own."""
atexit.register(painter.close)


def switch_interval(seconds: float | None = SWITCH_INTERVAL) -> None:
    """How often Python lets another thread have its turn while any chart is live.

    By default 1 ms rather than CPython's 5: beside a cell that computes in pure Python, pictures
    then reach the page some milliseconds sooner, and that cell loses 1 to 6 % of its speed, the
    more the busier the feed. The interval is the whole process's, `sys.setswitchinterval`; it is
    as it was when the last chart has ended. None leaves it alone. Raises ChartError for what is
    not between 0 and 1.

    >>> switch_interval(None)
    >>> switch_interval()
    """
    if seconds is not None and not 0 < seconds < 1:
        raise ChartError(f"a switch interval is above 0 and below 1 second, or None; got {seconds}")
    painter.switch(seconds)
