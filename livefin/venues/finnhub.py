"""Finnhub: last trades of stocks, forex and crypto; candles as history.

Protocol: https://finnhub.io/docs/api/websocket-trades
A symbol is the venue's own: "AAPL", "OANDA:EUR_USD", "BINANCE:BTCUSDT". The token is in the
address, the only way that the WebSocket takes it; REST takes it as a header. One token has
one connection, and how many symbols it carries depends on the plan (50 for nothing).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Annotated, ClassVar, Literal
from urllib.parse import quote, urlencode

import msgspec
from msgspec import Meta, Struct

from livefin.errors import MessageError
from livefin.events import Bar, Status, Trade
from livefin.venues.contract import Parsed, Span, Subscription, Venue
from livefin.venues.wire import MS, UNREADABLE, Ms, Price, S, Size, Symbol, decode, encode

RESOLUTIONS = {
    "1m": "1", "5m": "5", "15m": "15", "30m": "30", "1h": "60", "1d": "D", "1w": "W", "1M": "M",
}  # fmt: skip
SECONDS = {"m": 60, "h": 3_600, "d": 86_400, "w": 604_800, "M": 31 * 86_400}
FOREX = ("OANDA:", "FXCM:", "FOREX.COM:", "IC MARKETS:", "FXPRO:", "FHFX:")
"""How symbols of the venue's forex brokers begin; any other with a colon is crypto."""


class _Trade(Struct, gc=False):
    s: Symbol
    p: Price
    t: Ms
    v: Size | None = None


class _Frame(Struct):
    type: Literal["trade", "ping", "error"]
    data: list[_Trade] | None = None
    msg: str | None = None


class _Candles(Struct):
    s: Literal["ok", "no_data"]
    t: list[Annotated[int, Meta(ge=0, le=9_000_000_000)]] = []
    o: list[Price] = []
    h: list[Price] = []
    l: list[Price] = []  # noqa: E741 - the wire's own name
    c: list[Price] = []
    v: list[Size] | None = None


class _Request(Struct):
    type: Literal["subscribe", "unsubscribe"]
    symbol: str


_frame = msgspec.json.Decoder(_Frame, strict=False)
_candles = msgspec.json.Decoder(_Candles, strict=False)
_request = msgspec.json.Decoder(_Request).decode
_OURS = re.compile(
    rb'\{"data":\[\{(?:"c":(?:null|\[[^\]]{0,80}\]),)?"p":[\d.eE+-]+,"s":"[^"]{1,64}",'
    rb'"t":\d{13},"v":[\d.eE+-]+\}'
)


class Finnhub(Venue):
    """Finnhub's trades; needs a token, which costs nothing."""

    name: ClassVar[str] = "finnhub"
    title: ClassVar[str] = "Finnhub"
    url: str = "wss://ws.finnhub.io"
    rest_url: str = "https://finnhub.io"
    channels: ClassVar[Sequence[str]] = ("trades",)
    example: ClassVar[str] = "AAPL"
    key_names: ClassVar[Sequence[str]] = ("api_key",)
    keys_required: ClassVar[bool] = True

    def __init__(self) -> None:
        self._symbols: set[str] = set()

    def endpoint(self) -> str:
        key = self.keys.get("api_key")
        if not key:
            return self.url
        joint = "&" if "?" in self.url else "?"
        return f"{self.url}{joint}token={quote(key.reveal(), safe='')}"

    def headers(self) -> dict[str, str]:
        key = self.keys.get("api_key")
        return {"X-Finnhub-Token": key.reveal()} if key else {}

    def opened(self) -> None:
        self._symbols.clear()

    def subscribe(self, subs: Sequence[Subscription]) -> list[str | bytes]:
        self._symbols.update(sub.symbol for sub in subs)
        return [encode({"type": "subscribe", "symbol": sub.symbol}) for sub in subs]

    def unsubscribe(self, subs: Sequence[Subscription]) -> list[str | bytes]:
        self._symbols.difference_update(sub.symbol for sub in subs)
        return [encode({"type": "unsubscribe", "symbol": sub.symbol}) for sub in subs]

    def parse(self, raw: bytes, ts_recv: int) -> Iterable[Parsed]:
        """`{"data":[{"c":["1","24","12"],"p":146.76,"s":"AAPL","t":1628238530221,"v":43}],
        "type":"trade"}`, `{"type":"ping"}`, `{"msg":"Invalid symbol","type":"error"}`

        A volume of zero is a price at which nothing was traded, as forex has nothing else.
        Of conditions `c` livefin has none; ids and sides there are none.
        """  # noqa: D205, D415 - the raw messages come first
        m = decode(_frame, raw, venue=self.name)
        if m.type == "trade":
            if m.data is None:
                raise MessageError("finnhub: trades without any")
            return [Trade(d.s, d.t * MS, ts_recv, d.p, d.v or 0.0) for d in m.data]
        if m.type == "ping":
            return ()  # it asks for no answer
        text = m.msg or "an error without a message"
        # It names the symbol at best among other words.
        symbol = next((word for word in text.split() if word in self._symbols), "")
        channel = "trades" if symbol else ""
        return (Status("rejected", ts_recv, symbol, channel, detail=f"finnhub: {text}"),)

    # History

    def history_url(self, sub: Subscription, span: Span) -> str | None:
        # Trades of the past are paged by a count to skip, which a span does not say.
        base, _, interval = sub.channel.partition(":")
        if base != "bars" or interval not in RESOLUTIONS:
            return None
        kind = "stock" if ":" not in sub.symbol else "crypto"
        if sub.symbol.upper().startswith(FOREX):
            kind = "forex"
        query = {
            "symbol": sub.symbol,
            "resolution": RESOLUTIONS[interval],
            "from": str(span.start // S),
            "to": str(-(-span.end // S)),
        }
        return f"{self.rest_url}/api/v1/{kind}/candle?{urlencode(query, safe=':')}"

    def parse_history(self, sub: Subscription, body: bytes, ts_recv: int) -> Sequence[Bar]:
        """`{"c":[217.68],"h":[222.49],"l":[217.19],"o":[221.03],"s":"ok","t":[1569297600],
        "v":[33463820]}` or `{"s":"no_data"}`
        """  # noqa: D205, D415 - the raw message comes first
        m = decode(_candles, body, venue=f"finnhub: candles of {sub.symbol}")
        interval = sub.channel.partition(":")[2]
        length = int(interval[:-1] or 0) * SECONDS.get(interval[-1:], 0)
        volumes = m.v or [0.0] * len(m.t)
        try:
            return [
                Bar(
                    sub.symbol, t * S, ts_recv, interval, o, h, low, c, v, 0,
                    (t + length) * S <= ts_recv,
                )
                for t, o, h, low, c, v in zip(m.t, m.o, m.h, m.l, m.c, volumes, strict=True)
            ]  # fmt: skip
        except ValueError as error:
            raise MessageError(f"finnhub: candles of {sub.symbol} of uneven columns") from error

    # The server half

    @classmethod
    def recognises(cls, raw: bytes) -> bool:
        return _OURS.match(raw) is not None

    def answer(self, raw: bytes) -> list[bytes]:
        try:
            _request(raw)
        except UNREADABLE:
            return [b'{"msg":"Invalid request","type":"error"}']
        return []
