"""How long a bar is, as people spell it: "5s", "15min", "1m", "1h", "1d", "1W".

Used by bars, tables of bars and whoever looks for them.
"""

from __future__ import annotations

import re

import pandas as pd

from livefin.errors import FrameError
from livefin.folding import DAY, WEEK
from livefin.frames import window_ns

_SPELLED = re.compile(r"(\d+) ?(ms|s|min|m|h|H|d|D|w|W)")
# Spelled by hand, since pandas warns of some of these, and takes a bare number for ns.
_UNITS = {
    "ms": 1_000_000, "s": 1_000_000_000, "min": 60_000_000_000, "m": 60_000_000_000,
    "h": DAY // 24, "H": DAY // 24, "d": DAY, "D": DAY, "w": WEEK, "W": WEEK,
}  # fmt: skip


def interval_ns(interval: str | pd.Timedelta) -> int:
    """How long a bar of `interval` is, in ns. "1m" is a minute, as "1min". Raises FrameError.

    >>> [interval_ns(i) // 10**9 for i in ("1s", "15s", "1m", "1min", "1h", "1d", "1W")]
    [1, 15, 60, 60, 3600, 86400, 604800]
    >>> interval_ns("1M")
    Traceback (most recent call last):
    livefin.errors.FrameError: no bars of '1M': months and years differ in length; \
the longest are of weeks, '1W'
    """
    if not isinstance(interval, str):
        if not isinstance(interval, pd.Timedelta):
            raise FrameError(f"no bars of {interval!r}; write the interval like '5s' or '15min'")
        return window_ns(interval)
    text = interval.strip()
    if re.fullmatch(r"\d+ ?(M|Q|y|Y|mo|months?|years?)", text):
        hint = "months and years differ in length; the longest are of weeks, '1W'"
        raise FrameError(f"no bars of {interval!r}: {hint}")
    spelled = _SPELLED.fullmatch(text)
    if spelled is not None and int(spelled[1]):
        return int(spelled[1]) * _UNITS[spelled[2]]
    if not text or text[-1].isdigit() or not text[0].isdigit():  # a unit is missing, or all is
        raise FrameError(f"no bars of {interval!r}; write the interval like '5s' or '15min'")
    return window_ns(text)
