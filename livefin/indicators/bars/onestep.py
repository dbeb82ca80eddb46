"""The base of livefin's own indicators: one method says what a row gives, whether kept or not.

`update` and `peek` are then the same arithmetic, and peeking copies no state. Parameters are
checked here against what the class says of them, and a row that lacks an input has no value.
No I/O, no clock. Beneath it lies stepwise; its windows and averages are those of windows and
smoothing.
"""

from __future__ import annotations

from abc import abstractmethod
from datetime import datetime
from math import isfinite
from operator import attrgetter
from typing import Any, ClassVar, Self

import pandas as pd

from livefin.errors import IndicatorError
from livefin.indicators.contract import NAN, Values
from livefin.indicators.parameters import Parameter
from livefin.indicators.stepwise import Stepwise


class OneStep(Stepwise):
    """An indicator that says `reset` and `step`, and in `needs` what a row must have.

    >>> from livefin.indicators.contract import BarRow
    >>> class Highest(OneStep):
    ...     outputs, needs, warm_up = ("highest",), ("high",), None
    ...     def __init__(self):
    ...         self._set()
    ...         self.reset()
    ...     def reset(self): self.high = 0.0
    ...     def step(self, row, keep):
    ...         high = max(self.high, row.high)
    ...         if keep: self.high = high
    ...         return (high,)
    >>> highest, bar = Highest(), BarRow(0, 1.0, 3.0, 1.0, 2.0, 5.0)
    >>> highest.peek(bar), highest.high, highest.update(bar), highest.high
    ((3.0,), 0.0, (3.0,), 3.0)
    >>> highest.update(bar._replace(high=float("nan")))
    (nan,)
    """

    needs: ClassVar[tuple[str, ...]] = ("close",)
    """Fields of a row without which it has no value."""

    def __init_subclass__(cls, **options: Any) -> None:
        """Make the reader of what the class needs, once."""
        super().__init_subclass__(**options)
        cls._read = attrgetter(*cls.needs) if cls.needs else None

    _read: ClassVar[Any]

    @abstractmethod
    def step(self, row: Any, keep: bool) -> Values:
        """The values at a usable row, which is taken only if it is to be kept."""

    def update(self, row: Any) -> Values:
        """Take one more closed row; the values at it."""
        return self.step(row, True) if self.usable(row) else self._nothing

    def peek(self, row: Any) -> Values:
        """The values at the forming row; commits nothing."""
        return self.step(row, False) if self.usable(row) else self._nothing

    def usable(self, row: Any) -> bool:
        """Whether the row has all that is needed."""
        values = self._read(row)
        # A sum of huge numbers can be infinite though each is not; then they are looked at.
        if isinstance(values, tuple):
            return isfinite(sum(values)) or all(map(isfinite, values))
        return isfinite(values)

    def with_params(self, **params: Any) -> Self:
        """A fresh one with some parameters changed. Raises IndicatorError for what cannot be."""
        unknown = sorted(set(params) - set(self.params))
        if unknown:
            known = ", ".join(self.params) or "none"
            raise IndicatorError(
                f"{self.name} has no {', '.join(unknown)}; its parameters: {known}"
            )
        return super().with_params(**params)

    def batch(self, df: pd.DataFrame) -> pd.DataFrame:
        """All values along the index of `df`. Changes no state, and copies none."""
        return self.with_params().begin(df)

    def _set(self, **params: Any) -> None:
        """Check the parameters and keep them. Raises IndicatorError for one out of its range."""
        for parameter in self.parameters:
            _check(type(self).__qualname__, parameter, params[parameter.name])
        self.params = params
        shown = [
            _text(params[parameter.name])
            for parameter in self.parameters
            if parameter.kind in ("int", "float") or params[parameter.name] != parameter.default
        ]
        self.name = type(self).__qualname__ + (f"({', '.join(shown)})" if shown else "")
        self._nothing = (NAN,) * len(self.outputs)


def _text(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _check(who: str, parameter: Parameter, value: Any) -> None:
    name, kind, low, high = parameter.name, parameter.kind, parameter.low, parameter.high
    if kind == "choice":
        if value not in parameter.choices:
            given = ", ".join(map(repr, parameter.choices))
            raise IndicatorError(f"{who}: {name} is one of {given}, not {value!r}")
    elif kind in ("int", "float"):
        whole = isinstance(value, int) and not isinstance(value, bool)
        if not whole and (kind == "int" or not (isinstance(value, float) and isfinite(value))):
            wanted = "a whole number" if kind == "int" else "a number"
            raise IndicatorError(f"{who}: {name} must be {wanted}, got {value!r}")
        # The most of a whole number is how far a knob turns; a window may well be longer.
        most = None if kind == "int" else high
        if (low is not None and value < low) or (most is not None and value > most):
            upto = "or more" if most is None else f"to {most:g}"
            raise IndicatorError(f"{who}: {name} must be {low:g} {upto}, got {value!r}")
    elif kind == "text" and not isinstance(value, (str, datetime)):
        raise IndicatorError(f"{who}: {name} must be a text, got {value!r}")
    elif kind == "bool" and not isinstance(value, bool):
        raise IndicatorError(f"{who}: {name} must be True or False, got {value!r}")


def length(name: str, default: int, doc: str, *, low: int = 1, high: int = 500) -> Parameter:
    """A number of rows as a parameter; `high` is how far a knob turns, no bound.

    >>> length("n", 14, "bars in the window").kind
    'int'
    """
    return Parameter(name, "int", default, low, high, 1, doc=doc)


def factor(
    name: str, default: float, doc: str, *, low: float = 0.0, high: float = 10.0
) -> Parameter:
    """A number as a parameter.

    >>> factor("width", 2.0, "ranges away").default
    2.0
    """
    return Parameter(name, "float", default, low, high, (high - low) / 100, doc=doc)


def choice(name: str, choices: tuple[Any, ...], doc: str) -> Parameter:
    """One of some words as a parameter; the first is the default.

    >>> choice("average", ("ema", "sma"), "of the middle").default
    'ema'
    """
    return Parameter(name, "choice", choices[0], choices=choices, doc=doc)


FIRST_RANGE = Parameter(
    "first_range", "bool", False, doc="whether the first bar's high - low counts as a range"
)
