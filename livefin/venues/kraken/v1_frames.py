"""What comes on Kraken's older WebSocket protocol (v1): its arrays, typed, and their readers.

Protocol: https://docs.kraken.com/api/docs/websocket-v1/book (ticker, trade, spread, ohlc beside)
A frame is `[id,payload,"<channel>","XBT/USD"]`, and what the channel is decides how the
payload is read, so that the end of a frame is looked at first. Numbers are strings, and
those of the book stay so for its checksum. No state. Serves kraken_v1.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Annotated, Any, TypeAlias

import msgspec
from msgspec import Meta, Struct

from livefin.errors import MessageError
from livefin.events import Bar, BookDelta, BookSnapshot, Level, Quote, Text, Ticker, Trade
from livefin.venues.contract import MAX_SYMBOL, Parsed
from livefin.venues.kraken.rest import NEW_NAMES, SIDES, SPELLED, seconds_ns
from livefin.venues.openbars import length_ns
from livefin.venues.wire import Id, Price, Size

MAX_NUMBER = 1e300
TAIL = 96
"""Bytes in which the channel and the pair are found, at a frame's end."""
Crc: TypeAlias = Annotated[int, Meta(ge=0, le=2**32 - 1)]


class _Trade(Struct, array_like=True, gc=False):
    price: Price
    size: Size
    time: str
    side: str


class _Spread(Struct, array_like=True, gc=False):
    bid: Size
    ask: Size
    time: str
    bid_size: Size
    ask_size: Size


class _Ohlc(Struct, array_like=True, gc=False):
    time: str
    end: str
    open: Price
    high: Price
    low: Price
    close: Price
    vwap: Size
    volume: Size
    trades: Id


class _Ticker(Struct, gc=False):
    c: tuple[Size, Size]
    v: tuple[Size, Size]
    l: tuple[Size, Size]  # noqa: E741 - the wire's own name
    h: tuple[Size, Size]
    o: tuple[Size, Size]


class _Level(Struct, array_like=True, gc=False):
    price: str
    size: str
    time: str = ""
    flag: str = ""


class _Book(Struct, rename={"asks": "as", "bids": "bs"}):
    asks: list[_Level] | None = None
    bids: list[_Level] | None = None
    a: list[_Level] = []
    b: list[_Level] = []
    c: Crc | None = None


class _TradeFrame(Struct, array_like=True):
    id: Any
    payload: list[_Trade]
    channel: str
    pair: str


class _SpreadFrame(Struct, array_like=True):
    id: Any
    payload: _Spread
    channel: str
    pair: str


class _OhlcFrame(Struct, array_like=True):
    id: Any
    payload: _Ohlc
    channel: str
    pair: str


class _TickerFrame(Struct, array_like=True):
    id: Any
    payload: _Ticker
    channel: str
    pair: str


class _BookFrame(Struct, array_like=True):
    """Asks and bids that change together come as two maps, the checksum in the last."""

    id: Any
    payload: _Book
    more: _Book | str
    third: str
    fourth: str = ""


_trade = msgspec.json.Decoder(_TradeFrame, strict=False).decode
_spread = msgspec.json.Decoder(_SpreadFrame, strict=False).decode
_ohlc = msgspec.json.Decoder(_OhlcFrame, strict=False).decode
_ticker = msgspec.json.Decoder(_TickerFrame, strict=False).decode
_book = msgspec.json.Decoder(_BookFrame, strict=False).decode


def trades(raw: bytes, ts_recv: int) -> list[Parsed]:
    """`[0,[["5541.20000","0.15850568","1534614057.321597","s","l",""]],"trade","XBT/USD"]`

    Side is the taker's.
    """  # noqa: D415 - the raw message comes first
    m = _trade(raw)
    symbol = spelled(m.pair)
    return [
        Trade(symbol, seconds_ns(t.time), ts_recv, t.price, t.size, SIDES.get(t.side))
        for t in m.payload
    ]


def quotes(raw: bytes, ts_recv: int) -> list[Parsed]:
    """`[0,["5698.40000","5700.00000","1542057299.545897","1.01234567","0.98765432"],"spread",
    "XBT/USD"]`

    Bid, ask, time, bid size, ask size.
    """  # noqa: D205, D415 - the raw message comes first
    m = _spread(raw)
    q, ns = m.payload, seconds_ns(m.payload.time)
    return [Quote(spelled(m.pair), ns, ts_recv, q.bid, q.bid_size, q.ask, q.ask_size)]


