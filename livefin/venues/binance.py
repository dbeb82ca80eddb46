"""Binance spot: trades, aggregate trades, best quote, depth and klines, over combined streams.

Protocol: https://developers.binance.com/docs/binance-spot-api-docs/web-socket-streams
Every frame is `{"stream":"<name>","data":{...}}`. The stream's name says what the payload
is, so it is read straight from the bytes and picks a typed decoder; a frame that does not
begin so is decoded whole. Prices and sizes are JSON strings on the wire.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, ClassVar, TypeAlias
from urllib.parse import parse_qs

import msgspec
from msgspec import Struct

from livefin.errors import MessageError, SymbolError
from livefin.events import AggTrade, Bar, BookDelta, BookSnapshot, Quote, Side, Status, Trade
from livefin.venues.contract import MAX_SYMBOL, Parsed, Subscription, Venue
from livefin.venues.wire import MS, UNREADABLE, Id, Levels, MaybeId, Ms, Price, Size, hyphenate

MAX_ROUTES = 8_192
STREAMS_PER_MESSAGE = 200
INTERVALS = "1s 1m 3m 5m 15m 30m 1h 2h 4h 6h 8h 12h 1d 3d 1w 1M".split()

Reader: TypeAlias = Callable[[bytes, int], tuple[Parsed, ...]]


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
    i: str
    o: Price
    h: Price
    l: Price  # noqa: E741 - the wire's own name
    c: Price
    v: Size
    n: Id
    x: bool


class _KlineEvent(Struct):
    k: _Kline


class _Of(Struct, gc=False):
    """The combined-stream wrapper; subclassed once a payload type."""


class _TradeFrame(_Of, gc=False):
    data: _Trade


class _AggTradeFrame(_Of, gc=False):
    data: _AggTrade


class _QuoteFrame(_Of, gc=False):
    data: _Quote


class _DepthFrame(_Of):
    data: _Depth


class _KlineFrame(_Of):
    data: _KlineEvent


class _Snapshot(Struct):
    lastUpdateId: Id  # noqa: N815 - the wire's own name
    bids: Levels
    asks: Levels


class _Plain(Struct):
    """Anything that is not a stream's payload: acknowledgements, errors, notices."""

    stream: str | None = None
    result: Any = None
    id: int | str | None = None
    code: int | None = None
    msg: str | None = None
    error: _Error | None = None
    e: str | None = None


class _Error(Struct):
    code: int = 0
    msg: str = ""


class _Request(Struct):
    method: str = ""
    params: list[str] = []
    id: int | str | None = None


_trade = msgspec.json.Decoder(_TradeFrame, strict=False).decode
_agg_trade = msgspec.json.Decoder(_AggTradeFrame, strict=False).decode
_quote = msgspec.json.Decoder(_QuoteFrame, strict=False).decode
_depth = msgspec.json.Decoder(_DepthFrame, strict=False).decode
_kline = msgspec.json.Decoder(_KlineFrame, strict=False).decode
_snapshot = msgspec.json.Decoder(_Snapshot, strict=False).decode
_plain = msgspec.json.Decoder(_Plain).decode
_request = msgspec.json.Decoder(_Request).decode


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


STREAM: dict[str, str] = {
    "trades": "trade",
    "agg_trades": "aggTrade",
    "quotes": "bookTicker",
    "book": "depth@100ms",
}
READERS: dict[str, Callable[[str], Reader]] = {
    "trade": trades,
    "aggTrade": agg_trades,
    "bookTicker": quotes,
    "depth": book,
    "kline": bars,
}
"""Makes the reader of one symbol's stream, by what the stream's name says after the @."""
_HEAD = b'{"stream":"'
_NAME_AT, _HEAD_END = len(_HEAD), len(_HEAD) + 24


