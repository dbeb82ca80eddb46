"""Oscillators made of rates of change: know sure thing, price momentum, and bands around them.

Of onestep's kind. TA-Lib's ROC, COPPOCK and TRIX are of the same family.
"""

from __future__ import annotations

from collections import deque
from math import isfinite, sqrt

from livefin.indicators.bars.onestep import OneStep, length
from livefin.indicators.bars.smoothing import Ema, Sma, take
from livefin.indicators.contract import NAN, BarRow, Values

PLACES = (1, 2, 3, 4)


class _Rate:
    """How much a number differs from that of `n` before, in percent of it."""

    def __init__(self, n: int) -> None:
        self._held: deque[float] = deque(maxlen=n)
        self._n = n

    def push(self, x: float) -> float:
        """Take one more; its rate."""
        rate = self.peek(x)
        self._held.append(x)
        return rate

    def peek(self, x: float) -> float:
        """The rate were `x` pushed."""
        if len(self._held) < self._n:
            return NAN
        before = self._held[0]
        return 100 * (x - before) / before


class _OfRates(OneStep):
    """What can only be of closes above 0."""

    def usable(self, row: BarRow) -> bool:
        """Whether there is a close above 0."""
        return isfinite(row.close) and row.close > 0


class KST(_OfRates):
    """Pring's know sure thing: four rates of change, averaged, the slowest weighing most.

    `kst` is the mean of `sma1` rates of change over `roc1` bars, in percent, plus twice that of
    the second, three times that of the third and four times that of the fourth; `signal` is its
    mean over `signal` bars. The defaults are Pring's for days.

    Source: Pring, "Summed rate of change (KST)", Technical Analysis of Stocks & Commodities
    10:9 (1992); https://chartschool.stockcharts.com, "Pring's Know Sure Thing (KST)".

    >>> kst = KST(1, roc2=1, roc3=1, roc4=1, sma1=1, sma2=1, sma3=1, sma4=1, signal=2)
    >>> closes = enumerate((1.0, 2.0, 3.0))
    >>> [kst.update(BarRow(i, x, x, x, x, 1.0)) for i, x in closes][-1]
    (500.0, 750.0)
    """

    outputs = ("kst", "signal")
    levels = (0.0,)
    parameters = (
        length("roc1", 10, "bars of the fastest change"),
        length("roc2", 15, "bars of the second change"),
        length("roc3", 20, "bars of the third change"),
        length("roc4", 30, "bars of the slowest change"),
        length("sma1", 10, "bars that the fastest change is averaged over"),
        length("sma2", 10, "bars that the second change is averaged over"),
        length("sma3", 10, "bars that the third change is averaged over"),
        length("sma4", 15, "bars that the slowest change is averaged over"),
        length("signal", 9, "values in the signal line"),
    )

    def __init__(
        self,
        roc1: int = 10,
        *,
        roc2: int = 15,
        roc3: int = 20,
        roc4: int = 30,
        sma1: int = 10,
        sma2: int = 10,
        sma3: int = 10,
        sma4: int = 15,
        signal: int = 9,
    ) -> None:
        self._set(
            roc1=roc1,
            roc2=roc2,
            roc3=roc3,
            roc4=roc4,
            sma1=sma1,
            sma2=sma2,
            sma3=sma3,
            sma4=sma4,
            signal=signal,
        )
        self.lookback = max(roc1 + sma1, roc2 + sma2, roc3 + sma3, roc4 + sma4) - 1
        self.warm_up = self.lookback + signal
        self.reset()

    def reset(self) -> None:
        """Forget all bars."""
        params = self.params
        self._rates = [
            (weight, _Rate(params[f"roc{weight}"]), Sma(params[f"sma{weight}"]))
            for weight in PLACES
        ]
        self._signal = Sma(params["signal"])

    def step(self, row: BarRow, keep: bool) -> Values:
        """Both lines at a bar."""
        total = 0.0
        for weight, change, average in self._rates:
            rate = take(change, keep)(row.close)
            total += weight * take(average, keep)(rate) if rate == rate else NAN  # noqa: PLR0124
        if total != total:  # noqa: PLR0124
            return self._nothing
        return total, take(self._signal, keep)(total)


