"""CoinAPI: trades, quotes, books, orders, bars and exchange rates of 300 exchanges in one form.

Protocol: https://docs.coinapi.io/market-data/websocket/messages
Requests and notices are those of livefin/venues/apibricks/shared.py. A symbol is the venue's own
`symbol_id`, since it names exchange and kind: "BITSTAMP_SPOT_BTC_USD". Messages are numbered
by one for each kind and symbol, from the beginning of the socket to its end.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, ClassVar, TypeAlias

import msgspec
from msgspec import Struct

from livefin.errors import SymbolError
from livefin.events import Bar, BookDelta, BookSnapshot, Level, Quote, Trade
from livefin.venues.apibricks import history
from livefin.venues.apibricks.orders import BookL3, RestingOrders
from livefin.venues.apibricks.shared import (
    ASSETS,
    SEND_INTERVAL,
    SILENCE,
    Exrate,
    Failure,
    Heartbeat,
    HeartbeatRespelled,
    Notices,
    Pair,
    Rates,
    Reconnect,
    Requests,
    answer,
    authorization,
    pair_of,
)
from livefin.venues.contract import Numbered, Parsed, Span, Subscription, Venue
from livefin.venues.wire import Id, Name, Price, Size, Symbol, decode, iso_ns

SYMBOLS = "subscribe_filter_symbol_id"
TYPES = {"trades": "trade", "quotes": "quote", "book": "book", "orders": "book_l3"}


class _Trade(Struct, gc=False, tag="trade"):
    symbol_id: Symbol
    sequence: Id
    price: Price
    size: Size
    taker_side: str | None = None
    uuid: Name | None = None
    time_exchange: str | None = None
    time_coinapi: str | None = None


class _Quote(Struct, gc=False, tag="quote"):
    symbol_id: Symbol
    sequence: Id
    bid_price: Size | None = None
    bid_size: Size | None = None
    ask_price: Size | None = None
    ask_size: Size | None = None
    time_exchange: str | None = None
    time_coinapi: str | None = None


class _Level(Struct, gc=False):
    price: Price
    size: Size


class _Top(Struct):
    symbol_id: Symbol
    sequence: Id
    bids: list[_Level] | None = None
    asks: list[_Level] | None = None
    time_exchange: str | None = None
    time_coinapi: str | None = None


class _Top5(_Top, tag="book5"):
    pass


class _Top20(_Top, tag="book20"):
    pass


class _Top50(_Top, tag="book50"):
    pass


class _Book(_Top, tag="book"):
    is_snapshot: bool = False


class _Ohlcv(history.Period, gc=False, tag="ohlcv", kw_only=True):
    symbol_id: Symbol
    sequence: Id
    period_id: str | None = None


class _Asset(Struct, gc=False, tag="asset"):
    """About an asset; nothing we subscribe to, as the three that follow."""


class _Exchange(Struct, gc=False, tag="exchange"):
    pass


class _Symbol(Struct, gc=False, tag="symbol"):
    pass


class _Volume(Struct, gc=False, tag="volume"):
    pass


_Frame: TypeAlias = (
    _Trade | _Quote | _Book | _Top5 | _Top20 | _Top50 | BookL3 | _Ohlcv | Exrate | Reconnect
    | Failure | Heartbeat | HeartbeatRespelled | _Asset | _Exchange | _Symbol | _Volume
)  # fmt: skip
_frame: msgspec.json.Decoder[_Frame] = msgspec.json.Decoder(_Frame, strict=False)


class CoinApi(Notices, Venue):
    """CoinAPI's market data WebSocket; needs a key."""

    name: ClassVar[str] = "coinapi"
    title: ClassVar[str] = "CoinAPI"
    url: str = "wss://ws.coinapi.io/v1/"
    rest_url: str = "https://rest.coinapi.io"
    channels: ClassVar[Sequence[str]] = ("trades", "quotes", "book", "orders", "bars", "rates")
    example: ClassVar[str] = "BITSTAMP_SPOT_BTC_USD"
    silence: float = SILENCE
    send_interval: float = SEND_INTERVAL
    key_names: ClassVar[Sequence[str]] = ("api_key",)
    keys_required: ClassVar[bool] = True

    def __init__(self) -> None:
        self.opened()

    def headers(self) -> dict[str, str]:
        return authorization(self.keys)

    def opened(self) -> None:
        self._requests = Requests()
        self._rates = Rates()
        self._orders = RestingOrders()

    def check(self, sub: Subscription) -> None:
        super().check(sub)
        self.check_bars(sub, history.PERIODS)
        if sub.channel == "rates":
            if _pair(sub.symbol) is None:
                hint = "a rate is of a pair, such as BTC-USD"
                raise SymbolError(sub.symbol, hint, venue=self.name)
        elif not re.fullmatch(r"[A-Z0-9]+_[A-Z]+_[^$\"\\]+", sub.symbol):
            hint = f"write CoinAPI's symbol_id, such as {self.example}"
            raise SymbolError(sub.symbol, hint, venue=self.name)

    def subscribe(self, subs: Sequence[Subscription]) -> list[str | bytes]:
        return self._request("subscribe", subs)

    def unsubscribe(self, subs: Sequence[Subscription]) -> list[str | bytes]:
        for channel, symbol in subs:
            if channel == "orders":
                self._orders.forget(symbol)
        return self._request("unsubscribe", subs)

    def _request(self, action: str, subs: Sequence[Subscription]) -> list[str | bytes]:
        """One request for all symbols that want the same kinds of data, or bars, and for rates."""
        kinds: dict[tuple[str, str], list[str]] = {}
        pairs: list[str] = []
        for channel, symbol in subs:
            if channel == "rates":
                change = self._rates.add if action == "subscribe" else self._rates.remove
                asked = _pair(symbol)
                spelled = change(asked, symbol) if asked else None
                pairs += [spelled] if spelled else []
            else:
                base, _, interval = channel.partition(":")
                wanted = (
                    ("ohlcv", history.PERIODS[interval]) if base == "bars" else (TYPES[base], "")
                )
                kinds.setdefault(wanted, []).append(symbol)
        together: dict[tuple[str, ...], list[str]] = {}
        for (kind, period), symbols in kinds.items():
            together.setdefault((period, *symbols), []).append(kind)
        out: list[str | bytes] = []
        for (period, *symbols), types in together.items():
            rest = {"subscribe_filter_period_id": [period]} if period else {}
            exact = [f"{symbol}$" for symbol in symbols]  # without the $ it would be a prefix
            out += self._requests.make(action, SYMBOLS, exact, subscribe_data_type=types, **rest)
        # Filters of one request add up; a pair beside symbols would let all its symbols through.
        out += self._requests.make(action, ASSETS, pairs, subscribe_data_type=["exrate"])
        return out

    def parse(self, raw: bytes, ts_recv: int) -> Iterable[Parsed]:
        m = decode(_frame, raw, venue=self.name)
        read = READERS.get(type(m))
        if read is not None:
            return read(m, ts_recv)
        if type(m) is BookL3:
            event = self._orders.read(m, ts_recv)
            return (Numbered(m.sequence, m.symbol_id, "orders"), event)
        if type(m) is Exrate:
            return self._rates.read(m, ts_recv)
        return self.notice(m, ts_recv)

    # History

    def history_url(self, sub: Subscription, span: Span) -> str | None:
        path = history.path(sub, span)
        return None if path is None else f"{self.rest_url}{path}"

    def parse_history(
        self, sub: Subscription, body: bytes, ts_recv: int
    ) -> Sequence[Trade] | Sequence[Bar]:
        read = history.trades if sub.channel == "trades" else history.bars
        return read(sub, body, ts_recv)

    # The server half

    @classmethod
    def recognises(cls, raw: bytes) -> bool:
        head = raw[:250]
        return head.startswith(b"{") and (
            b'"time_coinapi"' in head or (b'"ohlcv"' in head and b'"time_period_start"' in head)
        )

    def answer(self, raw: bytes) -> list[bytes]:
        return answer(raw)


