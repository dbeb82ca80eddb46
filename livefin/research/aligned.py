"""Take what people hand in (series, frames of one column, arrays, numbers) as rows in step.

The first that has an index gives it; a NaN or an infinity is a value that is not known. No
state. Used by everything here that takes values.
"""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from livefin.errors import IndicatorError
from livefin.indicators.contract import Floats

Given: TypeAlias = pd.Series | pd.DataFrame | NDArray[Any] | list[Any] | float
"""A series, a frame of one column, an array, a list or a number."""
Bools: TypeAlias = NDArray[np.bool_]


class Aligned(NamedTuple):
    """Columns along one index, `along`."""

    along: pd.Index[Any]
    columns: list[NDArray[Any]]
    names: list[str]


def aligned(*given: Given) -> Aligned:
    """Several inputs row by row, each as an array with its name.

    A series with other times than the first one's is looked up at the first one's; what it
    lacks is NaN. Raises IndicatorError for other lengths, and for no rows at all.

    >>> times = pd.date_range("2026-03-01", periods=3, freq="1min")
    >>> rows = aligned(pd.Series([1, 2, 3], times, name="a"), pd.Series([7.0], times[1:2]), 5)
    >>> [column.tolist() for column in rows.columns], rows.names
    ([[1, 2, 3], [nan, 7.0, nan], [5, 5, 5]], ['a', 'values', '5'])
    """
    held = [_one(item) for item in given]
    index = next((item.index for item in held if isinstance(item, pd.Series)), None)
    if index is None:
        lengths = [len(item) for item in held if isinstance(item, np.ndarray) and item.ndim]
        if not lengths:
            raise IndicatorError("at least one input must have rows: a series or an array")
        index = pd.RangeIndex(lengths[0])
    return Aligned(index, [_along(item, index) for item in held], [_name(item) for item in held])


def floats(column: NDArray[Any]) -> Floats:
    """As floats, with what is not finite as NaN. Raises IndicatorError for what is no number."""
    try:
        values = np.array(column, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise IndicatorError(f"values must be numbers: {error}") from error
    values[~np.isfinite(values)] = np.nan
    return values


def truths(column: NDArray[Any]) -> Bools:
    """As conditions: what is missing is False, and of numbers all but 0 is True."""
    if column.dtype == np.bool_:
        return column
    missing = np.asarray(pd.isna(column))
    return np.where(missing, False, column).astype(np.bool_)


def _one(item: Given) -> pd.Series | NDArray[Any]:
    if isinstance(item, pd.DataFrame):
        if item.shape[1] != 1:
            names = ", ".join(map(str, item.columns)) or "none"
            raise IndicatorError(f"take one column of the frame; it has {names}")
        return item.iloc[:, 0]
    if isinstance(item, pd.Series):
        return item
    if callable(item):
        raise IndicatorError(f"values are wanted; {item!r} gives them when called with bars")
    array = np.asarray(item)
    if array.ndim > 1:
        raise IndicatorError(f"values must be in one row, got the shape {array.shape}")
    return array


def _along(item: pd.Series | NDArray[Any], index: pd.Index[Any]) -> NDArray[Any]:
    if isinstance(item, pd.Series):
        if not (item.index is index or item.index.equals(index)):
            if not item.index.is_unique:
                raise IndicatorError("series of other times cannot be aligned: times come twice")
            item = item.reindex(index)
        return np.asarray(item)
    if item.ndim == 0:
        return np.full(len(index), item[()])
    if len(item) != len(index):
        raise IndicatorError(f"inputs of {len(item):,} and {len(index):,} rows do not match")
    return item


def _name(item: pd.Series | NDArray[Any]) -> str:
    if isinstance(item, pd.Series):
        return "values" if item.name is None else str(item.name)
    if item.ndim or item.dtype.kind not in "biuf":
        return "values"
    return f"{float(item):g}"
