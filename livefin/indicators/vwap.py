"""Volume-weighted average price since a session or a moment began, with deviation bands.

Sums run by session in one pass over the frame. The variance is summed from terms that are
never negative, so that bands stay true at any price level. A chart evaluates `overlay()`
over and over; `vwap` itself serves any frame of bars.
"""

# ruff: noqa: RUF001, RUF002 - the sign of the standard deviation is no letter o

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.tseries.frequencies import to_offset

from livefin.errors import FrameError

Floats = NDArray[np.float64]
DAY = 86_400_000_000_000
BANDS = (1.0, 2.0)
CALENDAR = {
    "W-SUN": "W",
    "MS": "M",
    "ME": "M",
    "QS-JAN": "Q",
    "QE-DEC": "Q",
    "YS-JAN": "Y",
    "YE-DEC": "Y",
}
"""Offsets of no fixed length, and the periods that they mean: weeks begin on Mondays."""
EARLIEST = -(10**9)
"""Below the number of any period, which pandas counts from 1970."""


def vwap(
    df: pd.DataFrame,
    *,
    anchor: str | datetime = "session",
    bands: Iterable[float] = BANDS,
    tz: str = "UTC",
    session: str = "1D",
) -> pd.DataFrame:
    """The average price paid since the session began, and bands of deviation around it.

    A bar counts with its volume at its own `vwap`, where it has one, else at its typical
    price, (high + low + close) / 3. What is missing adds nothing: a bar that is NaN or has
    no volume shows the average so far, and there is none before the first volume.

    Args:
        df: bars, oldest first, with `volume` and `vwap` or `high`, `low` and `close`;
            index of times, UTC where it has no zone.
        anchor: where the average begins anew: "session"; a pandas offset ("4h", "W", "MS");
            a time, before which there is none; or "all", the frame's first bar.
        bands: how many standard deviations away; () for no bands.
        tz: the zone whose days, hours, weeks these are.
        session: how long a session is, a pandas offset.

    Returns:
        Along the index of `df`: `vwap`, then "+1σ" and "-1σ" and so on for each band, in
        units of price. The deviation is the volume-weighted one of the whole population.

    Raises FrameError for missing columns, an unknown zone or an anchor that is none.

    Source: Berkowitz, Logue, Noser, "The total cost of transactions on the NYSE", Journal of
    Finance 43 (1988), for the average; West, "Updating mean and variance estimates: an
    improved method", Communications of the ACM 22 (1979), for the variance.

    >>> times = pd.date_range("2026-03-01 23:58", periods=3, freq="1min", tz="UTC")
    >>> df = pd.DataFrame({"vwap": [10.0, 13.0, 20.0], "volume": [2.0, 1.0, 5.0]}, times)
    >>> vwap(df, bands=[1]).round(3).values.tolist()
    [[10.0, 10.0, 10.0], [11.0, 12.414, 9.586], [20.0, 20.0, 20.0]]
    >>> vwap(df, anchor="all", bands=())["vwap"].tolist()
    [10.0, 11.0, 16.625]
    """
    widths = _widths(bands)
    sessions = _sessions(df.index, anchor, tz, session)
    mean, deviation = _running(*_weighed(df), sessions)
    lines = {"vwap": mean}
    for width in widths:
        lines[f"+{width:g}σ"] = mean + width * deviation
        lines[f"-{width:g}σ"] = mean - width * deviation
    return pd.DataFrame(lines, index=df.index, copy=False)


def overlay(
    *,
    anchor: str | datetime = "session",
    bands: Iterable[float] = BANDS,
    tz: str = "UTC",
    session: str = "1D",
) -> Callable[[pd.DataFrame], pd.DataFrame]:
    """`vwap` with these options as a chart's overlay, named "VWAP". Raises as `vwap` does.

    >>> overlay(anchor="4h", bands=[2]).__name__
    'VWAP'
    """
    widths = _widths(bands)
    _sessions(pd.DatetimeIndex([], tz="UTC"), anchor, tz, session)  # says at once what is wrong

    def average(df: pd.DataFrame) -> pd.DataFrame:
        return vwap(df, anchor=anchor, bands=widths, tz=tz, session=session)

    average.__name__ = "VWAP"
    return average


def _widths(bands: Iterable[float]) -> list[float]:
    widths = [float(width) for width in bands]
    if not all(np.isfinite(width) and width > 0 for width in widths):
        raise FrameError(f"bands must be numbers of deviations above 0, got {widths}")
    return widths


def _weighed(df: pd.DataFrame) -> tuple[Floats, Floats]:
    """Each bar's price and its weight; what is missing weighs nothing."""
    columns = {str(name): np.asarray(df[name], dtype=np.float64) for name in _needed(df)}
    volume = columns["volume"]
    price = np.full(len(df), np.nan)
    if "close" in columns:
        # Each is divided first: three huge prices must not overflow on the way.
        price = columns["high"] / 3 + columns["low"] / 3 + columns["close"] / 3
    if "vwap" in columns:
        price = np.where(np.isfinite(columns["vwap"]), columns["vwap"], price)
    there = np.isfinite(price) & np.isfinite(volume) & (volume > 0)
    return np.where(there, price, 0.0), np.where(there, volume, 0.0)


