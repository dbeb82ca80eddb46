"""Bitfinex: trades, books, single orders, tickers, candles, derivatives, liquidations.

Protocol: https://docs.bitfinex.com/docs/ws-general. Every subscription is a channel with an
id of its own in the connection, told by the `subscribed` event; a data frame is a JSON
array that begins with it, and is read by what frames.py and books.py have
for the channel. Times, sequence numbers and checksums of books come because `conf` asks for
them, but are read wherever they stand. A currency alone ("USD") is its funding market.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, ClassVar

import msgspec
from msgspec import Struct

from livefin.errors import ChannelError, MessageError, SymbolError
from livefin.events import Bar, Status, Text, Trade
from livefin.venues.bitfinex import books, frames, markets
from livefin.venues.bitfinex.markets import Channel
from livefin.venues.contract import Closing, Parsed, Reply, Span, Subscription, Venue
from livefin.venues.openbars import OpenBars, length_ns
from livefin.venues.wire import MS, UNREADABLE, Id, Symbol, encode

TIMESTAMP, SEQ_ALL = 32_768, 65_536
MAX_CHANNELS = 8_192
PAGE = 10_000
RESTARTS, MAINTAINED, RESUMED = 20_051, 20_060, 20_061

_FRAME = re.compile(rb'\s*\[\s*(\d{1,18})\s*,\s*(?:"(\w{1,8})"|\[\s*([\[\]])?)').match
_OURS = re.compile(
    rb'\{"event":"info","version":\d|\{"event":"(?:conf|subscribed)",[^}]*"(?:chanId|flags)":\d'
    rb'|\[\d+,"(?:hb|f?te|f?tu|cs)"[,\]]'
).match

_NUMBER = re.compile(
    rb'^(\s*\[\d+,(?:"hb"|"cs",-?\d+|(?:"\w+",)?\[.*\]),)\d{1,11}((?:,\d{12,})?\]\s*)$', re.DOTALL
)
"""A frame's number: the last but for a time."""


class _Platform(Struct, gc=False):
    status: int | None = None


class _Event(Struct):
    event: str
    code: int | str | None = None
    msg: str | None = None
    flags: Id | None = None
    status: str | None = None
    channel: str | None = None
    chanId: Id | None = None  # noqa: N815 - the wire's own name
    symbol: Symbol | None = None
    key: Symbol | None = None
    prec: str | None = None
    platform: _Platform | None = None


class _Request(Struct):
    event: str
    cid: int | None = None
    flags: int = 0
    chanId: int | None = None  # noqa: N815 - the wire's own name


_event = frames.decoder(_Event)
_request = frames.decoder(_Request)


