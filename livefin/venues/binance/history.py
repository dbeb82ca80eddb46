"""Pages of Binance's history, which spot and futures give alike: addresses and readers.

Documentation: https://developers.binance.com/docs/binance-spot-api-docs/rest-api
Trades are had by their ids, or else only the most recent; aggregate trades by their ids or
by at most an hour; bars by time. Serves binance.py and its kin.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import msgspec
from msgspec import Struct

from livefin.events import AggTrade, Bar, Side, Trade
from livefin.venues.contract import Span
from livefin.venues.wire import MS, Id, MaybeId, Ms, Price, Size

HOUR, DAY = 3_600_000, 86_400_000
TRADES = 1_000
"""Most of the recent trades, and of aggregate trades, in a page."""
LONGEST = 200 * DAY
"""From the first to the last bar of a COIN-M page."""
_UNIT = {"s": 1_000, "m": 60_000, "h": HOUR, "d": DAY, "w": 7 * DAY, "M": 28 * DAY}


class _Trade(Struct, gc=False):
    id: Id
    price: Price
    qty: Size
    time: Ms
    isBuyerMaker: bool  # noqa: N815 - the wire's own name


class _AggTrade(Struct, gc=False):
    a: Id
    p: Price
    q: Size
    f: MaybeId
    l: MaybeId  # noqa: E741 - the wire's own name
    T: Ms
    m: bool


class _Bar(Struct, array_like=True):
    opened: Ms
    open: Price
    high: Price
    low: Price
    close: Price
    volume: Size
    closes: Ms
    turnover: Any
    trades: Id


_trades = msgspec.json.Decoder(list[_Trade], strict=False).decode
_agg_trades = msgspec.json.Decoder(list[_AggTrade], strict=False).decode
_bars = msgspec.json.Decoder(list[_Bar], strict=False).decode


def trades_query(symbol: str, span: Span, *, old: bool, limit: int) -> str:
    """Path and query of a page of trades. `old`: those before the most recent may be had."""
    if span.first is None or not old:
        return "/trades?" + urlencode({"symbol": symbol, "limit": TRADES})
    wanted = limit if span.last is None else span.last - span.first + 1
    limit = max(1, min(limit, wanted))
    return "/historicalTrades?" + urlencode(
        {"symbol": symbol, "fromId": span.first, "limit": limit}
    )


def agg_trades_query(symbol: str, span: Span) -> str:
    """The same of aggregate trades."""
    query: dict[str, object] = {"symbol": symbol}
    if span.first is not None:  # both ids and times would take the venue too long
        query["fromId"] = span.first
    else:
        start = span.start // MS
        query |= {"startTime": start, "endTime": min(span.end // MS, start + HOUR - 1)}
    return "/aggTrades?" + urlencode(query | {"limit": TRADES})


def bars_query(
    symbol: str, interval: str, span: Span, *, limit: int, newest_first: bool = False
) -> str:
    """The same of bars. `newest_first`: of a span longer than a page its end is given."""
    start, end = span.start // MS, span.end // MS
    if newest_first:  # ask for one page, which is then all of what was asked for
        step = int(interval[:-1]) * _UNIT[interval[-1]]
        end = min(end, start + min((limit - 1) * step, LONGEST))
    query = {"symbol": symbol, "interval": interval, "startTime": start, "endTime": end}
    return "/klines?" + urlencode(query | {"limit": limit})


def trades(symbol: str, body: bytes, ts_recv: int) -> list[Trade]:
    """`[{"id":28457,"price":"4.00000100","qty":"12.00000000","quoteQty":"48.000012",
    "time":1499865549590,"isBuyerMaker":true,"isBestMatch":true}]`
    """  # noqa: D205, D415 - the raw message comes first
    return [
        Trade(symbol, m.time * MS, ts_recv, m.price, m.qty, _side(m.isBuyerMaker), m.id)
        for m in _trades(body)
    ]


def agg_trades(symbol: str, body: bytes, ts_recv: int) -> list[AggTrade]:
    """`[{"a":26129,"p":"0.01633102","q":"4.70443515","f":27781,"l":27781,
    "T":1498793709153,"m":true,"M":true}]`
    """  # noqa: D205, D415 - the raw message comes first
    return [
        AggTrade(symbol, m.T * MS, ts_recv, m.p, m.q, _side(m.m), m.a, m.f, m.l)
        for m in _agg_trades(body)
    ]


def bars(symbol: str, interval: str, body: bytes, ts_recv: int) -> list[Bar]:
    """`[[1499040000000,"0.01634790","0.80000000","0.01575800","0.01577100",
    "148976.11427815",1499644799999,"2434.19055334",308,"1756.8","28.4","0"]]`

    Opening time, open, high, low, close, volume, closing time, turnover, trades, and what
    is not used. The last one may still be forming.
    """  # noqa: D205, D415 - the raw message comes first
    return [
        Bar(
            symbol, m.opened * MS, ts_recv, interval, m.open, m.high, m.low, m.close, m.volume,
            m.trades, (m.closes + 1) * MS <= ts_recv,
        )
        for m in _bars(body)
    ]  # fmt: skip


PAGES: dict[str, Callable[[str, bytes, int], Any]] = {"trades": trades, "agg_trades": agg_trades}
"""Reads a page of a channel, for a symbol."""


def _side(buyer_made: bool) -> Side:
    return "sell" if buyer_made else "buy"
