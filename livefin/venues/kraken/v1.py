"""Kraken spot, the older WebSocket protocol (v1): trades, best quote, book, candles, ticker.

Protocol: https://docs.kraken.com/api/docs/websocket-v1/book (ticker, trade, spread, ohlc beside)
Data are arrays, read in kraken_v1_frames; what else the venue says are objects. Changes of
the book are not numbered: a CRC32 of the ten best levels comes with each, and none with a
snapshot. Trades have no ids here. The newer protocol is in kraken, what both have in common
in rest.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

import msgspec
from msgspec import Struct

from livefin.errors import MessageError
from livefin.events import Bar, Status
from livefin.venues.contract import Parsed, Subscription, Venue
from livefin.venues.kraken import rest
from livefin.venues.kraken.v1_frames import READERS, TAIL, bars, end_of, spelled
from livefin.venues.openbars import OpenBars
from livefin.venues.wire import UNREADABLE, encode

PAIRS_PER_MESSAGE = 100
NAMES = {"trades": "trade", "quotes": "spread", "book": "book", "bars": "ohlc", "ticker": "ticker"}
CHANNELS = {name: channel for channel, name in NAMES.items()}


class _Wanted(Struct, omit_defaults=True):
    name: str = ""
    depth: int | None = None
    interval: int | None = None


class _Event(Struct):
    """What is no data: heartbeats, statuses, answers."""

    event: str
    status: str = ""
    pair: str = ""
    subscription: _Wanted | None = None
    errorMessage: str = ""  # noqa: N815 - the wire's own name


_event = msgspec.json.Decoder(_Event).decode


class KrakenV1(rest.Rest, Venue):
    """Kraken spot market data by the older protocol; no key needed."""

    name: ClassVar[str] = "kraken-v1"
    title: ClassVar[str] = "Kraken spot (WebSocket v1)"
    # Recordings made elsewhere call both protocols so; the frames tell them apart.
    aliases: ClassVar[Sequence[str]] = ("KRAKEN",)
    url: str = "wss://ws.kraken.com"
    channels: ClassVar[Sequence[str]] = ("trades", "quotes", "book", "bars", "ticker")
    example: ClassVar[str] = "BTC-USD"
    # A heartbeat comes each second in which nothing else does.
    silence: float = 10.0

    def __init__(self) -> None:
        self._bars = OpenBars()

    def opened(self) -> None:
        self._bars = OpenBars()

    # Subscribing

    def check(self, sub: Subscription) -> None:
        super().check(sub)
        rest.check_pair(sub.symbol, venue=self.name)
        self.check_bars(sub, rest.INTERVALS)

    def subscribe(self, subs: Sequence[Subscription]) -> list[str | bytes]:
        return self._requests("subscribe", subs)

    def unsubscribe(self, subs: Sequence[Subscription]) -> list[str | bytes]:
        return self._requests("unsubscribe", subs)

    def _requests(self, event: str, subs: Sequence[Subscription]) -> list[str | bytes]:
        pairs: dict[str, list[str]] = {}
        for sub in subs:
            pairs.setdefault(sub.channel, []).append(rest.old_pair(sub.symbol))
        messages: list[str | bytes] = []
        for channel, wanted in pairs.items():
            base, _, interval = channel.partition(":")
            subscription: dict[str, Any] = {"name": NAMES[base]}
            if base == "book":
                subscription["depth"] = self.book_depth
            if base == "bars":
                subscription["interval"] = rest.INTERVALS[interval]
            for i in range(0, len(wanted), PAIRS_PER_MESSAGE):
                some = wanted[i : i + PAIRS_PER_MESSAGE]
                messages.append(
                    encode({"event": event, "pair": some, "subscription": subscription})
                )
        return messages

    def ping(self) -> str:
        return encode({"event": "ping"})

    # Reading

    def parse(self, raw: bytes, ts_recv: int) -> Iterable[Parsed]:
        try:
            return (
                self._other(_event(raw), ts_recv) if raw[:1] != b"[" else self._data(raw, ts_recv)
            )
        except MessageError:
            raise
        except UNREADABLE as error:
            raise MessageError(f"kraken-v1: {error!s:.200}") from error

    def _data(self, raw: bytes, ts_recv: int) -> Iterable[Parsed]:
        channel, _ = end_of(raw)
        read = READERS.get(channel)
        if read is None:
            raise MessageError(f"kraken-v1: unknown channel: {raw[-TAIL:]!r}")
        events = read(raw, ts_recv)
        if read is not bars:
            return events
        return [out for bar in events if isinstance(bar, Bar) for out in self._bars.update(bar)]

    def _other(self, m: _Event, ts_recv: int) -> tuple[Parsed, ...]:
        """`{"event":"subscriptionStatus","status":"error","pair":"XBT/USD","errorMessage":
        "Subscription depth not supported","subscription":{"depth":42,"name":"book"}}`
        """  # noqa: D205, D415 - the raw message comes first
        if m.event in ("heartbeat", "pong"):
            return ()
        if m.event == "systemStatus":
            if m.status in ("online", ""):
                return ()
            detail = f"kraken-v1: the exchange is in {m.status:.40}"
            return (Status("error", ts_recv, detail=detail),)
        if m.event == "error" or (m.event == "subscriptionStatus" and m.status == "error"):
            wanted = m.subscription
            channel = "" if wanted is None else CHANNELS.get(wanted.name, "")
            if channel == "bars" and wanted is not None and wanted.interval in rest.SPELLED:
                channel = f"bars:{rest.SPELLED[wanted.interval]}"
            symbol = spelled(m.pair) if m.pair else ""
            detail = f"kraken-v1: {m.errorMessage or 'refused':.200}"
            return (Status("rejected", ts_recv, symbol, channel, detail=detail),)
        if m.event == "subscriptionStatus":
            return ()
        raise MessageError(f"kraken-v1: unknown event {m.event[:40]!r}")

    # The server half

    @classmethod
    def recognises(cls, raw: bytes) -> bool:
        if raw[:1] == b"[":
            channel, pair = end_of(raw)
            return channel in READERS and b"/" in pair and raw.endswith(b'"]')
        head = raw[:160]
        return b'"event":"systemStatus"' in head or b'"event":"subscriptionStatus"' in head

    def answer(self, raw: bytes) -> list[bytes]:
        # An acknowledgement holds a channel's id, which the recording alone has.
        try:
            event = _event(raw).event
        except UNREADABLE:
            return []
        return [b'{"event":"pong"}'] if event == "ping" else []
