"""What Coinbase Exchange's messages look like, with bounds; read by exchange.py.

One decoder reads every frame, by the union of the messages tagged with their `type`. Most of
them number the product's messages (`sequence`). Bodies of REST are here too.
"""

from __future__ import annotations

from math import nan
from typing import Annotated, Any, Literal, TypeAlias

import msgspec
from msgspec import Meta, Struct

from livefin.events import Side
from livefin.venues.wire import Id, Levels, Price, Size, Symbol

OrderId: TypeAlias = Annotated[str, Meta(min_length=1, max_length=64)]
Start: TypeAlias = Annotated[int, Meta(ge=0, le=9_000_000_000)]


class Message(Struct, gc=False, tag_field="type", kw_only=True):
    """What nearly all have."""

    product_id: Symbol
    time: str = ""


class OrderMessage(Message, gc=False, kw_only=True):
    """A step in an order's life: of channel full."""

    sequence: Id
    order_id: OrderId
    side: Side
    price: Size | None = None


class Received(OrderMessage, gc=False, tag="received"):
    """The order was taken; it is not on the book yet, and may be filled before it is."""


class Open(OrderMessage, gc=False, kw_only=True, tag="open"):
    """What remains of the order is on the book from now on."""

    remaining_size: Size


class Done(OrderMessage, gc=False, tag="done"):
    """The order is filled or canceled; market orders have neither price nor size here."""

    remaining_size: Size | None = None


class Change(OrderMessage, gc=False, tag="change"):
    """The order's size or price is another; of market orders, its funds."""

    new_size: Size | None = None
    new_price: Size | None = None


class Match(Message, gc=False, kw_only=True, tag="match"):
    """A trade; `side` is that of the order that rested. Of channels full and matches."""

    sequence: Id
    trade_id: Id
    maker_order_id: OrderId
    side: Side
    size: Size
    price: Price


class LastMatch(Match, gc=False, tag="last_match"):
    """The last trade before matches was subscribed."""


class Ticker(Message, gc=False, kw_only=True, tag="ticker"):
    """Of channel ticker; sizes of the best bid and ask were added in 2022."""

    sequence: Id | None = None
    price: Size
    open_24h: Size = nan
    volume_24h: Size = nan
    low_24h: Size = nan
    high_24h: Size = nan
    best_bid: Size = 0.0
    best_bid_size: Size = nan
    best_ask: Size = 0.0
    best_ask_size: Size = nan


class Snapshot(Message, kw_only=True, tag="snapshot"):
    """The whole book; the first of channels level2 and level2_batch."""

    bids: Levels
    asks: Levels


class Update(Message, kw_only=True, tag="l2update"):
    """Levels that changed."""

    changes: list[tuple[Side, Price, Size]]


class Heartbeat(Message, gc=False, tag="heartbeat"):
    """Sent every second, whatever else is."""


class Subscriptions(Struct, tag_field="type", tag="subscriptions"):
    """Acknowledges a message of ours with all that is subscribed."""


class Products(Struct, tag_field="type", tag="status"):
    """Products and currencies, as they are listed."""


class Activate(Struct, tag_field="type", tag="activate"):
    """A stop order of the account's own was placed; not on the book, and not numbered."""


class Error(Struct, tag_field="type", tag="error"):
    """A message of ours was refused."""

    message: str = ""
    reason: str = ""


class Orders(Struct):
    """All orders on the book: (price, size, order id), the best price first."""

    sequence: Id
    bids: list[tuple[Price, Size, OrderId]]
    asks: list[tuple[Price, Size, OrderId]]
    time: str = ""


class PastTrade(Struct, gc=False):
    """A trade of the history; `side` as in a match."""

    time: str
    trade_id: Id
    price: Price
    size: Size
    side: Side


class Request(Struct):
    """What a client sends."""

    type: Literal["subscribe", "unsubscribe"]
    channels: list[Any] = []


AnyMessage: TypeAlias = (
    Received | Open | Done | Change | Match | LastMatch | Ticker | Snapshot | Update
    | Heartbeat | Subscriptions | Products | Activate | Error
)  # fmt: skip
Candle: TypeAlias = tuple[Start, Price, Price, Price, Price, Size]
"""(start, low, high, open, close, volume)."""
frame = msgspec.json.Decoder(AnyMessage, strict=False).decode
request = msgspec.json.Decoder(Request).decode
orders = msgspec.json.Decoder(Orders, strict=False)
trades = msgspec.json.Decoder(list[PastTrade], strict=False)
candles = msgspec.json.Decoder(list[Candle], strict=False)
