"""What can be read off a feed, from any thread: its frames, books, bars and statuses.

The reading half of Feed; what it holds is in store.py, written by the feed's own thread.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from livefin import parquet
from livefin.bars import BarTable
from livefin.book import OrderBook
from livefin.booktape import BookTape
from livefin.loop import background
from livefin.mbo import MarketByOrder
from livefin.statuslog import StatusLog
from livefin.store import Store
from livefin.tables import Table
from livefin.venues.contract import Subscription


class Readings:
    """Frames by channel, then by symbol: `feed.trades["BTC-USDT"].df`."""

    _store: Store
    _rows: int

    @property
    def status(self) -> StatusLog:
        """What went wrong, and right again: connects, gaps, resyncs, stale spells, drops."""
        return self._store.status

    @property
    def trades(self) -> Table:
        """Executions: price, size, side (the taker's), id."""
        return self._store.tables["trades"]

    @property
    def agg_trades(self) -> Table:
        """Aggregated executions, where the venue has them."""
        return self._store.tables["agg_trades"]

    @property
    def quotes(self) -> Table:
        """Best bid and ask with sizes."""
        return self._store.tables["quotes"]

    @property
    def orders(self) -> Table:
        """Every step of every order (level 3): action, order_id, side, price, size."""
        return self._store.tables["orders"]

    @property
    def rates(self) -> Table:
        """Exchange rates, index and mark prices."""
        return self._store.tables["rates"]

    @property
    def tables(self) -> Mapping[str, Table]:
        """Every channel's frames by channel name, also those without a property."""
        return MappingProxyType(self._store.tables)

    @property
    def book(self) -> Mapping[str, OrderBook]:
        """Order books by symbol (level 2)."""
        return MappingProxyType(self._store.books)

    @property
    def mbo(self) -> Mapping[str, MarketByOrder]:
        """Books of single orders by symbol (level 3), where the feed has `orders`."""
        return MappingProxyType(self._store.mbo)

    def to_parquet(self, folder: str | Path, *, overwrite: bool = False) -> list[Path]:
        """Write what all frames hold now, and the statuses, as parquet files; which they are.

        `pd.read_parquet(folder / "trades")` reads a channel back. A folder that has such files
        is refused, or with `overwrite` gets these in their place. Needs the extra `parquet`.
        Raises ParquetError, MissingExtraError.
        """
        return parquet.write(folder, self.tables, self.status, overwrite=overwrite)

    def book_tape(
        self,
        symbol: str,
        interval: str | None = "100ms",
        *,
        depth: int = 5,
        levels: int = 0,
        keep: bool = True,
    ) -> BookTape:
        """Sample the book of `symbol` into a rolling frame from now on.

        One row an `interval`, or one a change where it is None; see BookTape for the columns.
        The book of single orders is sampled where there is no level 2. Ends with the feed, or
        with the tape's `close()`, without `keep` also when nobody holds it any more; until then
        the same tape is given again for the same arguments.
        """
        return background.call(
            lambda: self._store.start_tape(symbol, interval, depth=depth, levels=levels, keep=keep)
        )

    def bars(self, interval: str = "1s", *, rows: int | None = None) -> BarTable:
        """Bars of `interval` ("1s", "5min", "1m", "1h", "1d") by symbol, made from trades.

        Trades held already, or shorter bars that reach further back, are folded in first.
        Where a feed has aggregated trades only, bars are made of those. The same table is
        given again for the same interval. Raises FrameError for what is no interval.
        """
        store = self._store
        table = store.bars_of(interval)
        if table is not None:
            return table
        channels = [sub.channel for sub in self.subscriptions]
        new = BarTable(interval, self.symbols, rows=rows or self._rows)
        return background.call(lambda: store.start_bars(new, channels))

    @property
    def symbols(self) -> list[str]:
        """Symbols subscribed, and those that came by themselves in a replay."""
        return list(dict.fromkeys(sub.symbol for sub in self.subscriptions))

    @property
    def subscriptions(self) -> list[Subscription]:
        """Channels and symbols subscribed now."""
        raise NotImplementedError
