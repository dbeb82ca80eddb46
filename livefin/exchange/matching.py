"""A limit order book with price-time priority, in whole ticks and whole lots.

Integers only: no rounding can create or lose a lot. An order that arrives takes the best
prices first and, at one price, the order that came first; what is left of a limit order
rests. No clock, no messages, no symbols: listing.py drives one book a symbol and says to
the world what came of it.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import OrderedDict
from typing import NamedTuple

from livefin.events import Side


class Order:
    """One order; `left` is what is still to be executed, in lots. Owner 0 is nobody's."""

    __slots__ = ("id", "left", "owner", "price", "side")

    def __init__(self, id_: int, side: Side, price: int | None, left: int, owner: int) -> None:
        self.id, self.side, self.price, self.left, self.owner = id_, side, price, left, owner

    def __repr__(self) -> str:
        return f"Order({self.id}, {self.side} {self.left} @ {self.price}, owner {self.owner})"


class Fill(NamedTuple):
    """An execution against a resting order, at that order's price; `left` of it rests on."""

    price: int
    size: int
    maker: Order
    left: int


class Outcome(NamedTuple):
    """What came of an order: its executions in order, and whether the rest of it rests."""

    order: Order
    fills: list[Fill]
    resting: bool


class Change(NamedTuple):
    """A level whose total is now `size`; 0 when nothing is left at that price."""

    side: Side
    price: int
    size: int


class _Level:
    """The orders at one price, oldest first, and their total."""

    __slots__ = ("orders", "size")

    def __init__(self) -> None:
        # Not a plain dict: taking the first of many from one is quadratic.
        self.orders: OrderedDict[int, Order] = OrderedDict()
        self.size = 0


class _BookSide:
    """One side's levels. Keys are prices, negated for asks, so the best is always last."""

    __slots__ = ("keys", "levels", "side", "sign")

    def __init__(self, side: Side) -> None:
        self.side: Side = side
        self.sign = 1 if side == "buy" else -1
        self.keys: list[int] = []
        self.levels: dict[int, _Level] = {}

    def best(self) -> int | None:
        return self.sign * self.keys[-1] if self.keys else None

    def add(self, order: Order, price: int) -> None:
        level = self.levels.get(price)
        if level is None:
            level = self.levels[price] = _Level()
            insort(self.keys, self.sign * price)
        level.orders[order.id] = order
        level.size += order.left

    def remove_level(self, price: int) -> None:
        del self.levels[price]
        del self.keys[bisect_left(self.keys, self.sign * price)]


class LimitOrderBook:
    """Orders of one instrument, matched by price, then time.

    Prices are in ticks and sizes in lots, both positive integers.

    >>> book = LimitOrderBook()
    >>> first = book.limit("sell", 101, 5)
    >>> second = book.limit("sell", 101, 5)
    >>> outcome = book.limit("buy", 102, 7)
    >>> [(fill.price, fill.size, fill.maker.id) for fill in outcome.fills]
    [(101, 5, 1), (101, 2, 2)]
    >>> book.best_ask, book.levels("sell"), book.changes()
    (101, [(101, 3)], [Change(side='sell', price=101, size=3)])
    """

    def __init__(self) -> None:
        self._bids, self._asks = _BookSide("buy"), _BookSide("sell")
        self._orders: dict[int, Order] = {}
        self._last_id = 0
        # (side, price) -> total before the first change since `changes` was last called
        self._touched: dict[tuple[Side, int], int] = {}

    def __len__(self) -> int:
        return len(self._orders)

    def __contains__(self, order_id: int) -> bool:
        return order_id in self._orders

    @property
    def best_bid(self) -> int | None:
        """Highest bid in ticks; None when nobody bids."""
        return self._bids.best()

    @property
    def best_ask(self) -> int | None:
        """Lowest ask in ticks; None when nobody offers."""
        return self._asks.best()

    def price_of(self, order_id: int) -> int | None:
        """Where an order rests, in ticks; None when it does not rest."""
        order = self._orders.get(order_id)
        return None if order is None else order.price

    def size_at(self, side: Side, price: int) -> int:
        """Lots resting at that price."""
        level = self._side(side).levels.get(price)
        return 0 if level is None else level.size

    def levels(self, side: Side, n: int | None = None) -> list[tuple[int, int]]:
        """The best `n` levels as (price, size), best first."""
        book_side = self._side(side)
        keys = book_side.keys if n is None else book_side.keys[max(0, len(book_side.keys) - n) :]
        prices = [book_side.sign * key for key in reversed(keys)]
        return [(price, book_side.levels[price].size) for price in prices]

    def limit(
        self, side: Side, price: int, size: int, *, owner: int = 0, ioc: bool = False
    ) -> Outcome:
        """Execute up to `price`; the rest waits there, or with `ioc` is dropped."""
        if price <= 0:
            raise ValueError(f"a limit price is a positive number of ticks, not {price}")
        order = self._new(side, price, size, owner)
        fills = self._take(order)
        resting = order.left > 0 and not ioc
        if resting:
            book_side = self._side(side)
            self._touch(book_side, price)
            book_side.add(order, price)
            self._orders[order.id] = order
        return Outcome(order, fills, resting)

    def market(self, side: Side, size: int, *, owner: int = 0) -> Outcome:
        """Execute at whatever prices there are; what the book cannot fill is dropped."""
        order = self._new(side, None, size, owner)
        return Outcome(order, self._take(order), resting=False)

    def cancel(self, order_id: int) -> Order | None:
        """Take a resting order off the book and return it; None when it does not rest."""
        order = self._orders.pop(order_id, None)
        if order is None or order.price is None:
            return None
        book_side = self._side(order.side)
        self._touch(book_side, order.price)
        level = book_side.levels[order.price]
        del level.orders[order_id]
        level.size -= order.left
        if not level.orders:
            book_side.remove_level(order.price)
        return order

    def changes(self) -> list[Change]:
        """Levels that differ from what they were at the last call, in the order touched."""
        touched, self._touched = self._touched, {}
        return [
            Change(side, price, size)
            for (side, price), before in touched.items()
            if (size := self.size_at(side, price)) != before
        ]

    def _new(self, side: Side, price: int | None, size: int, owner: int) -> Order:
        if size <= 0:
            raise ValueError(f"a size is a positive number of lots, not {size}")
        self._last_id += 1
        return Order(self._last_id, side, price, size, owner)

    def _take(self, order: Order) -> list[Fill]:
        """Execute `order` against the other side, best price first, oldest first."""
        fills: list[Fill] = []
        other = self._asks if order.side == "buy" else self._bids
        # A key is at least as good as the limit when it is not below it, on either side.
        limit = None if order.price is None else other.sign * order.price
        while order.left and other.keys and (limit is None or other.keys[-1] >= limit):
            price = other.sign * other.keys[-1]
            self._touch(other, price)
            level = other.levels[price]
            while order.left and level.orders:
                maker = next(iter(level.orders.values()))
                size = min(order.left, maker.left)
                order.left -= size
                maker.left -= size
                level.size -= size
                fills.append(Fill(price, size, maker, maker.left))
                if not maker.left:
                    del level.orders[maker.id], self._orders[maker.id]
            if not level.orders:
                other.remove_level(price)
        return fills

    def _side(self, side: Side) -> _BookSide:
        return self._bids if side == "buy" else self._asks

    def _touch(self, book_side: _BookSide, price: int) -> None:
        key = (book_side.side, price)
        if key not in self._touched:
            level = book_side.levels.get(price)
            self._touched[key] = 0 if level is None else level.size
