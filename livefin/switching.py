"""How soon a thread that waits gets its turn: the interpreter's switch interval, shared.

Python code that computes keeps the interpreter until another thread has waited for it for
`sys.getswitchinterval()`, 5 ms in CPython, and what is handed from thread to thread waits as
long each time. Whoever needs turns sooner holds a shorter interval: the shortest one held
counts, and with the last one the interpreter's own comes back, or what a person has set
meanwhile. Used by the chart's painter and by guard; nothing else in livefin sets it.
"""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Hashable, Iterator


class Switching:
    """The switch interval as one that several may want shorter at the same time.

    >>> switching, before = Switching(), sys.getswitchinterval()
    >>> with switching.held(0.001):
    ...     sys.getswitchinterval()
    0.001
    >>> sys.getswitchinterval() == before
    True
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._wanted: dict[Hashable, float] = {}
        self._set: float | None = None
        """What was set last, as the interpreter gives it back."""
        self._own = 0.0

    def hold(self, owner: Hashable, seconds: float) -> None:
        """Let it be no longer than `seconds` until `owner` releases it or wants another."""
        with self._lock:
            self._wanted[owner] = seconds
            self._apply()

    def release(self, owner: Hashable) -> None:
        """`owner` needs it no more; one that holds nothing is no error."""
        with self._lock:
            if self._wanted.pop(owner, None) is not None:
                self._apply()

    @contextlib.contextmanager
    def held(self, seconds: float) -> Iterator[None]:
        """`hold` and `release` around a block."""
        owner = object()
        self.hold(owner, seconds)
        try:
            yield
        finally:
            self.release(owner)

    def _apply(self) -> None:
        """Holds the lock."""
        now = sys.getswitchinterval()
        if now != self._set:  # not ours: the interpreter's, or what a person has set meanwhile
            self._own = now
        sys.setswitchinterval(min([self._own, *self._wanted.values()]))
        self._set = sys.getswitchinterval()


switching = Switching()
"""The process's."""