class Binance(Venue):
    """Binance spot market data; no account and no key needed."""

    name: ClassVar[str] = "binance"
    title: ClassVar[str] = "Binance spot"
    url: str = "wss://stream.binance.com:9443/stream"
    rest_url: str = "https://api.binance.com"
    channels: ClassVar[Sequence[str]] = ("trades", "quotes", "book", "agg_trades", "bars")
    example: ClassVar[str] = "BTC-USDT"
    trade_ids_contiguous: ClassVar[bool] = True
    max_subscriptions: ClassVar[int | None] = 1_024
    # Five incoming messages a second are allowed, and a pong counts as one.
    send_interval: float = 0.25

    def __init__(self) -> None:
        self._routes: dict[bytes, Reader] = {}
        self._heads: dict[bytes, Reader] = {}
        """The same readers by the name and what always follows it: a fixed slice of a frame,
        which is found in half the time that looking for the name's end takes."""
        self._symbols: dict[str, str] = {}
        self._id = 0

    def check(self, sub: Subscription) -> None:
        super().check(sub)
        if not re.fullmatch(r"[A-Z0-9._]+-[A-Z0-9._]+", sub.symbol):
            hint = "write it as BASE-QUOTE in capitals, such as BTC-USDT"
            raise SymbolError(sub.symbol, hint, venue=self.name)
        self.check_bars(sub, INTERVALS)

    def subscribe(self, subs: Sequence[Subscription]) -> list[str | bytes]:
        for sub in subs:
            name = _stream(sub)
            self._symbols[name.partition("@")[0]] = sub.symbol
            self._routes[name.encode()] = READERS[_kind(name)](sub.symbol)
        return self._requests("SUBSCRIBE", subs)

    def unsubscribe(self, subs: Sequence[Subscription]) -> list[str | bytes]:
        return self._requests("UNSUBSCRIBE", subs)

    def ping(self) -> str:
        # A WebSocket pong can come from a proxy in front of a dead server; this answer cannot.
        return self._request("LIST_SUBSCRIPTIONS")

    def parse(self, raw: bytes, ts_recv: int) -> Iterable[Parsed]:
        read = self._heads.get(raw[_NAME_AT:_HEAD_END])
        try:
            return self._parse_unrouted(raw, ts_recv) if read is None else read(raw, ts_recv)
        except UNREADABLE as error:
            raise MessageError(f"binance: {error}") from error

    def _parse_unrouted(self, raw: bytes, ts_recv: int) -> tuple[Parsed, ...]:
        name = raw[_NAME_AT : raw.find(b'"', _NAME_AT)] if raw.startswith(_HEAD) else b""
        read = self._routes.get(name)
        if read is not None:
            if _NAME_AT + len(name) < _HEAD_END and len(self._heads) < MAX_ROUTES:
                self._heads[raw[_NAME_AT:_HEAD_END]] = read
            return read(raw, ts_recv)
        plain = _plain(raw)
        if plain.stream is not None:
            kind, spelled = _kind(plain.stream), plain.stream.partition("@")[0]
            if kind not in READERS or not 0 < len(spelled) <= MAX_SYMBOL:
                raise MessageError(f"binance: unknown stream {plain.stream[:64]!r}")
            read = READERS[kind](self._symbol(spelled))
            if len(self._routes) < MAX_ROUTES:
                self._routes[plain.stream.encode()] = read
            return read(raw, ts_recv)
        error = plain.error
        if error is None and plain.code is not None:
            error = _Error(plain.code, plain.msg or "")
        if error is not None:
            detail = f"binance: {error.msg} (code {error.code})"
            return (Status("rejected", ts_recv, detail=detail),)
        if plain.result is not None or plain.id is not None:
            return ()  # an acknowledgement, or the list that answers our ping
        if plain.e == "serverShutdown":
            detail = "binance announces that this server will close"
            return (Status("error", ts_recv, detail=detail),)
        raise MessageError(f"binance: neither a stream nor an answer: {raw[:80]!r}")

    def _symbol(self, spelled: str) -> str:
        """'btcusdt' -> 'BTC-USDT': as subscribed, else split before a known quote asset."""
        known = self._symbols.get(spelled)
        return hyphenate(spelled) if known is None else known

    def _requests(self, method: str, subs: Sequence[Subscription]) -> list[str | bytes]:
        names = [_stream(sub) for sub in subs]
        n = STREAMS_PER_MESSAGE
        return [self._request(method, names[i : i + n]) for i in range(0, len(names), n)]

    def _request(self, method: str, params: list[str] | None = None) -> str:
        self._id += 1
        body = {"method": method, "id": self._id} | ({} if params is None else {"params": params})
        return msgspec.json.encode(body).decode()

    # The book's snapshot

    def snapshot_url(self, symbol: str) -> str:
        # 5,000 levels is all that is given; a level outside it appears when it changes.
        return f"{self.rest_url}/api/v3/depth?symbol={symbol.replace('-', '').upper()}&limit=5000"

    def parse_snapshot(self, symbol: str, body: bytes, ts_recv: int) -> BookSnapshot:
        """`{"lastUpdateId":1027024,"bids":[["4.00","431.0"]],"asks":[["4.02","12.0"]]}`."""
        try:
            m = _snapshot(body)
        except UNREADABLE as error:
            raise MessageError(f"binance: depth snapshot of {symbol}: {error}") from error
        return BookSnapshot(symbol, ts_recv, ts_recv, m.bids, m.asks, m.lastUpdateId)

    # The server half

    @classmethod
    def recognises(cls, raw: bytes) -> bool:
        return raw.startswith(_HEAD) and b"@" in raw[11:80]

    def answer(self, raw: bytes) -> list[bytes]:
        try:
            request = _request(raw)
        except UNREADABLE:
            return [b'{"code":3,"msg":"Invalid JSON"}']
        if request.method in ("SUBSCRIBE", "UNSUBSCRIBE"):
            return [msgspec.json.encode({"result": None, "id": request.id})]
        if request.method == "LIST_SUBSCRIPTIONS":
            return [msgspec.json.encode({"result": [], "id": request.id})]
        return [b'{"code":2,"msg":"Invalid request: unknown method"}']

    def snapshot_symbol(self, path: str) -> str | None:
        route, _, query = path.partition("?")
        if route != "/api/v3/depth":
            return None
        wanted = parse_qs(query).get("symbol", [""])[0]
        return self._symbol(wanted.lower()) if wanted else None

    def render_snapshot(self, book: BookSnapshot) -> bytes:
        sides = {
            side: [[f"{price:.8f}", f"{size:.8f}"] for price, size in levels]
            for side, levels in (("bids", book.bids), ("asks", book.asks))
        }
        return msgspec.json.encode({"lastUpdateId": book.sequence} | sides)


def _stream(sub: Subscription) -> str:
    """The venue's name of a subscription: ("bars:1m", "BTC-USDT") -> 'btcusdt@kline_1m'."""
    base, _, interval = sub.channel.partition(":")
    suffix = f"kline_{interval}" if base == "bars" else STREAM[base]
    return f"{sub.symbol.replace('-', '').lower()}@{suffix}"


def _kind(stream: str) -> str:
    """'btcusdt@kline_1m' -> 'kline'; 'btcusdt@depth@100ms' -> 'depth'."""
    return stream.partition("@")[2].partition("@")[0].partition("_")[0]
