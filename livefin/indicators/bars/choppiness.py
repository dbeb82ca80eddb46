"""How much of its way a market gets on, and how deep it has fallen. Of onestep's kind."""

from __future__ import annotations

from collections import deque
from math import fsum, isfinite, log, log1p, sqrt
from typing import ClassVar

from livefin.indicators.bars.onestep import FIRST_RANGE, OneStep, choice, length
from livefin.indicators.bars.smoothing import TrueRange, take
from livefin.indicators.contract import BarRow, Values
from livefin.indicators.windows import WindowMax, WindowMin, WindowSum

STRAIGHT = 1.1
"""A way at most so many times as long as the distance is looked at to the last digit."""


class Choppiness(OneStep):
    """Choppiness index: the way gone in `n` bars against the distance, 0 trending, 100 choppy.

    100 * log10(sum of true ranges / (highest - lowest)) / log10(n). With `extremes="true"` the
    highest and lowest also reach to the close before each bar, which keeps it at 100 or
    below. A market that did not move at all is at 100.

    Source: E. W. Dreiss, as given at
    https://library.tradingtechnologies.com/trade/chrt-ti-choppiness-index.html.

    >>> choppiness = Choppiness(2)
    >>> bars = [BarRow(i, 1.0, 2.0, 1.0, 1.5, 1.0) for i in range(3)]
    >>> [choppiness.update(bar) for bar in bars]
    [(nan,), (nan,), (100.0,)]
    """

    outputs = ("choppiness",)
    levels = (38.2, 61.8)
    needs: ClassVar = ("high", "low", "close")
    parameters = (
        length("n", 14, "bars in the window", low=2),
        choice("extremes", ("plain", "true"), "highs and lows, or true ones"),
        FIRST_RANGE,
    )

    def __init__(self, n: int = 14, *, extremes: str = "plain", first_range: bool = False) -> None:
        self._set(n=n, extremes=extremes, first_range=first_range)
        self._true = extremes == "true"
        self._n, self._scale = n, log(n)
        self.lookback = n - first_range
        self.warm_up = n
        self.reset()

    def reset(self) -> None:
        """Forget all bars."""
        n = self.params["n"]
        self._range = TrueRange(first=self.params["first_range"])
        self._way = WindowSum(n)
        self._spans: deque[tuple[float, float]] = deque(maxlen=n)
        """From where to where each true range goes."""
        self._high, self._low = WindowMax(n), WindowMin(n)

    def step(self, row: BarRow, keep: bool) -> Values:
        """The index at a bar."""
        last = self._range.close
        way = take(self._range, keep)(row)
        span = (max(row.high, last), min(row.low, last)) if isfinite(last) else (row.high, row.low)
        high = take(self._high, keep)(span[0] if self._true else row.high)
        low = take(self._low, keep)(span[1] if self._true else row.low)
        if way != way:  # noqa: PLR0124 - the first bar, which has no range
            return self._nothing
        total = take(self._way, keep)(way)
        spans = self._spans
        if keep:
            spans.append(span)
        if total != total:  # noqa: PLR0124
            return self._nothing
        if not high > low:
            return (100.0,)
        ratio = total / (high - low)
        if ratio > STRAIGHT:
            return (100 * log(ratio) / self._scale,)
        # What the way is longer than the distance may be smaller than what rounding took off.
        held = spans if keep else [*spans, span][-self._n :]
        ends = [x for top, bottom in held for x in (top, -bottom)]
        return (100 * log1p(fsum((*ends, -high, low)) / (high - low)) / self._scale,)


class EfficiencyRatio(OneStep):
    """Kaufman's efficiency ratio: how far the close got in `n` bars, of the way it went; 0 to 1.

    A market that did not move at all is at 0.

    Source: Kaufman, "Smarter Trading" (1995), as given at
    https://www.sierrachart.com, "Kaufman Efficiency Ratio".

    >>> ratio = EfficiencyRatio(2)
    >>> closes = enumerate((10.0, 13.0, 12.0))
    >>> [ratio.update(BarRow(i, x, x, x, x, 1.0)) for i, x in closes]
    [(nan,), (nan,), (0.5,)]
    """

    outputs = ("efficiency",)
    parameters = (length("n", 10, "bars in the window"),)

    def __init__(self, n: int = 10) -> None:
        self._set(n=n)
        self._n = n
        self.lookback = self.warm_up = n
        self.reset()

    def reset(self) -> None:
        """Forget all bars."""
        self._closes: deque[float] = deque(maxlen=self.params["n"])
        """Those before the last one's bar."""
        self._way = WindowSum(self.params["n"])

    def step(self, row: BarRow, keep: bool) -> Values:
        """The ratio at a bar."""
        closes, close = self._closes, row.close
        way = take(self._way, keep)(abs(close - closes[-1])) if closes else 0.0
        first = closes[0] if len(closes) == self._n else None
        if keep:
            closes.append(close)
        if first is None:
            return self._nothing
        return (abs(close - first) / way if way > 0 else 0.0,)


class Ulcer(OneStep):
    """Ulcer index: root mean square of the falls below the highest close, in percent.

    For each of the last `n` closes the fall is that below the highest of those before it in
    the window. Each bar costs O(n): every fall changes when the window's first high leaves.

    Source: Martin, McCann, "The Investor's Guide to Fidelity Funds" (1989);
    http://www.tangotools.com/ui/ui.htm.

    >>> ulcer = Ulcer(2)
    >>> closes = enumerate((10.0, 8.0))
    >>> [round(ulcer.update(BarRow(i, x, x, x, x, 1.0))[0], 9) for i, x in closes]
    [nan, 14.142135624]
    """

    outputs = ("ulcer",)
    parameters = (length("n", 14, "bars in the window"),)

    def __init__(self, n: int = 14) -> None:
        self._set(n=n)
        self._n = n
        self.lookback = self.warm_up = n - 1
        self.reset()

    def reset(self) -> None:
        """Forget all bars."""
        self._closes: deque[float] = deque(maxlen=self.params["n"])

    def usable(self, row: BarRow) -> bool:
        """Whether there is a close above 0."""
        return isfinite(row.close) and row.close > 0

    def step(self, row: BarRow, keep: bool) -> Values:
        """The index at a bar."""
        closes = self._closes
        if keep:
            closes.append(row.close)
            held = list(closes)
        else:
            held = [*closes, row.close][-self._n :]
        if len(held) < self._n:
            return self._nothing
        high, total = 0.0, 0.0
        for close in held:
            high = max(high, close)
            fall = (high - close) / high
            total += fall * fall
        return (100 * sqrt(total / self._n),)
