"""What Hyperliquid sends, typed.

Protocol: https://hyperliquid.gitbook.io/hyperliquid-docs/for-developers/api/websocket
Every frame is `{"channel":"<kind>","data":…}`, so one decoder with a union tagged by
`channel` reads them all. Prices and sizes are JSON strings. Serves hyperliquid.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any, Literal, TypeAlias

import msgspec
from msgspec import Meta, Struct

from livefin.venues.wire import Id, Ms, Price, SignedPrice, Size, Symbol


class Trade(Struct, gc=False):
    """One execution."""

    coin: Symbol
    side: Literal["A", "B"]
    px: Price
    sz: Size
    time: Ms
    tid: Id


class Level(Struct, gc=False):
    """A price and what rests there; how many orders it is made of (n) is passed over."""

    px: Price
    sz: Size


class Book(Struct):
    """The best 20 levels of each side."""

    coin: Symbol
    time: Ms
    levels: tuple[list[Level], list[Level]]


class Best(Struct):
    """The best bid and ask."""

    coin: Symbol
    time: Ms
    bbo: tuple[Level | None, Level | None]


class Candle(Struct, gc=False):
    """A bar; `T`, its end, follows from `t` and `i`."""

    t: Ms
    s: Symbol
    i: Annotated[str, Meta(min_length=1, max_length=8)]
    o: Price
    c: Price
    h: Price
    l: Price  # noqa: E741 - the wire's own name
    v: Size
    n: Id


class Context(Struct, rename="camel"):
    """What is known of an asset at the moment."""

    mark_px: Size | None = None
    mid_px: Size | None = None
    oracle_px: Size | None = None
    prev_day_px: Size | None = None
    day_base_vlm: Size | None = None
    funding: SignedPrice | None = None
    open_interest: Size | None = None


class Asset(Struct):
    """A context and whose it is."""

    coin: Symbol
    ctx: Context


class AllMids(Struct):
    """The mid of every market."""

    mids: dict[Symbol, Size]


class Channel(Struct, tag_field="channel"):
    """The wrapper; subclassed once a kind of data."""


class TradesFrame(Channel, tag="trades"):
    """Trades."""

    data: list[Trade]


class BookFrame(Channel, tag="l2Book"):
    """A book."""

    data: Book


class BestFrame(Channel, tag="bbo"):
    """A best bid and ask."""

    data: Best


class CandleFrame(Channel, tag="candle"):
    """A bar."""

    data: Candle


class PerpetualFrame(Channel, tag="activeAssetCtx"):
    """A perpetual's context."""

    data: Asset


class SpotFrame(Channel, tag="activeSpotAssetCtx"):
    """A spot market's context."""

    data: Asset


class MidsFrame(Channel, tag="allMids"):
    """All mids."""

    data: AllMids


class Error(Channel, tag="error"):
    """A refusal, in words that may hold what was asked."""

    data: str


class Agreed(Channel, tag="subscriptionResponse"):
    """An acknowledgement."""


class Pong(Channel, tag="pong"):
    """The answer to a ping."""


class Asked(Struct):
    """A subscription, as the venue spells it."""

    type: str
    coin: Symbol | None = None
    interval: str | None = None


class Request(Struct):
    """What a client sends."""

    method: str
    subscription: Any = None


Frame: TypeAlias = (
    TradesFrame | BookFrame | BestFrame | CandleFrame | PerpetualFrame | SpotFrame
    | MidsFrame | Error | Agreed | Pong
)  # fmt: skip
frame: Callable[[bytes], Frame] = msgspec.json.Decoder(Frame, strict=False).decode
request: Callable[[bytes], Request] = msgspec.json.Decoder(Request).decode
asked: Callable[[str], Asked] = msgspec.json.Decoder(Asked).decode
ours = re.compile(
    rb'\{"channel":"(?:(?:trades|l2Book|bbo|candle|activeAssetCtx|activeSpotAssetCtx)","data":'
    rb'\[?\{|allMids","data":\{"mids":|subscriptionResponse","data":\{"method":)'
).match
