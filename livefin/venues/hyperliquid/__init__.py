"""Hyperliquid: the venue and its messages."""

from livefin.venues.hyperliquid.venue import Hyperliquid

__all__ = ["Hyperliquid"]
