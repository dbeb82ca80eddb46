"""Where the close stands among the last ones, by mean and deviation. Of onestep's kind.

TA-Lib's BBANDS are the bands themselves; the z-score of a pair of symbols is in comovement.
"""

from __future__ import annotations

from abc import abstractmethod
from math import sqrt

from livefin.indicators.bars.onestep import OneStep, factor, length
from livefin.indicators.bars.smoothing import take
from livefin.indicators.contract import NAN, BarRow, Values
from livefin.indicators.windows import WindowMoments

CLOSES = length("n", 20, "closes in mean and deviation")
WIDTH = factor("width", 2.0, "deviations from the mean to a band", low=0.01)


class _Standing(OneStep):
    """What follows from a close, and from the mean and population deviation of the last `n`."""

    def _begin(self, n: int) -> None:
        self.lookback = self.warm_up = n - 1
        self.reset()

    def reset(self) -> None:
        """Forget all bars."""
        self._moments = WindowMoments(self.params["n"])

    def step(self, row: BarRow, keep: bool) -> Values:
        """The value at a bar."""
        mean, variance = take(self._moments, keep)(row.close)
        return (self._value(row.close, mean, sqrt(variance)),)

    @abstractmethod
    def _value(self, close: float, mean: float, deviation: float) -> float:
        """What it is, NaN where one of them is."""


class ZScore(_Standing):
    """How many deviations the close is from the mean of the last `n`; NaN where they are equal.

    The deviation is the population's, divided by n.

    Source: https://dotnet.stockindicators.dev/indicators/StdDev.

    >>> score = ZScore(2)
    >>> [score.update(BarRow(i, x, x, x, x, 1.0)) for i, x in enumerate((1.0, 3.0))]
    [(nan,), (1.0,)]
    """

    outputs = ("zscore",)
    levels = (-2.0, 0.0, 2.0)
    parameters = (CLOSES,)

    def __init__(self, n: int = 20) -> None:
        self._set(n=n)
        self._begin(n)

    def _value(self, close: float, mean: float, deviation: float) -> float:
        return (close - mean) / deviation if deviation != 0 else NAN


class PercentB(_Standing):
    """Bollinger's %b: where the close is in the bands, 0 at the lower and 1 at the upper one.

    The bands are TA-Lib's BBANDS, `width` population deviations from the mean of `n` closes.
    NaN where they have no width.

    Source: Bollinger, "Bollinger on Bollinger Bands" (2001), chapter 8.

    >>> percent = PercentB(2, width=1.0)
    >>> [percent.update(BarRow(i, x, x, x, x, 1.0)) for i, x in enumerate((1.0, 3.0))]
    [(nan,), (1.0,)]
    """

    outputs = ("percent_b",)
    levels = (0.0, 0.5, 1.0)
    parameters = (CLOSES, WIDTH)

    def __init__(self, n: int = 20, *, width: float = 2.0) -> None:
        self._set(n=n, width=width)
        self._width = width
        self._begin(n)

    def _value(self, close: float, mean: float, deviation: float) -> float:
        return 0.5 + (close - mean) / (2 * self._width * deviation) if deviation != 0 else NAN


class BandWidth(_Standing):
    """Bollinger's BandWidth: how far the bands are apart, as a share of the mean between them.

    QuantConnect Lean has it in percent. NaN where the mean is 0.

    Source: Bollinger, "Bollinger on Bollinger Bands" (2001), chapter 8.

    >>> width = BandWidth(2, width=1.0)
    >>> [width.update(BarRow(i, x, x, x, x, 1.0)) for i, x in enumerate((1.0, 3.0))]
    [(nan,), (1.0,)]
    """

    outputs = ("bandwidth",)
    parameters = (CLOSES, WIDTH)

    def __init__(self, n: int = 20, *, width: float = 2.0) -> None:
        self._set(n=n, width=width)
        self._width = width
        self._begin(n)

    def _value(self, close: float, mean: float, deviation: float) -> float:  # noqa: ARG002 - as the others
        return 2 * self._width * deviation / mean if mean != 0 else NAN
