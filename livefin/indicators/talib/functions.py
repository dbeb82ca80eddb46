"""TA-Lib's functions as its own metadata tells them: inputs, outputs, parameters, ranges.

Nothing is listed here: what the installed TA-Lib has is what there is. Its metadata says no
ranges to Python, so that they are asked of its `lookback`, which is -1 for a value out of
range; this is done when a function is first used. No state but what has been looked up.
Used by ta; what the metadata does not tell is in talib_drawing and talib_memory.

Source: https://ta-lib.org/api/ for the meaning of `lookback` and of the flags.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from inspect import Parameter as Argument
from inspect import Signature
from typing import Any

import talib
import talib.abstract

from livefin.errors import IndicatorError
from livefin.indicators.contract import BarRow
from livefin.indicators.parameters import Parameter, checked
from livefin.nearest import nearest

COLUMNS = BarRow._fields[1:]
"""Of a bar, of which an input can be made."""
AVERAGES = tuple(
    sorted(
        (name for name in dir(talib.MA_Type) if name.isupper()),
        key=lambda name: int(getattr(talib.MA_Type, name)),
    )
)
"""Moving averages, each at its number of TA-Lib's `MA_Type`."""
PERIODS = "periods"
"""MAVP's second input, of which a bar has no column."""
PERIOD = 14
FARTHEST = 10**9
GRID = 10_000
"""Bounds of real parameters are found to one part of this."""


class UnknownFunctionError(IndicatorError, AttributeError):
    """TA-Lib has no function of that name. Carries `name` and the `near` ones."""

    def __init__(self, name: str) -> None:
        self.name, self.near = name, nearest(name.upper(), names())
        hint = f"; near: {', '.join(self.near)}" if self.near else ""
        super().__init__(f"TA-Lib has no function {name!r}{hint}")


