"""Coinbase Exchange: trades, best quote at each trade, level 2, single orders and ticker.

Protocol: https://docs.cdp.coinbase.com/exchange/websocket-feed/channels
Every frame is `{"type":"<kind>",…}`, so one decoder with a union tagged by `type` reads them
all: exchange_wire.py. Channel `full` numbers the messages of a product by one, and
builds on the orders that REST has at such a number: exchange_orders.py. Level 2 is
not numbered, since its delivery is guaranteed.

Single orders, and level 2 at every change rather than every 50 ms, take an account's key. A
subscription to them is signed with the time, so the heartbeat of the product is asked for
first: its answer tells the time, and is replied to with what is signed.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar, TypeAlias

import msgspec

from livefin.errors import LivefinError, MessageError, SymbolError
from livefin.events import (
    Bar,
    BookDelta,
    BookSnapshot,
    OrderSnapshot,
    Quote,
    Side,
    Status,
    Ticker,
    Trade,
)
from livefin.keys import KeyMissingError
from livefin.venues.coinbase import exchange_wire as messages
from livefin.venues.coinbase.exchange_orders import OrderSteps
from livefin.venues.contract import Parsed, Reply, Span, Subscription, Venue
from livefin.venues.wire import UNREADABLE, S, decode, encode, iso_ns

PAIRS_PER_MESSAGE = 100
TRADES_PER_PAGE = 1_000
BARS_PER_PAGE = 300
GRANULARITY = {"1m": 60, "5m": 300, "15m": 900, "1h": 3_600, "6h": 21_600, "1d": 86_400}
SIGNED = ("full", "level2")
"""The venue's channels that take a key."""
VERIFY = "GET/users/self/verify"
# What is reported is the side of the order that rested.
TAKER: Mapping[str, Side] = {"buy": "sell", "sell": "buy"}
Wire: TypeAlias = tuple[str, str]
"""(the venue's channel, product)."""

_BOOK_PATH = re.compile(r"/products/([A-Z0-9._-]{3,64})/book")
_PRODUCT = re.compile(r"\b[A-Z0-9]{1,20}-[A-Z0-9]{1,20}\b")
_OURS = re.compile(
    rb'\{"type":"(?:(?:received|open|done|match|last_match|change|ticker|heartbeat)",'
    rb'(?=.{0,400}?"product_id":"[A-Z0-9.]+-[A-Z0-9.]+")(?=.{0,400}?"sequence":\d)'
    rb'|snapshot","product_id":"[A-Z0-9.]+-[A-Z0-9.]+","(?:asks|bids)":\['
    rb'|l2update","product_id":"[A-Z0-9.]+-[A-Z0-9.]+","(?:changes|time)":'
    rb'|subscriptions","channels":\[)'
)


