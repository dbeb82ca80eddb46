"""A person's class with `update(row)` as an indicator, which is given one row after the other.

A number, a tuple, a dict or a named tuple comes back, or None while there is no value. The
forming row is for its `peek`, else for a copy of it. No I/O, no clock.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from math import isfinite
from types import MappingProxyType
from typing import Any, Self

import pandas as pd

from livefin.errors import IndicatorError
from livefin.indicators.contract import (
    NAN,
    BarRow,
    BookRow,
    ClosesRow,
    QuotedRow,
    Row,
    TradeRow,
    Values,
)
from livefin.indicators.custom.drawing import AS_BY_DEFAULT, Drawing
from livefin.indicators.custom.functionindicator import NOTHING
from livefin.indicators.custom.sourcetext import source_text
from livefin.indicators.parameters import checked, read
from livefin.indicators.stepwise import Stepwise


class ClassIndicator(Stepwise):
    """One of `made(**params)`, given row after row; a row without prices is not given to it.

    The class may say `outputs`, `lookback`, `warm_up`, `name`, `pane`, `kinds`, `levels`. Its
    lines are known once it has given a value, where it has no `outputs`: named by the dict or
    the named tuple, else "1", "2" …; a single one as the indicator is.

    Raises IndicatorError for parameters that the constructor does not have.

    >>> class Range:
    ...     def __init__(self, share=1.0): self.share = share
    ...     def update(self, bar): return {"up": bar.high, "width": self.share * bar.high}
    >>> made = ClassIndicator(Range, {"share": 0.5})
    >>> made.update(BarRow(0, 1.0, 4.0, 1.0, 2.0, 5.0)), made.outputs
    ((4.0, 2.0), ('up', 'width'))
    """

    trusted = False
    warm_up = None

    def __init__(
        self,
        made: type,
        params: Mapping[str, Any] = NOTHING,
        *,
        drawing: Drawing = AS_BY_DEFAULT,
    ) -> None:
        if not callable(getattr(made, "update", None)):
            raise IndicatorError(f"the class {made.__name__} has no update(row)")
        self.function = made
        """The person's own class, as it was given."""
        self.parameters = read(made)
        self.params = MappingProxyType(checked(self.parameters, params))
        self._drawing = drawing
        self.reset()
        own = self._own
        said = getattr(own, "name", None)
        self.name = drawing.name or (said if isinstance(said, str) else made.__name__)
        self.outputs = tuple(getattr(own, "outputs", ()))
        self._certain = bool(self.outputs)
        """Whether `outputs` are known, and not a guess while there is no value."""
        self.lookback = int(getattr(own, "lookback", 0))
        self.warm_up = getattr(own, "warm_up", None)
        self.source, self.symbols = drawing.source, drawing.symbols
        self.pane = drawing.pane or getattr(own, "pane", "new")
        self.kinds = drawing.kinds or getattr(own, "kinds", NOTHING)
        self.levels = drawing.levels or tuple(getattr(own, "levels", ()))

    @property
    def module_source(self) -> str | None:
        """The source text of the class; None where it cannot be found."""
        return source_text(self.function)

    def with_params(self, **params: Any) -> Self:
        """A fresh one with some parameters changed. Raises IndicatorError for what cannot be."""
        return type(self)(self.function, {**self.params, **params}, drawing=self._drawing)

    def reset(self) -> None:
        """Forget all rows."""
        self._own = self.function(**self.params)
        self._fresh = True

    def update(self, row: Any) -> Values:
        """Take one more closed row; the values at it. Raises IndicatorError for no numbers."""
        if not _priced(row):
            return self._values(None)
        self._fresh = False
        return self._values(self._own.update(row))

    def peek(self, row: Any) -> Values:
        """The values at the forming row; commits nothing. Raises as `update` does."""
        if not _priced(row):
            return self._values(None)
        if hasattr(self._own, "peek"):
            return self._values(self._own.peek(row))
        return self._values(self._copied().update(row))

    def batch(self, df: pd.DataFrame) -> pd.DataFrame:
        """All values along the index of `df`. Changes no state."""
        twin = copy.copy(self)
        values = twin.begin(df)
        self._learned(twin)
        return values

    def copy(self) -> Self:
        """The same parameters, and a state of its own, equal to this one's."""
        twin = copy.copy(self)
        if self._fresh:
            twin.reset()
        else:
            vars(twin).update(_own=self._copied())
        return twin

    def _learned(self, other: Self) -> None:
        self.outputs, self._certain = other.outputs, other._certain

    def _copied(self) -> Any:
        try:
            return copy.deepcopy(self._own)
        except Exception as error:
            raise IndicatorError(
                f"{self.name} cannot be copied: {error}; keep what cannot be copied out of it, "
                "or give it a peek(row) that changes nothing"
            ) from error

    def _values(self, given: Any) -> Values:
        """What was given as numbers in the order of the outputs, which are learned here."""
        if given is None:
            self.outputs = self.outputs or (self.name,)
            return (NAN,) * len(self.outputs)
        names, values = _spread(self.name, given)
        if not self._certain:
            self.outputs, self._certain = names, True
        if isinstance(given, Mapping) and set(names) == set(self.outputs):
            values = tuple(given[name] for name in self.outputs)
        elif len(values) != len(self.outputs) or isinstance(given, Mapping):
            raise IndicatorError(
                f"{self.name} gave {given!r}, but its lines are {', '.join(self.outputs)}"
            )
        try:
            return tuple(NAN if value is None else float(value + 0) for value in values)
        except (TypeError, ValueError):
            raise IndicatorError(
                f"{self.name} gave {given!r}; update(row) must give numbers, or None"
            ) from None


def _spread(name: str, given: Any) -> tuple[tuple[str, ...], tuple[Any, ...]]:
    """Values and what to call them."""
    if isinstance(given, Mapping):
        strange = [key for key in given if not isinstance(key, str)]
        if strange or not given:
            raise IndicatorError(
                f"{name} gave {given!r}; a dict must have lines with names of text"
            )
        return tuple(given), tuple(given.values())
    if isinstance(given, tuple | list):
        numbered = tuple(str(i + 1) for i in range(len(given)))
        return tuple(getattr(given, "_fields", numbered)), tuple(given)
    return (name,), (given,)


def _priced(row: Row) -> bool:
    """Whether the row has its prices; what else it may lack, only its reader knows."""
    match row:
        case BarRow():
            return all(map(isfinite, row[1:5]))
        case ClosesRow():
            return all(map(isfinite, row.closes))
        case BookRow():
            return bool(row.bids and row.asks)
        case TradeRow():
            return isfinite(row.price)
        case QuotedRow():
            return isfinite(row.price) and isfinite(row.bid) and isfinite(row.ask)
    return isfinite(row.bid) and isfinite(row.ask)
