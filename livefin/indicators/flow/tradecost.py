"""What trades cost those who take liquidity: effective spread, realised spread, price impact.

The effective spread is known with the trade. How much of it the other side kept (realised) and
how much the price then moved away (impact) is known only a while later, and counts from then
on: no value is ever put back to the trade's own time. Rows are trades with the quote that stood
before them (quoted.py). Sums are those of windows.
"""

from __future__ import annotations

import copy
from abc import abstractmethod
from collections import deque
from math import isfinite
from typing import Self

from livefin.indicators.contract import NAN, QuotedRow, Values
from livefin.indicators.flow.durations import duration_ns
from livefin.indicators.flow.quoted import QuotedTaker, mid
from livefin.indicators.flow.spread import UNIT
from livefin.indicators.flow.takers import UNKNOWN
from livefin.indicators.parameters import Parameter, checked
from livefin.indicators.stepwise import Stepwise
from livefin.indicators.totals import EARLIEST
from livefin.indicators.windows import WindowSum

BPS = 1e4
_WINDOW = Parameter("window", "int", 100, 1, 100_000, 1, doc="trades in the average")
_HORIZON = Parameter("horizon", "text", "5s", doc="after which a trade is looked at again")


class SizedMean:
    """The mean of the last `n` numbers, each weighing by its size; NaN until there are `n`.

    >>> mean = SizedMean(2)
    >>> [mean.push(x, size) for x, size in ((1.0, 9.0), (2.0, 3.0), (6.0, 1.0))]
    [nan, 1.25, 3.0]
    """

    def __init__(self, n: int) -> None:
        self._costs, self._sizes = WindowSum(n), WindowSum(n)
        self.value = NAN

    def push(self, x: float, size: float) -> float:
        """Take one more; the mean with it."""
        total, sizes = self._costs.push(x * size), self._sizes.push(size)
        self.value = total / sizes if sizes > 0 else NAN
        return self.value


class _TradeCost(Stepwise):
    """What costs of trades share: their side, their quote, and the mean of the last ones."""

    source = "quoted"
    warm_up = None
    parameters: tuple[Parameter, ...] = (_WINDOW, UNIT, UNKNOWN)

    def reset(self) -> None:
        """Forget all rows."""
        self._taker = QuotedTaker(self.params["unknown"])
        self._mean = SizedMean(self.params["window"])

    def update(self, row: QuotedRow) -> Values:
        """Take one more trade; the mean of what is known by then."""
        if not (isfinite(row.price) and isfinite(row.size) and isfinite(mid(row))):
            return (NAN,)
        self._look(row, self._taker.take(row))
        return (self._mean.value,)

    @abstractmethod
    def _look(self, row: QuotedRow, side: int) -> None:
        """Take a trade, which was bought, sold or neither."""

    def _count(self, trade: QuotedRow, side: int, cost: float) -> None:
        """Take what a trade cost, if anybody can tell."""
        if self.params["unit"] == "bps":
            middle = mid(trade)
            cost = cost / middle * BPS if middle else NAN
        if side and isfinite(cost):
            self._mean.push(side * cost, trade.size)


class EffectiveSpread(_TradeCost):
    """The effective spread of the last `window` trades: what their takers paid, there and back.

    Twice the distance of a trade's price from the middle of the quote before it, above it for
    one who bought, below it for one who sold; the mean of trades by their size. In price
    units, or in basis points of that middle. Below 0 where they traded better than that.
    Trades of unknown side are signed by quote and tick, or passed over (`unknown="skip"`).

    Source: Huang, Stoll, "Dealer versus auction markets", Journal of Financial Economics 41
    (1996); weighed by size as in the SEC's Rule 605 of Regulation NMS.

    >>> effective = EffectiveSpread(window=2)
    >>> trades = QuotedRow(0, 11.0, 3.0, 1, 9.0, 11.0), QuotedRow(0, 9.5, 1.0, -1, 9.0, 11.0)
    >>> [effective.update(trade) for trade in trades]
    [(nan,), (1.75,)]
    """

    outputs = ("effective",)

    def __init__(self, *, window: int = 100, unit: str = "price", unknown: str = "tick") -> None:
        given = {"window": window, "unit": unit, "unknown": unknown}
        self.params = checked(self.parameters, given)
        self.name = f"EffectiveSpread({window}, {unit})"
        self.lookback = window - 1
        self.reset()

    def _look(self, row: QuotedRow, side: int) -> None:
        self._count(row, side, away(row, row))


