"""How a book changes over time: rows of its top and measures, and the book of any moment held.

A BookTape watches one book, OrderBook or MarketByOrder, and is written on the thread that
changes it; it samples in event time, so that a replay gives the same rows as live.

A row stamped `time` holds the book after all changes before `time` and none at or after it:
rows can be joined to trades and bars of the same stamp without looking ahead. With an
interval the row is written when the first change past the boundary comes, before that
change goes in; intervals in which the book did not change have no row, as bars have none
where nothing traded. Silence thus is a stretch without rows, over which the book stood as
the last row says; `sample` fills it in for whoever wants a row at every step. While the
book is not synced there are no rows either, and nothing is filled in: where changes were
missed, `at` gives None and `sample` NaN.
"""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from math import isnan, nan

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from livefin.errors import FrameError
from livefin.events import BookSnapshot, Level
from livefin.frames import Column, RollingFrame, window_ns
from livefin.levels import PriceLevels, imbalance, microprice, weighted_size

MAX_LOSSES = 1_000

_TIMES = (Column("time", "time"), Column("ts_recv", "time"))
_MEASURES = (
    *("bid", "bid_size", "ask", "ask_size"),
    *("mid", "microprice", "spread", "imbalance", "bid_depth", "ask_depth"),
)
_EMPTY: Level = (nan, nan)


class BookTape:
    """The last `rows` samples of `book`, one an `interval` ("100ms") or one a change.

    Columns of `df`, index `time`: ts_recv (when the last change in it arrived), bid,
    bid_size, ask, ask_size, mid, microprice, spread, imbalance, bid_depth and ask_depth
    (sizes added up), the last three over the best `depth` levels. With `levels` the best
    that many levels follow, as bid_price_0, bid_size_0, ask_price_0, ask_size_0,
    bid_price_1, … NaN where a side is empty or shallower. It begins with the next change,
    and ends with `close()`, or when nobody holds it any more.
    Raises FrameError on a bound or an interval that cannot be.

    >>> from livefin.book import OrderBook
    >>> from livefin.events import BookDelta
    >>> book = OrderBook("BTC-USDT")
    >>> tape = BookTape(book, "100ms")
    >>> MS = 1_000_000
    >>> book.apply(BookSnapshot("BTC-USDT", 10 * MS, 11 * MS, [(99.0, 2.0)], [(101.0, 2.0)]))
    >>> for ms, bid in ((30, 98.5), (90, 99.5), (350, 100.0)):
    ...     book.apply(BookDelta("BTC-USDT", ms * MS, ms * MS, [(bid, 2.0)], []))
    >>> tape.df.index.asi8.tolist(), tape.df.bid.tolist()  # nothing happened from 100 to 300
    ([100000000], [99.5])
    >>> tape.sample("100ms").bid.tolist(), tape.at("1970-01-01 00:00:00.2").bids
    ([99.5, 99.5, 99.5], [(99.5, 2.0)])
    """

    def __init__(
        self,
        book: PriceLevels,
        interval: str | pd.Timedelta | None = None,
        *,
        rows: int = 100_000,
        depth: int = 5,
        levels: int = 0,
    ) -> None:
        if depth < 1 or levels < 0:
            raise FrameError(f"depth must be 1 or more and levels 0 or more: {depth}, {levels}")
        self.book, self.interval, self.depth, self.levels = book, interval, depth, levels
        self._step = None if interval is None else window_ns(interval)
        names = (*_MEASURES, *(name for level in range(levels) for name in _names(level)))
        self.frame = RollingFrame((*_TIMES, *(Column(name, "float") for name in names)), rows=rows)
        self._due: int | None = None
        """The next boundary to write at; None while nothing has changed since the last."""
        self._latest: int | None = None
        """The highest event time seen."""
        self._losses: tuple[int, ...] = ()
        """Time of the last change before each stretch in which changes were missed."""
        self.closed = False
        """It is written no more."""
        self._pen = _Pen(self)
        book.watch(self._pen)

    def __len__(self) -> int:
        return len(self.frame)

    def __bool__(self) -> bool:
        return True  # an empty tape is a tape

    def __repr__(self) -> str:
        every = "change" if self.interval is None else self.interval
        return f"BookTape({self.book.symbol!r}, every {every}, {len(self):,} rows)"

    # Writing, on the thread that changes the book

    def before(self, ts_event: int) -> None:
        """The book still stands as it was; a change of `ts_event` comes next."""
        if not self.book.synced:
            self._due = None
            latest = self._latest
            if latest is not None and ts_event > latest:
                self._losses = (*self._losses[1 - MAX_LOSSES :], latest)
        elif self._due is not None and ts_event >= self._due:
            self._write(self._due)
            self._due = None

    def after(self) -> None:
        """The change is in."""
        if not self.book.synced:
            return
        ts_event = self.book.ts_event or 0
        # A late change does not turn back the time that was reached.
        latest = self._latest = max(ts_event, self._latest or ts_event)
        if self._step is None:
            self._write(ts_event)
        else:
            self._due = latest - latest % self._step + self._step

    def _write(self, time: int) -> None:
        book, depth = self.book, self.depth
        bids, asks = book.sides(max(depth, self.levels))
        best_bid, best_ask = bids[0] if bids else _EMPTY, asks[0] if asks else _EMPTY
        (bid, bid_size), (ask, ask_size) = best_bid, best_ask
        leaning = imbalance(bids[:depth], asks[:depth])
        self.frame.append(
            time,
            book.ts_recv,
            bid,
            bid_size,
            ask,
            ask_size,
            (bid + ask) / 2,
            microprice(best_bid, best_ask),
            ask - bid,
            nan if leaning is None else leaning,
            weighted_size(bids[:depth]),
            weighted_size(asks[:depth]),
            *_columns(bids, asks, self.levels),
        )

    def close(self) -> None:
        """Stop; the rows stay readable. Twice is fine."""
        self.closed = True
        self.book.unwatch(self._pen)

    # Reading

    @property
    def df(self) -> pd.DataFrame:
        """The rows held now: UTC index `time`, read only, no copy made."""
        return self.frame.df

    def at(self, time: str | int | pd.Timestamp) -> BookSnapshot | None:
        """The book that an event at `time` met: after all changes before it, as far as recorded.

        Its best `levels` levels, or just the best one where the tape has no level columns.
        `time` is UTC unless it says otherwise; an integer is ns. None before the first row
        held, and where changes were missed. Raises FrameError on what is no time.
        """
        at, df = _ns(time), self.df
        (i,) = self._rows_at(df, np.array([at])).tolist()
        if i < 0:
            return None
        row = df.iloc[i]
        bids, asks = [], []
        for level in range(self.levels) if self.levels else (None,):
            bid, bid_size, ask, ask_size = (float(row[name]) for name in _names(level))
            if not isnan(bid):
                bids.append((bid, bid_size))
            if not isnan(ask):
                asks.append((ask, ask_size))
        ts_event, ts_recv = int(_stamps(df)[i]), int(row["ts_recv"].value)
        return BookSnapshot(self.book.symbol, ts_event, ts_recv, bids, asks)

    def sample(self, interval: str | pd.Timedelta) -> pd.DataFrame:
        """The rows as of every step of `interval`, up to the latest change; at most `rows`.

        The book stands until it changes: a silent stretch repeats the row before it, and
        one in which changes were missed is NaN. Raises FrameError on what is no interval.
        """
        step = window_ns(interval)
        # Read in this order: the rows hold at least what happened until `latest`.
        latest, df = self._latest, self.df
        if latest is None or df.empty:
            return df
        first = int(_stamps(df)[0])
        # A row of a change is the book after its time, a row of an interval that before it.
        first += step - first % step if self._step is None else -first % step
        last = latest - latest % step
        first = max(first, last - (self.frame.rows - 1) * step)
        grid = np.arange(first, last + 1, step, dtype="i8")
        found = df.reset_index(drop=True).reindex(self._rows_at(df, grid))
        found.index = pd.DatetimeIndex(grid, tz="UTC", name="time")
        return found

    def _rows_at(self, df: pd.DataFrame, times: NDArray[np.int64]) -> NDArray[np.int64]:
        """Which row of `df` tells the book at each of `times`; -1 where none does."""
        if df.empty:
            return np.full(len(times), -1)
        # A change that came late tells the book as of the time that was reached by then.
        stamps = np.maximum.accumulate(_stamps(df))
        found = np.searchsorted(stamps, times, side="left" if self._step is None else "right")
        rows: NDArray[np.int64] = found.astype("i8") - 1
        losses = self._losses
        if not self.book.synced and self._latest is not None:
            losses = (*losses, self._latest)
        if losses:
            # The last loss before a time decides: the row must be of after it.
            starts = np.array(losses)
            loss = np.searchsorted(starts, times, side="left") - 1
            rows[(loss >= 0) & (stamps[rows] <= starts[loss])] = -1
        return rows


