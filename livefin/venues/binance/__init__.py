"""Binance: spot, USD-M and COIN-M futures, and Binance.US."""

from livefin.venues.binance.coinm import BinanceCoinm
from livefin.venues.binance.spot import Binance
from livefin.venues.binance.us import BinanceUS
from livefin.venues.binance.usdm import BinanceUsdm

__all__ = ["Binance", "BinanceCoinm", "BinanceUS", "BinanceUsdm"]
