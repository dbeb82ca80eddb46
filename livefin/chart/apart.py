"""Run what a person wrote apart from the painter: one run at a time, with limits.

A run that has not returned in time is ended if it can be, given up if not, and not tried
again. A slow one is run at a lower rate, so that it takes no more than its share. Used by
overlays, once for each overlay that is a person's own.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from livefin.chart.calls import Calls
from livefin.indicators.contract import Line
from livefin.trust.guard import TooLongError, guarded

SHARE = 0.25
"""The most of the time that one overlay's runs may take."""
LIMIT = 10.0
"""Seconds that a run may take."""

NAME = "livefin-indicator"

Tails = Mapping[str, Line]
Lane = tuple[Calls, int]
"""Where runs wait for those of others."""


class Apart:
    """The runs of one overlay's `update`, the first when those of `after` are over.

    They are on a thread of their own, or with `lane` in turn with others of that lane.

    >>> apart = Apart(lambda value: {"x": value})
    >>> apart.ask(1)
    True
    >>> apart.wait(5.0); apart.take()
    ({'x': 1}, None)
    >>> apart.take() is None
    True
    """

    def __init__(
        self,
        update: Callable[..., Tails],
        *,
        limit: float = LIMIT,
        after: Apart | None = None,
        lane: Lane | None = None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._update, self._limit, self._clock = update, limit, clock
        # Of a knob that is turned and turned, only the last position waits for its run.
        if after is not None and not after.running:
            after = after._after  # noqa: SLF001 - one of its own kind
        self._after: Apart | None = after
        self._calls, self._lane = lane or (Calls(name=NAME), 0)
        self._done = threading.Event()
        self._running = False
        self._not_before = 0.0
        self._result: tuple[Tails, BaseException | None] | None = None
        self.took = 0.0
        """Seconds of the last run."""
        self.stopped = False
        """It has not returned in time, and is run no more."""
        self.runs = self.failed = 0
        """Runs that gave something new or raised, and those that raised."""
        self.error: BaseException | None = None
        """What was raised last."""

    @property
    def running(self) -> bool:
        """Whether a run is in progress."""
        return self._running

    @property
    def period(self) -> float:
        """Seconds between two runs that its share of the time allows."""
        return self.took / SHARE

    def ask(self, *given: Any) -> bool:
        """Run it on what is given; False when a run is in progress or it is not its turn yet."""
        if self._after is not None:
            if self._after.running:
                return False
            self._after = None
        if self._running or self.stopped or self._result or self._clock() < self._not_before:
            return False
        self._running = True
        self._done.clear()
        self._calls.put(self._lane, partial(self._run, *given), lambda _: None)
        return True

    def wait(self, seconds: float) -> None:
        """Wait for the run in progress, if any, for `seconds` at most."""
        if self._running:
            self._done.wait(max(0.0, seconds))

    def take(self) -> tuple[Tails, BaseException | None] | None:
        """What the last run gave and what it raised, once; None while there is nothing new."""
        if self._running:
            return None
        result, self._result = self._result, None
        return result

    def close(self) -> None:
        """Run it no more. One in progress goes on to its limit."""
        self.stopped = True

    def join(self, timeout: float = 5.0) -> None:
        """Wait until no thread is left."""
        self._calls.join(timeout)

    def _run(self, *given: Any) -> None:
        if self.stopped:  # closed before it had its turn
            self._running = False
            self._done.set()
            return
        tails: Tails = {}
        raised: BaseException | None = None
        began = self._clock()
        try:
            tails = guarded(partial(self._update, *given), seconds=self._limit)
        except TooLongError as error:
            self.stopped, raised = True, error
        except BaseException as error:  # noqa: BLE001 - a person's function must not stop the chart
            raised = error
        self.took = self._clock() - began
        self.runs += bool(tails) or raised is not None
        if raised is not None:
            self.failed, self.error = self.failed + 1, raised
        self._not_before = began + self.period
        self._result = tails, raised
        self._running = False
        self._done.set()
