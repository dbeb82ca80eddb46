"""Alpaca: US stocks by IEX or SIP, and Alpaca's own crypto exchange with its book.

Protocol: https://docs.alpaca.markets/docs/streaming-market-data
Its messages are in livefin/venues/alpaca/wire.py, its history in history.py. Stocks
and crypto are two venues, which differ in address, channels and how a symbol is spelled.

What befalls a stock's trading, and a trade already sent, comes as Status: halts, corrections
and cancellations. Most accounts have one connection to each address.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar
from urllib.parse import urlsplit

import msgspec

from livefin.errors import MessageError, SymbolError
from livefin.events import Bar, BookDelta, BookSnapshot, Quote, Status, StatusKind, Trade
from livefin.venues.alpaca import history
from livefin.venues.alpaca import wire as alpaca
from livefin.venues.contract import Parsed, Ready, Span, Subscription, Venue
from livefin.venues.wire import UNREADABLE, decode, encode, iso_ns

SYMBOLS_PER_MESSAGE = 200
"""Of our own choice; none is documented."""
ALREADY_AUTHENTICATED = 403
WIRE_CHANNELS = {
    "trades": ("trades",),
    "quotes": ("quotes",),
    "book": ("orderbooks",),
    # A trade that comes late changes a bar that was sent already.
    "bars:1m": ("bars", "updatedBars"),
    "bars:1d": ("dailyBars",),
}
"""livefin's channel -> Alpaca's."""
INTERVALS = ("1m", "1d")
HALTS = frozenset({"2", "H", "P"})
RESUMPTIONS = frozenset({"3", "T"})
"""Codes of trading; digits are of the tapes A and B, letters of C."""
MAX_HALTED = 20_000


class Alpaca(Venue):
    """Alpaca's stream of US stocks; needs the keys of an account, which costs nothing.

    `feed` is "iex", "sip", "delayed_sip", or "test", which has FAKEPACA at any hour.
    """

    name: ClassVar[str] = "alpaca"
    title: ClassVar[str] = "Alpaca US stocks"
    url: str = "wss://stream.data.alpaca.markets/v2/iex"
    rest_url: str = "https://data.alpaca.markets"
    channels: ClassVar[Sequence[str]] = ("trades", "quotes", "bars")
    example: ClassVar[str] = "AAPL"
    key_names: ClassVar[Sequence[str]] = ("api_key", "api_secret")
    keys_required: ClassVar[bool] = True
    key_variables: ClassVar[Mapping[str, Sequence[str]]] = {
        "api_key": ("APCA_API_KEY_ID",),
        "api_secret": ("APCA_API_SECRET_KEY",),
    }
    """Environment variables that Alpaca's own tools read, besides ours."""
    waits: ClassVar[bool] = True
    listed: ClassVar[Sequence[str]] = (
        "trades", "quotes", "bars", "updatedBars", "dailyBars", "statuses",
    )  # fmt: skip
    """Alpaca's channels, in the order in which it lists what is subscribed."""
    spelling: ClassVar[str] = r"[A-Z0-9.]+"
    ours: ClassVar[re.Pattern[bytes]] = re.compile(
        rb'\[\{"T":"[tqbdusxcl]","S":"[A-Z0-9.]{1,16}"[,}]'
    )

    def __init__(self, feed: str | None = None) -> None:
        if feed is not None:
            self.url = f"{self.url.rpartition('/')[0]}/{feed}"
        self.opened()

    @property
    def feed(self) -> str:
        """The last part of the address: "iex", or "us" of crypto."""
        return urlsplit(self.url).path.rpartition("/")[2]

    def headers(self) -> dict[str, str]:
        names = {"api_key": "APCA-API-KEY-ID", "api_secret": "APCA-API-SECRET-KEY"}
        return {names[name]: key.reveal() for name, key in self.keys.items() if name in names}

    def opened(self) -> None:
        self._ready = False
        self._halted: dict[str, int] = {}
        """Symbol -> since when it is halted."""
        self._asked: dict[str, dict[str, None]] = {name: {} for name in self.listed}
        """What a client of the server half has subscribed, by channel of Alpaca's."""

    def login(self, now: int) -> list[str | bytes]:  # noqa: ARG002 - nothing here is signed
        key, secret = self.keys.get("api_key"), self.keys.get("api_secret")
        if not key or not secret:
            return []
        # The handshake's headers do the same, but who serves a recording asks for none.
        return [encode({"action": "auth", "key": key.reveal(), "secret": secret.reveal()})]

    def check(self, sub: Subscription) -> None:
        super().check(sub)
        self.check_bars(sub, INTERVALS)
        if not re.fullmatch(self.spelling, sub.symbol):
            hint = f"write it in capitals, such as {self.example}"
            raise SymbolError(sub.symbol, hint, venue=self.name)

    def _wire(self, symbol: str) -> str:
        """How Alpaca writes a symbol."""
        return symbol

    def _symbol(self, wire: str) -> str:
        """How livefin writes a symbol of Alpaca's."""
        return wire

    # Subscribing

    def subscribe(self, subs: Sequence[Subscription]) -> list[str | bytes]:
        return self._request("subscribe", subs)

    def unsubscribe(self, subs: Sequence[Subscription]) -> list[str | bytes]:
        return self._request("unsubscribe", subs)

    def _request(self, action: str, subs: Sequence[Subscription]) -> list[str | bytes]:
        wanted: dict[str, list[str]] = {}
        for sub in subs:
            for channel in WIRE_CHANNELS[sub.channel]:
                wanted.setdefault(channel, []).append(self._wire(sub.symbol))
        # A request is refused as a whole, so that halts, which a plan may not have, go apart.
        apart = {"statuses": wanted.get("trades", [])} if "statuses" in self.listed else {}
        return [*_requests(action, wanted), *_requests(action, apart)]

    # Reading

    def parse(self, raw: bytes, ts_recv: int) -> Iterable[Parsed]:
        """`[{"T":"q","S":"AMD","bx":"K","bp":91.95,"bs":2,"ax":"Q","ap":91.98,"as":1,"c":["R"],
        "z":"C","t":"2023-04-06T11:54:21.670905508Z"}]`

        Sizes of a stock's quotes are in round lots, which are not the same at all prices.
        """  # noqa: D205, D415 - the raw message comes first
        out: list[Parsed] = []
        spelled, messages = self._symbol, decode(alpaca.frame, raw, venue=self.name)
        if not messages:
            raise MessageError(f"{self.name}: a frame without messages")
        for m in messages:
            if type(m) is alpaca.QuoteMessage:
                symbol, ts = spelled(m.S), iso_ns(m.t)
                out.append(Quote(symbol, ts, ts_recv, m.bid, m.bid_size, m.ask, m.ask_size))
            elif type(m) is alpaca.TradeMessage:
                out.append(alpaca.trade(spelled(m.S), m, ts_recv))
            elif isinstance(m, alpaca.MinuteBar):
                # A minute is sent when it is over; a day goes on until the next begins.
                interval = "1d" if isinstance(m, alpaca.DailyBar) else "1m"
                closed = interval == "1m"
                out.append(alpaca.bar(spelled(m.S), interval, m, ts_recv, closed=closed))
            elif type(m) is alpaca.Orderbook:
                out.append(self._book(m, ts_recv))
            else:
                out += self._control(m, ts_recv)
        return out

    def _book(self, m: alpaca.Orderbook, ts_recv: int) -> BookSnapshot | BookDelta:
        """`{"T":"o","S":"BTC/USD","t":"2024-03-12T10:38:50.79613221Z",
        "b":[{"p":71859.53,"s":0.27994}],"a":[{"p":71939.7,"s":0.83953}],"r":true}`

        `r`: it is the whole book. Changes have no number, so that a gap cannot be told.
        """  # noqa: D205, D415 - the raw message comes first
        kind = BookSnapshot if m.r else BookDelta
        bids = [(level.p, level.s) for level in m.b or ()]
        asks = [(level.p, level.s) for level in m.a or ()]
        return kind(self._symbol(m.S), iso_ns(m.t), ts_recv, bids, asks)

    def _control(self, m: alpaca.Message, ts_recv: int) -> tuple[Parsed, ...]:
        """`[{"T":"success","msg":"authenticated"}]`,
        `[{"T":"subscription","trades":["AAPL"],"quotes":[],"bars":["*"], …}]`,
        `[{"T":"error","code":405,"msg":"symbol limit exceeded"}]`
        """  # noqa: D205, D415 - the raw messages come first
        if isinstance(m, alpaca.Success):
            return self._authenticated() if m.msg == "authenticated" else ()
        if isinstance(m, alpaca.Failure):
            if m.code == ALREADY_AUTHENTICATED:
                return self._authenticated()
            detail = f"{self.name}: {m.msg or 'an error without a message'} (code {m.code})"
            return (Status("rejected", ts_recv, detail=detail),)
        if isinstance(m, alpaca.TradingStatus):
            return (self._trading(m, ts_recv),)
        if isinstance(m, alpaca.Correction | alpaca.CancelError | alpaca.Luld):
            symbol = self._symbol(m.S)
            detail = f"{self.name}: {symbol}: {_said(m)}"
            return (Status("error", ts_recv, symbol, "trades", 1, detail=detail),)
        return ()  # what is subscribed, or a price during a halt

    def _authenticated(self) -> tuple[Ready, ...]:
        """Ready, once a socket: both the headers and the message authenticate."""
        ready, self._ready = () if self._ready else (Ready(),), True
        return ready

    def _trading(self, m: alpaca.TradingStatus, ts_recv: int) -> Status:
        """`{"T":"s","S":"AAPL","sc":"H","sm":"Trading Halt","rc":"T12","rm":"Trading Halted; For
        information requested by NASDAQ","t":"2021-02-22T19:15:00Z","z":"C"}`

        The end of a halt is told with its beginning, as the stretch without trades that it was.
        """  # noqa: D205, D415 - the raw message comes first
        symbol, ts = self._symbol(m.S), iso_ns(m.t)
        if m.sc in HALTS and len(self._halted) < MAX_HALTED:
            self._halted.setdefault(symbol, ts)
        since = self._halted.get(symbol, ts)
        halted = symbol in self._halted or m.sc in HALTS | RESUMPTIONS
        if m.sc in RESUMPTIONS:
            self._halted.pop(symbol, None)
        said = "; ".join(part for part in (m.sm or m.sc, m.rm or m.rc) if part)
        detail = f"{self.name}: {symbol}: {said}"
        kind: StatusKind = "stale" if halted else "error"
        return Status(kind, ts_recv, symbol, "trades", start=min(since, ts), end=ts, detail=detail)

    # History

    def history_url(self, sub: Subscription, span: Span) -> str | None:
        feed = {"delayed_sip": "sip"}.get(self.feed, self.feed)
        path = history.path("/v2/stocks", self._wire(sub.symbol), sub.channel, span, feed=feed)
        return None if path is None else f"{self.rest_url}{path}"

    def parse_history(
        self, sub: Subscription, body: bytes, ts_recv: int
    ) -> Sequence[Trade] | Sequence[Bar]:
        read = history.trades if sub.channel == "trades" else history.bars
        return read(sub, self._wire(sub.symbol), body, ts_recv)

    # The server half

    @classmethod
    def recognises(cls, raw: bytes) -> bool:
        return cls.ours.match(raw) is not None

    def answer(self, raw: bytes) -> list[bytes]:
        try:
            request = alpaca.request.decode(raw)
        except UNREADABLE:
            return [_REFUSAL]
        if request.action == "auth":
            return [b'[{"T":"success","msg":"authenticated"}]']
        if request.action not in ("subscribe", "unsubscribe"):
            return [_REFUSAL]
        for name, asked in self._asked.items():
            for symbol in getattr(request, name):
                if request.action == "subscribe":
                    asked[symbol] = None
                else:
                    asked.pop(symbol, None)
        now = {name: list(asked) for name, asked in self._asked.items()}
        return [msgspec.json.encode([{"T": "subscription"} | now])]


