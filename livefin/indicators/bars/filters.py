"""Averages that are filters, made of a few prices and of their own last values.

Jurik's as it is known, Ehlers' family by its coefficients, and a sum of three plain means. Of
onestep's kind; those that change their speed are in adaptive.
"""

from __future__ import annotations

from math import cos, log, pi, sin, sqrt

from livefin.indicators.bars.onestep import OneStep, choice, factor, length
from livefin.indicators.bars.smoothing import FORGET, Sma, take
from livefin.indicators.contract import NAN, BarRow, Values


class JMA(OneStep):
    """Jurik's moving average as others rebuilt it: little lag for how smooth it is.

    An exponential average of the close, and `1.5 + phase / 100` times a second one of what the
    close is away from it, are smoothed by two equal filters. `power` says how much quicker those
    and the first average are than the second. It begins with the `n`-th close. Jurik never
    published his own, which also adapts to volatility.

    Source: https://www.tradingview.com, "Jurik Moving Average" by everget, with the start of
    QuantConnect Lean's.

    >>> jma = JMA(1)
    >>> [jma.update(BarRow(i, x, x, x, x, 1.0)) for i, x in enumerate((1.0, 3.0))]
    [(1.0,), (3.0,)]
    """

    outputs = ("jma",)
    pane = "price"
    parameters = (
        length("n", 7, "bars that it is about as slow as"),
        factor("phase", 0.0, "less lag above 0, less overshoot below", low=-100.0, high=100.0),
        factor("power", 2.0, "how quick its first average is", low=0.5, high=5.0),
    )

    def __init__(self, n: int = 7, *, phase: float = 0.0, power: float = 2.0) -> None:
        self._set(n=n, phase=phase, power=power)
        self._beta = 0.45 * (n - 1) / (0.45 * (n - 1) + 2)
        self._alpha = self._beta**power
        self._phase = 1.5 + phase / 100
        self.lookback = n - 1
        slowest = max(self._alpha, self._beta)
        self.warm_up = n + (int(-2 * FORGET / log(slowest)) + 1 if slowest > 0 else 0)
        self.reset()

    def reset(self) -> None:
        """Forget all bars."""
        self._count = 0
        self._average = self._away = self._step = self._value = NAN

    def step(self, row: BarRow, keep: bool) -> Values:
        """The average at a bar."""
        alpha, beta, close = self._alpha, self._beta, row.close
        average, away, step, value = close, 0.0, 0.0, close
        first = self.lookback
        if self._count > first:
            average = close + alpha * (self._average - close)
            away = (1 - beta) * (close - average) + beta * self._away
            aim = average + self._phase * away
            step = (1 - alpha) * (1 - alpha) * (aim - self._value) + alpha * alpha * self._step
            value = self._value + step
        ready = self._count >= first
        if keep:
            self._count = min(self._count, first) + 1
            self._average, self._away, self._step, self._value = average, away, step, value
        return (value,) if ready else self._nothing


SMOOTH = ("gauss", "butter")


