"""Kraken: WebSocket v2 (`kraken`) and v1 (`kraken-v1`), and the REST that both share."""

from livefin.venues.kraken.v1 import KrakenV1
from livefin.venues.kraken.v2 import Kraken

__all__ = ["Kraken", "KrakenV1"]
