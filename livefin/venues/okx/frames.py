"""OKX's pushes, bytes to events: a typed reader for each channel, books in books.py.

Prices, sizes, ids and times are JSON strings on the wire, sequence ids and checksums are
numbers. Frames of 2021 to today are read: without and with sequence ids, `count`, `confirm`.
Serves okx.py, which knows when to use which.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from math import nan
from typing import Annotated, Any, Generic, TypeAlias, TypeVar

import msgspec
from msgspec import Meta, Struct

from livefin.errors import MessageError
from livefin.events import (
    AggTrade,
    Bar,
    Funding,
    Liquidation,
    OpenInterest,
    Rate,
    Side,
    Ticker,
    Trade,
)
from livefin.venues.contract import Parsed, Subscription
from livefin.venues.okx.books import Arg, book, quotes, symbol_of
from livefin.venues.wire import MS, Id, Ms, Price, SignedPrice, Size, Symbol

T = TypeVar("T")
Reader: TypeAlias = Callable[[bytes, int], Sequence[Parsed]]
Count: TypeAlias = Annotated[int, Meta(ge=1, le=2**31)]
Number: TypeAlias = Annotated[float, Meta(ge=-1e300, le=1e300)] | str
"""An empty string where there is none yet."""

BARS = {
    "1s": "1s", "1m": "1m", "3m": "3m", "5m": "5m", "15m": "15m", "30m": "30m", "1h": "1H",
    "2h": "2H", "4h": "4H", "6h": "6Hutc", "12h": "12Hutc", "1d": "1Dutc", "3d": "3Dutc",
    "1w": "1Wutc", "1M": "1Mutc",
}  # fmt: skip
"""Intervals as we spell them -> as OKX does; without "utc" its days begin in Hong Kong."""
IGNORED = {
    b"instruments", b"price-limit", b"estimated-price", b"opt-summary", b"status",
    b"call-auction-details", b"books-elp", b"books-rpi",
}  # fmt: skip
"""Public channels that hold nothing for us, as others' recordings may have them."""
MAX_NUMBER = 1e300
_INTERVAL = re.compile(rb"candle(\d{1,2})([smHDWM])(?:utc)?")


class _Frame(Struct, Generic[T]):
    arg: Arg
    data: list[T]


class _Trade(Struct, gc=False):
    instId: Symbol  # noqa: N815 - the wire's own name
    tradeId: Id  # noqa: N815
    px: Price
    sz: Size
    side: Side
    ts: Ms
    count: Count | None = None


class _Ticker(Struct, gc=False):
    instId: Symbol  # noqa: N815 - the wire's own name
    ts: Ms
    last: Number = ""
    open24h: Number = ""
    high24h: Number = ""
    low24h: Number = ""
    vol24h: Number = ""


class _Candle(Struct, array_like=True, gc=False):
    ts: Ms
    open: Price
    high: Price
    low: Price
    close: Price
    volume: Size
    volume_currency: Any = None
    volume_quote: Any = None
    confirm: int | None = None


class _Mark(Struct, gc=False):
    instId: Symbol  # noqa: N815 - the wire's own name
    ts: Ms
    markPx: Price | None = None  # noqa: N815
    idxPx: Price | None = None  # noqa: N815


class _Funding(Struct, gc=False):
    instId: Symbol  # noqa: N815 - the wire's own name
    fundingRate: SignedPrice  # noqa: N815
    fundingTime: Ms | None = None  # noqa: N815
    ts: Ms | None = None


class _OpenInterest(Struct, gc=False):
    instId: Symbol  # noqa: N815 - the wire's own name
    oi: Size
    ts: Ms


class _Closed(Struct, gc=False):
    bkPx: Size  # noqa: N815 - the wire's own name
    sz: Size
    side: Side
    ts: Ms


class _Liquidated(Struct):
    instId: Symbol  # noqa: N815 - the wire's own name
    details: list[_Closed]


class _Page(Struct, Generic[T]):
    code: str
    msg: str = ""
    data: list[T] = []


def _decoder(type_: type[T]) -> Callable[[bytes], T]:
    return msgspec.json.Decoder(type_, strict=False).decode


_trades = _decoder(_Frame[_Trade])
_tickers = _decoder(_Frame[_Ticker])
_candles = _decoder(_Frame[_Candle])
_marks = _decoder(_Frame[_Mark])
_funding = _decoder(_Frame[_Funding])
_open_interest = _decoder(_Frame[_OpenInterest])
_liquidated = _decoder(_Frame[_Liquidated])
_trades_page = _decoder(_Page[_Trade])
_candles_page = _decoder(_Page[_Candle])