class PMO(_OfRates):
    """DecisionPoint's price momentum oscillator: the last change, smoothed twice.

    `pmo` is ten times the change of the close in percent, averaged with the newest weighing
    2 / n and again with 2 / smooth; `signal` is an exponential average of it. Each begins with
    the mean of as many values.

    Source: Swenlin; https://chartschool.stockcharts.com, "DecisionPoint Price Momentum
    Oscillator (PMO)".

    >>> pmo = PMO(2, smooth=2, signal=1)
    >>> closes = enumerate((1.0, 2.0, 4.0, 8.0))
    >>> [pmo.update(BarRow(i, x, x, x, x, 1.0)) for i, x in closes][-1]
    (1000.0, 1000.0)
    """

    outputs = ("pmo", "signal")
    levels = (0.0,)
    parameters = (
        length("n", 35, "bars of the first smoothing", low=2),
        length("smooth", 20, "bars of the second smoothing", low=2),
        length("signal", 10, "bars in the signal line"),
    )

    def __init__(self, n: int = 35, *, smooth: int = 20, signal: int = 10) -> None:
        self._set(n=n, smooth=smooth, signal=signal)
        self.reset()
        self.lookback = n + smooth - 1
        self.warm_up = sum(part.memory for part in (self._first, self._second, self._signal)) + 1

    def reset(self) -> None:
        """Forget all bars."""
        n, smooth = self.params["n"], self.params["smooth"]
        self._rate = _Rate(1)
        self._first, self._second = Ema(n, 2 / n), Ema(smooth, 2 / smooth)
        self._signal = Ema(self.params["signal"])

    def step(self, row: BarRow, keep: bool) -> Values:
        """Both lines at a bar."""
        value = 10 * take(self._rate, keep)(row.close)
        for part in (self._first, self._second):
            if value != value:  # noqa: PLR0124
                return self._nothing
            value = take(part, keep)(value)
        if value != value:  # noqa: PLR0124
            return self._nothing
        return value, take(self._signal, keep)(value)


class RateOfChangeBands(_OfRates):
    """Rate of change with bands: the change over `n` bars, and how large it usually is.

    `roc` is the change in percent and `average` an exponential average of it; `upper` and
    `lower` are the root mean square of the last `deviation` changes, above and below 0.

    Source: Apirine, "Rate of change with bands", Technical Analysis of Stocks & Commodities
    39:3 (2021).

    >>> bands = RateOfChangeBands(1, ema=1, deviation=2)
    >>> closes = enumerate((1.0, 2.0, 4.0))
    >>> [bands.update(BarRow(i, x, x, x, x, 1.0)) for i, x in closes][-1]
    (100.0, 100.0, 100.0, -100.0)
    """

    outputs = ("roc", "average", "upper", "lower")
    levels = (0.0,)
    parameters = (
        length("n", 12, "bars of the change"),
        length("ema", 3, "bars in its average"),
        length("deviation", 12, "changes in the bands"),
    )

    def __init__(self, n: int = 12, *, ema: int = 3, deviation: int = 12) -> None:
        self._set(n=n, ema=ema, deviation=deviation)
        self.reset()
        self.lookback = n
        self.warm_up = n + max(self._average.memory, deviation)

    def reset(self) -> None:
        """Forget all bars."""
        self._rate = _Rate(self.params["n"])
        self._average, self._square = Ema(self.params["ema"]), Sma(self.params["deviation"])

    def step(self, row: BarRow, keep: bool) -> Values:
        """The lines at a bar."""
        rate = take(self._rate, keep)(row.close)
        if rate != rate:  # noqa: PLR0124
            return self._nothing
        away = sqrt(take(self._square, keep)(rate * rate))
        return rate, take(self._average, keep)(rate), away, -away
