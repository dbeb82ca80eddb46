"""How much time a verdict may take, and how much of it is left for each check."""

from __future__ import annotations

import time


class Budget:
    """So many seconds from now on.

    >>> Budget(60).left(0.5) > 29
    True
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._start = time.perf_counter()

    @property
    def spent(self) -> float:
        """Seconds since it began."""
        return time.perf_counter() - self._start

    def left(self, part: float = 1.0) -> float:
        """Seconds until so large a part of all is spent; below 0 when it is."""
        return self.seconds * part - self.spent
