"""Bitget spot and futures over WebSocket v2; frames of the older v1 are read as well.

Protocol: https://www.bitget.com/api-doc/common/websocket-intro
Every push is `{"action":…,"arg":{"instType":…,"channel":…,"instId":…},"data":[…]}`; the
channel is read from the bytes and picks a typed decoder. One socket carries all markets, told
apart by `instType`. Best quotes come from the one-level book, which is pushed far more often
than the ticker; a recording without it has them from the ticker. The book carries a checksum
of its 25 best levels. Messages are in frames.py, past trades and bars in
history.py.
"""

from __future__ import annotations

import math
import re
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain, zip_longest
from typing import ClassVar, NamedTuple, TypeAlias

import msgspec

from livefin.errors import ChannelError, MessageError, SymbolError
from livefin.events import (
    Bar,
    BookDelta,
    BookSnapshot,
    Event,
    Funding,
    Level,
    OpenInterest,
    Quote,
    Rate,
    Status,
    Text,
    Ticker,
    Trade,
)
from livefin.venues.bitget import frames, history
from livefin.venues.bitget.symbols import INDEX, key, spelled
from livefin.venues.contract import Parsed, Span, Subscription, Venue
from livefin.venues.topics import Topics
from livefin.venues.wire import MS, UNREADABLE, Levels, decode, encode

MAX_SYMBOLS = 8_192
MAX_BYTES = 4_096
"""Of a message to the venue."""
BOOKS = {None: "books", 5: "books5", 15: "books15"}
SPOT = "trades quotes book bars ticker".split()
_CHANNEL = b'"channel":"'
_OURS = re.compile(
    rb'\{"action":"(?:snapshot|update)","arg":\{"instType":"'
    rb'(?:sp|mc|SP|MC|SPOT|(?:USDT|USDC|COIN)-FUTURES)","channel":"[a-zA-Z0-9]+","instId":"'
)

Read: TypeAlias = Callable[["Bitget", bytes, int], "list[Event]"]


class Topic(NamedTuple):
    """One of the venue's subscriptions, as it writes them."""

    instType: str  # noqa: N815 - the wire's own name
    channel: str
    instId: str  # noqa: N815


