"""What a person's function prints while it runs live, kept instead of flooding the notebook.

`Prints.during(call)` runs a call whose words, on whatever thread the guard puts it, go to
these Prints; other threads' words go where they always do. Used by the chart's runs, by the
first trial and around the checks.
"""

from __future__ import annotations

import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from livefin.trust.subject import Ear

T = TypeVar("T")
FIRST = 5
"""Lines that are kept; of the others it is known how many there were."""
LONGEST = 200
WINDOW = 5.0
"""Seconds over which lines are counted for their rate."""

_taking: ContextVar[Prints | None] = ContextVar("livefin_prints", default=None)


class Prints:
    """The first lines that were printed, and how many there were.

    >>> prints = Prints()
    >>> prints.during(lambda: print("window is", 20))
    >>> prints.lines, prints.count
    (['window is 20'], 1)
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.lines: list[str] = []
        self.count = 0
        self._clock = clock
        self._lock = threading.Lock()
        self._part = ""
        self._recent: deque[float] = deque(maxlen=1_000)

    def during(self, call: Callable[[], T]) -> T:
        """What `call()` returns, or raises; what it prints is kept here."""
        with _routed():
            token = _taking.set(self)
            try:
                return call()
            finally:
                _taking.reset(token)

    def write(self, text: str) -> None:
        """Take what was printed."""
        with self._lock:
            *whole, rest = (self._part + text).split("\n")
            self._part = rest[:LONGEST]
            for line in whole:
                self.count += 1
                self._recent.append(self._clock())
                if len(self.lines) < FIRST:
                    self.lines.append(line[:LONGEST])

    @property
    def rate(self) -> float:
        """Lines a second of late."""
        with self._lock:
            since = self._clock() - WINDOW
            recent = [at for at in self._recent if at > since]
        if len(recent) < len(self._recent) or len(recent) < 2:  # noqa: PLR2004 - one has no rate
            return len(recent) / WINDOW
        return len(recent) / max(1.0, self._clock() - recent[0])

    def __str__(self) -> str:
        """As people read it; nothing when nothing was printed."""
        if not self.count:
            return ""
        rate = round(self.rate)
        if rate >= 1:
            return f"prints {rate:,} {'line' if rate == 1 else 'lines'} a second"
        return f"has printed {self.count:,} {'line' if self.count == 1 else 'lines'}"


class _Routed:
    """Stands for a stream: words go to the Prints of who writes, else to the stream."""

    def __init__(self, stream: Any) -> None:
        self.stream = stream

    def write(self, text: str) -> int:
        prints = _taking.get()
        if prints is None:
            return int(self.stream.write(text) or 0)
        prints.write(text)
        return len(text)

    def flush(self) -> None:
        if _taking.get() is None:
            self.stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


_routes: deque[_Routed] = deque(maxlen=16)
"""Kept and used again. Python's `print` has no reference to the stdout it writes to: one that
were gone by the end of a line would take the whole process with it."""
_lock = threading.Lock()
_users = 0


@contextmanager
def _routed() -> Iterator[None]:
    """The process's streams tell writers apart while any call runs."""
    global _users  # noqa: PLW0603 - the streams are the process's, and so is this
    with _lock:
        _users += 1
        for name in ("stdout", "stderr"):
            if not _told_apart(getattr(sys, name)):
                setattr(sys, name, _route(getattr(sys, name)))
    try:
        yield
    finally:
        with _lock:
            _users -= 1
            for name in ("stdout", "stderr"):
                there = getattr(sys, name)
                # Somebody may have put another in its place meanwhile, and that one stays.
                if not _users and isinstance(there, _Routed):
                    setattr(sys, name, there.stream)


def _told_apart(stream: Any) -> bool:
    """Whether a route is there already, be it behind what a check listens with."""
    while isinstance(stream, Ear):  # another before it would stay there, and so on, for ever
        stream = stream.behind
    return isinstance(stream, _Routed)


def _route(stream: Any) -> _Routed:
    for route in _routes:
        if route.stream is stream:
            return route
    _routes.append(_Routed(stream))
    return _routes[-1]
