"""The price in between: mid, and the microprice, which leans to where less rests.

Of best bids and asks as they come. What the book's own `microprice` is at one moment, these
are along a feed; levels.py has the formula for both.
"""

from __future__ import annotations

from math import isfinite

from livefin.indicators.contract import NAN, QuoteRow, Values
from livefin.indicators.stepwise import Stepwise
from livefin.levels import microprice


class _OfOneQuote(Stepwise):
    """What one quote says by itself."""

    source = "quotes"

    def reset(self) -> None:
        """There is nothing to forget."""

    def peek(self, row: QuoteRow) -> Values:
        """The value at `row`."""
        return self.update(row)


class Mid(_OfOneQuote):
    """Half-way between the best bid and the best ask, in price units.

    Source: Harris, "Trading and exchanges" (2003), the quotation midpoint.

    >>> Mid().update(QuoteRow(0, 100.0, 3.0, 101.0, 1.0))
    (100.5,)
    """

    name = "Mid"
    outputs = ("mid",)
    pane = "price"

    def update(self, row: QuoteRow) -> Values:
        """The mid of `row`."""
        if not (isfinite(row.bid) and isfinite(row.ask)):
            return (NAN,)
        return (row.bid + (row.ask - row.bid) / 2,)


class Microprice(_OfOneQuote):
    """The mid weighted by size: I·ask + (1 - I)·bid, I = bid size / (bid size + ask size).

    In price units; the more rests on the bid, the nearer to the ask. NaN where nothing rests.

    Source: Stoikov, "The micro-price: a high-frequency estimator of future prices",
    Quantitative Finance 18 (2018), the weighted mid-price; Gatheral, Oomen, "Zero-intelligence
    realized variance estimation", Finance and Stochastics 14 (2010), who call it micro-price.

    >>> Microprice().update(QuoteRow(0, 100.0, 3.0, 101.0, 1.0))
    (100.75,)
    """

    name = "Microprice"
    outputs = ("microprice",)
    pane = "price"

    def update(self, row: QuoteRow) -> Values:
        """The microprice of `row`."""
        rests = row.bid_size + row.ask_size
        if not (isfinite(row.bid) and isfinite(row.ask) and isfinite(rests) and rests > 0):
            return (NAN,)
        price = microprice((row.bid, row.bid_size), (row.ask, row.ask_size))
        return (NAN if price is None else price,)
