"""One symbol's order book, level 2: applies what the session has found to be in order.

The session bridges, orders and checks (sequence.py); here a snapshot replaces and a delta
changes. One writer, the feed's thread; readers on other threads take a short lock.
Sides are kept as price -> size; sorting happens when somebody looks, so that a deep book
costs nothing while nobody looks at it. What can be read off it is in levels.py, shared
with the book of single orders (mbo.py); booktape.py keeps how it changes over time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from livefin.events import BookDelta, BookSnapshot, Level
from livefin.ladder import Ladder
from livefin.levels import PriceLevels

if TYPE_CHECKING:
    import pandas as pd


class _Sizes(Ladder[float]):
    """One side as price -> size."""

    __slots__ = ()

    def change(self, levels: list[Level]) -> None:
        sizes = self.held
        for price, size in levels:
            if size:
                sizes[price] = size
            else:
                sizes.pop(price, None)  # a hostile delta may remove one level twice
        if self._prices is not None:
            self.touch(levels)

    def replace(self, levels: list[Level]) -> None:
        self.clear()
        self.held = {price: size for price, size in levels if size}

    def best(self, n: int | None = None) -> list[Level]:
        sizes = self.held
        return [(price, sizes[price]) for price in self.best_prices(n)]

    def size(self, price: float) -> float:
        return self.held[price]


class OrderBook(PriceLevels):
    """Order book of `symbol`.

    >>> book = OrderBook("BTC-USDT")
    >>> book.apply(BookSnapshot("BTC-USDT", 0, 0, [(99.0, 2.0), (98.0, 1.0)], [(101.0, 1.0)], 7))
    >>> book.apply(BookDelta("BTC-USDT", 1, 1, [(99.0, 0.0)], [(100.5, 3.0)], 8, 8))
    >>> book.best_bid, book.best_ask, book.mid, book.sequence
    ((98.0, 1.0), (100.5, 3.0), 99.25, 8)
    >>> book.df.ask_price.tolist()
    [100.5, 101.0]
    >>> book.microprice, book.imbalance(), book.depth(bps=200)
    (98.625, -0.6, Depth(bid=1.0, ask=4.0))
    >>> book.cost("buy", 5.0)
    Cost(filled=4.0, unfilled=1.0, average=100.625, worst=101.0, mid=99.25, slippage=1.375)
    """

    def __init__(self, symbol: str) -> None:
        super().__init__(symbol)
        self._bids: _Sizes = _Sizes(bids=True)
        self._asks: _Sizes = _Sizes(bids=False)

    def __repr__(self) -> str:
        state = "" if self.synced else ", not synced"
        sides = f"{len(self._bids.held)} bids, {len(self._asks.held)} asks"
        return f"OrderBook({self.symbol!r}, {sides}{state})"

    def apply(self, change: BookSnapshot | BookDelta) -> None:
        """Replace the book by a snapshot, or change it by a delta."""
        for watcher in self._watchers:
            watcher.before(change.ts_event)
        with self._lock:
            if isinstance(change, BookDelta):
                self._bids.change(change.bids)
                self._asks.change(change.asks)
                self.sequence = change.last
            else:
                self._bids.replace(change.bids)
                self._asks.replace(change.asks)
                self.sequence = change.sequence
                self.synced = True
            self.ts_event, self.ts_recv = change.ts_event, change.ts_recv
        for watcher in self._watchers:
            watcher.after()

    def levels(self, n: int | None = None) -> tuple[list[Level], list[Level]]:
        """The best `n` (price, size) levels of each side, best first: (bids, asks)."""
        return self.sides(n)

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
