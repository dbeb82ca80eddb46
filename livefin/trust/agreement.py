"""Whether two tables of values are the same, but for rounding.

What rounding does is measured, not guessed: the indicator runs once more on prices that
differ in their last digits. So a sum that cancels is allowed its noise, and a real change
of one part in a billion is still found. Used by every check that compares two runs.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from livefin.indicators.contract import Floats

RELATIVE = 1e-9
AMPLE = 64
"""How many times the measured noise two values may differ."""
NEAR = 2
"""Rows before and after whose noise counts too."""
DIGITS = 2e-15


class Difference(NamedTuple):
    """Where two tables differ first."""

    row: int
    column: int
    pair: tuple[float, float]
    rows: int
    """How many rows differ."""


def difference(one: Floats, other: Floats, slack: Floats | None = None) -> Difference | None:
    """The first row where the tables differ, over the rows that both have; None if nowhere.

    >>> same = np.array([[1.0], [np.nan]])
    >>> difference(same, same) is None
    True
    >>> difference(np.array([[1.0], [np.nan]]), np.array([[1.0], [2.0]])).row
    1
    """
    rows = min(len(one), len(other))
    a, b = one[:rows], other[:rows]
    bad = differs(a, b, None if slack is None else slack[:rows])
    places = np.argwhere(bad)
    if not len(places):
        return None
    row, column = (int(place) for place in places[0])
    values = (float(a[row, column]), float(b[row, column]))
    return Difference(row, column, values, int(bad.any(axis=1).sum()))


def differs(
    a: Floats, b: Floats, slack: Floats | None = None, *, relative: float = RELATIVE
) -> NDArray[np.bool_]:
    """Which values are not the same. Both missing is the same, one missing is not."""
    with np.errstate(invalid="ignore", over="ignore"):
        size = np.maximum(np.abs(a), np.abs(b))
        allowed = relative * np.where(np.isfinite(size), np.maximum(size, typical(b)), 0.0)
        apart = np.abs(a - b)
        same = (a == b) | (np.isnan(a) & np.isnan(b)) | (apart <= allowed)
        if slack is not None:
            same |= np.where(np.isnan(apart), np.inf, apart) <= slack
    return np.asarray(~same, dtype=np.bool_)


def typical(table: Floats) -> Floats:
    """The usual size of each column's values, 0 where there are none."""
    sizes = np.where(np.isfinite(table), np.abs(table), np.nan)
    out = np.zeros(table.shape[1])
    for column in range(table.shape[1]):
        there = sizes[:, column][~np.isnan(sizes[:, column])]
        if len(there):
            out[column] = np.median(there)
    return out


def jittered(bars: pd.DataFrame) -> pd.DataFrame:
    """The same bars, their last digits changed: equal values stay equal, order is kept."""
    changed = bars.copy()
    for name in bars.columns:
        if pd.api.types.is_float_dtype(bars[name]):
            values = np.asarray(bars[name], dtype=np.float64)
            with np.errstate(invalid="ignore"):
                changed[name] = values * (1 + DIGITS * np.sin(values * 1e6))
    return changed


def noise(table: Floats, again: Floats) -> Floats:
    """What each value may differ by, from a run on bars and one on the same `jittered`."""
    with np.errstate(invalid="ignore"):
        apart = np.abs(table - again)
    apart[(table == again) | (np.isnan(table) & np.isnan(again))] = 0.0
    apart[np.isnan(apart)] = np.inf
    usual = np.median(apart, axis=0) if len(apart) else np.zeros(table.shape[1])
    around = pd.DataFrame(np.minimum(apart, 1e300)).rolling(2 * NEAR + 1, 1, center=True).max()
    near = around.to_numpy(np.float64, copy=True)
    near[near >= 1e300] = np.inf  # noqa: PLR2004 - where a value came or went
    with np.errstate(invalid="ignore"):
        return np.asarray(AMPLE * np.maximum(near, usual), dtype=np.float64)
