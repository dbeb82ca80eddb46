"""FinFeedAPI currencies: exchange rates of fiat money, crypto and metals.

Protocol: https://docs.finfeedapi.com/currencies-api/websocket/general
The frames are those of livefin/venues/apibricks/shared.py, of exchange rates only; what every
other venue calls trades and quotes is not there. The venue's stocks have no WebSocket.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import ClassVar, TypeAlias

import msgspec

from livefin.errors import SymbolError
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
from livefin.venues.contract import Parsed, Subscription, Venue
from livefin.venues.wire import decode

_Frame: TypeAlias = Exrate | Reconnect | Failure | Heartbeat | HeartbeatRespelled
_frame: msgspec.json.Decoder[_Frame] = msgspec.json.Decoder(_Frame, strict=False)


class FinFeedApi(Notices, Venue):
    """FinFeedAPI's currencies WebSocket; needs a key."""

    name: ClassVar[str] = "finfeedapi"
    title: ClassVar[str] = "FinFeedAPI currencies"
    url: str = "wss://api-realtime.fx.finfeedapi.com"
    channels: ClassVar[Sequence[str]] = ("rates",)
    example: ClassVar[str] = "EUR-USD"
    silence: float = SILENCE
    send_interval: float = SEND_INTERVAL
    key_names: ClassVar[Sequence[str]] = ("api_key",)
    keys_required: ClassVar[bool] = True

    def __init__(self) -> None:
        self.opened()

    def headers(self) -> dict[str, str]:
        key = self.keys.get("api_key")
        own = {"X-APIBricks-Key": key.reveal()} if key else {}
        return authorization(self.keys) | own

    def opened(self) -> None:
        self._requests = Requests()
        self._rates = Rates()

    def check(self, sub: Subscription) -> None:
        super().check(sub)
        if pair_of(sub.symbol) is None:
            hint = "write it as BASE-QUOTE in capitals, such as EUR-USD"
            raise SymbolError(sub.symbol, hint, venue=self.name)

    def subscribe(self, subs: Sequence[Subscription]) -> list[str | bytes]:
        pairs = [self._rates.add(pair, sub.symbol) for sub, pair in _pairs(subs)]
        return [*self._requests.make("subscribe", ASSETS, pairs)]

    def unsubscribe(self, subs: Sequence[Subscription]) -> list[str | bytes]:
        pairs = [self._rates.remove(pair, sub.symbol) for sub, pair in _pairs(subs)]
        return [*self._requests.make("unsubscribe", ASSETS, [pair for pair in pairs if pair])]

    def parse(self, raw: bytes, ts_recv: int) -> Iterable[Parsed]:
        m = decode(_frame, raw, venue=self.name)
        return self._rates.read(m, ts_recv) if type(m) is Exrate else self.notice(m, ts_recv)

    # The server half. It recognises nothing: CoinAPI sends the same rates.

    def answer(self, raw: bytes) -> list[bytes]:
        return answer(raw)


def _pairs(subs: Sequence[Subscription]) -> Iterator[tuple[Subscription, Pair]]:
    for sub in subs:
        pair = pair_of(sub.symbol)
        if pair is not None:
            yield sub, pair