class AlpacaCrypto(Alpaca):
    """Alpaca's own crypto exchange; needs the keys of an account, which costs nothing.

    `feed` is "us", or "us-1" and "eu-1", which are Kraken's.
    """

    name: ClassVar[str] = "alpaca-crypto"
    title: ClassVar[str] = "Alpaca crypto"
    url: str = "wss://stream.data.alpaca.markets/v1beta3/crypto/us"
    channels: ClassVar[Sequence[str]] = ("trades", "quotes", "book", "bars")
    example: ClassVar[str] = "BTC-USD"
    key_variables: ClassVar[Mapping[str, Sequence[str]]] = {
        "api_key": ("ALPACA_API_KEY", *Alpaca.key_variables["api_key"]),
        "api_secret": ("ALPACA_API_SECRET", *Alpaca.key_variables["api_secret"]),
    }
    listed: ClassVar[Sequence[str]] = (
        "trades", "quotes", "orderbooks", "bars", "updatedBars", "dailyBars",
    )  # fmt: skip
    spelling: ClassVar[str] = r"[A-Z0-9]+-[A-Z0-9]+"
    ours: ClassVar[re.Pattern[bytes]] = re.compile(
        rb'\[\{"T":"[tqbduo]","S":"[A-Z0-9]{1,16}/[A-Z0-9]{1,16}"[,}]'
    )

    def _wire(self, symbol: str) -> str:
        return symbol.replace("-", "/")

    def _symbol(self, wire: str) -> str:
        return wire.replace("/", "-")

    def history_url(self, sub: Subscription, span: Span) -> str | None:
        root = f"/v1beta3/crypto/{self.feed}"
        path = history.path(root, self._wire(sub.symbol), sub.channel, span)
        return None if path is None else f"{self.rest_url}{path}"


