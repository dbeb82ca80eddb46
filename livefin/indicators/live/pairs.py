"""An indicator of several symbols' closes kept up to date along live bars of one of them.

The counterpart of running.py. A row are the closes of bars that open at one time, and there
is one only where all symbols have such a bar: nothing is carried forward. A row of closed
bars is given to `update` once, one with a forming bar is peeked. What comes late, in any of
the symbols, takes the indicator back to before it. No thread, no clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from livefin.errors import IndicatorError
from livefin.indicators.contract import ClosesRow, Floats, Indicator, Line
from livefin.indicators.live.columns import Columns
from livefin.indicators.live.news import FEW, Bars, News

NO_OTHERS: Mapping[str, Bars] = MappingProxyType({})


class Together:
    """One indicator of `source` "closes", its lines by the ordinals of `bars`.

    Its `symbols` are looked for in `others`, then in `feed`; `bars` are those of the chart's
    own symbol. `others` are bars of other feeds, by what the indicator calls them. All are of
    one interval. A value stays where a symbol holds its bar no more.

    A symbol's last bar is forming until its next one opens, or its bars say otherwise: while
    one symbol is silent, there are no values after its last bar.

    Raises IndicatorError for another source, for no symbols, and for bars of another
    interval; SymbolError for a symbol that is nowhere.

    >>> import livefin as lf
    >>> from livefin.indicators.contract import Indicator
    >>> from livefin.indicators.custom.userdefined import indicator
    >>> from livefin.indicators.live.news import News
    >>> class Ratio:
    ...     def update(self, row): return row.closes[0] / row.closes[1]
    >>> feed = lf.push("example", ["AB", "CD"])
    >>> for second, symbol, price in ((0, "AB", 6.0), (0, "CD", 2.0), (1, "AB", 8.0)):
    ...     feed.append_trade(symbol, price, 1.0, time=1.7e9 + second)
    >>> ratio = indicator(Ratio, source="closes", symbols=["AB", "CD"])
    >>> together = Together(ratio, feed, feed.bars("1s")["AB"])
    >>> together.take(News(feed.bars("1s")["AB"]))["Ratio"]
    Line(first=0, array=array([ 3., nan]))
    >>> feed.close()
    """

    def __init__(
        self, indicator: Indicator, feed: Any, bars: Bars, *, others: Mapping[str, Bars] = NO_OTHERS
    ) -> None:
        if indicator.source != "closes":
            raise IndicatorError(
                f"{indicator.name} takes {indicator.source}, not the closes of several symbols"
            )
        if not indicator.symbols:
            raise IndicatorError(f"{indicator.name} needs symbols: say of which closes it is")
        every = [_bars(symbol, feed, bars, others) for symbol in indicator.symbols]
        for symbol, each in zip(indicator.symbols, every, strict=True):
            if each.interval_ns != bars.interval_ns:
                raise IndicatorError(
                    f"{indicator.name} needs bars of one interval; those of {symbol} are of "
                    f"{each.interval}, the others of {bars.interval}"
                )
        self.indicator = indicator.copy()
        self._main, self._reader = Columns(), bars.reader()
        self._columns = [(Columns(), each.reader()) for each in every]
        self._said: tuple[str, ...] = ()
        """The outputs of the lines given out so far."""
        self._begun = False
        self._done = -inf
        """Time of the last row that was given to the indicator as closed."""
        self._pending: float | None = None
        """Time of the row that was peeked."""

    def take(self, _: News) -> Mapping[str, Line]:
        """The changed tail of each output, by the bars' ordinals; none when nothing changed.

        News of one symbol's bars say too little: all are read here.
        """
        changed = [self._main.take(self._reader)[1]]
        changed += [columns.take(reader, "close")[1] for columns, reader in self._columns]
        times = [time for time in changed if time is not None]
        if not times:
            return {}
        start = min(times) if self._pending is None else min(*times, self._pending)
        if not self._begun:
            start = -inf
        begun, self._begun = self._begun, False  # should it raise, the next try begins anew
        rows = self._rows(start)
        few = FEW if self.indicator.incremental else 1
        if begun and start > self._done and rows.closed <= few:
            values = [self.indicator.update(row) for row in rows.each(0, rows.closed)]
        else:
            values = self._again(rows)
        values += [self.indicator.peek(row) for row in rows.each(rows.closed, len(rows.times))]
        forming = rows.times[rows.closed :]
        self._begun, self._pending = True, float(forming[0]) if len(forming) else None
        if rows.closed:
            self._done = float(rows.times[rows.closed - 1])
        return self._lines(start, rows.times, np.array(values, dtype=np.float64))

    def _again(self, rows: Rows) -> list[Any]:
        """Begin anew with what matters to `rows`, the last there are; values at its closed ones."""
        every, warm = self._rows(-inf), self.indicator.warm_up
        before = len(every.times) - len(rows.times)
        skip = 0 if warm is None else max(0, before - warm)
        self._done = float(every.times[before - 1]) if before else -inf
        table = self.indicator.begin(every.frame(skip, before + rows.closed, self.indicator))
        return list(table.to_numpy(np.float64)[before - skip :])

    def _rows(self, start: float) -> Rows:
        """The rows at `start` and after, where all symbols have a bar."""
        held = [columns for columns, _ in self._columns]
        if not all(len(columns.times) for columns in (self._main, *held)):
            return Rows(np.empty(0), np.empty((0, len(held))), 0)
        times = self._main.times[np.searchsorted(self._main.times, start) :]
        for columns in held:
            at = np.searchsorted(columns.times, times)
            at[at == len(columns.times)] = -1  # after the last one: it opens at another time
            times = times[columns.times[at] == times]
        closes = [
            columns.values[np.searchsorted(columns.times, times)]  # noqa: PD011 - of Columns
            for columns in held
        ]
        forming = min(
            inf if columns.closed else columns.times[-1] for columns in (self._main, *held)
        )
        return Rows(times, np.stack(closes, axis=1), int(np.searchsorted(times, forming)))

    def _lines(self, start: float, times: Floats, values: Floats) -> dict[str, Line]:
        """Tails of the lines, from `start` on: `values` at `times`, and NaN."""
        outputs = self.indicator.outputs
        if outputs != self._said:
            self._said, start = outputs, -inf  # known only now: all before is NaN
        every = self._main.times
        skip = int(np.searchsorted(every, start))
        if skip == len(every):
            return {}
        table = np.full((len(outputs), len(every) - skip), np.nan)
        if len(times):
            table[:, np.searchsorted(every, times) - skip] = values.T
        first = self._main.first + skip
        return {name: Line(first, line) for name, line in zip(outputs, table, strict=True)}


class Rows(NamedTuple):
    """Rows of closes, oldest first, a column a symbol."""

    times: Floats
    """In ms."""
    closes: Floats
    closed: int
    """So many of them are of closed bars."""

    def each(self, first: int, until: int) -> list[ClosesRow]:
        """Some of them as an indicator takes them."""
        span = slice(first, until)
        times = _ns(self.times[span]).tolist()
        return [
            ClosesRow(t, tuple(c)) for t, c in zip(times, self.closes[span].tolist(), strict=True)
        ]

    def frame(self, first: int, until: int, indicator: Indicator) -> pd.DataFrame:
        """Some of them as a frame, its columns the symbols."""
        span = slice(first, until)
        index = pd.DatetimeIndex(_ns(self.times[span]), tz="UTC", name="time", copy=False)
        return pd.DataFrame(self.closes[span], index=index, columns=list(indicator.symbols))


def _ns(ms: Floats) -> np.ndarray[Any, np.dtype[np.int64]]:
    # A float of ms is not exact to the nanosecond, and bars open on whole microseconds.
    return np.round(ms * 1_000).astype(np.int64) * 1_000


def _bars(symbol: str, feed: Any, bars: Bars, others: Mapping[str, Bars]) -> Bars:
    if symbol in others:
        return others[symbol]
    found: Bars = bars if symbol == bars.symbol else feed.bars(bars.interval)[symbol]
    return found
