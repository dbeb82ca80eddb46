"""Hyperliquid: perpetuals and spot of its own chain.

Protocol: https://hyperliquid.gitbook.io/hyperliquid-docs/for-developers/api/websocket
A book comes whole every time, 20 levels a side. A perpetual's symbol is the coin ("BTC"), a
spot market's is "PURR-USDC" or, as most have no name of their own, its index ("@107").
Rates are mark prices; the oracle's price and the mid have symbols of their own,
"BTC-INDEX" (the oracle's) and "BTC-MID". Messages are typed in messages.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, ClassVar

import msgspec

from livefin.errors import ChannelError, MessageError, SymbolError
from livefin.events import (
    Bar,
    BookSnapshot,
    Funding,
    OpenInterest,
    Quote,
    Rate,
    Side,
    Status,
    Ticker,
    Trade,
)
from livefin.venues.contract import Parsed, Subscription, Venue
from livefin.venues.hyperliquid import messages
from livefin.venues.openbars import OpenBars
from livefin.venues.topics import Topics
from livefin.venues.wire import MS, UNREADABLE, encode

INTERVALS = "1m 3m 5m 15m 30m 1h 2h 4h 8h 12h 1d 3d 1w 1M".split()
INDEX, MID = "-INDEX", "-MID"
GREETING = b"Websocket connection established."
MAX_COINS = 8_192
NAN = float("nan")
KINDS = {"trades": "trades", "quotes": "bbo", "book": "l2Book", "bars": "candle"}
"""The venue's subscription of each channel; all others are in an asset's context."""
CONTEXT = ("rates", "ticker", "funding", "open_interest")
SIDES: dict[str, Side] = {"B": "buy", "A": "sell"}


class Hyperliquid(Venue):
    """Hyperliquid's public data; no account and no key needed.

    Its REST answers only to POST, so there is no history here. The liquidations of others
    are not to be had at all.
    """

    name: ClassVar[str] = "hyperliquid"
    title: ClassVar[str] = "Hyperliquid"
    url: str = "wss://api.hyperliquid.xyz/ws"
    rest_url: str = "https://api.hyperliquid.xyz"
    channels: ClassVar[Sequence[str]] = (
        "trades", "quotes", "book", "ticker", "bars", "rates", "funding", "open_interest",
    )  # fmt: skip
    example: ClassVar[str] = "BTC"
    max_subscriptions: ClassVar[int | None] = 1_000
    # The server closes a socket on which it has sent nothing for 60 seconds; its answer to a
    # ping counts.
    silence: float = 15.0
    # 2,000 messages a minute are allowed.
    send_interval: float = 0.035

    def __init__(self) -> None:
        self._symbols: dict[str, str] = {}
        self._newest: dict[str, int] = {}
        """When the newest trade of each coin was made (ms)."""
        self._bars = OpenBars()
        self.opened()

    def opened(self) -> None:
        self._topics = Topics(self._asked_for)
        self._seen = dict(self._newest)
        """The same as the socket opened: subscribing brings the last trades once more."""

    # Subscribing

    def check(self, sub: Subscription) -> None:
        super().check(sub)
        self.check_bars(sub, INTERVALS)
        symbol, base = sub.symbol, sub.channel.partition(":")[0]
        for suffix in (INDEX, MID):
            if symbol.endswith(suffix):
                symbol = symbol.removesuffix(suffix)
                if base != "rates":
                    raise ChannelError(sub.channel, ["rates"], venue=self.name)
        if not re.fullmatch(r"@\d+|([a-z0-9]+:)?[A-Za-z0-9]+(-[A-Za-z0-9]+)?", symbol):
            hint = "write it as BTC, or PURR-USDC or @107 for a spot market"
            raise SymbolError(sub.symbol, hint, venue=self.name)
        if base in ("funding", "open_interest") and ("-" in symbol or symbol[0] == "@"):
            offered = [name for name in self.channels if name not in ("funding", "open_interest")]
            raise ChannelError(sub.channel, offered, venue=self.name)

    def subscribe(self, subs: Sequence[Subscription]) -> list[str | bytes]:
        # Where all of it is on already, a ping: something is always sent.
        return [_message("subscribe", asked) for asked in self._topics.add(subs)] or [self.ping()]

    def unsubscribe(self, subs: Sequence[Subscription]) -> list[str | bytes]:
        return [_message("unsubscribe", asked) for asked in self._topics.remove(subs)]

    def ping(self) -> str:
        return '{"method":"ping"}'

    def _asked_for(self, sub: Subscription) -> tuple[str, str, str]:
        """(type, coin, interval) of the venue's subscription; the last two may be ""."""
        base, _, interval = sub.channel.partition(":")
        if sub.symbol.endswith(MID):
            return "allMids", "", ""
        symbol = sub.symbol.removesuffix(INDEX)
        coin = symbol.replace("-", "/")
        self._symbols[coin] = symbol
        return KINDS.get(base, "activeAssetCtx"), coin, interval

    # Reading

    def parse(self, raw: bytes, ts_recv: int) -> Iterable[Parsed]:
        try:
            m = messages.frame(raw)
        except UNREADABLE as error:
            if raw.strip() == GREETING:
                return ()
            raise MessageError(f"hyperliquid: {error}") from error
        read = self._readers.get(type(m))
        return () if read is None else read(self, m, ts_recv)

    def _symbol(self, coin: str) -> str:
        known = self._symbols.get(coin)
        return coin.replace("/", "-") if known is None else known

    def _trades(self, m: messages.TradesFrame, ts_recv: int) -> list[Parsed]:
        """`{"channel":"trades","data":[{"coin":"BTC","side":"B","px":"105056.0","sz":"0.00219",
        "time":1737918794873,"hash":"0xde47…","tid":121451470284048,"users":["0x…","0x…"]}]}`

        `side` is the taker's. The first message of a subscription has the last 30 trades.
        """  # noqa: D205, D415 - the raw message comes first
        out: list[Parsed] = []
        for t in m.data:
            coin, time = t.coin, t.time
            if time <= self._seen.get(coin, -1):
                continue
            if time > self._newest.get(coin, -1) and (
                coin in self._newest or len(self._newest) < MAX_COINS
            ):
                self._newest[coin] = time
            side = SIDES[t.side]
            out.append(Trade(self._symbol(coin), time * MS, ts_recv, t.px, t.sz, side, t.tid))
        return out

    def _book(self, m: messages.BookFrame, ts_recv: int) -> tuple[BookSnapshot]:
        """`{"channel":"l2Book","data":{"coin":"BTC","time":1737918843893,"levels":[
        [{"n":5,"px":"105055.0","sz":"3.03622"}],[{"n":1,"px":"105056.0","sz":"0.1428"}]]}}`
        """  # noqa: D205, D415 - the raw message comes first
        b = m.data
        bids, asks = ([(level.px, level.sz) for level in side] for side in b.levels)
        return (BookSnapshot(self._symbol(b.coin), b.time * MS, ts_recv, bids, asks),)

    def _best(self, m: messages.BestFrame, ts_recv: int) -> tuple[Quote]:
        """`{"channel":"bbo","data":{"coin":"BTC","time":1708622398623,"bbo":[
        {"px":"19900","sz":"1","n":1},{"px":"20100","sz":"1","n":1}]}}`

        An empty side is null, and zero in the quote.
        """  # noqa: D205, D415 - the raw message comes first
        b = m.data
        best = [(0.0, 0.0) if level is None else (level.px, level.sz) for level in b.bbo]
        return (Quote(self._symbol(b.coin), b.time * MS, ts_recv, *best[0], *best[1]),)

    def _candle(self, m: messages.CandleFrame, ts_recv: int) -> Sequence[Parsed]:
        """`{"channel":"candle","data":{"t":1681923600000,"T":1681924499999,"s":"BTC","i":"15m",
        "o":"29295.0","c":"29250.0","h":"29309.0","l":"29250.0","v":"0.98639","n":189}}`
        """  # noqa: D205, D415 - the raw message comes first
        c = m.data
        symbol, start = self._symbol(c.s), c.t * MS
        return self._bars.update(
            Bar(symbol, start, ts_recv, c.i, c.o, c.h, c.l, c.c, c.v, c.n, closed=False)
        )

    def _context(
        self, m: messages.PerpetualFrame | messages.SpotFrame, ts_recv: int
    ) -> list[Parsed]:
        """`{"channel":"activeAssetCtx","data":{"coin":"BTC","ctx":{"funding":"0.0000125",
        "openInterest":"688.11","prevDayPx":"15.322","dayNtlVlm":"1169046.29",
        "dayBaseVlm":"98453.1","premium":"0.00031774","oraclePx":"14.32","markPx":"14.3161",
        "midPx":"14.314","impactPxs":["14.3047","14.3444"]}}}`

        Of a spot market the channel is activeSpotAssetCtx, without funding and the like.
        `funding` is by the hour. The day's high and low are not told.
        """  # noqa: D205, D415 - the raw message comes first
        symbol, ctx = self._symbol(m.data.coin), m.data.ctx
        last = ctx.mark_px if ctx.mid_px is None else ctx.mid_px
        out: list[Parsed] = []
        if last is not None:
            before = NAN if ctx.prev_day_px is None else ctx.prev_day_px
            traded = NAN if ctx.day_base_vlm is None else ctx.day_base_vlm
            out.append(Ticker(symbol, ts_recv, ts_recv, last, before, NAN, NAN, traded))
        if ctx.mark_px is not None:
            out.append(Rate(symbol, ts_recv, ts_recv, ctx.mark_px))
        if ctx.oracle_px is not None:
            out.append(Rate(symbol + INDEX, ts_recv, ts_recv, ctx.oracle_px))
        if ctx.funding is not None:
            out.append(Funding(symbol, ts_recv, ts_recv, ctx.funding))
        if ctx.open_interest is not None:
            out.append(OpenInterest(symbol, ts_recv, ts_recv, ctx.open_interest))
        return out

    def _mids(self, m: messages.MidsFrame, ts_recv: int) -> list[Parsed]:
        """`{"channel":"allMids","data":{"mids":{"@142":"80907.5","BTC":"80868.5"}}}`."""
        mids = m.data.mids.items()
        return [Rate(self._symbol(coin) + MID, ts_recv, ts_recv, mid) for coin, mid in mids]

    def _rejected(self, m: messages.Error, ts_recv: int) -> list[Parsed]:
        r"""`{"channel":"error","data":"Invalid subscription {\"type\":\"trades\",…}"}`."""
        text = m.data
        detail = f"hyperliquid: {text[:200]}"
        try:
            asked = messages.asked(text[text.find("{") : text.rfind("}") + 1])
        except UNREADABLE:
            return [Status("rejected", ts_recv, detail=detail)]
        wanted = self._topics.subs((asked.type, asked.coin or "", asked.interval or ""))
        if not wanted:
            symbol = self._symbol(asked.coin or "")
            return [Status("rejected", ts_recv, symbol, asked.type, detail=detail)]
        return [
            Status("rejected", ts_recv, sub.symbol, sub.channel, detail=detail)
            for sub in sorted(wanted)
        ]

    _readers: ClassVar[dict[type, Callable[[Hyperliquid, Any, int], Sequence[Parsed]]]] = {
        messages.TradesFrame: _trades,
        messages.BookFrame: _book,
        messages.BestFrame: _best,
        messages.CandleFrame: _candle,
        messages.PerpetualFrame: _context,
        messages.SpotFrame: _context,
        messages.MidsFrame: _mids,
        messages.Error: _rejected,
    }
    """All others are acknowledgements."""

    # The server half

    @classmethod
    def recognises(cls, raw: bytes) -> bool:
        return messages.ours(raw) is not None

    def answer(self, raw: bytes) -> list[bytes]:
        try:
            request = messages.request(raw)
        except UNREADABLE:
            return [b'{"channel":"error","data":"Error parsing JSON into valid websocket request"}']
        if request.method == "ping":
            return [b'{"channel":"pong"}']
        if request.method in ("subscribe", "unsubscribe"):
            agreed = {"method": request.method, "subscription": request.subscription}
            return [msgspec.json.encode({"channel": "subscriptionResponse", "data": agreed})]
        return [b'{"channel":"error","data":"Unknown method"}']


def _message(method: str, asked: tuple[str, str, str]) -> str:
    subscription = {"type": asked[0]}
    subscription |= {"coin": asked[1]} if asked[1] else {}
    subscription |= {"interval": asked[2]} if asked[2] else {}
    return encode({"method": method, "subscription": subscription})
