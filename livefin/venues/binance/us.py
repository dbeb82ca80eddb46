"""Binance.US: spot's protocol at another address.

Protocol: https://github.com/binance-us/binance-us-api-docs/blob/master/web-socket-streams.md
Nothing in a frame tells it from one of Binance spot, so that a recording has to be told
whose it is. Trades before the most recent are given to those who send a key. Derives from
binance.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from livefin.venues.binance.spot import Binance


class BinanceUS(Binance):
    """Binance.US spot market data; no account and no key needed."""

    name: ClassVar[str] = "binance-us"
    title: ClassVar[str] = "Binance.US"
    url: str = "wss://stream.binance.us:9443/stream"
    rest_url: str = "https://api.binance.us"
    key_names: ClassVar[Sequence[str]] = ("api_key",)

    past_trades_need_key: ClassVar[bool] = True

    @classmethod
    def recognises(cls, raw: bytes) -> bool:  # noqa: ARG003 - whatever it is
        return False
