"""The venues livefin ships, by name. A new venue is one file here and one line in HOMES.

A venue's module is imported when it is first asked for: each makes a dozen decoders.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module

from livefin.errors import UnknownVenueError
from livefin.venues.contract import Parsed, Reply, Subscription, Venue

HOMES = {
    "alpaca": "alpaca.Alpaca",
    "alpaca-crypto": "alpaca.AlpacaCrypto",
    "binance": "binance.Binance",
    "binance-coinm": "binance.BinanceCoinm",
    "binance-us": "binance.BinanceUS",
    "binance-usdm": "binance.BinanceUsdm",
    "bitfinex": "bitfinex.Bitfinex",
    "bitget": "bitget.Bitget",
    "bitstamp": "bitstamp.Bitstamp",
    "bybit": "bybit.Bybit",
    "coinapi": "apibricks.CoinApi",
    "coinbase": "coinbase.Coinbase",
    "coinbase-exchange": "coinbase.CoinbaseExchange",
    "deribit": "deribit.Deribit",
    "finfeedapi": "apibricks.FinFeedApi",
    "finnhub": "finnhub.Finnhub",
    "gemini": "gemini.Gemini",
    "hyperliquid": "hyperliquid.Hyperliquid",
    "kraken": "kraken.Kraken",
    "kraken-v1": "kraken.KrakenV1",
    "okx": "okx.Okx",
    "paper": "paper.Paper",
}
"""name -> module and class, in alphabetical order."""


class _Registry(Mapping[str, type[Venue]]):
    """The venues' classes by name, imported as they are looked at."""

    def __getitem__(self, name: str) -> type[Venue]:
        module, _, kind = HOMES[name].partition(".")
        found: type[Venue] = getattr(import_module(f"livefin.venues.{module}"), kind)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(HOMES)

    def __len__(self) -> int:
        return len(HOMES)


registry = _Registry()


def get(name: str) -> Venue:
    """A new instance of the venue called `name`; raises UnknownVenueError.

    >>> get("binance").title
    'Binance spot'
    """
    try:
        return registry[name.lower()]()
    except (KeyError, AttributeError):
        raise UnknownVenueError(name, sorted(registry)) from None


__all__ = ["HOMES", "Parsed", "Reply", "Subscription", "Venue", "get", "registry"]
