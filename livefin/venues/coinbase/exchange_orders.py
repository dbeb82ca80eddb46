"""Steps of single orders (level 3), as Coinbase Exchange's channel `full` tells them.

Rule: an order is on the book from "open" on. Before that it is "received", often filled at
once, and its changes and its end are none of the book's, so they are not passed on. Every
message is passed on all the same, if without an order, since they are numbered by one.
Serves exchange.py. No I/O, no clock.
"""

from __future__ import annotations

from typing import Literal

from livefin.events import OrderDelta, OrderEvent
from livefin.venues.coinbase import exchange_wire as messages
from livefin.venues.wire import iso_ns

MAX_PRODUCTS = 8_192
MAX_ARRIVING = 100_000


class OrderSteps:
    """Messages of channel `full` to order deltas."""

    def __init__(self) -> None:
        self.products: set[str] = set()
        """Products whose orders come, so that a match is a step of one of them."""
        self._arriving: dict[str, None] = {}
        """Ids of orders received that are not on the book; many never will be."""

    def step(self, m: messages.OrderMessage, ts_recv: int) -> OrderDelta:
        """`{"type":"received","time":"2014-11-07T08:19:27.028459Z","product_id":"BTC-USD",
        "sequence":10,"order_id":"d50ec984-…","size":"1.34","price":"502.1","side":"buy",
        "order_type":"limit"}`,
        `{"type":"open", …,"price":"200.2","remaining_size":"1.00","side":"sell"}`,
        `{"type":"done", …,"price":"200.2","reason":"filled","side":"sell",
        "remaining_size":"0"}`,
        `{"type":"change", …,"reason":"STP","side":"sell","old_size":"12.234412",
        "new_size":"5.23512","price":"400.23"}` or
        `{"type":"change", …,"reason":"modify_order","side":"buy","old_size":"80",
        "new_size":"80","old_price":"7","new_price":"6"}`

        Market orders have no price, and are never on the book.
        """  # noqa: D205, D415 - the raw message comes first
        ts = iso_ns(m.time) if m.time else ts_recv
        if len(self.products) < MAX_PRODUCTS:
            self.products.add(m.product_id)
        event = self._event(m, ts, ts_recv)
        orders = [] if event is None else [event]
        return OrderDelta(m.product_id, ts, ts_recv, orders, m.sequence, m.sequence)

    def fill(self, m: messages.Match, ts: int, ts_recv: int) -> OrderDelta:
        """What a match did to the order that rested."""
        event = OrderEvent(
            m.product_id, ts, ts_recv, "fill", m.maker_order_id, m.side, m.price, m.size
        )
        return OrderDelta(m.product_id, ts, ts_recv, [event], m.sequence, m.sequence)

    def _event(self, m: messages.OrderMessage, ts: int, ts_recv: int) -> OrderEvent | None:
        """What `m` changed on the book, if anything."""
        arriving = m.order_id in self._arriving
        if isinstance(m, messages.Received):
            self._arriving[m.order_id] = None
            if len(self._arriving) > MAX_ARRIVING:
                del self._arriving[next(iter(self._arriving))]
        elif not isinstance(m, messages.Change):
            self._arriving.pop(m.order_id, None)
        action: Literal["add", "change", "delete"]
        if isinstance(m, messages.Open):
            action, price, size = "add", m.price, m.remaining_size
        elif isinstance(m, messages.Done) and not arriving:
            action, price, size = "delete", m.price, m.remaining_size or 0.0
        elif isinstance(m, messages.Change) and not arriving and m.new_size is not None:
            action, price, size = "change", m.new_price or m.price, m.new_size
        else:
            return None
        if not price:
            return None
        return OrderEvent(m.product_id, ts, ts_recv, action, m.order_id, m.side, price, size)
