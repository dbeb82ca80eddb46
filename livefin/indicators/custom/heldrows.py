"""The last rows of a market as a frame that grows row by row, for functions of a frame.

A frame is made of them by one copy of memory, so that whoever is given it may keep it and
write to it. Held are at most `limit` rows. No I/O, no clock. Used by functionindicator.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Self

import numpy as np
import pandas as pd

from livefin.errors import IndicatorError
from livefin.indicators.contract import BarRow, QuoteRow, TradeRow
from livefin.indicators.rows import SIDES, rows

NAMES = {
    "bars": BarRow._fields[1:],
    "trades": TradeRow._fields[1:],
    "quotes": QuoteRow._fields[1:],
}
ROOM = 256
SIDE = np.array([None, *SIDES], dtype=object)
"""By a row's side, of which -1 is the last."""


class HeldRows:
    """Rows of one source; `symbols` are the columns of "closes". Raises IndicatorError.

    >>> held = HeldRows("quotes")
    >>> held.append(QuoteRow(0, 9.0, 1.0, 11.0, 2.0))
    >>> held.frame(QuoteRow(5, 10.0, 1.0, 11.0, 2.0)).bid.tolist(), len(held)
    ([9.0, 10.0], 1)
    """

    def __init__(
        self, source: str = "bars", symbols: Iterable[str] = (), *, limit: int = 100_000
    ) -> None:
        if limit < 1:
            raise IndicatorError(f"at least one row must be held, not {limit}")
        self.source, self.limit = source, limit
        self.names = tuple(symbols) if source == "closes" else NAMES.get(source, ())
        if not self.names:
            needs = "needs symbols" if source == "closes" else f"cannot take {source!r}"
            raise IndicatorError(
                f"a function of a frame {needs}; it takes {', '.join(NAMES)}, or the closes of "
                "symbols, and a class with update(row) takes any source"
            )
        self._times = np.empty(0, dtype=np.int64)
        self._table = np.empty((len(self.names), 0))
        self._begin = self._end = 0

    def __len__(self) -> int:
        return self._end - self._begin

    def begin(self, df: pd.DataFrame) -> None:
        """Hold the last rows of `df`, and nothing else."""
        if self.source == "closes":
            missing = [name for name in self.names if name not in df]
            if missing:
                raise IndicatorError(f"the frame has no closes of {', '.join(missing)}")
            df = df[list(self.names)]
        given = list(rows(df.iloc[-self.limit :], self.source))
        self._begin, self._end = 0, len(given)
        self._times = np.array([row.time for row in given], dtype=np.int64)
        values = np.array([self._values(row) for row in given], dtype=np.float64)
        self._table = values.reshape(len(given), len(self.names)).T.copy()

    def append(self, row: Any) -> None:
        """Hold one more, and the oldest no longer where there are too many."""
        self._put(row)
        self._end += 1
        self._begin = max(self._begin, self._end - self.limit)

    def frame(self, forming: Any = None) -> pd.DataFrame:
        """The rows held, then `forming`, which is not held; in memory of its own."""
        end = self._end
        if forming is not None:
            self._put(forming)
            end += 1
        span = slice(max(self._begin, end - self.limit), end)
        index = pd.DatetimeIndex(self._times[span].copy(), tz="UTC", name="time", copy=False)
        table = self._table[:, span].copy()
        columns: dict[str, Any] = dict(zip(self.names, table, strict=True))
        if self.source == "trades":
            columns["side"] = SIDE[columns["side"].astype(np.int64)]
        return pd.DataFrame(columns, index=index, copy=False)

    def copy(self) -> Self:
        """The same rows, in memory of its own."""
        twin = type(self)(self.source, self.names, limit=self.limit)
        vars(twin).update(vars(self), _times=self._times.copy(), _table=self._table.copy())
        return twin

    def _put(self, row: Any) -> None:
        """Write `row` after those held."""
        if self._end == len(self._times):
            kept = slice(self._begin, self._end)
            count = len(self)
            times = np.empty(2 * count + ROOM, dtype=np.int64)
            table = np.empty((len(self.names), len(times)))
            times[:count], table[:, :count] = self._times[kept], self._table[:, kept]
            self._times, self._table, self._begin, self._end = times, table, 0, count
        self._times[self._end] = row.time
        self._table[:, self._end] = self._values(row)

    def _values(self, row: Any) -> tuple[float, ...]:
        return row.closes if self.source == "closes" else row[1:]  # type: ignore[no-any-return]
