"""Run an indicator once before it is drawn, so that what is wrong shows in the person's cell.

The run is guarded, and a frame too short for the function is told from a function that
fails. Errors come out with the person's own lines alone. Used by the chart's prototypes.
"""

from __future__ import annotations

import inspect
from pathlib import Path
from types import CodeType, TracebackType
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from livefin.indicators.contract import Indicator
from livefin.prototyping.prints import Prints
from livefin.trust.checking import ENOUGH, MADE
from livefin.trust.guard import guarded
from livefin.trust.made import made_bars

SECONDS = 5.0
ROWS = 5_000
"""Rows that an indicator gets which takes them one by one."""
INSIDE = 0.9
"""A line of which so many values lie among the prices is drawn on them."""
OWN = Path(__file__).parents[1]


class Tried(NamedTuple):
    """What one run gave."""

    values: pd.DataFrame | None
    error: BaseException | None
    rows: int
    enough: bool = True
    """False where it raises on the few bars that there are, and not on more."""


def tried(indicator: Indicator, df: pd.DataFrame | None, prints: Prints) -> Tried:
    """Run `indicator` on `df`, for 5 s at most; without rows, on made-up bars.

    >>> from livefin.indicators.custom.userdefined import indicator
    >>> found = tried(indicator(lambda df: df.close[99] + df.close), made_bars(40), Prints())
    >>> type(found.error).__name__, found.enough
    ('KeyError', True)
    """
    if indicator.source != "bars" and (df is None or not len(df)):
        return Tried(None, None, 0)
    if df is None or not len(df):
        df = made_bars(MADE)
    if indicator.incremental:
        df = df.iloc[-ROWS:]
    values, error = _run(indicator, df, prints)
    if error is not None and indicator.source == "bars" and len(df) < ENOUGH:
        again, missed = _run(indicator, made_bars(MADE, like=df), Prints())
        if missed is None:
            return Tried(again, error, len(df), enough=False)
    return Tried(values, error, len(df))


def _run(
    indicator: Indicator, df: pd.DataFrame, prints: Prints
) -> tuple[pd.DataFrame | None, BaseException | None]:
    try:
        # Inside of the guard: what a thread that is given up goes on printing is kept, too.
        return guarded(lambda: prints.during(lambda: indicator.batch(df)), seconds=SECONDS), None
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        return None, own(error)


def own(error: BaseException) -> BaseException:
    """The error with the traceback from the person's own lines on; without one if there are none.

    >>> from livefin.errors import IndicatorError
    >>> own(IndicatorError("gave no line")).__traceback__ is None
    True
    """
    at: TracebackType | None = error.__traceback__
    while at is not None and _livefins(at):
        at = at.tb_next
    return error.with_traceback(at)


def at_its_head(error: BaseException, thing: Any) -> BaseException:
    """An error that is of no line, such as a missing `return`, as one of the function's first.

    >>> try:
    ...     raise at_its_head(ValueError("gave None"), own)
    ... except ValueError as error:
    ...     error.__traceback__.tb_next.tb_lineno == own.__code__.co_firstlineno
    True
    """
    code = getattr(inspect.unwrap(thing) if callable(thing) else thing, "__code__", None)
    if error.__traceback__ is not None or not isinstance(code, CodeType):
        return error
    lines = "\n" * (code.co_firstlineno - 1) + "raise error"
    try:
        exec(compile(lines, code.co_filename, "exec"), {"error": error})  # noqa: S102 - our own
    except BaseException as raised:  # noqa: BLE001 - it is the error
        there = raised.__traceback__
        return raised.with_traceback(there and there.tb_next)
    return error


def _livefins(at: TracebackType) -> bool:
    name = at.tb_frame.f_code.co_filename
    return Path(name).is_relative_to(OWN) or name.endswith("threading.py")


def among_prices(values: pd.DataFrame | None, df: pd.DataFrame | None) -> bool:
    """Whether a line's values lie where the prices are, so that it is drawn on them.

    >>> bars = made_bars(50)
    >>> among_prices(bars[["close"]].rolling(5).mean(), bars), among_prices(bars * 0, bars)
    (True, False)
    """
    if values is None or df is None or not len(df) or not {"low", "high"} <= set(df):
        return False
    there = values.to_numpy(dtype=np.float64)
    there = there[np.isfinite(there)]
    low, high = df["low"].min(), df["high"].max()
    room = (high - low) / 2
    inside = (there >= low - room) & (there <= high + room)
    return bool(len(there)) and bool(inside.mean() >= INSIDE)
