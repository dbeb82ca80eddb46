"""Alpaca's messages, typed: a frame is a list of them, told apart by `T`.

https://docs.alpaca.markets/docs/real-time-stock-pricing-data and, for crypto,
https://docs.alpaca.markets/docs/real-time-crypto-pricing-data. Trades and bars have the same
fields in the stream and in history. Serves alpaca and alpaca_history.
"""

from __future__ import annotations

from typing import TypeAlias

import msgspec
from msgspec import Struct

from livefin.events import Bar, Side, Trade
from livefin.venues.wire import Id, Name, Price, Size, Symbol, iso_ns

SIDES: dict[str, Side] = {"B": "buy", "S": "sell"}


class TradeFields(Struct, gc=False):
    """`i` is unique on one exchange `x` on one day; crypto has no `x`, stocks no `tks`."""

    p: Price
    s: Size
    t: str
    i: Id | None = None
    x: Name | None = None
    tks: str | None = None
    u: str | None = None


class BarFields(Struct, gc=False):
    """`t` is where it begins."""

    t: str
    o: Price
    h: Price
    l: Price  # noqa: E741 - the wire's own name
    c: Price
    v: Size
    n: Id = 0


class TradeMessage(TradeFields, gc=False, tag_field="T", tag="t", kw_only=True):
    """A trade, as it happens."""

    S: Symbol


class QuoteMessage(
    Struct,
    gc=False,
    tag_field="T",
    tag="q",
    rename={"bid": "bp", "bid_size": "bs", "ask": "ap", "ask_size": "as"},
):
    """The best bid and ask; an empty side is sent as zero."""

    S: Symbol
    t: str
    bid: Size
    bid_size: Size
    ask: Size
    ask_size: Size


class MinuteBar(BarFields, gc=False, tag_field="T", tag="b", kw_only=True):
    """Of the minute that just ended."""

    S: Symbol


class UpdatedBar(MinuteBar, gc=False, tag_field="T", tag="u"):
    """A minute again, since a trade of it came late."""


class DailyBar(MinuteBar, gc=False, tag_field="T", tag="d"):
    """Of the day so far, each minute."""


class Level(Struct, gc=False):
    """Size zero removes."""

    p: Price
    s: Size


class Orderbook(Struct, tag_field="T", tag="o"):
    """The whole book when `r`, else what changed."""

    S: Symbol
    t: str
    b: list[Level] | None = None
    a: list[Level] | None = None
    r: bool = False


class TradingStatus(Struct, gc=False, tag_field="T", tag="s"):
    """A halt, a resumption, or what is said meanwhile."""

    S: Symbol
    t: str
    sc: str = ""
    sm: str = ""
    rc: str = ""
    rm: str = ""


class Luld(Struct, gc=False, tag_field="T", tag="l"):
    """Limit up, limit down: the prices beyond which nothing is traded."""

    S: Symbol
    u: Size
    d: Size
    i: str = ""


class Correction(Struct, gc=False, tag_field="T", tag="c"):
    """A trade that was sent was another."""

    S: Symbol
    oi: Id
    op: Price
    os: Size
    ci: Id
    cp: Price
    cs: Size
    x: str | None = None


class CancelError(Struct, gc=False, tag_field="T", tag="x"):
    """A trade that was sent was none."""

    S: Symbol
    i: Id
    p: Price
    s: Size
    x: str | None = None
    a: str = "C"


class Imbalance(Struct, gc=False, tag_field="T", tag="i"):
    """A price at which orders do not match during a halt; nothing we subscribe to."""


class Success(Struct, gc=False, tag_field="T", tag="success"):
    """`msg` is "connected", then "authenticated"."""

    msg: str


class Subscribed(Struct, gc=False, tag_field="T", tag="subscription"):
    """All that is subscribed now; comes after each request."""


class Failure(Struct, gc=False, tag_field="T", tag="error"):
    """Why a request was refused, or the socket is about to be closed."""

    code: int = 0
    msg: str = ""


class Request(Struct):
    """What a client sends, without the keys in it."""

    action: str
    trades: list[str] = []
    quotes: list[str] = []
    orderbooks: list[str] = []
    bars: list[str] = []
    updatedBars: list[str] = []  # noqa: N815 - the wire's own name
    dailyBars: list[str] = []  # noqa: N815 - the wire's own name
    statuses: list[str] = []


Message: TypeAlias = (
    TradeMessage | QuoteMessage | MinuteBar | UpdatedBar | DailyBar | Orderbook | TradingStatus
    | Luld | Correction | CancelError | Imbalance | Success | Subscribed | Failure
)  # fmt: skip
frame: msgspec.json.Decoder[list[Message]] = msgspec.json.Decoder(list[Message], strict=False)
request: msgspec.json.Decoder[Request] = msgspec.json.Decoder(Request)


def trade(symbol: str, m: TradeFields, ts_recv: int) -> Trade:
    """`{"T":"t","S":"AAPL","i":628,"x":"K","p":162.92,"s":3,"c":["@","F","T","I"],"z":"C",
    "t":"2023-04-06T11:54:26.838232225Z"}` or, of crypto, `{"T":"t","S":"AVAX/USD","p":47.299,
    "s":29.205707815,"t":"2024-03-12T10:27:48.858228144Z","i":3447222699101865076,"tks":"S"}`
    """  # noqa: D205, D415 - the raw message comes first
    id_ = trade_id(m.x, m.i)
    return Trade(symbol, iso_ns(m.t), ts_recv, m.p, m.s, SIDES.get(m.tks or ""), id_)


def trade_id(exchange: str | None, number: int | None) -> int | str | None:
    """Unique among the trades of a symbol: two exchanges have the same numbers.

    >>> trade_id("K", 628), trade_id(None, 628)
    ('K-628', 628)
    """
    return number if exchange is None or number is None else f"{exchange}-{number}"


def bar(symbol: str, interval: str, m: BarFields, ts_recv: int, *, closed: bool) -> Bar:
    """`{"T":"b","S":"SPY","o":388.985,"h":389.13,"l":388.975,"c":389.12,"v":49378,"n":461,
    "vw":389.062639,"t":"2021-02-22T19:15:00Z"}`
    """  # noqa: D205, D415 - the raw message comes first
    return Bar(symbol, iso_ns(m.t), ts_recv, interval, m.o, m.h, m.l, m.c, m.v, m.n, closed)
