"""Order-flow imbalance: how much more demand than supply came to the best prices of late.

Each row is compared with the one before it: what was put to the bid or left the ask counts
up, what left the bid or was put to the ask counts down, a price that moved with all that
rests at it. At the best prices by OrderFlow, level by level by BookOrderFlow. Summed over a
stretch of time by totals.py.
"""

from __future__ import annotations

from math import isfinite

from livefin.indicators.contract import NAN, BookRow, QuoteRow, Values
from livefin.indicators.flow.durations import duration_ns
from livefin.indicators.parameters import Parameter, checked
from livefin.indicators.stepwise import Stepwise
from livefin.indicators.totals import TimeSum

_WINDOW = Parameter("window", "text", "10s", doc="how far back the flow is added up")


def pressure(price: float, size: float, before: float, size_before: float) -> float:
    """What a row added to the demand at a bid: e of the bid in the papers' notation.

    At an ask it is the same with the signs of both prices turned round.

    >>> pressure(100.0, 5.0, 100.0, 3.0), pressure(101.0, 5.0, 100.0, 3.0)
    (2.0, 5.0)
    >>> pressure(99.0, 5.0, 100.0, 3.0)
    -3.0
    """
    if price > before:
        return size
    return -size_before if price < before else size - size_before


class OrderFlow(Stepwise):
    """Order-flow imbalance at the best bid and ask, over the last `window` of time.

    The sum of e = [Pb ≥ Pb'] qb - [Pb ≤ Pb'] qb' - [Pa ≤ Pa'] qa + [Pa ≥ Pa'] qa' over
    the quotes of the window, P and q being prices and sizes of a quote and, with ', of the
    one before it. In units of size, above 0 where demand grew. A quote that lacks a price or a
    size is passed over. From the second quote on.

    Source: Cont, Kukanov, Stoikov, "The price impact of order book events", Journal of
    Financial Econometrics 12 (2014).

    >>> flow = OrderFlow(window="10s")
    >>> S = 10**9
    >>> flow.update(QuoteRow(0, 100.0, 3.0, 101.0, 4.0))
    (nan,)
    >>> flow.update(QuoteRow(1 * S, 100.0, 5.0, 101.0, 1.0))  # 2 more bid, 3 fewer offered
    (5.0,)
    >>> flow.update(QuoteRow(12 * S, 99.0, 7.0, 101.0, 1.0))  # all 5 that were bid are gone
    (-5.0,)
    """

    outputs = ("ofi",)
    source = "quotes"
    lookback = 1
    warm_up = None
    parameters = (_WINDOW,)
    levels = (0.0,)

    def __init__(self, *, window: str = "10s") -> None:
        self.params = checked(self.parameters, {"window": window})
        self._span = duration_ns(window)
        self.name = f"OFI({window})"
        self.reset()

    def reset(self) -> None:
        """Forget all rows."""
        self._before: QuoteRow | None = None
        self._flow = TimeSum(self._span)

    def update(self, row: QuoteRow) -> Values:
        """Take one more quote; the imbalance with it."""
        if not _whole(row):
            return (NAN,)
        before, self._before = self._before, row
        if before is None:
            self._flow.advance(row.time)
            return (NAN,)
        return (self._flow.push(row.time, _event(row, before)),)

    def peek(self, row: QuoteRow) -> Values:
        """The imbalance were `row` the next quote; commits nothing."""
        if self._before is None or not _whole(row):
            return (NAN,)
        return (self._flow.peek(row.time, _event(row, self._before)),)


def _whole(row: QuoteRow) -> bool:
    return isfinite(row.bid) and isfinite(row.ask) and isfinite(row.bid_size + row.ask_size)


def _event(row: QuoteRow, before: QuoteRow) -> float:
    bid = pressure(row.bid, row.bid_size, before.bid, before.bid_size)
    return bid - pressure(-row.ask, row.ask_size, -before.ask, before.ask_size)


class BookOrderFlow(Stepwise):
    """Order-flow imbalance at each of the best `depth` levels, over the last `window` of time.

    As OrderFlow at every level by itself: the m-th best bid and ask are compared with the m-th
    best of the row before. Outputs "ofi_0" (the best prices), "ofi_1" and so on, in units
    of size. A row with fewer levels on a side is passed over. From the second row on; a tape
    of every change (`every=None`) misses none.

    Source: Xu, Gould, Howison, "Multi-level order-flow imbalance in a limit order book",
    Market Microstructure and Liquidity 4 (2018).

    >>> flow = BookOrderFlow(window="10s", depth=2)
    >>> flow.update(BookRow(0, ((100.0, 3.0), (99.0, 1.0)), ((101.0, 4.0), (102.0, 1.0))))
    (nan, nan)
    >>> flow.update(BookRow(1, ((100.0, 3.0), (98.0, 9.0)), ((101.0, 5.0), (102.0, 1.0))))
    (-1.0, -1.0)
    """

    source = "book"
    lookback = 1
    warm_up = None
    parameters = (_WINDOW, Parameter("depth", "int", 5, 1, 50, 1, doc="how many levels"))
    levels = (0.0,)

    def __init__(self, *, window: str = "10s", depth: int = 5) -> None:
        self.params = checked(self.parameters, {"window": window, "depth": depth})
        self._span = duration_ns(window)
        self._depth: int = self.params["depth"]
        self.outputs = tuple(f"ofi_{level}" for level in range(depth))
        self.name = f"MLOFI({window}, {depth})"
        self.reset()

    def reset(self) -> None:
        """Forget all rows."""
        self._before: BookRow | None = None
        self._flows = [TimeSum(self._span) for _ in range(self._depth)]

    def update(self, row: BookRow) -> Values:
        """Take one more row of the book; the imbalances with it."""
        events = self._events(row)
        if events is None:
            return (NAN,) * self._depth
        first, self._before = self._before is None, row
        if first:
            for flow in self._flows:
                flow.advance(row.time)
            return (NAN,) * self._depth
        pairs = zip(self._flows, events, strict=True)
        return tuple(flow.push(row.time, event) for flow, event in pairs)

    def peek(self, row: BookRow) -> Values:
        """The imbalances were `row` the next one; commits nothing."""
        events = self._events(row)
        if events is None or self._before is None:
            return (NAN,) * self._depth
        pairs = zip(self._flows, events, strict=True)
        return tuple(flow.peek(row.time, event) for flow, event in pairs)

    def _events(self, row: BookRow) -> list[float] | None:
        """What the row changed, level by level; None where it lacks levels."""
        depth = self._depth
        if min(len(row.bids), len(row.asks)) < depth:
            return None
        sides = (*row.bids[:depth], *row.asks[:depth])
        if not all(isfinite(price) and isfinite(size) for price, size in sides):
            return None
        before = row if self._before is None else self._before
        return [
            pressure(*row.bids[m], *before.bids[m])
            - pressure(-row.asks[m][0], row.asks[m][1], -before.asks[m][0], before.asks[m][1])
            for m in range(depth)
        ]
