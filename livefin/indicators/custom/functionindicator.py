"""A person's function of a frame as an indicator: called anew on the rows held, for each row.

It gets a frame that it may change without harm to others. Its lines are known once it has
been called: it is not called to find out. What it gave is read by `returned`. No I/O, no
clock, no thread: whether and when it may run is for prototyping to say.
"""

from __future__ import annotations

import copy
import functools
import inspect
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Self

import numpy as np
import pandas as pd

from livefin.errors import IndicatorError
from livefin.indicators.contract import Indicator, Values
from livefin.indicators.custom.drawing import AS_BY_DEFAULT, Drawing
from livefin.indicators.custom.heldrows import HeldRows
from livefin.indicators.custom.returned import lines
from livefin.indicators.custom.sourcetext import source_text
from livefin.indicators.parameters import checked, read

COPY_ON_WRITE = int(pd.__version__.split(".")[0]) >= 3  # noqa: PLR2004 - a version
"""pandas copies by itself what is written to."""
NOTHING: Mapping[str, Any] = MappingProxyType({})


class FunctionIndicator(Indicator):
    """`function(df, **params)`, which gives lines along `df`.

    Of the rows given one by one the last `max_rows` are kept. The function's frame has the
    columns of the row (BarRow, TradeRow, QuoteRow), or those of the symbols, and a row with
    NaN is in it: what to do with that is the function's own business.

    Raises IndicatorError for parameters that the function does not have.

    >>> def spread(df, share=1.0):
    ...     return share * (df.high - df.low)
    >>> made = FunctionIndicator(spread, {"share": 0.5})
    >>> times = pd.date_range("2026-03-01", periods=2, freq="1min", tz="UTC")
    >>> made.outputs, made.batch(pd.DataFrame({"high": [3.0, 4.0], "low": 1.0}, times)).values.T
    ((), array([[1. , 1.5]]))
    >>> made.outputs
    ('spread',)
    """

    incremental = False
    trusted = False
    warm_up = None

    def __init__(
        self,
        function: Callable[..., Any],
        params: Mapping[str, Any] = NOTHING,
        *,
        drawing: Drawing = AS_BY_DEFAULT,
        max_rows: int = 100_000,
    ) -> None:
        self.name = drawing.name or named(function)
        if inspect.iscoroutinefunction(function):
            raise IndicatorError(f"{self.name} is a coroutine; give a plain function")
        self.function = function
        """The person's own, as it was given."""
        self.parameters = read(function)
        self.params = MappingProxyType(checked(self.parameters, params))
        self.outputs = ()
        self.source, self.symbols = drawing.source, drawing.symbols
        self.pane = drawing.pane or "new"
        self.kinds, self.levels = drawing.kinds, drawing.levels
        self.max_rows = max_rows
        self._drawing = drawing
        self._held = HeldRows(self.source, self.symbols, limit=max_rows)

    @property
    def module_source(self) -> str | None:
        """The source text of the function; None where it cannot be found."""
        return source_text(self.function)

    def with_params(self, **params: Any) -> Self:
        """A fresh one with some parameters changed. Raises IndicatorError for what cannot be."""
        merged = {**self.params, **params}
        return type(self)(self.function, merged, drawing=self._drawing, max_rows=self.max_rows)

    def batch(self, df: pd.DataFrame) -> pd.DataFrame:
        """What the function gives for `df`, along its index, float64, a column a line.

        It is not called for a frame without rows. What it raises comes through. Raises
        IndicatorError for a result that is no lines, or other lines than before.
        """
        if not len(df):
            return pd.DataFrame(columns=list(self.outputs), index=df.index, dtype=np.float64)
        result = self.function(df.copy(deep=not COPY_ON_WRITE), **self.params)
        table = lines(self.name, result, df.index)
        found = tuple(str(column) for column in table)
        self.outputs = self.outputs or found
        if found == self.outputs:
            return table
        if set(found) != set(self.outputs):
            raise IndicatorError(
                f"{self.name} gave the lines {', '.join(found)} at {len(df)} rows, and "
                f"{', '.join(self.outputs)} before; they must be the same always"
            )
        return table[list(self.outputs)]

    def begin(self, df: pd.DataFrame) -> pd.DataFrame:
        """Forget what was, and take the rows of `df` as history; the values at them."""
        self._held.begin(df)
        return self.batch(df[[name for name in self._held.names if name in df]])

    def update(self, row: Any) -> Values:
        """Take one more closed row; the values at it."""
        self._held.append(row)
        return self._last(self._held.frame())

    def peek(self, row: Any) -> Values:
        """The values at the forming row, were it closed now; commits nothing."""
        return self._last(self._held.frame(row))

    def copy(self) -> Self:
        """The same parameters, and a state of its own, equal to this one's."""
        twin = copy.copy(self)
        vars(twin).update(_held=self._held.copy())
        return twin

    def _last(self, df: pd.DataFrame) -> Values:
        return tuple(self.batch(df).iloc[-1].tolist())


def named(thing: Any) -> str:
    """What a function or a class is called.

    >>> named(named), named(lambda df: df)
    ('named', 'lambda')
    """
    while isinstance(thing, functools.partial):
        thing = thing.func
    return str(getattr(thing, "__name__", type(thing).__name__)).strip("<>")
