"""What Coinbase Advanced Trade's messages look like, with bounds; read by coinbase.py.

One decoder reads every frame, by the union of the frames tagged with their `channel`.
Two pages of REST are here too, since they hold the same trades and candles.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta, Struct

from livefin.venues.wire import Id, Name, Price, SignedPrice, Size, Symbol

Number: TypeAlias = Size | Literal[""]
"""A product that has not traded, or has no orders on a side, may send an empty text."""
Start: TypeAlias = Annotated[int, Meta(ge=0, le=9_000_000_000)]


class Frame(Struct, tag_field="channel"):
    """What all frames have."""

    sequence_num: Id
    timestamp: str


class Level(Struct, gc=False):
    """One level of a book; `new_quantity` 0 removes it."""

    side: Literal["bid", "offer"]
    price_level: Price
    new_quantity: Size
    event_time: str = ""


class Book(Struct):
    """The whole book of one product, or levels of it that changed."""

    type: Literal["snapshot", "update"]
    product_id: Symbol
    updates: list[Level]


class BookFrame(Frame, tag="l2_data"):
    """Of channel level2, which is called otherwise here."""

    events: list[Book]


class Trade(Struct, gc=False):
    """One trade; `side` is that of the order that rested."""

    product_id: Symbol
    trade_id: Id | Name
    price: Price
    size: Size
    side: str
    time: str


class Trades(Struct):
    """Trades of one event, or of one page of the history."""

    trades: list[Trade]


class TradesFrame(Frame, tag="market_trades"):
    """A snapshot of the last trades, or new ones."""

    events: list[Trades]


class Ticker(Struct, gc=False):
    """The last price, the last day, and the best of the book."""

    product_id: Symbol
    price: Number
    volume_24_h: Number = ""
    low_24_h: Number = ""
    high_24_h: Number = ""
    price_percent_chg_24_h: SignedPrice | Literal[""] = ""
    best_bid: Number = ""
    best_bid_quantity: Number = ""
    best_ask: Number = ""
    best_ask_quantity: Number = ""


class Tickers(Struct):
    """Tickers of one event."""

    tickers: list[Ticker]


class TickerFrame(Frame, tag="ticker"):
    """Sent as the last price or the best of the book changes."""

    events: list[Tickers]


class TickerBatchFrame(TickerFrame, tag="ticker_batch"):
    """The same every five seconds, without the best of the book."""


class Candle(Struct, gc=False):
    """A bar; the history does not repeat the product in it."""

    start: Start
    open: Price
    high: Price
    low: Price
    close: Price
    volume: Size
    product_id: Symbol | Literal[""] = ""


class Candles(Struct):
    """Bars of one event, or of one page of the history."""

    candles: list[Candle]


class CandlesFrame(Frame, tag="candles"):
    """A snapshot of the last bars, or the newest."""

    events: list[Candles]


class HeartbeatsFrame(Frame, tag="heartbeats"):
    """Sent every second, whatever else is."""


class SubscriptionsFrame(Frame, tag="subscriptions"):
    """Acknowledges a message of ours with all that is subscribed."""


class StatusFrame(Frame, tag="status"):
    """Products and currencies, as they are listed."""


class Error(Struct):
    """Not numbered, and of no channel."""

    type: Literal["error"]
    message: str = ""
    reason: str = ""


AnyFrame: TypeAlias = (
    BookFrame | TradesFrame | TickerFrame | TickerBatchFrame | CandlesFrame
    | HeartbeatsFrame | SubscriptionsFrame | StatusFrame
)  # fmt: skip
frame = msgspec.json.Decoder(AnyFrame, strict=False).decode
error = msgspec.json.Decoder(Error).decode
trades_page = msgspec.json.Decoder(Trades, strict=False)
candles_page = msgspec.json.Decoder(Candles, strict=False)