class CoinbaseExchange(Venue):
    """Coinbase Exchange, once GDAX and Coinbase Pro: spot."""

    name: ClassVar[str] = "coinbase-exchange"
    title: ClassVar[str] = "Coinbase Exchange"
    # Recordings of either feed say COINBASE; the frames tell them apart.
    aliases: ClassVar[Sequence[str]] = ("COINBASE", "COINBASE_PRO", "GDAX")
    url: str = "wss://ws-feed.exchange.coinbase.com"
    rest_url: str = "https://api.exchange.coinbase.com"
    channels: ClassVar[Sequence[str]] = ("trades", "quotes", "book", "orders", "ticker")
    example: ClassVar[str] = "BTC-USD"
    trade_ids_contiguous: ClassVar[bool] = True
    # Each product has a heartbeat every second.
    silence: float = 10.0
    # Eight requests a second are allowed.
    send_interval: float = 0.15
    key_names: ClassVar[Sequence[str]] = ("api_key", "api_secret", "passphrase")
    history_newest_first: ClassVar[bool] = True

    def __init__(self) -> None:
        self.opened()

    def opened(self) -> None:
        self._subs: dict[Subscription, None] = {}
        self._on: dict[Wire, None] = {}
        """What the venue was asked for."""
        self._unsigned: list[Wire] = []
        """What it is to be asked for, signed, as soon as a frame tells the time."""
        self._orders = OrderSteps()

    def check(self, sub: Subscription) -> None:
        super().check(sub)
        if not re.fullmatch(r"[A-Z0-9.]+-[A-Z0-9.]+", sub.symbol):
            hint = "write it as BASE-QUOTE in capitals, such as BTC-USD"
            raise SymbolError(sub.symbol, hint, venue=self.name)
        if self.keys:
            self._signature(0)

    # Subscribing

    def subscribe(self, subs: Sequence[Subscription]) -> list[str | bytes]:
        self._subs |= dict.fromkeys(subs)
        wanted = self._wires(self._subs)
        new = [wire for wire in wanted if wire not in self._on]
        # The matches of a product are in its `full` too; both would bring them twice.
        gone = [wire for wire in self._on if wire not in wanted]
        self._on = wanted
        self._orders.products |= {product for channel, product in wanted if channel == "full"}
        # What is on is asked for again where there is nothing else; it changes nothing.
        asked = new or list(self._wires(subs))
        locked = [wire for wire in asked if wire[0] in SIGNED]
        plain = [wire for wire in asked if wire[0] not in SIGNED]
        if not self.keys:  # let the venue refuse it, by itself
            return _requests("subscribe", plain, locked) + _requests("unsubscribe", gone)
        self._unsigned += locked
        if not plain:
            plain = [("heartbeat", product) for _, product in locked]
        return _requests("subscribe", plain) + _requests("unsubscribe", gone)

    def unsubscribe(self, subs: Sequence[Subscription]) -> list[str | bytes]:
        for sub in subs:
            self._subs.pop(sub, None)
        wanted = self._wires(self._subs)
        new = [wire for wire in wanted if wire not in self._on]
        gone = [wire for wire in self._on if wire not in wanted]
        self._on = wanted
        self._orders.products -= {product for channel, product in gone if channel == "full"}
        return _requests("subscribe", new) + _requests("unsubscribe", gone)

    def _wires(self, subs: Iterable[Subscription]) -> dict[Wire, None]:
        """What the venue is to be asked for, that `subs` be had."""
        subs = list(subs)
        with_orders = {sub.symbol for sub in self._subs if sub.channel == "orders"}
        names = {
            "quotes": "ticker",
            "ticker": "ticker",
            "orders": "full",
            "book": "level2" if self.keys else "level2_batch",
        }
        wires: dict[Wire, None] = {}
        for channel, product in subs:
            matches = "full" if product in with_orders else "matches"
            wires[names.get(channel, matches), product] = None
            wires["heartbeat", product] = None
        return wires

    def _sign(self, now: int) -> list[Reply]:
        wires = [wire for wire in self._unsigned if wire in self._on]
        self._unsigned = []
        if not wires:
            return []
        body = {"type": "subscribe", "channels": _channels(wires)} | self._signature(now)
        return [Reply(encode(body), secret=True)]

    def _signature(self, now: int) -> dict[str, str]:
        """The fields of a signed message. Raises KeyMissingError, LivefinError."""
        if missing := [name for name in self.key_names if not self.keys.get(name)]:
            raise KeyMissingError(self.name, missing)
        try:
            secret = base64.b64decode(self.keys["api_secret"].reveal(), validate=True)
        except ValueError:
            hint = "api_secret is not base64, as the venue hands it out; copy it again"
            raise LivefinError(f"{self.name}: {hint}") from None
        timestamp = str(now // S)
        signature = hmac.digest(secret, (timestamp + VERIFY).encode(), hashlib.sha256)
        return {
            "key": self.keys["api_key"].reveal(),
            "passphrase": self.keys["passphrase"].reveal(),
            "timestamp": timestamp,
            "signature": base64.b64encode(signature).decode(),
        }

    # Reading

    def parse(self, raw: bytes, ts_recv: int) -> Iterable[Parsed]:
        try:
            m = messages.frame(raw)
            parsed: tuple[Parsed, ...] = ()
            if read := READERS.get(type(m)):
                parsed = read(m, ts_recv)
            elif isinstance(m, messages.Match):
                parsed = self._trade(m, ts_recv)
            elif isinstance(m, messages.OrderMessage):
                parsed = (self._orders.step(m, ts_recv),)
        except UNREADABLE as error:
            raise MessageError(f"{self.name}: {error}") from error
        return (*self._sign(ts_recv), *parsed) if self._unsigned else parsed

    def _trade(self, m: messages.Match, ts_recv: int) -> tuple[Parsed, ...]:
        """`{"type":"match","trade_id":10,"sequence":50,"maker_order_id":"ac928c66-ca53-…",
        "taker_order_id":"132fb6ae-456b-…","time":"2014-11-07T08:19:27.028459Z",
        "product_id":"BTC-USD","size":"5.23512","price":"400.23","side":"sell"}`

        `side` is that of the order that rested. The same with the type "last_match" begins a
        subscription: the trade before it, which is new only where others were missed.
        """  # noqa: D205, D415 - the raw message comes first
        ts, product = _ns(m.time) or ts_recv, m.product_id
        trade = Trade(product, ts, ts_recv, m.price, m.size, TAKER[m.side], m.trade_id)
        if product not in self._orders.products or type(m) is messages.LastMatch:
            return (trade,)
        return (trade, self._orders.fill(m, ts, ts_recv))

    # Orders and history

    def orders_url(self, symbol: str) -> str:
        return f"{self.rest_url}/products/{symbol}/book?level=3"

    def parse_orders(self, symbol: str, body: bytes, ts_recv: int) -> OrderSnapshot:
        """`{"sequence":13051505638,"bids":[["6247.58","6.3578146","d50ec984-…"]],
        "asks":[["6251.52","2","ac928c66-…"]],"time":"2021-02-12T01:09:23.334Z"}`
        """  # noqa: D205, D415 - the raw message comes first
        m = decode(messages.orders, body, venue=self.name)
        bids, asks = (
            [(id_, price, size, 0) for price, size, id_ in side] for side in (m.bids, m.asks)
        )
        return OrderSnapshot(symbol, _ns(m.time) or ts_recv, ts_recv, bids, asks, m.sequence)

    def history_url(self, sub: Subscription, span: Span) -> str | None:
        base, _, interval = sub.channel.partition(":")
        product = f"{self.rest_url}/products/{sub.symbol}"
        if base == "trades":
            # Pages are turned by trade ids alone.
            after = "" if span.last is None else f"&after={span.last + 1}"
            return f"{product}/trades?limit={TRADES_PER_PAGE}{after}"
        if base == "bars" and interval in GRANULARITY:
            seconds, end = GRANULARITY[interval], span.end // S
            # A longer stretch is refused, not cut.
            start = max(span.start // S, end - (BARS_PER_PAGE - 1) * seconds)
            return f"{product}/candles?granularity={seconds}&start={start}&end={end}"
        return None

    def parse_history(
        self, sub: Subscription, body: bytes, ts_recv: int
    ) -> Sequence[Trade] | Sequence[Bar]:
        """`[{"time":"2020-03-20T00:36:59.860Z","trade_id":86327327,"price":"6225.32000000",
        "size":"0.06469797","side":"sell"}]` or `[[<start>,<low>,<high>,<open>,<close>,<volume>]]`
        as `[[1415398768,0.32,4.2,0.35,4.2,12.3]]`, the newest first.
        """  # noqa: D205 - the raw message comes first
        base, _, interval = sub.channel.partition(":")
        if base == "bars" and interval in GRANULARITY:
            length = GRANULARITY[interval]
            candles = decode(messages.candles, body, venue=self.name)
            return [
                Bar(
                    sub.symbol, start * S, ts_recv, interval,
                    opened, high, low, close, volume, 0, (start + length) * S <= ts_recv,
                )
                for start, low, high, opened, close, volume in sorted(candles)
            ]  # fmt: skip
        if base != "trades":
            raise MessageError(f"{self.name} has no history of {sub.channel}")
        trades = decode(messages.trades, body, venue=self.name)
        return [
            Trade(
                sub.symbol, _ns(t.time) or ts_recv, ts_recv,
                t.price, t.size, TAKER[t.side], t.trade_id,
            )
            for t in sorted(trades, key=lambda t: t.trade_id)
        ]  # fmt: skip

    # The server half

    @classmethod
    def recognises(cls, raw: bytes) -> bool:
        return _OURS.match(raw) is not None

    def answer(self, raw: bytes) -> list[bytes]:
        try:
            request = messages.request(raw)
        except UNREADABLE:
            return [b'{"type":"error","message":"Malformed JSON"}']
        channels = request.channels if request.type == "subscribe" else []
        return [msgspec.json.encode({"type": "subscriptions", "channels": channels})]

    def orders_symbol(self, path: str) -> str | None:
        route, _, query = path.partition("?")
        match = _BOOK_PATH.fullmatch(route)
        return match[1] if match and "level=3" in query.split("&") else None


def ticker(m: messages.Ticker, ts_recv: int) -> tuple[Quote, Ticker]:
    """`{"type":"ticker","sequence":37475248783,"product_id":"ETH-USD","price":"1285.22",
    "open_24h":"1310.79","volume_24h":"245532.79269678","low_24h":"1280.52",
    "high_24h":"1313.8","volume_30d":"9788783.60117027","best_bid":"1285.04",
    "best_bid_size":"0.46688654","best_ask":"1285.27","best_ask_size":"1.56637040",
    "side":"buy","time":"2022-10-19T23:28:22.061769Z","trade_id":370843401,
    "last_size":"11.4396987"}`

    Sent at each trade, with the best of the book as it was then.
    """  # noqa: D205, D415 - the raw message comes first
    ts, symbol = _ns(m.time) or ts_recv, m.product_id
    bid, ask = (m.best_bid, m.best_bid_size), (m.best_ask, m.best_ask_size)
    return (
        Quote(symbol, ts, ts_recv, *bid, *ask, m.sequence),
        Ticker(symbol, ts, ts_recv, m.price, m.open_24h, m.high_24h, m.low_24h, m.volume_24h),
    )


def snapshot(m: messages.Snapshot, ts_recv: int) -> tuple[BookSnapshot]:
    """`{"type":"snapshot","product_id":"BTC-USD","bids":[["10101.10","0.45054140"]],
    "asks":[["10102.55","0.57753524"]]}`
    """  # noqa: D205, D415 - the raw message comes first
    ts = _ns(m.time) or ts_recv
    return (BookSnapshot(m.product_id, ts, ts_recv, m.bids, m.asks),)


def update(m: messages.Update, ts_recv: int) -> tuple[BookDelta]:
    """`{"type":"l2update","product_id":"BTC-USD","changes":[["buy","22356.270000",
    "0.00000000"],["buy","22356.300000","1.00000000"]],
    "time":"2022-08-04T15:25:05.010758Z"}`

    Sizes are absolute, 0 removes the level.
    """  # noqa: D205, D415 - the raw message comes first
    bids = [(price, size) for side, price, size in m.changes if side == "buy"]
    asks = [(price, size) for side, price, size in m.changes if side == "sell"]
    return (BookDelta(m.product_id, _ns(m.time) or ts_recv, ts_recv, bids, asks),)


def refused(m: messages.Error, ts_recv: int) -> tuple[Status]:
    """`{"type":"error","message":"Failed to subscribe","reason":"BTC-XYZ is not a valid
    product"}` or `…"reason":"level2, level3, and full channels now require authentication.
    https://…"}`.
    """  # noqa: D205 - the raw message comes first
    named = _PRODUCT.search(m.reason)
    # Without a key, orders are all that is asked for of these.
    channel = "orders" if "full channels" in m.reason else ""
    detail = ": ".join(part[:200] for part in (CoinbaseExchange.name, m.message, m.reason) if part)
    symbol = named.group() if named else ""
    return (Status("rejected", ts_recv, symbol, channel, detail=detail),)


READERS: Mapping[type, Callable[[Any, int], tuple[Parsed, ...]]] = {
    messages.Ticker: ticker,
    messages.Snapshot: snapshot,
    messages.Update: update,
    messages.Error: refused,
}
"""Those that need to know nothing else."""


def _channels(wires: Iterable[Wire]) -> list[dict[str, Any]]:
    products: dict[str, list[str]] = {}
    for channel, product in wires:
        products.setdefault(channel, []).append(product)
    return [{"name": name, "product_ids": ids} for name, ids in products.items()]


def _requests(kind: str, *groups: Sequence[Wire]) -> list[str | bytes]:
    n = PAIRS_PER_MESSAGE
    return [
        encode({"type": kind, "channels": _channels(wires[i : i + n])})
        for wires in groups
        for i in range(0, len(wires), n)
    ]


def _ns(text: str) -> int:
    return iso_ns(text) if text else 0
