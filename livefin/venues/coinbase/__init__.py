"""Coinbase: Advanced Trade (`coinbase`) and Exchange (`coinbase-exchange`)."""

from livefin.venues.coinbase.advanced import Coinbase
from livefin.venues.coinbase.exchange import CoinbaseExchange

__all__ = ["Coinbase", "CoinbaseExchange"]
