"""An indicator kept up to date along live bars: closed bars once, the forming one by peeking.

A bar that has closed is given to `update` and never again, so that a paint costs the same
with ten bars and with a million. A late correction takes the indicator back to before it,
by its warm-up and no further. Values that bars which are held no more have given stay.
No thread, no clock. Used by the chart, by screeners and gauges.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from livefin.bars import BarColumns
from livefin.indicators.contract import BarRow, Floats, Indicator, Line
from livefin.indicators.live.news import Bars, News, frame_of, rows_of


class Running:
    """One indicator on one symbol's bars.

    With `history` its lines begin so many bars back and no further, where its warm-up has an
    end: a table that shows the last values need not go through all bars held.

    >>> from livefin.bars import TimeBars
    >>> from livefin.events import Trade
    >>> from livefin.indicators.bars.vwap import VWAP
    >>> from livefin.indicators.live.news import News
    >>> bars = TimeBars("BTC-USDT", "1s")
    >>> for second, price in enumerate([10.0, 20.0]):
    ...     bars.update(Trade("BTC-USDT", second * 10**9, 0, price, 1.0))
    >>> running = Running(VWAP(bands=()), bars)
    >>> running.take(News.read(bars, bars.reader()))["vwap"]
    Line(first=0, array=array([10., 15.]))
    """

    def __init__(self, indicator: Indicator, bars: Bars, *, history: int | None = None) -> None:
        self.indicator = indicator.copy()
        self._bars, self._history = bars, history
        self._next: int | None = None
        """Ordinal of the first bar that the indicator has not been given as closed."""

    def take(self, news: News) -> Mapping[str, Line]:
        """The changed tail of each output, by the bars' ordinals; none when nothing changed."""
        changed = news.changed
        if changed is None:
            return self._all(None) if news.older else {}
        if news.older or self._next is None:
            return self._all(changed)
        if news.few and changed.first == self._next:
            return self._on(changed, news.rows)
        warm = self.indicator.warm_up
        rows = self._bars.read(None if warm is None else changed.first - warm)
        return self._again(rows, changed.first - rows.first)

    def _on(self, changed: BarColumns, rows: list[BarRow]) -> dict[str, Line]:
        """Go on with the bars that follow those given."""
        indicator = self.indicator
        closed = rows if changed.closed else rows[:-1]
        values = []
        for ordinal, row in enumerate(closed, changed.first + 1):
            values.append(indicator.update(row))
            self._next = ordinal
        if not changed.closed:
            values.append(indicator.peek(rows[-1]))
        return self._lines(changed.first, np.array(values, dtype=np.float64).T)

    def _all(self, changed: BarColumns | None) -> dict[str, Line]:
        """Begin anew with all bars, or with those that `history` needs."""
        warm, history = self.indicator.warm_up, self._history
        end = self._next if changed is None else changed.first + len(changed.columns["time"])
        if warm is None or history is None or end is None:
            return self._again(self._bars.read(), 0)
        rows = self._bars.read(end - history - warm)
        return self._again(rows, warm if rows.first > rows.held else 0)

    def _again(self, rows: BarColumns, skip: int) -> dict[str, Line]:
        """Begin anew with `rows`; the first `skip` are history alone, whose values stay."""
        self._next = None  # should it raise, the next try begins anew as well
        count, skip = len(rows.columns["time"]), max(0, skip)
        if not count:
            return {}
        closed = count if rows.closed else count - 1
        df = frame_of(rows)
        begun = self.indicator.begin(df.iloc[:closed]).to_numpy(np.float64).T
        forming = BarColumns(
            rows.first + closed,
            rows.held,
            {name: array[closed:] for name, array in rows.columns.items()},
            rows.closed,
        )
        peeked = [self.indicator.peek(row) for row in rows_of(forming)]
        # A person's function says by its first values only how many lines it has.
        values = np.full((len(self.indicator.outputs), count), np.nan)
        values[: len(begun), :closed] = begun
        values[:, closed:] = np.array(peeked, dtype=np.float64).reshape(count - closed, -1).T
        self._next = rows.first + closed
        return self._lines(rows.first + skip, values[:, skip:])

    def _lines(self, first: int, values: Floats) -> dict[str, Line]:
        pairs = zip(self.indicator.outputs, values, strict=True)
        return {output: Line(first, array) for output, array in pairs}
