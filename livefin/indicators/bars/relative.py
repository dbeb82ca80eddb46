"""One symbol against another: what it costs in units of the other, and how far it is ahead.

Rows are the closes of two symbols at one time (`source` "closes"), as in comovement.
"""

from __future__ import annotations

from collections import deque

from livefin.indicators.bars.comovement import TwoSymbols
from livefin.indicators.bars.onestep import length
from livefin.indicators.contract import ClosesRow, Values


class PriceRelative(TwoSymbols):
    """The first symbol's price over the second's: it rises where the first does better.

    Source: Murphy, "Technical Analysis of the Financial Markets" (1999), relative
    strength by ratio; https://dotnet.stockindicators.dev, "Price Relative Strength".

    >>> PriceRelative(symbols=("A", "B")).update(ClosesRow(0, (30.0, 20.0)))
    (1.5,)
    """

    outputs = ("ratio",)

    def __init__(self, *, symbols: tuple[str, ...] = ()) -> None:
        self.symbols = self._pair(symbols)
        self._set(symbols=self.symbols)

    def reset(self) -> None:
        """There is nothing to forget."""

    def step(self, row: ClosesRow, keep: bool) -> Values:  # noqa: ARG002 - there is nothing to keep
        """The ratio at a row."""
        return (row.closes[0] / row.closes[1],)


class RelativeReturn(TwoSymbols):
    """How much more the first symbol has gained than the second in `n` rows, as a fraction.

    Its return less the other's: 0.02 is two percent ahead.

    Source: https://dotnet.stockindicators.dev, "Price Relative Strength", its percent.

    >>> ahead = RelativeReturn(1, symbols=("A", "B"))
    >>> [ahead.update(ClosesRow(i, (a, 8.0)))[0] for i, a in enumerate((4.0, 5.0))]
    [nan, 0.25]
    """

    outputs = ("ahead",)
    levels = (0.0,)
    parameters = (length("n", 20, "rows that the returns go back"),)

    def __init__(self, n: int = 20, *, symbols: tuple[str, ...] = ()) -> None:
        self.symbols = self._pair(symbols)
        self._set(n=n, symbols=self.symbols)
        self.lookback = self.warm_up = n
        self.reset()

    def reset(self) -> None:
        """Forget all rows."""
        self._held: deque[tuple[float, ...]] = deque(maxlen=self.params["n"])

    def step(self, row: ClosesRow, keep: bool) -> Values:
        """How far it is ahead at a row."""
        then = self._held[0] if len(self._held) == self._held.maxlen else None
        if keep:
            self._held.append(row.closes)
        if then is None:
            return self._nothing
        first, second = ((now - was) / was for now, was in zip(row.closes, then, strict=True))
        return (first - second,)
