"""Bitget's past over REST: trades of the last 90 days, and bars.

Trades: https://www.bitget.com/api-doc/spot/market/Get-Market-Trades (newest first, at most
7 days and 1,000 a page, their times in whole seconds). Bars:
https://www.bitget.com/api-doc/spot/market/Get-Candle-Data (oldest first, at most 1,000 a page;
minutes reach back a month). Futures have the same under /mix/. No I/O, no clock. Serves
bitget.py.
"""
# ruff: noqa: N815 - the fields are the wire's own names

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Generic, Literal, TypeVar
from urllib.parse import urlencode

import msgspec
from msgspec import Struct

from livefin.errors import MessageError
from livefin.events import Bar, Side, Trade
from livefin.venues.bitget.frames import Candle
from livefin.venues.bitget.symbols import key
from livefin.venues.contract import Span, Subscription
from livefin.venues.wire import MS, Id, Ms, Name, Price, Size, decode

T = TypeVar("T")

MOST = 1_000
DAY = 86_400_000
"""In ms."""
# Without "utc" the long ones begin at midnight in Hong Kong.
INTERVALS = {
    "1m": "1m", "5m": "5m", "15m": "15m", "30m": "30m", "1h": "1H", "4h": "4H", "6h": "6Hutc",
    "12h": "12Hutc", "1d": "1Dutc", "3d": "3Dutc", "1w": "1Wutc", "1M": "1Mutc",
}  # fmt: skip
"""livefin's spelling -> the socket's and the futures'."""
_SPELLED = {theirs.removesuffix("utc"): ours for ours, theirs in INTERVALS.items()} | {"3m": "3m"}
_SPOT = {"1m": "1min", "5m": "5min", "15m": "15min", "30m": "30min", "1h": "1h", "4h": "4h"}
_LENGTHS = {"m": 60_000, "h": 3_600_000, "d": DAY, "w": 7 * DAY, "M": 31 * DAY}


class _Trade(Struct, gc=False):
    tradeId: Id | Name
    price: Price
    size: Size
    side: Literal["buy", "sell", "Buy", "Sell"]
    ts: Ms


class _Page(Struct, Generic[T]):
    code: str
    msg: str = ""
    data: list[T] | None = None


_trades = msgspec.json.Decoder(_Page[_Trade], strict=False)
_candles = msgspec.json.Decoder(_Page[Candle], strict=False)


def interval_of(channel: str) -> str:
    """The interval of a channel: "candle1Dutc" -> "1d". Raises MessageError."""
    interval = channel.removeprefix("candle").removesuffix("utc")
    if interval not in _SPELLED:
        raise MessageError(f"bitget: unknown channel {channel[:40]!r}")
    return _SPELLED[interval]


def length(interval: str) -> int:
    """The longest that a bar can be, in ms.

    >>> length("15m"), length("1M") == 31 * DAY
    (900000, True)
    """
    return int(interval[:-1]) * _LENGTHS[interval[-1]]


def bars(
    symbol: str, interval: str, candles: Sequence[Candle], ts_recv: int, now: int
) -> Iterator[Bar]:
    """Of candles, oldest first. Those followed by another, or over by `now` (ns), are closed."""
    over, newest = now // MS - length(interval), max((c.start for c in candles), default=0)
    for c in candles:
        closed = c.start < newest or c.start <= over
        yield Bar(
            symbol, c.start * MS, ts_recv, interval,
            c.open, c.high, c.low, c.close, c.volume, 0, closed,
        )  # fmt: skip


def url(rest_url: str, sub: Subscription, span: Span) -> str | None:
    """Where the newest part of `span` is."""
    market, name = key(sub.symbol) or ("", sub.symbol)
    base, _, interval = sub.channel.partition(":")
    start, end = span.start // MS, span.end // MS
    asked: dict[str, str | int] = {"symbol": name}
    if market != "SPOT":
        asked["productType"] = market
    path = f"{rest_url}/api/v2/{'spot' if market == 'SPOT' else 'mix'}/market"
    if base == "trades":
        end += 1_000  # times are cut to whole seconds: ask for all of the last one
        start = max(start, end - 7 * DAY)
        asked |= {"startTime": start, "endTime": end, "limit": MOST}
        return f"{path}/fills-history?{urlencode(asked)}"
    if base != "bars" or interval not in INTERVALS:
        return None
    each = length(interval)
    start = max(start, end - min((MOST - 1) * each, 90 * DAY))
    if interval != "1M":  # whole bars are asked for; a month has no one length
        start, end = start // each * each, (end // each + 1) * each
    theirs = INTERVALS[interval]
    asked["granularity"] = _SPOT.get(interval, theirs) if market == "SPOT" else theirs
    asked |= {"startTime": start, "endTime": end, "limit": MOST}
    return f"{path}/candles?{urlencode(asked)}"


def parse(sub: Subscription, body: bytes, ts_recv: int) -> Sequence[Trade] | Sequence[Bar]:
    """The events of a page, oldest first.

    `{"code":"00000","msg":"success","requestTime":1744275754521,"data":[{"symbol":"ETHUSDT",
    "tradeId":"1294151170843025500","side":"Buy","price":"1592.58","size":"2.1982","ts":
    "1744275603000"}]}`; a bar is `["1656604800000","37834.5","37849.5","37773.5","37773.5",
    "428.3462","16198849.1079","16198849.1079"]`: start, open, high, low, close, volume.
    """
    symbol, (base, _, interval) = sub.symbol, sub.channel.partition(":")
    if base == "trades":
        trades = _data(decode(_trades, body, venue="bitget"))
        return [
            Trade(symbol, t.ts * MS, ts_recv, t.price, t.size, _side(t.side), t.tradeId)
            for t in reversed(trades)
        ]
    candles = sorted(_data(decode(_candles, body, venue="bitget")), key=lambda c: c.start)
    return list(bars(symbol, interval, candles, ts_recv, ts_recv))


def _side(theirs: str) -> Side:
    return "buy" if theirs in ("buy", "Buy") else "sell"


def _data(page: _Page[T]) -> list[T]:
    if page.code != "00000" or page.data is None:
        raise MessageError(f"bitget: {page.msg[:200]} (code {page.code[:20]})")
    return page.data
