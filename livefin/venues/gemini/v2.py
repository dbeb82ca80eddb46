"""Gemini's market data v2 and its REST pages, bytes to events.

Protocol: https://developer.gemini.com/websocket/archived/v2.md
Every frame says its `type`. Books have no ids and no times of their own: only silence tells
that something is wrong. Serves gemini.py, which spells the symbols.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import nan
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from livefin.errors import MessageError
from livefin.events import Bar, BookDelta, BookSnapshot, Funding, Level, Rate, Side, Trade
from livefin.venues.contract import Parsed
from livefin.venues.wire import MS, Id, Ms, Ns, Price, Size, Symbol

BARS = {
    "1m": "1m", "5m": "5m", "15m": "15m", "30m": "30m", "1h": "1hr", "6h": "6hr", "1d": "1day",
}  # fmt: skip
"""Intervals, here and in v2 -> as the REST pages spell them."""
MAX_SYMBOLS = 8_192
SIDES: dict[str | None, Side] = {"buy": "buy", "sell": "sell"}
"""What is neither was an auction's or a block's trade, which has no taker."""
QUIET = {
    "heartbeat", "subscription_ack", "auction_open", "auction_indicative", "auction_result",
    "auction_outcome", "auction_cancelled", "auction_closed",
}  # fmt: skip
"""Signs of life, and news of auctions, which hold no trade: theirs come as trades."""


class _Trade(Struct, gc=False):
    symbol: Symbol
    event_id: Id
    timestamp: Ms
    price: Price
    quantity: Size
    side: str | None = None


class _Book(Struct):
    symbol: Symbol
    changes: list[tuple[Literal["buy", "sell"], Price, Size]]
    trades: list[_Trade] | None = None


class _Candle(Struct, array_like=True, gc=False):
    time: Ms
    open: Price
    high: Price
    low: Price
    close: Price
    volume: Size


class _Candles(Struct):
    symbol: Symbol
    changes: list[_Candle]


class _Mark(Struct, gc=False):
    timestamp: Ns
    mark_price: Price


class _Marks(Struct):
    symbol: Symbol
    changes: list[_Mark]


class _Amount(Struct, gc=False):
    timestamp: Ns
    funding_amount: Annotated[float, Meta(ge=-1e18, le=1e18)]
    funding_date_time: Ns | None = None
    # Divided by, so bounded on both sides.
    mark_price: Annotated[float, Meta(ge=1e-18, le=1e18)] | None = None
    is_realized: bool = False


class _Amounts(Struct):
    symbol: Symbol
    changes: list[_Amount]


class _PastTrade(Struct, gc=False):
    timestampms: Ms
    tid: Id
    price: Price
    amount: Size
    type: str | None = None
    broken: bool = False


_trade = msgspec.json.Decoder(_Trade, strict=False).decode
_book = msgspec.json.Decoder(_Book, strict=False).decode
_candles = msgspec.json.Decoder(_Candles, strict=False).decode
_marks = msgspec.json.Decoder(_Marks, strict=False).decode
_amounts = msgspec.json.Decoder(_Amounts, strict=False).decode
_past_trades = msgspec.json.Decoder(list[_PastTrade], strict=False).decode
_past_candles = msgspec.json.Decoder(list[_Candle], strict=False).decode


class MarketData:
    """What one socket of v2 says. `spell` makes our symbol of the wire's."""

    def __init__(self, spell: Callable[[str], str]) -> None:
        self._spell = spell
        self._newest: dict[str, int] = {}
        """symbol -> id of the newest trade that came on this socket."""

    def opened(self) -> None:
        """Another socket begins."""
        self._newest.clear()

    def read(self, kind: bytes, raw: bytes, ts_recv: int) -> Iterable[Parsed]:
        """Events in a frame of type `kind`; raises MessageError for an unknown one."""
        if kind == b"l2_updates":
            return self._books(raw, ts_recv)
        if kind == b"trade":
            m = _trade(raw)
            symbol = self._spell(m.symbol)
            self._seen(symbol, m.event_id)
            return (_traded(symbol, m, ts_recv),)
        name = kind.decode()
        if name in QUIET:
            return ()
        if name == "mark_price_updates":
            return self._rates(raw, ts_recv)
        if name == "funding_amount_updates":
            return self._funding(raw, ts_recv)
        interval = name.removeprefix("candles_").removesuffix("_updates")
        if interval in BARS and name == f"candles_{interval}_updates":
            c = _candles(raw)
            return _bars(c.changes, self._spell(c.symbol), interval, ts_recv)
        raise MessageError(f"unknown type {name[:40]!r}")

    def _books(self, raw: bytes, ts_recv: int) -> list[Parsed]:
        """`{"type":"l2_updates","symbol":"BTCUSD","changes":[["buy","9122.04","0.00121425"],
        ["sell","9122.07","0.98942292"]],"trades":[{"type":"trade","symbol":"BTCUSD",
        "event_id":169841458,"timestamp":1560976400428,"price":"9122.04",
        "quantity":"0.0073173","side":"sell"},…],"auction_events":[…]}`

        Sizes are absolute, 0 removes the level. Only the first has `trades`: it is the whole
        book, with the last 50 trades, the newest first. Those are given before the book, the
        oldest first; after subscribing once more, only those that had not come.
        """  # noqa: D205, D415 - the raw message comes first
        m = _book(raw)
        symbol = self._spell(m.symbol)
        bids: list[Level] = []
        asks: list[Level] = []
        for side, price, size in m.changes:
            (bids if side == "buy" else asks).append((price, size))
        if m.trades is None:
            return [BookDelta(symbol, ts_recv, ts_recv, bids, asks)]
        newest = self._newest.get(symbol, -1)
        out: list[Parsed] = []
        for trade in reversed(m.trades):
            if trade.event_id > newest:
                newest = trade.event_id
                out.append(_traded(symbol, trade, ts_recv))
        if out:
            self._seen(symbol, newest)
        out.append(BookSnapshot(symbol, ts_recv, ts_recv, bids, asks))
        return out

    def _seen(self, symbol: str, id_: int) -> None:
        if len(self._newest) < MAX_SYMBOLS or symbol in self._newest:
            self._newest[symbol] = id_

    def _rates(self, raw: bytes, ts_recv: int) -> list[Rate]:
        """`{"changes":[{"mark_price":"77233.302","spot_index":"77188.41867",
        "timestamp":1789456071687541147}],"symbol":"BTCGUSDPERP","type":"mark_price_updates"}`
        """  # noqa: D205, D415 - the raw message comes first
        m = _marks(raw)
        symbol = self._spell(m.symbol)
        return [Rate(symbol, c.timestamp, ts_recv, c.mark_price) for c in m.changes]

    def _funding(self, raw: bytes, ts_recv: int) -> list[Funding]:
        """`{"changes":[{"funding_amount":"9.25568","funding_date_time":1789459200000000000,
        "funding_interval_in_minutes":60,"funding_rate":"0.011","is_realized":false,
        "mark_price":"77260.531","timestamp":1789456071687573598}],"symbol":"BTCGUSDPERP",
        "type":"funding_amount_updates"}`

        The amount is for one contract; the rate is what it is of the mark, and NaN where an
        older frame has none. `funding_rate` is in percent and cut short. What is realized has
        been paid.
        """  # noqa: D205, D415 - the raw message comes first
        m = _amounts(raw)
        symbol = self._spell(m.symbol)
        return [
            Funding(
                symbol, c.timestamp, ts_recv,
                nan if c.mark_price is None else c.funding_amount / c.mark_price,
                None if c.is_realized else c.funding_date_time,
            )
            for c in m.changes
        ]  # fmt: skip