@dataclass(frozen=True)
class TALibFunction:
    """One function. `inputs` are its columns in order; of those that can be chosen, the keyword."""

    name: str
    title: str
    group: str
    inputs: tuple[tuple[str | None, str], ...]
    outputs: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    flags: frozenset[str]
    output_flags: Mapping[str, tuple[str, ...]]

    @property
    def numbers(self) -> tuple[Parameter, ...]:
        """The parameters that are TA-Lib's own, without the choice of columns."""
        chosen = {keyword for keyword, _ in self.inputs}
        return tuple(p for p in self.parameters if p.name not in chosen)

    @property
    def signature(self) -> Signature:
        """As Python shows it: numbers in TA-Lib's order, then columns by keyword."""
        own = {p.name for p in self.numbers}
        return Signature(
            [
                Argument(
                    p.name,
                    Argument.POSITIONAL_OR_KEYWORD if p.name in own else Argument.KEYWORD_ONLY,
                    default=p.default,
                )
                for p in self.parameters
            ]
        )

    @property
    def doc(self) -> str:
        """What `help` shows."""
        lines = [f"{self.title}: TA-Lib's {self.name}, of its {self.group.lower()}.", "", "Args:"]
        lines += [f"    {p.name}: {_said(p)}; {p.default!r} by default." for p in self.parameters]
        if not self.parameters:
            del lines[-2:]
        if any(keyword == PERIODS for keyword, _ in self.inputs):
            lines += ["", "`periods` is each bar's own period: a column of the bars that holds"]
            lines += ["it, or one number for all, kept within minperiod and maxperiod."]
        columns = ", ".join(column for _, column in self.inputs)
        lines += ["", f"Takes {columns}. Gives {', '.join(self.outputs)}.", ""]
        return "\n".join([*lines, "Source: https://ta-lib.org/functions/"])

    def settled(self, args: Iterable[Any], given: Mapping[str, Any]) -> dict[str, Any]:
        """All parameters, each checked, those not given at their default. Raises IndicatorError."""
        args = tuple(args)
        own = [p.name for p in self.numbers]
        if len(args) > len(own):
            raise IndicatorError(
                f"{self.name} takes {len(own)} parameters by place "
                f"({', '.join(own) or 'none'}), got {len(args)}"
            )
        placed = dict(zip(own, args, strict=False))
        twice = placed.keys() & given.keys()
        if twice:
            raise IndicatorError(f"{self.name}: {', '.join(sorted(twice))} is given twice")
        values = {key: _named(key, value) for key, value in (placed | dict(given)).items()}
        parameters = [
            p._replace(kind="choice", choices=COLUMNS)
            if p.name == PERIODS and isinstance(values.get(PERIODS), str)
            else p
            for p in self.parameters
        ]
        try:
            settled = checked(parameters, values)
        except IndicatorError as error:
            raise IndicatorError(f"{self.name}: {error}") from None
        if self.lookback(settled) < 0:
            raise IndicatorError(f"{self.name} cannot be computed with {settled}")
        return settled

    def arguments(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """The numbers among settled `params`, as TA-Lib takes them."""
        return {
            p.name: AVERAGES.index(params[p.name]) if p.kind == "choice" else params[p.name]
            for p in self.numbers
        }

    def columns(self, params: Mapping[str, Any]) -> tuple[str | float, ...]:
        """The input columns with settled `params`; of MAVP's periods maybe a number."""
        return tuple(column if key is None else params[key] for key, column in self.inputs)

    def lookback(self, params: Mapping[str, Any]) -> int:
        """Rows before the first value, -1 where `params` are out of range."""
        return _lookback(self.name, self.arguments(params))


def names() -> list[str]:
    """All there are, sorted.

    >>> len(names()) > 200, names()[:3]
    (True, ['AC', 'ACCBANDS', 'ACOS'])
    """
    return sorted(talib.get_functions())


@functools.cache
def described(name: str) -> TALibFunction:
    """The function of that name. Raises UnknownFunctionError.

    >>> rsi = described("RSI")
    >>> rsi.title, rsi.outputs, rsi.parameters[0][:5]
    ('Relative Strength Index', ('rsi',), ('timeperiod', 'int', 14, 2, 100000))
    >>> print(rsi.signature)
    (timeperiod=14, *, price='close')
    """
    if name not in talib.get_functions():
        raise UnknownFunctionError(name)
    info = _abstract(name).info
    inputs: list[tuple[str | None, str]] = []
    for key, value in info["input_names"].items():
        # Named "prices" they are a function's fixed ones, such as high, low and close.
        inputs += [(key, value)] if isinstance(value, str) else [(None, each) for each in value]
    defaults = info["parameters"]
    numbers = [_parameter(name, key, defaults) for key in defaults]
    single = len(info["output_names"]) == 1
    return TALibFunction(
        name=name,
        title=info["display_name"],
        group=info["group"],
        inputs=tuple(inputs),
        outputs=(name.lower(),) if single else tuple(info["output_names"]),
        parameters=(*numbers, *(_column(key, column) for key, column in inputs if key)),
        flags=frozenset(info["function_flags"]),
        output_flags={
            name.lower() if single else output: tuple(flags)
            for output, flags in info["output_flags"].items()
        },
    )


def _column(keyword: str, column: str) -> Parameter:
    if keyword == PERIODS:
        return Parameter(keyword, "int", PERIOD, 1, FARTHEST)
    return Parameter(keyword, "choice", column, choices=COLUMNS)


def _parameter(function: str, name: str, defaults: Mapping[str, float]) -> Parameter:
    default = defaults[name]
    if "matype" in name:
        return Parameter(name, "choice", AVERAGES[int(default)], choices=AVERAGES)

    alike = [key for key in defaults if "period" in key]

    def inside(value: float) -> bool:
        # Others are moved along too: MAVP's minperiod may be at most its maxperiod.
        together = {**dict.fromkeys(alike, value), name: value} if name in alike else {name: value}
        return max(_lookback(function, {name: value}), _lookback(function, together)) >= 0

    if isinstance(default, int):
        low, high = (_bound(inside, default, side * FARTHEST) for side in (-1, 1))
        return Parameter(name, "int", default, low, high, 1)
    low, high = (
        _bound(lambda parts: inside(parts / GRID), round(default * GRID), side * FARTHEST)
        for side in (-1, 1)
    )
    return Parameter(
        name,
        "float",
        default,
        None if low is None else low / GRID,
        None if high is None else high / GRID,
    )


def _bound(inside: Callable[[int], bool], good: int, far: int) -> int | None:
    """The farthest whole number towards `far` that is inside; None where `far` still is."""
    if inside(far):
        return None
    while abs(far - good) > 1:
        middle = (good + far) // 2
        good, far = (middle, far) if inside(middle) else (good, middle)
    return good


def _lookback(function: str, arguments: Mapping[str, Any]) -> int:
    return int(_abstract(function, **arguments).lookback)


def _abstract(function: str, **arguments: float) -> Any:
    return talib.abstract.Function(function, **arguments)


def _said(parameter: Parameter) -> str:
    """What a parameter may be, in words."""
    if parameter.kind == "choice":
        return f"one of {', '.join(parameter.choices)}"
    what = "a whole number" if parameter.kind == "int" else "a number"
    if parameter.name == PERIODS:
        what = f"one of {', '.join(COLUMNS)} or {what}"
    low = "" if parameter.low is None else f", at least {parameter.low:g}"
    return what + low + ("" if parameter.high is None else f", at most {parameter.high:.10g}")


def _named(parameter: str, value: Any) -> Any:
    """A moving average by its name, also where it was given as TA-Lib's number."""
    if "matype" not in parameter or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return value.upper()
    return AVERAGES[value] if isinstance(value, int) and 0 <= value < len(AVERAGES) else value