def fills(raw: bytes, ts_recv: int) -> list[Trade]:
    """`{"arg":{"channel":"trades-all","instId":"BTC-USDT"},"data":[{"instId":"BTC-USDT",
    "tradeId":"130639474","px":"42219.9","sz":"0.12060306","side":"buy","source":"0",
    "ts":"1630048897897"}]}`

    `side` is the taker's.
    """  # noqa: D205, D415 - the raw message comes first
    return [_fill(t, ts_recv) for t in _trades(raw).data]


def _fill(t: _Trade, ts_recv: int) -> Trade:
    return Trade(t.instId, t.ts * MS, ts_recv, t.px, t.sz, t.side, t.tradeId)


def trades(raw: bytes, ts_recv: int) -> list[Trade | AggTrade]:
    """`{"arg":{"channel":"trades","instId":"BTC-USDT"},"data":[{"instId":"BTC-USDT",
    "tradeId":"130639474","px":"42219.9","sz":"0.12060306","side":"buy","ts":"1630048897897",
    "count":"3","source":"0","seqId":1234}]}`

    One taker order at one price: `count` trades, of which `tradeId` is the last. Older
    frames have no `count`, since each trade came by itself.
    """  # noqa: D205, D415 - the raw message comes first
    out: list[Trade | AggTrade] = []
    for t in _trades(raw).data:
        if t.count is None:
            out.append(_fill(t, ts_recv))
            continue
        last = t.tradeId
        first = max(0, last - t.count + 1)
        ts = t.ts * MS
        out.append(AggTrade(t.instId, ts, ts_recv, t.px, t.sz, t.side, last, first, last))
    return out


def tickers(raw: bytes, ts_recv: int) -> list[Ticker]:
    """`{"arg":{"channel":"tickers","instId":"BTC-USDT"},"data":[{"instType":"SPOT",
    "instId":"BTC-USDT","last":"9999.99","lastSz":"0.1","askPx":"9999.99","askSz":"11",
    "bidPx":"8888.88","bidSz":"5","open24h":"9000","high24h":"10000","low24h":"8888.88",
    "volCcy24h":"2222","vol24h":"2222","sodUtc0":"2222","sodUtc8":"2222",
    "ts":"1597026383085"}]}`

    What was never traded has empty strings; they are given as NaN.
    """  # noqa: D205, D415 - the raw message comes first
    return [
        Ticker(t.instId, t.ts * MS, ts_recv, _number(t.last), _number(t.open24h),
               _number(t.high24h), _number(t.low24h), _number(t.vol24h))
        for t in _tickers(raw).data
    ]  # fmt: skip


def _number(value: float | str) -> float:
    read = nan if value == "" else float(value)
    if value != "" and not abs(read) <= MAX_NUMBER:
        raise MessageError(f"a number that cannot be: {value!r:.40}")
    return read


def bars(interval: str) -> Reader:
    """`{"arg":{"channel":"candle1m","instId":"BTC-USDT"},"data":[["1629993600000","42500",
    "48199.9","41006.1","41006.1","3587.41204591","166741046.22583129",
    "166741046.22583129","0"]]}`

    Opening time, open, high, low, close, volume, volume in currency and in quote currency,
    and whether it is closed, which older frames do not say.
    """  # noqa: D205, D415 - the raw message comes first

    def read(raw: bytes, ts_recv: int) -> list[Bar]:
        m = _candles(raw)
        symbol = symbol_of(m.arg)
        return [_bar(symbol, interval, c, ts_recv) for c in m.data]

    return read


def _bar(symbol: str, interval: str, c: _Candle, ts_recv: int) -> Bar:
    return Bar(
        symbol, c.ts * MS, ts_recv, interval, c.open, c.high, c.low, c.close, c.volume, 0,
        c.confirm == 1,
    )  # fmt: skip


def rates(raw: bytes, ts_recv: int) -> list[Rate]:
    """`{"arg":{"channel":"mark-price","instId":"BTC-USDT"},"data":[{"instType":"MARGIN",
    "instId":"BTC-USDT","markPx":"42310.6","ts":"1630049139746"}]}`

    "index-tickers" has `"idxPx":"0.1"` and the index's range of the day.
    """  # noqa: D205, D415 - the raw message comes first
    out = []
    for m in _marks(raw).data:
        price = m.markPx if m.idxPx is None else m.idxPx
        if price is None:
            raise MessageError("a mark without a price")
        out.append(Rate(m.instId, m.ts * MS, ts_recv, price))
    return out


