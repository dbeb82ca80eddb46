"""Judge frames by the numbers that a venue gives them, by connection or by symbol.

Part of the session and sans-I/O like it; serves tradesync, which fills or reports the holes.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, auto
from typing import TypeAlias

from livefin.events import Event, Status, StatusKind
from livefin.sequence import Hole, IdSequence, Verdict
from livefin.venues.contract import Numbered

ANEW_FRAMES = 100
"""So many frames in a row with numbers seen before are a new count."""

Stream: TypeAlias = tuple[str, str]
"""A Subscription, or a plain (channel, symbol): as a key the same, and made five times sooner."""

Count: TypeAlias = Callable[[StatusKind, int, str, str, str], None]
"""Counts what would flood as statuses of their own: kind, now, symbol, channel, detail."""


class Frame(Enum):
    """What a frame's number says of the events in it."""

    GOOD = auto()
    AFTER_GAP = auto()
    """They are good, but others before them are missing."""
    SEEN = auto()
    """They came before: drop them."""
    LATE = auto()
    """They were reported missing; books have moved on without them."""


class Numbering:
    """The numbers of one session's frames."""

    def __init__(self, count: Count) -> None:
        self._count = count
        self._numbers: dict[Stream, IdSequence] = {}
        self._seen_in_a_row = 0

    def clear(self) -> None:
        """Forget all of them, as on a new socket."""
        self._numbers.clear()

    def remove(self, stream: Stream) -> None:
        """Forget those of one stream; an unknown one too."""
        self._numbers.pop(stream, None)

    def judge(
        self, mark: Numbered, now: int, out: list[Event]
    ) -> tuple[Frame, Hole | None, int | None]:
        """What a number says of its frame; numbers that never came, and since when."""
        key = (mark.channel, mark.symbol)
        ids = self._numbers.get(key)
        if ids is None:
            ids = self._numbers[key] = IdSequence()
        verdict = ids.check(mark.number)
        if verdict is Verdict.NEXT:
            ids.ts, self._seen_in_a_row = now, 0
            return Frame.GOOD, None, None
        if verdict is Verdict.LATE:
            self._count("late", now, mark.symbol, mark.channel, "frames reported missing came")
            return Frame.LATE, None, None
        if verdict is Verdict.DUPLICATE:
            self._seen_in_a_row += 1
            if self._seen_in_a_row < ANEW_FRAMES:
                detail = "frames numbered as ones before were dropped"
                self._count("duplicate", now, mark.symbol, mark.channel, detail)
                return Frame.SEEN, None, None
            detail = f"the numbering began anew at {mark.number}; some may be missing"
            since, ids.ts = ids.ts, now
            ids.begin(mark.number)
            out.append(Status("gap", now, mark.symbol, mark.channel, 0, since, now, detail=detail))
            return Frame.AFTER_GAP, None, None
        hole, since = ids.hole, ids.ts
        ids.ts, self._seen_in_a_row = now, 0
        return Frame.AFTER_GAP, hole, since