def away(trade: QuotedRow, later: QuotedRow) -> float:
    """Twice the distance of a trade's price from the middle of a quote, above it.

    >>> row = QuotedRow(0, 11.0, 1.0, 1, 9.0, 11.0)
    >>> away(row, row)
    2.0
    """
    return (trade.price - later.bid) + (trade.price - later.ask)


class _Later(_TradeCost):
    """What of a trade is known only `horizon` later."""

    parameters = (_WINDOW, _HORIZON, UNIT, UNKNOWN)

    def __init__(
        self,
        *,
        window: int = 100,
        horizon: str = "5s",
        unit: str = "price",
        unknown: str = "tick",
    ) -> None:
        given = {"window": window, "horizon": horizon, "unit": unit, "unknown": unknown}
        self.params = checked(self.parameters, given)
        self._horizon = duration_ns(horizon)
        self.name = f"{type(self).__name__}({window}, {horizon}, {unit})"
        self.lookback = window
        self.reset()

    def reset(self) -> None:
        """Forget all rows."""
        super().reset()
        self._reached = EARLIEST
        self._waiting: deque[tuple[int, QuotedRow, int]] = deque()
        """Trades that are not old enough yet: when they are, and whether bought or sold."""

    def copy(self) -> Self:
        """The same parameters, and a state of its own, equal to this one's."""
        new = copy.copy(self)
        new._waiting = self._waiting.copy()  # noqa: SLF001 - its own kind
        new._taker, new._mean = copy.deepcopy((self._taker, self._mean))  # noqa: SLF001
        return new

    def _look(self, row: QuotedRow, side: int) -> None:
        self._reached = max(row.time, self._reached)
        while self._waiting and self._waiting[0][0] <= self._reached:
            _, trade, taker = self._waiting.popleft()
            self._count(trade, taker, self._cost(trade, row))
        if side:
            self._waiting.append((self._reached + self._horizon, row, side))

    @abstractmethod
    def _cost(self, trade: QuotedRow, later: QuotedRow) -> float:
        """Of a trade that was bought, given the first one that is old enough after it."""


class RealisedSpread(_Later):
    """The realised spread: what whoever provided liquidity had left of it `horizon` later.

    Twice the distance of a trade's price from the middle of the quote that stood later, above
    it for a taker who bought; the mean of the last `window` trades by size. In price units, or
    in basis points of the middle at the trade. "Later" is the first trade at or after
    `horizon`, and the quote before that one: there the trade begins to count, and not before.
    Trades of unknown side as in EffectiveSpread.

    Source: Huang, Stoll, "Dealer versus auction markets", Journal of Financial Economics 41
    (1996).

    >>> realised, second = RealisedSpread(window=1, horizon="2s"), 10**9
    >>> trades = (0, 11.0, 9.0, 11.0), (1, 11.0, 10.0, 11.0), (2, 11.0, 10.0, 11.0)
    >>> [realised.update(QuotedRow(s * second, price, 1.0, 1, bid, ask))[0]
    ...     for s, price, bid, ask in trades]
    [nan, nan, 1.0]
    """

    outputs = ("realised",)

    def _cost(self, trade: QuotedRow, later: QuotedRow) -> float:
        return away(trade, later)


class PriceImpact(_Later):
    """The price impact: how far the price went the taker's way within `horizon`.

    Twice the move of the middle of the quote from the trade to `horizon` later, up for a taker
    who bought; the mean of the last `window` trades by size. It is what the effective spread
    of the same trades is more than their realised one. When it is known, and the rest, as in
    RealisedSpread.

    Source: Huang, Stoll, "Dealer versus auction markets", Journal of Financial Economics 41
    (1996).

    >>> impact, second = PriceImpact(window=1, horizon="2s"), 10**9
    >>> trades = (0, 11.0, 9.0, 11.0), (1, 11.0, 10.0, 11.0), (2, 11.0, 10.0, 11.0)
    >>> [impact.update(QuotedRow(s * second, price, 1.0, 1, bid, ask))[0]
    ...     for s, price, bid, ask in trades]
    [nan, nan, 1.0]
    """

    outputs = ("impact",)

    def _cost(self, trade: QuotedRow, later: QuotedRow) -> float:
        return (later.bid - trade.bid) + (later.ask - trade.ask)