def _traded(symbol: str, m: _Trade, ts_recv: int) -> Trade:
    """`{"type":"trade","symbol":"FILUSD","event_id":45465860431,"timestamp":1624493687069,
    "price":"58.5397","quantity":"11.8638","side":"buy"}`

    `side` is the taker's.
    """  # noqa: D205, D415 - the raw message comes first
    side = SIDES.get(m.side)
    return Trade(symbol, m.timestamp * MS, ts_recv, m.price, m.quantity, side, m.event_id)


def _bars(candles: list[_Candle], symbol: str, interval: str, ts_recv: int) -> list[Bar]:
    """`{"type":"candles_15m_updates","symbol":"BTCUSD","changes":[[1561054500000,9350.18,
    9358.35,9350.18,9355.51,2.07],[1561053600000,9357.33,9357.33,9350.18,9350.18,1.59]]}`

    Opening time, open, high, low, close, volume; the newest first, which is still open.
    """  # noqa: D205, D415 - the raw message comes first
    candles = sorted(candles, key=lambda candle: candle.time)
    newest = candles[-1].time if candles else 0
    return [
        Bar(symbol, c.time * MS, ts_recv, interval, c.open, c.high, c.low, c.close, c.volume, 0,
            c.time != newest)
        for c in candles
    ]  # fmt: skip


def trades_page(body: bytes, symbol: str, ts_recv: int) -> list[Trade]:
    """`[{"timestamp":1547146811,"timestampms":1547146811357,"tid":5335307668,
    "price":"3610.85","amount":"0.27413495","exchange":"gemini","type":"buy"},…]`

    The newest of the oldest 500 first.
    """  # noqa: D205, D415 - the raw message comes first
    return [
        Trade(symbol, t.timestampms * MS, ts_recv, t.price, t.amount, SIDES.get(t.type), t.tid)
        for t in reversed(_past_trades(body))
        if not t.broken
    ]


def bars_page(body: bytes, symbol: str, interval: str, ts_recv: int) -> list[Bar]:
    """`[[1714126740000,68038,68038,68038,68038,0],…]`, the newest first."""
    return _bars(_past_candles(body), symbol, interval, ts_recv)
