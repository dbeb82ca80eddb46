"""What is traded on the embedded exchange, and how prices and sizes become integers.

Ticks and lots are powers of ten, so that `ticks / 10**digits` is the float nearest to the
decimal price and prints as it. Used by listing.py and agents.py; clients see it at /symbols.
"""

from __future__ import annotations

import math

from msgspec import Struct

OFF_GRID = 1e-6


class Instrument(Struct, frozen=True, kw_only=True):
    """One symbol's grid and temperament.

    `volatility` is the standard deviation of the log price over one second; `spread` half
    the usual distance between best bid and ask, relative to the price; `size` a usual
    order's size.

    >>> btc = INSTRUMENTS["BTC-USDT"]
    >>> btc.ticks(60_000.1), btc.price(600_001), btc.ticks(60_000.123)
    (600001, 60000.1, None)
    """

    symbol: str
    title: str
    start: float
    price_digits: int
    size_digits: int
    volatility: float
    spread: float
    size: float

    @property
    def tick(self) -> float:
        """The smallest step of the price."""
        return 1 / 10.0**self.price_digits

    @property
    def lot(self) -> float:
        """The smallest step of the size."""
        return 1 / 10.0**self.size_digits

    @property
    def max_size(self) -> float:
        """The largest size one order may have."""
        return self.size * 10_000

    def price(self, ticks: int) -> float:
        """Ticks as a price."""
        return ticks / 10.0**self.price_digits

    def amount(self, lots: int) -> float:
        """Lots as a size."""
        return lots / 10.0**self.size_digits

    def ticks(self, price: float) -> int | None:
        """A price in ticks; None when it is not positive, finite and on the grid."""
        return _whole(price, self.price_digits)

    def lots(self, size: float) -> int | None:
        """A size in lots; None when it is not positive, finite and on the grid."""
        return _whole(size, self.size_digits)


def _whole(number: float, digits: int) -> int | None:
    scaled = number * 10.0**digits
    if not math.isfinite(scaled):
        return None
    nearest = round(scaled)
    return nearest if nearest > 0 and abs(scaled - nearest) <= OFF_GRID * nearest**0.5 else None


INSTRUMENTS: dict[str, Instrument] = {
    instrument.symbol: instrument
    for instrument in (
        Instrument(
            symbol="BTC-USDT", title="Bitcoin", start=60_000, price_digits=1, size_digits=5,
            volatility=1.0e-4, spread=2.5e-5, size=0.05,
        ),
        Instrument(
            symbol="ETH-USDT", title="Ether", start=3_000, price_digits=2, size_digits=4,
            volatility=1.3e-4, spread=4.0e-5, size=0.8,
        ),
        Instrument(
            symbol="SOL-USDT", title="Solana", start=150, price_digits=2, size_digits=3,
            volatility=1.8e-4, spread=8.0e-5, size=12,
        ),
        Instrument(
            symbol="EUR-USD", title="Euro", start=1.08, price_digits=5, size_digits=0,
            volatility=2.5e-5, spread=2.0e-5, size=50_000,
        ),
        Instrument(
            symbol="ACME", title="Acme Corporation", start=100, price_digits=2, size_digits=0,
            volatility=1.5e-4, spread=1.2e-4, size=100,
        ),
    )
}  # fmt: skip
