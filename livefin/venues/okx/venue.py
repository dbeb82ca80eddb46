"""OKX v5: spot, margin, swaps, futures and options, over the public and the business address.

Protocol: https://www.okx.com/docs-v5/en/#overview-websocket
Every push is `{"arg":{"channel":"<name>","instId":"<symbol>"},"data":[...]}`. The channel's
name is read straight from the bytes and picks a typed reader (frames.py); events that are
no data come here. OKX's own instrument ids are the symbols: BTC-USDT, BTC-USDT-SWAP,
BTC-USD-240927, BTC-USD-240927-60000-C; sizes of derivatives are contracts.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import zlib
from collections.abc import Iterable, Sequence
from itertools import zip_longest
from typing import Any, ClassVar, TypeAlias

import msgspec
from msgspec import Struct

from livefin.errors import MessageError, SymbolError
from livefin.events import Bar, Status, Text, Trade
from livefin.venues.contract import Closing, Parsed, Ready, Span, Subscription, Venue
from livefin.venues.okx.books import Arg
from livefin.venues.okx.frames import BARS, history, reader
from livefin.venues.wire import MS, UNREADABLE, S, encode

Request: TypeAlias = dict[str, str]

WIRE: dict[str, str] = {
    "trades": "trades-all",
    "quotes": "bbo-tbt",
    "agg_trades": "trades",
    "ticker": "tickers",
    "funding": "funding-rate",
    "open_interest": "open-interest",
    "liquidations": "liquidation-orders",
}
BOOKS = ("books", "books5", "books-l2-tbt", "books50-l2-tbt")
VIP = ("books-l2-tbt", "books50-l2-tbt")
CHANNEL = {wire: channel for channel, wire in WIRE.items()} | dict.fromkeys(BOOKS, "book")
CHANNEL |= dict.fromkeys(("mark-price", "index-tickers"), "rates")
MAX_BYTES = 60_000
"""64 KB of channels are taken at once; the rest is for what stands around them."""
NOTICE_BEFORE = 60.0
_HEAD = b'{"arg":{"channel":"'
_ACKNOWLEDGED = b'{"event":"subscribe","arg":{"channel":"'
_NAMED = re.compile(r"channel:([\w-]{1,40})(?:,instId:([\w.-]{1,64}))?")
_SYMBOL = re.compile(r"[A-Z0-9_.]+(-[A-Z0-9_.]+){1,4}")


class _Plain(Struct):
    """Anything whose first bytes are not a push's: answers, errors, notices."""

    arg: Arg | None = None
    event: str | None = None
    code: str | int | None = None
    msg: str | None = None


class _Asked(Struct):
    op: str = ""
    args: list[dict[str, Any]] = []


_plain = msgspec.json.Decoder(_Plain).decode
_asked = msgspec.json.Decoder(_Asked).decode


