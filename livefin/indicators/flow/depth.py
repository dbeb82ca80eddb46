"""How much rests in the book, on which side, and how quickly it grows away from the mid.

Each row of the book by itself, its best levels. A row with an empty side has no value. The
measures of a book at one moment are in levels.py; these are the same along a feed.
"""

from __future__ import annotations

from math import isfinite

from livefin.indicators.contract import NAN, BookRow, Values
from livefin.indicators.parameters import Parameter, checked
from livefin.indicators.stepwise import Stepwise
from livefin.levels import imbalance, weighted_size

_DEPTH = Parameter("depth", "int", 5, 1, 200, 1, doc="how many levels of each side count")
Levels = tuple[tuple[float, float], ...]


class _OfOneBook(Stepwise):
    """What one row of the book says by itself."""

    source = "book"

    def reset(self) -> None:
        """There is nothing to forget."""

    def peek(self, row: BookRow) -> Values:
        """The values at `row`."""
        return self.update(row)


def _sides(row: BookRow, depth: int) -> tuple[Levels, Levels] | None:
    """The best levels of both sides; None where a side is empty or has what is no number."""
    bids, asks = row.bids[:depth], row.asks[:depth]
    for price, size in (*bids, *asks):
        if not (isfinite(price) and isfinite(size)):
            return None
    return (bids, asks) if bids and asks else None


class Depth(_OfOneBook):
    """The size that rests on the best `depth` levels of each side, no further than `bps`.

    In units of size. `bps` is the furthest distance from mid in hundredths of a percent; 0
    for any distance. What lies deeper than the `depth` levels is not known, and not counted.

    Source: Cont, Kukanov, Stoikov, "The price impact of order book events", Journal of
    Financial Econometrics 12 (2014), for depth; Degryse, de Jong, van Kervel, "The impact of
    dark trading and visible fragmentation on market quality", Review of Finance 19 (2015),
    for depth near the mid.

    >>> row = BookRow(0, ((99.5, 1.0), (99.0, 2.0)), ((100.5, 4.0), (103.0, 8.0)))
    >>> Depth().update(row), Depth(bps=100.0).update(row)
    ((3.0, 12.0), (3.0, 4.0))
    """

    outputs = ("bid", "ask")
    parameters = (
        _DEPTH,
        Parameter("bps", "float", 0.0, 0.0, None, doc="the furthest from mid; 0 for any"),
    )

    def __init__(self, *, depth: int = 5, bps: float = 0.0) -> None:
        self.params = checked(self.parameters, {"depth": depth, "bps": bps})
        self._depth, self._bps = self.params["depth"], self.params["bps"]
        self.name = f"Depth({depth}, {bps:g} bps)" if bps else f"Depth({depth})"

    def update(self, row: BookRow) -> Values:
        """The depth of `row`."""
        sides = _sides(row, self._depth)
        if sides is None:
            return NAN, NAN
        if self._bps:
            (bid, _), (ask, _) = sides[0][0], sides[1][0]
            mid = bid + (ask - bid) / 2
            # 100.15 - 100.05 is a little more than 0.1, and yet the level is within 0.1.
            distance = abs(mid) * (self._bps / 1e4 + 1e-12)
            sides = _near(sides[0], mid, distance), _near(sides[1], mid, distance)
        return weighted_size(sides[0]), weighted_size(sides[1])


def _near(levels: Levels, mid: float, distance: float) -> Levels:
    return tuple(level for level in levels if abs(level[0] - mid) <= distance)


class BookImbalance(_OfOneBook):
    """(bid size - ask size) / (bid size + ask size) over the best `depth` levels, -1 to 1.

    A level counts `decay` times the one before it: 1 counts all alike.

    Source: Cartea, Jaimungal, Penalva, "Algorithmic and high-frequency trading" (2015),
    chapter 12, volume imbalance; Gould, Bonart, "Queue imbalance as a one-tick-ahead price
    predictor in a limit order book", Market Microstructure and Liquidity 2 (2016).

    >>> BookImbalance().update(BookRow(0, ((99.5, 1.0), (99.0, 2.0)), ((100.5, 1.0),)))
    (0.5,)
    """

    outputs = ("imbalance",)
    levels = (0.0,)
    parameters = (
        _DEPTH,
        Parameter("decay", "float", 1.0, 0.01, 1.0, 0.01, doc="weight from level to level"),
    )

    def __init__(self, *, depth: int = 5, decay: float = 1.0) -> None:
        self.params = checked(self.parameters, {"depth": depth, "decay": decay})
        self._depth, self._decay = self.params["depth"], self.params["decay"]
        self.name = f"Imbalance({depth})" if decay == 1 else f"Imbalance({depth}, {decay:g})"

    def update(self, row: BookRow) -> Values:
        """The imbalance of `row`."""
        sides = _sides(row, self._depth)
        leaning = None if sides is None else imbalance(*sides, self._decay)
        return (NAN if leaning is None else leaning,)


class BookSlope(_OfOneBook):
    """How quickly each side of the book fills up with the distance from mid.

    The least-squares slope, with an intercept, of the share of the side's size that rests no
    further away than a level, against the level's distance from mid, over the best `depth`
    levels: share a unit of price, one slope a side. Steep where most rests close to the
    mid. NaN for a side with fewer than two levels.

    Source: Ghysels, Nguyen, "Price discovery of a speculative asset: evidence from a bitcoin
    exchange", Journal of Risk and Financial Management 12 (2019), there of a whole book.

    >>> row = BookRow(0, ((99.0, 1.0), (98.0, 1.0)), ((101.0, 1.0), (102.0, 3.0)))
    >>> BookSlope().update(row)
    (0.5, 0.75)
    """

    outputs = ("bid", "ask")
    parameters = (Parameter("depth", "int", 5, 2, 200, 1, doc="how many levels of each side"),)

    def __init__(self, *, depth: int = 5) -> None:
        self.params = checked(self.parameters, {"depth": depth})
        self._depth = self.params["depth"]
        self.name = f"BookSlope({depth})"

    def update(self, row: BookRow) -> Values:
        """The slopes of `row`."""
        sides = _sides(row, self._depth)
        if sides is None:
            return NAN, NAN
        return _slope(sides[0]), _slope(sides[1])


def _slope(levels: Levels) -> float:
    # Distances from the best level: a shift of all of them leaves the slope as it is.
    best = levels[0][0]
    total = weighted_size(levels)
    if len(levels) < 2 or total <= 0:  # noqa: PLR2004 - a line goes through two points
        return NAN
    away, share, sum_ = [], [], 0.0
    for price, size in levels:
        sum_ += size
        away.append(abs(price - best))
        share.append(sum_ / total)
    mean, middle = sum(away) / len(away), sum(share) / len(share)
    spread = sum((x - mean) ** 2 for x in away)
    joint = sum((x - mean) * (y - middle) for x, y in zip(away, share, strict=True))
    return joint / spread if spread > 0 else NAN
