"""Which rows an event makes, and one rolling frame a symbol to hold them.

A Table is a channel's frames: `feed.trades["BTC-USDT"].df`. Fed by feed, one event at a
time, on its thread; trades and quotes, nearly all traffic, have writers of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Any, TypeAlias

from livefin.errors import SymbolError
from livefin.events import (
    AggTrade,
    Bar,
    Funding,
    Liquidation,
    OpenInterest,
    OrderEvent,
    Quote,
    Rate,
    Ticker,
    Trade,
)
from livefin.frames import Column, RollingFrame
from livefin.nearest import did_you_mean

MOST_NAMED = 20
"""Symbols that an error lists."""
SIDE_CODES = {"buy": 0, "sell": 1, None: -1}
_TIMES = (Column("time", "time"), Column("ts_recv", "time"))


def _columns(**kinds: str) -> tuple[Column, ...]:
    return (*_TIMES, *(Column(name, kind) for name, kind in kinds.items()))


COLUMNS: dict[type, tuple[Column, ...]] = {
    Trade: _columns(price="float", size="float", side="side", id="int"),
    AggTrade: _columns(
        price="float", size="float", side="side", id="int", first_id="int", last_id="int"
    ),
    Quote: _columns(bid="float", bid_size="float", ask="float", ask_size="float", sequence="int"),
    OrderEvent: _columns(
        action="object", order_id="object", side="side", price="float", size="float"
    ),
    Bar: _columns(
        interval="object",
        open="float",
        high="float",
        low="float",
        close="float",
        volume="float",
        trades="int",
        closed="bool",
    ),
    Rate: _columns(rate="float"),
    Ticker: _columns(last="float", open="float", high="float", low="float", volume="float"),
    Funding: _columns(rate="float", next_time="int"),
    OpenInterest: _columns(contracts="float"),
    Liquidation: _columns(price="float", size="float", side="side", id="object"),
}
"""Columns of each event's frame. The index `time` is the event's `ts_event`. A missing
integer is -1. Ids of trades are integers until one comes that is a text."""

Writer: TypeAlias = Callable[[Any], None]
Find: TypeAlias = Callable[[str], RollingFrame]


def trade_writer(frames: dict[str, RollingFrame], add: Find) -> Writer:
    """Appends a trade to its symbol's frame; the same as the general writer, unrolled."""

    def write(event: Trade) -> None:
        frame = frames.get(event.symbol) or add(event.symbol)
        block = frame.block
        n = block.end
        if n == block.capacity:
            block = frame.roll()
            n = block.end
        time, ts_recv, price, size, side, id_ = block.writers
        time[n] = event.ts_event
        ts_recv[n] = event.ts_recv
        price[n] = event.price
        size[n] = event.size
        side[n] = SIDE_CODES[event.side]
        try:
            id_[n] = -1 if event.id is None else event.id
        except TypeError:  # a venue that names its trades instead of numbering them
            frame.recast("id", "object")
            write(event)
            return
        if block.latest is not None:
            frame.mark(block, n)
        block.end = n + 1

    return write


def quote_writer(frames: dict[str, RollingFrame], add: Find) -> Writer:
    """Appends a quote to its symbol's frame; the same as the general writer, unrolled."""

    def write(event: Quote) -> None:
        frame = frames.get(event.symbol) or add(event.symbol)
        block = frame.block
        n = block.end
        if n == block.capacity:
            block = frame.roll()
            n = block.end
        time, ts_recv, bid, bid_size, ask, ask_size, sequence = block.writers
        time[n] = event.ts_event
        ts_recv[n] = event.ts_recv
        bid[n] = event.bid
        bid_size[n] = event.bid_size
        ask[n] = event.ask
        ask_size[n] = event.ask_size
        sequence[n] = -1 if event.sequence is None else event.sequence
        if block.latest is not None:
            frame.mark(block, n)
        block.end = n + 1

    return write


def writer(kind: type, frames: dict[str, RollingFrame], add: Find) -> Writer:
    """The function that appends an event of `kind` to its symbol's frame."""
    if kind is Trade:
        return trade_writer(frames, add)
    if kind is Quote:
        return quote_writer(frames, add)
    columns = COLUMNS[kind]
    values = attrgetter("ts_event", *(column.name for column in columns[1:]))
    sides, ints = (
        [i for i, column in enumerate(columns) if column.kind == wanted]
        for wanted in ("side", "int")
    )

    def write(event: Any) -> None:
        frame = frames.get(event.symbol) or add(event.symbol)
        row = list(values(event))
        for i in sides:
            row[i] = SIDE_CODES[row[i]]
        for i in ints:
            if row[i] is None:
                row[i] = -1
        block = frame.block
        n = block.end
        if n == block.capacity:
            block = frame.roll()
            n = block.end
        for column, value in zip(block.writers, row, strict=False):  # strict takes its time
            column[n] = value
        if block.latest is not None:
            frame.mark(block, n)
        block.end = n + 1

    return write


class Table(Mapping[str, RollingFrame]):
    """One channel's frames by symbol.

    >>> trades = Table(Trade, ["BTC-USDT"], rows=1_000)
    >>> trades.write(Trade("BTC-USDT", 10**18, 10**18, 100.0, 0.5, "buy", 1))
    >>> trades["BTC-USDT"].df.side.tolist(), len(trades["BTC-USDT"])
    (['buy'], 1)
    """

    def __init__(
        self, kind: type, symbols: Sequence[str] = (), *, rows: int = 100_000, window: Any = None
    ) -> None:
        self.kind = kind
        self._rows, self._window = rows, window
        self._frames: dict[str, RollingFrame] = {}
        self.write = writer(kind, self._frames, self.add)
        """Append an event to its symbol's frame. Called by the feed's thread only."""
        for symbol in symbols:
            self.add(symbol)

    def add(self, symbol: str) -> RollingFrame:
        """The frame of `symbol`, made if there is none yet."""
        frame = self._frames.get(symbol)
        if frame is None:
            frame = RollingFrame(COLUMNS[self.kind], rows=self._rows, window=self._window)
            self._frames[symbol] = frame
        return frame

    def __getitem__(self, symbol: str) -> RollingFrame:
        try:
            return self._frames[symbol]
        except (KeyError, TypeError):
            raise SymbolKeyError.among(symbol, self._frames) from None

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._frames))

    def __len__(self) -> int:
        return len(self._frames)

    def __repr__(self) -> str:
        held = ", ".join(f"{symbol}: {len(frame):,} rows" for symbol, frame in self._frames.items())
        return f"Table({self.kind.__name__}, {{{held}}})"


class SymbolKeyError(SymbolError, KeyError):
    """A symbol that a table does not hold; a KeyError too, as a mapping's must be."""

    __str__ = Exception.__str__

    @classmethod
    def among(cls, symbol: object, known: Iterable[str]) -> SymbolKeyError:
        """For a symbol that is none of `known`, those of a feed."""
        there = list(known)
        more = f", and {len(there) - MOST_NAMED} more" if len(there) > MOST_NAMED else ""
        names = ", ".join(there[:MOST_NAMED]) or "none yet"
        near = did_you_mean(symbol, there, alike=0.75)  # all of them share "-USDT"
        return cls(symbol, f"this feed has: {names}{more}{near}")