class _Pen:
    """Writes a tape for as long as somebody holds it; a book holds nothing but the pen."""

    def __init__(self, tape: BookTape) -> None:
        self._tape, self._book = weakref.ref(tape), tape.book

    def before(self, ts_event: int) -> None:
        tape = self._tape()
        if tape is None:
            self._book.unwatch(self)
        else:
            tape.before(ts_event)

    def after(self) -> None:
        tape = self._tape()
        if tape is not None:
            tape.after()


def _columns(bids: Sequence[Level], asks: Sequence[Level], n: int) -> list[float]:
    values: list[float] = []
    for i in range(n):
        values += bids[i] if i < len(bids) else _EMPTY
        values += asks[i] if i < len(asks) else _EMPTY
    return values


def _names(level: int | None) -> tuple[str, str, str, str]:
    """The columns of one level, or those of the top."""
    if level is None:
        return "bid", "bid_size", "ask", "ask_size"
    return f"bid_price_{level}", f"bid_size_{level}", f"ask_price_{level}", f"ask_size_{level}"


def _stamps(df: pd.DataFrame) -> NDArray[np.int64]:
    return pd.DatetimeIndex(df.index).asi8


def _ns(time: str | int | pd.Timestamp) -> int:
    try:
        stamp = pd.Timestamp(time)
        stamp = stamp.tz_localize("UTC") if stamp.tz is None else stamp
        if not pd.isna(stamp):
            return int(stamp.as_unit("ns").value)
    except (ValueError, TypeError):
        pass
    raise FrameError(f"not a time: {time!r}; write it like '2024-08-08 23:54'")
