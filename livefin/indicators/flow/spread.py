"""The spread: how far the best ask is above the best bid, now and on average over time.

Of quotes as they come; a quote stands until the next one. The average adds up with totals.py.
"""

from __future__ import annotations

from collections import deque
from math import isfinite

from livefin.indicators.contract import NAN, QuoteRow, Values
from livefin.indicators.flow.durations import duration_ns
from livefin.indicators.parameters import Parameter, checked
from livefin.indicators.stepwise import Stepwise
from livefin.indicators.totals import EARLIEST, TimeSum

UNIT = Parameter(
    "unit", "choice", "price", choices=("price", "bps"), doc="in price units, or basis points"
)


def spread(row: QuoteRow, unit: str) -> float:
    """The spread of one quote in that unit; NaN where it lacks a side, or has no mid for bps."""
    apart = row.ask - row.bid
    if unit == "bps":
        mid = row.bid + apart / 2
        apart = apart / mid * 1e4 if mid else NAN
    return apart if isfinite(apart) else NAN


class Spread(Stepwise):
    """Best ask less best bid: in price units, or in basis points of mid (`unit="bps"`).

    The quoted spread; below 0 where the book is crossed.

    Source: Harris, "Trading and exchanges" (2003), chapter 14.

    >>> Spread().update(QuoteRow(0, 99.0, 1.0, 101.0, 1.0))
    (2.0,)
    >>> Spread(unit="bps").update(QuoteRow(0, 99.0, 1.0, 101.0, 1.0))
    (200.0,)
    """

    outputs = ("spread",)
    source = "quotes"
    parameters = (UNIT,)

    def __init__(self, *, unit: str = "price") -> None:
        self.params = checked(self.parameters, {"unit": unit})
        self._unit = self.params["unit"]
        self.name = f"Spread({unit})"

    def reset(self) -> None:
        """There is nothing to forget."""

    def update(self, row: QuoteRow) -> Values:
        """The spread of `row`."""
        return (spread(row, self._unit),)

    def peek(self, row: QuoteRow) -> Values:
        """The spread of `row`."""
        return self.update(row)


class AverageSpread(Stepwise):
    """The spread on average over the last `window` of time, each by how long it stood.

    In price units or in basis points of the mid of its time. At a quote it is the average up
    to that quote's time, which therefore weighs nothing yet; before `window` has passed, that
    since the first quote. NaN until time has passed. A quote that lacks a side is passed
    over: the one before it stands on.

    Source: McInish, Wood, "An analysis of intraday patterns in bid/ask spreads for NYSE
    stocks", Journal of Finance 47 (1992), the time-weighted spread.

    >>> average = AverageSpread(window="10s")
    >>> S = 10**9
    >>> quotes = [(0, 101.0), (4, 102.0), (8, 103.0), (12, 103.0)]
    >>> [average.update(QuoteRow(s * S, 100.0, 1.0, ask, 1.0))[0] for s, ask in quotes]
    [nan, 1.0, 1.5, 2.2]
    """

    outputs = ("spread",)
    source = "quotes"
    lookback = 1
    warm_up = None
    parameters = (Parameter("window", "text", "1min", doc="how far back it looks"), UNIT)

    def __init__(self, *, window: str = "1min", unit: str = "price") -> None:
        self.params = checked(self.parameters, {"window": window, "unit": unit})
        self._span, self._unit = duration_ns(window), self.params["unit"]
        self.name = f"AverageSpread({window}, {unit})"
        self.reset()

    def reset(self) -> None:
        """Forget all rows."""
        self._first: int | None = None
        self._reached = EARLIEST
        self._standing = NAN
        self._stretches: deque[tuple[int, int, float]] = deque()
        """From, to, and the spread that stood, of those that began within the window."""
        self._edge: tuple[int, int, float] = (EARLIEST, EARLIEST, 0.0)
        """The newest stretch of those that began before the window."""
        self._area = TimeSum(self._span)

    def update(self, row: QuoteRow) -> Values:
        """Take one more quote; the average up to it."""
        value = spread(row, self._unit)
        if not isfinite(value):
            return (NAN,)
        now = max(row.time, self._reached)
        if self._first is None:
            self._first = now
        else:
            self._stretch(self._reached, now)
        self._reached, self._standing = now, value
        return (self._average(now),)

    def _stretch(self, begin: int, end: int) -> None:
        if begin == end:
            return
        self._stretches.append((begin, end, self._standing))
        self._area.push(begin, self._standing * ((end - begin) / 1e9))
        # What began before the window is in the sum no more; the rest of it comes from `_edge`.
        self._area.advance(end)
        while self._stretches and self._stretches[0][0] <= end - self._span:
            self._edge = self._stretches.popleft()

    def _average(self, now: int) -> float:
        first = now if self._first is None else self._first
        begin = max(first, now - self._span)
        if begin == now:
            return NAN
        _, until, standing = self._edge
        rest = standing * ((until - begin) / 1e9) if until > begin else 0.0
        return (self._area.value + rest) / ((now - begin) / 1e9)
