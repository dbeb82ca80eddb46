"""What Binance's streams hold, spot and futures alike: typed payloads and their readers.

Protocol: https://developers.binance.com/docs/binance-spot-api-docs/web-socket-streams
Every frame is `{"stream":"<name>","data":{...}}`. The stream's name says what the payload
is, and so which reader it gets; a reader is made once a symbol and knows its spelling.
Prices and sizes are JSON strings on the wire. Serves binance.py and its kin, which add
what only they send; pages of history are in history.py.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, TypeAlias

import msgspec
from msgspec import Meta, Struct

from livefin.events import AggTrade, Bar, BookDelta, Quote, Side, Ticker, Trade
from livefin.venues.contract import Parsed
from livefin.venues.wire import MS, Id, Levels, MaybeId, Ms, Price, Size

HEAD = b'{"stream":"'

Reader: TypeAlias = Callable[[bytes, int], tuple[Parsed, ...]]
MakeReader: TypeAlias = Callable[[str], Reader]


class _Trade(Struct, gc=False):
    t: Id
    p: Price
    q: Size
    T: Ms
    m: bool


class _AggTrade(Struct, gc=False):
    a: Id
    p: Price
    q: Size
    f: MaybeId
    l: MaybeId  # noqa: E741 - the wire's own name
    T: Ms
    m: bool


class _Quote(Struct, gc=False):
    u: Id
    b: Size  # an empty side is sent as zero
    B: Size
    a: Size
    A: Size


class _Depth(Struct):
    E: Ms
    U: Id
    u: Id
    b: Levels
    a: Levels


class _Kline(Struct, gc=False):
    t: Ms
    i: Annotated[str, Meta(min_length=1, max_length=8)]
    o: Price
    h: Price
    l: Price  # noqa: E741 - the wire's own name
    c: Price
    v: Size
    n: Id
    x: bool


class _KlineEvent(Struct):
    k: _Kline


class _Ticker(Struct, gc=False):
    E: Ms
    c: Size  # all are zero where nothing was traded in the window
    o: Size
    h: Size
    l: Size  # noqa: E741 - the wire's own name
    v: Size


class Frame(Struct, gc=False):
    """The combined-stream wrapper; subclassed once a payload type."""


class _TradeFrame(Frame, gc=False):
    data: _Trade


class _AggTradeFrame(Frame, gc=False):
    data: _AggTrade


class _QuoteFrame(Frame, gc=False):
    data: _Quote


class _DepthFrame(Frame):
    data: _Depth


class _KlineFrame(Frame):
    data: _KlineEvent


class _TickerFrame(Frame, gc=False):
    data: _Ticker


class Error(Struct):
    """Why a request was refused."""

    code: int = 0
    msg: str = ""


class Plain(Struct):
    """Anything that is not a known stream's payload: acknowledgements and errors."""

    stream: str | None = None
    result: Any = None
    id: int | str | None = None
    code: int | None = None
    msg: str | None = None
    error: Error | None = None


class Request(Struct):
    """What a client sends."""

    method: str = ""
    params: list[str] = []
    id: int | str | None = None


_trade = msgspec.json.Decoder(_TradeFrame, strict=False).decode
_agg_trade = msgspec.json.Decoder(_AggTradeFrame, strict=False).decode
_quote = msgspec.json.Decoder(_QuoteFrame, strict=False).decode
_depth = msgspec.json.Decoder(_DepthFrame, strict=False).decode
_kline = msgspec.json.Decoder(_KlineFrame, strict=False).decode
_ticker = msgspec.json.Decoder(_TickerFrame, strict=False).decode
plain = msgspec.json.Decoder(Plain).decode
request = msgspec.json.Decoder(Request).decode


def trades(symbol: str) -> Reader:
    """`{"stream":"btcusdt@trade","data":{"e":"trade","E":1672515782136,"s":"BTCUSDT",
    "t":12345,"p":"0.001","q":"100","T":1672515782136,"m":true,"M":true}}`

    `m`: the buyer was the maker, so the taker sold.
    """  # noqa: D205, D415 - the raw message comes first

    def read(raw: bytes, ts_recv: int) -> tuple[Trade]:
        m = _trade(raw).data
        return (Trade(symbol, m.T * MS, ts_recv, m.p, m.q, "sell" if m.m else "buy", m.t),)

    return read


def agg_trades(symbol: str) -> Reader:
    """`{"stream":"btcusdt@aggTrade","data":{"e":"aggTrade","E":1672515782136,"s":"BTCUSDT",
    "a":12345,"p":"0.001","q":"100","f":100,"l":105,"T":1672515782136,"m":true,"M":true}}`
    """  # noqa: D205, D415 - the raw message comes first

    def read(raw: bytes, ts_recv: int) -> tuple[AggTrade]:
        m = _agg_trade(raw).data
        side: Side = "sell" if m.m else "buy"
        return (AggTrade(symbol, m.T * MS, ts_recv, m.p, m.q, side, m.a, m.f, m.l),)

    return read


