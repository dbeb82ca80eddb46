"""Binance spot: trades, aggregate trades, quotes, depth, klines, tickers over combined streams.

Protocol: https://developers.binance.com/docs/binance-spot-api-docs/web-socket-streams
A frame's stream is read straight from its bytes and picks a typed decoder; a frame that
does not begin with its stream's name is decoded whole. The payloads are in wire.py,
pages of history in history.py. Binance's other markets speak the same protocol and
derive from this one: usdm.py, coinm.py, us.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar
from urllib.parse import parse_qs, urlencode

import msgspec
from msgspec import Struct

from livefin.errors import MessageError, SymbolError
from livefin.events import Bar, BookSnapshot, Status, Trade
from livefin.venues.binance import history, wire
from livefin.venues.binance.wire import HEAD, MakeReader, Reader
from livefin.venues.contract import MAX_SYMBOL, Closing, Parsed, Span, Subscription, Venue
from livefin.venues.wire import MS, UNREADABLE, Id, Levels, Ms, decode, encode, hyphenate

MAX_ROUTES = 8_192
STREAMS_PER_MESSAGE = 200
INTERVALS = "1s 1m 3m 5m 15m 30m 1h 2h 4h 6h 8h 12h 1d 3d 1w 1M".split()
SHUTDOWN = 600.0
"""About so long before it closes its connections a server says that it will."""
_NAME_AT = len(HEAD)
_HEAD_END = _NAME_AT + 28


class _Snapshot(Struct):
    lastUpdateId: Id  # noqa: N815 - the wire's own name
    bids: Levels
    asks: Levels
    T: Ms = 0  # of the futures


_snapshot = msgspec.json.Decoder(_Snapshot, strict=False)


class Binance(Venue):
    """Binance spot market data; no account and no key needed."""

    name: ClassVar[str] = "binance"
    title: ClassVar[str] = "Binance spot"
    url: str = "wss://stream.binance.com:9443/stream"
    rest_url: str = "https://api.binance.com"
    channels: ClassVar[Sequence[str]] = (
        "trades", "quotes", "book", "agg_trades", "bars", "ticker",
    )  # fmt: skip
    example: ClassVar[str] = "BTC-USDT"
    trade_ids_contiguous: ClassVar[bool] = True
    max_subscriptions: ClassVar[int | None] = 1_024
    # Five incoming messages a second are allowed, and a pong counts as one.
    send_interval: float = 0.25
    # A connection ends after 24 hours; a quarter of an hour is for opening the next.
    max_age: ClassVar[float | None] = 24 * 3600 - 900.0

    market: ClassVar[str] = "spot"
    """What binance_wire.market calls its frames."""
    intervals: ClassVar[Sequence[str]] = INTERVALS
    streams: ClassVar[Mapping[str, str]] = wire.STREAM
    readers: ClassVar[Mapping[str, MakeReader]] = wire.READERS
    spelling: ClassVar[str] = r"[\w.]+-[\w.]+"
    hint: ClassVar[str] = "write it as BASE-QUOTE in capitals, such as BTC-USDT"
    api: ClassVar[str] = "/api/v3"
    # This many levels is all that is given; one outside them appears when it changes.
    snapshot_levels: ClassVar[int] = 5_000
    past_trades: ClassVar[int] = 1_000
    """Most trades in a page of those before the most recent."""
    past_trades_need_key: ClassVar[bool] = False
    past_bars: ClassVar[int] = 1_000
    past_bars_newest_first: ClassVar[bool] = False

    def __init__(self) -> None:
        self._routes: dict[bytes, Reader] = {}
        self._heads: dict[bytes, Reader] = {}
        """The same readers by the name and what always follows it: a fixed slice of a frame,
        which is found in half the time that looking for the name's end takes."""
        self._symbols: dict[str, str] = {}
        self._wanted: dict[str, set[Subscription]] = {}
        """Stream -> what it is subscribed for; the last of them ends it."""
        self._asked: dict[int | str | None, Sequence[str]] = {}
        """The streams of each request that was not answered yet, by its id."""
        self._id = 0

    def opened(self) -> None:
        self._wanted, self._asked = {}, {}

    def headers(self) -> dict[str, str]:
        key = self.keys.get("api_key")
        return {"X-MBX-APIKEY": key.reveal()} if key else {}

    # Subscribing

    def check(self, sub: Subscription) -> None:
        super().check(sub)
        symbol = sub.symbol
        # Some are not of the Latin alphabet, and have no capitals.
        if not re.fullmatch(self.spelling, symbol) or symbol != symbol.upper():
            raise SymbolError(symbol, self.hint, venue=self.name)
        self.check_bars(sub, self.intervals)

    def subscribe(self, subs: Sequence[Subscription]) -> list[str | bytes]:
        names = []
        for sub in subs:
            name = self._stream(sub)
            names.append(name)
            self._wanted.setdefault(name, set()).add(sub)
            spelled, _, _ = name.partition("@")
            self._symbols[spelled] = self._base_symbol(sub)
            self._routes[name.encode()] = self._reader(name)
        return self._requests("SUBSCRIBE", names)

    def unsubscribe(self, subs: Sequence[Subscription]) -> list[str | bytes]:
        names = []
        for sub in subs:
            name = self._stream(sub)
            wanted = self._wanted.get(name, set())
            wanted.discard(sub)
            if not wanted:
                self._wanted.pop(name, None)
                names.append(name)
        return self._requests("UNSUBSCRIBE", names)

    def ping(self) -> str:
        # A WebSocket pong can come from a proxy in front of a dead server; this answer cannot.
        return self._request("LIST_SUBSCRIPTIONS")

    def _requests(self, method: str, names: Sequence[str]) -> list[str | bytes]:
        names, n = list(dict.fromkeys(names)), STREAMS_PER_MESSAGE
        return [self._request(method, names[i : i + n]) for i in range(0, len(names), n)]

    def _request(self, method: str, names: Sequence[str] | None = None) -> str:
        self._id += 1
        if names is None:
            return encode({"method": method, "id": self._id})
        self._asked[self._id] = names
        return encode({"method": method, "id": self._id, "params": names})

    def _stream(self, sub: Subscription) -> str:
        """The venue's name of a stream: ("bars:1m", "BTC-USDT") -> 'btcusdt@kline_1m'."""
        base, _, interval = sub.channel.partition(":")
        suffix = f"kline_{interval}" if base == "bars" else self.streams[base]
        return f"{self._spell(self._base_symbol(sub)).lower()}@{suffix}"

    def _base_symbol(self, sub: Subscription) -> str:
        """The symbol that the reader of the stream for `sub` is made for."""
        return sub.symbol

    def _spell(self, symbol: str) -> str:
        """'BTC-USDT' -> 'BTCUSDT', as the venue's REST spells it."""
        return symbol.replace("-", "")

    def _symbol(self, spelled: str) -> str:
        """'btcusdt' -> 'BTC-USDT': as subscribed, else as well as can be told."""
        known = self._symbols.get(spelled)
        return self._guess(spelled) if known is None else known

    def _guess(self, spelled: str) -> str:
        """'btcusdt' -> 'BTC-USDT', split before a known quote asset."""
        return hyphenate(spelled)

    # What comes

    def parse(self, raw: bytes, ts_recv: int) -> Iterable[Parsed]:
        read = self._heads.get(raw[_NAME_AT:_HEAD_END])
        try:
            return self._parse_unrouted(raw, ts_recv) if read is None else read(raw, ts_recv)
        except UNREADABLE as error:
            raise MessageError(f"{self.name}: {error}") from error

    def _parse_unrouted(self, raw: bytes, ts_recv: int) -> tuple[Parsed, ...]:
        name = raw[_NAME_AT : raw.find(b'"', _NAME_AT)] if raw.startswith(HEAD) else b""
        read = self._routes.get(name)
        if read is not None:
            if _NAME_AT + len(name) < _HEAD_END and len(self._heads) < MAX_ROUTES:
                self._heads[raw[_NAME_AT:_HEAD_END]] = read
            return read(raw, ts_recv)
        plain = wire.plain(raw)
        if b'"serverShutdown"' in raw[: wire.MARKED]:  # bare, or wrapped in one way or other
            return (Closing(SHUTDOWN),)
        if plain.stream is not None:
            read = self._reader(plain.stream)
            if len(self._routes) < MAX_ROUTES:
                self._routes[plain.stream.encode()] = read
            return read(raw, ts_recv)
        return self._answer_to(plain, raw, ts_recv)

    def _reader(self, stream: str) -> Reader:
        spelled, make = stream.partition("@")[0], self.readers.get(wire.kind(stream))
        if make is None or not 0 < len(spelled) <= MAX_SYMBOL:
            raise MessageError(f"{self.name}: unknown stream {stream[:64]!r}")
        return make(self._symbol(spelled))

    def _answer_to(self, plain: wire.Plain, raw: bytes, ts_recv: int) -> tuple[Status, ...]:
        error = plain.error
        if error is None and plain.code is not None:
            error = wire.Error(plain.code, plain.msg or "")
        if error is not None:
            names = self._asked.pop(plain.id, ())
            subs = [sub for name in names for sub in self._wanted.get(name, ())]
            symbol, channel = (_only({sub[i] for sub in subs}) for i in (1, 0))
            detail = f"{self.name}: {error.msg:.300} (code {error.code})"
            return (Status("rejected", ts_recv, symbol, channel, detail=detail),)
        if plain.result is not None or plain.id is not None:
            self._asked.pop(plain.id, ())
            return ()  # an acknowledgement, or the list that answers our ping
        raise MessageError(f"{self.name}: neither a stream nor an answer: {raw[:80]!r}")

    # The book's snapshot

    def snapshot_url(self, symbol: str) -> str:
        query = urlencode({"symbol": self._spell(symbol), "limit": self.snapshot_levels})
        return f"{self.rest_url}{self.api}/depth?{query}"

    def parse_snapshot(self, symbol: str, body: bytes, ts_recv: int) -> BookSnapshot:
        """`{"lastUpdateId":1027024,"bids":[["4.00","431.0"]],"asks":[["4.02","12.0"]]}`.

        The futures' have `"T":1589436922959` as well, the time of its last change.
        """
        m = decode(_snapshot, body, venue=f"{self.name}: depth snapshot of {symbol}")
        return BookSnapshot(symbol, m.T * MS or ts_recv, ts_recv, m.bids, m.asks, m.lastUpdateId)

    # History

    def history_url(self, sub: Subscription, span: Span) -> str | None:
        base, _, interval = sub.channel.partition(":")
        symbol = self._spell(sub.symbol)
        if base == "trades":
            old = not self.past_trades_need_key or bool(self.keys.get("api_key"))
            query = history.trades_query(symbol, span, old=old, limit=self.past_trades)
        elif base == "agg_trades":
            query = history.agg_trades_query(symbol, span)
        elif base == "bars":
            limit, newest_first = self.past_bars, self.past_bars_newest_first
            query = history.bars_query(
                symbol, interval, span, limit=limit, newest_first=newest_first
            )
        else:
            return None
        return f"{self.rest_url}{self.api}{query}"

    def parse_history(
        self, sub: Subscription, body: bytes, ts_recv: int
    ) -> Sequence[Trade] | Sequence[Bar]:
        base, _, interval = sub.channel.partition(":")
        try:
            if base == "bars":
                return history.bars(sub.symbol, interval, body, ts_recv)
            page: Sequence[Trade] = history.PAGES[base](sub.symbol, body, ts_recv)
        except (KeyError, *UNREADABLE) as error:
            raise MessageError(f"{self.name}: history of {sub.symbol}: {error}") from error
        return page

    # The server half

    @classmethod
    def recognises(cls, raw: bytes) -> bool:
        return wire.market(raw) == cls.market

    def answer(self, raw: bytes) -> list[bytes]:
        try:
            request = wire.request(raw)
        except UNREADABLE:
            return [b'{"code":3,"msg":"Invalid JSON"}']
        if request.method in ("SUBSCRIBE", "UNSUBSCRIBE"):
            return [msgspec.json.encode({"result": None, "id": request.id})]
        if request.method == "LIST_SUBSCRIPTIONS":
            return [msgspec.json.encode({"result": [], "id": request.id})]
        return [b'{"code":2,"msg":"Invalid request: unknown method"}']

    def snapshot_symbol(self, path: str) -> str | None:
        route, _, query = path.partition("?")
        if route != f"{self.api}/depth":
            return None
        wanted = parse_qs(query).get("symbol", [""])[0]
        return self._symbol(wanted.lower()) if wanted else None

    def render_snapshot(self, book: BookSnapshot) -> bytes:
        sides = {
            side: [[f"{price:.8f}", f"{size:.8f}"] for price, size in levels]
            for side, levels in (("bids", book.bids), ("asks", book.asks))
        }
        return msgspec.json.encode({"lastUpdateId": book.sequence} | sides)


def _only(values: set[str]) -> str:
    """The one of `values`; "" where there is none, or more."""
    return values.pop() if len(values) == 1 else ""
