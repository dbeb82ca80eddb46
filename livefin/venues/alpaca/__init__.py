"""Alpaca: stocks (`alpaca`) and crypto (`alpaca-crypto`)."""

from livefin.venues.alpaca.venue import Alpaca, AlpacaCrypto

__all__ = ["Alpaca", "AlpacaCrypto"]
