"""The base of indicators that are a loop over rows: a subclass says `reset` and `update`.

The batch is then that loop, so that it equals the stream by itself; a subclass whose batch
is one pass of numpy writes its own and is tested against this.
"""

from __future__ import annotations

import copy
from abc import abstractmethod
from typing import Any, Self

import numpy as np
import pandas as pd

from livefin.errors import IndicatorError
from livefin.indicators.contract import NAN, Indicator, Values
from livefin.indicators.rows import rows


class Stepwise(Indicator):
    """An indicator that takes rows one by one.

    >>> class Total(Stepwise):
    ...     name, outputs, warm_up = "Total", ("total",), None
    ...     def reset(self): self.total = 0.0
    ...     def update(self, row):
    ...         self.total += row.volume
    ...         return (self.total,)
    >>> total = Total()
    >>> total.reset()
    >>> from livefin.indicators.contract import BarRow
    >>> total.update(BarRow(0, 1, 1, 1, 1, 5.0)), total.peek(BarRow(1, 1, 1, 1, 1, 2.0))
    ((5.0,), (7.0,))
    >>> total.total
    5.0
    """

    def with_params(self, **params: Any) -> Self:
        """A fresh one; what the constructor takes is what `params` holds."""
        if unknown := params.keys() - self.params.keys():
            raise IndicatorError(f"{self.name} has no parameter {', '.join(sorted(unknown))}")
        return type(self)(**{**self.params, **params})

    @abstractmethod
    def reset(self) -> None:
        """Forget all rows. A constructor calls it at its end."""

    @abstractmethod
    def update(self, row: Any) -> Values:
        """Take one more closed row; the values at it."""

    def peek(self, row: Any) -> Values:
        """The values at the forming row; commits nothing. To be overridden where state is large."""
        return self.copy().update(row)

    def copy(self) -> Self:
        """The same parameters, and a state of its own, equal to this one's."""
        return copy.deepcopy(self)

    def begin(self, df: pd.DataFrame) -> pd.DataFrame:
        """Forget what was, and take the rows of `df` as history; the values at them."""
        self.reset()
        values = [self.update(row) for row in rows(df, self.source)]
        count = len(self.outputs)
        if values and len(values[0]) < count:  # it learned on the way how many lines it has
            values = [(*each, *(NAN,) * (count - len(each))) for each in values]
        table = np.array(values, dtype=np.float64).reshape(len(df), count)
        return pd.DataFrame(table, index=df.index, columns=list(self.outputs), copy=False)

    def batch(self, df: pd.DataFrame) -> pd.DataFrame:
        """All values along the index of `df`. Changes no state."""
        return self.copy().begin(df)
