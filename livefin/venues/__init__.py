"""The venues livefin ships, by name. A new venue is one file here and one line in `registry`."""

from __future__ import annotations

from livefin.errors import UnknownVenueError
from livefin.venues.binance import Binance
from livefin.venues.contract import Parsed, Reply, Subscription, Venue
from livefin.venues.paper import Paper

registry: dict[str, type[Venue]] = {venue.name: venue for venue in (Paper, Binance)}


def get(name: str) -> Venue:
    """A new instance of the venue called `name`; raises UnknownVenueError.

    >>> get("binance").title
    'Binance spot'
    """
    try:
        return registry[name.lower()]()
    except (KeyError, AttributeError):
        raise UnknownVenueError(name, sorted(registry)) from None


__all__ = ["Parsed", "Reply", "Subscription", "Venue", "get", "registry"]