def tickers(raw: bytes, ts_recv: int) -> list[Parsed]:
    """`[0,{"a":["5525.40000",1,"1.000"],"b":["5525.10000",1,"1.000"],"c":["5525.10000",
    "0.00398963"],"v":["2634.11501494","3591.17907851"],"p":["5631.44067","5653.78939"],
    "t":[11493,16267],"l":["5505.00000","5505.00000"],"h":["5783.00000","5783.00000"],
    "o":["5760.70000","5763.40000"]},"ticker","XBT/USD"]`

    Of two numbers, today's and the last 24 hours'. No time of its own.
    """  # noqa: D205, D415 - the raw message comes first
    m = _ticker(raw)
    t = m.payload
    day = t.o[1], t.h[1], t.l[1], t.v[1]
    return [Ticker(spelled(m.pair), ts_recv, ts_recv, t.c[0], *day)]


def bars(raw: bytes, ts_recv: int) -> list[Parsed]:
    """`[42,["1542057314.748456","1542057360.435743","3586.70000","3586.70000","3586.60000",
    "3586.60000","3586.68894","0.03373000",2],"ohlc-5","XBT/USD"]`

    Time of the last change, end of the bar, open, high, low, close, average, volume, trades.
    """  # noqa: D205, D415 - the raw message comes first
    m = _ohlc(raw)
    interval = SPELLED.get(int(m.channel.partition("-")[2] or 1))
    if interval is None:
        raise MessageError(f"kraken-v1: bars of no known length: {m.channel[:40]!r}")
    k, minute = m.payload, length_ns("1m")
    # The end may be written with a fraction of a second that it has not.
    start = max(0, seconds_ns(k.end) // minute * minute - length_ns(interval))
    prices = k.open, k.high, k.low, k.close
    return [Bar(spelled(m.pair), start, ts_recv, interval, *prices, k.volume, k.trades, False)]


def books(raw: bytes, ts_recv: int) -> list[Parsed]:
    """`[1234,{"a":[["5541.30000","2.50700000","1534614248.456738"]]},{"b":[["5541.30000",
    "0.00000000","1534614335.345903","r"]],"c":"974942666"},"book-10","XBT/USD"]`

    In a snapshot "as" and "bs". Sizes are absolute, 0 removes the level. "r": the level has
    come back within the depth and is sent again, with the time it had.
    """  # noqa: D205, D415 - the raw message comes first
    m = _book(raw)
    one, two = m.payload, m.more
    if isinstance(two, str):
        pair, asks, bids, crc = m.third, one.a, one.b, one.c
    else:
        pair, asks, bids = m.fourth, one.a + two.a, one.b + two.b
        crc = one.c if two.c is None else two.c
    if one.asks is not None or one.bids is not None:
        asks, bids, make = one.asks or [], one.bids or [], BookSnapshot
    else:
        make = BookDelta  # type: ignore[assignment] # made alike
    new = [level.time for level in (*bids, *asks) if level.flag != "r" and level.time]
    ts_event = seconds_ns(max(new)) if new else ts_recv
    bid_levels, bid_text = _levels(bids)
    ask_levels, ask_text = _levels(asks)
    return [
        make(
            spelled(pair), ts_event, ts_recv, bid_levels, ask_levels,
            checksum=crc, text=(bid_text, ask_text),
        )
    ]  # fmt: skip


def _levels(levels: list[_Level]) -> tuple[list[Level], list[Text]]:
    numbers, texts = [], []
    for level in levels:
        price, size = float(level.price), float(level.size)
        if not (0 < price <= MAX_NUMBER and 0 <= size <= MAX_NUMBER):
            raise MessageError(f"kraken-v1: no level: {level.price:.40}, {level.size:.40}")
        numbers.append((price, size))
        texts.append((level.price, level.size))
    return numbers, texts


@lru_cache(maxsize=4_096)
def spelled(pair: str) -> str:
    """'XBT/USD' -> 'BTC-USD'. Raises MessageError for what is no pair."""
    if not 0 < len(pair) <= MAX_SYMBOL:
        raise MessageError(f"kraken-v1: no pair: {pair[:80]!r}")
    return "-".join(NEW_NAMES.get(asset, asset) for asset in pair.split("/"))


def end_of(raw: bytes) -> tuple[bytes, bytes]:
    """What a frame ends with, as `…,"book-1000","XBT/USD"]`: (b"book", b"XBT/USD")."""
    parts = raw[-TAIL:].split(b'"')
    if len(parts) < 5:  # noqa: PLR2004 - as above
        return b"", b""
    return parts[-4].partition(b"-")[0], parts[-2]


READERS: dict[bytes, Callable[[bytes, int], list[Parsed]]] = {
    b"book": books,
    b"trade": trades,
    b"spread": quotes,
    b"ticker": tickers,
    b"ohlc": bars,
}
"""By what the channel's name begins with: "book-1000" is a book."""
