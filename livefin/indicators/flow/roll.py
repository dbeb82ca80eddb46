"""Roll's spread: what the bounce between bid and ask tells of the spread, from trades alone.

Covariances are those of windows.
"""

from __future__ import annotations

from math import isfinite, sqrt

from livefin.indicators.contract import NAN, TradeRow, Values
from livefin.indicators.flow.spread import UNIT
from livefin.indicators.flow.takers import is_trade
from livefin.indicators.parameters import Parameter, checked
from livefin.indicators.stepwise import Stepwise
from livefin.indicators.windows import WindowCovariance

BPS = 1e4


class RollSpread(Stepwise):
    """Roll's spread: twice the root of minus the covariance of successive changes of price.

    Over the last `window` pairs of changes from trade to trade. In price units; in basis
    points of price the changes are fractions of the price before (trades at a price of 0 or
    less are then passed over). NaN where the covariance is not below 0, as in a trend: the
    estimate then says nothing, and 0 would say that trading is free.

    Source: Roll, "A simple implicit measure of the effective bid-ask spread in an efficient
    market", Journal of Finance 39 (1984).

    >>> roll = RollSpread(window=4)
    >>> prices = (10.0, 11.0, 10.0, 11.0, 10.0, 11.0)
    >>> [roll.update(TradeRow(0, price, 1.0, 0))[0] for price in prices][-1]
    2.0
    """

    outputs = ("spread",)
    source = "trades"
    parameters = (
        Parameter("window", "int", 100, 2, 100_000, 1, doc="pairs of changes"),
        UNIT,
    )

    def __init__(self, *, window: int = 100, unit: str = "price") -> None:
        self.params = checked(self.parameters, {"window": window, "unit": unit})
        self._relative = unit == "bps"
        self.name = f"RollSpread({window}, {unit})"
        self.lookback = self.warm_up = window + 1
        self.reset()

    def reset(self) -> None:
        """Forget all rows."""
        self._price = self._change = NAN
        self._pairs = WindowCovariance(self.params["window"])

    def update(self, row: TradeRow) -> Values:
        """Take one more trade; the spread with it."""
        if not is_trade(row) or (self._relative and not row.price > 0):
            return (NAN,)
        change = row.price - self._price
        if self._relative:
            change = change / self._price * BPS
        pair, self._price, self._change = (change, self._change), row.price, change
        if not all(map(isfinite, pair)):
            return (NAN,)
        covariance = self._pairs.push(*pair).covariance
        return (2 * sqrt(-covariance) if covariance < 0 else NAN,)
