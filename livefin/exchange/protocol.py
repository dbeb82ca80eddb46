"""The embedded exchange's wire protocol, complete; its messages as typed structs.

One JSON object a WebSocket frame, at `ws://host:port/`, text or binary from the client, text
to it. Every message from the exchange has `type` first and then `ts`, integer nanoseconds
since 1970 UTC. Prices and sizes are JSON numbers on the symbol's grid (see /symbols), always
positive and finite; size 0 in a delta removes a level. Fields a receiver does not know are
to be skipped. No time passes here and nothing is sent: gateway.py does that.

Market data. Channels are `trades`, `quotes` and `book`; each request names every pair of its
channels and symbols:

    > {"op":"subscribe","channels":["trades","quotes","book"],"symbols":["BTC-USDT"],"id":1}
    < {"type":"subscribed","ts":1700000000000000000,"channels":[...],"symbols":[...],"id":1}
    > {"op":"unsubscribe","channels":["book"],"symbols":["BTC-USDT"]}
    < {"type":"unsubscribed","ts":...,"channels":["book"],"symbols":["BTC-USDT"]}

    < {"type":"trade","ts":...,"symbol":"BTC-USDT","id":17,"price":60000.1,"size":0.02,
       "side":"buy"}
    < {"type":"quote","ts":...,"symbol":"BTC-USDT","sequence":911,"bid":60000.0,
       "bid_size":0.5,"ask":60000.1,"ask_size":0.1}
    < {"type":"book_snapshot","ts":...,"symbol":"BTC-USDT","sequence":909,
       "bids":[[60000.0,0.5],...],"asks":[[60000.1,0.12],...]}
    < {"type":"book_delta","ts":...,"symbol":"BTC-USDT","first":910,"last":911,
       "bids":[],"asks":[[60000.1,0.1]]}
    < {"type":"heartbeat","ts":...}

* A trade's `side` is the taker's. Trade ids of a symbol rise by exactly one.
* A subscription to `book` begins with a `book_snapshot`, best levels first, before anything
  else of that book. Every changed level has an update id: a delta covers `first` to `last`,
  and its `first` is one past the `sequence` of the snapshot or the `last` of the delta before.
  To start over, unsubscribe and subscribe again.
* A quote is sent when the best bid or ask or its size changed; `sequence` is the book's
  update id then. None is sent while a side is empty. Subscribing to `quotes` sends the
  current one. Of one event the trades are sent first, then the delta, then the quote.
* A heartbeat is sent every second, to everybody.

Orders, on the same socket. Executions go to the sender alone:

    > {"op":"order","symbol":"BTC-USDT","side":"buy","type":"limit","price":60000.0,
       "size":0.01,"ioc":false,"client_id":"mine-1"}
    > {"op":"order","symbol":"BTC-USDT","side":"sell","type":"market","size":0.01}
    < {"type":"execution","ts":...,"symbol":"BTC-USDT","status":"accepted","side":"buy",
       "order_type":"limit","size":0.01,"left":0.01,"order_id":"BTC-USDT:712",
       "client_id":"mine-1","price":60000.0}
    < {"type":"execution",...,"status":"partially_filled","left":0.004,
       "fill_price":60000.0,"fill_size":0.006,"trade_id":18}
    > {"op":"cancel","order_id":"BTC-USDT:712"}
    < {"type":"execution",...,"status":"cancelled","left":0.004}

* `status` is accepted, partially_filled, filled, cancelled or rejected. An order that is
  accepted ends as filled or cancelled; what a market or `ioc` order cannot fill at once is
  cancelled. A rejected order has a `reason` and no `order_id`.
* A limit price must lie within half and twice the last price. When the socket closes, its
  resting orders are cancelled. Orders of one client may trade with one another.

The rest:

    > {"op":"ping","id":7}
    < {"type":"pong","ts":...,"id":7}
    < {"type":"error","ts":...,"code":"unknown_symbol","message":"...","symbol":"XYZ","id":1}

* An error never ends the connection, and the valid part of a request is carried out. Codes:
  `bad_json` (not JSON), `bad_request` (not a request described here), `too_large` (over
  64 KiB), `unknown_symbol`, `unknown_channel`, `unknown_order`.
* What does end it: a frame over 1 MiB (1009); not reading what is sent (1013, with the reason
  in words); too many clients (1013); the exchange closing (1001).

REST, plain GET on the same port, JSON answers; `{"error":"..."}` with 400 or 404 otherwise:

    /symbols                              what is traded, with tick and lot
    /book?symbol=BTC-USDT[&depth=20]      as book_snapshot
    /trades?symbol=BTC-USDT[&limit=500]   {"symbol":..,"trades":[...]}, oldest first; the latest
        [&from_id=17] [&since=<ns>]       ones, from before the start on; or those from an id
                                          or a time on
    /ticker?symbol=BTC-USDT               last, open, high, low, volume of the trades held
    /health                               {"status":"ok","ts":..,"clients":..,"events":..}
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta, Struct

from livefin.events import Level, Side

MAX_REQUEST = 64 * 1024
CHANNELS = ("trades", "quotes", "book")

ExecutionStatus: TypeAlias = Literal[
    "accepted", "partially_filled", "filled", "cancelled", "rejected"
]
OrderType: TypeAlias = Literal["limit", "market"]
# Bounded, for it is sent back and a JSON integer has no bound of its own.
RequestId: TypeAlias = Annotated[int, Meta(ge=0, le=2**53)] | Annotated[str, Meta(max_length=64)]
Name: TypeAlias = Annotated[str, Meta(max_length=64)]
Names: TypeAlias = Annotated[list[Name], Meta(min_length=1, max_length=1_000)]


# From the exchange


class Trade(Struct, frozen=True, gc=False, tag="trade"):
    """An execution between a resting order and a taker, whose side is `side`."""

    ts: int
    symbol: str
    id: int
    price: float
    size: float
    side: Side


class Quote(Struct, frozen=True, gc=False, tag="quote"):
    """Best bid and ask at update id `sequence`."""

    ts: int
    symbol: str
    sequence: int
    bid: float
    bid_size: float
    ask: float
    ask_size: float


class BookSnapshot(Struct, frozen=True, tag="book_snapshot"):
    """The whole book at update id `sequence`, best levels first."""

    ts: int
    symbol: str
    sequence: int
    bids: list[Level]
    asks: list[Level]


class BookDelta(Struct, frozen=True, tag="book_delta"):
    """Changed levels, absolute sizes; update ids `first` to `last`."""

    ts: int
    symbol: str
    first: int
    last: int
    bids: list[Level]
    asks: list[Level]


class Execution(Struct, frozen=True, gc=False, tag="execution", omit_defaults=True):
    """One step in the life of a client's order."""

    ts: int
    symbol: str
    status: ExecutionStatus
    side: Side
    order_type: OrderType
    size: float
    left: float
    order_id: str = ""
    client_id: str = ""
    price: float | None = None
    fill_price: float | None = None
    fill_size: float | None = None
    trade_id: int | None = None
    reason: str = ""


