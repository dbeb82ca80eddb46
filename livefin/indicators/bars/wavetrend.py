"""How far the price is from its average, in the market's own measure. Of onestep's kind."""

from __future__ import annotations

from typing import ClassVar

from livefin.indicators.bars.onestep import OneStep, length
from livefin.indicators.bars.smoothing import Ema, Sma, take
from livefin.indicators.contract import BarRow, Values

SCALE = 0.015
"""Lambert's, as in TA-Lib's CCI: most values then lie within 100 of 0."""
ROUNDING = 1e-12
"""A mean distance that is less, of the price, is one that rounding left."""


class WaveTrend(OneStep):
    """WaveTrend: the typical price's distance from its average, of what is usual, smoothed.

    The distance from an exponential average over `n` bars is divided by 0.015 times the
    average size of such distances over as many; `wave` is an exponential average of that over
    `smooth` bars, and `signal` its mean over `signal` bars. Each begins with the mean of as
    many values. A price that has long stood still is at its average.

    Source: LazyBear, https://www.tradingview.com/script/2KE8wTuF-Indicator-WaveTrend-Oscillator-WT.

    >>> wave = WaveTrend(1, smooth=1, signal=1)
    >>> [wave.update(BarRow(i, x, x + 1, x - 1, x, 1.0)) for i, x in enumerate((5.0, 9.0))]
    [(0.0, 0.0), (0.0, 0.0)]
    """

    outputs = ("wave", "signal")
    levels = (-60.0, 0.0, 60.0)
    needs: ClassVar = ("high", "low", "close")
    parameters = (
        length("n", 10, "bars in the averages of price and distance"),
        length("smooth", 21, "bars that smooth the wave"),
        length("signal", 4, "values in the signal line"),
    )

    def __init__(self, n: int = 10, *, smooth: int = 21, signal: int = 4) -> None:
        self._set(n=n, smooth=smooth, signal=signal)
        self.reset()
        self.lookback = 2 * (n - 1) + smooth - 1
        # Distances are much smaller than the price that they are taken of.
        self.warm_up = 3 * self._middle.memory + self._wave.memory + signal

    def reset(self) -> None:
        """Forget all bars."""
        n = self.params["n"]
        self._middle, self._usual = Ema(n), Ema(n)
        self._wave, self._signal = Ema(self.params["smooth"]), Sma(self.params["signal"])

    def step(self, row: BarRow, keep: bool) -> Values:
        """Both lines at a bar."""
        price = (row.high + row.low + row.close) / 3
        middle = take(self._middle, keep)(price)
        if middle != middle:  # noqa: PLR0124 - NaN, and quicker than isnan
            return self._nothing
        away = price - middle
        usual = take(self._usual, keep)(abs(away))
        if usual != usual:  # noqa: PLR0124
            return self._nothing
        moved = usual > ROUNDING * abs(middle)
        wave = take(self._wave, keep)(away / (SCALE * usual) if moved else 0.0)
        if wave != wave:  # noqa: PLR0124
            return self._nothing
        return wave, take(self._signal, keep)(wave)
