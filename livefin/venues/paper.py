"""The embedded exchange: trades, best quote and the whole book, with nothing to sign up for.

Its protocol is described in livefin/exchange/protocol.py and read here independently of it, as
any venue's is. Every frame is `{"type":"<kind>","ts":<ns>,...}`, so one decoder with a union
tagged by `type` reads them all. The book's snapshot comes in the stream, on subscribing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import ClassVar, Literal, TypeAlias
from urllib.parse import quote

import msgspec
from msgspec import Struct

from livefin.errors import MessageError
from livefin.events import BookDelta, BookSnapshot, Quote, Side, Status, Trade
from livefin.venues.contract import Parsed, Span, Subscription, Venue
from livefin.venues.wire import UNREADABLE, Id, Levels, Ns, Price, Size, Symbol, decode

PORT = 8877
"""Where `livefin exchange` listens unless told otherwise."""
SYMBOLS_PER_MESSAGE = 200
PAGE = 1_000


class _Trade(Struct, gc=False, tag="trade"):
    ts: Ns
    symbol: Symbol
    id: Id
    price: Price
    size: Size
    side: Side


class _Quote(Struct, gc=False, tag="quote"):
    ts: Ns
    symbol: Symbol
    sequence: Id
    bid: Price
    bid_size: Size
    ask: Price
    ask_size: Size


class _Snapshot(Struct, tag="book_snapshot"):
    ts: Ns
    symbol: Symbol
    sequence: Id
    bids: Levels
    asks: Levels


class _Delta(Struct, tag="book_delta"):
    ts: Ns
    symbol: Symbol
    first: Id
    last: Id
    bids: Levels
    asks: Levels


class _Error(Struct, tag="error"):
    ts: Ns
    code: str
    message: str
    symbol: str = ""


class _Heartbeat(Struct, tag="heartbeat"):
    ts: Ns


class _Pong(Struct, tag="pong"):
    ts: Ns


class _Subscribed(Struct, tag="subscribed"):
    ts: Ns


class _Unsubscribed(Struct, tag="unsubscribed"):
    ts: Ns


class _Execution(Struct, tag="execution"):
    ts: Ns
    symbol: Symbol
    status: str


class _Request(Struct):
    op: Literal["subscribe", "unsubscribe", "ping", "order", "cancel"]
    channels: list[str] = []
    symbols: list[str] = []
    id: int | str | None = None


_Frame: TypeAlias = (
    _Trade | _Quote | _Delta | _Snapshot | _Error | _Heartbeat | _Pong | _Subscribed
    | _Unsubscribed | _Execution
)  # fmt: skip


class _Trades(Struct):
    symbol: Symbol
    trades: list[_Trade]


_trades = msgspec.json.Decoder(_Trades)
_frame = msgspec.json.Decoder(_Frame).decode
_request = msgspec.json.Decoder(_Request).decode
_OURS = re.compile(
    rb'\{"type":"(?:trade|quote|book_snapshot|book_delta|heartbeat|subscribed)","ts":\d{15,20}[,}]'
)


class Paper(Venue):
    """The exchange that comes with livefin; `url` is where one listens."""

    name: ClassVar[str] = "paper"
    title: ClassVar[str] = "Embedded exchange"
    url: str = f"ws://127.0.0.1:{PORT}/"
    channels: ClassVar[Sequence[str]] = ("trades", "quotes", "book")
    example: ClassVar[str] = "BTC-USDT"
    trade_ids_contiguous: ClassVar[bool] = True
    # It sends a heartbeat every second.
    silence: float = 5.0

    def __init__(self, url: str | None = None) -> None:
        if url is not None:
            self.url = url
        self._id = 0

    def subscribe(self, subs: Sequence[Subscription]) -> list[str | bytes]:
        return self._requests("subscribe", subs)

    def unsubscribe(self, subs: Sequence[Subscription]) -> list[str | bytes]:
        return self._requests("unsubscribe", subs)

    def ping(self) -> str:
        self._id += 1
        return msgspec.json.encode({"op": "ping", "id": self._id}).decode()

    def parse(self, raw: bytes, ts_recv: int) -> Iterable[Parsed]:
        """`{"type":"trade","ts":1700000000000000000,"symbol":"BTC-USDT","id":17,
        "price":60000.1,"size":0.02,"side":"buy"}`

        `side` is the taker's. The other kinds are in livefin/exchange/protocol.py.
        """  # noqa: D205, D415 - the raw message comes first
        try:
            m = _frame(raw)
        except UNREADABLE as error:
            raise MessageError(f"paper: {error}") from error
        kind = m.__class__
        if kind is _Trade:
            return (Trade(m.symbol, m.ts, ts_recv, m.price, m.size, m.side, m.id),)
        if kind is _Quote:
            return (
                Quote(m.symbol, m.ts, ts_recv, m.bid, m.bid_size, m.ask, m.ask_size, m.sequence),
            )
        if kind is _Delta:
            return (BookDelta(m.symbol, m.ts, ts_recv, m.bids, m.asks, m.first, m.last),)
        if kind is _Snapshot:
            return (BookSnapshot(m.symbol, m.ts, ts_recv, m.bids, m.asks, m.sequence),)
        if kind is _Error:
            detail = f"paper: {m.message} ({m.code})"
            return (Status("rejected", ts_recv, m.symbol, detail=detail),)
        return ()  # a sign of life, an acknowledgement, or an execution of our own order

    def history_url(self, sub: Subscription, span: Span) -> str | None:
        if sub.channel != "trades":
            return None
        start = f"since={max(1, span.start)}" if span.first is None else f"from_id={span.first}"
        host = self.url.replace("ws", "http", 1).rstrip("/") if not self.rest_url else self.rest_url
        return f"{host}/trades?symbol={quote(sub.symbol)}&{start}&limit={PAGE}"

    def parse_history(self, sub: Subscription, body: bytes, ts_recv: int) -> list[Trade]:
        return [
            Trade(sub.symbol, m.ts, ts_recv, m.price, m.size, m.side, m.id)
            for m in decode(_trades, body, venue=self.name).trades
        ]

    def _requests(self, op: str, subs: Sequence[Subscription]) -> list[str | bytes]:
        """One message for all the symbols that want the same channels."""
        wanted: dict[str, list[str]] = {}
        for sub in subs:
            wanted.setdefault(sub.symbol, []).append(sub.channel)
        groups: dict[tuple[str, ...], list[str]] = {}
        for symbol, channels in wanted.items():
            groups.setdefault(tuple(dict.fromkeys(channels)), []).append(symbol)
        return [
            self._request(op, channels, symbols[i : i + SYMBOLS_PER_MESSAGE])
            for channels, symbols in groups.items()
            for i in range(0, len(symbols), SYMBOLS_PER_MESSAGE)
        ]

    def _request(self, op: str, channels: Sequence[str], symbols: Sequence[str]) -> str:
        self._id += 1
        body = {"op": op, "channels": channels, "symbols": symbols, "id": self._id}
        return msgspec.json.encode(body).decode()

    # The server half

    @classmethod
    def recognises(cls, raw: bytes) -> bool:
        return _OURS.match(raw) is not None

    def answer(self, raw: bytes) -> list[bytes]:
        try:
            request = _request(raw)
        except UNREADABLE:
            return [_ERROR]
        # A recording has no clock of its own to tell the time by; 0 says so.
        body: dict[str, object] = {"type": _ANSWERS.get(request.op, "error"), "ts": 0}
        if request.op in ("subscribe", "unsubscribe"):
            body |= {"channels": request.channels, "symbols": request.symbols}
        elif request.op != "ping":
            body |= {"code": "bad_request", "message": "a recording takes no orders"}
        if request.id is not None:
            body["id"] = request.id
        return [msgspec.json.encode(body)]


_ANSWERS = {"subscribe": "subscribed", "unsubscribe": "unsubscribed", "ping": "pong"}
_ERROR = b'{"type":"error","ts":0,"code":"bad_request","message":"not a request"}'
