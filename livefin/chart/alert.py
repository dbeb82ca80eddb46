"""One alert: what it watches for, whether it is armed, and what has fired.

State only, under the lock of the Alerts that it belongs to, which feed it. None of it is
looked at by the page but through `wire`.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from numbers import Real
from typing import Any, NamedTuple, get_args

import numpy as np
import pandas as pd

from livefin.chart.crossings import Level, Way
from livefin.errors import ChartError
from livefin.events import StatusKind

KEPT = 1_000
"""Firings that an alert remembers."""
LONGEST_TEXT = 200
BACK = {"connected": "disconnected", "resynced": "resync"}
"""A status that ends a state, by which the state's own is armed again."""


class Fired(NamedTuple):
    """One firing: when (UTC), at which value, what to say, and the alert itself."""

    time: pd.Timestamp
    value: float
    text: str
    alert: Alert


class Alert:
    """Something to watch for on a chart. Made by `chart.alerts.add(...)`; see there."""

    def __init__(
        self,
        discard: Callable[[Alert], None],
        name: str,
        what: str | Callable[[pd.DataFrame], Any],
        levels: Sequence[Level],
        kinds: Sequence[str] = (),
        *,
        call: Callable[[Fired], object] | None = None,
        notify: bool = True,
        once: bool = True,
        text: str | None = None,
    ) -> None:
        self.id, self.what, self.kinds = name, what, tuple(kinds)
        self.levels = list(levels)
        self.call, self.notify, self.once = call, notify, once
        self.error = ""
        """What its function last raised, for people; "" when all was well."""
        self.count = 0
        """How often it has fired."""
        self.since = -math.inf
        """Opening time (ms) of the bar in which it was set."""
        self.done = False
        """Whether it has fired once and was to fire once."""
        self._discard = discard
        self._text = None if text is None else str(text)[:LONGEST_TEXT]
        self._fired: deque[Fired] = deque(maxlen=KEPT)
        self._standing: set[str] = set()
        """Kinds of a status that stay true until their end is told."""
        self._was: bool | None = None
        """What a function said last."""
        self._evaluates = True
        self._shown: tuple[bool, str] = (False, "")

    @property
    def name(self) -> str:
        """What it watches, as text."""
        if isinstance(self.what, str):
            return self.what
        return str(getattr(self.what, "__name__", None) or type(self.what).__name__)

    @property
    def text(self) -> str:
        """What it says: as given, else what it watches for."""
        if self._text is not None:
            return self._text
        if self.kinds:
            return " or ".join(self.kinds)
        if not self.levels:
            return self.name
        return (
            f"{self.name} {' or '.join(f'{level.way} {number(level.at)}' for level in self.levels)}"
        )

    @property
    def fired(self) -> list[tuple[pd.Timestamp, float, str]]:
        """(time, value, text) of its last firings, oldest first."""
        return [(at.time, at.value, at.text) for at in list(self._fired)]

    @property
    def armed(self) -> bool:
        """Whether it would fire as soon as its condition comes true."""
        if self.done:
            return False
        if self.kinds:
            return any(kind not in self._standing for kind in self.kinds)
        if callable(self.what):
            return self._was is False
        return any(level.armed for level in self.levels)

    def remove(self) -> None:
        """Watch no more. Twice is fine."""
        self._discard(self)

    def __repr__(self) -> str:
        state = "armed" if self.armed else "done" if self.done else "not armed"
        return f"<Alert {self.id}: {self.text!r}, {state}, {self.count:,} fired>"

    # For the Alerts that it belongs to

    def start(self, value: float, since: float) -> None:
        """Watch from here on, where the value is now."""
        self.since, self.done = since, False
        for level in self.levels:
            level.start(value)

    def told(self, level: Level) -> str:
        """What to say when that level is crossed."""
        return self.text_or(f"{self.name} {level.way} {number(level.at)}")

    def text_or(self, text: str) -> str:
        """What to say when `text` has happened."""
        return text[:LONGEST_TEXT] if self._text is None else self._text

    def hears(self, kind: str) -> bool:
        """Whether a status of that kind makes it fire: one that stands already does not."""
        self._standing.discard(BACK.get(kind, ""))
        if kind not in self.kinds or kind in self._standing:
            return False
        if kind in BACK.values():
            self._standing.add(kind)
        return True

    def turns(self, found: bool) -> bool:
        """Whether a function's condition has just come true."""
        turned = found and self._was is False
        self._was = found
        return turned

    def note(self, fired: Fired) -> None:
        """It has fired."""
        self._fired.append(fired)
        self.count += 1
        self.done = self.once

    def note_failure(self, error: str) -> None:
        """Its own function raised that, or went well."""
        if error or not self._evaluates:
            self.error = error
        self._evaluates = not error

    def move(self, way: object, to: object) -> bool:
        """Move a level of a price or a line; without a way its only one."""
        found = [level for level in self.levels if way in (None, level.way)]
        at = finite(to)
        if at is None or len(found) != 1:
            return False
        found[0].at = at
        return True

    def changed(self) -> bool:
        """Whether what is shown of it is no longer as it was at the last call."""
        before, self._shown = self._shown, (self.armed, self.error)
        return before != self._shown

    def wire(self) -> dict[str, Any]:
        """As alerts.js takes it."""
        levels = {level.way: level.at for level in self.levels}
        last = self._fired[-1] if self._fired else None
        return {
            "id": self.id,
            "what": self.name,
            "above": levels.get("above"),
            "below": levels.get("below"),
            "crossing": levels.get("crossing"),
            "text": self.text,
            "armed": self.armed,
            "fired": self.count,
            "last": None if last is None else _last(last),
            "notify": self.notify,
            "error": self.error,
        }


def _last(fired: Fired) -> dict[str, Any]:
    value = fired.value if math.isfinite(fired.value) else None
    return {"time": fired.time.timestamp() * 1e3, "value": value, "text": fired.text}


def levels_of(**given: float | None) -> list[Level]:
    """Levels of those given, by way. Raises ChartError for what is no number."""
    levels = []
    for way in get_args(Way):
        at = given.get(way)
        if at is None:
            continue
        value = finite(at)
        if value is None:
            raise ChartError(f"{way}= must be a number, got {at!r}")
        levels.append(Level(way, value))
    return levels


def kinds_of(kinds: Iterable[str]) -> tuple[str, ...]:
    """Kinds of a status, one or more. Raises ChartError for one that there is not."""
    found = (kinds,) if isinstance(kinds, str) else tuple(kinds)
    known = get_args(StatusKind)
    if not found or any(kind not in known for kind in found):
        raise ChartError(f"kinds= must be of {', '.join(known)}; got {found}")
    return found


def finite(value: object) -> float | None:
    """A real number as a float; None for anything else, be it True, a text or infinite."""
    if isinstance(value, bool | np.bool_) or not isinstance(value, Real | Decimal):
        return None
    try:
        found = float(value)
    except OverflowError:  # a whole number beyond all floats
        return None
    return found if math.isfinite(found) else None


def number(value: float) -> str:
    """A level as people write it.

    >>> number(65_000.0), number(0.1 + 0.2), number(1e-7)
    ('65,000', '0.3', '1e-07')
    """
    return f"{value:,.12g}"
