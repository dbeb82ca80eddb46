"""Rolling pandas frames: append-only column blocks, read without a lock while they are written.

One writer, the feed's thread. A row is written into every column first, then the block's
`end` is moved past it by one assignment, so a reader never sees half a row. The first reader
of a block lays a pandas DataFrame over it, which the writer never waits for; `.df` is a slice
of that: microseconds, zero copy, read only. When a block is full, the rows still held move to
a fresh block; frames handed out before keep the old one and never change. tables.py says
which events make which rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from livefin.errors import FrameError

SMALLEST_BLOCK = 1_024
SIDES = pd.CategoricalDtype(["buy", "sell"])

_DTYPES = {"time": "i8", "float": "f8", "int": "i8", "bool": "?", "side": "i1", "object": "O"}


class Column(NamedTuple):
    """A column's name and kind: "time" (ns), "float", "int", "bool", "side" or "object".

    A side is written as 0 for buy, 1 for sell, -1 for unknown, and read as a categorical.
    """

    name: str
    kind: str


class Block:
    """Columns of one capacity, filled up to `end`, and the DataFrame that lies over them."""

    __slots__ = ("_frame", "arrays", "base", "capacity", "columns", "end", "latest", "writers")

    def __init__(self, columns: Sequence[Column], capacity: int, base: int) -> None:
        self.columns, self.capacity, self.base, self.end = columns, capacity, base, 0
        """`base` is how many rows of the frame were dropped before this block's first."""
        self.arrays: list[NDArray[Any]] = [
            np.zeros(capacity, dtype=_DTYPES[column.kind]) for column in columns
        ]
        # A memoryview takes one value in half the time an array does; objects have none.
        self.writers: list[Any] = [a if a.dtype == object else a.data for a in self.arrays]
        self.latest: NDArray[np.int64] | None = None
        """The highest time up to each row, so that a window can be found by bisection."""
        self._frame: pd.DataFrame | None = None

    @property
    def frame(self) -> pd.DataFrame:
        """The DataFrame that lies over all of its rows, written or not."""
        # Two readers at once may both make one; they are the same.
        frame = self._frame
        if frame is None:
            series: dict[str, Any] = {}
            for column, array in zip(self.columns, self.arrays, strict=True):
                view = array.view()
                view.flags.writeable = False
                series[column.name] = _as_pandas(view, column)
            index = series.pop(self.columns[0].name)
            frame = self._frame = pd.DataFrame(series, index=index, copy=False)
        return frame


