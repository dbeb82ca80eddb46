"""What an indicator is, whoever made it: one contract for the batch, the stream and the chart.

`batch` takes a whole frame; `begin` takes one as history, and from there on `update` takes
one more closed row and `peek` the forming one, committing nothing. The two ways agree at
every row. A row that lacks an input (NaN, infinite) has no value and changes no state. No
I/O, no clock, no thread. Implemented by ta (TA-Lib's), by livefin's own and by the user's.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple, Self, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from livefin.indicators.handed import handed
from livefin.indicators.parameters import Parameter

Floats: TypeAlias = NDArray[np.float64]
Values: TypeAlias = tuple[float, ...]
"""One for each output, NaN where there is none yet."""
NAN = float("nan")


class BarRow(NamedTuple):
    """One bar of `source` "bars". `time` is its opening, in ns since 1970 UTC."""

    time: int
    open: float
    high: float
    low: float
    close: float
    volume: float
    vwap: float = NAN
    """Volume-weighted average price of the bar, where it is known."""


class TradeRow(NamedTuple):
    """One trade of `source` "trades"; `side` is the taker's: 1 bought, -1 sold, 0 unknown."""

    time: int
    price: float
    size: float
    side: int


class QuotedRow(NamedTuple):
    """One trade and the best bid and ask that stood before it, of `source` "quoted"."""

    time: int
    price: float
    size: float
    side: int
    bid: float
    ask: float


class QuoteRow(NamedTuple):
    """The best bid and ask of `source` "quotes"."""

    time: int
    bid: float
    bid_size: float
    ask: float
    ask_size: float


class BookRow(NamedTuple):
    """The best levels of `source` "book", best first, as (price, size)."""

    time: int
    bids: tuple[tuple[float, float], ...]
    asks: tuple[tuple[float, float], ...]


class ClosesRow(NamedTuple):
    """The closes of several symbols at one time, of `source` "closes", as `symbols` has them."""

    time: int
    closes: tuple[float, ...]


Row: TypeAlias = BarRow | TradeRow | QuotedRow | QuoteRow | BookRow | ClosesRow


class Line(NamedTuple):
    """Values of one output from the bar `first` on; bars are counted by their ordinals."""

    first: int
    array: Floats


class Indicator(ABC):
    """Turns rows of a market into one or more lines.

    Its parameters are fixed; its state is that of the rows it has been given. Called with a
    frame it is its `batch`, so that it serves wherever a function of a frame does.
    """

    name: str
    """As people write it: "RSI(14)"."""
    outputs: tuple[str, ...]
    """Names of its lines, unique in it."""
    params: Mapping[str, Any] = MappingProxyType({})
    parameters: tuple[Parameter, ...] = ()
    """What of `params` can be turned, and how far."""
    source: str = "bars"
    """What its rows are: "bars", "trades", "quoted", "quotes", "book" or "closes"."""
    symbols: tuple[str, ...] = ()
    """With "closes": which, in their order. Else the chart's own symbol."""
    lookback: int = 0
    """Rows before the first value; at the least, where `warm_up` is None."""
    warm_up: int | None = 0
    """Rows of history after which what came before does not matter any more, to about 1e-9
    of the value; None where it always does, as in a running total."""
    pane: str = "new"
    """Where it is drawn by default: "price", or "new" for a pane of its own."""
    kinds: Mapping[str, str] = MappingProxyType({})
    """How outputs are drawn where not as a "line": "histogram", "dots"."""
    levels: tuple[float, ...] = ()
    """Values at which a faint line is drawn, such as 30 and 70."""
    incremental: bool = True
    """Whether an update costs the same however long the history; else charts use `batch`."""
    trusted: bool = True
    """Whether it is known to return, fast: a person's own code is run apart from the chart."""

    @property
    def __name__(self) -> str:
        return self.name

    def __repr__(self) -> str:
        return self.name

    def __call__(self, df: pd.DataFrame) -> pd.DataFrame:
        """`batch` of a frame as people hand it in. Raises IndicatorError for what is none."""
        return self.batch(handed(df, self.name))

    def __or__(self, outer: Indicator) -> Indicator:
        """`outer` computed on this one's first line: `RSI(14) | EMA(9)`."""
        if not isinstance(outer, Indicator):
            return NotImplemented
        from livefin.indicators.chained import chain  # noqa: PLC0415 - it is an Indicator itself

        return chain(self, outer)

    @abstractmethod
    def with_params(self, **params: Any) -> Self:
        """A fresh one with some parameters changed. Raises IndicatorError for what cannot be."""

    @abstractmethod
    def batch(self, df: pd.DataFrame) -> pd.DataFrame:
        """All values along the index of `df`, float64, a column an output. Changes no state."""

    @abstractmethod
    def begin(self, df: pd.DataFrame) -> pd.DataFrame:
        """Forget what was, and take the closed rows of `df` as history; the values at them."""

    @abstractmethod
    def update(self, row: Any) -> Values:
        """Take one more closed row; the values at it. Without `begin`, the first one."""

    @abstractmethod
    def peek(self, row: Any) -> Values:
        """The values at the forming row, were it closed now; commits nothing."""

    @abstractmethod
    def copy(self) -> Self:
        """The same parameters, and a state of its own, equal to this one's."""
