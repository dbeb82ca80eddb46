"""CoinAPI's history of trades and bars over REST, and bars as both REST and stream make them.

https://docs.coinapi.io/market-data/rest-api/trades/historical-data and, for bars,
https://docs.coinapi.io/market-data/rest-api/ohlcv/historical-data. Pages are the oldest
part of their span. No I/O. Serves coinapi.
"""

from __future__ import annotations

from urllib.parse import quote, urlencode

import msgspec
from msgspec import Struct

from livefin.events import Bar, Side, Trade
from livefin.venues.contract import Span, Subscription
from livefin.venues.wire import Id, Name, Price, S, Size, decode, iso_ns, iso_text

PERIODS = {
    "1s": "1SEC", "1m": "1MIN", "3m": "3MIN", "5m": "5MIN", "15m": "15MIN", "30m": "30MIN",
    "1h": "1HRS", "2h": "2HRS", "4h": "4HRS", "6h": "6HRS", "8h": "8HRS", "12h": "12HRS",
    "1d": "1DAY",
}  # fmt: skip
INTERVALS = {period: interval for interval, period in PERIODS.items()}
SECONDS = {"SEC": 1, "MIN": 60, "HRS": 3_600, "DAY": 86_400}
LENGTHS = {int(period[:-3]) * SECONDS[period[-3:]]: name for name, period in PERIODS.items()}
SIDES: dict[str, Side] = {"BUY": "buy", "SELL": "sell"}
DAY = 86_400 * S
PAGE = 1_000
"""Items a page; each hundred is paid for as one request."""


class Period(Struct, gc=False):
    """A bar, as in `ohlcv` messages and in pages of history."""

    time_period_start: str
    time_period_end: str
    price_open: Price
    price_high: Price
    price_low: Price
    price_close: Price
    volume_traded: Size
    trades_count: Id = 0


class _Trade(Struct, gc=False):
    price: Price
    size: Size
    time_exchange: str
    taker_side: str | None = None
    uuid: Name | None = None


_trades = msgspec.json.Decoder(list[_Trade], strict=False)
_bars = msgspec.json.Decoder(list[Period], strict=False)


def path(sub: Subscription, span: Span) -> str | None:
    """The path and query of a page of `sub` in `span`; None where there is no history."""
    base, _, interval = sub.channel.partition(":")
    kind = {"trades": "trades", "bars": "ohlcv"}.get(base)
    if kind is None or (base == "bars" and interval not in PERIODS):
        return None
    end = span.end + 99  # its clock ticks every hundred nanoseconds
    if base == "trades":  # a page of trades is of one day
        end = min(end, span.start // DAY * DAY + DAY - 1)
    query = {"period_id": PERIODS[interval]} if base == "bars" else {}
    query |= {"time_start": iso_text(span.start, 7), "time_end": iso_text(end, 7)}
    query |= {"limit": str(PAGE)}
    return f"/v1/{kind}/{quote(sub.symbol, safe='')}/history?{urlencode(query, safe=':')}"


def trades(sub: Subscription, body: bytes, ts_recv: int) -> list[Trade]:
    """`[{"symbol_id":"BITSTAMP_SPOT_BTC_USD","time_exchange":"2013-09-28T22:40:50.0000000Z",
    "time_coinapi":"2017-03-18T22:42:21.3763342Z","uuid":"770c7a3b-7258-4441-8182-83740f3e2457",
    "price":770,"size":0.05,"taker_side":"BUY"}]`
    """  # noqa: D205, D415 - the raw message comes first
    return [
        Trade(
            sub.symbol, iso_ns(m.time_exchange), ts_recv, m.price, m.size,
            SIDES.get(m.taker_side or ""), id_of(m.uuid),
        )
        for m in decode(_trades, body, venue=f"coinapi: trades of {sub.symbol}")
    ]  # fmt: skip


def bars(sub: Subscription, body: bytes, ts_recv: int) -> list[Bar]:
    """`[{"time_period_start":"2017-01-01T00:00:00.0000000Z",
    "time_period_end":"2017-01-02T00:00:00.0000000Z","price_open":966.34,"price_high":1005,
    "price_low":960.53,"price_close":997.75,"volume_traded":6850.59330859,"trades_count":7815}]`
    """  # noqa: D205, D415 - the raw message comes first
    interval = sub.channel.partition(":")[2]
    made = decode(_bars, body, venue=f"coinapi: bars of {sub.symbol}")
    return [bar(sub.symbol, interval, m, ts_recv) for m in made]


def bar(symbol: str, interval: str, m: Period, ts_recv: int) -> Bar:
    """`m` as a Bar. Nothing on the wire says that one is final, so that its end decides."""
    return Bar(
        symbol, iso_ns(m.time_period_start), ts_recv, interval, m.price_open, m.price_high,
        m.price_low, m.price_close, m.volume_traded, m.trades_count,
        iso_ns(m.time_period_end) <= ts_recv,
    )  # fmt: skip


def interval(period_id: str | None, m: Period) -> str:
    """How livefin spells `period_id`, or the length of `m` where that is missing."""
    known = INTERVALS.get(period_id or "")
    if known is None:
        length = (iso_ns(m.time_period_end) - iso_ns(m.time_period_start)) // S
        known = LENGTHS.get(length, f"{length}s")
    return known


def id_of(uuid: str | None) -> str | None:
    """A trade's id. The stream writes it in capitals, the history does not."""
    return uuid.lower() if uuid else None
