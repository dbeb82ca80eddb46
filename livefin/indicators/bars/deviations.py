"""How far the price is from where its past has it: a channel along its line, and spikes.

Of onestep's kind. What holds at a bar is made of bars up to it, and never drawn anew.
"""

from __future__ import annotations

from collections import deque
from math import fsum, isfinite, sqrt
from types import MappingProxyType

from livefin.indicators.bars.onestep import OneStep, choice, factor, length
from livefin.indicators.bars.realised import log_ratio
from livefin.indicators.bars.smoothing import take
from livefin.indicators.contract import NAN, BarRow, Values
from livefin.indicators.windows import WindowMoments


class RegressionChannel(OneStep):
    """Regression channel: the end of the line of least squares, `width` deviations around it.

    At each bar the line is that of the last `n` closes, and `middle` where it ends: TA-Lib's
    LINEARREG. The deviation is that of the closes from their mean, as in QuantConnect Lean
    and Stock.Indicators, or with `deviation="line"` from the line itself; divided by n.
    Stock.Indicators draws straight pieces of `n` bars back from the last one, which move with
    every new bar; what they show at the last bar is this. Each bar costs O(n).

    Source: http://www.onlinetradingconcepts.com/TechnicalAnalysis/LinRegChannel.html, as
    named by Lean; Draper, Smith, "Applied Regression Analysis" (1998), chapter 1.

    >>> channel = RegressionChannel(3, width=1.0, deviation="line")
    >>> closes = enumerate((1.0, 2.0, 3.0))
    >>> [channel.update(BarRow(i, x, x, x, x, 1.0)) for i, x in closes][-1]
    (3.0, 3.0, 3.0)
    """

    outputs = ("upper", "middle", "lower")
    pane = "price"
    parameters = (
        length("n", 20, "closes in the line", low=2),
        factor("width", 2.0, "deviations from the line to the channel's edge"),
        choice("deviation", ("mean", "line"), "of the closes from what"),
    )

    def __init__(self, n: int = 20, *, width: float = 2.0, deviation: str = "mean") -> None:
        self._set(n=n, width=width, deviation=deviation)
        self._n, self._width, self._line = n, width, deviation == "line"
        # Whole numbers, oldest first, of n (n + 1) parts, and of n (n * n - 1) / 6; as parts of
        # a power of two, which are exact, so that no sum is too large.
        self._parts = 1 << (8 * n * n).bit_length()
        self._ends = [(6 * i + 4 - 2 * n) / self._parts for i in range(n)]
        self._slopes = [(2 * i - n + 1) / self._parts for i in range(n)]
        self.lookback = self.warm_up = n - 1
        self.reset()

    def reset(self) -> None:
        """Forget all bars."""
        self._closes: deque[float] = deque(maxlen=self.params["n"])
        self._moments = WindowMoments(self.params["n"])

    def step(self, row: BarRow, keep: bool) -> Values:
        """The channel at a bar."""
        n, close = self._n, row.close
        held = [*self._closes, close][-n:]
        variance = NAN if self._line else take(self._moments, keep)(close).variance
        if keep:
            self._closes.append(close)
        if len(held) < n:
            return self._nothing
        middle = _weighed(self._ends, held) * self._parts / (n * (n + 1))
        if self._line:
            slope = _weighed(self._slopes, held) * self._parts * 6 / (n * (n * n - 1))
            back = range(n - 1, -1, -1)
            off = [x - middle + i * slope for i, x in zip(back, held, strict=True)]
            variance = fsum(x * x for x in off) / n
        away = self._width * sqrt(variance)
        return middle + away, middle, middle - away


def _weighed(weights: list[float], values: list[float]) -> float:
    return fsum(weight * value for weight, value in zip(weights, values, strict=True))


class PriceSpike(OneStep):
    """Augen's price spike: the last change of the close, in deviations of those before it.

    The deviation is that of the `n` changes of the logarithm before the last one, divided by
    n, and taken of the close before; NaN where those were all the same. QuantConnect Lean's
    AugenPriceSpike counts closes: its 22 are 20 here.

    Source: Augen, "The Volatility Edge in Options Trading" (2008), chapter 3.

    >>> spike = PriceSpike(2)
    >>> closes = enumerate((10.0, 11.0, 11.0, 12.0))
    >>> [round(spike.update(BarRow(i, x, x, x, x, 1.0))[0], 6) for i, x in closes]
    [nan, nan, nan, 1.907647]
    """

    outputs = ("spike",)
    kinds = MappingProxyType({"spike": "histogram"})
    levels = (-2.0, 0.0, 2.0)
    parameters = (length("n", 20, "changes in the deviation", low=2),)

    def __init__(self, n: int = 20) -> None:
        self._set(n=n)
        self.lookback = self.warm_up = n + 1
        self.reset()

    def reset(self) -> None:
        """Forget all bars."""
        self._last = NAN
        self._moments = WindowMoments(self.params["n"])

    def usable(self, row: BarRow) -> bool:
        """Whether there is a close above 0."""
        return isfinite(row.close) and row.close > 0

    def step(self, row: BarRow, keep: bool) -> Values:
        """The spike at a bar."""
        close, last = row.close, self._last
        variance = self._moments.value.variance
        if keep:
            self._last = close
        if last != last:  # noqa: PLR0124 - the first bar
            return self._nothing
        if keep:
            self._moments.push(log_ratio(close, last))
        return ((close - last) / last / sqrt(variance) if variance > 0 else NAN,)
