"""OKX: the venue, its frames and its books."""

from livefin.venues.okx.venue import Okx

__all__ = ["Okx"]
