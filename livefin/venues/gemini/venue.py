"""Gemini: trades, best quote and books from its WebSocket API; bars, marks and funding from v2.

Protocol: https://developer.gemini.com/websocket/streams.md, and for the lane "v2"
https://developer.gemini.com/websocket/archived/v2.md, which has what the newer API has not.
Frames of the newer API are told apart by their first key, those of v2 by their `type`
(v2.py); books and trades of v2 are read too, as older recordings hold them. Symbols
are BTC-USD (wire: btcusd, in v2 BTCUSD) and BTC-GUSD-PERP.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar
from urllib.parse import urlsplit, urlunsplit

import msgspec
from msgspec import Struct

from livefin.errors import MessageError, SymbolError
from livefin.events import Bar, BookDelta, BookSnapshot, Quote, Status, Trade
from livefin.venues.contract import Parsed, Span, Subscription, Venue
from livefin.venues.gemini.v2 import BARS, MarketData, bars_page, trades_page
from livefin.venues.wire import MS, UNREADABLE, Id, Levels, Ns, Price, Size, Symbol, encode

STREAMS = {"trades": "trade", "quotes": "bookTicker", "book": "depth@100ms"}
V2 = {"rates": "mark_price", "funding": "funding_amount"}
SYMBOLS_PER_MESSAGE = 100
MAX_SYMBOLS = 8_192
OK = 200
QUOTES = "RLUSD GUSD USDC USDT USD DAI EUR GBP SGD BTC ETH BCH LTC SOL FIL".split()
AMBIGUOUS = {"PAXGUSD": "PAXG-USD", "USDGUSD": "USDG-USD"}
"""Read by the rule, these would be pairs against GUSD."""
_DEPTH, _TYPED = b'{"e":"depthUpdate"', b'{"type":"'
_REFUSED = re.compile(r"Invalid stream name: ([\w-]{1,64})@")
_SYMBOL = re.compile(r"[A-Z0-9]+-[A-Z0-9]+(-PERP)?|GEMI-[A-Z0-9-]+")
_OURS = re.compile(
    rb'\{(?:"e":"(?:depthUpdate|trade)",|"u":\d{1,19},)?"E":\d{19},"s":"[A-Za-z0-9-]{3,64}",'
    rb'|\{"type":"(?:l2_updates|candles_\w{2,3}_updates)","symbol":"[A-Z0-9]{3,40}","changes":'
    rb'|\{"type":"trade","symbol":"[A-Z0-9]{3,40}","event_id":\d'
)


class _Depth(Struct):
    E: Ns
    s: Symbol
    U: Id
    u: Id
    b: Levels
    a: Levels


class _Quote(Struct, gc=False):
    u: Id
    E: Ns
    s: Symbol
    b: Size
    B: Size
    a: Size
    A: Size


class _OneSided(Struct, gc=False):
    """As _Quote, of a book with an empty side, whose fields are empty strings."""

    u: Id
    E: Ns
    s: Symbol
    b: str = ""
    B: str = ""
    a: str = ""
    A: str = ""


class _Trade(Struct, gc=False):
    E: Ns
    s: Symbol
    t: Id
    p: Price
    q: Size
    m: bool


class _Error(Struct):
    code: int = 0
    msg: str = ""


class _Plain(Struct):
    """Anything whose first key does not say what it is."""

    type: str | None = None
    e: str | None = None
    t: Any = None
    B: Any = None
    id: int | str | None = None
    status: int | None = None
    error: _Error | None = None
    result: Any = None
    reason: str | None = None
    message: str | None = None


class _Request(Struct):
    id: int | str | None = None
    method: str | None = None
    type: str | None = None


_depth = msgspec.json.Decoder(_Depth, strict=False).decode
_quote = msgspec.json.Decoder(_Quote, strict=False).decode
_one_sided = msgspec.json.Decoder(_OneSided, strict=False).decode
_trade = msgspec.json.Decoder(_Trade, strict=False).decode
_plain = msgspec.json.Decoder(_Plain).decode
_request = msgspec.json.Decoder(_Request).decode


class Gemini(Venue):
    """Gemini market data; no account and no key needed."""

    name: ClassVar[str] = "gemini"
    title: ClassVar[str] = "Gemini"
    url: str = "wss://ws.gemini.com/"
    """Of the lane "stream"; the other is at "api." where this one is at "ws."."""
    rest_url: str = "https://api.gemini.com"
    channels: ClassVar[Sequence[str]] = ("trades", "quotes", "book", "bars", "rates", "funding")
    example: ClassVar[str] = "BTC-USD"
    lanes: ClassVar[Sequence[str]] = ("stream", "v2")

    def __init__(self) -> None:
        self._symbols: dict[str, str] = {}
        """wire, in small letters -> as we spell it."""
        self._id = 0
        self._ending: dict[int, list[str]] = {}
        """Requests that end books, not answered yet."""
        self._awaited: set[str] = set()
        """Books, as the wire spells them, whose next frame is the whole of it."""
        self._subscribed: set[str] = set()
        """Books subscribed on this socket."""
        self._v2 = MarketData(self._symbol)

    def lane_of(self, sub: Subscription) -> str:
        return "stream" if sub.channel in STREAMS else "v2"

    def endpoint(self) -> str:
        parts = urlsplit(self.url)
        if self.lane == "v2":
            host = re.sub(r"^ws\.", "api.", parts.netloc)
            return urlunsplit((parts.scheme, host, "/v2/marketdata", "", ""))
        # Without it, a book would begin with its first change.
        return urlunsplit(parts._replace(path=parts.path or "/", query="snapshot=-1"))

    def opened(self) -> None:
        self._ending.clear()
        self._awaited.clear()
        self._subscribed.clear()
        self._v2.opened()

    # Subscribing

    def check(self, sub: Subscription) -> None:
        super().check(sub)
        if not _SYMBOL.fullmatch(sub.symbol):
            hint = "write it as BASE-QUOTE in capitals, such as BTC-USD, or BTC-GUSD-PERP"
            raise SymbolError(sub.symbol, hint, venue=self.name)
        self.check_bars(sub, BARS)

    def subscribe(self, subs: Sequence[Subscription]) -> list[str | bytes]:
        for sub in subs:
            wire = _wire(sub.symbol)
            self._symbols[wire.lower()] = sub.symbol
            if sub.channel == "book" and wire not in self._subscribed:
                self._subscribed.add(wire)
                self._awaited.add(wire)
        return self._requests("subscribe", subs)

    def unsubscribe(self, subs: Sequence[Subscription]) -> list[str | bytes]:
        return self._requests("unsubscribe", subs)

    def _requests(self, method: str, subs: Sequence[Subscription]) -> list[str | bytes]:
        streams: dict[str, list[str]] = {}
        older: dict[str, list[str]] = {}
        for sub in subs:
            wire, (base, _, interval) = _wire(sub.symbol), sub.channel.partition(":")
            if base in STREAMS:
                streams.setdefault(wire, []).append(f"{wire}@{STREAMS[base]}")
            else:
                name = f"candles_{interval}" if base == "bars" else V2[base]
                older.setdefault(name, []).append(wire.upper())
        out: list[str | bytes] = []
        # A message in which one name is wrong is refused as a whole: one for each symbol.
        for wire, names in streams.items():
            out.append(self._call(method, names))
            if method == "unsubscribe" and f"{wire}@{STREAMS['book']}" in names:
                self._ending[self._id] = [wire]
        n = SYMBOLS_PER_MESSAGE
        for name, symbols in older.items():
            for i in range(0, len(symbols), n):
                part = [{"name": name, "symbols": symbols[i : i + n]}]
                out.append(encode({"type": method, "subscriptions": part}))
        return out

    def _call(self, method: str, params: list[str] | None = None) -> str:
        self._id += 1
        body = {"id": self._id, "method": method}
        return encode(body if params is None else body | {"params": params})

    def ping(self) -> str | None:
        return None if self.lane == "v2" else self._call("ping")

    # Reading

    def parse(self, raw: bytes, ts_recv: int) -> Iterable[Parsed]:
        try:
            if raw.startswith(_DEPTH):
                return self._book(raw, ts_recv)
            if raw.startswith(b'{"u":'):
                return self._best(raw, ts_recv)
            if raw.startswith(_TYPED):
                return self._v2.read(raw[9 : raw.find(b'"', 9)], raw, ts_recv)
            if raw.startswith((b'{"E":', b'{"e":"trade"')) and b'"m":' in raw:
                return self._trades(raw, ts_recv)
            return self._other(raw, ts_recv)
        except UNREADABLE as error:
            raise MessageError(f"gemini: {error}") from error

    def _book(self, raw: bytes, ts_recv: int) -> tuple[BookSnapshot | BookDelta]:
        """`{"e":"depthUpdate","E":1789456742362015387,"s":"ethgusdperp","U":1764527605192686,
        "u":1764527605192712,"b":[["2482.5500","1.047"]],"a":[]}`

        Update ids `U` to `u`, of which `U` is the `u` before; sizes are absolute, 0 removes
        the level. The whole book comes first and has no other mark than that `U` is `u`.
        """  # noqa: D205, D415 - the raw message comes first
        m = _depth(raw)
        symbol = self._symbol(m.s)
        if m.s in self._awaited or m.u == m.U:
            self._awaited.discard(m.s)
            return (BookSnapshot(symbol, m.E, ts_recv, m.b, m.a, m.u),)
        return (BookDelta(symbol, m.E, ts_recv, m.b, m.a, m.U, m.u, m.U),)

    def _best(self, raw: bytes, ts_recv: int) -> tuple[Quote]:
        """`{"u":1751505576085,"E":1751508438600117161,"s":"btcusd","b":"45000.50",
        "B":"1.25000000","a":"45001.00","A":"0.75000000"}`

        An empty side is given as zero.
        """  # noqa: D205, D415 - the raw message comes first
        try:
            m = _quote(raw)
        except msgspec.ValidationError:
            n = _one_sided(raw)
            sides = (msgspec.convert(x or 0.0, Size, strict=False) for x in (n.b, n.B, n.a, n.A))
            m = _Quote(n.u, n.E, n.s, *sides)
        return (Quote(self._symbol(m.s), m.E, ts_recv, m.b, m.B, m.a, m.A, m.u),)

    def _trades(self, raw: bytes, ts_recv: int) -> tuple[Trade]:
        """`{"E":1759873803503023900,"s":"btcusd","t":2840140956529623,"p":"45000.50",
        "q":"0.25","m":true}`

        `m`: the buyer was the maker, so the taker sold.
        """  # noqa: D205, D415 - the raw message comes first
        m = _trade(raw)
        side = "sell" if m.m else "buy"
        return (Trade(self._symbol(m.s), m.E, ts_recv, m.p, m.q, side, m.t),)  # type: ignore[arg-type] # mypy sees str

    def _other(self, raw: bytes, ts_recv: int) -> Iterable[Parsed]:
        """`{"id":4,"status":400,"error":{"code":-1013,"msg":"Invalid stream name:
        nosuchusd@trade"}}`, in v2 `{"reason":"NoValidTradingPairs","result":"error"}`
        """  # noqa: D205, D415 - the raw message comes first
        m = _plain(raw)
        if m.type is not None:
            return self._v2.read(m.type.encode(), raw, ts_recv)
        if m.e == "depthUpdate":
            return self._book(raw, ts_recv)
        if m.t is not None and m.e in (None, "trade"):
            return self._trades(raw, ts_recv)
        if m.B is not None and m.e is None:
            return self._best(raw, ts_recv)
        if m.error is not None or m.result == "error" or (m.status or OK) != OK:
            return (self._refused(m, ts_recv),)
        if m.status is not None:
            for wire in self._ending.pop(m.id, ()) if isinstance(m.id, int) else ():
                self._awaited.add(wire)
            return ()
        raise MessageError(f"neither data nor an answer: {raw[:80]!r}")

    def _refused(self, m: _Plain, ts_recv: int) -> Status:
        error = m.error or _Error(m.status or 0, m.message or m.reason or "refused")
        found = _REFUSED.search(error.msg)
        # All that was asked for of that symbol stood in one message, and is refused with it.
        symbol = "" if found is None else self._symbol(found[1])
        code = f" (code {error.code})" if error.code else ""
        return Status("rejected", ts_recv, symbol, detail=f"gemini: {error.msg[:300]}{code}")

    def _symbol(self, wire: str) -> str:
        """'btcusd' or 'BTCUSD' -> 'BTC-USD': as subscribed, else split before a quote asset."""
        known = self._symbols.get(wire) or self._symbols.get(wire.lower())
        if known is None:
            known = _spelled(wire.upper())
            if len(self._symbols) < MAX_SYMBOLS:
                self._symbols[wire] = known
        return known

    # History

    def history_url(self, sub: Subscription, span: Span) -> str | None:
        base, _, interval = sub.channel.partition(":")
        wire = _wire(sub.symbol)
        if base == "trades":
            since = max(0, span.start // MS - 1)  # what came at that very time is left out
            return f"{self.rest_url}/v1/trades/{wire}?timestamp={since}&limit_trades=500"
        if base != "bars" or interval not in BARS:
            return None
        if not sub.symbol.endswith("-PERP"):
            return f"{self.rest_url}/v2/candles/{wire}/{BARS[interval]}"
        return f"{self.rest_url}/v2/derivatives/candles/{wire}/1m" if interval == "1m" else None

    def parse_history(
        self, sub: Subscription, body: bytes, ts_recv: int
    ) -> Sequence[Trade] | Sequence[Bar]:
        base, _, interval = sub.channel.partition(":")
        try:
            if base == "trades":
                return trades_page(body, sub.symbol, ts_recv)
            return bars_page(body, sub.symbol, interval, ts_recv)
        except UNREADABLE as error:
            raise MessageError(f"gemini: history of {sub.symbol}: {error}") from error

    # The server half

    @classmethod
    def recognises(cls, raw: bytes) -> bool:
        return _OURS.match(raw) is not None

    def answer(self, raw: bytes) -> list[bytes]:
        try:
            request = _request(raw)
        except UNREADABLE:
            request = _Request()
        if request.type in ("subscribe", "unsubscribe"):
            return []  # v2 answers with the data
        if request.method in ("subscribe", "unsubscribe", "ping"):
            return [msgspec.json.encode({"id": request.id, "status": OK})]
        error = {"code": -1020, "msg": "Unsupported operation"}
        return [msgspec.json.encode({"id": request.id, "status": 400, "error": error})]


def _wire(symbol: str) -> str:
    """'BTC-GUSD-PERP' -> 'btcgusdperp'; contracts on events keep their names."""
    return symbol if symbol.startswith("GEMI-") else symbol.replace("-", "").lower()


def _spelled(wire: str) -> str:
    """'BTCGUSDPERP' -> 'BTC-GUSD-PERP', 'PAXGUSD' -> 'PAXG-USD'."""
    if wire.endswith("PERP") and len(wire) > len("PERP"):
        return f"{_spelled(wire.removesuffix('PERP'))}-PERP"
    if wire in AMBIGUOUS:
        return AMBIGUOUS[wire]
    quote = next((q for q in QUOTES if wire.endswith(q) and len(wire) > len(q)), None)
    return wire if quote is None else f"{wire.removesuffix(quote)}-{quote}"
