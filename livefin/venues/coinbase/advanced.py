"""Coinbase Advanced Trade: trades, best quote and ticker, level 2 and five-minute candles.

Protocol: https://docs.cdp.coinbase.com/coinbase-app/advanced-trade-apis/websocket/websocket-overview
Every frame is `{"channel":"<name>","timestamp":"…","sequence_num":7,"events":[…]}`, so one
decoder with a union tagged by `channel` reads them all; `sequence_num` rises by one with each
message of a connection, whatever its channel. Prices and sizes are JSON strings on the wire.

No key is needed. Where one is given, the first message of each socket carries a token signed
with it, which takes the package cryptography. The company's exchange has a feed of its own,
with single orders: exchange.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from math import nan
from typing import ClassVar, Literal

import msgspec

from livefin.errors import MessageError, SymbolError
from livefin.events import Bar, BookDelta, BookSnapshot, Quote, Side, Status, Ticker, Trade
from livefin.venues.coinbase import wire as messages
from livefin.venues.coinbase.signing import KEY_NAMES, private_key, token
from livefin.venues.contract import Numbered, Parsed, Span, Subscription, Venue
from livefin.venues.wire import UNREADABLE, S, decode, encode, iso_ns

PRODUCTS_PER_MESSAGE = 50
MAX_PRODUCTS = 8_192
TRADES_PER_PAGE = 1_000
BARS_PER_PAGE = 300
GRANULARITY: Mapping[str, tuple[str, int]] = {
    "1m": ("ONE_MINUTE", 60),
    "5m": ("FIVE_MINUTE", 300),
    "15m": ("FIFTEEN_MINUTE", 900),
    "30m": ("THIRTY_MINUTE", 1_800),
    "1h": ("ONE_HOUR", 3_600),
    "2h": ("TWO_HOUR", 7_200),
    "4h": ("FOUR_HOUR", 14_400),
    "6h": ("SIX_HOUR", 21_600),
    "1d": ("ONE_DAY", 86_400),
}
STREAMED = "5m"
"""The only interval of the stream; the others are in the history."""
CHANNEL = {
    "trades": "market_trades",
    "quotes": "ticker",
    "book": "level2",
    "bars": "candles",
    "ticker": "ticker",
}
HEARTBEATS = ("heartbeats", "")
OWN_USDC_BOOKS = ("USDT-USDC", "EURC-USDC")
# What is reported is the side of the order that rested.
TAKER: Mapping[str, Side] = {"BUY": "sell", "SELL": "buy"}
_OURS = re.compile(
    rb'\{"channel":"(?:l2_data|market_trades|ticker(?:_batch)?|candles|heartbeats|status'
    rb'|subscriptions)",(?:"client_id":"[^"]{0,64}",)?"timestamp":"[^"]{20,40}","sequence_num":\d'
)

_NUMBER = re.compile(rb'("sequence_num":\s*)\d+')


class Coinbase(Venue):
    """Coinbase Advanced Trade: spot, and the futures listed beside it (BTC-PERP-INTX)."""

    name: ClassVar[str] = "coinbase"
    title: ClassVar[str] = "Coinbase Advanced Trade"
    aliases: ClassVar[Sequence[str]] = ("COINBASE_ADVANCED", "COINBASE_ADVANCED_TRADE")
    url: str = "wss://advanced-trade-ws.coinbase.com"
    rest_url: str = "https://api.coinbase.com"
    channels: ClassVar[Sequence[str]] = ("trades", "quotes", "book", "bars", "ticker")
    example: ClassVar[str] = "BTC-USD"
    trade_ids_contiguous: ClassVar[bool] = True
    # A heartbeat comes every second.
    silence: float = 10.0
    # Eight messages a second are allowed.
    send_interval: float = 0.15
    key_names: ClassVar[Sequence[str]] = KEY_NAMES
    history_newest_first: ClassVar[bool] = True

    def __init__(self) -> None:
        self.opened()

    def opened(self) -> None:
        self._subs: dict[Subscription, None] = {}
        self._on: dict[tuple[str, str], None] = {}
        """(the venue's channel, product) that the venue was asked for."""
        self._names: dict[str, tuple[str, ...]] = {}
        """Product -> the symbols that it was subscribed as."""
        self._forming: dict[str, Bar] = {}

    def check(self, sub: Subscription) -> None:
        super().check(sub)
        check_symbol(sub.symbol, venue=self.name)
        self.check_bars(sub, (STREAMED,))
        if self.keys:
            private_key(self.keys)

    def login(self, now: int) -> list[str | bytes]:
        if not self.keys:
            return []
        self._on[HEARTBEATS] = None
        body = {"type": "subscribe", "channel": "heartbeats", "jwt": token(self.keys, now)}
        return [encode(body)]

    def subscribe(self, subs: Sequence[Subscription]) -> list[str | bytes]:
        for sub in subs:
            self._subs[sub] = None
            product = _product(sub.symbol)
            self._names[product] = (
                *(name for name in self._names.get(product, ()) if name != sub.symbol),
                sub.symbol,
            )
        asked = _wires(subs)
        # What is on is asked for again where there is nothing else; it changes nothing.
        new = [wire for wire in asked if wire not in self._on] or list(asked)
        if HEARTBEATS not in self._on:
            # Channels that have nothing to say are closed after a minute without these.
            new.insert(0, HEARTBEATS)
        self._on |= dict.fromkeys(new)
        return _requests("subscribe", new)

    def unsubscribe(self, subs: Sequence[Subscription]) -> list[str | bytes]:
        for sub in subs:
            self._subs.pop(sub, None)
        kept = _wires(self._subs)
        gone = [wire for wire in _wires(subs) if wire not in kept]
        for wire in gone:
            self._on.pop(wire, None)
        return _requests("unsubscribe", gone)

    def parse(self, raw: bytes, ts_recv: int) -> Iterable[Parsed]:
        try:
            m = messages.frame(raw)
            kind = m.__class__
            out: list[Parsed] = [Numbered(m.sequence_num)]
            if kind is messages.BookFrame:
                self._book(m, ts_recv, out)
            elif kind is messages.TradesFrame:
                self._trades(m, ts_recv, out)
            elif kind is messages.TickerFrame or kind is messages.TickerBatchFrame:
                self._tickers(m, ts_recv, out)
            elif kind is messages.CandlesFrame:
                self._bars(m, ts_recv, out)
        except UNREADABLE as error:
            return self._refused(raw, ts_recv, error)
        return out

    def _book(self, m: messages.BookFrame, ts_recv: int, out: list[Parsed]) -> None:
        """`{"channel":"l2_data","timestamp":"2026-08-09T21:05:48.506659391Z","sequence_num":15,
        "events":[{"type":"update","product_id":"BTC-USD","updates":[{"side":"offer",
        "event_time":"2026-08-09T21:05:48.264069Z","price_level":"65106.54",
        "new_quantity":"0.15361938"}]}]}`

        Sizes are absolute, 0 removes the level. The snapshot comes first, of the whole book.
        """  # noqa: D205, D415 - the raw message comes first
        for book in m.events:
            bids = [(u.price_level, u.new_quantity) for u in book.updates if u.side == "bid"]
            asks = [(u.price_level, u.new_quantity) for u in book.updates if u.side != "bid"]
            # All levels of one event have the same time; some snapshots have 1970.
            own = _ns(book.updates[-1].event_time) if book.updates else 0
            ts = own or _ns(m.timestamp) or ts_recv
            kind = BookSnapshot if book.type == "snapshot" else BookDelta
            names = self._symbols(book.product_id)
            out += [kind(symbol, ts, ts_recv, bids, asks) for symbol in names]

    def _trades(self, m: messages.TradesFrame, ts_recv: int, out: list[Parsed]) -> None:
        """`{"channel":"market_trades","timestamp":"2026-08-09T21:05:48.251397169Z",
        "sequence_num":9,"events":[{"type":"update","trades":[{"product_id":"BTC-USD",
        "trade_id":"1068572091","price":"65083.67","size":"0.01034361",
        "time":"2026-08-09T21:05:48.167634Z","side":"SELL"}]}]}`

        `side` is that of the order that rested. A subscription begins with a "snapshot" of the
        last hundred trades: they are passed on, so that what was missed between two sockets is
        filled, and what was not is known by its id. Events list the newest first, mostly; here
        the oldest comes first.
        """  # noqa: D205, D415 - the raw message comes first
        for event in m.events:
            for t in sorted(event.trades, key=_place) if len(event.trades) > 1 else event.trades:
                ts, id_, side = _ns(t.time) or ts_recv, _id(t.trade_id), TAKER.get(t.side)
                out += [
                    Trade(symbol, ts, ts_recv, t.price, t.size, side, id_)
                    for symbol in self._symbols(t.product_id)
                ]

    def _tickers(self, m: messages.TickerFrame, ts_recv: int, out: list[Parsed]) -> None:
        """`{"channel":"ticker","timestamp":"2026-08-09T21:05:48.298032046Z","sequence_num":10,
        "events":[{"type":"update","tickers":[{"type":"ticker","product_id":"ETH-USD",
        "price":"1919.41","volume_24_h":"19975.95927439","low_24_h":"1911.04",
        "high_24_h":"1925","low_52_w":"1505","high_52_w":"4955.9",
        "price_percent_chg_24_h":"0.02501394006035","best_bid":"1919.44","best_ask":"1919.49",
        "best_bid_quantity":"0.02858092","best_ask_quantity":"0.07814824"}]}]}`

        The opening price is worked out from the change. An empty side is quoted as zero.
        """  # noqa: D205, D415 - the raw message comes first
        ts = _ns(m.timestamp) or ts_recv
        for event in m.events:
            for t in event.tickers:
                last, change = _or_nan(t.price), t.price_percent_chg_24_h
                opened = nan if change == "" or change <= -100 else last / (1 + change / 100)  # noqa: PLR2004 - percent
                high, low, volume = map(_or_nan, (t.high_24_h, t.low_24_h, t.volume_24_h))
                bid, bid_size = t.best_bid or 0.0, t.best_bid_quantity or 0.0
                ask, ask_size = t.best_ask or 0.0, t.best_ask_quantity or 0.0
                for symbol in self._symbols(t.product_id):
                    if bid or ask:
                        out.append(Quote(symbol, ts, ts_recv, bid, bid_size, ask, ask_size))
                    out.append(Ticker(symbol, ts, ts_recv, last, opened, high, low, volume))

    def _bars(self, m: messages.CandlesFrame, ts_recv: int, out: list[Parsed]) -> None:
        """`{"channel":"candles","timestamp":"2026-08-09T21:05:51.491081826Z","sequence_num":138,
        "events":[{"type":"update","candles":[{"start":"1786309500","high":"1919.6",
        "low":"1919.27","open":"1919.58","close":"1919.41","volume":"36.36630914",
        "product_id":"ETH-USD"}]}]}`

        A "snapshot" of the last hundred bars comes first. Nothing says that a bar is over but
        the time, and the first of the next one; the last state is then passed on as closed.
        """  # noqa: D205, D415 - the raw message comes first
        sent = _ns(m.timestamp) or ts_recv
        for event in m.events:
            for candle in sorted(event.candles, key=lambda candle: candle.start):
                if not candle.product_id:
                    raise MessageError("coinbase: a candle of no product")
                for symbol in self._symbols(candle.product_id):
                    bar = _bar(symbol, candle, STREAMED, sent, ts_recv)
                    before = self._forming.pop(symbol, None)
                    if before is not None and before.ts_event < bar.ts_event:
                        out.append(msgspec.structs.replace(before, ts_recv=ts_recv, closed=True))
                    if not bar.closed and len(self._forming) < MAX_PRODUCTS:
                        self._forming[symbol] = bar
                    out.append(bar)

    def _refused(self, raw: bytes, ts_recv: int, error: Exception) -> tuple[Status]:
        """`{"type":"error","message":"too many L2 streams requested in a single session"}`."""
        try:
            said = messages.error(raw)
        except UNREADABLE:
            raise MessageError(f"coinbase: {error}") from error
        channel = "book" if "L2" in said.message else ""
        detail = ": ".join(part[:200] for part in (self.name, said.message, said.reason) if part)
        return (Status("rejected", ts_recv, channel=channel, detail=detail),)

    def _symbols(self, product: str) -> tuple[str, ...]:
        return self._names.get(product) or (product,)

    # History

    def history_url(self, sub: Subscription, span: Span) -> str | None:
        base, _, interval = sub.channel.partition(":")
        products = f"{self.rest_url}/api/v3/brokerage/market/products/{sub.symbol}"
        start, end = span.start // S, span.end // S
        if base == "trades":
            return f"{products}/ticker?limit={TRADES_PER_PAGE}&start={start}&end={end + 1}"
        if base == "bars" and interval in GRANULARITY:
            name, seconds = GRANULARITY[interval]
            # A longer stretch is refused, not cut.
            start = max(start, end - (BARS_PER_PAGE - 1) * seconds)
            query = f"start={start}&end={end}&granularity={name}&limit={BARS_PER_PAGE}"
            return f"{products}/candles?{query}"
        return None

    def parse_history(
        self, sub: Subscription, body: bytes, ts_recv: int
    ) -> Sequence[Trade] | Sequence[Bar]:
        """`{"trades":[{"trade_id":"…", …}],"best_bid":"291.13","best_ask":"292.40"}` or
        `{"candles":[{"start":"1712192400","low":"66055.14","high":"66331.99","open":"66312.4",
        "close":"66181.6","volume":"355.82896243"}]}`, the newest first.
        """  # noqa: D205 - the raw message comes first
        base, _, interval = sub.channel.partition(":")
        if base == "bars" and interval in GRANULARITY:
            candles = decode(messages.candles_page, body, venue=self.name).candles
            candles.sort(key=lambda candle: candle.start)
            return [_bar(sub.symbol, candle, interval, ts_recv, ts_recv) for candle in candles]
        if base != "trades":
            raise MessageError(f"coinbase has no history of {sub.channel}")
        trades = decode(messages.trades_page, body, venue=self.name).trades
        return [
            Trade(
                sub.symbol, _ns(t.time) or ts_recv, ts_recv,
                t.price, t.size, TAKER.get(t.side), _id(t.trade_id),
            )
            for t in sorted(trades, key=_place)
        ]  # fmt: skip

    # The server half: acknowledgements are numbered among the rest, so only a recording has them.

    @classmethod
    def recognises(cls, raw: bytes) -> bool:
        return _OURS.match(raw) is not None

    def renumbered(self, raw: bytes, number: int) -> bytes | None:
        found, n = _NUMBER.subn(rb"\g<1>%d" % number, raw, count=1)
        return found if n else None


def check_symbol(symbol: str, *, venue: str) -> None:
    """Raise SymbolError unless `symbol` is written as Coinbase's product ids are."""
    if not re.fullmatch(r"[A-Z0-9._]+(?:-[A-Z0-9._]+)+", symbol):
        hint = "write it as BASE-QUOTE in capitals, such as BTC-USD"
        raise SymbolError(symbol, hint, venue=venue)


def _product(symbol: str) -> str:
    """The product under which the venue sends `symbol`: BTC-USDC and BTC-USD are one book."""
    if symbol.endswith("-USDC") and symbol not in OWN_USDC_BOOKS:
        return symbol[:-1]
    return symbol


def _wires(subs: Iterable[Subscription]) -> dict[tuple[str, str], None]:
    return {(CHANNEL[sub.channel.partition(":")[0]], sub.symbol): None for sub in subs}


def _requests(kind: str, wires: Iterable[tuple[str, str]]) -> list[str | bytes]:
    """A message a channel, since one message takes no more."""
    products: dict[str, list[str]] = {}
    for channel, product in wires:
        products.setdefault(channel, []).append(product)
    n = PRODUCTS_PER_MESSAGE
    return [
        encode({"type": kind, "channel": channel})
        if channel == HEARTBEATS[0]
        else encode({"type": kind, "product_ids": ids[i : i + n], "channel": channel})
        for channel, ids in products.items()
        for i in range(0, len(ids), n)
    ]


def _bar(symbol: str, candle: messages.Candle, interval: str, now: int, ts_recv: int) -> Bar:
    start = candle.start * S
    return Bar(
        symbol, start, ts_recv, interval,
        candle.open, candle.high, candle.low, candle.close, candle.volume,
        0, start + GRANULARITY[interval][1] * S <= now,
    )  # fmt: skip


def _place(trade: messages.Trade) -> int:
    """Where `trade` stands in time: its id, where the ids are numbers."""
    id_ = _id(trade.trade_id)
    return id_ if isinstance(id_, int) else _ns(trade.time)


def _id(trade_id: int | str) -> int | str:
    if isinstance(trade_id, str) and trade_id.isdecimal() and len(trade_id) < 19:  # noqa: PLR2004 - digits that fit 63 bits
        return int(trade_id)
    return trade_id


def _ns(text: str) -> int:
    return iso_ns(text) if text else 0


def _or_nan(number: float | Literal[""]) -> float:
    return nan if number == "" else number
