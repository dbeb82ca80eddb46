"""What a person's function gave, as float64 lines along the bars it was given.

A Series or DataFrame of the bars' own index is taken as it is, a shorter one is put where
its times are. Whatever cannot be told to belong to the bars is an error that says what came
and what would do. Used by userdefined; no state.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from livefin.errors import IndicatorError
from livefin.indicators.contract import Floats

WANTED = "a Series, DataFrame, array or dict of arrays along the bars"


def lines(name: str, result: Any, index: pd.Index[Any]) -> pd.DataFrame:
    """`result` as a frame along `index`, float64, a column a line, in memory of its own.

    A single line is called `name`. True and False become 1 and 0, missing values NaN.
    Raises IndicatorError for what is no line of numbers along these bars.

    >>> times = pd.date_range("2026-03-01", periods=3, tz="UTC")
    >>> lines("up", pd.Series([True, False], times[1:]), times)["up"].tolist()
    [nan, 1.0, 0.0]
    >>> lines("up", [1.0, 2.0], times)
    Traceback (most recent call last):
    livefin.errors.IndicatorError: up gave 2 values for 3 bars
    """
    table = {column: _values(said, one, index) for column, said, one in _each(name, result)}
    return pd.DataFrame(table, index=index, copy=False)


def _each(name: str, result: Any) -> list[tuple[str, str, Any]]:
    """Each line's name, what to call it in an error, and what was given for it."""
    if hasattr(result, "_fields"):  # a named tuple of arrays
        result = dict(zip(result._fields, result, strict=True))
    if not isinstance(result, Mapping | pd.DataFrame):
        return [(name, name, result)]
    columns = list(result)
    strange = [column for column in columns if not isinstance(column, str)]
    if strange:
        raise IndicatorError(f"{name} gave a line called {strange[0]!r}; names must be text")
    twice = [column for column in columns if columns.count(column) > 1]
    if twice:
        raise IndicatorError(f"{name} gave two lines called {twice[0]!r}")
    if not columns:
        raise IndicatorError(f"{name} gave no lines: an empty {type(result).__name__}")
    return [(column, f"{name}, {column},", result[column]) for column in columns]


def _values(said: str, given: Any, index: pd.Index[Any]) -> Floats:
    if given is None:
        raise IndicatorError(f"{said} gave None; is a `return` missing? Give {WANTED}")
    if isinstance(given, pd.Series):
        given = _along(said, given, index)
    elif isinstance(given, pd.Index | pd.api.extensions.ExtensionArray):
        given = pd.Series(given)
    if isinstance(given, np.ma.MaskedArray):
        given = np.where(np.ma.getmaskarray(given), np.nan, given.data)
    values = _numbers(said, given)
    if values.ndim == 0:
        raise IndicatorError(f"{said} gave one value for {len(index)} bars; give {WANTED}")
    if values.ndim > 1:
        hint = "name the lines: give a DataFrame or a dict"
        raise IndicatorError(f"{said} gave shape {values.shape} for {len(index)} bars; {hint}")
    if len(values) != len(index):
        raise IndicatorError(f"{said} gave {len(values)} values for {len(index)} bars")
    return values


def _along(said: str, given: pd.Series[Any], index: pd.Index[Any]) -> pd.Series[Any]:
    """The values at the times of `index`; NaN where a shorter Series has none."""
    if given.index.equals(index) or not (len(given) or len(index)):
        return given
    if isinstance(index, pd.DatetimeIndex):
        _of_times(said, given.index, index)
    if len(given) == len(index):
        differs = np.flatnonzero(np.asarray(given.index != index))
        at = int(differs[0]) if len(differs) else 0
        raise IndicatorError(
            f"{said} gave values at other times than the bars': at row {at}, "
            f"{given.index[at]} instead of {index[at]}"
        )
    if not given.index.is_unique:
        twice = given.index[given.index.duplicated()][0]
        raise IndicatorError(f"{said} gave two values for {twice}")
    if len(given) and not given.index.isin(index).any():
        raise IndicatorError(
            f"{said} gave {len(given)} values for {len(index)} bars, none at a bar's time; "
            f"the first is at {given.index[0]}"
        )
    return given.reindex(index)


def _of_times(said: str, found: pd.Index[Any], index: pd.DatetimeIndex) -> None:
    if not len(found):
        return
    if not isinstance(found, pd.DatetimeIndex):
        raise IndicatorError(
            f"{said} gave values numbered by {type(found).__name__}, not by the bars' times; "
            "give an array, or a Series with index=df.index"
        )
    if (found.tz is None) != (index.tz is None):
        raise IndicatorError(
            f"{said} gave times {'with' if found.tz else 'without'} a time zone, "
            f"and the bars' are {'with' if index.tz else 'without'} one; use df.index as it is"
        )


def _numbers(said: str, given: Any) -> Floats:
    try:
        values = np.asarray(given)
    except ValueError:
        raise IndicatorError(f"{said} gave lists of different lengths; give {WANTED}") from None
    if values.dtype.kind in "biuf":
        return np.array(values, dtype=np.float64)
    if isinstance(given, pd.Series) and pd.api.types.is_numeric_dtype(given.dtype):
        if values.dtype.kind == "c":
            raise IndicatorError(f"{said} gave complex numbers; lines are of real ones")
        return given.to_numpy(dtype=np.float64, na_value=np.nan, copy=True)
    if values.dtype.kind == "c":
        raise IndicatorError(f"{said} gave complex numbers; lines are of real ones")
    if not values.size:  # pandas makes objects of nothing
        return np.empty(values.shape)
    if values.dtype.kind != "O":
        raise IndicatorError(f"{said} gave {values.dtype}; lines are of numbers")
    if values.ndim == 0:
        raise IndicatorError(f"{said} gave a {type(given).__name__}; give {WANTED}")
    odd = [value for value in values.flat if not isinstance(value, int | float | np.number)]
    if not odd:
        return values.astype(np.float64)
    hint = "; for a missing one give float('nan')" if odd[0] is None or odd[0] is pd.NA else ""
    raise IndicatorError(f"{said} gave objects such as {odd[0]!r}; lines are of numbers{hint}")
