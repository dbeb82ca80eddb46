"""Volume-weighted average price since a session or a moment began, with deviation bands.

Sums run by session in one pass over the frame. The variance is summed from terms that are
never negative, so that bands stay true at any price level. `vwap` serves any frame of bars;
`VWAP` is the same average bar by bar, and what a chart draws.
"""

# ruff: noqa: RUF001, RUF002 - the sign of the standard deviation is no letter o

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from math import isfinite, sqrt
from typing import ClassVar, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from livefin.errors import FrameError, IndicatorError
from livefin.indicators.bars.onestep import OneStep
from livefin.indicators.bars.sessions import Sessions, numbered
from livefin.indicators.contract import BarRow, Values
from livefin.indicators.parameters import Parameter
from livefin.indicators.rows import rows, times
from livefin.indicators.totals import added

Floats = NDArray[np.float64]
BANDS = (1.0, 2.0)


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
    sessions = numbered(df.index, anchor, tz, session)
    mean, deviation = _running(*_weighed(df), sessions)
    lines = {"vwap": mean}
    for width in widths:
        lines[f"+{width:g}σ"] = mean + width * deviation
        lines[f"-{width:g}σ"] = mean - width * deviation
    return pd.DataFrame(lines, index=df.index, copy=False)


def _widths(bands: Iterable[float]) -> list[float]:
    try:
        widths = [float(width) for width in bands]
    except (TypeError, ValueError) as error:
        raise FrameError(f"bands must be numbers, as [1, 2], got {bands!r}") from error
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


class VWAP(OneStep):
    """Volume-weighted average price since a session or a moment began, with deviation bands.

    The lines are those of `vwap`, and so are the parameters; a bar that has no volume shows
    the average so far, a bar that lacks price or volume nothing.

    Raises IndicatorError for an unknown zone, an anchor that is none or bands not above 0.

    Source: Berkowitz, Logue, Noser, Journal of Finance 43 (1988); West, Communications of the
    ACM 22 (1979), as at `vwap`.

    >>> average = VWAP(bands=[1])
    >>> average.update(BarRow(0, 9.0, 9.0, 9.0, 9.0, 1.0)), average.outputs
    ((9.0, 9.0, 9.0), ('vwap', '+1σ', '-1σ'))
    >>> average.peek(BarRow(10**9, 13.0, 13.0, 13.0, 13.0, 1.0))
    (11.0, 13.0, 9.0)
    """

    pane = "price"
    needs: ClassVar = ()
    warm_up = None
    parameters = (
        Parameter("anchor", "text", "session", doc='"session", "all", an offset or a time'),
        Parameter("tz", "text", "UTC", doc="the zone whose days and weeks these are"),
        Parameter("session", "text", "1D", doc="how long a session is"),
    )

    def __init__(
        self,
        anchor: str | datetime = "session",
        *,
        bands: Iterable[float] = BANDS,
        tz: str = "UTC",
        session: str = "1D",
    ) -> None:
        try:
            self._widths = _widths(bands)
        except FrameError as error:
            raise IndicatorError(str(error)) from error
        signed = [f"{sign}{width:g}σ" for width in self._widths for sign in "+-"]
        self.outputs = ("vwap", *signed)
        self._set(anchor=anchor, bands=tuple(self._widths), tz=tz, session=session)
        self._sessions = Sessions(anchor, tz, session)
        self.reset()

    def reset(self) -> None:
        """Forget all bars."""
        self._session: int | None = None
        self._sums: _Sums | None = None

    def usable(self, row: BarRow) -> bool:
        """Whether the bar has a volume, and a price."""
        return isfinite(row.volume) and isfinite(_price(row))

    def step(self, row: BarRow, keep: bool) -> Values:
        """The lines at a bar."""
        session = self._sessions.of(row.time)
        sums = self._sums if session == self._session else None
        if row.volume > 0 and session >= 0:
            price = _price(row)
            sums = (sums or _Sums(price, _ZERO, _ZERO, _ZERO)).plus(price, row.volume)
        if keep:
            self._session, self._sums = session, sums
        if sums is None:
            return self._nothing
        mean, deviation = sums.values()
        lines = [mean]
        for width in self._widths:
            lines += mean + width * deviation, mean - width * deviation
        return tuple(lines)

    def batch(self, df: pd.DataFrame) -> pd.DataFrame:
        """All values along the index of `df`. Changes no state."""
        if not isinstance(df.index, pd.DatetimeIndex):
            times(df)  # says what is wrong
        try:
            lines = vwap(df, **self.params)
        except FrameError as error:
            raise IndicatorError(str(error)) from error
        typical = [df[name] for name in ("high", "low", "close") if name in df]
        there = np.isfinite(np.asarray(sum(typical), dtype=np.float64)) if typical else False
        if "vwap" in df:
            there |= np.isfinite(np.asarray(df["vwap"], dtype=np.float64))
        there &= np.isfinite(np.asarray(df["volume"], dtype=np.float64))
        return lines.where(pd.Series(there, index=df.index), axis=0)

    def begin(self, df: pd.DataFrame) -> pd.DataFrame:
        """Forget what was, and take the bars of `df` as history; the values at them."""
        values = self.batch(df)
        self.reset()
        if len(df):
            codes = numbered(df.index, self.params["anchor"], self.params["tz"], self._length)
            inside = int(np.flatnonzero(np.r_[True, codes[1:] != codes[:-1]])[-1])
            for row in rows(df.iloc[inside:]):
                self.update(row)
        return values

    @property
    def _length(self) -> str:
        return str(self.params["session"])


_ZERO = (0.0, 0.0)


class _Sums(NamedTuple):
    """What a session's bars add up to; prices are counted from its first, to keep their digits."""

    origin: float
    weight: tuple[float, float]
    weighed: tuple[float, float]
    squares: tuple[float, float]

    def plus(self, price: float, volume: float) -> _Sums:
        away = price - self.origin
        before = self.weight[0] + self.weight[1]
        weight = added(self.weight, volume)
        if not before:
            return self._replace(weight=weight)
        mean = (self.weighed[0] + self.weighed[1]) / before
        share = before / (weight[0] + weight[1])
        return _Sums(
            self.origin,
            weight,
            added(self.weighed, volume * away),
            added(self.squares, volume * share * (away - mean) * (away - mean)),
        )

    def values(self) -> tuple[float, float]:
        weight = sum(self.weight)
        return self.origin + sum(self.weighed) / weight, sqrt(sum(self.squares) / weight)


def _price(row: BarRow) -> float:
    if isfinite(row.vwap):
        return row.vwap
    # Each is divided first: three huge prices must not overflow on the way.
    return row.high / 3 + row.low / 3 + row.close / 3