class Bitget(Venue):
    """Bitget's public market data; no account and no key needed.

    `book_depth` is None for the whole book, in changes with a checksum; 5 or 15 for that many
    levels of each side, sent anew each time.
    """

    name: ClassVar[str] = "bitget"
    title: ClassVar[str] = "Bitget"
    url: str = "wss://ws.bitget.com/v2/ws/public"
    rest_url: str = "https://api.bitget.com"
    channels: ClassVar[Sequence[str]] = (*SPOT, "rates", "funding", "open_interest")
    example: ClassVar[str] = "BTC-USDT-PERP"
    max_subscriptions: ClassVar[int | None] = 1_000
    # Ten messages a second are allowed, pings among them.
    send_interval: float = 0.15
    silence: float = 30.0
    # It drops a client from which no "ping" came for two minutes, whatever else was sent.
    ping_every: ClassVar[float | None] = 25.0
    max_age: ClassVar[float | None] = 86_400.0
    checksum_levels: ClassVar[int] = 25
    history_newest_first: ClassVar[bool] = True
    book_depth: int | None = None

    def __init__(self) -> None:
        self.opened()

    def opened(self) -> None:
        self._topics: Topics[Topic] = Topics(self._topic)
        self._symbols: dict[tuple[str, str], str] = {}
        self._quoted: set[str] = set()
        """Symbols whose best quotes have come from the one-level book."""
        self._newest: dict[str, tuple[int, int]] = {}
        """Number and time of the newest change of each book."""

    # Subscribing

    def check(self, sub: Subscription) -> None:
        super().check(sub)
        base = sub.channel.partition(":")[0]
        market = key(sub.symbol)
        if market is None or (sub.symbol.endswith(INDEX) and base != "rates"):
            hint = "write spot as BTC-USDT, futures as BTC-USDT-PERP, BTC-USD-PERP or BTC-USD-H26"
            raise SymbolError(sub.symbol, hint, venue=self.name)
        if market[0] == "SPOT" and base not in SPOT:
            raise ChannelError(sub.channel, SPOT, venue=f"{self.name} spot")
        self.check_bars(sub, history.INTERVALS)

    def subscribe(self, subs: Sequence[Subscription]) -> list[str | bytes]:
        for sub in subs:
            symbol = sub.symbol.removesuffix(INDEX)
            self._symbols[key(symbol) or ("", symbol)] = symbol
        # Where all of it is on already, a ping: something is always sent.
        return _requests("subscribe", self._topics.add(subs)) or [self.ping()]

    def unsubscribe(self, subs: Sequence[Subscription]) -> list[str | bytes]:
        return _requests("unsubscribe", self._topics.remove(subs))

    def _topic(self, sub: Subscription) -> Topic:
        base, _, interval = sub.channel.partition(":")
        market, name = key(sub.symbol) or ("", sub.symbol)
        if base == "bars":
            return Topic(market, f"candle{history.INTERVALS[interval]}", name)
        if base == "book":
            return Topic(market, BOOKS.get(self.book_depth, "books"), name)
        return Topic(market, {"trades": "trade", "quotes": "books1"}.get(base, "ticker"), name)

    def ping(self) -> str:
        return "ping"

    # Reading

    def parse(self, raw: bytes, ts_recv: int) -> Iterable[Parsed]:
        at = raw.find(_CHANNEL, 0, 120) + len(_CHANNEL)
        read = self._READERS.get(raw[at : at + 5]) if raw.startswith(b'{"action"') else None
        try:
            return self._answered(raw, ts_recv) if read is None else read(self, raw, ts_recv)
        except MessageError:
            raise
        except UNREADABLE as error:
            raise MessageError(f"bitget: {error}") from error

    def _symbol(self, market: str, name: str) -> str:
        """As subscribed, else as its market has it."""
        known = self._symbols.get((market, name))
        if known is None:
            known = spelled(market, name)
            if len(self._symbols) < MAX_SYMBOLS:
                self._symbols[market, name] = known
        return known

    def _trades(self, raw: bytes, ts_recv: int) -> list[Event]:
        """`{"action":"update","arg":{"instType":"SPOT","channel":"trade","instId":"BTCUSDT"},
        "data":[{"ts":"1695709835822","price":"26293.4","size":"0.0013","side":"buy",
        "tradeId":"1000000000"}],"ts":1695711090682}`; v1 has `["1649290076980","113.37",
        "0.49","sell"]`.

        Newest first. The snapshot on subscribing repeats the latest trades.
        """  # noqa: D205 - the raw message comes first
        m = frames.trades(raw)
        symbol = self._symbol(m.arg.instType, m.arg.instId)
        return [
            Trade(symbol, t[0] * MS, ts_recv, t[1], t[2], t[3])
            if isinstance(t, tuple)
            else Trade(symbol, t.ts * MS, ts_recv, t.price, t.size, t.side, t.tradeId)
            for t in reversed(m.data)
        ]

    def _book(self, raw: bytes, ts_recv: int) -> list[Event]:
        """`{"action":"update","arg":{"instType":"USDT-FUTURES","channel":"books","instId":
        "BTCUSDT"},"data":[{"asks":[["27000.5","8.760"]],"bids":[["27000.0","0"]],"checksum":
        -487257069,"seq":123,"pseq":122,"ts":"1695716059516"}],"ts":1695716059516}`

        `seq` only rises; `pseq` is the one before. v1 has neither. The fewer-level books
        come whole each time, with 0 for a checksum.
        """  # noqa: D205, D415 - the raw message comes first
        m = frames.book(raw)
        symbol, channel, out = (
            self._symbol(m.arg.instType, m.arg.instId),
            m.arg.channel,
            list[Event](),
        )
        for book in m.data:
            ts = ts_recv if book.ts is None else book.ts * MS
            bids, asks = _levels(book.bids), _levels(book.asks)
            if channel == "books1":
                if len(self._quoted) < MAX_SYMBOLS:
                    self._quoted.add(symbol)
                bid, ask = (bids or _EMPTY)[0], (asks or _EMPTY)[0]
                out.append(Quote(symbol, ts, ts_recv, *bid, *ask, book.seq))
                continue
            summed = book.checksum or None
            text = None if summed is None else (book.bids, book.asks)
            if m.action == "snapshot" or channel != "books":
                self._newest.pop(symbol, None)
                out.append(BookSnapshot(symbol, ts, ts_recv, bids, asks, book.seq, summed, text))
                continue
            numbers = self._numbers(symbol, book)
            out.append(BookDelta(symbol, ts, ts_recv, bids, asks, *numbers, summed, text))
        return out

    def _numbers(self, symbol: str, book: frames.Book) -> tuple[int | None, int | None, int | None]:
        """`first`, `last` and `previous` of a change; none where the numbers began anew.

        They do when the venue maintains a symbol: a lower number at a later time. A lower
        number at an earlier time is out of order, and the session drops it.
        """
        if book.seq is None:
            return None, None, None
        newest, when = self._newest.get(symbol, (-1, 0))
        now = book.ts or 0
        anew = book.seq <= newest and now > when
        room = symbol in self._newest or len(self._newest) < MAX_SYMBOLS
        if room and (book.seq > newest or anew):
            self._newest[symbol] = book.seq, now
        if anew:
            return None, None, None
        if not book.pseq:
            return None, book.seq, None
        return book.pseq + 1, book.seq, book.pseq

    def _bars(self, raw: bytes, ts_recv: int) -> list[Event]:
        """`{"action":"update","arg":{"instType":"SPOT","channel":"candle1m","instId":
        "ETHUSDT"},"data":[["1695672780000","2200.1","2200.1","2200.1","2200.1","0","0","0"]],
        "ts":1695702747821}`: start, open, high, low, close, volume.

        Oldest first. Whether a bar is closed is not said: it is when another follows it or
        its time is over.
        """  # noqa: D205 - the raw message comes first
        m = frames.candles(raw)
        interval = history.interval_of(m.arg.channel)
        now = ts_recv if m.ts is None else m.ts * MS
        return list(
            history.bars(self._symbol(m.arg.instType, m.arg.instId), interval, m.data, ts_recv, now)
        )

    def _ticker(self, raw: bytes, ts_recv: int) -> list[Event]:
        """`{"action":"snapshot","arg":{"instType":"USDT-FUTURES","channel":"ticker","instId":
        "BTCUSDT"},"data":[{"instId":"BTCUSDT","lastPr":"27000.5","bidPr":"27000","askPr":
        "27000.5","bidSz":"2.71","askSz":"8.76","open24h":"27000.5","high24h":"30668.5",
        "low24h":"26999.0","fundingRate":"0.000010","nextFundingTime":"1695722400000",
        "markPrice":"27000.0","indexPrice":"25702.4","holdingAmount":"929.502","baseVolume":
        "368.900","ts":"1695715383021",…}],"ts":1695715383039}`

        v1 calls half of them otherwise, and has no sizes beside the best prices.
        """  # noqa: D205, D415 - the raw message comes first
        m = frames.ticker(raw)
        symbol, out = self._symbol(m.arg.instType, m.arg.instId), list[Event]()
        for t in m.data:
            sent = t.ts or t.systemTime or m.ts
            ts = ts_recv if sent is None else sent * MS
            last = frames.first(t.lastPr, t.last)
            if last is not None:
                day = (t.open24h, t.high24h, t.low24h, t.baseVolume)
                numbers = (math.nan if n is None or n == "" else n for n in day)
                out.append(Ticker(symbol, ts, ts_recv, last, *numbers))
            bid, ask = frames.first(t.bidPr, t.bestBid), frames.first(t.askPr, t.bestAsk)
            if bid is not None and ask is not None and symbol not in self._quoted:
                bid_size, ask_size = (
                    math.nan if n is None or n == "" else n for n in (t.bidSz, t.askSz)
                )
                out.append(Quote(symbol, ts, ts_recv, bid, bid_size, ask, ask_size))
            mark, index = frames.first(t.markPrice), frames.first(t.indexPrice)
            if mark:
                out.append(Rate(symbol, ts, ts_recv, mark))
            if index:
                out.append(Rate(symbol + INDEX, ts, ts_recv, index))
            rate = frames.first(t.fundingRate, t.capitalRate)
            if rate is not None:
                paid = t.nextFundingTime or t.nextSettleTime
                out.append(Funding(symbol, ts, ts_recv, rate, paid * MS if paid else None))
            held = frames.first(t.holdingAmount, t.holding)
            if held is not None:
                out.append(OpenInterest(symbol, ts, ts_recv, held))
        return out

    _READERS: ClassVar[Mapping[bytes, Read]] = {
        b"trade": _trades,
        b"books": _book,
        b"ticke": _ticker,
        b"candl": _bars,
    }
    """By how the channel begins."""

    def _answered(self, raw: bytes, ts_recv: int) -> list[Event]:
        """`{"event":"subscribe","arg":{"instType":"SPOT","channel":"ticker","instId":
        "BTCUSDT"}}`, `{"event":"error","arg":{…},"code":30001,"msg":"instType:sp,channel:
        candleNone,instId:BTCUSDT doesn't exist"}`, or `pong`, which is no JSON.
        """  # noqa: D205 - the raw message comes first
        if raw == b"pong":
            return []
        m = frames.answer(raw)
        if m.action and m.arg is not None:  # another spacing or order than the venue's own
            read = self._READERS.get(m.arg.channel[:5].encode())
            if read is not None:
                return read(self, raw, ts_recv)
        if m.event in ("subscribe", "unsubscribe") or m.op == "unsubscribe":
            return []
        if m.event == "error":
            subs, symbol, arg = list[Subscription](), "", m.arg
            if arg is not None and arg.instId:
                subs = self._topics.drop(Topic(arg.instType, arg.channel, arg.instId))
                symbol = self._symbol(arg.instType, arg.instId)
            detail = f"bitget: {m.msg[:200]} (code {m.code})"
            return [
                Status("rejected", ts_recv, sub.symbol, sub.channel, detail=detail)
                for sub in subs or [Subscription("", symbol)]
            ]
        raise MessageError(f"bitget: neither a channel that is known nor an answer: {raw[:80]!r}")

    # Books

    def checksum(self, symbol: str, bids: Sequence[Text], asks: Sequence[Text]) -> int:  # noqa: ARG002
        """CRC-32 of "bid:size:ask:size:…", a level of each side in turn, as signed.

        >>> bids, asks = [("3366.1", "7")], [("3366.8", "9"), ("3368", "8"), ("3372", "8")]
        >>> Bitget().checksum("", bids, asks) == zlib.crc32(b"3366.1:7:3366.8:9:3368:8:3372:8")
        True
        """
        pairs = chain.from_iterable(zip_longest(bids, asks, fillvalue=()))
        summed = zlib.crc32(":".join(chain.from_iterable(pairs)).encode())
        return summed - 2**32 if summed >= 2**31 else summed

    # History

    def history_url(self, sub: Subscription, span: Span) -> str | None:
        return history.url(self.rest_url, sub, span)

    def parse_history(
        self, sub: Subscription, body: bytes, ts_recv: int
    ) -> Sequence[Trade] | Sequence[Bar]:
        return history.parse(sub, body, ts_recv)

    # The server half

    @classmethod
    def recognises(cls, raw: bytes) -> bool:
        return _OURS.match(raw) is not None

    def answer(self, raw: bytes) -> list[bytes]:
        if raw == b"ping":
            return [b"pong"]
        try:
            request = decode(frames.requests, raw, venue=self.name)
        except MessageError:
            return [b'{"event":"error","code":30003,"msg":"invalid op"}']
        if request.op not in ("subscribe", "unsubscribe"):
            return [b'{"event":"error","code":30003,"msg":"invalid op"}']
        return [encode({"event": request.op, "arg": arg}).encode() for arg in request.args]


_EMPTY: list[Level] = [(0.0, 0.0)]


def _levels(texts: Sequence[Text]) -> list[Level]:
    """The same as numbers; raises what decoding raises on one that no price or size can be."""
    return msgspec.convert(texts, Levels, strict=False)


def _requests(op: str, topics: Sequence[Topic]) -> list[str | bytes]:
    """As few messages as fit the venue's bound on their length."""
    out: list[str | bytes] = []
    head, args, size = f'{{"op":"{op}","args":[', list[str](), 0
    for topic in topics:
        arg = encode(topic._asdict())
        if args and len(head) + size + len(arg) + 3 > MAX_BYTES:
            out.append(f"{head}{','.join(args)}]}}")
            args, size = [], 0
        args.append(arg)
        size += len(arg) + 1
    if args:
        out.append(f"{head}{','.join(args)}]}}")
    return out
