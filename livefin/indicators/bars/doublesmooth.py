"""Oscillators of oscillators, smoothed twice: Schaff's, Leibfarth's and Brown's.

Of onestep's kind; StochRSI and Connors' RSI are in strength.
"""

from __future__ import annotations

from math import tanh
from types import MappingProxyType
from typing import ClassVar

from livefin.indicators.bars.onestep import OneStep, length
from livefin.indicators.bars.smoothing import Ema, Moves, Sma, strength, take
from livefin.indicators.contract import NAN, BarRow, Values
from livefin.indicators.windows import WindowMax, WindowMin

QUICK = 0.5
"""Schaff's weight of the newest place."""


class _Place:
    """Where a number stands in the range of the last `n`, 0 to 100, and a quick average of it.

    A range of nothing leaves it at the place before.
    """

    def __init__(self, n: int) -> None:
        self._high, self._low = WindowMax(n), WindowMin(n)
        self._place = 0.0
        self._average = Ema(1, QUICK)

    @property
    def memory(self) -> int:
        """Numbers after which what came before does not matter."""
        return self._high.n + self._average.memory

    def push(self, x: float) -> float:
        """Take one more; the average with it."""
        place = self._at(x, self._high.push(x), self._low.push(x))
        if place != place:  # noqa: PLR0124 - NaN, and quicker than isnan
            return NAN
        self._place = place
        return self._average.push(place)

    def peek(self, x: float) -> float:
        """The average were `x` pushed."""
        place = self._at(x, self._high.peek(x), self._low.peek(x))
        return self._average.peek(place) if place == place else NAN  # noqa: PLR0124

    def _at(self, x: float, high: float, low: float) -> float:
        if high != high:  # noqa: PLR0124
            return NAN
        return 100 * (x - low) / (high - low) if high > low else self._place


class SchaffTrendCycle(OneStep):
    """Schaff trend cycle: where the MACD stands in its range, taken twice; 0 to 100.

    The MACD is the difference of two exponential averages that begin with the mean of their
    first closes. Its place in its range of `n` bars is averaged, half of it the newest; the
    place of that average in its own range, averaged alike, is the cycle. A range of nothing
    leaves a place where it was. QuantConnect Lean does the same with places of 0 there;
    Stock.Indicators takes one place alone and means of 3, which is
    `chain(chain(ta.MACD(23, 50), ta.STOCHF(10)), ta.SMA(3))`.

    Source: Schaff (1999), as given at
    https://www.prorealcode.com/prorealtime-indicators/schaff-trend-cycle2.

    >>> cycle = SchaffTrendCycle(2, fast=1, slow=2)
    >>> closes = enumerate((1.0, 2.0, 4.0, 8.0, 8.0))
    >>> [cycle.update(BarRow(i, x, x, x, x, 1.0))[0] for i, x in closes]
    [nan, nan, nan, 0.0, 0.0]
    """

    outputs = ("stc",)
    levels = (25.0, 75.0)
    parameters = (
        length("n", 10, "bars in the ranges", low=2),
        length("fast", 23, "bars in the fast average"),
        length("slow", 50, "bars in the slow average"),
    )

    def __init__(self, n: int = 10, *, fast: int = 23, slow: int = 50) -> None:
        self._set(n=n, fast=fast, slow=slow)
        self.reset()
        self.lookback = max(fast, slow) - 1 + 2 * (n - 1)
        # A place is of ranges that are much smaller than the price.
        longest = max(self._fast.memory, self._slow.memory)
        self.warm_up = 2 * longest + self._first.memory + self._second.memory

    def reset(self) -> None:
        """Forget all bars."""
        self._fast, self._slow = Ema(self.params["fast"]), Ema(self.params["slow"])
        self._first, self._second = _Place(self.params["n"]), _Place(self.params["n"])

    def step(self, row: BarRow, keep: bool) -> Values:
        """The cycle at a bar."""
        value = take(self._fast, keep)(row.close) - take(self._slow, keep)(row.close)
        for part in (self._first, self._second):
            if value != value:  # noqa: PLR0124
                return self._nothing
            value = take(part, keep)(value)
        return (value,)