class Okx(Venue):
    """OKX market data; no account and no key needed.

    `book` is the channel that books come from: "books" (400 levels, every 100 ms), "books5"
    (5 levels, each time whole), or for VIPs with keys "books-l2-tbt" (400 levels, every
    10 ms) and "books50-l2-tbt" (50).
    """

    name: ClassVar[str] = "okx"
    title: ClassVar[str] = "OKX"
    aliases: ClassVar[Sequence[str]] = ("OKEX", "OKCOIN")
    url: str = "wss://ws.okx.com:8443/ws/v5"
    """Of both addresses; the lane's name follows."""
    rest_url: str = "https://www.okx.com"
    channels: ClassVar[Sequence[str]] = (
        "trades", "quotes", "book", "agg_trades", "bars", "ticker", "rates", "funding",
        "open_interest", "liquidations",
    )  # fmt: skip
    example: ClassVar[str] = "BTC-USDT-SWAP"
    # Three connections a second, and 480 requests an hour on each.
    send_interval: float = 0.34
    # It closes a socket on which nothing was pushed for 30 s.
    silence: float = 15.0
    lanes: ClassVar[Sequence[str]] = ("public", "business")
    key_names: ClassVar[Sequence[str]] = ("api_key", "api_secret", "passphrase")
    checksum_levels: ClassVar[int] = 25
    history_newest_first: ClassVar[bool] = True

    def __init__(self, *, book: str = "books") -> None:
        if book not in BOOKS:
            raise ValueError(f"okx has no book {book!r}; there are: {', '.join(BOOKS)}")
        self.book = book
        self._users: dict[tuple[str, ...], set[Subscription]] = {}
        """By channel and what it is of: the subscriptions that share it."""

    def lane_of(self, sub: Subscription) -> str:
        base = sub.channel.partition(":")[0]
        return "business" if base in ("trades", "bars") else "public"

    def endpoint(self) -> str:
        head, _, last = self.url.rstrip("/").rpartition("/")
        base = head if last in self.lanes else self.url.rstrip("/")
        return f"{base}/{self.lane or self.lanes[0]}"

    def opened(self) -> None:
        self._users.clear()

    def login(self, now: int) -> list[str | bytes]:
        needed = self.book in VIP and self.lane != "business"
        given = needed and all(self.keys.get(name) for name in self.key_names)
        # Only the books of VIPs want a login; all else must not wait for one.
        self.waits = given  # type: ignore[misc]
        if not given:
            return []
        at = str(now // S)
        secret = self.keys["api_secret"].reveal().encode()
        digest = hmac.digest(secret, f"{at}GET/users/self/verify".encode(), hashlib.sha256)
        arg = {
            "apiKey": self.keys["api_key"].reveal(),
            "passphrase": self.keys["passphrase"].reveal(),
            "timestamp": at,
            "sign": base64.b64encode(digest).decode(),
        }
        return [encode({"op": "login", "args": [arg]})]

    # Subscribing

    def check(self, sub: Subscription) -> None:
        super().check(sub)
        if not _SYMBOL.fullmatch(sub.symbol):
            hint = "write it as OKX does, such as BTC-USDT or BTC-USDT-SWAP"
            raise SymbolError(sub.symbol, hint, venue=self.name)
        self.check_bars(sub, BARS)
        if sub.channel == "funding" and _kind(sub.symbol) != "SWAP":
            raise SymbolError(sub.symbol, "only swaps, such as BTC-USDT-SWAP", venue=self.name)
        if sub.channel == "open_interest" and _kind(sub.symbol) == "MARGIN":
            raise SymbolError(sub.symbol, "only derivatives have it", venue=self.name)

    def subscribe(self, subs: Sequence[Subscription]) -> list[str | bytes]:
        new: dict[tuple[str, ...], Request] = {}
        for sub in subs:
            request = self._request(sub)
            users = self._users.setdefault(tuple(request.values()), set())
            if not users or sub in users:
                new[tuple(request.values())] = request
            users.add(sub)
        return _messages("subscribe", new.values())

    def unsubscribe(self, subs: Sequence[Subscription]) -> list[str | bytes]:
        gone: list[Request] = []
        for sub in subs:
            request = self._request(sub)
            users = self._users.pop(tuple(request.values()), set()) - {sub}
            if users:
                self._users[tuple(request.values())] = users
            else:
                gone.append(request)
        return _messages("unsubscribe", gone)

    def _request(self, sub: Subscription) -> Request:
        """What OKX calls `sub`: ("bars:1d", "BTC-USDT") -> candle1Dutc of BTC-USDT."""
        base, _, interval = sub.channel.partition(":")
        symbol = sub.symbol
        if base == "liquidations":  # they come for all instruments of a type
            return {"channel": WIRE[base], "instType": _kind(symbol)}
        if base == "rates":
            channel = "index-tickers" if _kind(symbol) == "MARGIN" else "mark-price"
        elif base == "bars":
            channel = f"candle{BARS[interval]}"
        else:
            channel = self.book if base == "book" else WIRE[base]
        return {"channel": channel, "instId": symbol}

    def ping(self) -> str:
        return "ping"

    # Reading

    def parse(self, raw: bytes, ts_recv: int) -> Iterable[Parsed]:
        """`{"arg":{"channel":"trades","instId":"BTC-USDT"},"data":[{"instId":"BTC-USDT",...}]}`

        All else is an event, such as `{"event":"error","code":"60018","msg":"Wrong URL or
        channel:books,instId:NOPE-USDT doesn't exist. …","connId":"78d58071"}`, or "pong".
        """  # noqa: D415 - the raw message comes first
        try:
            if raw.startswith(_HEAD):
                return reader(raw[len(_HEAD) : raw.find(b'"', len(_HEAD))])(raw, ts_recv)
            if raw == b"pong":
                return ()
            m = _plain(raw)
            if m.event is None and m.arg is not None:
                return reader(m.arg.channel.encode())(raw, ts_recv)
        except UNREADABLE as error:
            raise MessageError(f"okx: {error}") from error
        return self._event(m, raw, ts_recv)

    def _event(self, m: _Plain, raw: bytes, ts_recv: int) -> tuple[Parsed, ...]:
        event, failed = m.event, str(m.code or "0") != "0"
        if event in ("error", "channel-conn-count-error") or (event == "login" and failed):
            channel, symbol = _named(m)
            detail = f"okx: {(m.msg or 'refused')[:300]} (code {m.code})"
            return (Status("rejected", ts_recv, symbol, channel, detail=detail),)
        if event == "login":
            return (Ready(),)
        if event == "notice":
            if str(m.code) == "64008":  # it closes this socket for an upgrade
                return (Closing(NOTICE_BEFORE),)
            return (Status("error", ts_recv, detail=f"okx: {(m.msg or '')[:300]}"),)
        if event in ("subscribe", "unsubscribe", "channel-conn-count"):
            return ()
        raise MessageError(f"okx: neither data nor an event: {raw[:80]!r}")

    # Books

    def checksum(self, symbol: str, bids: Sequence[Text], asks: Sequence[Text]) -> int:  # noqa: ARG002 - the same for all
        """CRC32, signed, of the levels by turns: `bid:size:ask:size:bid:size:…`."""
        turns = (level for pair in zip_longest(bids, asks) for level in pair if level is not None)
        crc = zlib.crc32(":".join(map(":".join, turns)).encode())
        return crc - 2**32 if crc >= 2**31 else crc

    # History

    def history_url(self, sub: Subscription, span: Span) -> str | None:
        base, _, interval = sub.channel.partition(":")
        until = span.end // MS + 1  # the bounds themselves are left out
        where = f"{self.rest_url}/api/v5/market"
        if base == "trades":
            by = f"type=2&after={until}" if span.last is None else f"type=1&after={span.last + 1}"
            return f"{where}/history-trades?instId={sub.symbol}&{by}&limit=100"
        if base == "bars" and interval in BARS:
            since = max(0, -(-span.start // MS) - 1)
            return (
                f"{where}/history-candles?instId={sub.symbol}&bar={BARS[interval]}"
                f"&after={until}&before={since}&limit=100"
            )
        return None

    def parse_history(
        self, sub: Subscription, body: bytes, ts_recv: int
    ) -> Sequence[Trade] | Sequence[Bar]:
        try:
            return history(sub, body, ts_recv)
        except UNREADABLE as error:
            raise MessageError(f"okx: history of {sub.symbol}: {error}") from error

    # The server half

    @classmethod
    def recognises(cls, raw: bytes) -> bool:
        if not raw.startswith((_HEAD, _ACKNOWLEDGED)):
            return False
        return any(mark in raw[:160] for mark in (b'","instId":"', b'","instType":"'))

    def answer(self, raw: bytes) -> list[bytes]:
        if raw == b"ping":
            return [b"pong"]
        try:
            asked = _asked(raw)
        except UNREADABLE:
            asked = _Asked()
        if asked.op in ("subscribe", "unsubscribe"):
            told = [{"event": asked.op, "arg": arg, "connId": "0"} for arg in asked.args]
            return [msgspec.json.encode(one) for one in told]
        if asked.op == "login":
            return [b'{"event":"login","code":"0","msg":"","connId":"0"}']
        return [b'{"event":"error","code":"60012","msg":"Invalid request","connId":"0"}']


def _kind(symbol: str) -> str:
    """OKX's type of an instrument: BTC-USDT-SWAP -> SWAP; a pair may be lent on: MARGIN."""
    parts = symbol.split("-")
    if parts[-1] == "SWAP":
        return "SWAP"
    return "MARGIN" if len(parts) == 2 else "FUTURES" if len(parts) == 3 else "OPTION"  # noqa: PLR2004 - how many words its name has


def _messages(op: str, requests: Iterable[Request]) -> list[str | bytes]:
    """As many messages as the bound on their size makes of `requests`."""
    batches: list[list[Request]] = []
    size = MAX_BYTES
    for request in requests:
        more = len(encode(request)) + 1
        if size + more > MAX_BYTES:
            batches.append([])
            size = 0
        batches[-1].append(request)
        size += more
    return [encode({"op": op, "args": batch}) for batch in batches]


def _named(m: _Plain) -> tuple[str, str]:
    """The (channel, symbol) that an error is about, "" for what it does not say."""
    wire, symbol = "", ""
    if m.arg is not None:
        wire, symbol = m.arg.channel, m.arg.instId or ""
    elif (found := _NAMED.search(m.msg or "")) is not None:
        wire, symbol = found[1], found[2] or ""
    return CHANNEL.get(wire, "bars" if wire.startswith("candle") else ""), symbol
