"""What comes from Bitstamp, typed, and the readers of each channel and REST body.

Protocol: https://www.bitstamp.net/websocket/v2/ and https://www.bitstamp.net/api/
A frame is `{"data":{…},"channel":"live_trades_btcusd","event":"trade"}` with its keys in
any order; the channel's name says what the data are, and the market. No state. Serves
bitstamp.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, TypeAlias

import msgspec
from msgspec import Meta, Struct

from livefin.events import Bar, Order, OrderEvent, Side, Trade
from livefin.venues.openbars import length_ns
from livefin.venues.wire import Id, Levels, Name, Price, S, Seconds, SignedPrice, Size, Us, decode

QUOTES = "RLUSD USDT USDC USD EUR GBP BTC ETH PAX".split()
"""To read "btcusd" as BTC-USD where nobody subscribed to it."""
PERPETUAL = "-PERP"
SIDES: Sequence[Side] = ("buy", "sell")
ACTIONS: Mapping[str, str] = {
    "order_created": "add",
    "order_changed": "change",
    "order_deleted": "delete",
}
STEPS = {
    "1m": 60, "3m": 180, "5m": 300, "15m": 900, "30m": 1_800, "1h": 3_600, "2h": 7_200,
    "4h": 14_400, "6h": 21_600, "12h": 43_200, "1d": 86_400, "3d": 259_200,
}  # fmt: skip
Which: TypeAlias = Annotated[int, Meta(ge=0, le=1)]
"""0 for a buy, 1 for a sell."""


class _Trade(Struct, gc=False):
    id: Id
    price: Price
    amount: Size
    type: Which
    microtimestamp: Us


class Book(Struct):
    """A book or a change of it; a REST snapshot is written alike."""

    microtimestamp: Us
    bids: Levels
    asks: Levels


class Orders(Struct):
    """Resting orders as [price, amount, id], best price first, then longest waiting."""

    microtimestamp: Us
    bids: list[tuple[Size, Size, Name]]
    asks: list[tuple[Size, Size, Name]]


class _Order(Struct, gc=False):
    order_type: Which
    microtimestamp: Us
    price: Size  # of an order to buy or sell at any price: 0
    amount: Size
    id_str: Name = ""
    id: Id = 0


class Funding(Struct, gc=False):
    """Funding of a perpetual, and the two prices that it follows from."""

    timestamp: Seconds
    mark_price: Price | None = None
    index_price: Price | None = None
    funding_rate: SignedPrice | None = None
    next_funding_time: Seconds | None = None


class TradeFrame(Struct):
    """`{"data":{"id":164507735,"timestamp":"1618677693","amount":0.032712,"amount_str":
    "0.03271200","price":60553.64,"price_str":"60553.64","type":0,"microtimestamp":
    "1618677693933000","buy_order_id":…,"sell_order_id":…},"channel":"live_trades_btcusd",
    "event":"trade"}`
    """  # noqa: D205, D415 - the raw message comes first

    channel: str
    data: _Trade

    def trade(self, symbol: str, ts_recv: int) -> Trade:
        """The trade in it. Ids are of all markets together."""
        m = self.data
        ts_event = m.microtimestamp * 1_000
        return Trade(symbol, ts_event, ts_recv, m.price, m.amount, SIDES[m.type], m.id)


class BookFrame(Struct):
    """`{"data":{"timestamp":"1618677691","microtimestamp":"1618677691591574","bids":[["309.68",
    "0.00000000"],["305.41","1.5"]],"asks":[]},"channel":"diff_order_book_ltcusd","event":"data"}`

    On "order_book_ltcusd" the best hundred levels, all of them each time.
    """  # noqa: D205, D415 - the raw message comes first

    channel: str
    data: Book


class OrdersFrame(Struct):
    """`{"data":{"timestamp":…,"microtimestamp":…,"bids":[["60551.07","1.10000000",
    "1351035776413697"]],"asks":[]},"channel":"detail_order_book_btcusd","event":"data"}`
    """  # noqa: D205, D415 - the raw message comes first

    channel: str
    data: Orders


class OrderFrame(Struct):
    """`{"data":{"id":2050545009631360,"id_str":"2050545009631360","order_type":1,"order_subtype":
    5,"datetime":"1789456316","microtimestamp":"1789456315879000","amount":32,"amount_str":"32",
    "amount_traded":"0","amount_at_create":"32","price":0.6881,"price_str":"0.68810",
    "is_liquidation":false},"channel":"live_orders_asterusd-perp","event":"order_deleted",
    "event_id":"00065b80-440c-8e58-0000-03f902000020","pre_event_id":
    "00065b80-440a-a228-0000-03f901000020","order_source":"orderbook"}`

    An event names the one before it. Stop orders come too, which are not on the book yet.
    """  # noqa: D205, D415 - the raw message comes first

    channel: str
    event: str
    data: _Order
    event_id: str = ""
    pre_event_id: str = ""
    order_source: str = ""

    def steps(self, symbol: str, ts_recv: int) -> list[OrderEvent]:
        """What the order on the book went through; nothing of a stop order."""
        m, action = self.data, ACTIONS.get(self.event)
        if action is None:
            raise ValueError(f"unknown event of an order: {self.event[:40]!r}")
        if self.order_source not in ("", "orderbook"):
            return []
        ts_event, side = m.microtimestamp * 1_000, SIDES[m.order_type]
        id_ = m.id_str or str(m.id)
        return [OrderEvent(symbol, ts_event, ts_recv, action, id_, side, m.price, m.amount)]  # type: ignore[arg-type] # one of the three


class FundingFrame(Struct):
    """`{"data":{"market":"btcusd-perp","mark_price":"77186.81199586","index_price":
    "77177.99454545454","funding_rate":"0.000123","timestamp":"1789457618","next_funding_time":
    "1789459200"},"channel":"funding_rate_btcusd-perp","event":"funding_rate_saved"}`
    """  # noqa: D205, D415 - the raw message comes first

    channel: str
    data: Funding


class Notice(Struct):
    """What the server says of itself and of our requests; `event` begins with "bts:"."""

    event: str = ""
    channel: str = ""
    data: Any = None


class _PastTrade(Struct, gc=False):
    date: Seconds
    tid: Id
    price: Price
    amount: Size
    type: Which
    microtimestamp: Us | None = None


class _PastBar(Struct, gc=False):
    timestamp: Seconds
    open: Price
    high: Price
    low: Price
    close: Price
    volume: Size


class _Ohlc(Struct):
    ohlc: list[_PastBar] = []


class _Bars(Struct):
    data: _Ohlc


trade = msgspec.json.Decoder(TradeFrame, strict=False).decode
book = msgspec.json.Decoder(BookFrame, strict=False).decode
detail = msgspec.json.Decoder(OrdersFrame, strict=False).decode
order = msgspec.json.Decoder(OrderFrame, strict=False).decode
funding = msgspec.json.Decoder(FundingFrame, strict=False).decode
notice = msgspec.json.Decoder(Notice).decode
rest_book = msgspec.json.Decoder(Book, strict=False)
rest_orders = msgspec.json.Decoder(Orders, strict=False)
_trades = msgspec.json.Decoder(list[_PastTrade], strict=False)
_bars = msgspec.json.Decoder(_Bars, strict=False)
_CHANNEL = re.compile(rb'"channel": ?"([a-z_]+)_[^"_]+"')
TAIL = 400
"""Bytes at a frame's end in which its channel is found where it is not at its beginning."""


