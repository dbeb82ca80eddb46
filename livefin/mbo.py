"""One symbol's resting orders, level 3 or market by order: who waits where, and for how long.

Applies what the session has found to be in order, as book.py does for price levels: a
snapshot replaces, a delta takes steps. One writer, the feed's thread; readers on other
threads take a short lock. What can be read off the levels is in levels.py, shared with
OrderBook; the queues themselves are in queues.py. Orders that end go to a rolling frame.

The queue of a level is kept by one rule, that of price-time venues such as Coinbase, Gate.io
and Eurex: a new order waits last, a smaller one keeps its place, a larger one or one at a
new price goes to the back. Venues differ: Kraken keeps the place on an amendment "where
possible", Nasdaq's replace always loses it but comes as another order, and Deribit sends a
rank that need not follow arrival. Where a venue matches pro rata, the queue is not the
order in which orders are filled.
"""

from __future__ import annotations

from math import floor, inf, isnan, log10
from typing import Any

import numpy as np
import pandas as pd

from livefin.errors import FrameError
from livefin.events import BookSnapshot, Order, OrderDelta, OrderEvent, OrderSnapshot, Side
from livefin.frames import SIDES, Column, RollingFrame
from livefin.levels import PriceLevels
from livefin.queues import CountedLevel, Position, Queues, RestingOrder, positions

_LIVES = (
    Column("ended", "time"),
    Column("order_id", "object"),
    Column("side", "side"),
    Column("price", "float"),
    Column("size", "float"),
    Column("executed", "float"),
    Column("left", "float"),
    Column("added", "time"),
    Column("how", "object"),
)
_NAT = int(np.iinfo("i8").min)
"""What pandas takes for "no time"."""


