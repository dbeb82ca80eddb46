"""Frames as people hand them in: refused, with advice, where they are something else.

Used where a person calls: an indicator on a frame, checks and sweeps. No state.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from livefin.errors import IndicatorError


def handed(df: Any, what: str) -> pd.DataFrame:
    """`df` itself. Raises IndicatorError for what is no frame, or is out of order.

    >>> handed([1.0, 2.0], "RSI(14)")
    Traceback (most recent call last):
    livefin.errors.IndicatorError: RSI(14) takes a frame, got a list; \
as pandas.DataFrame({"close": values}, index=times)
    >>> times = pd.date_range("2026-03-01", periods=3, freq="1min", tz="UTC")
    >>> handed(pd.DataFrame({"close": [1.0, 2.0, 3.0]}, times[::-1]), "RSI(14)")
    Traceback (most recent call last):
    livefin.errors.IndicatorError: RSI(14) takes rows oldest first; df.sort_index() puts them so
    """
    if isinstance(df, pd.Series):
        raise IndicatorError(f'{what} takes a frame, got a Series; as series.to_frame("close")')
    if not isinstance(df, pd.DataFrame):
        raise IndicatorError(
            f"{what} takes a frame, got a {type(df).__name__}; "
            'as pandas.DataFrame({"close": values}, index=times)'
        )
    if isinstance(df.index, pd.DatetimeIndex) and not df.index.is_monotonic_increasing:
        raise IndicatorError(f"{what} takes rows oldest first; df.sort_index() puts them so")
    return df
