"""Binance COIN-M futures: contracts of so many dollars, margined in the coin itself.

Protocol: https://developers.binance.com/docs/derivatives/coin-margined-futures/websocket-market-streams
USD-M's frames on one address. "BTC-USD-PERP" is the perpetual, "BTC-USD-240927" a dated
contract; the channel "rates" of a contract is its mark price, and of "BTC-USD-INDEX" the
price index that all contracts of the pair follow. Sizes are numbers of contracts. Derives
from usdm.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import msgspec
from msgspec import Struct

from livefin.events import Rate
from livefin.venues.binance import usdm as binance_usdm
from livefin.venues.binance.usdm import INDEX, BinanceUsdm
from livefin.venues.binance.wire import Frame, MakeReader, Reader
from livefin.venues.contract import Subscription
from livefin.venues.wire import MS, Ms, Price, hyphenate


class _Index(Struct, gc=False):
    E: Ms
    p: Price


class _IndexFrame(Frame, gc=False):
    data: _Index


_index = msgspec.json.Decoder(_IndexFrame, strict=False).decode


def marks(symbol: str) -> Reader:
    """`{"stream":"btcusd_perp@markPrice@1s","data":{"e":"markPriceUpdate",
    "E":1596095725000,"s":"BTCUSD_PERP","p":"10934.62615417","P":"10962.17178236",
    "i":"10933.62615417","r":"0.0001","T":1596096000000}}`

    As of USD-M; the index is left to its own stream, or each contract would repeat it.
    """  # noqa: D205, D415 - the raw message comes first
    return binance_usdm.marks(symbol, indexed=False)


def indexes(symbol: str) -> Reader:
    """`{"stream":"btcusd@indexPrice@1s","data":{"e":"indexPriceUpdate","E":1591261236000,
    "i":"BTCUSD","p":"9636.57860000"}}`
    """  # noqa: D205, D415 - the raw message comes first

    def read(raw: bytes, ts_recv: int) -> tuple[Rate]:
        m = _index(raw).data
        return (Rate(symbol, m.E * MS, ts_recv, m.p),)

    return read


class BinanceCoinm(BinanceUsdm):
    """Binance COIN-M futures market data: inverse contracts."""

    name: ClassVar[str] = "binance-coinm"
    title: ClassVar[str] = "Binance COIN-M futures"
    aliases: ClassVar[Sequence[str]] = ("BINANCE_DELIVERY",)
    url: str = "wss://dstream.binance.com/stream"
    rest_url: str = "https://dapi.binance.com"
    example: ClassVar[str] = "BTC-USD-PERP"
    lanes: ClassVar[Sequence[str]] = ("",)

    market: ClassVar[str] = "coinm"
    readers: ClassVar[Mapping[str, MakeReader]] = {
        **BinanceUsdm.readers,
        "markPrice": marks,
        "indexPrice": indexes,
    }
    spelling: ClassVar[str] = r"[\w.]+-USD-(?:PERP|INDEX|\d{6})"
    hint: ClassVar[str] = "write it as BTC-USD-PERP, or BTC-USD-240927 for a dated contract"
    api: ClassVar[str] = "/dapi/v1"
    past_bars_newest_first: ClassVar[bool] = True

    def endpoint(self) -> str:
        return self.url

    def _stream(self, sub: Subscription) -> str:
        if sub.symbol.endswith(INDEX):
            return f"{self._spell(sub.symbol.removesuffix(INDEX)).lower()}@indexPrice@1s"
        return super()._stream(sub)

    def _base_symbol(self, sub: Subscription) -> str:
        return sub.symbol

    def _guess(self, spelled: str) -> str:
        """'btcusd_perp' -> 'BTC-USD-PERP'; a pair by itself has nothing but an index."""
        return super()._guess(spelled) if "_" in spelled else f"{hyphenate(spelled)}{INDEX}"
