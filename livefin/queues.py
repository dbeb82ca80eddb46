"""Orders waiting at their prices: one side of a book of single orders. Used by mbo.py."""

from __future__ import annotations

from collections.abc import Iterable
from math import nan
from typing import NamedTuple, TypeAlias

from msgspec import Struct

from livefin.events import Level, Order, Side
from livefin.ladder import Ladder

CountedLevel: TypeAlias = tuple[float, float, int]
"""(price, size, number of orders) of one level."""


class RestingOrder(Struct, frozen=True, gc=False):
    """An order on the book, as it stood when it was asked for."""

    order_id: str
    side: Side
    price: float
    size: float
    """What rests now."""
    original: float
    """What rested when it was first seen."""
    executed: float = 0.0
    """What fills took since, as far as the venue tells fills."""
    added: int | None = None
    """When it was added (ns); None when it was there before we looked and no one says."""

    def with_(self, price: float, size: float, executed: float) -> RestingOrder:
        """The same order after a change."""
        return RestingOrder(
            self.order_id, self.side, price, size, self.original, executed, self.added
        )

    @property
    def event(self) -> Order:
        """The order as snapshots hold it."""
        return self.order_id, self.price, self.size, self.added or 0


class Position(NamedTuple):
    """What waits ahead of an order at its price."""

    orders: int
    size: float


class Queues(Ladder[dict[str, None]]):
    """One side as price -> ids of its orders, longest waiting first."""

    __slots__ = ("_orders",)

    def __init__(self, orders: dict[str, RestingOrder], *, bids: bool) -> None:
        super().__init__(bids=bids)
        self._orders = orders

    def join(self, order: RestingOrder) -> None:
        """Wait last at its price."""
        queue = self.held.get(order.price)
        if queue is None:
            self.held[order.price] = {order.order_id: None}
            self.touch(((order.price, None),))
        else:
            queue[order.order_id] = None

    def leave(self, order: RestingOrder) -> None:
        """Wait no more."""
        queue = self.held[order.price]
        del queue[order.order_id]
        if not queue:
            del self.held[order.price]
            self.touch(((order.price, None),))

    def position(self, order: RestingOrder) -> Position:
        """What waits ahead of an order that is here."""
        ahead, size = 0, 0.0
        for order_id in self.held[order.price]:
            if order_id == order.order_id:
                break
            ahead += 1
            size += self._orders[order_id].size
        return Position(ahead, size)

    def size(self, price: float) -> float:
        """What rests at a price that is there."""
        # Added up when looked at: a running total would gather rounding errors.
        orders = self._orders
        return sum([orders[order_id].size for order_id in self.held[price]])

    def best(self, n: int | None = None) -> list[Level]:
        """The best `n` (price, size) levels, best first."""
        return [(price, self.size(price)) for price in self.best_prices(n)]

    def counted(self, n: int | None = None) -> list[CountedLevel]:
        """The best `n` (price, size, orders) levels, best first."""
        return [(p, self.size(p), len(self.held[p])) for p in self.best_prices(n)]

    def orders(self) -> list[RestingOrder]:
        """All orders in priority."""
        return [self._orders[each] for price in self.best_prices() for each in self.held[price]]


def positions(orders: Iterable[RestingOrder]) -> list[Position]:
    """What waits ahead of each of `orders`, which stand queue by queue."""
    found: list[Position] = []
    at, position = ("", nan), Position(0, 0.0)
    for order in orders:
        if (order.side, order.price) != at:
            at, position = (order.side, order.price), Position(0, 0.0)
        found.append(position)
        position = Position(position.orders + 1, position.size + order.size)
    return found
