"""A book as its venue wrote it, kept to compute the venue's checksum after every change.

Prices and sizes stay text, since a checksum is made of the digits on the wire ("0.10" is
not "0.1"); prices are also kept sorted, so that the best levels are at hand. No I/O, no
clock. Serves booksync; which digits go into the sum, and how, each venue knows itself.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left, insort
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from livefin.events import (
    BookDelta,
    BookSnapshot,
    Level,
    OrderDelta,
    OrderEvent,
    OrderSnapshot,
    Text,
)

Change: TypeAlias = BookSnapshot | BookDelta | OrderSnapshot | OrderDelta
_Queues: TypeAlias = dict[float, dict[str, tuple[float, Text]]]
Sum: TypeAlias = Callable[[str, Sequence[Text], Sequence[Text]], int]


class _Side:
    """Levels by price, best first. `sign` is -1 for bids, so that best always sorts first."""

    __slots__ = ("_keys", "_sign", "_text")

    def __init__(self, sign: int) -> None:
        self._sign = sign
        self._keys: list[float] = []
        self._text: dict[float, Text] = {}

    def change(self, levels: Sequence[Level], text: Sequence[Any]) -> None:
        keys, texts, sign = self._keys, self._text, self._sign
        for (price, size), written in zip(levels, text, strict=True):
            key = sign * price
            if size:
                if key not in texts:
                    insort(keys, key)
                texts[key] = written
            elif texts.pop(key, None) is not None:
                del keys[bisect_left(keys, key)]

    def cut(self, depth: int) -> list[Level]:
        """Drop what lies beyond `depth` levels; what was dropped, as removals."""
        gone = self._keys[depth:]
        del self._keys[depth:]
        for key in gone:
            del self._text[key]
        return [(self._sign * key, 0.0) for key in gone]

    def best(self, n: int) -> list[Text]:
        texts = self._text
        return [texts[key] for key in self._keys[:n]]


class WrittenBook:
    """One symbol's book in the venue's own digits.

    `levels` go into the checksum; beyond `depth`, where given, levels fall off unsaid.

    >>> import zlib
    >>> def crc(symbol, bids, asks):
    ...     return zlib.crc32("".join(a + b for a, b in (*asks, *bids)).encode())
    >>> book = WrittenBook("A-B", crc, levels=10)
    >>> snapshot = BookSnapshot("A-B", 0, 0, [(1.0, 2.0)], [], None, None, ([("1.0", "2")], []))
    >>> book.apply(snapshot), book.checksum() == zlib.crc32(b"1.02")
    (([], []), True)
    """

    def __init__(self, symbol: str, sum_: Sum, *, levels: int, depth: int | None = None) -> None:
        self.symbol = symbol
        self._sum, self._levels, self._depth = sum_, levels, depth
        self._bids, self._asks = _Side(-1), _Side(1)

    @property
    def checks(self) -> bool:
        """Whether the venue sends a checksum of it."""
        return bool(self._levels)

    def apply(self, change: Change) -> tuple[list[Level], list[Level]]:
        """Take a change; the bids and asks that fell off the end of the book by it."""
        if isinstance(change, OrderDelta | OrderSnapshot):
            return [], []
        if isinstance(change, BookSnapshot):
            self._bids, self._asks = _Side(-1), _Side(1)
        bids, asks = change.text or (change.bids, change.asks)
        self._bids.change(change.bids, bids)
        self._asks.change(change.asks, asks)
        if self._depth is None:
            return [], []
        return self._bids.cut(self._depth), self._asks.cut(self._depth)

    def checksum(self) -> int:
        """The checksum of the book as it stands."""
        return self._sum(self.symbol, self._bids.best(self._levels), self._asks.best(self._levels))


class WrittenOrders:
    """One symbol's resting orders in the venue's own digits; as WrittenBook.

    An order that changes its price, or grows, goes to the end of its queue.
    """

    checks = True

    def __init__(self, symbol: str, sum_: Sum, *, levels: int, depth: int | None = None) -> None:
        self.symbol = symbol
        self._sum, self._levels, self._depth = sum_, levels, depth
        self._queues: tuple[_Queues, _Queues] = ({}, {})
        self._where: dict[str, tuple[int, float]] = {}

    def apply(self, change: Change) -> tuple[list[Level], list[Level]]:
        """Take a change. What falls out of sight by it is forgotten, and not told."""
        if isinstance(change, OrderSnapshot):
            self._queues, self._where = ({}, {}), {}
            for side, orders, text in zip(
                (0, 1), (change.bids, change.asks), change.text or ([], []), strict=True
            ):
                for (id_, price, size, _), written in zip(orders, text, strict=True):
                    self._put(id_, side, price, size, written)
        elif isinstance(change, OrderDelta):
            for order, written in zip(change.orders, change.text or (), strict=False):
                self._step(order, written)
        if self._depth is not None:
            self._cut(self._depth)
        return [], []

    def _cut(self, depth: int) -> None:
        for queues, worst in zip(self._queues, (heapq.nsmallest, heapq.nlargest), strict=True):
            for price in worst(len(queues) - depth, queues):
                for id_ in queues.pop(price):
                    del self._where[id_]

    def _step(self, order: OrderEvent, written: Text) -> None:
        id_, side = order.order_id, 0 if order.side == "buy" else 1
        at = self._where.get(id_)
        if order.action == "delete":
            self._take(id_)
        elif order.action == "change" and at == (side, order.price):
            resting = self._queues[side][order.price]
            if order.size > resting[id_][0]:
                del resting[id_]
            resting[id_] = (order.size, written)
        elif order.action != "fill":
            self._take(id_)
            self._put(id_, side, order.price, order.size, written)

    def _put(self, id_: str, side: int, price: float, size: float, written: Text) -> None:
        self._queues[side].setdefault(price, {})[id_] = (size, written)
        self._where[id_] = (side, price)

    def _take(self, id_: str) -> None:
        at = self._where.pop(id_, None)
        if at is not None:
            side, price = at
            queue = self._queues[side][price]
            del queue[id_]
            if not queue:
                del self._queues[side][price]

    def checksum(self) -> int:
        """The checksum of the orders as they rest."""
        bids, asks = self._queues
        best = (heapq.nlargest(self._levels, bids), heapq.nsmallest(self._levels, asks))
        texts = (
            [written for price in prices for _, written in queues[price].values()]
            for prices, queues in zip(best, (bids, asks), strict=True)
        )
        return self._sum(self.symbol, *texts)
