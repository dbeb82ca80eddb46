"""Deribit: futures, options, spot and combos, over JSON-RPC.

Protocol: https://docs.deribit.com/articles/notifications. Market data comes as
notifications, `{"jsonrpc":"2.0","method":"subscription","params":{"channel":…,"data":…}}`,
whose channel says what the data is; it is read straight from the bytes and picks a typed
decoder. Symbols are the venue's own. Without keys it sends a change every 100 ms, with keys
every one at once ("raw"). The rates of an instrument are its mark price; an index such as
btc_usd has rates of its own, and so has deribit_volatility_index.btc_usd.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar
from urllib.parse import urlencode

import msgspec

from livefin.errors import ChannelError, MessageError, SymbolError
from livefin.events import Bar, Status, Trade
from livefin.venues.contract import Parsed, Ready, Reply, Span, Subscription, Venue
from livefin.venues.deribit import messages
from livefin.venues.deribit.messages import HEAD, RESOLUTIONS, VOLATILITY
from livefin.venues.openbars import OpenBars, length_ns
from livefin.venues.wire import MS, UNREADABLE, encode

CHANNELS_PER_MESSAGE = 100
TRADES_A_PAGE, BARS_A_PAGE = 1_000, 4_000
HEARTBEAT = 10
"""Seconds; the least that the venue takes."""
AUTH, SET_HEARTBEAT, TEST, FIRST_REQUEST = 9_001, 9_002, 9_003, 9_100
"""Ids of our requests; high, so that a recording's own are others."""
MAX_REQUESTS = 1_000

_NAME_AT = len(HEAD)
_INSTRUMENT = re.compile(r"[A-Z0-9][A-Za-z0-9_-]*")
_INDEX = re.compile(rf"({re.escape(VOLATILITY)})?[a-z0-9]+_[a-z0-9]+")


