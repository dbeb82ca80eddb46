"""A signal along a feed's bars, and what came after it: counted at each bar's close, once.

History counts at once, in one pass, then bar by bar. A bar is counted as it was when it had
closed, as one would have traded on it; a signal that is another one later is not counted
again but told as repainted. A function sees closed bars alone, so that one that peeks into
the next bar gains nothing live. It runs apart, as in a chart. Used by follow.
"""

from __future__ import annotations

from collections.abc import Mapping
from threading import Lock

import numpy as np
import pandas as pd

from livefin.chart.apart import Apart
from livefin.chart.overlays import words
from livefin.chart.source import Bars, ChartFeed
from livefin.indicators.contract import NAN, Floats, Indicator, Line
from livefin.indicators.live.along import along
from livefin.indicators.live.news import News
from livefin.indicators.live.track import Track
from livefin.research.outcome import Outcome
from livefin.research.tally import Tally, signs_of

PATIENCE = 0.02
"""Seconds that a turn waits for what runs apart."""


class ClosedBars:
    """Bars without the one that is forming.

    >>> from livefin.bars import TimeBars
    >>> from livefin.events import Trade
    >>> bars = TimeBars("ABC", "1s")
    >>> for second in range(3):
    ...     bars.update(Trade("ABC", second * 10**9, 0, 1.0, 1.0))
    >>> len(bars.df), len(ClosedBars(bars).df)
    (3, 2)
    """

    def __init__(self, bars: Bars) -> None:
        self.symbol, self.interval, self.interval_ns = bars.symbol, bars.interval, bars.interval_ns
        self.reader, self.read = bars.reader, bars.read
        self._bars = bars

    @property
    def df(self) -> pd.DataFrame:
        """As that of the bars."""
        df = self._bars.df
        return df.iloc[:-1] if len(df) and not df["closed"].iloc[-1] else df


class Following:
    """`signal` along `bars`, of which `tally` counts what came after.

    >>> from livefin.bars import TimeBars
    >>> from livefin.events import Trade
    >>> from livefin.indicators import ta
    >>> bars = TimeBars("ABC", "1s")
    >>> for second, price in enumerate([10.0, 11.0, 12.1, 12.1]):
    ...     bars.update(Trade("ABC", second * 10**9, 0, price, 1.0))
    >>> following = Following(None, ta.MOM(1), bars, Tally([1], kind="simple"))
    >>> following.update(), following.bars
    (True, 3)
    >>> following.outcome.df[["count", "pending", "mean"]].round(4).values.tolist()
    [[1.0, 1.0, 0.1]]
    """

    def __init__(self, feed: ChartFeed, signal: Indicator, bars: Bars, tally: Tally) -> None:
        self.feed, self.signal = feed, signal
        self.error = ""
        """What the signal last raised, in words."""
        self.bars = self.live = 0
        """Bars counted, and how many of them live."""
        self.fired = 0
        """Signals that came live."""
        self._bars, self._tally = bars, tally
        self._alone = signal.source == "bars" and not signal.incremental
        """It is computed of closed bars alone."""
        self._updated = along(signal, feed, ClosedBars(bars) if self._alone else bars)
        self._reader = bars.reader()
        self._apart = None if signal.trusted else Apart(self._tails)
        self._track = Track()
        self._first: int | None = None
        """Ordinal of the first bar counted."""
        self._next = 0
        """That of the next to count."""
        self._counted = Track()
        """Signs as they were counted, of the bars held."""
        self._repainted: set[int] = set()
        self._lock = Lock()

    @property
    def outcome(self) -> Outcome:
        """What came after the signal so far. From any thread."""
        with self._lock:
            return self._tally.outcome

    @property
    def repainted(self) -> int:
        """Bars held whose signal has become another one after it was counted."""
        return len(self._repainted)

    def update(self, seconds: float = PATIENCE) -> bool:
        """Take what is new; whether all of it could be taken in so many seconds."""
        if self._apart is None:
            try:
                self._take(self._tails())
            except Exception as error:  # noqa: BLE001 - it is shown, and the next bar tries again
                self.error = words(self.signal.name, error)
            return True
        self._apart.ask()
        self._apart.wait(seconds)
        over, result = not self._apart.running, self._apart.take()
        if result is not None:
            tails, raised = result
            if raised is not None:
                self.error = words(self.signal.name, raised)
            self._take(tails)
        return over

    def close(self) -> None:
        """Run nothing more; the figures stay. Twice is fine."""
        if self._apart is not None:
            self._apart.close()

    def join(self, timeout: float = 5.0) -> None:
        """Wait until no thread is left."""
        if self._apart is not None:
            self._apart.join(timeout)

    def _tails(self) -> Mapping[str, Line]:
        return self._updated.take(News.read(self._bars, self._reader))

    def _take(self, tails: Mapping[str, Line]) -> None:
        if not tails:
            return
        self.error = ""
        output = next(iter(self._updated.indicator.outputs), next(iter(tails)))
        if output not in tails:
            return
        tail = tails[output]
        self._track.put(tail)
        # Else the last value may be that of a forming bar, and those before it are of closed ones.
        end = self._track.first + len(self._track.array) - (not self._alone)
        if self._first is None or tail.first < self._first:
            self._begin(end)
            return
        self._compare(tail)
        if end > self._next:
            self._go_on(end)

    def _begin(self, end: int) -> None:
        """Count all bars before `end`, as older ones have come."""
        rows = self._bars.read(None, end)
        closes = rows.columns["close"]
        signs = self._signs(rows.first, rows.first + len(closes))
        with self._lock:
            if len(closes):
                self._tally.begin(signs, closes)
        self._first, self._next = rows.first, rows.first + len(closes)
        self.bars = len(closes)
        self._counted, self._repainted = Track(), set()
        self._counted.put(Line(rows.first, signs))

    def _go_on(self, end: int) -> None:
        rows = self._bars.read(self._next, end)
        closes = rows.columns["close"]
        signs = self._signs(rows.first, rows.first + len(closes))
        with self._lock:
            # Bars that came and went unseen have no outcome, and none reaches across them.
            for _ in range(min(rows.first - self._next, max(self._tally.horizons))):
                self._tally.update(NAN, NAN)
            for close, sign in zip(closes.tolist(), signs.tolist(), strict=True):
                self._tally.update(close, sign)
        self._next = rows.first + len(closes)
        self.bars += len(closes)
        self.live += len(closes)
        self.fired += int(np.count_nonzero(signs))
        self._counted.put(Line(rows.first, signs))
        self._counted.drop(rows.held)
        self._track.drop(rows.held)
        self._repainted = {ordinal for ordinal in self._repainted if ordinal >= rows.held}

    def _compare(self, tail: Line) -> None:
        """Note which bars that were counted have another signal now."""
        first = max(tail.first, self._counted.first)
        before = self._counted.array[first - self._counted.first :]
        now = self._signs(first, first + len(before))
        for i, (old, new) in enumerate(zip(before.tolist(), now.tolist(), strict=True), first):
            (self._repainted.add if old != new else self._repainted.discard)(i)

    def _signs(self, first: int, end: int) -> Floats:
        """1, 0 or -1 at the bars from `first` on and before `end`; 0 where there is no value."""
        found = np.zeros(max(0, end - first))
        line = self._track.line
        low = max(first, line.first)
        values = line.array[low - line.first : max(low, end) - line.first]
        found[low - first : low - first + len(values)] = signs_of(values)
        return found
