"""One symbol's order book, level 2: applies what the session has found to be in order.

The session bridges, orders and checks (sequence.py); here a snapshot replaces and a delta
changes. One writer, the feed's thread; readers on other threads take a short lock.
Sides are kept as price -> size; sorting happens when somebody looks, and is remembered
until the next change, so that a deep book costs nothing while nobody looks at it.
"""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

from livefin.events import BookDelta, BookSnapshot, Level

if TYPE_CHECKING:
    import pandas as pd


class OrderBook:
    """Order book of `symbol`.

    >>> book = OrderBook("BTC-USDT")
    >>> book.apply(BookSnapshot("BTC-USDT", 0, 0, [(99.0, 2.0), (98.0, 1.0)], [(101.0, 1.0)], 7))
    >>> book.apply(BookDelta("BTC-USDT", 1, 1, [(99.0, 0.0)], [(100.5, 3.0)], 8, 8))
    >>> book.best_bid, book.best_ask, book.mid, book.sequence
    ((98.0, 1.0), (100.5, 3.0), 99.25, 8)
    >>> book.df.ask_price.tolist()
    [100.5, 101.0]
    """

    def __init__(self, symbol: str) -> None:
        self.symbol = symbol
        self.sequence: int | None = None
        self.ts_event: int | None = None
        self.ts_recv: int | None = None
        self.synced = False
        """False before the first snapshot and between a gap and the snapshot that mends it."""
        self._bids: dict[float, float] = {}
        self._asks: dict[float, float] = {}
        self._sorted: tuple[list[Level], list[Level]] | None = None
        self._lock = Lock()

    def __repr__(self) -> str:
        state = "" if self.synced else ", not synced"
        return f"OrderBook({self.symbol!r}, {len(self._bids)} bids, {len(self._asks)} asks{state})"

    def apply(self, change: BookSnapshot | BookDelta) -> None:
        """Replace the book by a snapshot, or change it by a delta."""
        with self._lock:
            if isinstance(change, BookDelta):
                _change(self._bids, change.bids)
                _change(self._asks, change.asks)
                self.sequence = change.last
            else:
                self._bids = {price: size for price, size in change.bids if size}
                self._asks = {price: size for price, size in change.asks if size}
                self.sequence = change.sequence
                self.synced = True
            self.ts_event, self.ts_recv = change.ts_event, change.ts_recv
            self._sorted = None

    def lost(self) -> None:
        """A change was missed: what is held is no longer the book, until the next snapshot."""
        self.synced = False

    def levels(self, n: int | None = None) -> tuple[list[Level], list[Level]]:
        """The best `n` (price, size) levels of each side, best first: (bids, asks)."""
        with self._lock:
            if self._sorted is None:
                bids = sorted(self._bids.items(), reverse=True)
                self._sorted = (bids, sorted(self._asks.items()))
            bids, asks = self._sorted
        return bids[:n], asks[:n]

    @property
    def df(self) -> pd.DataFrame:
        """The book now, best level first: bid_price, bid_size, ask_price, ask_size.

        One row a level, index `level` from 0; NaN where the other side is deeper.
        """
        import pandas as pd  # noqa: PLC0415 - books are kept where no frame is looked at

        bids, asks = self.levels()
        sides = {"bid": bids, "ask": asks}
        columns = {
            f"{side}_{name}": pd.Series([level[i] for level in levels], dtype="float64")
            for side, levels in sides.items()
            for i, name in enumerate(("price", "size"))
        }
        return pd.DataFrame(columns).rename_axis("level")

    def snapshot(self) -> BookSnapshot:
        """The book as an event, best levels first."""
        bids, asks = self.levels()
        ts_event, ts_recv = self.ts_event or 0, self.ts_recv or 0
        return BookSnapshot(self.symbol, ts_event, ts_recv, bids, asks, self.sequence)

    @property
    def top(self) -> tuple[Level | None, Level | None]:
        """Best bid and best ask of one and the same moment; None for an empty side."""
        with self._lock:
            bid = max(self._bids) if self._bids else None
            ask = min(self._asks) if self._asks else None
            return (
                None if bid is None else (bid, self._bids[bid]),
                None if ask is None else (ask, self._asks[ask]),
            )

    @property
    def best_bid(self) -> Level | None:
        """Highest bid as (price, size); None on an empty side."""
        return self.top[0]

    @property
    def best_ask(self) -> Level | None:
        """Lowest ask as (price, size); None on an empty side."""
        return self.top[1]

    @property
    def mid(self) -> float | None:
        """Half-way between best bid and best ask; None when a side is empty."""
        bid, ask = self.top
        return None if bid is None or ask is None else (bid[0] + ask[0]) / 2

    @property
    def spread(self) -> float | None:
        """Best ask less best bid, in price units; None when a side is empty."""
        bid, ask = self.top
        return None if bid is None or ask is None else ask[0] - bid[0]

    def imbalance(self, n: int = 5) -> float | None:
        """(bid size - ask size) / (bid size + ask size) over the best `n` levels, -1 to 1."""
        bids, asks = self.levels(n)
        bid, ask = sum(size for _, size in bids), sum(size for _, size in asks)
        return (bid - ask) / (bid + ask) if bid + ask > 0 else None

    @property
    def crossed(self) -> bool:
        """Whether the best bid is at or above the best ask."""
        spread = self.spread
        return spread is not None and spread <= 0


def _change(side: dict[float, float], levels: list[Level]) -> None:
    side.update(levels)
    for price, size in levels:
        if not size:
            side.pop(price, None)  # a hostile delta may list one level twice