def _needed(df: pd.DataFrame) -> list[str]:
    typical = [name for name in ("high", "low", "close") if name in df]
    found = ["vwap"] if "vwap" in df else []
    found += typical if len(typical) == len(("high", "low", "close")) else []
    if "volume" not in df or not found:
        raise FrameError(
            "a VWAP needs the columns volume, and vwap or high, low and close; "
            f"there are: {', '.join(map(str, df.columns)) or 'none'}"
        )
    return ["volume", *found]


def _running(price: Floats, weight: Floats, sessions: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Running mean and deviation of each session; sessions below 0 have none."""
    index = np.arange(len(price))
    there = (weight > 0) & (sessions >= 0)
    if not there.any():
        return np.full(len(price), np.nan), np.full(len(price), np.nan)
    first = _first(there, sessions)
    # Counted from the session's first price: sums of small numbers keep their last digits.
    origin = price[first]
    away = np.where(there, price - origin, 0.0)
    weight = np.where(there, weight, 0.0)
    total = _summed(weight, sessions)
    begun = (total > 0) & (sessions >= 0)
    divisor = np.where(begun, total, 1.0)
    mean = _summed(weight * away, sessions) / divisor
    inside = np.r_[False, sessions[1:] == sessions[:-1]]
    before = np.where(inside, np.r_[0.0, mean[:-1]], 0.0)
    share = np.where(inside, np.r_[0.0, total[:-1]], 0.0) / divisor
    terms = np.where(there & (index > first), weight * share * (away - before) ** 2, 0.0)
    deviation = np.sqrt(_summed(terms, sessions) / divisor)
    return np.where(begun, origin + mean, np.nan), np.where(begun, deviation, np.nan)


def _first(there: NDArray[np.bool_], sessions: NDArray[np.int64]) -> NDArray[np.intp]:
    """For each row the first row of its session that counts, itself where there is none."""
    rows = np.flatnonzero(there)
    codes, at = np.unique(sessions[rows], return_index=True)
    place = np.minimum(np.searchsorted(codes, sessions), len(codes) - 1)
    return np.where(codes[place] == sessions, rows[at][place], np.arange(len(sessions)))


def _summed(values: Floats, sessions: NDArray[np.int64]) -> Floats:
    # pandas sums by group with Kahan's compensation, in one pass.
    return np.asarray(pd.Series(values).groupby(sessions).cumsum(), dtype=np.float64)


def _sessions(
    index: pd.Index[Any], anchor: str | datetime, tz: str, session: str
) -> NDArray[np.int64]:
    """A number for each row's session, rising; below 0 for rows before the anchor."""
    if anchor == "all":
        return np.zeros(len(index), dtype=np.int64)
    if not isinstance(index, pd.DatetimeIndex):
        raise FrameError(f"bars must be indexed by time, not by {type(index).__name__}")
    try:
        utc = index.tz_localize("UTC") if index.tz is None else index
        local = utc.tz_convert(tz)
    except Exception as error:  # zoneinfo, pytz and pandas each raise their own
        raise FrameError(f"unknown time zone {tz!r}: {error}") from error
    if anchor == "session":
        return _periods(local, session)
    if isinstance(anchor, str) and _is_offset(anchor):
        return _periods(local, anchor)
    try:
        start = pd.Timestamp(anchor)
    except (ValueError, TypeError) as error:
        raise FrameError(
            f'anchor must be "session", "all", an offset or a time, got {anchor!r}'
        ) from error
    start = start.tz_localize(tz) if start.tz is None else start
    return np.where(local >= start, 0, -1).astype(np.int64)


def _is_offset(text: str) -> bool:
    try:
        return to_offset(text) is not None
    except ValueError:
        return False


def _periods(local: pd.DatetimeIndex, length: str) -> NDArray[np.int64]:
    """A number for each row's period of that length, in the index's own zone."""
    wall = local.tz_localize(None).as_unit("ns")
    try:
        offset = to_offset(length)
        calendar = CALENDAR.get(offset.rule_code) if offset.n == 1 else None
        if calendar:
            return np.asarray(wall.to_period(calendar).asi8 - EARLIEST, dtype=np.int64)
        fixed = int(pd.Timedelta(offset).value)  # type: ignore[arg-type]  # raises where it has none
    except (ValueError, TypeError, AttributeError) as error:
        raise FrameError(f"no length of a session: {length!r}") from error
    if fixed <= 0:
        raise FrameError(f"a session must be longer than {length!r}")
    at = wall.asi8
    start = at - at % fixed
    if fixed % DAY:  # else an hour that the clocks show twice would be one hour
        start = start - (at - local.as_unit("ns").asi8)
    return np.asarray(pd.factorize(start)[0], dtype=np.int64)