class PremierStochastic(OneStep):
    """Leibfarth's premier stochastic: a smoothed stochastic, drawn to its ends; -1 to 1.

    Where the close stands in the range of `n` bars, from -5 to 5, is averaged exponentially
    over `smooth` bars twice; the oscillator is the hyperbolic tangent of half of that. A
    market without a range is at the bottom.

    Source: Leibfarth, "Premier stochastic oscillator", Technical Analysis of Stocks &
    Commodities 26:8 (2008).

    >>> stochastic = PremierStochastic(1, smooth=1)
    >>> stochastic.update(BarRow(0, 1.0, 3.0, 1.0, 2.0, 1.0))
    (0.0,)
    """

    outputs = ("pso",)
    levels = (-0.9, -0.2, 0.2, 0.9)
    needs: ClassVar = ("high", "low", "close")
    parameters = (
        length("n", 8, "bars in the range"),
        length("smooth", 5, "bars of each smoothing"),
    )

    def __init__(self, n: int = 8, *, smooth: int = 5) -> None:
        self._set(n=n, smooth=smooth)
        self.reset()
        self.lookback = n - 1 + 2 * (smooth - 1)
        self.warm_up = n + 2 * self._first.memory

    def reset(self) -> None:
        """Forget all bars."""
        n, smooth = self.params["n"], self.params["smooth"]
        self._high, self._low = WindowMax(n), WindowMin(n)
        self._first, self._second = Ema(smooth), Ema(smooth)

    def step(self, row: BarRow, keep: bool) -> Values:
        """The oscillator at a bar."""
        high, low = take(self._high, keep)(row.high), take(self._low, keep)(row.low)
        if high != high:  # noqa: PLR0124
            return self._nothing
        place = (row.close - low) / (high - low) if high > low else 0.0
        once = take(self._first, keep)(10 * place - 5)
        if once != once:  # noqa: PLR0124
            return self._nothing
        return (tanh(take(self._second, keep)(once) / 2),)


class DerivativeOscillator(OneStep):
    """Brown's derivative oscillator: the RSI smoothed twice, less its own mean.

    The RSI of `rsi` changes is averaged exponentially over `first` and then over `second` bars;
    the oscillator is that line less its mean over `signal` bars.

    Source: Brown, "Technical Analysis for the Trading Professional" (1999).

    >>> oscillator = DerivativeOscillator(1, first=1, second=1, signal=2)
    >>> closes = enumerate((1.0, 2.0, 1.0))
    >>> [oscillator.update(BarRow(i, x, x, x, x, 1.0))[0] for i, x in closes]
    [nan, nan, -50.0]
    """

    outputs = ("oscillator",)
    kinds = MappingProxyType({"oscillator": "histogram"})
    levels = (0.0,)
    parameters = (
        length("rsi", 14, "changes in the RSI's averages"),
        length("first", 5, "bars of the first smoothing"),
        length("second", 3, "bars of the second smoothing"),
        length("signal", 9, "bars in the mean"),
    )

    def __init__(self, rsi: int = 14, *, first: int = 5, second: int = 3, signal: int = 9) -> None:
        self._set(rsi=rsi, first=first, second=second, signal=signal)
        self.reset()
        self.lookback = rsi + first + second + signal - 3
        parts = (self._moves, self._first, self._second)
        self.warm_up = sum(part.memory for part in parts) + signal

    def reset(self) -> None:
        """Forget all bars."""
        params = self.params
        self._moves = Moves(params["rsi"])
        self._first, self._second = Ema(params["first"]), Ema(params["second"])
        self._signal = Sma(params["signal"])

    def step(self, row: BarRow, keep: bool) -> Values:
        """The oscillator at a bar."""
        value = strength(*take(self._moves, keep)(row.close))
        for part in (self._first, self._second):
            if value != value:  # noqa: PLR0124
                return self._nothing
            value = take(part, keep)(value)
        if value != value:  # noqa: PLR0124
            return self._nothing
        return (value - take(self._signal, keep)(value),)
