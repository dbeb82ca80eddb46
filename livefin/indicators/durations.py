"""Lengths of time and sessions as indicators of ticks take them. No clock: rows bring the time.

Used by the indicators of trades and quotes whose windows are of time.
"""

from __future__ import annotations

import pandas as pd

from livefin.errors import FrameError, IndicatorError
from livefin.intervals import interval_ns


def duration_ns(length: str | pd.Timedelta) -> int:
    """A length of time ("500ms", "10s", "1min") in ns. Raises IndicatorError.

    >>> duration_ns("10s")
    10000000000
    """
    try:
        return interval_ns(length)
    except FrameError as error:
        raise IndicatorError(f"no length of time: {length!r}; write it like '10s'") from error