class RollingFrame:
    """The last `rows` rows, or those within `window` of the newest, as a pandas frame.

    The first column is the time and becomes the index. `window` ("15min", or a Timedelta)
    counts back from the latest event time; `rows` bounds the frame in every case.
    Raises FrameError on a bound or a column that cannot be.

    >>> frame = RollingFrame([Column("time", "time"), Column("price", "float")], rows=2)
    >>> for i in range(3):
    ...     frame.append(i * 10**9, 100.0 + i)
    >>> frame.df.price.tolist(), len(frame), frame.total
    ([101.0, 102.0], 2, 3)
    """

    __slots__ = ("block", "columns", "rows", "window")

    def __init__(
        self,
        columns: Sequence[Column],
        *,
        rows: int = 100_000,
        window: str | pd.Timedelta | None = None,
    ) -> None:
        if rows < 1:
            raise FrameError(f"rows must be at least 1, got {rows}")
        if not columns or columns[0].kind != "time":
            raise FrameError("the first column must be a time, to be the index")
        if unknown := {column.kind for column in columns} - _DTYPES.keys():
            raise FrameError(f"unknown column kinds: {sorted(unknown)}")
        self.columns, self.rows = tuple(columns), rows
        self.window = None if window is None else window_ns(window)
        self.block = self._new_block(min(SMALLEST_BLOCK, 2 * rows), 0)

    def __len__(self) -> int:
        start, end = self._span(self.block)
        return end - start

    def __bool__(self) -> bool:
        return True  # an empty frame is a frame

    def __repr__(self) -> str:
        names = ", ".join(column.name for column in self.columns)
        return f"RollingFrame({len(self):,} of {self.total:,} rows: {names})"

    @property
    def total(self) -> int:
        """Rows ever appended."""
        block = self.block
        return block.base + block.end

    @property
    def df(self) -> pd.DataFrame:
        """The rows held now: UTC DatetimeIndex, read only, no copy made.

        Rows stand in the order they arrived, so the index can step back by a late event.
        """
        block = self.block
        start, end = self._span(block)
        return block.frame.iloc[start:end]

    def column(self, name: str) -> NDArray[Any]:
        """One column's raw values (times in ns, sides as codes), read only, no copy made.

        Raises FrameError where there is no such column.
        """
        names = [column.name for column in self.columns]
        if name not in names:
            raise FrameError(f"no column {name!r}; there are: {', '.join(names)}")
        block = self.block
        start, end = self._span(block)
        values = block.arrays[names.index(name)][start:end]
        values.flags.writeable = False
        return values

    def append(self, *row: Any) -> None:
        """Append one row, values in the order of the columns."""
        block = self.block
        n = block.end
        if n == block.capacity:
            block = self.roll()
            n = block.end
        for writer, value in zip(block.writers, row, strict=True):
            writer[n] = value
        if block.latest is not None:
            self.mark(block, n)
        block.end = n + 1

    def mark(self, block: Block, n: int) -> None:
        """Note the highest time up to row `n`; needed before it is published in a window."""
        latest = block.latest
        if latest is not None:
            time = block.writers[0][n]
            latest[n] = max(time, latest[n - 1]) if n else time

    def roll(self) -> Block:
        """Move the rows still held to a fresh block, and go on there."""
        old = self.block
        start, end = self._span(old)
        kept = end - start
        # Twice what is held: every row is moved at most once on average.
        block = self._new_block(max(SMALLEST_BLOCK, 2 * kept), old.base + start)
        for source, target in zip(old.arrays, block.arrays, strict=True):
            target[:kept] = source[start:end]
        if old.latest is not None and block.latest is not None:
            block.latest[:kept] = old.latest[start:end]
        block.end = kept
        self.block = block
        return block

    def recast(self, name: str, kind: str) -> Block:
        """Hold the column `name` as `kind` from now on, and what it holds already too."""
        self.columns = tuple(
            Column(name, kind) if column.name == name else column for column in self.columns
        )
        return self.roll()

    def _new_block(self, capacity: int, base: int) -> Block:
        block = Block(self.columns, capacity, base)
        if self.window is not None:
            block.latest = np.zeros(capacity, dtype="i8")
        return block

    def _span(self, block: Block) -> tuple[int, int]:
        """The rows of `block` that are held: from, to."""
        end = block.end
        start = max(0, end - self.rows)
        if self.window is not None and block.latest is not None and end:
            oldest = block.latest[end - 1] - self.window
            inside = int(np.searchsorted(block.latest[:end], oldest, side="left"))
            start = max(start, inside)
        return start, end


def window_ns(window: str | pd.Timedelta) -> int:
    """A positive length of time in ns; raises FrameError.

    >>> window_ns("15min")
    900000000000
    """
    try:
        ns = int(pd.Timedelta(window).as_unit("ns").value)
    except ValueError as error:
        raise FrameError(f"not a length of time: {window!r}; write it like '15min'") from error
    if ns <= 0:
        raise FrameError(f"a window must be longer than nothing, got {window!r}")
    return ns


def _as_pandas(view: NDArray[Any], column: Column) -> Any:
    if column.kind == "time":
        # Integers with a time zone are taken as they lie; datetime64 would be copied.
        return pd.DatetimeIndex(view, tz="UTC", name=column.name, copy=False)
    if column.kind == "side":
        return pd.Categorical.from_codes(view, dtype=SIDES, validate=False)
    return view
