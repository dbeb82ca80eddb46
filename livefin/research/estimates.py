"""The statistics that figures here rest on: intervals of a share, ranks, long-run variance.

Returns over h bars that begin at every bar overlap and are no independent draws; a plain
t-statistic takes them for such and comes out several times too large. Pure functions of
arrays. Used by tally, information and scores.
"""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np

from livefin.errors import IndicatorError
from livefin.indicators.contract import NAN, Floats

LONGEST = 10_000
"""Bars of the longest horizon."""


def wilson(hits: int, count: int, confidence: float = 0.95) -> tuple[float, float]:
    """The interval in which the true share lies, given `hits` of `count` independent tries.

    NaN without tries. Source: Wilson, "Probable inference, the law of succession, and
    statistical inference", Journal of the American Statistical Association 22 (1927).

    >>> low, high = wilson(8, 10)
    >>> round(low, 4), round(high, 4)
    (0.4902, 0.9433)
    """
    if not count:
        return NAN, NAN
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share, spread = hits / count, z * z / count
    middle = (share + spread / 2) / (1 + spread)
    half = z / (1 + spread) * math.sqrt(share * (1 - share) / count + spread / (4 * count))
    # At the ends the two are equal, but for rounding.
    return middle - half if hits else 0.0, middle + half if hits < count else 1.0


def lags(horizon: int) -> int:
    """How many lags the long-run variance of overlapping returns takes: 3 (horizon - 1).

    They are correlated over horizon - 1 lags, but Bartlett's weights fall with the lag: with
    no more lags than these a third of the variance would be missed.
    """
    return 3 * (horizon - 1)


def windowed(columns: Floats, lags: int) -> Floats:
    """Sums over each run of `lags` + 1 rows, those that reach beyond either end included."""
    total = np.zeros((len(columns) + 2 * lags + 2, columns.shape[1]))
    total[lags + 1 : lags + 1 + len(columns)] = np.cumsum(columns, axis=0)
    total[lags + 1 + len(columns) :] = total[lags + len(columns)]
    return total[lags + 1 : -1] - total[: -lags - 2]


def long_run(values: Floats, lags: int) -> float:
    """The variance of the sum of `values` (mean 0), whose neighbours are correlated.

    With Bartlett's weights 1 - l / (lags + 1) it is the mean square of the sums over all runs
    of lags + 1 values, so that it takes one pass at any number of lags and is never negative.

    Source: Newey and West, "A simple, positive semi-definite, heteroskedasticity and
    autocorrelation consistent covariance matrix", Econometrica 55 (1987).

    >>> long_run(np.array([1.0, -1.0, 2.0]), 0)
    6.0
    >>> long_run(np.array([1.0, -1.0, 2.0]), 1)  # 6 + 2 * 1/2 * (1 * -1 + -1 * 2)
    3.0
    """
    sums = windowed(values[:, None], lags)[:, 0]
    return float(sums @ sums) / (lags + 1)


def tied(ordered: Floats) -> Floats:
    """The ranks, from 1 on, of values that rise; equal ones share their mean.

    >>> tied(np.array([1.0, 3.0, 3.0])).tolist()
    [1.0, 2.5, 2.5]
    """
    found = np.arange(1.0, len(ordered) + 1)
    same = ordered[1:] == ordered[:-1]
    if same.any():
        edges = np.concatenate([[0], np.flatnonzero(~same) + 1, [len(ordered)]])
        found = np.repeat((edges[:-1] + edges[1:] + 1) / 2, np.diff(edges))
    return found


def correlation(a: Floats, b: Floats) -> float:
    """Pearson's, of two arrays without NaN; NaN where one of them is constant.

    >>> round(correlation(np.array([1.0, 2.0, 3.0]), np.array([2.0, 4.0, 6.0])), 9)
    1.0
    """
    if len(a) < 2:  # noqa: PLR2004 - one point has no slope
        return NAN
    away, other = a - a.mean(), b - b.mean()
    # Not as a product of matrices: that wakes threads, which are waited for where all work.
    scale = math.sqrt(float((away * away).sum())) * math.sqrt(float((other * other).sum()))
    # A constant's distances from its mean are rounding errors, or none.
    if np.ptp(a) == 0 or np.ptp(b) == 0 or not scale:
        return NAN
    return max(-1.0, min(1.0, float((away * other).sum()) / scale))


def checked(horizons: int | tuple[int, ...] | list[int]) -> tuple[int, ...]:
    """Horizons in bars. Raises IndicatorError for what is none.

    >>> checked(5), checked([1, 20])
    ((5,), (1, 20))
    """
    found = (horizons,) if isinstance(horizons, int) else tuple(horizons)
    whole = all(
        isinstance(h, int | np.integer) and not isinstance(h, bool) and 1 <= h <= LONGEST
        for h in found
    )
    if not found or not whole or len(set(found)) < len(found):
        raise IndicatorError(
            f"horizons must be different numbers of bars from 1 to {LONGEST:,}, got {horizons!r}"
        )
    return tuple(map(int, found))
