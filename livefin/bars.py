"""Time bars from trades: a forming bar last, late trades put where they belong.

Fed one trade at a time on the feed's thread; read on any other under a short lock, always
as a copy, since the forming bar goes on changing. An interval without a trade has no row:
nothing is carried forward. A late trade amends its own bar, closed or not; event time says
what is a bar's first and last price, and arrival breaks ties. A bar closes when a trade of
a later interval comes. Charts read through a BarReader, which gives only what has changed.

Every bar has an ordinal, which rises by one a bar; bars from the venue's history (older.py)
are put in front of those held, with lower ones, below zero as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from threading import Lock
from typing import Any, NamedTuple
from weakref import WeakSet

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from livefin import folding
from livefin.errors import FrameError
from livefin.events import AggTrade, Trade
from livefin.folding import NAMES, VALUES, Rows, Seam, cut
from livefin.frames import SMALLEST_BLOCK
from livefin.intervals import interval_ns
from livefin.tables import SymbolKeyError

LOWEST, HIGHEST = -(2**63), 2**63 - 1


class BarColumns(NamedTuple):
    """Rows of bars for a chart."""

    first: int
    """Ordinal of the first row given; ordinals rise by one a bar for the life of the bars."""
    held: int
    """Ordinal of the oldest bar still held. Below zero where older ones were put in front."""
    columns: dict[str, NDArray[np.float64]]
    """`time` (opening time, ms since 1970 UTC), open, high, low, close, volume, vwap."""
    closed: bool
    """Whether the last row is a closed bar; else it is forming."""


class TimeBars:
    """Bars of one symbol over `interval` ("1s", "5min"), the last `rows` of them.

    Intervals start at whole multiples since 1970 UTC, weeks on Mondays. `vwap` is the
    volume-weighted average price of the bar, NaN in bars that the venue made. Bars put in
    front make room for themselves, for as many as `rows` more: at most twice `rows` are held.

    >>> bars = TimeBars("BTC-USDT", "1s")
    >>> for ms, price in ((0, 10.0), (400, 12.0), (1_100, 11.0), (300, 9.0)):
    ...     bars.update(Trade("BTC-USDT", ms * 1_000_000, 0, price, 1.0))
    >>> bars.df[["open", "high", "low", "close", "trades", "closed"]].values.tolist()
    [[10.0, 12.0, 9.0, 12.0, 3, True], [11.0, 11.0, 11.0, 11.0, 1, False]]
    """

    def __init__(self, symbol: str, interval: str, *, rows: int = 100_000) -> None:
        if rows < 1:
            raise FrameError(f"rows must be at least 1, got {rows}")
        self.symbol, self.interval, self.rows = symbol, interval, rows
        self.interval_ns = interval_ns(interval)
        self.amended = 0
        """Late trades that changed or made a bar before the last."""
        self.too_late = 0
        """Late trades whose bar is held no more, or is the venue's own; they changed nothing."""
        self._origin = folding.origin_of(self.interval_ns)
        self._lock = Lock()
        self._readers: WeakSet[BarReader] = WeakSet()
        self._revision = 0
        self._base = 0
        """Ordinal of the first bar stored."""
        self._end = 0
        self._room = rows
        """The most bars held: `rows`, and as many as were put in front, up to as many again."""
        self._dropped = False
        """Older bars were there, and are held no more."""
        self._whole = LOWEST
        """Opening time of the newest bar that is the venue's own, which late trades are in."""
        self._first: int | None = None
        """Opening time of the first bar made here, which lacks its begin until it is mended."""
        self._begun = False
        """A bar was made here."""
        self._arrays: dict[str, NDArray[Any]] = {}
        self._at: dict[str, Any] = {}
        """The same memory, for single values: a memoryview is twice as fast."""
        self._store(folding.empty(), 0, dropped=False)

    def __len__(self) -> int:
        return min(self._end, self._room)

    def __repr__(self) -> str:
        return f"TimeBars({self.symbol!r}, {self.interval!r}, {len(self):,} bars)"

    def update(self, trade: Trade | AggTrade) -> None:
        """Take one more trade, in order or late."""
        ts, price, size = trade.ts_event, trade.price, trade.size
        start = ts - (ts - self._origin) % self.interval_ns
        with self._lock:
            if start <= self._whole:
                self.too_late += 1
                return
            end = self._end
            self._revision += 1
            if end and start == self._at["start"][end - 1]:
                self._amend(end - 1, ts, price, size)
            elif not end or start > self._at["start"][end - 1]:
                self._insert(end, start, ts, price, size)
            else:
                self._late(start, ts, price, size)

    def _late(self, start: int, ts: int, price: float, size: float) -> None:
        first = self._oldest
        starts = self._arrays["start"]
        i = int(np.searchsorted(starts[first : self._end], start)) + first
        if i == first and starts[i] != start and (self._dropped or first):
            self.too_late += 1
            return
        self.amended += 1
        for reader in self._readers:
            reader.touch(self._base + i)
        if starts[i] == start:
            self._amend(i, ts, price, size)
        else:
            self._insert(i, start, ts, price, size)

    def _amend(self, i: int, ts: int, price: float, size: float) -> None:
        at = self._at
        at["high"][i] = max(price, at["high"][i])
        at["low"][i] = min(price, at["low"][i])
        if ts >= at["last_at"][i]:
            at["close"][i], at["last_at"][i] = price, ts
        if ts < at["first_at"][i]:
            at["open"][i], at["first_at"][i] = price, ts
        at["volume"][i] += size
        at["turnover"][i] += price * size
        at["trades"][i] += 1

    def _insert(self, i: int, start: int, ts: int, price: float, size: float) -> None:
        if self._end == self._capacity:
            dropped = self._oldest
            kept = {name: array[dropped:] for name, array in self._arrays.items()}
            self._store(kept, self._base + dropped, dropped=dropped > 0)
            i -= dropped
        if i < self._end:
            for array in self._arrays.values():
                array[i + 1 : self._end + 1] = array[i : self._end]
        at = self._at
        at["start"][i], at["first_at"][i], at["last_at"][i] = start, ts, ts
        at["open"][i] = at["high"][i] = at["low"][i] = at["close"][i] = price
        at["volume"][i], at["turnover"][i], at["trades"][i] = size, price * size, 1
        self._end += 1
        # One that came too late for the first is older than that, and lacks its begin.
        if not self._begun or (self._first is not None and start < self._first):
            self._begun, self._first = True, start

    def _store(self, rows: Rows, base: int, *, dropped: bool) -> None:
        """Hold `rows`, the first of which is the bar `base`, with room for as many again."""
        count = len(rows["start"])
        self._capacity = max(SMALLEST_BLOCK, 2 * count)
        fresh: Rows = {
            name: np.zeros(self._capacity, dtype="f8" if name in VALUES else "i8") for name in NAMES
        }
        for name, array in fresh.items():
            array[:count] = rows[name]
        self._arrays = fresh
        self._at = {name: array.data for name, array in fresh.items()}
        self._base, self._end = base, count
        self._dropped |= dropped

    @property
    def _oldest(self) -> int:
        """Where the oldest bar held is stored."""
        return max(0, self._end - self._room)

    # What was before

    @property
    def room(self) -> int:
        """How many more can be put in front."""
        return 2 * self.rows - self._room

    @property
    def oldest(self) -> int | None:
        """Opening time of the oldest bar held (ns); None while there is none."""
        with self._lock:
            return int(self._at["start"][self._oldest]) if self._end else None

    @property
    def held(self) -> Rows:
        """A copy of all that is held, as columns."""
        with self._lock:
            return {name: a[self._oldest : self._end].copy() for name, a in self._arrays.items()}

    @property
    def unfinished(self) -> tuple[int, int] | None:
        """When the first bar made here opens, and its first trade (ns), until it is mended."""
        with self._lock:
            i = self._place(self._first)
            return None if i is None else (self._at["start"][i], self._at["first_at"][i])

    def _place(self, start: int | None) -> int | None:
        """Where the bar that opens at `start` is stored; None when none is held."""
        oldest, starts = self._oldest, self._arrays["start"]
        if start is None:
            return None
        i = int(np.searchsorted(starts[oldest : self._end], start)) + oldest
        return i if i < self._end and starts[i] == start else None

    def load(self, rows: Rows) -> None:
        """Begin with these bars, made of all trades up to now, before any reader is there."""
        with self._lock:
            kept = cut(rows, slice(max(0, len(rows["start"]) - self.rows), None))
            dropped = len(rows["start"]) > len(kept["start"])
            self._store(kept, 0, dropped=dropped)
            self._begun = self._end > 0
            if self._begun and not dropped:
                self._first = int(kept["start"][0])
            self._revision += 1

    def put_in_front(self, rows: Rows, seam: Seam = Seam.WHOLE) -> int:
        """Put older bars before those held; how many there was room for, the newest of them.

        The first bar that was made here is mended, as `seam` says, where it is among `rows`;
        of the others that are held already nothing changes. No bar's ordinal does.
        """
        with self._lock:
            first, end = self._oldest, self._end
            base = self._base + first
            place = self._mend(rows, seam)
            older = int(
                np.searchsorted(rows["start"], self._at["start"][first] if end else HIGHEST)
            )
            count = min(older, self.room)
            if count:
                newest = int(rows["start"][older - 1])
                forming = not end and seam is not Seam.WHOLE
                self._whole = max(self._whole, newest - forming)
                front = cut(rows, slice(older - count, older))
                self._room += count
                held = {name: array[first:end] for name, array in self._arrays.items()}
                self._store(folding.joined(front, held), base - count, dropped=first > 0)
            if count or place is not None:
                mended = base if place is None else base + place - first
                for reader in self._readers:
                    reader.extend(base - count if count else mended, mended + (place is not None))
                    reader.touch(self._base + self._end - 1)
            return count

    def _mend(self, rows: Rows, seam: Seam) -> int | None:
        """Complete the first bar made here by what `rows` have of it; where it is stored."""
        start, place = self._first, self._place(self._first)
        its = np.flatnonzero(rows["start"] == start)
        if len(its) if seam is Seam.WHOLE else len(rows["start"]) and seam is Seam.REST:
            self._first = None
        if start is None or place is None or not len(its):
            return None
        ours = cut(self._arrays, place)
        for name, value in folding.mended(ours, cut(rows, its[0]), seam).items():
            self._at[name][place] = value
        if seam is Seam.WHOLE:
            self._whole = max(self._whole, start)
        return place

    @property
    def df(self) -> pd.DataFrame:
        """A copy of the bars now: UTC index `time` (opening time), the forming bar last.

        Columns open, high, low, close, volume, vwap, trades, closed.
        """
        part = self.held
        closed = np.ones(len(part["start"]), dtype=bool)
        closed[-1:] = False
        with np.errstate(invalid="ignore", divide="ignore"):
            vwap = part["turnover"] / part["volume"]
        index = pd.DatetimeIndex(part["start"], tz="UTC", name="time", copy=False)
        values = {name: part[name] for name in VALUES if name != "turnover"}
        values |= {"vwap": vwap, "trades": part["trades"], "closed": closed}
        return pd.DataFrame(values, index=index, copy=False)

    def reader(self) -> BarReader:
        """A reader with a cursor of its own, for one chart."""
        reader = BarReader(self)
        with self._lock:
            self._readers.add(reader)
        return reader

    def read(self, ordinal: int | None = None, until: int | None = None) -> BarColumns:
        """The bars held from `ordinal` on and before `until`, all by default."""
        with self._lock:
            oldest = self._oldest
            first = oldest if ordinal is None else max(oldest, ordinal - self._base)
            end = self._end if until is None else max(first, min(self._end, until - self._base))
            span = slice(first, end)
            columns = {"time": self._arrays["start"][span] / 1e6}
            columns |= {name: self._arrays[name][span].copy() for name in VALUES[:5]}
            with np.errstate(invalid="ignore", divide="ignore"):
                columns["vwap"] = self._arrays["turnover"][span] / columns["volume"]
            return BarColumns(
                self._base + first, self._base + oldest, columns, closed=end < self._end
            )