class EhlersFilter(OneStep):
    """Ehlers' Swiss army knife: five filters of the close by one formula.

    `gauss` and `butter` smooth, with two poles; `highpass` and `highpass2` leave what is
    quicker than `n` bars, with one pole or two; `bandpass` leaves swings of about `n` bars, the
    share `delta` to either side. All prices before the first count as equal to it.

    QuantConnect Lean's SwissArmyKnife has the first two alike, but begins at 0. Its others
    have coefficients that do not let through wholly what they should; here they are Ehlers'.

    Source: Ehlers, "Swiss army knife indicator", Technical Analysis of Stocks & Commodities
    24:1 (2006); Ehlers, "Cycle Analytics for Traders" (2013), chapters 3 and 5.

    >>> smooth, rest = EhlersFilter(4), EhlersFilter(4, tool="highpass")
    >>> bars = [BarRow(i, 5.0, 5.0, 5.0, 5.0, 1.0) for i in range(4)]
    >>> [each.update(bar) for each in (smooth, rest) for bar in bars][3::4]
    [(5.0,), (0.0,)]
    """

    outputs = ("filter",)
    parameters = (
        length("n", 20, "bars in a swing that is let through or kept off", low=4),
        choice("tool", (*SMOOTH, "highpass", "highpass2", "bandpass"), "which filter"),
        factor("delta", 0.1, "width of the bandpass, as a share of n", low=0.01, high=0.4),
    )

    def __init__(self, n: int = 20, *, tool: str = "gauss", delta: float = 0.1) -> None:
        self._set(n=n, tool=tool, delta=delta)
        self.pane = "price" if tool in SMOOTH else "new"
        self.levels = () if tool in SMOOTH else (0.0,)
        self._now, self._before, self._back = _coefficients(n, tool, delta)
        # A pair of poles lies at most this far from 0, and what they hold fades as its powers.
        radius = sqrt(-self._back[1]) if self._back[1] else self._back[0]
        self.lookback = n - 1
        self.warm_up = n + (int(-2 * FORGET / log(abs(radius))) + 1 if radius else 0)
        self.reset()

    def reset(self) -> None:
        """Forget all bars."""
        self._count = 0
        self._prices = self._values = (NAN, NAN)

    def step(self, row: BarRow, keep: bool) -> Values:
        """The filter at a bar."""
        close = row.close
        prices, values = self._prices, self._values
        if not self._count:
            prices = close, close
            values = prices if self.pane == "price" else (0.0, 0.0)
        one, two = self._before
        # In changes, so that prices that stand still leave no rounding.
        if self.pane == "price":
            first, second = self._back
            value = close + first * (values[0] - close) + second * (values[1] - close)
            value += one * (prices[0] - close) + two * (prices[1] - close)
        else:
            value = one * (prices[0] - close) + two * (prices[1] - close)
            value += self._back[0] * values[0] + self._back[1] * values[1]
        ready = self._count >= self.lookback
        if keep:
            self._count = min(self._count, self.lookback) + 1
            self._prices, self._values = (close, prices[0]), (value, values[0])
        return (value,) if ready else self._nothing


def _coefficients(
    n: int, tool: str, delta: float
) -> tuple[float, tuple[float, float], tuple[float, float]]:
    """Of the newest price, of the two before it, and of the last two values."""
    turn = 2 * pi / n
    if tool == "bandpass":
        gamma = 1 / cos(2 * turn * delta)
        alpha = gamma - sqrt(gamma * gamma - 1)
        return (1 - alpha) / 2, (0.0, (alpha - 1) / 2), (cos(turn) * (1 + alpha), -alpha)
    if tool == "highpass":
        # (cos + sin - 1) / cos, in a form that has a value at a cosine of 0.
        alpha = 1 - cos(turn) / (1 + sin(turn))
        return 1 - alpha / 2, (alpha / 2 - 1, 0.0), (1 - alpha, 0.0)
    beta = 2.415 * (1 - cos(turn))
    alpha = sqrt(beta * beta + 2 * beta) - beta
    back = 2 * (1 - alpha), -(1 - alpha) * (1 - alpha)
    if tool == "highpass2":
        whole = (1 - alpha / 2) * (1 - alpha / 2)
        return whole, (-2 * whole, whole), back
    if tool == "butter":
        quarter = alpha * alpha / 4
        return quarter, (2 * quarter, quarter), back
    return alpha * alpha, (0.0, 0.0), back


class RelativeAverage(OneStep):
    """Relative moving average: plain means of `n` and of 3 n closes, less that of 2 n.

    QuantConnect Lean's RelativeMovingAverage; TA-Lib's RMA is Wilder's average.

    Source: https://www.hybrid-solutions.com/plugins/client-vtl-plugins/free/rma.html.

    >>> average = RelativeAverage(1)
    >>> [average.update(BarRow(i, x, x, x, x, 1.0)) for i, x in enumerate((1.0, 3.0, 5.0))][-1]
    (4.0,)
    """

    outputs = ("average",)
    pane = "price"
    parameters = (length("n", 10, "closes in the shortest mean"),)

    def __init__(self, n: int = 10) -> None:
        self._set(n=n)
        self.lookback = self.warm_up = 3 * n - 1
        self.reset()

    def reset(self) -> None:
        """Forget all bars."""
        self._means = [Sma(times * self.params["n"]) for times in (1, 2, 3)]

    def step(self, row: BarRow, keep: bool) -> Values:
        """The average at a bar."""
        short, middle, long = (take(mean, keep)(row.close) for mean in self._means)
        return (short - middle + long,)
