"""Channels around an average or a line of least squares. Of onestep's kind.

Those as wide as the market's ranges are in keltner.
"""

from __future__ import annotations

from collections import deque
from math import fsum, sqrt

from livefin.indicators.bars.onestep import OneStep, choice, factor, length
from livefin.indicators.bars.smoothing import AVERAGES, take
from livefin.indicators.contract import NAN, BarRow, Values
from livefin.indicators.windows import WindowMoments


class LineEnd:
    """Where the line of least squares through the last `n` numbers ends, at the newest.

    Costs O(n): no such sum can be carried over without carrying over its roundings.

    >>> end = LineEnd(3)
    >>> [end.push(x) for x in (1.0, 2.0, 6.0)]
    [nan, nan, 5.5]
    """

    def __init__(self, n: int) -> None:
        self.n = n
        self._held: deque[float] = deque(maxlen=n)
        # Of the mean of all, and of half the window's length times the slope.
        self._weights = [(6 * i - 2 * n + 4) / (n * (n + 1)) for i in range(n)]

    def push(self, x: float) -> float:
        """Take one more; the end with it."""
        self._held.append(x)
        return self._end(list(self._held))

    def peek(self, x: float) -> float:
        """The end were `x` pushed."""
        return self._end([*self._held, x][-self.n :])

    def _end(self, held: list[float]) -> float:
        if len(held) < self.n:
            return NAN
        return fsum(weight * x for weight, x in zip(self._weights, held, strict=True))


class Envelopes(OneStep):
    """Moving-average envelopes: an average of the close, and lines `percent` above and below.

    Around any other average by chaining: `ta.HMA(20) | Envelopes(1)`.

    Source: https://chartschool.stockcharts.com, "Moving Average Envelopes".

    >>> envelopes = Envelopes(2, percent=50.0)
    >>> [envelopes.update(BarRow(i, x, x, x, x, 1.0)) for i, x in enumerate((1.0, 3.0))][-1]
    (3.0, 2.0, 1.0)
    """

    outputs = ("upper", "middle", "lower")
    pane = "price"
    parameters = (
        length("n", 20, "bars in the average"),
        factor("percent", 2.5, "of the average from it to a line", high=100.0),
        choice("average", ("sma", "ema", "wilder"), "how the close is averaged"),
    )

    def __init__(self, n: int = 20, *, percent: float = 2.5, average: str = "sma") -> None:
        self._set(n=n, percent=percent, average=average)
        self._share = percent / 100
        self.reset()
        self.lookback = n - 1
        self.warm_up = self._middle.memory

    def reset(self) -> None:
        """Forget all bars."""
        self._middle = AVERAGES[self.params["average"]](self.params["n"])

    def step(self, row: BarRow, keep: bool) -> Values:
        """The lines at a bar."""
        middle = take(self._middle, keep)(row.close)
        away = self._share * middle
        return middle + away, middle, middle - away


class RegressionChannel(OneStep):
    """Regression channel: the end of a line of least squares, and deviations around it.

    `middle` is TA-Lib's LINEARREG of `n` closes; the others are `width` standard deviations of
    the closes from their mean (not from the line) away, those of a population.

    Source: https://www.quantconnect.com/docs, "Regression Channel".

    >>> channel = RegressionChannel(2, width=1.0)
    >>> [channel.update(BarRow(i, x, x, x, x, 1.0)) for i, x in enumerate((1.0, 3.0))][-1]
    (4.0, 3.0, 2.0)
    """

    outputs = ("upper", "middle", "lower")
    pane = "price"
    parameters = (
        length("n", 20, "closes in the line", low=2),
        factor("width", 2.0, "deviations from the line"),
    )

    def __init__(self, n: int = 20, *, width: float = 2.0) -> None:
        self._set(n=n, width=width)
        self._width = width
        self.lookback = self.warm_up = n - 1
        self.reset()

    def reset(self) -> None:
        """Forget all bars."""
        self._line, self._moments = LineEnd(self.params["n"]), WindowMoments(self.params["n"])

    def step(self, row: BarRow, keep: bool) -> Values:
        """The channel at a bar."""
        middle = take(self._line, keep)(row.close)
        away = self._width * sqrt(take(self._moments, keep)(row.close).variance)
        return middle + away, middle, middle - away
