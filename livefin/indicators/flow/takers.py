"""Whose trade it was: the taker's side, by the tick rule where the venue does not say.

No I/O. Used by the indicators that sign volume: delta.py, impact.py and vpin.py.
"""

from __future__ import annotations

from math import isfinite

from livefin.errors import IndicatorError
from livefin.indicators.contract import TradeRow
from livefin.indicators.parameters import Parameter

RULES = ("tick", "skip")
UNKNOWN = Parameter(
    "unknown", "choice", "tick", choices=RULES, doc="trades whose side is unknown: guess, or skip"
)


def is_trade(row: TradeRow) -> bool:
    """Whether it has a price and a size."""
    return isfinite(row.price) and isfinite(row.size)


class Taker:
    """Signs trades: 1 where the taker bought, -1 where it sold, 0 where nobody can tell.

    With the rule "tick" a trade of unknown side is a purchase above the last different price
    and a sale below it. With "skip" it stays unknown.

    Source: Lee, Ready, "Inferring trade direction from intraday data", Journal of Finance 46
    (1991), for the tick test.

    >>> taker = Taker("tick")
    >>> [taker.take(TradeRow(0, price, 1.0, 0)) for price in (10.0, 11.0, 11.0, 9.0)]
    [0, 1, 1, -1]
    """

    def __init__(self, unknown: str) -> None:
        if unknown not in RULES:
            raise IndicatorError(f"unknown must be one of {', '.join(RULES)}, got {unknown!r}")
        self.unknown = unknown
        self._price: float | None = None
        self._tick = 0

    def sign(self, row: TradeRow) -> int:
        """The side of `row`, were it the next trade."""
        if row.side or self.unknown == "skip":
            return row.side
        return self._ticked(row.price)

    def take(self, row: TradeRow) -> int:
        """Take one more trade; its side."""
        sign = self.sign(row)
        self._tick, self._price = self._ticked(row.price), row.price
        return sign

    def _ticked(self, price: float) -> int:
        if self._price is None or price == self._price:
            return self._tick
        return 1 if price > self._price else -1
