"""Deribit: the venue and its messages."""

from livefin.venues.deribit.venue import Deribit

__all__ = ["Deribit"]