def kind_of(raw: bytes) -> bytes:
    """What the channel's name begins with: b"diff_order_book"; b"" where none is found."""
    # The bulk of a frame lies before the channel or behind it.
    found = _CHANNEL.search(raw[-TAIL:]) or _CHANNEL.search(raw[:80])
    return found[1] if found else b""


def wire_of(symbol: str) -> str:
    """A symbol as the venue writes it.

    >>> wire_of("BTC-USD"), wire_of("BTC-USD-PERP")
    ('btcusd', 'btcusd-perp')
    """
    pair = symbol.removesuffix(PERPETUAL)
    return (pair.replace("-", "") + symbol[len(pair) :]).lower()


def spelled(market: str) -> str:
    """A market in livefin's spelling, split before its quote asset.

    >>> spelled("usdtusd"), spelled("btcusd-perp"), spelled("what")
    ('USDT-USD', 'BTC-USD-PERP', 'WHAT')
    """
    upper = market.upper()
    pair = upper.removesuffix(PERPETUAL)
    for quote in QUOTES:
        if pair.endswith(quote) and len(pair) > len(quote):
            return f"{pair[: -len(quote)]}-{quote}{upper[len(pair) :]}"
    return upper


def resting(orders: Sequence[tuple[float, float, str]]) -> list[Order]:
    """Orders as events have them; the venue does not say since when they rest."""
    return [(id_, price, size, 0) for price, size, id_ in orders]


def past_trades(symbol: str, body: bytes, ts_recv: int) -> list[Trade]:
    """`[{"date":"1643643584","tid":"212337562","amount":"0.00280000","type":"0",
    "price":"38416.00"}]`

    All of the last minute, hour or day, newest first. Times in whole seconds.
    """  # noqa: D205, D415 - the raw message comes first
    trades = []
    for m in decode(_trades, body, venue="bitstamp"):
        ts_event = int(m.date) * S if m.microtimestamp is None else m.microtimestamp * 1_000
        side = SIDES[m.type]
        trades.append(Trade(symbol, ts_event, ts_recv, m.price, m.amount, side, m.tid))
    return sorted(trades, key=lambda trade: (trade.ts_event, trade.id))


def past_bars(symbol: str, interval: str, body: bytes, ts_recv: int) -> list[Bar]:
    """`{"data":{"ohlc":[{"close":"25748","high":"25748","low":"25748","open":"25748",
    "timestamp":"1694044800","volume":"0.00100000"}],"pair":"BTC/USD"}}`

    How many trades made it is not said.
    """  # noqa: D205, D415 - the raw message comes first
    bars = []
    for m in decode(_bars, body, venue="bitstamp").data.ohlc:
        start = int(m.timestamp) * S
        closed = start + length_ns(interval) <= ts_recv
        prices = m.open, m.high, m.low, m.close
        bars.append(Bar(symbol, start, ts_recv, interval, *prices, m.volume, 0, closed))
    return sorted(bars, key=lambda bar: bar.ts_event)
