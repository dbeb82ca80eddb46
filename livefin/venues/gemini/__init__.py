"""Gemini: the venue, with the newer streams, and v2 of its market data."""

from livefin.venues.gemini.venue import Gemini

__all__ = ["Gemini"]
