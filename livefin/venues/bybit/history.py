"""Bybit's past: its most recent trades, and bars of any time, over REST.

Recent trades: https://bybit-exchange.github.io/docs/v5/market/recent-trade
Bars: https://bybit-exchange.github.io/docs/v5/market/kline
Trades are had without a time: the newest 1,000 (60 on spot), whatever span is asked for. Both
come newest first. No I/O, no clock. Serves bybit.py.
"""
# ruff: noqa: N815 - the fields are the wire's own names

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, Literal, TypeVar
from urllib.parse import urlencode

import msgspec
from msgspec import Struct, field

from livefin.errors import MessageError
from livefin.events import Bar, Trade
from livefin.venues.bybit.frames import SIDE
from livefin.venues.bybit.symbols import wire
from livefin.venues.contract import Span, Subscription
from livefin.venues.wire import MS, Id, Ms, Name, Price, Size, decode

T = TypeVar("T")

MOST_TRADES = {"spot": 60}
MOST = 1_000
INTERVALS = {
    "1m": "1", "3m": "3", "5m": "5", "15m": "15", "30m": "30", "1h": "60", "2h": "120",
    "4h": "240", "6h": "360", "12h": "720", "1d": "D", "1w": "W", "1M": "M",
}  # fmt: skip
"""livefin's spelling -> Bybit's."""
_SPELLED = {theirs: ours for ours, theirs in INTERVALS.items()}
_MINUTES = {"D": 1_440, "W": 10_080, "M": 44_640}


class _Trade(Struct, gc=False):
    execId: Id | Name
    price: Price
    size: Size
    side: Literal["Buy", "Sell"]
    time: Ms


class _Bar(Struct, array_like=True, gc=False):
    start: Ms
    open: Size
    high: Size
    low: Size
    close: Size
    volume: Size


class _List(Struct, Generic[T]):
    rows: list[T] = field(default_factory=list, name="list")


class _Page(Struct, Generic[T]):
    retCode: int
    retMsg: str = ""
    result: _List[T] | None = None


_trades = msgspec.json.Decoder(_Page[_Trade], strict=False)
_bars = msgspec.json.Decoder(_Page[_Bar], strict=False)


def spelled(interval: str) -> str:
    """Bybit's name of an interval in livefin's spelling: "60" -> "1h". Raises MessageError."""
    if interval not in _SPELLED:
        raise MessageError(f"bybit: unknown interval {interval[:20]!r}")
    return _SPELLED[interval]


def _length(interval: str) -> int:
    """The longest that a bar can be, in ms."""
    theirs = INTERVALS[interval]
    return (_MINUTES.get(theirs) or int(theirs)) * 60_000


def url(rest_url: str, lane: str, sub: Subscription, span: Span) -> str | None:
    """Where the newest part of `span` is."""
    base, _, interval = sub.channel.partition(":")
    asked: dict[str, str | int] = {"category": lane, "symbol": wire(sub.symbol)}
    if base == "trades":
        asked["limit"] = MOST_TRADES.get(lane, MOST)
        return f"{rest_url}/v5/market/recent-trade?{urlencode(asked)}"
    if base != "bars" or interval not in INTERVALS or lane == "option":
        return None
    end = span.end // MS
    start = max(span.start // MS, end - (MOST - 1) * _length(interval))
    asked |= {"interval": INTERVALS[interval], "start": start, "end": end, "limit": MOST}
    return f"{rest_url}/v5/market/kline?{urlencode(asked)}"


def parse(sub: Subscription, body: bytes, ts_recv: int) -> Sequence[Trade] | Sequence[Bar]:
    """The events of a page, oldest first.

    `{"retCode":0,"retMsg":"OK","result":{"category":"spot","list":[{"execId":
    "2100000000007764263","symbol":"BTCUSDT","price":"16618.49","size":"0.00012","side":"Buy",
    "time":"1672052955758","isBlockTrade":false}]}}`; a bar is `["1670608800000","17071",
    "17073","17027","17055.5","268611","15.74462667"]`: start, open, high, low, close, volume.
    """
    base, _, interval = sub.channel.partition(":")
    symbol = sub.symbol
    if base == "trades":
        return [
            Trade(symbol, t.time * MS, ts_recv, t.price, t.size, SIDE[t.side], t.execId)
            for t in reversed(_listed(decode(_trades, body, venue="bybit")))
        ]
    length, bars = _length(interval), _listed(decode(_bars, body, venue="bybit"))
    newest = max((b.start for b in bars), default=0)
    return [
        Bar(
            symbol, b.start * MS, ts_recv, interval, b.open, b.high, b.low, b.close, b.volume, 0,
            b.start < newest or (b.start + length) * MS <= ts_recv,
        )
        for b in reversed(bars)
    ]  # fmt: skip


def _listed(page: _Page[T]) -> list[T]:
    if page.retCode or page.result is None:
        raise MessageError(f"bybit: {page.retMsg[:200]} (code {page.retCode})")
    return page.result.rows
