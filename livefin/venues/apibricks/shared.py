"""What CoinAPI and FinFeedAPI share: requests, exchange rates, notices. Both are API Bricks'.

One JSON object a frame, told apart by `type`. The first request on a socket is a `hello`,
which sets what is subscribed; later ones are `subscribe` and `unsubscribe`, which add to it
and take away. None is acknowledged; an error is the last thing that comes on a socket. The
key goes into the handshake, so that no message holds it. Serves coinapi and finfeedapi.

Protocol: https://docs.coinapi.io/market-data/websocket/general
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal, TypeAlias

import msgspec
from msgspec import Struct

from livefin.events import Rate, Status
from livefin.keys import Secret
from livefin.venues.contract import Closing
from livefin.venues.wire import UNREADABLE, Price, Seconds, Symbol, encode, iso_ns

SILENCE = 5.0
"""A heartbeat comes after each second of silence."""
SEND_INTERVAL = 1.0
"""Ten requests in ten seconds are allowed from one IP address."""
FILTERS_PER_MESSAGE = 100
"""Of our own choice; none is documented."""
ASSETS = "subscribe_filter_asset_id"
Pair: TypeAlias = tuple[str, str]
"""(base, quote) of a rate."""


class Exrate(Struct, gc=False, tag="exrate"):
    """A volume-weighted average over 24 hours and many exchanges."""

    asset_id_base: Symbol
    asset_id_quote: Symbol
    rate: Price
    time: str | None = None


class Reconnect(Struct, gc=False, tag="reconnect"):
    """The server is about to go."""

    within_seconds: Seconds = 0.0


class Failure(Struct, gc=False, tag="error"):
    """A request that was refused, or a buffer that ran over."""

    message: str | None = None


class Heartbeat(Struct, gc=False, tag="hearbeat"):  # codespell:ignore
    """A sign of life, as the venue spells it."""


class HeartbeatRespelled(Struct, gc=False, tag="heartbeat"):
    """The same, should the venue correct itself."""


class _Request(Struct):
    type: Literal["hello", "subscribe", "unsubscribe"]
    heartbeat: bool = False
    subscribe_data_type: list[str] = []
    subscribe_filter_symbol_id: list[str] = []
    subscribe_filter_asset_id: list[str] = []
    subscribe_filter_period_id: list[str] = []
    subscribe_filter_exchange_id: list[str] = []


_request = msgspec.json.Decoder(_Request).decode
_REFUSAL = b'{"type":"error","message":"not a hello, subscribe or unsubscribe"}'


class Requests:
    """Makes the requests of one socket: its first is a hello."""

    def __init__(self) -> None:
        self.greeted = False

    def make(self, action: str, filter_: str, values: Sequence[str], **rest: object) -> list[str]:
        """Requests to `action` ("subscribe") what `filter_` lets through for `values`."""
        made = []
        for i in range(0, len(values), FILTERS_PER_MESSAGE):
            if action == "subscribe" and not self.greeted:
                self.greeted, kind = True, "hello"
            else:
                kind = action
            some = list(values[i : i + FILTERS_PER_MESSAGE])
            made.append(encode({"type": kind, "heartbeat": True} | rest | {filter_: some}))
        return made


class Rates:
    """The pairs whose rates are wanted, each with the symbols that they were asked for by."""

    def __init__(self) -> None:
        self._symbols: dict[Pair, list[str]] = {}

    def add(self, pair: Pair, symbol: str) -> str:
        """Want `pair` by `symbol`; the pair in the venue's spelling."""
        symbols = self._symbols.setdefault(pair, [])
        if symbol not in symbols:
            symbols.append(symbol)
        return "/".join(pair)

    def remove(self, pair: Pair, symbol: str) -> str | None:
        """No more by `symbol`; the pair when that was the last, else None."""
        symbols = self._symbols.get(pair, [])
        if symbol in symbols:
            symbols.remove(symbol)
        if symbols:
            return None
        self._symbols.pop(pair, None)
        return "/".join(pair)

    def read(self, m: Exrate, ts_recv: int) -> tuple[Rate, ...]:
        """`{"type":"exrate","asset_id_base":"BTC","asset_id_quote":"USD",
        "rate_type":"BASE_ALL_CROSSES_TO_REF","time":"2019-06-11T15:26:00.0000000Z",
        "rate":10065.0319541}`
        """  # noqa: D205, D415 - the raw message comes first
        ts = ts_recv if m.time is None else iso_ns(m.time)
        pair = (m.asset_id_base, m.asset_id_quote)
        symbols = self._symbols.get(pair) or ("-".join(pair),)
        return tuple([Rate(symbol, ts, ts_recv, m.rate) for symbol in symbols])


class Notices:
    """Reads what is not market data. A venue mixes it in and names itself."""

    name: ClassVar[str]

    def notice(self, m: Struct, ts_recv: int) -> tuple[Status | Closing, ...]:
        """`{"type":"reconnect","within_seconds":10,"before_time":"2020-08-06T19:19:09.70Z"}`
        or `{"type":"error","message":"Invalid API key"}`
        """  # noqa: D205, D415 - the raw messages come first
        if isinstance(m, Reconnect):
            return (Closing(m.within_seconds),)
        if isinstance(m, Failure):
            detail = f"{self.name}: {m.message or 'an error without a message'}"
            return (Status("rejected", ts_recv, detail=detail),)
        return ()


def pair_of(symbol: str) -> Pair | None:
    """The pair in "BTC-USD"; None where that is none.

    >>> pair_of("BTC-USD"), pair_of("BTC-"), pair_of("BTC/USD")
    (('BTC', 'USD'), None, None)
    """
    match = re.fullmatch(r"([^-_/$]+)-([^-_/$]+)", symbol)
    return (match[1], match[2]) if match else None


def authorization(keys: Mapping[str, Secret]) -> dict[str, str]:
    """The header that both venues take a key in; it does not follow a redirect elsewhere."""
    key = keys.get("api_key")
    return {"Authorization": key.reveal()} if key else {}


def answer(raw: bytes) -> list[bytes]:
    """What their servers reply to a request: nothing, or why it is none."""
    try:
        _request(raw)
    except UNREADABLE:
        return [_REFUSAL]
    return []
