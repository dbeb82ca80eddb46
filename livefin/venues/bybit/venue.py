"""Bybit v5: spot, linear and inverse contracts and options, each on an address of its own.

Protocol: https://bybit-exchange.github.io/docs/v5/ws/connect
Every push is `{"topic":"<kind>.….<symbol>",…,"data":…}`; the kind is read from the bytes and
picks a typed decoder. Best quotes come from the one-level book, which is pushed far more
often than the ticker; a recording without it has them from the ticker. A contract's ticker
sends what has changed, so what it said before is kept, per connection. Symbols are spelled in
symbols.py, the messages are in frames.py, past trades and bars in history.py.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import ClassVar, TypeAlias

from livefin.errors import ChannelError, MessageError, SymbolError
from livefin.events import (
    Bar,
    BookDelta,
    BookSnapshot,
    Event,
    Funding,
    Level,
    Liquidation,
    OpenInterest,
    Quote,
    Rate,
    Status,
    Ticker,
    Trade,
)
from livefin.venues.bybit import frames, history
from livefin.venues.bybit.symbols import INDEX, LANES, lane_of, spelled, wire
from livefin.venues.contract import Parsed, Reply, Span, Subscription, Venue
from livefin.venues.topics import Topics
from livefin.venues.wire import MS, UNREADABLE, decode, encode

MAX_SYMBOLS = 8_192
MAX_ASKED = 256
TOPICS_PER_REQUEST = {"spot": 10}
# No more are bounded but by their length; one bad topic makes the venue refuse them all.
TOPICS_OTHERWISE = 100
DEPTHS = {
    "spot": (50, 200, 1000),
    "linear": (50, 200, 1000),
    "inverse": (50, 200, 1000),
    "option": (25, 100),
}
_CONTRACT = ("trades quotes book bars ticker rates funding open_interest liquidations").split()
CHANNELS = {
    "spot": "trades quotes book bars ticker rates".split(),
    "linear": _CONTRACT,
    "inverse": _CONTRACT,
    "option": "trades quotes book ticker rates open_interest".split(),
}
_HEAD = b'{"topic":"'
_TOPIC = re.compile(r"[A-Za-z]+\.[\w.-]+")
_OURS = re.compile(
    rb'\{(?:"id":"[^"]{1,90}",|"type":"[a-z]{5,8}",)?'
    rb'"topic":"(?:orderbook\.\d+|publicTrade|tickers|kline\.[0-9DWM]+|allLiquidation)'
    rb'\.[A-Z0-9-]+",(?:"ts"|"type"|"data"|"id")'
)

Read: TypeAlias = Callable[["Bybit", bytes, int], "list[Event]"]


class Bybit(Venue):
    """Bybit's public market data; no account and no key needed.

    `book_depth` is how many levels of each side a book has: 50, 200 or 1,000 (options: 25 or
    100); the fewer, the more often it is pushed.
    """

    name: ClassVar[str] = "bybit"
    title: ClassVar[str] = "Bybit"
    url: str = "wss://stream.bybit.com/v5/public"
    rest_url: str = "https://api.bybit.com"
    channels: ClassVar[Sequence[str]] = tuple(_CONTRACT)
    example: ClassVar[str] = "BTC-USDT-PERP"
    # Of options; the other addresses bound only the length of a request.
    max_subscriptions: ClassVar[int | None] = 2_000
    silence: float = 20.0
    ping_every: ClassVar[float | None] = 20.0
    """It asks for a ping so often, whatever else is sent."""
    lanes: ClassVar[Sequence[str]] = LANES
    history_newest_first: ClassVar[bool] = True
    book_depth: int = 200

    def __init__(self) -> None:
        self._id = 0
        self.opened()

    def opened(self) -> None:
        self._topics: Topics[str] = Topics(self._topic)
        self._asked: dict[str, list[str]] = {}
        """Topics by the id of the request that subscribed them, until it is answered."""
        self._symbols: dict[str, str] = {}
        self._tickers: dict[str, frames.Ticked] = {}
        self._tops: dict[str, tuple[dict[float, float], dict[float, float]]] = {}
        """The one-level books by wire symbol, subscribed or seen."""

    def lane_of(self, sub: Subscription) -> str:
        return lane_of(sub.symbol) or self.lanes[0]

    def endpoint(self) -> str:
        return f"{self.url}/{self.lane or self.lanes[0]}"

    # Subscribing

    def check(self, sub: Subscription) -> None:
        super().check(sub)
        lane, base = lane_of(sub.symbol), sub.channel.partition(":")[0]
        indexed = sub.symbol.endswith(INDEX)
        if lane is None or (indexed and (base != "rates" or lane == "spot")):
            hint = (
                "write spot as BTC-USDT, contracts as BTC-USDT-PERP, BTC-USD-PERP or "
                "BTC-USDT-27MAR26, options as BTC-27MAR26-90000-C-USDT"
            )
            raise SymbolError(sub.symbol, hint, venue=self.name)
        if base not in CHANNELS[lane]:
            raise ChannelError(sub.channel, CHANNELS[lane], venue=f"{self.name} {lane}")
        self.check_bars(sub, history.INTERVALS)

    def subscribe(self, subs: Sequence[Subscription]) -> list[str | bytes]:
        for sub in subs:
            self._symbols[wire(sub.symbol)] = sub.symbol.removesuffix(INDEX)
        # Where all of it is on already, a ping: something is always sent.
        return self._requests("subscribe", self._topics.add(subs)) or [self.ping()]

    def unsubscribe(self, subs: Sequence[Subscription]) -> list[str | bytes]:
        return self._requests("unsubscribe", self._topics.remove(subs))

    def _topic(self, sub: Subscription) -> str:
        base, _, interval = sub.channel.partition(":")
        name, lane = wire(sub.symbol), self.lane_of(sub)
        if base == "trades":  # an option's come with those of all options on its coin
            return f"publicTrade.{name.partition('-')[0] if lane == 'option' else name}"
        if base == "book":
            return f"orderbook.{self._depth(lane)}.{name}"
        if base == "quotes" and lane != "option":
            return f"orderbook.1.{name}"
        if base == "bars":
            return f"kline.{history.INTERVALS[interval]}.{name}"
        return f"allLiquidation.{name}" if base == "liquidations" else f"tickers.{name}"

    def _depth(self, lane: str) -> int:
        """The most levels offered that are no more than wanted."""
        offered = DEPTHS[lane]
        return max((depth for depth in offered if depth <= self.book_depth), default=offered[0])

    def _requests(self, op: str, topics: Sequence[str]) -> list[str | bytes]:
        n = TOPICS_PER_REQUEST.get(self.lane or self.lanes[0], TOPICS_OTHERWISE)
        return [self._request(op, topics[i : i + n]) for i in range(0, len(topics), n)]

    def _request(self, op: str, topics: Sequence[str]) -> str:
        self._id += 1
        id_ = str(self._id)
        if op == "subscribe":
            self._asked[id_] = list(topics)
            if len(self._asked) > MAX_ASKED:
                del self._asked[next(iter(self._asked))]
        return encode({"op": op, "args": topics, "req_id": id_})

    def ping(self) -> str:
        return '{"op":"ping"}'

    # Reading

    def parse(self, raw: bytes, ts_recv: int) -> Iterable[Parsed]:
        at = 10 if raw.startswith(_HEAD) else raw.find(_HEAD[1:], 0, 256) + len(_HEAD) - 1
        read = self._READERS.get(raw[at : raw.find(b".", at, at + 20)])
        try:
            if read is None:  # another spacing than the venue's own, or no push at all
                kind = frames.head(raw).topic.partition(".")[0]
                read = self._READERS.get(kind.encode())
            return self._answered(raw, ts_recv) if read is None else read(self, raw, ts_recv)
        except MessageError:
            raise
        except UNREADABLE as error:
            raise MessageError(f"bybit: {error}") from error

    def _symbol(self, name: str) -> str:
        """'BTCUSDT' -> 'BTC-USDT': as subscribed, else as the lane has it."""
        known = self._symbols.get(name)
        if known is None:
            known = spelled(name, self.lane or self.lanes[0])
            if len(self._symbols) < MAX_SYMBOLS:
                self._symbols[name] = known
        return known

    def _trades(self, raw: bytes, ts_recv: int) -> list[Event]:
        """`{"topic":"publicTrade.BTCUSDT","type":"snapshot","ts":1672304486868,"data":[{"T":
        1672304486865,"s":"BTCUSDT","S":"Buy","v":"0.001","p":"16578.50","L":"PlusTick",
        "i":"20f43950-d8dd-5b31-9112-a178eb6023af","BT":false}]}`

        `S` is the taker's side; oldest first.
        """  # noqa: D205, D415 - the raw message comes first
        return [
            Trade(self._symbol(t.s), t.T * MS, ts_recv, t.p, t.v, frames.SIDE[t.S], t.i)
            for t in frames.trades(raw).data
        ]

    def _book(self, raw: bytes, ts_recv: int) -> list[Event]:
        """`{"topic":"orderbook.50.BTCUSDT","type":"delta","ts":1687940967466,"data":{"s":
        "BTCUSDT","b":[["30247.20","30.028"]],"a":[["30248.70","0"]],"u":177400507,
        "seq":66544703342},"cts":1687940967464}`

        `u` rises by one from the snapshot on; 1 is a snapshot after a restart there. `cts` is
        the matching engine's time.
        """  # noqa: D205, D415 - the raw message comes first
        m = frames.book(raw)
        book, depth = m.data, m.topic.partition(".")[2].partition(".")[0]
        ts, symbol = (m.ts if m.cts is None else m.cts) * MS, self._symbol(book.s)
        whole = m.type == "snapshot" or book.u == 1
        if depth == "1":
            return [self._quote(symbol, ts, ts_recv, book, whole)]
        if not depth.isdecimal():
            raise MessageError(f"bybit: unknown topic {m.topic[:64]!r}")
        if whole:
            return [BookSnapshot(symbol, ts, ts_recv, book.b, book.a, book.u)]
        return [BookDelta(symbol, ts, ts_recv, book.b, book.a, book.u, book.u)]

    def _quote(
        self, symbol: str, ts: int, ts_recv: int, book: frames.BookData, whole: bool
    ) -> Quote:
        """Of a one-level book; it was sent in deltas once. An empty side is zero."""
        if whole or book.s not in self._tops:
            sides = dict(book.b), dict(book.a)
            if book.s in self._tops or len(self._tops) < MAX_SYMBOLS:
                self._tops[book.s] = sides
        else:
            sides = self._tops[book.s]
            for side, changes in zip(sides, (book.b, book.a), strict=True):
                _change(side, changes)
        bid, ask = max(sides[0], default=0.0), min(sides[1], default=0.0)
        return Quote(symbol, ts, ts_recv, bid, sides[0].get(bid, 0.0), ask, sides[1].get(ask, 0.0))

    def _bars(self, raw: bytes, ts_recv: int) -> list[Event]:
        """`{"topic":"kline.5.BTCUSDT","data":[{"start":1672324800000,"end":1672325099999,
        "interval":"5","open":"16649.5","close":"16677","high":"16677","low":"16608","volume":
        "2.081","turnover":"34666.4005","confirm":false,"timestamp":1672324988882}],"ts":
        1672324988882,"type":"snapshot"}`

        How many trades a bar is made of is not said.
        """  # noqa: D205, D415 - the raw message comes first
        m = frames.bars(raw)
        _, interval, name = m.topic.split(".", 2)
        symbol, interval = self._symbol(name), history.spelled(interval)
        return [
            Bar(
                symbol, b.start * MS, ts_recv, interval,
                b.open, b.high, b.low, b.close, b.volume, 0, b.confirm,
            )
            for b in m.data
        ]  # fmt: skip

    def _liquidations(self, raw: bytes, ts_recv: int) -> list[Event]:
        """`{"topic":"allLiquidation.ROSEUSDT","type":"snapshot","ts":1739502303204,"data":[{
        "T":1739502302929,"s":"ROSEUSDT","S":"Sell","v":"20000","p":"0.04499"}]}`

        `S` is the position's side ("Buy" was long), so the closing order's is the other.
        """  # noqa: D205, D415 - the raw message comes first
        return [
            Liquidation(
                self._symbol(m.s), m.T * MS, ts_recv, m.p, m.v, "sell" if m.S == "Buy" else "buy"
            )
            for m in frames.liquidations(raw).data
        ]

    def _ticker(self, raw: bytes, ts_recv: int) -> list[Event]:
        """`{"topic":"tickers.BTCUSDT","type":"delta","data":{"symbol":"BTCUSDT","markPrice":
        "65117.43","ask1Price":"65114.30","ask1Size":"10.488"},"cs":753843915209,
        "ts":1786310818183}`

        What a delta leaves out has not changed; "" is no value. An option's opening price is
        not said, nor is a spot market's best quote.
        """  # noqa: D205, D415 - the raw message comes first
        m = frames.ticker(raw)
        new, ts = m.data, m.ts * MS
        now = self._tickers.get(new.symbol) if m.type == "delta" else None
        if now is None:
            now = frames.Ticked()
            if len(self._tickers) < MAX_SYMBOLS:
                self._tickers[new.symbol] = now
        changed = now.take(new)
        symbol, out = self._symbol(new.symbol), list[Event]()
        if changed & frames.STATISTICS and now.lastPrice is not None:
            day = (now.prevPrice24h, now.highPrice24h, now.lowPrice24h, now.volume24h)
            numbers = (math.nan if number is None else number for number in day)
            out.append(Ticker(symbol, ts, ts_recv, now.lastPrice, *numbers))
        if changed & frames.BEST and new.symbol not in self._tops:
            bid, ask = (
                (now.bid1Price or 0.0, now.bid1Size or 0.0),
                (now.ask1Price or 0.0, now.ask1Size or 0.0),
            )
            out.append(Quote(symbol, ts, ts_recv, *bid, *ask))
        if "markPrice" in changed and now.markPrice is not None:
            out.append(Rate(symbol, ts, ts_recv, now.markPrice))
        if "indexPrice" in changed and now.indexPrice is not None:
            out.append(Rate(symbol + INDEX, ts, ts_recv, now.indexPrice))
        if "usdIndexPrice" in changed and now.usdIndexPrice is not None:
            out.append(Rate(symbol, ts, ts_recv, now.usdIndexPrice))
        if changed & frames.FUNDING and now.fundingRate is not None:
            paid = now.nextFundingTime * MS if now.nextFundingTime else None
            out.append(Funding(symbol, ts, ts_recv, now.fundingRate, paid))
        if "openInterest" in changed and now.openInterest is not None:
            out.append(OpenInterest(symbol, ts, ts_recv, now.openInterest))
        return out

    _READERS: ClassVar[Mapping[bytes, Read]] = {
        b"orderbook": _book,
        b"publicTrade": _trades,
        b"tickers": _ticker,
        b"kline": _bars,
        b"allLiquidation": _liquidations,
    }
    """By the topic up to its first dot."""

    def _answered(self, raw: bytes, ts_recv: int) -> list[Parsed]:
        """`{"success":false,"ret_msg":"error:handler not found,topic:tickers.X","conn_id":
        "cejreaspqfm9se7usbrg-2xh","req_id":"1","op":"subscribe"}`; of options:
        `{"success":true,"conn_id":"…","data":{"failTopics":[],"successTopics":["orderbook.100.
        BTC-6JAN23-18000-C"]},"type":"COMMAND_RESP"}`

        A pong is `{"success":true,"ret_msg":"pong","op":"ping",…}` or `{"op":"pong",…}`.
        """  # noqa: D205, D415 - the raw message comes first
        m = frames.answer(raw)
        if m.op == "pong" or (m.success and m.data is None):
            self._asked.pop(m.req_id, None)
            return []
        if m.data is not None and m.type == "COMMAND_RESP":
            self._asked.pop(m.req_id, None)
            return [s for topic in m.data.failTopics for s in self._rejected(topic, ts_recv, "")]
        if m.success is False:
            return self._refused(m.req_id, m.ret_msg, ts_recv)
        raise MessageError(f"bybit: neither a topic that is known nor an answer: {raw[:80]!r}")

    def _refused(self, id_: str, why: str, ts_recv: int) -> list[Parsed]:
        """Say which topic was refused, and ask again for those refused along with it."""
        asked, named = self._asked.pop(id_, []), set(_TOPIC.findall(why))
        bad = [topic for topic in asked if topic in named] or asked[:1] * (len(asked) == 1)
        out: list[Parsed] = []
        if "already subscribed" not in why:
            for topic in bad or sorted(topic for topic in named if topic in self._topics):
                out += self._rejected(topic, ts_recv, why)
            if not out:
                out.append(Status("rejected", ts_recv, detail=f"bybit: {why[:200]}"))
        rest = [topic for topic in asked if topic not in bad]
        if bad and rest:
            out.append(Reply(self._request("subscribe", rest)))
        return out

    def _rejected(self, topic: str, ts_recv: int, why: str) -> list[Parsed]:
        detail = f"bybit: {why[:200] or 'refused'} ({topic[:80]})"
        subs = self._topics.drop(topic) or [Subscription("", "")]
        return [Status("rejected", ts_recv, s.symbol, s.channel, detail=detail) for s in subs]

    # History

    def history_url(self, sub: Subscription, span: Span) -> str | None:
        return history.url(self.rest_url, self.lane_of(sub), sub, span)

    def parse_history(
        self, sub: Subscription, body: bytes, ts_recv: int
    ) -> Sequence[Trade] | Sequence[Bar]:
        return history.parse(sub, body, ts_recv)

    # The server half

    @classmethod
    def recognises(cls, raw: bytes) -> bool:
        return _OURS.match(raw) is not None

    def answer(self, raw: bytes) -> list[bytes]:
        try:
            request = decode(frames.requests, raw, venue=self.name)
        except MessageError:
            return [b'{"success":false,"ret_msg":"error:invalid json","op":""}']
        return [frames.answered(request, self.lane or self.lanes[0])]


def _change(side: dict[float, float], changes: Sequence[Level]) -> None:
    for price, size in changes:
        if size:
            side[price] = size
        else:
            side.pop(price, None)