class Deribit(Venue):
    """Deribit's instruments and indices; keys, where there are any, make it faster."""

    name: ClassVar[str] = "deribit"
    title: ClassVar[str] = "Deribit"
    url: str = "wss://www.deribit.com/ws/api/v2"
    rest_url: str = "https://www.deribit.com"
    channels: ClassVar[Sequence[str]] = (
        "trades", "quotes", "book", "ticker", "bars", "rates", "funding", "open_interest",
        "liquidations",
    )  # fmt: skip
    example: ClassVar[str] = "BTC-PERPETUAL"
    # Heartbeats come every HEARTBEAT seconds when nothing else does.
    silence: float = 25.0
    # Of 30,000 credits, refilled by 10,000 a second, a subscription costs 3,000.
    send_interval: float = 0.3
    key_names: ClassVar[Sequence[str]] = ("client_id", "client_secret")
    # Without keys too, since subscribing "raw" too early is refused; it costs one answer.
    waits: ClassVar[bool] = True

    def __init__(self) -> None:
        self._bars = OpenBars()
        self._request_id = FIRST_REQUEST
        self.opened()

    def opened(self) -> None:
        self._wanted: dict[str, set[Subscription]] = {}
        self._asked: dict[int, list[str]] = {}
        """The channels that each unanswered request asked for."""
        self._refused = False
        """The keys are not good."""

    def login(self, now: int) -> list[str | bytes]:  # noqa: ARG002
        beats = _request(SET_HEARTBEAT, "public/set_heartbeat", {"interval": HEARTBEAT})
        if not self._signs:
            return [beats]
        credentials = {name: self.keys[name].reveal() for name in self.key_names}
        grant = {"grant_type": "client_credentials"}
        return [_request(AUTH, "public/auth", grant | credentials), beats]

    @property
    def _signs(self) -> bool:
        return all(self.keys.get(name) for name in self.key_names)

    # Subscribing

    def check(self, sub: Subscription) -> None:
        super().check(sub)
        self.check_bars(sub, RESOLUTIONS)
        if _INDEX.fullmatch(sub.symbol):
            if sub.channel != "rates":
                raise ChannelError(sub.channel, ["rates"], venue=self.name)
        elif not _INSTRUMENT.fullmatch(sub.symbol):
            hint = "write it as the venue does, such as BTC-PERPETUAL, or btc_usd for an index"
            raise SymbolError(sub.symbol, hint, venue=self.name)

    def subscribe(self, subs: Sequence[Subscription]) -> list[str | bytes]:
        new: dict[str, None] = {}
        for sub in subs:
            channel = self._channel(sub)
            wanted = self._wanted.setdefault(channel, set())
            if not wanted:
                new[channel] = None
            wanted.add(sub)
        # Where all of it is on already, a ping: something is always sent.
        return self._requests("public/subscribe", list(new)) or [self.ping()]

    def unsubscribe(self, subs: Sequence[Subscription]) -> list[str | bytes]:
        gone: dict[str, None] = {}
        for sub in subs:
            channel = self._channel(sub)
            wanted = self._wanted.get(channel)
            if wanted is None:
                continue
            wanted.discard(sub)
            if not wanted:
                del self._wanted[channel]
                gone[channel] = None
        return self._requests("public/unsubscribe", list(gone))

    def ping(self) -> str:
        return _request(TEST, "public/test", {})

    def _channel(self, sub: Subscription) -> str:
        """("bars:1h", "BTC-PERPETUAL") -> 'chart.trades.BTC-PERPETUAL.60'."""
        base, _, interval = sub.channel.partition(":")
        symbol = sub.symbol
        if base == "rates" and _INDEX.fullmatch(symbol):
            return symbol if symbol.startswith(VOLATILITY) else f"deribit_price_index.{symbol}"
        if base == "bars":
            return f"chart.trades.{symbol}.{RESOLUTIONS[interval]}"
        if base == "quotes":
            return f"quote.{symbol}"
        kind = {"trades": "trades", "liquidations": "trades", "book": "book"}.get(base, "ticker")
        return f"{kind}.{symbol}.{'raw' if self._signs and not self._refused else '100ms'}"

    def _requests(self, method: str, channels: list[str]) -> list[str | bytes]:
        out: list[str | bytes] = []
        for i in range(0, len(channels), CHANNELS_PER_MESSAGE):
            some = channels[i : i + CHANNELS_PER_MESSAGE]
            self._request_id += 1
            if method == "public/subscribe":
                self._asked[self._request_id] = some
                if len(self._asked) > MAX_REQUESTS:
                    del self._asked[next(iter(self._asked))]
            out.append(_request(self._request_id, method, {"channels": some}))
        return out

    # Reading

    def parse(self, raw: bytes, ts_recv: int) -> Iterable[Parsed]:
        try:
            if raw.startswith(HEAD):
                channel = raw[_NAME_AT : raw.find(b'"', _NAME_AT)].decode()
                return self._read(raw, channel, ts_recv)
            return self._parse_plain(raw, ts_recv)
        except UNREADABLE as error:
            raise MessageError(f"deribit: {error}") from error

    def _read(self, raw: bytes, channel: str, ts_recv: int) -> Sequence[Parsed]:
        read = messages.READERS.get(channel.partition(".")[0])
        if read is None:
            raise MessageError(f"deribit: channel {channel[:80]!r} is not known")
        return read(raw, channel, ts_recv, self._bars)

    def _parse_plain(self, raw: bytes, ts_recv: int) -> Sequence[Parsed]:
        """`{"jsonrpc":"2.0","id":9101,"result":["trades.BTC-PERPETUAL.100ms"],"usDiff":120}`,
        `{"jsonrpc":"2.0","method":"heartbeat","params":{"type":"test_request"}}`.
        """  # noqa: D205 - the raw messages come first
        m = messages.plain(raw)
        if m.method == "heartbeat":
            asked = m.params is not None and m.params.type == "test_request"
            return (Reply(self.ping()),) if asked else ()
        if m.method == "subscription":  # with its fields in another order
            return self._read(raw, messages.named(raw).params.channel, ts_recv)
        if m.method is not None or (m.result is None and m.error is None):
            raise MessageError(f"deribit: neither a notification nor an answer: {raw[:80]!r}")
        if m.error is not None:
            return self._failed(m, m.error, ts_recv)
        if m.id == (AUTH if self._signs else SET_HEARTBEAT):
            return (Ready(),)
        asked_for = self._asked.pop(m.id, None) if isinstance(m.id, int) else None
        if asked_for is None or not isinstance(m.result, list):
            return ()
        # What the venue does not have it leaves out, without a word.
        return self._rejected(
            [channel for channel in asked_for if channel not in m.result],
            "deribit: there is no such channel",
            ts_recv,
        )

    def _failed(
        self, m: messages.Plain, failure: messages.Failure, ts_recv: int
    ) -> Sequence[Parsed]:
        """`{"jsonrpc":"2.0","id":9101,"error":{"code":11050,"message":"bad_request"}}`."""
        detail = f"deribit: {failure.message[:200]} (code {failure.code})"
        if m.id == AUTH:
            self._refused = True
            detail += "; going on without keys"
            return (Status("rejected", ts_recv, detail=detail), Ready())
        if m.id == SET_HEARTBEAT and not self._signs:
            return (Status("error", ts_recv, detail=detail), Ready())
        asked_for = self._asked.pop(m.id, None) if isinstance(m.id, int) else None
        if not asked_for:
            return (Status("rejected", ts_recv, detail=detail),)
        return self._rejected(asked_for, detail, ts_recv)

    def _rejected(self, channels: Sequence[str], detail: str, ts_recv: int) -> list[Parsed]:
        return [
            Status("rejected", ts_recv, sub.symbol, sub.channel, detail=detail)
            for channel in channels
            for sub in sorted(self._wanted.get(channel, ()))
        ]

    # History

    def history_url(self, sub: Subscription, span: Span) -> str | None:
        base, _, interval = sub.channel.partition(":")
        start, end = -(-span.start // MS), span.end // MS
        query: dict[str, object] = {"instrument_name": sub.symbol}
        if base == "trades":
            query |= {"count": TRADES_A_PAGE, "sorting": "asc"}
            if span.first is not None and span.last is not None:
                method = "get_last_trades_by_instrument"
                query |= {"start_seq": span.first, "end_seq": span.last}
            else:
                method = "get_last_trades_by_instrument_and_time"
                query |= {"start_timestamp": start, "end_timestamp": end}
        elif base == "bars":
            method = "get_tradingview_chart_data"
            end = min(end, start + BARS_A_PAGE * length_ns(interval) // MS)
            query |= {"start_timestamp": start, "end_timestamp": end}
            query |= {"resolution": RESOLUTIONS[interval]}
        else:
            return None
        return f"{self.rest_url}/api/v2/public/{method}?{urlencode(query)}"

    def parse_history(
        self, sub: Subscription, body: bytes, ts_recv: int
    ) -> Sequence[Trade] | Sequence[Bar]:
        base, _, interval = sub.channel.partition(":")
        try:
            if base == "trades":
                return messages.past_trades(body, ts_recv)
            length = length_ns(interval)
            return messages.past_bars(body, sub.symbol, interval, length, ts_recv)
        except UNREADABLE as error:
            raise MessageError(f"deribit: history of {sub.symbol}: {error}") from error

    # The server half

    @classmethod
    def recognises(cls, raw: bytes) -> bool:
        return messages.ours(raw) is not None

    def confidential(self, raw: bytes) -> bool:
        return b'"access_token"' in raw or b'"refresh_token"' in raw

    def answer(self, raw: bytes) -> list[bytes]:
        try:
            request = messages.request(raw)
        except UNREADABLE:
            return [b'{"jsonrpc":"2.0","error":{"code":-32700,"message":"Parse error"}}']
        results: dict[str, Any] = {
            "public/subscribe": request.params.get("channels", []),
            "public/unsubscribe": request.params.get("channels", []),
            "public/set_heartbeat": "ok",
            "public/auth": {"token_type": "bearer"},
            "public/test": {"version": "1.2.26"},
        }
        body: dict[str, Any] = {"jsonrpc": "2.0", "id": request.id}
        if request.method in results:
            body["result"] = results[request.method]
        else:
            body["error"] = {"code": -32601, "message": "Method not found"}
        return [msgspec.json.encode(body)]


def _request(id_: int, method: str, params: dict[str, Any]) -> str:
    return encode({"jsonrpc": "2.0", "id": id_, "method": method, "params": params})