class MarketByOrder(PriceLevels):
    """Order book of `symbol` by single orders.

    `limit` bounds how many orders are held: with more the book is not `synced`. `rows` bounds
    `lives`. Where a venue keeps only the best price levels up to date, as a snapshot's
    `depth` says, orders beyond are forgotten: they fall out of sight, and have not ended.

    >>> book = MarketByOrder("BTC-USDT")
    >>> resting = [("a", 99.0, 2.0, 0), ("b", 99.0, 1.0, 0)]
    >>> book.apply(OrderSnapshot("BTC-USDT", 5, 5, resting, [("z", 101.0, 4.0, 0)], 7))
    >>> fill = OrderEvent("BTC-USDT", 6, 6, "fill", "a", "buy", 99.0, 0.5)
    >>> book.apply(OrderDelta("BTC-USDT", 6, 6, [fill], 8, 8))
    >>> book.levels(), book.position("b")
    (([(99.0, 2.5, 2)], [(101.0, 4.0, 1)]), Position(orders=1, size=1.5))
    >>> book.apply(OrderDelta("BTC-USDT", 9, 9, [
    ...     OrderEvent("BTC-USDT", 9, 9, "fill", "a", "buy", 99.0, 1.5)], 9, 9))
    >>> book.lives.df[["order_id", "size", "executed", "left", "how"]].values.tolist()
    [['a', 2.0, 2.0, 0.0, 'filled']]
    """

    def __init__(self, symbol: str, *, rows: int = 100_000, limit: int = 1_000_000) -> None:
        super().__init__(symbol)
        if limit < 1:
            raise FrameError(f"limit must be at least 1, got {limit}")
        self._limit = limit
        self._depth: int | None = None
        self.unknown = 0
        """Steps of orders that are not here: opened before we looked, never at rest, or ended."""
        self.refused = 0
        """Orders beyond `limit`, and those of no possible price or size."""
        self.lives = RollingFrame(_LIVES, rows=rows)
        """Orders that ended, index `ended`: order_id, side, price, size (when first seen),
        executed, left, added (NaT when unknown), how. That is "filled", "cancelled", "deleted"
        where the venue does not say which of the two, or "lost": gone while we missed changes.
        """
        self._orders: dict[str, RestingOrder] = {}
        self._bids: Queues = Queues(self._orders, bids=True)
        self._asks: Queues = Queues(self._orders, bids=False)

    def __repr__(self) -> str:
        state = "" if self.synced else ", not synced"
        return f"MarketByOrder({self.symbol!r}, {len(self._orders):,} orders{state})"

    # Changing

    def apply(self, change: OrderSnapshot | OrderDelta) -> None:
        """Replace all orders by a snapshot, or take the steps of a delta."""
        for watcher in self._watchers:
            watcher.before(change.ts_event)
        with self._lock:
            if isinstance(change, OrderDelta):
                for event in change.orders:
                    self._step(event)
                self.sequence = change.last
            else:
                self.synced = True
                self._depth = change.depth
                self._replace(change)
                self.sequence = change.sequence
            if self._depth is not None:
                self._cut(self._depth)
            self.ts_event, self.ts_recv = change.ts_event, change.ts_recv
        for watcher in self._watchers:
            watcher.after()

    def _step(self, event: OrderEvent) -> None:
        order = self._orders.get(event.order_id)
        if event.action == "add" and order is None:
            size = event.size
            self._join(
                RestingOrder(
                    event.order_id, event.side, event.price, size, size, 0.0, event.ts_event
                )
            )
        elif order is None:
            self.unknown += 1
        elif event.action == "fill":
            self._fill(order, event)
        elif event.action == "delete":
            self._delete(order, event)
        else:  # an "add" of an order that is here says how it stands, as a "change" does
            self._amend(order, event)

    def _amend(self, order: RestingOrder, event: OrderEvent) -> None:
        price = order.price if isnan(event.price) else event.price
        size = order.size if isnan(event.size) else event.size
        if size <= 0:
            self._end(order, event.ts_event, "deleted", 0.0, order.executed)
        elif not _possible(price, size):
            self.refused += 1
        elif price == order.price and size <= order.size:
            self._orders[order.order_id] = order.with_(price, size, order.executed)
        else:
            self._leave(order)
            self._join(order.with_(price, size, order.executed))

    def _fill(self, order: RestingOrder, event: OrderEvent) -> None:
        part = event.size
        if not 0 < part < inf:
            return
        left = _round(order.size - part, order.size)
        executed = _round(order.executed + part, order.executed + part)
        if left > 0:
            self._orders[order.order_id] = order.with_(order.price, left, executed)
        else:
            self._end(order, event.ts_event, "filled", 0.0, executed)

    def _delete(self, order: RestingOrder, event: OrderEvent) -> None:
        left = event.size
        if isnan(left):
            self._end(order, event.ts_event, "deleted", order.size, order.executed)
        elif left > 0:
            self._end(order, event.ts_event, "cancelled", left, order.executed)
        else:
            # Nothing was left: what rested until now was executed.
            executed = _round(order.executed + order.size, order.executed + order.size)
            self._end(order, event.ts_event, "filled", 0.0, executed)

    def _replace(self, change: OrderSnapshot) -> None:
        known = self._orders.copy()
        self._orders.clear()
        self._bids.clear()
        self._asks.clear()
        sides: tuple[tuple[Side, list[Order]], ...] = (("buy", change.bids), ("sell", change.asks))
        for side, orders in sides:
            for order_id, price, size, time in orders:
                if order_id in self._orders:
                    continue
                before = known.pop(order_id, None)
                if before is None:
                    self._join(RestingOrder(order_id, side, price, size, size, 0.0, time or None))
                else:
                    added = before.added if before.added is not None else time or None
                    original, executed = before.original, before.executed
                    self._join(RestingOrder(order_id, side, price, size, original, executed, added))
        for order in known.values():
            self._write_life(order, change.ts_event, "lost", order.size, order.executed)

    def _cut(self, depth: int) -> None:
        for queues in (self._bids, self._asks):
            if len(queues.held) > depth:
                for price in queues.best_prices()[depth:]:
                    for order_id in list(queues.held[price]):
                        self._leave(self._orders[order_id])

    def _join(self, order: RestingOrder) -> None:
        full = len(self._orders) >= self._limit
        if full or not _possible(order.price, order.size):
            self.refused += 1
            self.synced = self.synced and not full
            return
        self._orders[order.order_id] = order
        self._side(order.side).join(order)

    def _leave(self, order: RestingOrder) -> None:
        del self._orders[order.order_id]
        self._side(order.side).leave(order)

    def _side(self, side: Side) -> Queues:
        return self._bids if side == "buy" else self._asks

    def _end(self, order: RestingOrder, ts: int, how: str, left: float, executed: float) -> None:
        self._leave(order)
        self._write_life(order, ts, how, left, executed)

    def _write_life(
        self, order: RestingOrder, ts: int, how: str, left: float, executed: float
    ) -> None:
        added = _NAT if order.added is None else order.added
        side = 0 if order.side == "buy" else 1
        self.lives.append(
            ts, order.order_id, side, order.price, order.original, executed, left, added, how
        )

    # Reading

    def levels(self, n: int | None = None) -> tuple[list[CountedLevel], list[CountedLevel]]:
        """The best `n` (price, size, orders) levels of each side, best first: (bids, asks)."""
        with self._lock:
            return self._bids.counted(n), self._asks.counted(n)

    def order(self, order_id: str) -> RestingOrder | None:
        """The order as it stands; None when it is not on the book."""
        return self._orders.get(order_id)

    def queue(self, side: Side, price: float) -> list[RestingOrder]:
        """The orders of a "buy" or "sell" level, longest waiting first; none, an empty list."""
        with self._lock:
            queue = self._side(side).held.get(price, ())
            return [self._orders[order_id] for order_id in queue]

    def position(self, order_id: str) -> Position | None:
        """Orders and size ahead of an order in its queue; None when it is not on the book."""
        with self._lock:
            order = self._orders.get(order_id)
            if order is None:
                return None
            return self._side(order.side).position(order)

    @property
    def df(self) -> pd.DataFrame:
        """The levels now, best first: bid_price, bid_size, bid_orders, and so for the asks.

        One row a level, index `level` from 0; NaN and NA where the other side is deeper.
        """
        columns: dict[str, Any] = {}
        for side, levels in zip(("bid", "ask"), self.levels(), strict=True):
            price, size, orders = zip(*levels, strict=True) if levels else ((), (), ())
            columns[f"{side}_price"] = pd.Series(price, dtype="float64")
            columns[f"{side}_size"] = pd.Series(size, dtype="float64")
            columns[f"{side}_orders"] = pd.Series(orders, dtype="Int64")
        return pd.DataFrame(columns).rename_axis("level")

    @property
    def orders_df(self) -> pd.DataFrame:
        """All orders now, one a row: bids, then asks, each side in priority.

        Index `order_id`; side, price, size, original, executed, added (NaT when unknown),
        ahead and size_ahead (orders and size before it at its price).
        """
        with self._lock:
            orders = self._bids.orders() + self._asks.orders()
        added = [_NAT if order.added is None else order.added for order in orders]
        columns: dict[str, Any] = {
            "side": pd.Categorical([order.side for order in orders], dtype=SIDES)
        }
        for name in ("price", "size", "original", "executed"):
            columns[name] = np.array([getattr(order, name) for order in orders], dtype="f8")
        columns["added"] = pd.DatetimeIndex(np.array(added, dtype="i8"), tz="UTC")
        ahead = positions(orders)
        columns["ahead"] = np.array([each.orders for each in ahead], dtype="i8")
        columns["size_ahead"] = np.array([each.size for each in ahead], dtype="f8")
        index = pd.Index([order.order_id for order in orders], dtype=object, name="order_id")
        return pd.DataFrame(columns, index=index)

    def snapshot(self) -> OrderSnapshot:
        """All orders as an event, each side in priority."""
        with self._lock:
            bids, asks = ([order.event for order in q.orders()] for q in (self._bids, self._asks))
            ts_event, ts_recv = self.ts_event or 0, self.ts_recv or 0
            sequence, depth = self.sequence, self._depth
        return OrderSnapshot(
            self.symbol, ts_event, ts_recv, bids, asks, sequence=sequence, depth=depth
        )

    def book_snapshot(self) -> BookSnapshot:
        """The price levels as an event, such as OrderBook takes."""
        with self._lock:
            bids, asks = self._bids.best(), self._asks.best()
            ts_event, ts_recv = self.ts_event or 0, self.ts_recv or 0
            return BookSnapshot(self.symbol, ts_event, ts_recv, bids, asks, self.sequence)


def _possible(price: float, size: float) -> bool:
    return -inf < price < inf and 0 < size < inf


def _round(size: float, scale: float) -> float:
    """`size` to the 15 digits that a float of `scale` holds, so that 0.3 less 0.1 is 0.2."""
    return round(size, 14 - floor(log10(scale)))
