"""Bitstamp: trades, best quote, book, resting orders; of perpetuals funding and prices too.

Protocol: https://www.bitstamp.net/websocket/v2/ and https://www.bitstamp.net/api/
Books: changes carry the venue's time in microseconds and no number. Each is taken to reach
back to the one before it, so that a REST snapshot, which has such a time, is bridged or
found too old; a change lost on the way cannot be noticed. Orders: an event names the one
before it, which is numbered here, so that a broken chain shows; how many are missing
nobody can know. Frames are read in bitstamp_frames, what they reach back to is kept in
bitstamp_chains.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import ClassVar

import msgspec
from msgspec import Struct

from livefin.errors import MessageError, SymbolError
from livefin.events import (
    Bar,
    BookDelta,
    BookSnapshot,
    Funding,
    OrderDelta,
    OrderSnapshot,
    Quote,
    Rate,
    Status,
    Trade,
)
from livefin.venues.bitstamp import frames
from livefin.venues.bitstamp.chains import MAX_MARKETS, Changes, Events
from livefin.venues.bitstamp.frames import PERPETUAL, STEPS, spelled, wire_of
from livefin.venues.contract import MAX_SYMBOL, Closing, Parsed, Span, Subscription, Venue
from livefin.venues.topics import Topics
from livefin.venues.wire import UNREADABLE, S, decode, encode

WIRE = {
    "trades": "live_trades",
    "quotes": "order_book",
    "book": "diff_order_book",
    "orders": "live_orders",
    "rates": "funding_rate",
    "funding": "funding_rate",
}
INDEX = "-INDEX"
"""What the index price's symbol has more than the perpetual's."""
YEAR_2001_US = 1_000_000_000_000_000
MAX_BARS = 1_000
_SYMBOL = re.compile(rf"[A-Z0-9]+-[A-Z0-9]+(?:{PERPETUAL}(?:{re.escape(INDEX)})?)?")
_BOOK_PATH = re.compile(r"/api/v2/order_book/([a-z0-9]+(?:-perp)?)/?(?:\?group=([12]))?", re.ASCII)
_RECOGNISED = re.compile(
    rb'"channel": ?"(?:live_trades|live_orders|order_book|detail_order_book|diff_order_book'
    rb'|funding_rate)_[a-z0-9-]+"'
)


class _Wanted(Struct):
    channel: str = ""


class _Request(Struct):
    event: str = ""
    data: _Wanted | None = None


_request = msgspec.json.Decoder(_Request).decode


class Bitstamp(Venue):
    """Bitstamp spot and perpetuals ("BTC-USD-PERP"); no key needed."""

    name: ClassVar[str] = "bitstamp"
    title: ClassVar[str] = "Bitstamp"
    url: str = "wss://ws.bitstamp.net"
    rest_url: str = "https://www.bitstamp.net"
    channels: ClassVar[Sequence[str]] = ("trades", "quotes", "book", "orders", "rates", "funding")
    example: ClassVar[str] = "BTC-USD"
    # One more, and the socket is closed without a word.
    max_subscriptions: ClassVar[int | None] = 1_024
    max_age: ClassVar[float | None] = 90 * 86_400.0
    history_newest_first: ClassVar[bool] = True

    def __init__(self) -> None:
        self._topics = Topics(_topic)
        self._symbols: dict[str, str] = {}
        self._changes = Changes()
        self._events: dict[str, Events] = {}

    def opened(self) -> None:
        self._topics = Topics(_topic)
        self._changes = Changes()
        self._events.clear()

    # Subscribing

    def check(self, sub: Subscription) -> None:
        super().check(sub)
        if not _SYMBOL.fullmatch(sub.symbol) or (
            sub.symbol.endswith(INDEX) and sub.channel != "rates"
        ):
            hint = "write it as BASE-QUOTE in capitals, such as BTC-USD, or BTC-USD-PERP"
            raise SymbolError(sub.symbol, hint, venue=self.name)

    def subscribe(self, subs: Sequence[Subscription]) -> list[str | bytes]:
        for sub in subs:
            symbol = sub.symbol.removesuffix(INDEX)
            self._symbols[wire_of(symbol)] = symbol
            if sub.channel == "book":
                self._changes.want(wire_of(symbol))
        # Where all of it is on already, a ping: something is always sent.
        return self._requests("bts:subscribe", self._topics.add(subs)) or [self.ping()]

    def unsubscribe(self, subs: Sequence[Subscription]) -> list[str | bytes]:
        return self._requests("bts:unsubscribe", self._topics.remove(subs))

    def _requests(self, event: str, topics: Sequence[str]) -> list[str | bytes]:
        # One channel a message, which may have 512 bytes.
        return [encode({"event": event, "data": {"channel": topic}}) for topic in topics]

    def ping(self) -> str:
        return encode({"event": "bts:heartbeat"})

    # Reading

    def parse(self, raw: bytes, ts_recv: int) -> Iterable[Parsed]:
        try:
            return self._parse(raw, ts_recv)
        except MessageError:
            raise
        except UNREADABLE as error:
            raise MessageError(f"bitstamp: {error!s:.200}") from error

    def _parse(self, raw: bytes, ts_recv: int) -> tuple[Parsed, ...]:
        if b'"bts:' in raw[:40] or b'"bts:' in raw[-80:]:
            return self._notice(frames.notice(raw), ts_recv)
        read = READERS.get(frames.kind_of(raw))
        if read is None:
            raise MessageError(f"bitstamp: neither of a channel nor a notice: {raw[:80]!r}")
        return read(self, raw, ts_recv)

    def _trade(self, raw: bytes, ts_recv: int) -> tuple[Parsed, ...]:
        frame = frames.trade(raw)
        self._changes.seen(frame.data.microtimestamp)
        return (frame.trade(self._symbol(frame.channel), ts_recv),)

    def _change(self, raw: bytes, ts_recv: int) -> tuple[Parsed, ...]:
        frame = frames.book(raw)
        m, market = frame.data, _market(frame.channel)
        us = m.microtimestamp
        first = self._changes.append(market, us)
        symbol = self._symbol(frame.channel)
        return (BookDelta(symbol, us * 1_000, ts_recv, m.bids, m.asks, first, us),)

    def _best(self, raw: bytes, ts_recv: int) -> tuple[Parsed, ...]:
        frame = frames.book(raw)
        m, symbol = frame.data, self._symbol(frame.channel)
        us = m.microtimestamp
        bid, ask = m.bids[0] if m.bids else (0.0, 0.0), m.asks[0] if m.asks else (0.0, 0.0)
        quote = Quote(symbol, us * 1_000, ts_recv, *bid, *ask, us)
        if _market(frame.channel) in self._changes:  # the whole book comes by its changes
            return (quote,)
        return (quote, BookSnapshot(symbol, us * 1_000, ts_recv, m.bids, m.asks, us))

    def _order(self, raw: bytes, ts_recv: int) -> tuple[Parsed, ...]:
        frame = frames.order(raw)
        market, symbol = _market(frame.channel), self._symbol(frame.channel)
        steps = frame.steps(symbol, ts_recv)
        events = self._events.get(market)
        if events is None:
            events = Events()
            if len(self._events) < MAX_MARKETS:
                self._events[market] = events
        us = frame.data.microtimestamp
        number = events.append(frame.event_id, frame.pre_event_id, us)
        return (
            OrderDelta(symbol, us * 1_000, ts_recv, steps, number, number, previous=number - 1),
        )

    def _funding(self, raw: bytes, ts_recv: int) -> tuple[Parsed, ...]:
        frame = frames.funding(raw)
        m, symbol = frame.data, self._symbol(frame.channel)
        ts_event = int(m.timestamp) * S or ts_recv
        out: list[Parsed] = []
        if m.mark_price is not None:
            out.append(Rate(symbol, ts_event, ts_recv, m.mark_price))
        if m.index_price is not None:
            out.append(Rate(symbol + INDEX, ts_event, ts_recv, m.index_price))
        if m.funding_rate is not None:
            due = None if m.next_funding_time is None else int(m.next_funding_time) * S
            out.append(Funding(symbol, ts_event, ts_recv, m.funding_rate, due))
        return tuple(out)

    def _detail(self, raw: bytes, ts_recv: int) -> tuple[Parsed, ...]:
        """The orders on the best hundred levels: not subscribed here, but perhaps recorded."""
        frame = frames.detail(raw)
        if _market(frame.channel) in self._events:  # all orders come by their events
            return ()
        m, symbol = frame.data, self._symbol(frame.channel)
        bids, asks = frames.resting(m.bids), frames.resting(m.asks)
        return (OrderSnapshot(symbol, m.microtimestamp * 1_000, ts_recv, bids, asks),)

    def _notice(self, m: frames.Notice, ts_recv: int) -> tuple[Parsed, ...]:
        """`{"event":"bts:error","channel":"","data":{"code":null,"message":"Bad subscription
        string."}}`
        """  # noqa: D205, D415 - the raw message comes first
        if m.event == "bts:request_reconnect":
            return (Closing(),)
        if m.event == "bts:error":
            said = m.data.get("message") if isinstance(m.data, dict) else m.data
            subs = self._topics.subs(m.channel)
            symbol, channel = (subs[0].symbol, subs[0].channel) if subs else ("", "")
            detail = f"bitstamp: {said!s:.200}"
            return (Status("rejected", ts_recv, symbol, channel, detail=detail),)
        if m.event == "bts:subscription_succeeded":
            if m.channel.startswith("diff_order_book_"):
                self._changes.join(_market(m.channel))
            return ()
        if m.event in ("bts:unsubscription_succeeded", "bts:heartbeat"):
            return ()
        raise MessageError(f"bitstamp: unknown event {m.event[:40]!r}")

    def _symbol(self, channel: str) -> str:
        """'live_trades_btcusd' -> 'BTC-USD': as subscribed, else split before its quote asset."""
        market = _market(channel)
        symbol = self._symbols.get(market) or spelled(market)
        if not 0 < len(symbol) <= MAX_SYMBOL:
            raise MessageError(f"bitstamp: {channel[:80]!r} is of no market")
        return symbol

    # Books and orders

    def snapshot_url(self, symbol: str) -> str:
        return f"{self.rest_url}/api/v2/order_book/{wire_of(symbol)}/?group=1"

    def parse_snapshot(self, symbol: str, body: bytes, ts_recv: int) -> BookSnapshot:
        """`{"timestamp":"1643643584","microtimestamp":"1643643584684047","bids":[["38416.00",
        "0.00280000"]],"asks":[["38417.00","1.20000000"]]}`
        """  # noqa: D205, D415 - the raw message comes first
        m = decode(frames.rest_book, body, venue="bitstamp")
        us = m.microtimestamp
        # A book that somebody else serves may be numbered and not timed.
        ts_event = us * 1_000 if us > YEAR_2001_US else ts_recv
        return BookSnapshot(symbol, ts_event, ts_recv, m.bids, m.asks, us)

    def orders_url(self, symbol: str) -> str:
        return f"{self.rest_url}/api/v2/order_book/{wire_of(symbol)}/?group=2"

    def parse_orders(self, symbol: str, body: bytes, ts_recv: int) -> OrderSnapshot:
        """`{"timestamp":"1643643584","microtimestamp":"1643643584684047","bids":[["64959.48",
        "0.68711663","1458532827766784"]],"asks":[]}`
        """  # noqa: D205, D415 - the raw message comes first
        m = decode(frames.rest_orders, body, venue="bitstamp")
        bids, asks = frames.resting(m.bids), frames.resting(m.asks)
        events = self._events.get(wire_of(symbol), Events())
        number, ts_event = events.at(m.microtimestamp), m.microtimestamp * 1_000
        return OrderSnapshot(symbol, ts_event, ts_recv, bids, asks, number)

    # History

    def history_url(self, sub: Subscription, span: Span) -> str | None:
        base, _, interval = sub.channel.partition(":")
        market = wire_of(sub.symbol)
        if base == "trades":
            # What is asked for ends now, or nearly: it is how far back that has to be said.
            back = (span.end - span.start) // S
            time = "minute" if back < 30 else "hour" if back < 3_000 else "day"  # noqa: PLR2004 - seconds, well within
            return f"{self.rest_url}/api/v2/transactions/{market}/?time={time}"
        if base == "bars" and interval in STEPS:
            step, end = STEPS[interval], span.end // S
            start = max(span.start // S, end - (MAX_BARS - 1) * step)
            query = f"step={step}&limit={MAX_BARS}&start={start}&end={end}"
            return f"{self.rest_url}/api/v2/ohlc/{market}/?{query}"
        return None

    def parse_history(
        self, sub: Subscription, body: bytes, ts_recv: int
    ) -> Sequence[Trade] | Sequence[Bar]:
        base, _, interval = sub.channel.partition(":")
        if base == "bars" and interval in STEPS:
            return frames.past_bars(sub.symbol, interval, body, ts_recv)
        return frames.past_trades(sub.symbol, body, ts_recv)

    # The server half

    @classmethod
    def recognises(cls, raw: bytes) -> bool:
        if raw.startswith((b'{"event":"bts:', b'{"event": "bts:')):
            return True
        return _RECOGNISED.search(raw[:100]) is not None or (
            _RECOGNISED.search(raw[-frames.TAIL :]) is not None
        )

    def answer(self, raw: bytes) -> list[bytes]:
        try:
            request = _request(raw)
        except UNREADABLE:
            return [_error("Incorrect JSON format.")]
        if request.event == "bts:heartbeat":
            body = {"event": "bts:heartbeat", "channel": "", "data": {"status": "success"}}
            return [msgspec.json.encode(body)]
        done = {
            "bts:subscribe": "bts:subscription_succeeded",
            "bts:unsubscribe": "bts:unsubscription_succeeded",
        }.get(request.event)
        if done is None or request.data is None or not request.data.channel:
            return [_error("Bad subscription string.")]
        body = {"event": done, "channel": request.data.channel, "data": {}}
        return [msgspec.json.encode(body)]

    def snapshot_symbol(self, path: str) -> str | None:
        return self._of_path(path, "1")

    def orders_symbol(self, path: str) -> str | None:
        return self._of_path(path, "2")

    def _of_path(self, path: str, group: str) -> str | None:
        found = _BOOK_PATH.fullmatch(path)
        if found is None or (found[2] or "1") != group:
            return None
        return self._symbols.get(found[1]) or spelled(found[1])

    def render_snapshot(self, book: BookSnapshot) -> bytes:
        sides = {
            side: [[f"{price:.8f}", f"{size:.8f}"] for price, size in levels]
            for side, levels in (("bids", book.bids), ("asks", book.asks))
        }
        us = book.sequence or 0
        times = {"timestamp": str(us // 1_000_000), "microtimestamp": str(us)}
        return msgspec.json.encode(times | sides)


READERS: dict[bytes, Callable[[Bitstamp, bytes, int], tuple[Parsed, ...]]] = {
    b"diff_order_book": Bitstamp._change,  # noqa: SLF001 - the class's own
    b"live_orders": Bitstamp._order,  # noqa: SLF001
    b"live_trades": Bitstamp._trade,  # noqa: SLF001
    b"order_book": Bitstamp._best,  # noqa: SLF001
    b"funding_rate": Bitstamp._funding,  # noqa: SLF001
    b"detail_order_book": Bitstamp._detail,  # noqa: SLF001
}


def _topic(sub: Subscription) -> str:
    """('trades', 'BTC-USD') -> 'live_trades_btcusd'."""
    base = sub.channel.partition(":")[0]
    return f"{WIRE[base]}_{wire_of(sub.symbol.removesuffix(INDEX))}"


def _market(channel: str) -> str:
    return channel.rpartition("_")[2]


def _error(message: str) -> bytes:
    body = {"event": "bts:error", "channel": "", "data": {"code": None, "message": message}}
    return msgspec.json.encode(body)
