"""What Deribit sends, typed, and the events in it.

Protocol: https://docs.deribit.com/articles/notifications. A notification names its channel
in `params.channel`, and the first word of that says what `params.data` is. Serves
deribit.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Generic, Literal, TypeAlias, TypeVar

import msgspec
from msgspec import Meta, Struct

from livefin.errors import MessageError
from livefin.events import (
    Bar,
    BookDelta,
    BookSnapshot,
    Funding,
    Level,
    Liquidation,
    OpenInterest,
    Quote,
    Rate,
    Side,
    Ticker,
    Trade,
)
from livefin.venues.contract import MAX_SYMBOL, Numbered, Parsed
from livefin.venues.openbars import OpenBars
from livefin.venues.wire import MS, Id, Ms, SignedPrice, Size, Symbol

T = TypeVar("T")

RESOLUTIONS = {
    "1m": "1", "3m": "3", "5m": "5", "10m": "10", "15m": "15", "30m": "30", "1h": "60",
    "2h": "120", "3h": "180", "6h": "360", "12h": "720", "1d": "1D",
}  # fmt: skip
INTERVALS = {resolution: interval for interval, resolution in RESOLUTIONS.items()}
VOLATILITY = "deribit_volatility_index."
NAN = float("nan")
GROUPED_DOTS = 4

Text: TypeAlias = Annotated[str, Meta(max_length=128)]
Levels: TypeAlias = list[tuple[Literal["new", "change", "delete"], SignedPrice, Size]]


class _Params(Struct, Generic[T]):
    channel: Text
    data: T


class _Notice(Struct, Generic[T]):
    params: _Params[T]


class _Trade(Struct, gc=False):
    timestamp: Ms
    instrument_name: Symbol
    trade_seq: Id
    trade_id: Text
    price: SignedPrice
    amount: Size
    direction: Side
    liquidation: Literal["M", "T", "MT", "none"] | None = None


class _Book(Struct):
    timestamp: Ms
    instrument_name: Symbol
    change_id: Id
    bids: Levels
    asks: Levels
    type: Literal["snapshot", "change"] = "change"
    prev_change_id: Id | None = None


class _Grouped(Struct):
    timestamp: Ms
    instrument_name: Symbol
    change_id: Id
    bids: list[tuple[SignedPrice, Size]]
    asks: list[tuple[SignedPrice, Size]]


class _Quote(Struct, gc=False):
    timestamp: Ms
    instrument_name: Symbol
    best_bid_price: SignedPrice | None
    best_bid_amount: Size | None
    best_ask_price: SignedPrice | None
    best_ask_amount: Size | None


class _Day(Struct, gc=False):
    high: SignedPrice | None = None
    low: SignedPrice | None = None
    price_change: SignedPrice | None = None
    volume: Size | None = None


class _Ticker(Struct):
    timestamp: Ms
    instrument_name: Symbol
    last_price: SignedPrice | None = None
    mark_price: SignedPrice | None = None
    open_interest: Size | None = None
    current_funding: SignedPrice | None = None
    stats: _Day | None = None


class _Bar(Struct, gc=False):
    tick: Ms
    open: SignedPrice
    high: SignedPrice
    low: SignedPrice
    close: SignedPrice
    volume: Size


class _Index(Struct, gc=False):
    timestamp: Ms
    price: SignedPrice | None = None
    volatility: SignedPrice | None = None


class _Beat(Struct, gc=False):
    type: str = ""


class Failure(Struct):
    """Why a request was not granted."""

    code: int
    message: str
    data: Any = None


class Plain(Struct):
    """Any message that is no notification."""

    method: str | None = None
    id: int | str | None = None
    params: _Beat | None = None
    result: Any = None
    error: Failure | None = None


class Request(Struct):
    """What a client asks."""

    method: str
    id: int | str | None = None
    params: dict[str, Any] = {}


class _TradesPage(Struct):
    trades: list[_Trade]


class _BarsPage(Struct):
    ticks: list[Ms] = []
    open: list[SignedPrice] = []
    high: list[SignedPrice] = []
    low: list[SignedPrice] = []
    close: list[SignedPrice] = []
    volume: list[Size] = []


class _Answer(Struct, Generic[T]):
    result: T


def _decoder(kind: Any) -> Any:
    return msgspec.json.Decoder(kind, strict=False).decode


_book, _grouped = _decoder(_Notice[_Book]), _decoder(_Notice[_Grouped])
_trades, _quote = _decoder(_Notice[list[_Trade]]), _decoder(_Notice[_Quote])
_ticker, _bar = _decoder(_Notice[_Ticker]), _decoder(_Notice[_Bar])
_index = _decoder(_Notice[_Index])
plain: Callable[[bytes], Plain] = _decoder(Plain)
request: Callable[[bytes], Request] = _decoder(Request)
named: Callable[[bytes], _Notice[msgspec.Raw]] = _decoder(_Notice[msgspec.Raw])
_trades_page, _bars_page = _decoder(_Answer[_TradesPage]), _decoder(_Answer[_BarsPage])

HEAD = b'{"jsonrpc":"2.0","method":"subscription","params":{"channel":"'
ours = re.compile(
    re.escape(HEAD) + rb"(?:book|trades|ticker|quote|chart\.trades|deribit_\w+)\.[\w.-]+\""
).match

Reader: TypeAlias = Callable[[bytes, str, int, OpenBars], Sequence[Parsed]]
"""Takes the message, its channel, the receive time, and what bars came before."""


def book(raw: bytes, channel: str, ts_recv: int, _: OpenBars) -> Sequence[Parsed]:
    """`{"jsonrpc":"2.0","method":"subscription","params":{"channel":"book.BTC-PERPETUAL.100ms",
    "data":{"type":"change","timestamp":1699999999500,"instrument_name":"BTC-PERPETUAL",
    "change_id":123456790,"prev_change_id":123456789,"bids":[["change",42500.0,950.0]],
    "asks":[["delete",42501.0,0.0]]}}}`

    The first is of type "snapshot". A grouped channel ("book.BTC-PERPETUAL.none.10.100ms")
    sends the whole every time, of so many levels, as pairs.
    """  # noqa: D205, D415 - the raw message comes first
    if channel.count(".") == GROUPED_DOTS:
        g = _grouped(raw).params.data
        ts, symbol = g.timestamp * MS, g.instrument_name
        return (BookSnapshot(symbol, ts, ts_recv, g.bids, g.asks, g.change_id),)
    m = _book(raw).params.data
    ts, symbol = m.timestamp * MS, m.instrument_name
    bids, asks = _levels(m.bids), _levels(m.asks)
    if m.type == "snapshot":
        return (BookSnapshot(symbol, ts, ts_recv, bids, asks, m.change_id),)
    ids = (None, m.change_id, m.prev_change_id)
    return (BookDelta(symbol, ts, ts_recv, bids, asks, *ids),)


def _levels(levels: Levels) -> list[Level]:
    return [(price, 0.0 if action == "delete" else size) for action, price, size in levels]


def trades(raw: bytes, channel: str, ts_recv: int, _: OpenBars) -> Sequence[Parsed]:  # noqa: ARG001
    """`{…"channel":"trades.BTC-PERPETUAL.100ms","data":[{"timestamp":1765531356452,
    "price":92294.5,"amount":10.0,"direction":"sell","index_price":92276.75,
    "instrument_name":"BTC-PERPETUAL","trade_seq":271252854,"mark_price":92287.11,
    "tick_direction":2,"contracts":1.0,"liquidation":"T","trade_id":"403691824"}]}}`

    `trade_seq` rises by one in every instrument. `liquidation` says which side was
    liquidated: the maker (M), the taker (T) or both.
    """  # noqa: D205, D415 - the raw message comes first
    out: list[Parsed] = []
    for t in _trades(raw).params.data:
        trade = _trade(t, ts_recv)
        out += (Numbered(t.trade_seq, t.instrument_name, "trades"), trade)
        if t.liquidation in ("T", "MT"):
            out.append(_liquidation(trade, t.direction))
        if t.liquidation in ("M", "MT"):
            out.append(_liquidation(trade, "buy" if t.direction == "sell" else "sell"))
    return out


def _trade(t: _Trade, ts_recv: int) -> Trade:
    ts = t.timestamp * MS
    return Trade(t.instrument_name, ts, ts_recv, t.price, t.amount, t.direction, t.trade_id)


def _liquidation(t: Trade, side: Side) -> Liquidation:
    return Liquidation(t.symbol, t.ts_event, t.ts_recv, t.price, t.size, side, t.id)


def quotes(raw: bytes, channel: str, ts_recv: int, _: OpenBars) -> Sequence[Parsed]:  # noqa: ARG001
    """`{…"channel":"quote.BTC-PERPETUAL","data":{"timestamp":1765541767174,
    "instrument_name":"BTC-PERPETUAL","best_ask_price":92288.5,"best_bid_price":92288.0,
    "best_ask_amount":99470.0,"best_bid_amount":133440.0}}}`

    An empty side is null or zero.
    """  # noqa: D205, D415 - the raw message comes first
    m = _quote(raw).params.data
    bid, ask = (m.best_bid_price or 0.0, m.best_bid_amount or 0.0), m.best_ask_price or 0.0
    size = m.best_ask_amount or 0.0
    return (Quote(m.instrument_name, m.timestamp * MS, ts_recv, *bid, ask, size),)


def tickers(raw: bytes, channel: str, ts_recv: int, _: OpenBars) -> Sequence[Parsed]:  # noqa: ARG001
    """`{…"channel":"ticker.BTC-PERPETUAL.100ms","data":{"timestamp":1765541474086,
    "stats":{"high":93612.0,"low":89277.5,"price_change":2.3275,"volume":11897.27},
    "index_price":92263.55,"instrument_name":"BTC-PERPETUAL","last_price":92283.5,
    "open_interest":1132329370.0,"mark_price":92281.78,"current_funding":0.0,…}}}`

    `price_change` is in percent; an instrument that was not traded has none, nor a high.
    """  # noqa: D205, D415 - the raw message comes first
    m = _ticker(raw).params.data
    symbol, ts = m.instrument_name, m.timestamp * MS
    out: list[Parsed] = []
    if m.last_price is not None:
        day = m.stats or _Day()
        change = day.price_change
        opened = NAN if change is None or change == -100 else m.last_price / (1 + change / 100)  # noqa: PLR2004
        high, low = (NAN if value is None else value for value in (day.high, day.low))
        traded = day.volume or 0.0
        out.append(Ticker(symbol, ts, ts_recv, m.last_price, opened, high, low, traded))
    if m.current_funding is not None:
        out.append(Funding(symbol, ts, ts_recv, m.current_funding))
    if m.open_interest is not None:
        out.append(OpenInterest(symbol, ts, ts_recv, m.open_interest))
    if m.mark_price is not None:
        out.append(Rate(symbol, ts, ts_recv, m.mark_price))
    return out


def charts(raw: bytes, channel: str, ts_recv: int, bars: OpenBars) -> Sequence[Parsed]:
    """`{…"channel":"chart.trades.BTC-PERPETUAL.1","data":{"tick":1767200040000,"open":87490.0,
    "high":87500.0,"low":87465.0,"close":87474.0,"volume":0.95978896,"cost":83970.0}}}`

    Comes whenever the bar changes; `volume` is in the base currency.
    """  # noqa: D205, D415 - the raw message comes first
    _, _, symbol, resolution, *_ = [*channel.split("."), "", "", ""]
    if not 0 < len(symbol) <= MAX_SYMBOL or not resolution:
        raise MessageError(f"deribit: channel {channel[:80]!r} names no instrument")
    m = _bar(raw).params.data
    interval = INTERVALS.get(resolution, f"{resolution}m")
    ohlcv = (m.open, m.high, m.low, m.close, m.volume)
    return bars.update(Bar(symbol, m.tick * MS, ts_recv, interval, *ohlcv, 0, False))


def indices(raw: bytes, channel: str, ts_recv: int, _: OpenBars) -> Sequence[Parsed]:
    """`{…"channel":"deribit_price_index.btc_usd","data":{"timestamp":1535098298227,
    "price":6521.17,"index_name":"btc_usd"}}}`; of volatility, `"volatility":129.36`.
    """  # noqa: D205 - the raw message comes first
    m = _index(raw).params.data
    symbol = channel if channel.startswith(VOLATILITY) else channel.partition(".")[2]
    rate = m.price if m.price is not None else m.volatility
    if rate is None or not 0 < len(symbol) <= MAX_SYMBOL:
        raise MessageError(f"deribit: no rate on channel {channel[:80]!r}")
    return (Rate(symbol, m.timestamp * MS, ts_recv, rate),)


READERS: dict[str, Reader] = {
    "book": book,
    "trades": trades,
    "quote": quotes,
    "ticker": tickers,
    "chart": charts,
    "deribit_price_index": indices,
    "deribit_volatility_index": indices,
}
"""By the first word of the channel."""


def past_trades(body: bytes, ts_recv: int) -> list[Trade]:
    """`{"jsonrpc":"2.0","result":{"trades":[{"trade_seq":3471,…}],"has_more":true}}`."""
    return [_trade(t, ts_recv) for t in _trades_page(body).result.trades]


def past_bars(body: bytes, symbol: str, interval: str, length: int, ts_recv: int) -> list[Bar]:
    """`{"jsonrpc":"2.0","result":{"status":"ok","ticks":[1554373800000],"open":[4963.4],…}}`.

    Columns of bars, oldest first. One `length` ns long may be over.
    """
    r = _bars_page(body).result
    columns = zip(r.ticks, r.open, r.high, r.low, r.close, r.volume, strict=True)
    return [
        Bar(symbol, t * MS, ts_recv, interval, o, hi, lo, c, v, 0, t * MS + length <= ts_recv)
        for t, o, hi, lo, c, v in columns
    ]
