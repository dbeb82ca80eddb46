"""Hurst's exponent: whether moves go on (above 0.5), turn back (below) or do neither (0.5).

Two ways to measure it, over the last so many bars. Of onestep's kind.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from functools import cache
from itertools import accumulate
from math import exp, isfinite, lgamma, log, pi, sqrt
from operator import mul

from livefin.errors import IndicatorError
from livefin.indicators.bars.onestep import OneStep, length
from livefin.indicators.bars.realised import log_ratio
from livefin.indicators.bars.smoothing import take
from livefin.indicators.contract import NAN, BarRow, Values
from livefin.indicators.windows import WindowMoments

SMALLEST = 8
"""Returns in a piece at the least."""
PIECES = (1, 2, 4, 8, 16, 32)


def slope(xs: Sequence[float], ys: Sequence[float]) -> float:
    """Of the line of least squares.

    >>> slope([0.0, 1.0, 2.0], [1.0, 3.0, 5.0])
    2.0
    """
    middle_x, middle_y = sum(xs) / len(xs), sum(ys) / len(ys)
    over = sum((x - middle_x) ** 2 for x in xs)
    return sum((x - middle_x) * (y - middle_y) for x, y in zip(xs, ys, strict=True)) / over


def rescaled_range(xs: Sequence[float]) -> float:
    """How far the sum of deviations from the mean ranges, in standard deviations.

    NaN where the numbers are all one.

    >>> rescaled_range([1.0, -1.0, 1.0, -1.0])
    1.0
    """
    middle = sum(xs) / len(xs)
    away = [x - middle for x in xs]
    deviation = sqrt(sum(map(mul, away, away)) / len(xs))
    way = list(accumulate(away))
    return (max(way) - min(way)) / deviation if deviation > 0 else NAN


@cache
def expected_range(n: int) -> float:
    """The rescaled range to be expected of `n` independent normal numbers.

    >>> round(expected_range(8), 4)
    2.4606
    """
    ratio = exp(lgamma((n - 1) / 2) - lgamma(n / 2)) / sqrt(pi)
    return (n - 0.5) / n * ratio * sum(sqrt((n - j) / j) for j in range(1, n))


class Hurst(OneStep):
    """Hurst's exponent by the rescaled range of the last `n` logarithmic returns.

    The returns are cut into 1, 2, 4, up to 32 pieces of equal length, 8 returns at the least
    (the oldest few are left out where it does not come out even). `hurst` is the slope of
    the logarithm of the mean rescaled range on that of the length. Of so few returns it is
    too high: `corrected` has the range that independent returns would have taken off and
    what it tends to put in its place, so that 0.5 means independence. A piece in which the
    price stands still has no rescaled range and is left out of the mean. Costs O(n).

    Source: Hurst, "Long-term storage capacity of reservoirs", Transactions of the American
    Society of Civil Engineers 116 (1951); Anis, Lloyd, "The expected value of the adjusted
    rescaled Hurst range", Biometrika 63 (1976), with the factor of Peters, "Fractal Market
    Analysis" (1994); pieces as given at https://dotnet.stockindicators.dev, "Hurst Exponent".

    >>> hurst = Hurst(20)
    >>> bars = [BarRow(i, x, x, x, x, 1.0) for i, x in enumerate([100.0, 101.0] * 11)]
    >>> [round(x, 3) for x in [hurst.update(bar) for bar in bars][-1]]  # it turns at every bar
    [0.0, 0.012]
    """

    outputs = ("hurst", "corrected")
    levels = (0.5,)
    parameters = (length("n", 100, "returns in the window", low=20),)

    def __init__(self, n: int = 100) -> None:
        self._set(n=n)
        self.lookback = self.warm_up = n
        self._cuts = [(n // pieces, pieces) for pieces in PIECES if n // pieces >= SMALLEST]
        self._sizes = [log(size) for size, _ in self._cuts]
        self.reset()

    def reset(self) -> None:
        """Forget all bars."""
        self._moves: deque[float] = deque(maxlen=self.params["n"])
        self._close = NAN

    def usable(self, row: BarRow) -> bool:
        """Whether there is a close above 0."""
        return isfinite(row.close) and row.close > 0

    def step(self, row: BarRow, keep: bool) -> Values:
        """The exponents at a bar."""
        n, moves = self.params["n"], [*self._moves, log_ratio(row.close, self._close)]
        if keep:
            self._close = row.close
            if moves[-1] == moves[-1]:  # of the first bar it is NaN
                self._moves.append(moves[-1])
        return self._told(moves[-n:]) if len(moves) >= n else self._nothing

    def _told(self, moves: list[float]) -> Values:
        raw, corrected = [], []
        for size, pieces in self._cuts:
            first = len(moves) - size * pieces
            ranges = [rescaled_range(moves[i : i + size]) for i in range(first, len(moves), size)]
            ranges = [x for x in ranges if x == x]  # noqa: PLR0124 - not NaN
            if not ranges:
                return self._nothing
            mean = sum(ranges) / len(ranges)
            raw.append(mean)
            corrected.append(mean - expected_range(size) + sqrt(pi * size / 2))
        return self._exponent(raw), self._exponent(corrected)

    def _exponent(self, ranges: list[float]) -> float:
        return slope(self._sizes, list(map(log, ranges))) if min(ranges) > 0 else NAN


class HurstOfLags(OneStep):
    """Hurst's exponent by how far prices move in 2, 3, up to `lags` - 1 bars.

    The slope of the logarithm of the standard deviation of moves over so many bars, within
    the last `n` bars, on the logarithm of their number. NaN where some of them are all one.

    Source: Mandelbrot, Van Ness, "Fractional Brownian motions, fractional noises and
    applications", SIAM Review 10 (1968), for how the deviation grows; lags as in QuantConnect
    Lean's HurstExponent, which takes the logarithm of a deviation of 0 for 0.

    >>> hurst = HurstOfLags(500)
    >>> bars = [BarRow(i, x, x, x, x, 1.0) for i, x in enumerate(i * i for i in range(500))]
    >>> round([hurst.update(bar) for bar in bars][-1][0], 2)  # every move goes on
    0.98
    """

    outputs = ("hurst",)
    levels = (0.5,)
    parameters = (
        length("n", 100, "bars in the window", low=4),
        length("lags", 20, "below which the numbers of bars are", low=4, high=100),
    )

    def __init__(self, n: int = 100, *, lags: int = 20) -> None:
        self._set(n=n, lags=lags)
        if lags >= n:
            raise IndicatorError(f"HurstOfLags: lags must be below n, got {lags} and {n}")
        self.lookback = self.warm_up = n - 1
        self._logs = [log(lag) for lag in range(2, lags)]
        self.reset()

    def reset(self) -> None:
        """Forget all bars."""
        n, lags = self.params["n"], self.params["lags"]
        self._closes: deque[float] = deque(maxlen=lags - 1)
        self._moves = [WindowMoments(n - lag) for lag in range(2, lags)]

    def step(self, row: BarRow, keep: bool) -> Values:
        """The exponent at a bar."""
        closes = self._closes
        deviations = [
            sqrt(take(window, keep)(row.close - closes[-lag]).variance)
            for lag, window in enumerate(self._moves, 2)
            if lag <= len(closes)
        ]
        if keep:
            closes.append(row.close)
        if len(deviations) < len(self._moves) or not min(deviations) > 0:
            return self._nothing
        return (slope(self._logs, list(map(log, deviations))),)