class Bitfinex(Venue):
    """Bitfinex spot, perpetual and funding markets; no account and no key needed.

    `precision` (P0 to P4), `frequency` (F0: at once, F1: every 2 s) and `length` (1, 25,
    100, 250 entries a side) are of the books.
    """

    name: ClassVar[str] = "bitfinex"
    title: ClassVar[str] = "Bitfinex"
    url: str = "wss://api-pub.bitfinex.com/ws/2"
    rest_url: str = "https://api-pub.bitfinex.com"
    channels: ClassVar[Sequence[str]] = (
        "trades", "quotes", "book", "orders", "ticker", "bars", "rates", "funding",
        "open_interest", "liquidations",
    )  # fmt: skip
    example: ClassVar[str] = "BTC-USDT-PERP"
    max_subscriptions: ClassVar[int | None] = 25
    # A channel without news sends a heartbeat every 15 seconds.
    silence: float = 20.0
    checksum_levels: ClassVar[int] = books.ENTRIES_SUMMED
    order_checksum_levels: ClassVar[int] = books.ENTRIES_SUMMED
    precision: str = "P0"
    frequency: str = "F0"
    length: int = 250

    def __init__(self) -> None:
        self._symbols: dict[str, str] = {}
        self._newest: dict[str, int] = {}
        """The newest trade of each symbol; a new socket brings some of them again."""
        self._bars = OpenBars()
        self.opened()

    def opened(self) -> None:
        self._conf = frames.Conf()
        self._configured = False
        self._readers: dict[bytes, frames.Reader] = {}
        self._wanted: dict[Channel, set[Subscription]] = {}
        self._ids: dict[Channel, int] = {}
        self._unanswered: set[Channel] = set()
        self._unwanted: set[Channel] = set()
        """Unsubscribed before the venue told their ids."""

    # Subscribing

    def check(self, sub: Subscription) -> None:
        super().check(sub)
        self.check_bars(sub, markets.TIMEFRAMES)
        symbol, base = sub.symbol, sub.channel.partition(":")[0]
        if base == "rates":
            symbol = symbol.removesuffix(markets.INDEX)
        offered = markets.channels_of(symbol, self.channels)
        if not offered:
            hint = "write it as BTC-USD, BTC-USDT-PERP, or USD for its funding market"
            raise SymbolError(sub.symbol, hint, venue=self.name)
        if base not in offered:
            raise ChannelError(sub.channel, offered, venue=self.name)

    def subscribe(self, subs: Sequence[Subscription]) -> list[str | bytes]:
        out: list[str | bytes] = []
        if not self._configured:
            self._configured = True
            flags = TIMESTAMP | SEQ_ALL | frames.OB_CHECKSUM
            out.append(encode({"event": "conf", "flags": flags}))
        for sub in subs:
            channel = self._channel(sub)
            wanted = self._wanted.setdefault(channel, set())
            if not wanted and channel not in self._unwanted:
                self._unanswered.add(channel)
                out.append(encode({"event": "subscribe"} | self._asked(channel)))
            self._unwanted.discard(channel)
            wanted.add(sub)
        # Where all of it is on already, a ping: something is always sent.
        return out or [self.ping()]

    def unsubscribe(self, subs: Sequence[Subscription]) -> list[str | bytes]:
        out: list[str | bytes] = []
        for sub in subs:
            channel = self._channel(sub)
            wanted = self._wanted.get(channel)
            if wanted is None:
                continue
            wanted.discard(sub)
            if wanted:
                continue
            del self._wanted[channel]
            if channel in self._unanswered:
                self._unwanted.add(channel)
            elif channel in self._ids:
                out.append(self._end(channel))
        return out

    def ping(self) -> str:
        return encode({"event": "ping", "cid": 1})

    def _channel(self, sub: Subscription) -> Channel:
        symbol = sub.symbol.removesuffix(markets.INDEX)
        self._symbols[markets.wire(symbol)] = symbol
        return markets.channel_of(sub.channel, symbol, self.precision)

    def _asked(self, channel: Channel) -> dict[str, Any]:
        named = "key" if channel.name in ("candles", "status") else "symbol"
        asked: dict[str, Any] = {"channel": channel.name, named: channel.key}
        if channel.name == "book":
            asked |= {"prec": channel.precision, "freq": self.frequency, "len": str(self.length)}
        return asked

    def _end(self, channel: Channel) -> str:
        """Ask the venue to end `channel`; what is still on its way is passed over."""
        id_ = self._ids.pop(channel)
        self._readers[b"%d" % id_] = frames.Ended("")
        return encode({"event": "unsubscribe", "chanId": id_})

    # Reading

    def parse(self, raw: bytes, ts_recv: int) -> Iterable[Parsed]:
        try:
            frame = _FRAME(raw)
            if frame is None:
                return self._parse_event(_event(raw), ts_recv)
            id_, word, nested = frame.groups()
            if word == b"hb":
                return frames.begin(frames.beat(raw), ts_recv)[0]
            reader = self._readers.get(id_)
            if reader is None:
                raise MessageError(f"bitfinex: a channel that was not subscribed: {raw[:80]!r}")
            return reader.read(raw, (word or b"").decode(), nested is not None, ts_recv)
        except UNREADABLE as error:
            raise MessageError(f"bitfinex: {error}") from error

    def _parse_event(self, m: _Event, ts_recv: int) -> tuple[Parsed, ...]:
        """`{"event":"subscribed","channel":"book","chanId":10092,"symbol":"tETHUSD","prec":"P0",
        "freq":"F0","len":"25","pair":"ETHUSD"}`, and `info`, `conf`, `error`, `unsubscribed`.
        """  # noqa: D205 - the raw message comes first
        if m.event == "subscribed" and m.chanId is not None:
            return self._begin(m.chanId, m)
        if m.event == "unsubscribed" and m.chanId is not None:
            id_ = b"%d" % m.chanId
            if isinstance(self._readers.get(id_), frames.Ended):
                del self._readers[id_]
        elif m.event == "conf":
            self._conf.flags = m.flags
            if m.status not in (None, "OK"):
                return (Status("rejected", ts_recv, detail=f"bitfinex: conf {m.status:.40}"),)
        elif m.event == "info":
            return _info(m, ts_recv)
        elif m.event == "error":
            return self._rejected(m, ts_recv)
        elif m.event != "pong":
            raise MessageError(f"bitfinex: event {m.event[:40]!r} is not known")
        return ()

    def _begin(self, id_: int, m: _Event) -> tuple[Parsed, ...]:
        channel = _channel_of(m)
        self._unanswered.discard(channel)
        if len(self._readers) < MAX_CHANNELS and len(self._ids) < MAX_CHANNELS:
            self._readers[b"%d" % id_] = self._reader(channel)
            self._ids[channel] = id_
            if channel in self._unwanted:
                self._unwanted.discard(channel)
                return (Reply(self._end(channel)),)
        return ()

    def _reader(self, channel: Channel) -> frames.Reader:
        name, key, precision = channel
        if name == "book" and key[:1] != "f":
            kind = books.Orders if precision == "R0" else books.Book
            return kind(self._symbol(key), self._conf)
        if name == "candles" and key.startswith("trade:"):
            frame, wire = markets.candles_of(key)
            interval = markets.INTERVALS.get(frame, frame)
            return frames.Candles(self._symbol(wire), interval, self._bars)
        if name == "status" and key.startswith("deriv:"):
            return frames.Derivatives(self._symbol(key[6:]))
        makers: dict[str, Callable[[], frames.Reader]] = {
            "trades": lambda: frames.Trades(self._symbol(key), self._newest),
            "ticker": lambda: frames.Tickers(self._symbol(key)),
            "status": lambda: frames.Liquidations(self._symbol),
            # Offers at one rate differ by their days, which a book by price cannot say.
            "book": lambda: frames.Ended(key),
        }
        if name not in makers or (name == "status" and key != markets.LIQUIDATIONS):
            raise MessageError(f"bitfinex: channel {name[:40]!r} {key!r} is not known")
        return makers[name]()

    def _rejected(self, m: _Event, ts_recv: int) -> tuple[Parsed, ...]:
        """`{"event":"error","msg":"symbol: invalid","code":10300,"channel":"trades",…}`."""
        channel = _channel_of(m)
        self._unanswered.discard(channel)
        subs = sorted(self._wanted.get(channel, ()))
        if not subs and channel.key not in ("", markets.LIQUIDATIONS):
            named = "orders" if channel.precision == "R0" else channel.name
            subs = [Subscription(named[:40], self._symbol(channel.key.rpartition("deriv:")[2]))]
        detail = f"bitfinex: {(m.msg or 'error')[:200]} (code {m.code})"
        return tuple(
            Status("rejected", ts_recv, sub.symbol, sub.channel, detail=detail)
            for sub in subs or [Subscription("", "")]
        )

    def _symbol(self, wire: str) -> str:
        if not wire:
            raise MessageError("bitfinex: a channel of no market")
        known = self._symbols.get(wire)
        return markets.spelled(wire) if known is None else known

    # Checksums

    def checksum(self, symbol: str, bids: Sequence[Text], asks: Sequence[Text]) -> int:  # noqa: ARG002
        return books.checksum(bids, asks)

    def order_checksum(self, symbol: str, bids: Sequence[Text], asks: Sequence[Text]) -> int:  # noqa: ARG002
        return books.order_checksum(bids, asks)

    # History

    def history_url(self, sub: Subscription, span: Span) -> str | None:
        base = sub.channel.partition(":")[0]
        if base == "trades":
            path = f"trades/{markets.wire(sub.symbol)}"
        elif base == "bars":
            path = f"candles/{self._channel(sub).key}"
        else:
            return None
        start, end = -(-span.start // MS), span.end // MS
        return f"{self.rest_url}/v2/{path}/hist?limit={PAGE}&start={start}&end={end}&sort=1"

    def parse_history(
        self, sub: Subscription, body: bytes, ts_recv: int
    ) -> Sequence[Trade] | Sequence[Bar]:
        """`[[1682067541,1700000000123,-0.01,37000],…]`, or candles, oldest first."""
        base, _, interval = sub.channel.partition(":")
        try:
            if base == "trades":
                trades = frames.trades_page(body)
                return [frames.trade_of(sub.symbol, trade, ts_recv) for trade in trades]
            length = length_ns(interval)
            candles = frames.candles_page(body)
            return [frames.bar_of(sub.symbol, interval, c, ts_recv, length) for c in candles]
        except UNREADABLE as error:
            raise MessageError(f"bitfinex: history of {sub.symbol}: {error}") from error

    # The server half

    @classmethod
    def recognises(cls, raw: bytes) -> bool:
        return _OURS(raw[:250]) is not None

    def renumbered(self, raw: bytes, number: int) -> bytes | None:
        found, n = _NUMBER.subn(rb"\g<1>%d\g<2>" % number, raw, count=1)
        return found if n else None

    def answer(self, raw: bytes) -> list[bytes]:
        try:
            request = _request(raw)
        except UNREADABLE:
            return [b'{"event":"error","msg":"Invalid message format","code":10000}']
        # A channel's id is the recording's to tell, which answers `subscribe` by itself.
        answers: dict[str, dict[str, Any]] = {
            "conf": {"event": "conf", "status": "OK", "flags": request.flags},
            "ping": {"event": "pong", "ts": 0, "cid": request.cid},
            "unsubscribe": {"event": "unsubscribed", "status": "OK", "chanId": request.chanId},
        }
        found = answers.get(request.event)
        return [] if found is None else [msgspec.json.encode(found)]


def _channel_of(m: _Event) -> Channel:
    """The channel that an event speaks of."""
    name, key = m.channel or "", m.key or m.symbol or ""
    return Channel(name, key, m.prec or "P0" if name == "book" else "")


def _info(m: _Event, ts_recv: int) -> tuple[Parsed, ...]:
    """`{"event":"info","version":2,"serverId":"…","platform":{"status":1}}`; later, codes."""
    code = int(m.code) if m.code not in (None, "") else None
    if code in (RESTARTS, RESUMED):
        # After maintenance every channel has to be subscribed anew.
        return (Closing(),)
    if code is not None:
        detail = f"bitfinex: {(m.msg or 'maintenance begins')[:200]} (code {code})"
        return (Status("error", ts_recv, detail=detail),)
    if m.platform is not None and m.platform.status == 0:
        return (Status("error", ts_recv, detail="bitfinex: the platform is in maintenance"),)
    return ()
