"""Kraken spot, WebSocket API v2: trades, best quote, book, resting orders, candles, ticker.

Protocol: https://docs.kraken.com/api/docs/websocket-v2/book (ticker, trade, ohlc, level3 beside)
Nothing is numbered but trades: a lost change shows in the book's checksum, which comes with
every change and covers the ten best levels. Frames are read in kraken_frames; what the
older protocol has in common with this one is in rest.py.

Resting orders ("orders") come from an address of their own, with a token that a signed
request gets: api_key and api_secret, with the permission "WebSocket interface".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, NamedTuple
from urllib.parse import urlsplit, urlunsplit

import msgspec
from msgspec import Struct

from livefin.errors import MessageError
from livefin.events import Bar, Status, Text
from livefin.venues.contract import Parsed, Request, Subscription, Venue
from livefin.venues.kraken import rest
from livefin.venues.kraken.v2_frames import read, spelled
from livefin.venues.openbars import OpenBars
from livefin.venues.topics import Topics
from livefin.venues.wire import UNREADABLE, encode

PAIRS_PER_MESSAGE = 100
MAX_ASKED = 1_000
L3 = "l3"
TOKEN = "token"  # noqa: S105 - what it is called
WIRE = {
    "trades": "trade",
    "quotes": "ticker",
    "book": "book",
    "orders": "level3",
    "bars": "ohlc",
    "ticker": "ticker",
}
CHANNELS = {wire: channel for channel, wire in WIRE.items()}


class Topic(NamedTuple):
    """What the venue subscribes: a channel of its own, its interval in minutes or 0, a pair."""

    channel: str
    interval: int
    symbol: str


class _Result(Struct):
    channel: str = ""
    symbol: str = ""


class _Answer(Struct):
    """What we asked for, answered: subscribed, refused, a pong."""

    channel: str | None = None
    method: str | None = None
    success: bool | None = None
    error: str | None = None
    symbol: str | None = None
    req_id: int | None = None
    result: _Result | None = None


class _Params(Struct, omit_defaults=True):
    channel: str = ""
    symbol: list[str] = []
    depth: int | None = None
    interval: int | None = None
    snapshot: bool | None = None


class _Request(Struct):
    method: str = ""
    params: _Params | None = None
    req_id: int | None = None


_answer = msgspec.json.Decoder(_Answer).decode
_request = msgspec.json.Decoder(_Request).decode

_HEAD = b'{"channel":"'
_RECOGNISED = (
    *(
        f'{{"channel":"{channel}","type":"{kind}","data":['.encode()
        for channel in ("book", "trade", "ticker", "level3", "status")
        for kind in ("update", "snapshot")
    ),
    b'{"channel":"ohlc","type":"update","timestamp":"',
    b'{"channel":"ohlc","type":"snapshot","timestamp":"',
)


class Kraken(rest.Rest, Venue):
    """Kraken spot market data. All but "orders" needs no key."""

    name: ClassVar[str] = "kraken"
    title: ClassVar[str] = "Kraken spot"
    url: str = "wss://ws.kraken.com/v2"
    channels: ClassVar[Sequence[str]] = ("trades", "quotes", "book", "orders", "bars", "ticker")
    example: ClassVar[str] = "BTC-USD"
    trade_ids_contiguous: ClassVar[bool] = True
    # A heartbeat comes each second in which nothing else does.
    silence: float = 10.0
    lanes: ClassVar[Sequence[str]] = ("", L3)
    key_names: ClassVar[Sequence[str]] = ("api_key", "api_secret")
    order_checksum_levels: ClassVar[int] = rest.CHECKSUM_LEVELS

    def __init__(self) -> None:
        self._topics = Topics(_topic)
        self._asked: dict[int, Topic] = {}
        """What each of our requests was about; no symbol where it was about several."""
        self._bars = OpenBars()
        self._id = 0

    # Connecting

    def lane_of(self, sub: Subscription) -> str:
        return L3 if sub.channel == "orders" else ""

    def lane_at(self, url: str) -> str:
        # Both addresses have the same path.
        return L3 if urlsplit(url).netloc.startswith("ws-l3.") else ""

    def endpoint(self) -> str:
        if self.lane != L3:
            return self.url
        parts = urlsplit(self.url)
        return urlunsplit(parts._replace(netloc=re.sub(r"^ws\.", "ws-l3.", parts.netloc)))

    def prepare(self, now: int) -> Request | None:
        key, secret = (self.keys.get(name) for name in self.key_names)
        if self.lane != L3 or key is None or secret is None:
            return None
        return rest.token_request(self.rest_url, key, secret, now)

    def prepared(self, body: bytes) -> None:
        # Among the keys, which no recording and no error may hold.
        self.keys = dict(self.keys) | {TOKEN: rest.read_token(body)}

    def opened(self) -> None:
        self._topics = Topics(_topic)
        self._asked.clear()
        self._bars = OpenBars()
        # A thousand levels of one pair's orders cost 100 of the 200 allowed in a second.
        self.send_interval = 0.6 if self.lane == L3 else 0.0

    # Subscribing

    def check(self, sub: Subscription) -> None:
        super().check(sub)
        rest.check_pair(sub.symbol, venue=self.name)
        self.check_bars(sub, rest.INTERVALS)

    def subscribe(self, subs: Sequence[Subscription]) -> list[str | bytes]:
        # Where all of it is on already, a ping: something is always sent.
        return self._requests("subscribe", self._topics.add(subs)) or [self.ping()]

    def unsubscribe(self, subs: Sequence[Subscription]) -> list[str | bytes]:
        return self._requests("unsubscribe", self._topics.remove(subs))

    def ping(self) -> str:
        self._id += 1
        return encode({"method": "ping", "req_id": self._id})

    def _requests(self, method: str, topics: Sequence[Topic]) -> list[str | bytes]:
        together: dict[tuple[str, int], list[str]] = {}
        for topic in topics:
            pair = topic.symbol.replace("-", "/")
            together.setdefault((topic.channel, topic.interval), []).append(pair)
        messages: list[str | bytes] = []
        for (channel, interval), pairs in together.items():
            params = self._params(channel, interval, method)
            n = 1 if channel == "level3" else PAIRS_PER_MESSAGE
            for i in range(0, len(pairs), n):
                self._id += 1
                some = pairs[i : i + n]
                self._asked[self._id] = Topic(channel, interval, some[0] if len(some) == 1 else "")
                if len(self._asked) > MAX_ASKED:
                    del self._asked[next(iter(self._asked))]
                body = {"channel": channel, "symbol": some} | params
                messages.append(encode({"method": method, "params": body, "req_id": self._id}))
        return messages

    def _params(self, channel: str, interval: int, method: str) -> dict[str, Any]:
        params: dict[str, Any] = {}
        if channel in ("book", "level3"):
            params["depth"] = self.book_depth
        if channel == "level3" and TOKEN in self.keys:
            params["token"] = self.keys[TOKEN].reveal()
        if channel == "ticker":
            params["event_trigger"] = "bbo"
        if channel == "ohlc":
            params["interval"] = interval
        if channel in ("trade", "ohlc") and method == "subscribe":
            params["snapshot"] = False  # the last fifty trades, which history gives better
        return params

    # Reading

    def parse(self, raw: bytes, ts_recv: int) -> Iterable[Parsed]:
        try:
            if raw.startswith(_HEAD):
                return self._read(raw, ts_recv)
            answer = _answer(raw)
            if answer.channel is not None:
                return self._read(raw, ts_recv)
            return self._answered(answer, ts_recv)
        except MessageError:
            raise
        except UNREADABLE as error:
            raise MessageError(f"kraken: {error!s:.200}") from error

    def _read(self, raw: bytes, ts_recv: int) -> Iterable[Parsed]:
        events = read(raw, ts_recv)
        if events and isinstance(events[0], Bar):
            bars = [bar for bar in events if isinstance(bar, Bar)]
            return [out for bar in bars for out in self._bars.update(bar)]
        return events

    def _answered(self, answer: _Answer, ts_recv: int) -> tuple[Parsed, ...]:
        if answer.success is False or (answer.error and answer.method != "pong"):
            asked = self._asked.get(answer.req_id or 0, Topic("", 0, ""))
            symbol = spelled(answer.symbol or asked.symbol)
            wanted = self._topics.subs(asked._replace(symbol=symbol))
            channel = wanted[0].channel if wanted else CHANNELS.get(asked.channel, "")
            hint = ""
            if channel == "orders" and TOKEN not in self.keys:
                hint = " (orders need api_key and api_secret)"
            detail = f"kraken: {answer.error or 'refused':.200}{hint}"
            return (Status("rejected", ts_recv, symbol, channel, detail=detail),)
        if answer.method is None:
            raise MessageError("kraken: neither of a channel nor an answer")
        return ()  # subscribed, unsubscribed or a pong

    # Books

    def order_checksum(self, symbol: str, bids: Sequence[Text], asks: Sequence[Text]) -> int:  # noqa: ARG002 - all pairs alike
        return rest.checksum(bids, asks)

    # The server half

    @classmethod
    def recognises(cls, raw: bytes) -> bool:
        return raw.startswith(_RECOGNISED)

    def answer(self, raw: bytes) -> list[bytes]:
        try:
            request = _request(raw)
        except UNREADABLE:
            return []
        ids = {} if request.req_id is None else {"req_id": request.req_id}
        if request.method == "ping":
            return [msgspec.json.encode({"method": "pong"} | ids)]
        params = request.params
        if request.method not in ("subscribe", "unsubscribe") or params is None:
            return []
        result = {"channel": params.channel, "depth": params.depth, "interval": params.interval}
        result = {name: value for name, value in result.items() if value is not None}
        answer: dict[str, Any] = {"method": request.method, "success": True}
        return [
            msgspec.json.encode(answer | {"result": result | {"symbol": symbol}} | ids)
            for symbol in params.symbol
        ]


def _topic(sub: Subscription) -> Topic:
    base, _, interval = sub.channel.partition(":")
    return Topic(WIRE[base], rest.INTERVALS.get(interval, 0), sub.symbol)
