"""The rows of a rolling frame that came since one last looked, and how many went unseen.

Read without a lock while the feed's thread writes: a block's rows never change, and what is
held moves to the next block before it is taken into use. Rows that left the frame before they
were read are counted in `missed`. Used by ticking.py.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import repeat
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from livefin.frames import Block, RollingFrame
from livefin.indicators.contract import BookRow, QuoteRow, Row, TradeRow
from livefin.tables import SIDE_CODES

_SIGNS = {SIDE_CODES["buy"]: 1, SIDE_CODES["sell"]: -1}
Columns = dict[str, NDArray[Any]]


class Fresh(NamedTuple):
    """Rows `first` to `end` of a block."""

    block: Block
    first: int
    end: int

    @property
    def df(self) -> pd.DataFrame:
        """As a frame, as that of the rolling frame; no copy made."""
        return self.block.frame.iloc[self.first : self.end]

    @property
    def times(self) -> NDArray[np.int64]:
        """Each row's time in ns."""
        return np.asarray(self.block.arrays[0][self.first : self.end], dtype=np.int64)

    def rows(self, source: str) -> list[Row]:
        """As the rows that an indicator of "trades", "quotes" or "book" takes."""
        names = [column.name for column in self.block.columns]
        span = slice(self.first, self.end)
        held = {name: array[span] for name, array in zip(names, self.block.arrays, strict=True)}
        return _MAKERS[source](held)


class Cursor:
    """A place in a rolling frame.

    >>> from livefin.frames import Column
    >>> frame = RollingFrame([Column("time", "time"), Column("price", "float")], rows=2)
    >>> frame.append(1, 10.0)
    >>> cursor = Cursor(frame)
    >>> cursor.read().df.price.tolist(), cursor.read()
    ([10.0], None)
    """

    def __init__(self, frame: RollingFrame) -> None:
        self.missed = 0
        """Rows that were dropped from the frame before they were read."""
        self._frame = frame
        self._next = frame.total - len(frame)
        """What the frame held no more at the beginning was nobody's to read."""

    def read(self) -> Fresh | None:
        """The rows since the last call; None without any."""
        block = self._frame.block
        end, first = block.end, self._next - block.base
        if first < 0:
            self.missed -= first
            first = 0
        self._next = block.base + end
        return Fresh(block, first, end) if first < end else None


def _trades(held: Columns) -> list[Row]:
    sides = [_SIGNS.get(code, 0) for code in held["side"].tolist()]
    names = ("time", "price", "size")
    return list(map(TradeRow, *(held[name].tolist() for name in names), sides))


def _quotes(held: Columns) -> list[Row]:
    return list(map(QuoteRow, *(held[name].tolist() for name in QuoteRow._fields)))


def _book(held: Columns) -> list[Row]:
    count = len(held["time"])
    sides = []
    for side in ("bid", "ask"):
        levels: list[Any] = []
        while (name := f"{side}_price_{len(levels)}") in held:
            sizes = held[f"{side}_size_{len(levels)}"]
            levels.append(zip(held[name].tolist(), sizes.tolist(), strict=True))
        rows = zip(*levels, strict=True) if levels else repeat((), count)
        sides.append([tuple(lv for lv in row if lv[0] == lv[0]) for row in rows])  # not NaN
    return list(map(BookRow, held["time"].tolist(), *sides))


_MAKERS: dict[str, Callable[[Columns], list[Row]]] = {
    "trades": _trades,
    "quotes": _quotes,
    "book": _book,
}
