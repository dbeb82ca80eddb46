"""Bybit: the venue, its frames, history and symbols."""

from livefin.venues.bybit.venue import Bybit

__all__ = ["Bybit"]