def _time(m: _Trade | _Quote | _Top, ts_recv: int) -> int:
    time = m.time_exchange or m.time_coinapi
    return iso_ns(time) if time else ts_recv


def _trade(m: _Trade, ts_recv: int) -> tuple[Parsed, ...]:
    """`{"type":"trade","symbol_id":"BITSTAMP_SPOT_BTC_USD","sequence":2323346,
    "time_exchange":"2013-09-28T22:40:50.0000000Z","time_coinapi":"2017-03-18T22:42:21.3763342Z",
    "uuid":"770C7A3B-7258-4441-8182-83740F3E2457","price":770.0,"size":0.05,"taker_side":"BUY"}`

    A `taker_side` of "BUY_ESTIMATED" is CoinAPI's guess, not the exchange's word, and dropped.
    A size of zero marks a price at which nothing was traded.
    """  # noqa: D205, D415 - the raw message comes first
    return (
        Numbered(m.sequence, m.symbol_id, "trades"),
        Trade(
            m.symbol_id, _time(m, ts_recv), ts_recv, m.price, m.size,
            history.SIDES.get(m.taker_side or ""), history.id_of(m.uuid),
        ),
    )  # fmt: skip


def _quote(m: _Quote, ts_recv: int) -> tuple[Parsed, ...]:
    """`{"type":"quote","symbol_id":"BITSTAMP_SPOT_BTC_USD","sequence":2323346,
    "time_exchange":"2013-09-28T22:40:50.0000000Z","time_coinapi":"2017-03-18T22:42:21.3763342Z",
    "ask_price":770.0,"ask_size":3252,"bid_price":760,"bid_size":124}`

    A size of zero is unknown; a side that is missing is zero in both.
    """  # noqa: D205, D415 - the raw message comes first
    return (
        Numbered(m.sequence, m.symbol_id, "quotes"),
        Quote(
            m.symbol_id, _time(m, ts_recv), ts_recv, m.bid_price or 0.0, m.bid_size or 0.0,
            m.ask_price or 0.0, m.ask_size or 0.0,
        ),
    )  # fmt: skip