class BarReader:
    """Gives a chart the bars that changed since it last asked. One thread reads it."""

    def __init__(self, bars: TimeBars) -> None:
        self.bars = bars
        self._revision = -1
        self._from = LOWEST
        """Ordinal of the first bar that may have changed."""
        self._front: tuple[int, int] | None = None
        """Ordinals of the bars that history has changed: from, and before."""

    def touch(self, ordinal: int) -> None:
        """A late trade changed the bar `ordinal`. Called under the bars' lock."""
        self._from = min(self._from, ordinal)

    def extend(self, first: int, until: int) -> None:
        """Bars were put in front, and one mended perhaps. Called under the bars' lock."""
        front = self._front or (first, until)
        self._front = min(first, front[0]), max(until, front[1])

    def snapshot(self) -> BarColumns:
        """All bars held; the next `changes` and `older` go on from here."""
        self._from = LOWEST
        self._revision = -1
        return self.changes() or self.bars.read()

    def changes(self) -> BarColumns | None:
        """Bars from the first changed one on; None when nothing changed.

        What was put in front is no change of these: see `older`.
        """
        bars = self.bars
        if self._revision == bars._revision:  # noqa: SLF001 - the reader is the bars' own
            return None
        with bars._lock:  # noqa: SLF001
            revision, start = bars._revision, self._from  # noqa: SLF001
            self._from = bars._base + max(0, bars._end - 1)  # noqa: SLF001
            if self._front is not None and start <= self._front[0]:
                self._front = None
        self._revision = revision
        changed = bars.read(start)
        return changed if len(changed.columns["time"]) else None

    def older(self) -> BarColumns | None:
        """Bars put in front since last asked, and the one mended at the seam, if any; else None.

        Bars that the first `changes` or a `snapshot` has given are not given again.
        """
        if self._front is None:
            return None
        with self.bars._lock:  # noqa: SLF001
            front, self._front = self._front, None
        put = None if front is None else self.bars.read(*front)
        return put if put is not None and len(put.columns["time"]) else None


