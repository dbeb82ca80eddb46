"""Alpaca's history of trades and bars over REST, of stocks and of crypto alike.

https://docs.alpaca.markets/reference/stocktrades and /stockbars. Pages are the oldest part
of their span; the next is asked for by a later start, so that its page token is of no use.
No I/O. Serves alpaca.
"""

from __future__ import annotations

from urllib.parse import urlencode

import msgspec
from msgspec import Struct

from livefin.events import Bar, Trade
from livefin.venues.alpaca.wire import BarFields, TradeFields, bar, trade
from livefin.venues.contract import Span, Subscription
from livefin.venues.wire import S, decode, iso_ns, iso_text

PAGE = 10_000
"""The most that a page holds."""
TIMEFRAMES = {"1m": "1Min", "1d": "1Day"}
LENGTHS = {"1m": 60 * S, "1d": 86_400 * S}
UNDONE = ("canceled", "incorrect")
"""Trades that were cancelled or corrected later: there are no such trades."""


class _Trades(Struct):
    trades: dict[str, list[TradeFields]] | None


class _Bars(Struct):
    bars: dict[str, list[BarFields]] | None


_trades = msgspec.json.Decoder(_Trades, strict=False)
_bars = msgspec.json.Decoder(_Bars, strict=False)


def path(root: str, symbol: str, channel: str, span: Span, **more: str) -> str | None:
    """The path and query of a page of `symbol` under `root`; None where there is no history.

    >>> path("/v2/stocks", "AAPL", "quotes", Span(0, 1))
    """
    base, _, interval = channel.partition(":")
    if base == "bars" and interval in TIMEFRAMES:
        more["timeframe"] = TIMEFRAMES[interval]
    elif channel != "trades":
        return None
    query = {
        "symbols": symbol,
        "start": iso_text(span.start),
        "end": iso_text(span.end),
        "limit": str(PAGE),
        "sort": "asc",
    }
    return f"{root}/{base}?{urlencode(query | more, safe=':')}"


def trades(sub: Subscription, wire: str, body: bytes, ts_recv: int) -> list[Trade]:
    """`{"trades":{"BTC/USD":[{"i":4888505089891583889,"p":67655.2,"s":0.000072,
    "t":"2026-02-23T00:00:48.646747308Z","tks":"B"}]},"next_page_token":"…"}`
    """  # noqa: D205, D415 - the raw message comes first
    page = decode(_trades, body, venue=f"alpaca: trades of {sub.symbol}").trades or {}
    found = page.get(wire, ())
    return [trade(sub.symbol, m, ts_recv) for m in found if m.u not in UNDONE]


def bars(sub: Subscription, wire: str, body: bytes, ts_recv: int) -> list[Bar]:
    """`{"bars":{"AAPL":[{"t":"2022-01-03T09:00:00Z","o":178.26,"h":178.26,"l":178.21,
    "c":178.21,"v":1118,"n":65,"vw":178.235733}]},"next_page_token":null}`
    """  # noqa: D205, D415 - the raw message comes first
    page = decode(_bars, body, venue=f"alpaca: bars of {sub.symbol}").bars or {}
    interval = sub.channel.partition(":")[2]
    before = ts_recv - LENGTHS.get(interval, 0)
    return [
        bar(sub.symbol, interval, m, ts_recv, closed=iso_ns(m.t) <= before)
        for m in page.get(wire, ())
    ]
