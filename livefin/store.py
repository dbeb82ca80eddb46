"""What a feed holds: frames by channel, order books and bars, and which event goes where.

Written by the feed's thread one event at a time, read by anyone. No I/O, no thread, no
policy: events that come here are kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NoReturn, TypeAlias, TypeVar
from weakref import WeakValueDictionary

from livefin.bars import BarTable
from livefin.book import OrderBook
from livefin.booktape import BookTape
from livefin.errors import SymbolError
from livefin.events import (
    CHANNEL,
    AggTrade,
    BookDelta,
    BookSnapshot,
    Event,
    OrderDelta,
    OrderSnapshot,
    Status,
    Trade,
)
from livefin.folding import Rows, divides, fold_bars, fold_trades
from livefin.intervals import interval_ns
from livefin.mbo import MarketByOrder
from livefin.statuslog import StatusLog
from livefin.tables import COLUMNS, SymbolKeyError, Table
from livefin.venues.contract import Subscription

Book = TypeVar("Book")
NEVER = 2**63 - 1
TapeKey: TypeAlias = tuple[str, str | None, int, int]
"""Symbol, interval, depth and levels."""


class _Books(dict[str, Book]):
    """Books by symbol, which say what there is where one is not."""

    def __missing__(self, symbol: object) -> NoReturn:
        raise SymbolKeyError.among(symbol, self)


class Store:
    """Frames, books, bars and statuses; `rows` and `window` bound every frame.

    >>> store = Store()
    >>> store.write([Trade("BTC-USDT", 10**18, 10**18, 100.0, 0.5, "buy", 1)])
    >>> len(store.tables["trades"]["BTC-USDT"])
    1
    """

    def __init__(self, *, rows: int = 100_000, window: str | None = None) -> None:
        self.status = StatusLog()
        self.tables = {CHANNEL[kind]: Table(kind, rows=rows, window=window) for kind in COLUMNS}
        self.books = _Books[OrderBook]()
        self.mbo = _Books[MarketByOrder]()
        self.tapes: WeakValueDictionary[TapeKey, BookTape] = WeakValueDictionary()
        self._kept: dict[TapeKey, BookTape] = {}
        """Those of the tapes that go on with nobody else holding them."""
        self.bars: dict[str, BarTable] = {}
        self._writers: dict[type, Callable[[Any], None]] = {
            kind: self.tables[CHANNEL[kind]].write for kind in COLUMNS
        }
        self._rows = rows
        self._writers |= {BookSnapshot: self._on_book, BookDelta: self._on_book}
        self._writers |= {OrderSnapshot: self._on_orders, OrderDelta: self._on_orders}
        self._writers[Status] = self.note

    def write(self, events: Iterable[Event]) -> None:
        """Keep `events`, in order. One that no column can hold becomes a `malformed` status."""
        writers = self._writers
        for event in events:
            try:
                writers[event.__class__](event)
            except (ValueError, OverflowError, TypeError, KeyError) as error:
                # A value that no column holds, such as an id of 30 digits.
                kind = type(event)
                detail = f"{kind.__name__} that cannot be kept: {error}"
                ts = event.ts if isinstance(event, Status) else event.ts_recv
                self.note(
                    Status("malformed", ts, event.symbol, CHANNEL.get(kind, ""), 1, detail=detail)
                )

    def note(self, status: Status) -> None:
        """Keep a status; a book that it says is broken is marked so."""
        if status.kind == "resync":
            self.book_lost(status.symbol, status.channel)
        self.status.append(status)

    def book_lost(self, symbol: str, channel: str = "") -> None:
        """Changes of this book were lost: it is not synced until its next snapshot."""
        for books, name in ((self.books, "book"), (self.mbo, "orders")):
            book = books.get(symbol)
            if book is not None and channel in ("", name):
                book.lost()

    def add(self, subs: Iterable[Subscription]) -> None:
        """Make room for what was subscribed, so that it can be looked at before it comes."""
        for sub in subs:
            channel = sub.channel.partition(":")[0]
            if channel == "book":
                self.books.setdefault(sub.symbol, OrderBook(sub.symbol))
            elif channel == "orders":
                self._order_book(sub.symbol)
                self.tables[channel].add(sub.symbol)
            elif channel in self.tables:
                self.tables[channel].add(sub.symbol)
            for table in self.bars.values():
                table.add(sub.symbol)

    def bars_of(self, interval: str) -> BarTable | None:
        """The bars of that length, however it is spelled; None where there are none yet."""
        wanted = interval_ns(interval)
        return next((t for t in list(self.bars.values()) if t.interval_ns == wanted), None)

    def start_bars(self, table: BarTable, channels: Sequence[str]) -> BarTable:
        """Fold trades held into `table`, and those that come from now on; the table in use.

        Bars are made of trades, or of aggregated trades where only those are in `channels`.
        Where shorter bars reach further back than the trades held, they are made of these.
        """
        there = self.bars_of(table.interval)
        if there is not None:  # another thread asked for the same
            return there
        aggregated = "agg_trades" in channels and "trades" not in channels
        kind: type = AggTrade if aggregated else Trade
        source = self.tables[CHANNEL[kind]]
        for symbol in source:
            times, prices, sizes = (source[symbol].column(n) for n in ("time", "price", "size"))
            shorter = self._shorter(symbol, table.interval_ns, int(times.min(initial=NEVER)))
            if shorter is None:
                rows = fold_trades(times, prices, sizes, table.interval_ns)
            else:
                rows = fold_bars(shorter, table.interval_ns)
            table.add(symbol).load(rows)
        self.bars[table.interval] = table
        write, tables = source.write, list(self.bars.values())

        def write_and_update(trade: Trade | AggTrade) -> None:
            write(trade)
            for bars in tables:
                bars.update(trade)

        self._writers[kind] = write_and_update
        return table

    def _shorter(self, symbol: str, interval: int, since: int) -> Rows | None:
        """The bars that `interval` can be made of and that reach furthest, if before `since`."""
        found = None
        for table in self.bars.values():
            if symbol in table and divides(table.interval_ns, interval):
                rows = table[symbol].held
                if len(rows["start"]) and rows["first_at"][0] < since:
                    found, since = rows, int(rows["first_at"][0])
        return found

    def start_tape(
        self, symbol: str, interval: str | None, *, depth: int, levels: int, keep: bool
    ) -> BookTape:
        """Sample the book of `symbol` from now on; if not to `keep`, while somebody holds it.

        Raises SymbolError where there is none.
        """
        book = self.books.get(symbol) or self.mbo.get(symbol)
        if book is None:
            there = ", ".join([*self.books, *self.mbo]) or "none"
            raise SymbolError(symbol, f"there is no book of it; this feed has: {there}")
        key = (symbol, interval, depth, levels)
        tape = self.tapes.get(key)
        if tape is None or tape.closed:
            tape = BookTape(book, interval, rows=self._rows, depth=depth, levels=levels)
            self.tapes[key] = tape
            self._kept.pop(key, None)
        if keep:
            self._kept[key] = tape
        return tape

    def _order_book(self, symbol: str) -> MarketByOrder:
        book = self.mbo.get(symbol)
        if book is None:
            book = self.mbo[symbol] = MarketByOrder(symbol, rows=self._rows)
        return book

    def _on_orders(self, change: OrderSnapshot | OrderDelta) -> None:
        book = self._order_book(change.symbol)
        if isinstance(change, OrderDelta):
            write = self.tables["orders"].write
            for order in change.orders:
                write(order)
        if book.synced or isinstance(change, OrderSnapshot):
            book.apply(change)

    def _on_book(self, change: BookSnapshot | BookDelta) -> None:
        book = self.books.get(change.symbol)
        if book is None:
            book = self.books[change.symbol] = OrderBook(change.symbol)
        if book.synced or isinstance(change, BookSnapshot):
            book.apply(change)