def _book(m: _Top, ts_recv: int) -> tuple[Parsed, ...]:
    """`{"type":"book","symbol_id":"BITSTAMP_SPOT_BTC_USD","sequence":2323346,
    "time_exchange":"2013-09-28T22:40:50.0000000Z","time_coinapi":"2017-03-18T22:42:21.3763342Z",
    "is_snapshot":true,"asks":[{"price":456.35,"size":123}],"bids":[{"price":456.10,"size":42}]}`

    `book5`, `book20` and `book50` are whole each time: what is lost of them is made good by
    the next, and counted apart, so their numbers are not passed on.
    """  # noqa: D205, D415 - the raw message comes first
    bids: list[Level] = [(level.price, level.size) for level in m.bids or ()]
    asks: list[Level] = [(level.price, level.size) for level in m.asks or ()]
    symbol, ts, n = m.symbol_id, _time(m, ts_recv), m.sequence
    if not isinstance(m, _Book):
        return (BookSnapshot(symbol, ts, ts_recv, bids, asks),)
    if m.is_snapshot:
        event: Parsed = BookSnapshot(symbol, ts, ts_recv, bids, asks, n)
    else:
        event = BookDelta(symbol, ts, ts_recv, bids, asks, n, n)
    return (Numbered(n, symbol, "book"), event)


def _bar(m: _Ohlcv, ts_recv: int) -> tuple[Parsed, ...]:
    """`{"type":"ohlcv","symbol_id":"BITSTAMP_SPOT_XRP_USD","sequence":511,"period_id":"1MIN",
    "time_period_start":"2019-06-11T15:26:00.0000000Z","time_period_end":"2019-06-11T15:27:00Z",
    "time_open":"…","time_close":"…","price_open":0.3865,"price_high":0.38706,
    "price_low":0.3865,"price_close":0.38706,"volume_traded":1500.31419084,"trades_count":5}`

    Sent every five seconds while it changes, and once more at its end; nothing tells which.
    """  # noqa: D205, D415 - the raw message comes first
    interval = history.interval(m.period_id, m)
    return (
        Numbered(m.sequence, m.symbol_id, "bars"),
        history.bar(m.symbol_id, interval, m, ts_recv),
    )


READERS: dict[type, Callable[[Any, int], tuple[Parsed, ...]]] = {
    _Trade: _trade,
    _Quote: _quote,
    _Book: _book,
    _Top5: _book,
    _Top20: _book,
    _Top50: _book,
    _Ohlcv: _bar,
}


def _pair(symbol: str) -> Pair | None:
    """The pair of "BTC-USD", or of a symbol_id whose last two parts are its assets."""
    match = re.fullmatch(r"[A-Z0-9]+_(?:SPOT|PERP)_([^-_/$]+)_([^-_/$]+)", symbol)
    return (match[1], match[2]) if match else pair_of(symbol)
