"""What one check found, and how its values and times are written.

A check that had no time says so, as "unknown"; it has not passed. Made by every check.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import pandas as pd

State = Literal["passed", "failed", "noted", "unknown"]
SIGNS = {"passed": "✓", "failed": "✗", "noted": "·", "unknown": "?"}


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found."""

    check: str
    state: State
    text: str
    bar: pd.Timestamp | None = None
    """Opening of the bar that shows it."""
    values: tuple[float, float] | None = None
    """The value that it should be, or was first, and the one it is. NaN for none."""
    short: str = ""
    """The finding in a few words, where the name of the check says too little."""

    @property
    def chip(self) -> str:
        """A few words, the sign of its state before them."""
        return f"{SIGNS[self.state]} {self.short or self.check}"

    def __str__(self) -> str:
        return f"{SIGNS[self.state]} {self.check}: {self.text}"


def number(value: float) -> str:
    """A value as people read it: enough digits, no more.

    >>> number(1.25), number(61234.56789), number(float("nan")), number(True)
    ('1.25', '61234.57', 'nothing', '1')
    """
    if math.isnan(value):
        return "nothing"
    if math.isinf(value):
        return "infinite" if value > 0 else "minus infinite"
    if value == round(value) and abs(value) < 1e15:  # noqa: PLR2004
        return f"{value:.0f}"
    return f"{value:.{max(6, len(f'{abs(value):.0f}') + 2)}g}"


def two(values: tuple[float, float]) -> tuple[str, str]:
    """Two values that differ, with as many digits as it takes to see it.

    >>> two((1.2500001, 1.2500002))
    ('1.2500001', '1.2500002')
    """
    texts = [number(value) for value in values]
    digits = 7
    while texts[0] == texts[1] and digits < 18:  # noqa: PLR2004 - a float has no more
        texts = [f"{value:.{digits}g}" for value in values]
        digits += 1
    return texts[0], texts[1]


def clock(bar: pd.Timestamp, others: Iterable[pd.Timestamp] = ()) -> str:
    """A bar's time as short as it can be told: without the day where all is on one.

    >>> clock(pd.Timestamp("2026-03-01 12:03:05", tz="UTC"))
    '2026-03-01 12:03:05'
    """
    days = {other.date() for other in others}
    form = "%H:%M:%S" if days == {bar.date()} else "%Y-%m-%d %H:%M:%S"
    text = bar.strftime(form)
    return f"{text}.{bar.microsecond // 1000:03d}" if bar.microsecond else text
