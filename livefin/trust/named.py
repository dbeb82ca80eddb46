"""What a person's code names: numbers, times of day, parts of a year.

A branch for half past two on Tuesdays, or for prices above a round one, runs on few bars or
none. Bars are made up where the code itself says that something may happen. Reads the code,
runs nothing. Used by checking.
"""

from __future__ import annotations

import dis
import re
from collections.abc import Iterable, Iterator
from itertools import product
from types import CodeType
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from livefin.trust.made import scaled
from livefin.trust.remembered import functions

CLOCK = re.compile(r"\b([01]?\d|2[0-3]):([0-5]\d)\b")
YEARLY = frozenset(
    {
        *("month", "month_name", "quarter", "week", "isocalendar", "day_of_year", "dayofyear"),
        *("is_year_end", "is_year_start", "is_quarter_start"),
    }
)
MOST = 12
"""So many times of day are taken; code that names more names them for another reason."""
FAR = 5.0
"""A number so many times the price, or a part of it, is no price."""


class Named(NamedTuple):
    """What was found."""

    times: tuple[tuple[int, int], ...]
    """Hours and minutes."""
    numbers: tuple[float, ...]
    yearly: bool
    """Whether months, quarters or weeks are read."""


def named(thing: Any) -> Named:
    """What the code of a function or class names.

    >>> named(lambda df: df.close[(df.index.hour == 14) & (df.index.minute == 35)]).times
    ((14, 14), (14, 35))
    >>> named(lambda df: df.between_time("09:31", "9:40")).times
    ((9, 31), (9, 40))
    """
    numbers, times, words = dict[float, None](), dict[tuple[int, int], None](), set[str]()
    for function in functions(thing):
        words |= set(_names(function.__code__))
        given = [*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()]
        for value in _flat([*_constants(function.__code__), *given]):
            if isinstance(value, str):
                times |= {(int(hour), int(minute)): None for hour, minute in CLOCK.findall(value)}
            elif isinstance(value, int | float) and not isinstance(value, bool):
                numbers[float(value)] = None
    whole = [int(number) for number in numbers if number == number // 1 and 0 <= number < 60]  # noqa: PLR2004
    pairs = product([hour for hour in whole if hour < 24], whole)  # noqa: PLR2004
    times |= {(hour, minute): None for hour, minute in pairs if minute % 30}
    return Named(tuple(times)[:MOST], tuple(numbers), bool(words & YEARLY))


def at_level(bars: pd.DataFrame, numbers: Iterable[float], known: pd.DataFrame) -> pd.DataFrame:
    """`bars` about a price that the code names and `known` ones never had, if there is one.

    >>> bars = pd.DataFrame({"close": [90.0, 110.0]})
    >>> at_level(bars, [2, 300], bars).close.tolist()
    [270.0, 330.0]
    """
    if "close" not in bars or not len(bars):
        return bars
    low, high, middle = known["close"].min(), known["close"].max(), float(bars["close"].median())
    for number in numbers:
        if middle / FAR < number < middle * FAR and not low <= number <= high:
            return scaled(bars, np.float64(number / middle))
    return bars


def _constants(code: CodeType) -> Iterator[Any]:
    for step in dis.get_instructions(code):  # small numbers are no constants of it in 3.14
        if "CONST" in step.opname or step.opname == "LOAD_SMALL_INT":
            yield step.argval
            if isinstance(step.argval, CodeType):
                yield from _constants(step.argval)


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


def _flat(values: Iterable[Any]) -> Iterator[Any]:
    for value in values:
        if isinstance(value, tuple | frozenset):
            yield from _flat(value)
        else:
            yield value