def funding(raw: bytes, ts_recv: int) -> list[Funding]:
    """`{"arg":{"channel":"funding-rate","instId":"BTC-USD-SWAP"},"data":[{
    "fundingRate":"0.0001875391284828","fundingTime":"1700726400000","instId":"BTC-USD-SWAP",
    "instType":"SWAP","method":"current_period","nextFundingRate":"",
    "nextFundingTime":"1700755200000","ts":"1700724675402",…}]}`
    """  # noqa: D205, D415 - the raw message comes first
    return [
        Funding(
            f.instId, ts_recv if f.ts is None else f.ts * MS, ts_recv, f.fundingRate,
            None if f.fundingTime is None else f.fundingTime * MS,
        )
        for f in _funding(raw).data
    ]  # fmt: skip


def open_interest(raw: bytes, ts_recv: int) -> list[OpenInterest]:
    """`{"arg":{"channel":"open-interest","instId":"BTC-USDT-SWAP"},"data":[{
    "instId":"BTC-USDT-SWAP","instType":"SWAP","oi":"565474","oiCcy":"5654.74",
    "ts":"1630338003010"}]}`
    """  # noqa: D205, D415 - the raw message comes first
    return [OpenInterest(o.instId, o.ts * MS, ts_recv, o.oi) for o in _open_interest(raw).data]


def liquidations(raw: bytes, ts_recv: int) -> list[Liquidation]:
    """`{"arg":{"channel":"liquidation-orders","instType":"SWAP"},"data":[{"details":[{
    "bkLoss":"0","bkPx":"0.007831","ccy":"","posSide":"short","side":"buy","sz":"13",
    "ts":"1692266434010"}],"instFamily":"IOST-USDT","instId":"IOST-USDT-SWAP",
    "instType":"SWAP","uly":"IOST-USDT"}]}`

    `bkPx` is the price at which the account was bankrupt, `sz` is in contracts.
    """  # noqa: D205, D415 - the raw message comes first
    return [
        Liquidation(m.instId, d.ts * MS, ts_recv, d.bkPx, d.sz, d.side)
        for m in _liquidated(raw).data
        for d in m.details
    ]


def ignored(raw: bytes, ts_recv: int) -> tuple[Parsed, ...]:  # noqa: ARG001 - a reader like the others
    """Nothing."""
    return ()


READERS: dict[bytes, Reader] = {
    b"trades-all": fills,
    b"trades": trades,
    b"bbo-tbt": quotes,
    b"tickers": tickers,
    b"mark-price": rates,
    b"index-tickers": rates,
    b"funding-rate": funding,
    b"open-interest": open_interest,
    b"liquidation-orders": liquidations,
    **dict.fromkeys(IGNORED, ignored),
    **dict.fromkeys((b"books", b"books5", b"books-l2-tbt", b"books50-l2-tbt"), book),
}


@cache
def _bars_of(interval: str) -> Reader:
    return bars(interval)


def reader(channel: bytes) -> Reader:
    """What reads the pushes of `channel`; raises MessageError where nothing does."""
    found = READERS.get(channel)
    if found is not None:
        return found
    candle = _INTERVAL.fullmatch(channel)
    if candle is None:
        raise MessageError(f"unknown channel {channel[:40]!r}")
    count, unit = candle[1].decode(), candle[2].decode()
    return _bars_of(count + (unit.lower() if unit in "HDW" else unit))


def history(sub: Subscription, body: bytes, ts_recv: int) -> list[Trade] | list[Bar]:
    """`{"code":"0","msg":"","data":[{"instId":"BTC-USDT","side":"sell","sz":"0.00001",
    "px":"29963.2","tradeId":"242720720","ts":"1654161646974"},…]}`, the newest first.

    Candles are arrays as they are pushed.
    """  # noqa: D205 - the raw message comes first
    base, _, interval = sub.channel.partition(":")
    if base == "trades":
        return [_fill(t, ts_recv) for t in _newest_last(_trades_page(body))]
    return [_bar(sub.symbol, interval, c, ts_recv) for c in _newest_last(_candles_page(body))]


def _newest_last(page: _Page[T]) -> list[T]:
    if page.code != "0":
        raise MessageError(f"{page.msg[:200]} (code {page.code[:20]})")
    return page.data[::-1]