class BarTable(Mapping[str, TimeBars]):
    """Bars of one interval by symbol: `feed.bars("1s")["BTC-USDT"]`."""

    def __init__(self, interval: str, symbols: list[str], *, rows: int = 100_000) -> None:
        self.interval, self._rows = interval, rows
        self._bars: dict[str, TimeBars] = {}
        self.interval_ns = interval_ns(interval)
        for symbol in symbols:
            self.add(symbol)

    def add(self, symbol: str) -> TimeBars:
        """The bars of `symbol`, made if there are none yet."""
        bars = self._bars.get(symbol)
        if bars is None:
            bars = self._bars[symbol] = TimeBars(symbol, self.interval, rows=self._rows)
        return bars

    def update(self, trade: Trade | AggTrade) -> None:
        """Take one more trade of any symbol. Called by the feed's thread only."""
        bars = self._bars.get(trade.symbol)
        (self.add(trade.symbol) if bars is None else bars).update(trade)

    def __getitem__(self, symbol: str) -> TimeBars:
        try:
            return self._bars[symbol]
        except (KeyError, TypeError):
            raise SymbolKeyError.among(symbol, self._bars) from None

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._bars))

    def __len__(self) -> int:
        return len(self._bars)

    def __repr__(self) -> str:
        return f"BarTable({self.interval!r}, {list(self._bars)})"
