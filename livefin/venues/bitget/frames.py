"""Bitget's messages, typed: what its socket pushes, in v2 and v1, and what is sent to it.

Numbers come as JSON strings; a field that has no value may be "". No I/O, no clock. Serves
bitget.py, where the raw messages are shown.
"""
# ruff: noqa: N815 - the fields are the wire's own names

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta, Struct

from livefin.events import Text
from livefin.venues.wire import Id, Ms, Name, Price, Size, Symbol

Side: TypeAlias = Literal["buy", "sell"]
Number: TypeAlias = Annotated[float, Meta(ge=0, le=1e300)] | Literal[""] | None
Signed: TypeAlias = Annotated[float, Meta(ge=-1e300, le=1e300)] | Literal[""] | None
Time: TypeAlias = Ms | Literal[""] | None


class Arg(Struct, frozen=True, gc=False):
    """What a message is of."""

    instType: str
    channel: str
    instId: Symbol


class _Trade(Struct, gc=False):
    ts: Ms
    price: Price
    size: Size
    side: Side
    tradeId: Id | Name | None = None


class _Trades(Struct):
    arg: Arg
    data: list[_Trade | tuple[Ms, Price, Size, Side]]


class Book(Struct):
    """Levels of one message, as written."""

    asks: list[Text] = []
    bids: list[Text] = []
    ts: Ms | None = None
    checksum: Annotated[int, Meta(ge=-(2**31), le=2**32)] | None = None
    seq: Id | None = None
    pseq: Id | None = None


class _Books(Struct):
    action: Literal["snapshot", "update"]
    arg: Arg
    data: list[Book]


class Candle(Struct, array_like=True, gc=False):
    """A bar; its volume in quote currency may follow."""

    start: Ms
    open: Size
    high: Size
    low: Size
    close: Size
    volume: Size


class _Candles(Struct):
    arg: Arg
    data: list[Candle]
    ts: Ms | None = None


class _TickerData(Struct):
    """v2's names, then v1's where they differ."""

    lastPr: Number = None
    bidPr: Number = None
    bidSz: Number = None
    askPr: Number = None
    askSz: Number = None
    open24h: Number = None
    high24h: Number = None
    low24h: Number = None
    baseVolume: Number = None
    markPrice: Number = None
    indexPrice: Number = None
    fundingRate: Signed = None
    nextFundingTime: Time = None
    holdingAmount: Number = None
    ts: Time = None
    last: Number = None
    bestBid: Number = None
    bestAsk: Number = None
    capitalRate: Signed = None
    nextSettleTime: Time = None
    holding: Number = None
    systemTime: Time = None


class _Ticker(Struct):
    arg: Arg
    data: list[_TickerData]
    ts: Ms | None = None


class _SomeArg(Struct, frozen=True, gc=False):
    instType: str = ""
    channel: str = ""
    instId: str = ""


class _Answer(Struct):
    action: str = ""
    event: str = ""
    op: str = ""
    arg: _SomeArg | None = None
    code: int | str | None = None
    msg: str = ""


class _Request(Struct):
    op: str = ""
    args: list[_SomeArg] = []


trades = msgspec.json.Decoder(_Trades, strict=False).decode
book = msgspec.json.Decoder(_Books, strict=False).decode
candles = msgspec.json.Decoder(_Candles, strict=False).decode
ticker = msgspec.json.Decoder(_Ticker, strict=False).decode
answer = msgspec.json.Decoder(_Answer, strict=False).decode
requests = msgspec.json.Decoder(_Request)


def first(*numbers: float | str | None) -> float | None:
    """The first that is a number.

    >>> first(None, "", 1.5, 2.0), first("")
    (1.5, None)
    """
    for number in numbers:
        if number is not None and not isinstance(number, str):
            return number
    return None