def quotes(symbol: str) -> Reader:
    """`{"stream":"btcusdt@bookTicker","data":{"u":400900217,"s":"BTCUSDT","b":"25.3519",
    "B":"31.21","a":"25.3652","A":"40.66"}}`

    Spot quotes carry no time of their own.
    """  # noqa: D205, D415 - the raw message comes first

    def read(raw: bytes, ts_recv: int) -> tuple[Quote]:
        m = _quote(raw).data
        return (Quote(symbol, ts_recv, ts_recv, m.b, m.B, m.a, m.A, m.u),)

    return read


def book(symbol: str) -> Reader:
    """`{"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","E":1672515782136,
    "s":"BTCUSDT","U":157,"u":160,"b":[["0.0024","10"]],"a":[["0.0026","100"]]}}`

    Update ids `U` to `u`; sizes are absolute, 0 removes the level.
    """  # noqa: D205, D415 - the raw message comes first

    def read(raw: bytes, ts_recv: int) -> tuple[BookDelta]:
        m = _depth(raw).data
        return (BookDelta(symbol, m.E * MS, ts_recv, m.b, m.a, m.U, m.u),)

    return read


def bars(symbol: str) -> Reader:
    """`{"stream":"btcusdt@kline_1m","data":{"e":"kline","E":1672515782136,"s":"BTCUSDT",
    "k":{"t":1672515780000,"T":1672515839999,"s":"BTCUSDT","i":"1m","f":100,"L":200,
    "o":"0.0010","c":"0.0020","h":"0.0025","l":"0.0015","v":"1000","n":100,"x":false, …}}}`
    """  # noqa: D205, D415 - the raw message comes first

    def read(raw: bytes, ts_recv: int) -> tuple[Bar]:
        k = _kline(raw).data.k
        return (Bar(symbol, k.t * MS, ts_recv, k.i, k.o, k.h, k.l, k.c, k.v, k.n, k.x),)

    return read


def tickers(symbol: str) -> Reader:
    """`{"stream":"btcusdt@ticker","data":{"e":"24hrTicker","E":1672515782136,"s":"BTCUSDT",
    "c":"0.0025","o":"0.0010","h":"0.0026","l":"0.0009","v":"10000", …}}`

    Over the 24 hours before `E`.
    """  # noqa: D205, D415 - the raw message comes first

    def read(raw: bytes, ts_recv: int) -> tuple[Ticker]:
        m = _ticker(raw).data
        return (Ticker(symbol, m.E * MS, ts_recv, m.c, m.o, m.h, m.l, m.v),)

    return read


STREAM: dict[str, str] = {
    "trades": "trade",
    "agg_trades": "aggTrade",
    "quotes": "bookTicker",
    "book": "depth@100ms",
    "ticker": "ticker",
}
"""channel -> what a stream's name says after the first @; bars are "kline_<interval>"."""
READERS: dict[str, MakeReader] = {
    "trade": trades,
    "aggTrade": agg_trades,
    "bookTicker": quotes,
    "depth": book,
    "kline": bars,
    "ticker": tickers,
}
"""Makes the reader of one symbol's stream, by the stream's kind."""


def kind(stream: str) -> str:
    """What a stream holds, by its name.

    >>> kind("btcusdt@kline_1m"), kind("btcusdt@depth@100ms"), kind("btcusdt")
    ('kline', 'depth', '')
    """
    return stream.partition("@")[2].partition("@")[0].partition("_")[0]


MARKED = 240
"""Bytes of a frame looked at; a kline's first price begins before that."""
SPOT_DECIMALS = 8
"""Of every price and size of spot; the futures write as many as the contract's step has."""


def market(raw: bytes) -> str:
    """Whose frame `raw` is: "spot", "usdm" or "coinm"; "" for none of Binance's.

    All wrap their streams alike. What tells them apart are the names of COIN-M's contracts,
    and fields that the futures alone have, or have in another place.

    >>> market(b'{"stream":"btcusdt@trade","data":{"e":"trade","E":1672515782136,"s":"BTC')
    'spot'
    >>> market(b'{"stream":"btcusdt@trade","data":{"e":"trade","E":1672515782136,"T":167')
    'usdm'
    >>> market(b'{"stream":"btcusd_perp@trade","data":{}}'), market(b'{"lastUpdateId":1}')
    ('coinm', '')
    """
    start = len(HEAD)
    end = raw.find(b'"', start, 80)
    at = raw.find(b"@", start, end)
    if end < 0 or at < 0 or not raw.startswith(HEAD):
        return ""
    name = raw[at + 1 : end]
    if name.startswith(b"indexPrice") or raw.find(b"usd_", start, at) >= 0:
        return "coinm"
    if name == b"bookTicker":
        ours = raw.find(b'"e":', end, MARKED) >= 0
    elif name.startswith(b"kline"):
        first = raw.find(b'"o":"', end, MARKED)
        price = raw[first + 5 : first + 40].partition(b'"')[0]
        ours = first > 0 and len(price.partition(b".")[2]) != SPOT_DECIMALS
    elif name.startswith(b"ticker"):
        ours = raw.find(b'"x":', end, MARKED) < 0
    elif name.startswith((b"markPrice", b"forceOrder")):
        ours = True
    else:  # after the time of the event spot has the symbol
        after = raw.find(b",", raw.find(b'"E":', end, MARKED), MARKED)
        ours = raw[after + 1 : after + 3] in (b'"T', b'"a')
    return "usdm" if ours else "spot"
