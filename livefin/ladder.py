"""One side of a book by price, sorted when somebody looks.

After the first look prices are mended rather than sorted again, so that changing a book
stays cheap and looking at it costs what has changed since the last look. Not for two
threads at once: the books that are made of ladders (book.py, mbo.py) hold the lock.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Any, Generic, TypeVar

from livefin.events import Level

V = TypeVar("V")


class Ladder(ABC, Generic[V]):
    """One side of a book by price, best first when looked at.

    `held` holds the levels. Who changes which prices there are says so with `touch`.
    """

    __slots__ = ("_bids", "_prices", "_touched", "held")

    def __init__(self, *, bids: bool) -> None:
        self.held: dict[float, V] = {}
        self._bids = bids
        self._prices: list[float] | None = None
        """Ascending, as of the last look; None where they must be sorted anew."""
        self._touched: list[tuple[float, Any]] = []
        """Levels that may have come or gone since, in the first field."""

    def touch(self, levels: Sequence[tuple[float, Any]]) -> None:
        """The prices in the first field of `levels` may have come or gone."""
        prices = self._prices
        if prices is not None:
            self._touched += levels
            # From about there on, sorting is cheaper; it also bounds what waits for a reader.
            if 4 * len(self._touched) > len(prices):
                self._prices = None
                self._touched.clear()

    def clear(self) -> None:
        """Drop all levels."""
        self.held = {}
        self._prices = None
        self._touched.clear()

    def prices(self) -> list[float]:
        """All prices, ascending. The ladder's own list: not to be changed, nor kept."""
        prices, held = self._prices, self.held
        if prices is None:
            prices = self._prices = sorted(held)
        elif self._touched:
            for price, _ in self._touched:
                i = bisect_left(prices, price)
                if i < len(prices) and prices[i] == price:
                    if price not in held:
                        del prices[i]
                elif price in held:
                    prices.insert(i, price)
            self._touched.clear()
        return prices

    def best_prices(self, n: int | None = None) -> list[float]:
        """The best `n` prices, best first."""
        prices = self.prices()
        if self._bids:
            return prices[::-1] if n is None else prices[: -n - 1 : -1]
        return prices[:n]

    @abstractmethod
    def best(self, n: int | None = None) -> list[Level]:
        """The best `n` (price, size) levels, best first."""

    @abstractmethod
    def size(self, price: float) -> float:
        """What rests at a price that is there."""

    def walk(self) -> Iterator[Level]:
        """Levels from the best on, as far as they are asked for."""
        prices = self.prices()
        for price in reversed(prices) if self._bids else prices:
            yield price, self.size(price)
