"""An indicator of another one's line: `chain(RSI(14), EMA(9))`, or `RSI(14) | EMA(9)`.

A value of the inner one is a bar to the outer one, which opens, trades and closes there, with
the volume of the row it came from. Where the inner one has no value, neither has the outer
one, and what it holds stays. No I/O, no clock. Used through contract's `|`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Self

import numpy as np
import pandas as pd

from livefin.errors import IndicatorError
from livefin.indicators.contract import NAN, BarRow, Indicator, Values
from livefin.indicators.instance import made
from livefin.indicators.parameters import Parameter


def chain(inner: Indicator, outer: Indicator, output: str | None = None) -> Chained:
    """`outer` computed on a line of `inner`: on `output`, by default its first.

    Rows are those of `inner`, lines those of `outer`. Its parameters are those of both; one
    of `outer` whose name is taken is called name_2. Raises IndicatorError for an `outer` that
    takes no bars, and for an output that `inner` does not have.

    >>> from livefin.indicators.custom.userdefined import indicator
    >>> class Last:
    ...     def update(self, bar): return bar.close
    >>> class Total:
    ...     def __init__(self): self.total = 0.0
    ...     def update(self, bar):
    ...         self.total += bar.close
    ...         return self.total
    >>> total = chain(indicator(Last), indicator(Total))
    >>> rows = [BarRow(i, 0.0, 5.0, 0.0, close, 1.0) for i, close in enumerate([2.0, 3.0])]
    >>> total, total.update(rows[0]), total.peek(rows[1])
    (Total of Last, (2.0,), (5.0,))
    """
    return Chained(inner, outer, output)


class Chained(Indicator):
    """See `chain`."""

    def __init__(self, inner: Indicator, outer: Indicator, output: str | None = None) -> None:
        if made(inner, "chain") and made(outer, "chain").source != "bars":
            raise IndicatorError(
                f"{outer.name} is of {outer.source}; only one of bars can be of another one's line"
            )
        if output is not None and inner.outputs and output not in inner.outputs:
            there = ", ".join(inner.outputs)
            raise IndicatorError(f"{inner.name} has no output {output!r}; there are: {there}")
        self.inner, self.outer, self.output = inner.copy(), outer.copy(), output
        line = inner.name if output is None else f"{inner.name} {output}"
        self.name = f"{outer.name} of {line}"
        self.outputs = outer.outputs
        self._names = _names(inner.params, outer.params)
        self.params = MappingProxyType(
            {**inner.params, **{self._names[name]: value for name, value in outer.params.items()}}
        )
        self.parameters = (*inner.parameters, *map(self._renamed, outer.parameters))
        self.source, self.symbols = inner.source, inner.symbols
        self.lookback = inner.lookback + outer.lookback
        self.warm_up = (
            None
            if inner.warm_up is None or outer.warm_up is None
            else inner.warm_up + outer.warm_up
        )
        # What lies on its input's own scale belongs where that is drawn.
        beside = outer.pane == "price"
        self.pane = inner.pane if beside else outer.pane
        self.levels = inner.levels if beside else outer.levels
        self.kinds = outer.kinds
        self.trusted = inner.trusted and outer.trusted
        self.incremental = inner.incremental and outer.incremental

    def with_params(self, **params: Any) -> Self:
        """A fresh one with some parameters changed. Raises IndicatorError for what cannot be."""
        own = {renamed: name for name, renamed in self._names.items()}
        outer = {own[name]: params.pop(name) for name in list(params) if name in own}
        unknown = [name for name in params if name not in self.inner.params]
        if unknown:
            there = ", ".join(self.params) or "none"
            raise IndicatorError(f"no parameter {unknown[0]!r}, there are: {there}")
        return type(self)(
            self.inner.with_params(**params), self.outer.with_params(**outer), self.output
        )

    def batch(self, df: pd.DataFrame) -> pd.DataFrame:
        """All values along the index of `df`, float64, a column an output. Changes no state."""
        values = self.outer.batch(self._bars(df, self.inner.batch(df)))
        self.outputs = self.outer.outputs
        return values

    def begin(self, df: pd.DataFrame) -> pd.DataFrame:
        """Forget what was, and take the closed rows of `df` as history; the values at them."""
        values = self.outer.begin(self._bars(df, self.inner.begin(df)))
        self.outputs = self.outer.outputs
        return values

    def update(self, row: Any) -> Values:
        """Take one more closed row; the values at it."""
        values = self.outer.update(self._bar(row, self.inner.update(row)))
        self.outputs = self.outer.outputs
        return values

    def peek(self, row: Any) -> Values:
        """The values at the forming row, were it closed now; commits nothing."""
        values = self.outer.peek(self._bar(row, self.inner.peek(row)))
        self.outputs = self.outer.outputs
        return values

    def copy(self) -> Self:
        """The same parameters, and a state of its own, equal to this one's."""
        twin = type(self).__new__(type(self))
        vars(twin).update(vars(self), inner=self.inner.copy(), outer=self.outer.copy())
        return twin

    def _renamed(self, parameter: Parameter) -> Parameter:
        return parameter._replace(name=self._names[parameter.name])

    def _place(self) -> int:
        """Which of the inner one's values it is. Raises IndicatorError."""
        if self.output is None:
            return 0
        if self.output not in self.inner.outputs:  # a person's function shows its lines late
            there = ", ".join(self.inner.outputs)
            raise IndicatorError(
                f"{self.inner.name} has no output {self.output!r}; there are: {there}"
            )
        return self.inner.outputs.index(self.output)

    def _bar(self, row: Any, values: Values) -> BarRow:
        value = values[self._place()]
        # Of a trade its size is the volume; a quote and the closes of symbols have none.
        volume = getattr(row, "volume", getattr(row, "size", NAN))
        return BarRow(row.time, value, value, value, value, volume)

    def _bars(self, df: pd.DataFrame, values: pd.DataFrame) -> pd.DataFrame:
        value = values.iloc[:, self._place()].to_numpy(np.float64) if len(df) else np.empty(0)
        volume = next((df[name].to_numpy() for name in ("volume", "size") if name in df), NAN)
        columns = dict.fromkeys(("open", "high", "low", "close"), value)
        table = {**columns, "volume": volume, "vwap": NAN}
        return pd.DataFrame(table, index=df.index, dtype=np.float64)


def _names(inner: Mapping[str, Any], outer: Mapping[str, Any]) -> dict[str, str]:
    """What each of the outer one's parameters is called beside those of the inner one."""
    names: dict[str, str] = {}
    for name in outer:
        found, number = name, 2
        while found in inner or (found != name and found in outer):
            found, number = f"{name}_{number}", number + 1
        names[name] = found
    return names
