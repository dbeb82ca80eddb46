"""Bybit's messages, typed: what its sockets push and what is sent to them.

Numbers come as JSON strings; a field that has no value may be "". No I/O, no clock. Serves
bybit.py, where the raw messages are shown.
"""
# ruff: noqa: N815 - the fields are the wire's own names

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta, Struct

from livefin.events import Side
from livefin.venues.wire import Id, Levels, Ms, Name, Price, Size, Symbol

SIDE: dict[str, Side] = {"Buy": "buy", "Sell": "sell"}
_Side: TypeAlias = Literal["Buy", "Sell"]
Number: TypeAlias = Annotated[float, Meta(ge=0, le=1e300)] | Literal[""] | None
Signed: TypeAlias = Annotated[float, Meta(ge=-1e300, le=1e300)] | Literal[""] | None
Time: TypeAlias = Ms | Literal[""] | None


class _TradeData(Struct, gc=False):
    T: Ms
    s: Symbol
    S: _Side
    v: Size
    p: Price
    i: Id | Name | None = None


class _Trades(Struct):
    data: list[_TradeData]


class BookData(Struct):
    """Levels of one message; `u` is its update id."""

    s: Symbol
    b: Levels
    a: Levels
    u: Id


class _Book(Struct):
    topic: str
    type: Literal["snapshot", "delta"]
    ts: Ms
    data: BookData
    cts: Ms | None = None


class _BarData(Struct, gc=False):
    start: Ms
    interval: str
    open: Size
    high: Size
    low: Size
    close: Size
    volume: Size
    confirm: bool


class _Bars(Struct):
    topic: str
    data: list[_BarData]


class _LiquidationData(Struct, gc=False):
    T: Ms
    s: Symbol
    S: _Side
    v: Size
    p: Price


class _Liquidations(Struct):
    data: list[_LiquidationData]


class _TickerData(Struct):
    """What one message says; None where it says nothing, "" where there is no value."""

    symbol: Symbol
    lastPrice: Number = None
    prevPrice24h: Number = None
    highPrice24h: Number = None
    lowPrice24h: Number = None
    volume24h: Number = None
    bid1Price: Number = None
    bid1Size: Number = None
    ask1Price: Number = None
    ask1Size: Number = None
    bidPrice: Number = None
    """Options have no "1" in the names of these four."""
    bidSize: Number = None
    askPrice: Number = None
    askSize: Number = None
    markPrice: Number = None
    indexPrice: Number = None
    usdIndexPrice: Number = None
    fundingRate: Signed = None
    nextFundingTime: Time = None
    openInterest: Number = None


class _Ticker(Struct):
    type: Literal["snapshot", "delta"]
    ts: Ms
    data: _TickerData


STATISTICS = frozenset("lastPrice prevPrice24h highPrice24h lowPrice24h volume24h".split())
BEST = frozenset("bid1Price bid1Size ask1Price ask1Size".split())
FUNDING = frozenset(("fundingRate", "nextFundingTime"))
_KEPT_AS = {
    name: name.replace("bid", "bid1").replace("ask", "ask1")
    if name in ("bidPrice", "bidSize", "askPrice", "askSize")
    else name
    for name in _TickerData.__struct_fields__
    if name != "symbol"
}


class Ticked(Struct):
    """All that a symbol's ticker has said so far; None where it has no value."""

    lastPrice: float | None = None
    prevPrice24h: float | None = None
    highPrice24h: float | None = None
    lowPrice24h: float | None = None
    volume24h: float | None = None
    bid1Price: float | None = None
    bid1Size: float | None = None
    ask1Price: float | None = None
    ask1Size: float | None = None
    markPrice: float | None = None
    indexPrice: float | None = None
    usdIndexPrice: float | None = None
    fundingRate: float | None = None
    nextFundingTime: int | None = None
    openInterest: float | None = None

    def take(self, new: _TickerData) -> set[str]:
        """Note what `new` says; the names of the fields it says something of."""
        said: set[str] = set()
        for name, kept in _KEPT_AS.items():
            value = getattr(new, name)
            if value is not None:
                setattr(self, kept, None if value == "" else value)
                said.add(kept)
        return said


class _Head(Struct):
    topic: str = ""


class _Fates(Struct):
    failTopics: list[str] = []


class _Answer(Struct):
    success: bool | None = None
    ret_msg: str = ""
    op: str = ""
    req_id: str = ""
    type: str = ""
    data: _Fates | None = None


class Request(Struct):
    """What a client asks of the server."""

    op: str = ""
    args: list[str] = []
    req_id: str = ""


trades = msgspec.json.Decoder(_Trades, strict=False).decode
book = msgspec.json.Decoder(_Book, strict=False).decode
bars = msgspec.json.Decoder(_Bars, strict=False).decode
liquidations = msgspec.json.Decoder(_Liquidations, strict=False).decode
ticker = msgspec.json.Decoder(_Ticker, strict=False).decode
head = msgspec.json.Decoder(_Head).decode
answer = msgspec.json.Decoder(_Answer, strict=False).decode
requests = msgspec.json.Decoder(Request)


def answered(request: Request, lane: str) -> bytes:
    """The server's answer to a ping or to a change of subscriptions, as `lane` words it."""
    conn = "livefin"
    if request.op not in ("ping", "subscribe", "unsubscribe"):
        body = {"success": False, "ret_msg": "error:invalid op", "conn_id": conn, "op": request.op}
        return msgspec.json.encode(body)
    if lane == "option":
        if request.op == "ping":
            return b'{"args":["0"],"op":"pong"}'
        topics = {"failTopics": [], "successTopics": request.args}
        option = {"success": True, "conn_id": conn, "data": topics, "type": "COMMAND_RESP"}
        return msgspec.json.encode(option)
    word = "pong" if request.op == "ping" else request.op if lane == "spot" else ""
    plain = {
        "success": True, "ret_msg": word, "conn_id": conn, "req_id": request.req_id,
        "op": request.op,
    }  # fmt: skip
    return msgspec.json.encode(plain)
