"""Bitfinex: the venue, its frames, its two kinds of books, its markets."""

from livefin.venues.bitfinex.venue import Bitfinex

__all__ = ["Bitfinex"]
