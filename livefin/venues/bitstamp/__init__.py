"""Bitstamp: the venue, its frames, and how its changes chain."""

from livefin.venues.bitstamp.venue import Bitstamp

__all__ = ["Bitstamp"]
