"""When a chart that has nothing to say lets its pages know that it is there.

Without it a page could not tell a quiet market from a lost connection. A beat is one small
message without a number, sent only where nothing else was for a while. No I/O. Used by
livechart in each paint; the page's end is page/pulse.js.
"""

from __future__ import annotations

import time
from collections.abc import Callable

EVERY = 2.0
"""Seconds without a message after which there is a beat; pulse.js waits for several."""
BEAT = {"beat": True}
"""What is sent."""


class Heartbeat:
    """Counts the time since the last message.

    >>> now = [0.0]
    >>> heart = Heartbeat(clock=lambda: now[0])
    >>> heart.due(sent=False)
    False
    >>> now[0] = 2.0
    >>> heart.due(sent=False), heart.due(sent=False)
    (True, False)
    >>> now[0] = 3.0; heart.due(sent=True)
    False
    >>> now[0] = 4.5; heart.due(sent=False)
    False
    """

    def __init__(
        self, *, every: float = EVERY, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.every, self._clock = every, clock
        self._last = clock()

    def due(self, *, sent: bool) -> bool:
        """Whether to send a beat now; `sent` says that another message goes out instead."""
        now = self._clock()
        beat = not sent and now - self._last >= self.every
        if sent or beat:
            self._last = now
        return beat