_REFUSAL = b'[{"T":"error","code":400,"msg":"invalid syntax"}]'


def _requests(action: str, wanted: Mapping[str, list[str]]) -> list[str]:
    """Messages to `action` ("subscribe") all that is wanted, by channel of Alpaca's."""
    most = max(map(len, wanted.values()), default=0)
    return [
        encode(
            {"action": action}
            | {name: symbols[i : i + SYMBOLS_PER_MESSAGE] for name, symbols in wanted.items()
               if symbols[i:]}
        )
        for i in range(0, most, SYMBOLS_PER_MESSAGE)
    ]  # fmt: skip


def _said(m: alpaca.Correction | alpaca.CancelError | alpaca.Luld) -> str:
    """`{"T":"c","S":"EEM","x":"M","oi":52983525033527,"op":39.1582,"os":440000,"oc":[" ","7"],
    "ci":52983525034326,"cp":39.1809,"cs":440000,"cc":[" ","7"],"z":"B","t":"…"}`,
    `{"T":"x","S":"GOOGL","i":465,"x":"D","p":105.31,"s":300,"a":"C","z":"C","t":"…"}` or
    `{"T":"l","S":"IONM","u":3.24,"d":2.65,"i":"B","t":"2023-04-06T13:34:45.565004401Z"}`
    """  # noqa: D205, D415 - the raw messages come first
    if isinstance(m, alpaca.Luld):
        return f"nothing is traded below {m.d:g} or above {m.u:g}"
    if isinstance(m, alpaca.CancelError):
        why = " as an error" if m.a == "E" else ""
        return f"trade {alpaca.trade_id(m.x, m.i)} of {m.s:g} at {m.p:g} was cancelled{why}"
    old, new = alpaca.trade_id(m.x, m.oi), alpaca.trade_id(m.x, m.ci)
    return f"trade {old} of {m.os:g} at {m.op:g} is now {new} of {m.cs:g} at {m.cp:g}"
