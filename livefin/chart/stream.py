"""Number a chart's messages so that a page can tell whether it has missed one.

A message `seq` holds all changes since the message `base`, usually the one before. After a
snapshot has been given out, messages repeat for a few seconds all that changed since: what
was sent while the snapshot was on its way is in the next message too, and no kink is left.
No I/O. Used by livechart under its lock; page.js is the other end.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

NONE_YET = -1
"""The number before the first message: a page that has nothing."""
OVERLAP = 3.0
"""Seconds after a snapshot during which messages repeat what changed since."""


class Part(NamedTuple):
    """Columns of equal length from the bar `first` on."""

    key: str
    first: int
    columns: Sequence[NDArray[np.float64]]


class Stream:
    """Sequence numbers, and what changed since the last snapshot.

    >>> now = [0.0]
    >>> stream = Stream(clock=lambda: now[0])
    >>> stream.advance(), stream.advance()
    ((0, -1), (1, 0))
    >>> stream.snapshot()
    1
    >>> stream.widen({"bars": 70}), stream.advance()
    ({'bars': 70}, (2, 1))
    >>> stream.widen({"bars": 71}), stream.advance()
    ({'bars': 70}, (3, 1))
    >>> now[0] = 9.0
    >>> stream.widen({"bars": 72}), stream.advance()
    ({'bars': 72}, (4, 3))
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.seq = NONE_YET
        self._clock = clock
        self._base = NONE_YET
        self._until = 0.0
        self._changed: dict[str, int] = {}

    @property
    def overlapping(self) -> bool:
        """Whether messages repeat what changed since a snapshot."""
        return self._clock() < self._until

    def snapshot(self) -> int:
        """A snapshot is given out now; the number that it is up to date with."""
        if not self.overlapping:  # else an earlier page may still need what changed before
            self._base, self._changed = self.seq, {}
        self._until = self._clock() + OVERLAP
        return self.seq

    def widen(self, changed: Mapping[str, int]) -> dict[str, int]:
        """First changed bar by key, moved back to the first since the snapshot.

        Empty when nothing is new: what is repeated waits for something to go with.
        """
        if not (changed and self.overlapping):
            return dict(changed)
        for key, first in changed.items():
            self._changed[key] = min(first, self._changed.get(key, first))
        return dict(self._changed)

    def advance(self, *, whole: bool = False) -> tuple[int, int]:
        """The next message's number and base; a whole one needs nothing before it."""
        base = NONE_YET if whole else self._base if self.overlapping else self.seq
        self.seq += 1
        return self.seq, base


def content(seq: int, base: int, held: int, parts: Sequence[Part]) -> dict[str, Any]:
    """A message's content. `held` is the oldest bar still held; `sent` is in ms since 1970."""
    return {
        "seq": seq,
        "base": base,
        "held": held,
        "sent": time.time() * 1e3,
        "parts": [(part.key, part.first, len(part.columns[0])) for part in parts],
    }


def pack(parts: Sequence[Part]) -> bytes:
    """All columns end to end, as little-endian float64."""
    columns = [column for part in parts for column in part.columns]
    return np.concatenate(columns).astype("<f8", copy=False).tobytes() if columns else b""