class Heartbeat(Struct, frozen=True, gc=False, tag="heartbeat"):
    """The exchange is alive, whatever the market does."""

    ts: int


class Pong(Struct, frozen=True, gc=False, tag="pong", omit_defaults=True):
    """The answer to a ping."""

    ts: int
    id: int | str | None = None


class Subscribed(Struct, frozen=True, tag="subscribed", omit_defaults=True):
    """What of a subscribe request was carried out."""

    ts: int
    channels: list[str]
    symbols: list[str]
    id: int | str | None = None


class Unsubscribed(Struct, frozen=True, tag="unsubscribed", omit_defaults=True):
    """What of an unsubscribe request was carried out."""

    ts: int
    channels: list[str]
    symbols: list[str]
    id: int | str | None = None


class Error(Struct, frozen=True, gc=False, tag="error", omit_defaults=True):
    """A request that was not carried out."""

    ts: int
    code: str
    message: str
    symbol: str = ""
    id: int | str | None = None


MarketData: TypeAlias = Trade | Quote | BookDelta
Message: TypeAlias = (
    MarketData | BookSnapshot | Execution | Heartbeat | Pong | Subscribed | Unsubscribed | Error
)

CHANNEL: dict[type, str] = {Trade: "trades", Quote: "quotes", BookDelta: "book"}


# From a client


class Subscribe(Struct, frozen=True, tag_field="op", tag="subscribe"):
    """Ask for each of `channels` of each of `symbols`."""

    channels: Names
    symbols: Names
    id: RequestId | None = None


class Unsubscribe(Struct, frozen=True, tag_field="op", tag="unsubscribe"):
    """End each of `channels` of each of `symbols`."""

    channels: Names
    symbols: Names
    id: RequestId | None = None


class NewOrder(Struct, frozen=True, tag_field="op", tag="order"):
    """Send an order; `price` is for limit orders, `ioc` drops what does not fill at once."""

    symbol: Name
    side: Side
    size: float
    type: OrderType = "limit"
    price: float | None = None
    ioc: bool = False
    client_id: Name = ""


class CancelOrder(Struct, frozen=True, tag_field="op", tag="cancel"):
    """Take one's own resting order off the book."""

    order_id: Name
    id: RequestId | None = None


class Ping(Struct, frozen=True, tag_field="op", tag="ping"):
    """Ask whether anyone is there."""

    id: RequestId | None = None


Request: TypeAlias = Subscribe | Unsubscribe | NewOrder | CancelOrder | Ping

encode = msgspec.json.Encoder().encode
decode_request = msgspec.json.Decoder(Request).decode
"""A client's frame as a Request. Raises msgspec.DecodeError or RecursionError."""
