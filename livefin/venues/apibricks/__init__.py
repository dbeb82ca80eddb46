"""API Bricks: CoinAPI for many exchanges, FinFeedAPI for currencies."""

from livefin.venues.apibricks.coinapi import CoinApi
from livefin.venues.apibricks.finfeedapi import FinFeedApi

__all__ = ["CoinApi", "FinFeedApi"]
