"""CoinAPI's order-by-order books, `book_l3`: its steps as OrderEvent. No I/O, no clock.

A SUBTRACT says by how much an order shrank, an OrderEvent what is left of it, so the orders
that rest are remembered here, for one socket. Fed by coinapi.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from livefin.errors import MessageError
from livefin.events import Order, OrderDelta, OrderEvent, OrderSnapshot, Side
from livefin.venues.wire import Id, Name, Price, Size, Symbol, iso_ns

MAX_BOOKS = 1_000
MAX_ORDERS = 1_000_000


class Entry(Struct, gc=False):
    """One order, or one level where the exchange tells no orders apart: then it has no id."""

    price: Price
    size: Size
    id: Name | None = None
    update_type: Literal["ADD", "UPDATE", "SUBTRACT", "DELETE", "MATCH"] | None = None


class BookL3(Struct, tag="book_l3"):
    """A whole book of orders, or steps in it."""

    symbol_id: Symbol
    sequence: Id
    bids: list[Entry] | None = None
    asks: list[Entry] | None = None
    is_snapshot: bool = False
    time_exchange: str | None = None
    time_coinapi: str | None = None


class RestingOrders:
    """The orders of every symbol on one socket, by id, each with its price and what rests."""

    def __init__(self) -> None:
        self._resting: dict[str, dict[str, tuple[float, float]]] = {}

    def forget(self, symbol: str) -> None:
        """The orders of `symbol` are of no more interest."""
        self._resting.pop(symbol, None)

    def read(self, m: BookL3, ts_recv: int) -> OrderSnapshot | OrderDelta:
        """`{"type":"book_l3","symbol_id":"COINBASE_SPOT_BCH_USD","sequence":2323346,
        "time_exchange":"2020-08-26T12:36:04.3464706Z","time_coinapi":"…","is_snapshot":false,
        "asks":[{"id":"520269d4-…","price":273.01,"size":1.81940502,"update_type":"ADD"}],
        "bids":[{"id":"7eaaa899-…","price":272.96,"size":1.85989855,"update_type":"DELETE"}]}`

        In a snapshot no order has an `update_type`.
        """  # noqa: D205, D415 - the raw message comes first
        time = m.time_exchange or m.time_coinapi
        ts, bids, asks = iso_ns(time) if time else ts_recv, m.bids or [], m.asks or []
        if m.is_snapshot:
            if len(self._resting) >= MAX_BOOKS and m.symbol_id not in self._resting:
                raise MessageError(f"coinapi: orders of more than {MAX_BOOKS:,} symbols")
            resting = self._resting[m.symbol_id] = {}
            sides = [_orders(entries, side, resting) for entries, side in _sides(bids, asks)]
            return OrderSnapshot(m.symbol_id, ts, ts_recv, sides[0], sides[1], m.sequence)
        known = self._resting.get(m.symbol_id)
        steps: list[OrderEvent] = []
        # Before its snapshot a book cannot be changed; the number alone keeps the chain.
        if known is not None:
            for entries, side in _sides(bids, asks):
                for entry in entries:
                    action, size = _step(entry, side, known)
                    id_ = _id(entry, side)
                    steps.append(
                        OrderEvent(m.symbol_id, ts, ts_recv, action, id_, side, entry.price, size)
                    )
        return OrderDelta(m.symbol_id, ts, ts_recv, steps, m.sequence, m.sequence)


def _sides(bids: list[Entry], asks: list[Entry]) -> tuple[tuple[list[Entry], Side], ...]:
    return (bids, "buy"), (asks, "sell")


def _id(entry: Entry, side: Side) -> str:
    return entry.id or f"{side}@{entry.price!r}"


def _orders(
    entries: list[Entry], side: Side, resting: dict[str, tuple[float, float]]
) -> list[Order]:
    orders = []
    for entry in entries:
        id_ = _id(entry, side)
        resting[id_] = (entry.price, entry.size)
        orders.append((id_, entry.price, entry.size, 0))
    return orders


def _step(
    entry: Entry, side: Side, resting: dict[str, tuple[float, float]]
) -> tuple[Literal["add", "change", "fill", "delete"], float]:
    """What an entry does to the resting orders, and the size that its OrderEvent has."""
    id_, kind = _id(entry, side), entry.update_type
    if kind == "DELETE":
        _, left = resting.pop(id_, (0.0, entry.size))
        return "delete", left
    if kind in ("ADD", "UPDATE"):
        action: Literal["add", "change"] = "change" if id_ in resting else "add"
        if len(resting) >= MAX_ORDERS and action == "add":
            raise MessageError(f"coinapi: a book of more than {MAX_ORDERS:,} orders")
        resting[id_] = (entry.price, entry.size)
        return action, entry.size
    if kind is None or id_ not in resting:
        raise MessageError(f"coinapi: {kind} of an order that does not rest: {id_[:40]!r}")
    left = max(0.0, resting[id_][1] - entry.size)
    resting[id_] = (entry.price, left)
    return ("fill", entry.size) if kind == "MATCH" else ("change", left)
