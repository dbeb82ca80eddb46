"""Carter's squeeze: when a market gathers strength, and which way it then goes.

Of onestep's kind; the channels that it compares are TA-Lib's BBANDS and those of keltner.
"""

from __future__ import annotations

from collections import deque
from math import fsum, sqrt
from types import MappingProxyType
from typing import ClassVar

from livefin.indicators.bars.onestep import FIRST_RANGE, OneStep, factor, length
from livefin.indicators.bars.smoothing import AverageRange, Sma, take
from livefin.indicators.contract import NAN, BarRow, Values
from livefin.indicators.windows import WindowMax, WindowMin, WindowMoments


class _LineEnd:
    """Where the line of least squares through the last `n` numbers ends, at the newest.

    Costs O(n): no such sum can be carried over without carrying over its roundings.
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


class Squeeze(OneStep):
    """Whether Bollinger's bands lie inside Keltner's channel: 1 in a squeeze, -1 out of it.

    The bands are `width` population deviations of `n` closes from their mean, the channel
    `range_width` plain means of `ranges` true ranges from the same mean. QuantConnect Lean
    calls this SqueezeMomentum.

    Source: Carter, "Mastering the Trade" (2005), chapter 11.

    >>> squeeze = Squeeze(2, ranges=2)
    >>> closes = enumerate((5.0, 5.0, 5.0, 9.0))
    >>> [squeeze.update(BarRow(i, x, x + 1, x - 1, x, 1.0))[0] for i, x in closes]
    [nan, nan, 1.0, 1.0]
    """

    outputs: tuple[str, ...] = ("squeeze",)
    kinds = MappingProxyType({"squeeze": "histogram"})
    levels = (0.0,)
    needs: ClassVar = ("high", "low", "close")
    parameters = (
        length("n", 20, "closes in the bands"),
        factor("width", 2.0, "deviations from the mean to a band"),
        length("ranges", 20, "bars in the channel"),
        factor("range_width", 1.5, "average ranges from the mean to the channel's edge"),
        FIRST_RANGE,
    )

    def __init__(
        self,
        n: int = 20,
        *,
        width: float = 2.0,
        ranges: int = 20,
        range_width: float = 1.5,
        first_range: bool = False,
    ) -> None:
        self._set(n=n, width=width, ranges=ranges, range_width=range_width, first_range=first_range)
        self._width, self._range_width = width, range_width
        self.lookback, self.warm_up = self._span(n, ranges, first_range)
        self.reset()

    def _span(self, n: int, ranges: int, first_range: bool) -> tuple[int, int]:
        """Lookback and warm-up."""
        return max(n - 1, ranges - first_range), max(n, ranges + 1)

    def reset(self) -> None:
        """Forget all bars."""
        params = self.params
        self._closes = WindowMoments(params["n"])
        self._ranges = AverageRange(params["ranges"], "sma", first=params["first_range"])

    def step(self, row: BarRow, keep: bool) -> Values:
        """Whether there is a squeeze at a bar."""
        return (self._squeezed(row, keep),)

    def _squeezed(self, row: BarRow, keep: bool) -> float:
        band = self._width * sqrt(take(self._closes, keep)(row.close).variance)
        channel = self._range_width * take(self._ranges, keep)(row)
        if band != band or channel != channel:  # noqa: PLR0124 - NaN, and quicker than isnan
            return NAN
        return 1.0 if channel > band else -1.0


class SqueezeMomentum(Squeeze):
    """Squeeze momentum: which way the price leaves a squeeze, and dots at 0 while there is one.

    `momentum` is the end of a line of least squares through the last `ranges` distances of the
    close from the mean of two things: the middle of the highest high and lowest low of as many
    bars, and the mean close. `squeeze` is 0 where Squeeze is 1, and else nothing.

    Source: Carter, "Mastering the Trade" (2005), chapter 11, as LazyBear wrote it at
    https://www.tradingview.com/script/nqQ1DT5a-Squeeze-Momentum-Indicator-LazyBear.

    >>> momentum = SqueezeMomentum(2, ranges=2)
    >>> closes = enumerate((5.0, 5.0, 5.0, 9.0))
    >>> [momentum.update(BarRow(i, x, x + 1, x - 1, x, 1.0)) for i, x in closes][-1]
    (2.0, 0.0)
    """

    outputs = ("momentum", "squeeze")
    kinds = MappingProxyType({"momentum": "histogram", "squeeze": "dots"})

    def _span(self, n: int, ranges: int, first_range: bool) -> tuple[int, int]:
        lookback, _ = super()._span(n, ranges, first_range)
        return max(lookback, 2 * (ranges - 1)), max(n, 2 * ranges)

    def reset(self) -> None:
        """Forget all bars."""
        super().reset()
        n = self.params["ranges"]
        self._high, self._low, self._mean = WindowMax(n), WindowMin(n), Sma(n)
        self._line = _LineEnd(n)

    def step(self, row: BarRow, keep: bool) -> Values:
        """The momentum at a bar, and whether it is squeezed."""
        squeezed = self._squeezed(row, keep)
        high, low = take(self._high, keep)(row.high), take(self._low, keep)(row.low)
        mean = take(self._mean, keep)(row.close)
        if mean != mean:  # noqa: PLR0124
            return self._nothing
        away = row.close - ((high + low) / 2 + mean) / 2
        momentum = take(self._line, keep)(away)
        if momentum != momentum or squeezed != squeezed:  # noqa: PLR0124 - both, or none
            return self._nothing
        return momentum, 0.0 if squeezed > 0 else NAN
