"""What comes on Kraken's WebSocket API v2: its frames, typed, and the readers of each channel.

Protocol: https://docs.kraken.com/api/docs/websocket-v2/book (ticker, trade, ohlc, level3 beside)
Every frame is `{"channel":"<name>","type":"snapshot"|"update","data":[{…}]}`. Prices and
sizes are bare JSON numbers written to the pair's full precision ("0.10000000"), and the
checksum of a book is made of those digits, so that they are kept as text and never made of
a float again. No state. Serves kraken.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Annotated, Any, Literal, TypeAlias

import msgspec
from msgspec import Meta, Raw, Struct

from livefin.errors import MessageError
from livefin.events import (
    Bar,
    BookDelta,
    BookSnapshot,
    Level,
    Order,
    OrderDelta,
    OrderEvent,
    OrderSnapshot,
    Quote,
    Side,
    Status,
    Text,
    Ticker,
    Trade,
)
from livefin.venues.contract import Parsed
from livefin.venues.kraken.rest import SPELLED
from livefin.venues.wire import Id, Name, Price, SignedPrice, Size, Symbol, iso_ns

MAX_NUMBER = 1e300
Minutes: TypeAlias = Annotated[int, Meta(ge=1, le=10_000_000)]
ACTIONS: dict[str, Literal["add", "change", "delete"]] = {
    "add": "add",
    "modify": "change",
    "delete": "delete",
}


class _Trade(Struct, gc=False):
    symbol: Symbol
    price: Price
    qty: Size
    timestamp: str
    side: Side | None = None
    trade_id: Id | None = None


class _Ticker(Struct, gc=False):
    symbol: Symbol
    bid: Size
    bid_qty: Size
    ask: Size
    ask_qty: Size
    last: Size
    volume: Size
    low: Size
    high: Size
    change: SignedPrice = 0.0
    timestamp: str = ""


class _Level(Struct, gc=False):
    price: Raw
    qty: Raw


class _Book(Struct):
    symbol: Symbol
    bids: list[_Level] = []
    asks: list[_Level] = []
    checksum: Id | None = None
    timestamp: str = ""


class _Ohlc(Struct, gc=False):
    symbol: Symbol
    interval: Minutes
    interval_begin: str
    open: Price
    high: Price
    low: Price
    close: Price
    volume: Size
    trades: Id = 0


class _Order(Struct, gc=False):
    order_id: Name
    limit_price: Raw
    order_qty: Raw = Raw(b"")
    event: str = "add"
    timestamp: str = ""


class _Orders(Struct):
    symbol: Symbol
    bids: list[_Order] = []
    asks: list[_Order] = []
    checksum: Id | None = None
    timestamp: str = ""


class _System(Struct):
    system: str = ""


class _Frame(Struct, tag_field="channel", kw_only=True):
    """What came on a channel; subclassed once a channel."""

    type: str = ""


class _TradeFrame(_Frame, tag="trade"):
    data: list[_Trade]


class _TickerFrame(_Frame, tag="ticker"):
    data: list[_Ticker]


class _BookFrame(_Frame, tag="book"):
    data: list[_Book]


class _OhlcFrame(_Frame, tag="ohlc"):
    data: list[_Ohlc]


class _OrdersFrame(_Frame, tag="level3"):
    data: list[_Orders]


class _StatusFrame(_Frame, tag="status"):
    data: list[_System]


class _HeartbeatFrame(_Frame, tag="heartbeat"):
    pass


class _InstrumentFrame(_Frame, tag="instrument"):
    pass


_frame = msgspec.json.Decoder(
    _BookFrame
    | _OrdersFrame
    | _TradeFrame
    | _TickerFrame
    | _OhlcFrame
    | _StatusFrame
    | _HeartbeatFrame
    | _InstrumentFrame,
    strict=False,
).decode


def trades(frame: _TradeFrame, ts_recv: int) -> list[Parsed]:
    """`{"channel":"trade","type":"update","data":[{"symbol":"MATIC/USD","side":"buy",
    "price":0.5147,"qty":6423.46326,"ord_type":"limit","trade_id":4665846,
    "timestamp":"2023-09-25T07:48:36.925533Z"}]}`

    `side` is the taker's; the ids of a pair rise by one.
    """  # noqa: D205, D415 - the raw message comes first
    return [
        Trade(spelled(m.symbol), _ns(m.timestamp), ts_recv, m.price, m.qty, m.side, m.trade_id)
        for m in frame.data
    ]


def tickers(frame: _TickerFrame, ts_recv: int) -> list[Parsed]:
    """`{"channel":"ticker","type":"update","data":[{"symbol":"ALGO/USD","bid":0.10025,
    "bid_qty":740.0,"ask":0.10036,"ask_qty":1361.44813783,"last":0.10035,"volume":997038.98383185,
    "vwap":0.10148,"low":0.09979,"high":0.10285,"change":-0.00017,"change_pct":-0.17,
    "timestamp":"2023-10-04T16:25:11.440295Z"}]}`

    Sent when the best quote changes, as we subscribe it. The opening price is not said; the
    change since then is.
    """  # noqa: D205, D415 - the raw message comes first
    out: list[Parsed] = []
    for m in frame.data:
        symbol, ts_event = spelled(m.symbol), _ns(m.timestamp) if m.timestamp else ts_recv
        out.append(Quote(symbol, ts_event, ts_recv, m.bid, m.bid_qty, m.ask, m.ask_qty))
        opened = round(m.last - m.change, 12)
        out.append(Ticker(symbol, ts_event, ts_recv, m.last, opened, m.high, m.low, m.volume))
    return out


def books(frame: _BookFrame, ts_recv: int) -> list[Parsed]:
    """`{"channel":"book","type":"update","data":[{"symbol":"MATIC/USD","bids":[{"price":0.5657,
    "qty":1098.39475580}],"asks":[],"checksum":2114181697,
    "timestamp":"2023-10-06T17:35:55.440295Z"}]}`

    Sizes are absolute, 0 removes the level; levels come in any order, one of them perhaps
    twice. What falls beyond the depth subscribed is not said to go.
    """  # noqa: D205, D415 - the raw message comes first
    out: list[Parsed] = []
    make = BookSnapshot if frame.type == "snapshot" else BookDelta
    for m in frame.data:
        bids, bid_text = _levels(m.bids)
        asks, ask_text = _levels(m.asks)
        out.append(
            make(
                spelled(m.symbol),
                _ns(m.timestamp) if m.timestamp else ts_recv,
                ts_recv,
                bids,
                asks,
                checksum=m.checksum,
                text=(bid_text, ask_text),
            )
        )
    return out


def bars(frame: _OhlcFrame, ts_recv: int) -> list[Parsed]:
    """`{"channel":"ohlc","type":"update","timestamp":"2023-10-04T16:26:30.524394914Z","data":[{
    "symbol":"MATIC/USD","open":0.5624,"high":0.5628,"low":0.5622,"close":0.5627,"trades":12,
    "volume":30927.68066226,"vwap":0.5626,"interval_begin":"2023-10-04T16:25:00.000000000Z",
    "interval":5,"timestamp":"2023-10-04T16:30:00.000000Z"}]}`

    Sent at a trade, so that a bar is closed only by the first trade of a later one.
    """  # noqa: D205, D415 - the raw message comes first
    return [
        Bar(
            spelled(m.symbol), _ns(m.interval_begin), ts_recv,
            SPELLED.get(m.interval, f"{m.interval}m"),
            m.open, m.high, m.low, m.close, m.volume, m.trades, False,
        )
        for m in frame.data
    ]  # fmt: skip


def orders(frame: _OrdersFrame, ts_recv: int) -> list[Parsed]:
    """`{"channel":"level3","type":"update","data":[{"checksum":2143854316,"symbol":"MATIC/USD",
    "bids":[],"asks":[{"event":"delete","order_id":"OORNNE-NSBXJ-HVQGLM","limit_price":0.5635,
    "order_qty":0.00000000,"timestamp":"2023-10-06T18:20:56.440295427Z"}]}]}`

    `event` is "add", "modify" or "delete"; in a snapshot there is none. A fill is a modify
    or a delete like any other. The checksum is of all orders on the ten best levels.
    """  # noqa: D205, D415 - the raw message comes first
    out: list[Parsed] = []
    for m in frame.data:
        symbol, ts_event = spelled(m.symbol), _ns(m.timestamp) if m.timestamp else ts_recv
        if frame.type == "snapshot":
            bids, bid_text = _resting(m.bids)
            asks, ask_text = _resting(m.asks)
            text = (bid_text, ask_text)
            out.append(OrderSnapshot(symbol, ts_event, ts_recv, bids, asks, None, m.checksum, text))
            continue
        steps: list[OrderEvent] = []
        written: list[Text] = []
        sides: tuple[tuple[Side, list[_Order]], ...] = (("buy", m.bids), ("sell", m.asks))
        for side, changed in sides:
            for order in changed:
                action = ACTIONS.get(order.event)
                if action is None:
                    raise MessageError(f"kraken: unknown event of an order: {order.event:.40}")
                price, size, as_written = _number(order.limit_price, order.order_qty)
                when = _ns(order.timestamp) if order.timestamp else ts_event
                id_ = order.order_id
                steps.append(OrderEvent(symbol, when, ts_recv, action, id_, side, price, size))
                written.append(as_written)
        out.append(OrderDelta(symbol, ts_event, ts_recv, steps, checksum=m.checksum, text=written))
    return out


def system(frame: _StatusFrame, ts_recv: int) -> list[Parsed]:
    """`{"channel":"status","type":"update","data":[{"version":"2.0.10","system":"online",
    "api_version":"v2","connection_id":15113583034416118705}]}`

    The first frame of a socket. Else "maintenance", "cancel_only", "post_only".
    """  # noqa: D205, D415 - the raw message comes first
    return [
        Status("error", ts_recv, detail=f"kraken: the exchange is in {it.system:.40}")
        for it in frame.data
        if it.system not in ("online", "")
    ]


def _nothing(frame: _HeartbeatFrame | _InstrumentFrame, ts_recv: int) -> list[Parsed]:  # noqa: ARG001 - a reader like the others
    return []


def _levels(levels: list[_Level]) -> tuple[list[Level], list[Text]]:
    numbers, texts = [], []
    for level in levels:
        price, size, text = _number(level.price, level.qty)
        numbers.append((price, size))
        texts.append(text)
    return numbers, texts


def _resting(orders: list[_Order]) -> tuple[list[Order], list[Text]]:
    resting, texts = [], []
    for order in orders:
        price, size, text = _number(order.limit_price, order.order_qty)
        when = _ns(order.timestamp) if order.timestamp else 0
        resting.append((order.order_id, price, size, when))
        texts.append(text)
    return resting, texts


def _number(price: Raw, size: Raw) -> tuple[float, float, Text]:
    """A price and a size with their digits as written; an absent size is 0."""
    # Numbers on the wire; its documentation writes them as strings in places.
    text = (str(price, "ascii").strip('"'), str(size, "ascii").strip('"') or "0")
    level = float(text[0]), float(text[1])
    if not (0 < level[0] <= MAX_NUMBER and 0 <= level[1] <= MAX_NUMBER):
        raise MessageError(f"kraken: no price and size: {text[0][:40]!r}, {text[1][:40]!r}")
    return *level, text


def spelled(pair: str) -> str:
    """'BTC/USD' -> 'BTC-USD'."""
    return pair.replace("/", "-")


@lru_cache(maxsize=4_096)
def _second(text: str) -> int:
    return iso_ns(text)


def _ns(text: str) -> int:
    """As iso_ns; the second is looked up, since hundreds of frames come in each."""
    fraction = text[20:-1]
    if text[19:20] == "." and text[-1] == "Z" and len(fraction) <= 9 and fraction.isdecimal():  # noqa: PLR2004 - nanoseconds
        return _second(text[:19]) + int(fraction.ljust(9, "0"))
    return iso_ns(text)


READERS: dict[type, Callable[[Any, int], list[Parsed]]] = {
    _BookFrame: books,
    _TradeFrame: trades,
    _TickerFrame: tickers,
    _OrdersFrame: orders,
    _OhlcFrame: bars,
    _StatusFrame: system,
    _HeartbeatFrame: _nothing,
    _InstrumentFrame: _nothing,
}


def read(raw: bytes, ts_recv: int) -> list[Parsed]:
    """What a frame of a channel says. Raises MessageError or one of wire.UNREADABLE."""
    frame = _frame(raw)
    return READERS[type(frame)](frame, ts_recv)
