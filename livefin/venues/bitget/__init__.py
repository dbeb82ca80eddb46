"""Bitget: the venue, its frames, history and symbols."""

from livefin.venues.bitget.venue import Bitget

__all__ = ["Bitget"]
