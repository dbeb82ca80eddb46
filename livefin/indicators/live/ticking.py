"""An indicator of trades, quotes or books kept up to date along a feed, and read at its bars.

The counterpart of running.py. Each row that the feed has written is given to the indicator
once; at a bar stands the value after the last row before the bar's end (closing.py), so that
a paint costs what came since the last one, and a bar tells nothing that was learnt after it.
The forming bar has the value of now, for as long as the bar lasts. No thread, no clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from livefin.bars import BarColumns
from livefin.booktape import BookTape
from livefin.errors import IndicatorError
from livefin.frames import RollingFrame
from livefin.indicators.contract import Indicator, Line
from livefin.indicators.flow.quoted import quoted
from livefin.indicators.live.closing import Closings
from livefin.indicators.live.cursor import Cursor, Fresh
from livefin.indicators.live.news import Bars, News
from livefin.indicators.rows import rows as rows_of
from livefin.readings import Readings

CHANNELS = {
    "trades": ("trades", "agg_trades"),
    "quoted": ("trades", "agg_trades"),
    "quotes": ("quotes", "book", "orders"),
    "book": ("book", "orders"),
}
"""What a feed must be subscribed to, for an indicator of each source: any of these."""
BESIDE = {"quoted": "quotes"}
"""Another source that it takes besides."""
NO_QUOTES = pd.DataFrame({"bid": [], "ask": []}, pd.DatetimeIndex([], tz="UTC"))
DEPTH = 10
"""Levels of the book for an indicator that does not say in `params` how deep it looks."""


class TimedBars(Bars, Protocol):
    """Bars of one symbol that are all as long."""

    symbol: str
    interval_ns: int


class Ticking:
    """One indicator on one symbol's trades, quotes or book, at the bars of `bars`.

    A value stands until the next row: a bar without a row of its own repeats the one before,
    and bars before the first row are NaN. Trades are the aggregated ones where the feed has
    no others, quotes the best prices of the book where it has none. A book is sampled on
    the feed's own thread by `feed.book_tape(symbol, every)`, in as many levels as the
    indicator's `depth` parameter says; with `every=None` there is a row for every change,
    which costs the feed more. The tape ends with the last indicator that reads it. An
    indicator of "quoted" is given trades with the quote that stood before each
    (flow/quoted.py), whenever the two are read.

    Rows that came late, after rows of a later time, count as of the time that was reached by
    then: they change no bar that is over. `missed` counts rows that left the feed's frame
    before they were read, as when there was no `take` for long; what is added up over
    all rows (CVD) lacks them from there on.

    Raises IndicatorError for an indicator of bars, and where the feed is not subscribed to
    what the indicator needs.

    >>> import livefin as lf
    >>> from livefin.indicators.flow.delta import CVD
    >>> from livefin.indicators.live.news import News
    >>> feed = lf.push("example", "ABC")
    >>> bars = feed.bars("1s")["ABC"]
    >>> ticking, reader = Ticking(CVD(), feed, bars), bars.reader()
    >>> for second, side in ((0, "buy"), (0.4, "buy"), (1.2, "sell")):
    ...     feed.append_trade("ABC", 10.0, 2.0, side, time=1.7e9 + second)
    >>> ticking.take(News.read(bars, reader))["cvd"], ticking.missed
    (Line(first=0, array=array([4., 2.])), 0)
    >>> feed.close()
    """

    def __init__(
        self, indicator: Indicator, feed: Readings, bars: TimedBars, *, every: str | None = "100ms"
    ) -> None:
        if indicator.source not in CHANNELS:
            raise IndicatorError(
                f"{indicator.name} takes {indicator.source}; run it with Running, not Ticking"
            )
        beside = BESIDE.get(indicator.source)
        there = {s.channel.partition(":")[0] for s in feed.subscriptions if s.symbol == bars.symbol}
        for needed in (CHANNELS[source] for source in (indicator.source, beside) if source):
            if there and not there.intersection(needed):
                raise IndicatorError(
                    f"{indicator.name} needs the {needed[0]} of {bars.symbol}, and the feed has "
                    f"{', '.join(sorted(there))}; connect with channels=[..., {needed[0]!r}]"
                )
        self.indicator = indicator.copy()
        self._feed, self._bars, self._every = feed, bars, every
        self._tape: BookTape | None = None
        self._begun = False
        self._closings = Closings(len(indicator.outputs), bars.interval_ns)
        self._newest: int | None = None
        """Ordinal of the newest bar that was given."""
        self._beside = beside
        if beside:
            self._frame(beside)  # the tape of a book begins now
        frame = self._frame(indicator.source)
        self._cursor = None if frame is None else Cursor(frame)

    @property
    def missed(self) -> int:
        """Rows that were dropped from the feed's frame before they were read."""
        return 0 if self._cursor is None else self._cursor.missed

    def take(self, news: News) -> Mapping[str, Line]:
        """The changed tail of each output, by the bars' ordinals; none when nothing changed.

        `news` is of the bars; what is new of trades, quotes or books is looked up here.
        """
        since = self._take()
        tail = self._bars.read() if news.older or self._newest is None else news.changed
        if tail is not None and not len(tail.columns["time"]):
            tail = None
        if since is not None:
            tail = self._reaching(since, tail)
        if tail is None:
            return {}
        self._newest = tail.first + len(tail.columns["time"]) - 1
        values = self._closings.at(_openings(tail))
        pairs = zip(self.indicator.outputs, values, strict=True)
        return {output: Line(tail.first, array) for output, array in pairs}

    def _take(self) -> int | None:
        """Give the indicator all new rows; when the first interval opens that they change."""
        frame = self._frame(self.indicator.source)
        if frame is None:
            return None
        if self._cursor is None:
            self._cursor = Cursor(frame)  # in a replay, rows are there from their first event on
        fresh = self._cursor.read()
        return None if fresh is None else self._closings.put(fresh.times, self._values(fresh))

    def _values(self, fresh: Fresh) -> NDArray[np.float64]:
        df = None
        if self._beside:
            # Read after the trades: whatever arrived before one of them is there by now.
            quotes = self._frame(self._beside)
            df = quoted(fresh.df, NO_QUOTES if quotes is None else quotes.df)
        source = self.indicator.source
        if not self._begun:
            self._begun = True
            return self.indicator.begin(fresh.df if df is None else df).to_numpy(np.float64)
        given = fresh.rows(source) if df is None else rows_of(df, source)
        return np.array([self.indicator.update(row) for row in given], dtype=np.float64)

    def _reaching(self, since: int, tail: BarColumns | None) -> BarColumns | None:
        """The bars that open at `since` or later, and `tail`, which goes to the newest one."""
        first = self._newest if tail is None else tail.first
        if first is None or (tail is not None and _openings(tail)[0] <= since):
            return tail
        step = 0 if tail is None else 1
        while True:  # quotes and trades come on their own: a few bars back may have changed
            rows = self._bars.read(first - step)
            openings = _openings(rows)
            if not len(openings) or openings[-1] < since:
                return tail
            if openings[0] <= since or rows.first == rows.held:
                break
            step = 2 * step + 1
        skip = int(np.searchsorted(openings, since))
        if tail is not None:
            skip = min(skip, max(0, tail.first - rows.first))
        columns = {name: array[skip:] for name, array in rows.columns.items()}
        return rows._replace(first=rows.first + skip, columns=columns)

    def _frame(self, source: str) -> RollingFrame | None:
        """Where the rows of a source are; None before their first event, in a replay.

        Asked every time, since a push feed takes what was appended when it is looked at.
        """
        feed, symbol = self._feed, self._bars.symbol
        for channel in CHANNELS[source]:
            if channel in ("book", "orders"):
                if symbol in (feed.book if channel == "book" else feed.mbo):
                    return self._sampled().frame
            elif symbol in feed.tables[channel]:
                return feed.tables[channel][symbol]
        return None

    def _sampled(self) -> BookTape:
        if self._tape is None:
            deep = self.indicator.source == "book"
            levels = self.indicator.params.get("depth", DEPTH) if deep else 0
            self._tape = self._feed.book_tape(
                self._bars.symbol, self._every, levels=levels, keep=False
            )
        return self._tape


def _openings(rows: BarColumns) -> NDArray[np.int64]:
    # A float of ms is not exact to the nanosecond, and bars open on whole microseconds.
    return np.round(rows.columns["time"] * 1_000).astype(np.int64) * 1_000
