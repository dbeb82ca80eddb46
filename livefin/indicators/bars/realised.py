"""Realised volatility from bars: five estimators, per bar or a year. Of onestep's kind."""

from __future__ import annotations

from math import inf, isfinite, log, log1p, sqrt

from livefin.errors import IndicatorError
from livefin.indicators.bars.onestep import OneStep, choice, length
from livefin.indicators.bars.smoothing import take
from livefin.indicators.contract import NAN, BarRow, Values
from livefin.indicators.windows import WindowMoments, WindowSum

YEAR = 31_536_000.0
ESTIMATORS = ("close", "parkinson", "garman-klass", "rogers-satchell", "yang-zhang")


class RealisedVolatility(OneStep):
    """Standard deviation of the log price in one bar, estimated from the last `n` bars.

    `estimator` says from what:

    - "close": changes from close to close, less their mean (divided by n - 1);
    - "parkinson": high to low;
    - "garman-klass": high to low, and open to close;
    - "rogers-satchell": all four prices, whatever the drift;
    - "yang-zhang": as that, and the gap from the last close.

    In parts of the price, 0.01 for 1 %. With `seconds`, how long a bar is, it is for a whole
    `year`, by default of 365 days, in seconds; for shares 252 * 6.5 * 3600.

    Source: Parkinson, Journal of Business 53 (1980); Garman, Klass, Journal of Business 53
    (1980); Rogers, Satchell, Annals of Applied Probability 1 (1991); Yang, Zhang, Journal of
    Business 73 (2000); all in Sinclair, "Volatility Trading" (2008), chapter 2.

    Raises IndicatorError for a length of a bar or a year that is not above 0.

    >>> volatility = RealisedVolatility(2)
    >>> closes = enumerate((100.0, 101.0, 100.0))
    >>> [round(volatility.update(BarRow(i, x, x, x, x, 1.0))[0], 6) for i, x in closes]
    [nan, nan, 0.014072]
    """

    outputs = ("volatility",)
    parameters = (
        length("n", 20, "bars in the window", low=2),
        choice("estimator", ESTIMATORS, "what it is estimated from"),
    )

    def __init__(
        self,
        n: int = 20,
        *,
        estimator: str = "close",
        seconds: float | None = None,
        year: float = YEAR,
    ) -> None:
        self._set(n=n, estimator=estimator, seconds=seconds, year=year)
        if not (year > 0 and isfinite(year)) or (seconds is not None and not seconds > 0):
            raise IndicatorError(f"a bar and a year last more than 0 s, got {seconds} and {year}")
        self._yearly = 1.0 if seconds is None else sqrt(year / seconds)
        self._n = n
        self.lookback = self.warm_up = n if estimator in ("close", "yang-zhang") else n - 1
        self._variance = "_" + estimator.replace("-", "_")
        self.reset()

    def reset(self) -> None:
        """Forget all bars."""
        n = self.params["n"]
        self._last = NAN
        self._sum = WindowSum(n)
        self._changes, self._gaps = WindowMoments(n), WindowMoments(n)

    def usable(self, row: BarRow) -> bool:
        """Whether all prices are numbers above 0."""
        prices = row[1:5]
        return min(prices) > 0 and isfinite(sum(prices))

    def step(self, row: BarRow, keep: bool) -> Values:
        """The estimate at a bar."""
        variance: float = getattr(self, self._variance)(row, keep)
        if keep:
            self._last = row.close
        if variance != variance:  # noqa: PLR0124
            return self._nothing
        return (self._yearly * sqrt(max(variance, 0.0)),)

    def _sample(self, variance: float) -> float:
        return variance * self._n / (self._n - 1)

    def _close(self, row: BarRow, keep: bool) -> float:
        if self._last != self._last:
            return NAN
        change = log_ratio(row.close, self._last)
        return self._sample(take(self._changes, keep)(change).variance)

    def _parkinson(self, row: BarRow, keep: bool) -> float:
        reach = log_ratio(row.high, row.low)
        total: float = take(self._sum, keep)(reach * reach)
        return total / (4 * log(2) * self._n)

    def _garman_klass(self, row: BarRow, keep: bool) -> float:
        reach, change = log_ratio(row.high, row.low), log_ratio(row.close, row.open)
        term = 0.5 * reach * reach - (2 * log(2) - 1) * change * change
        total: float = take(self._sum, keep)(term)
        return total / self._n

    def _rogers_satchell(self, row: BarRow, keep: bool) -> float:
        # ln(h/o) ln(h/c) + ln(l/o) ln(l/c): no difference of logarithms has to be taken.
        up = log_ratio(row.high, row.open) * log_ratio(row.high, row.close)
        down = log_ratio(row.low, row.open) * log_ratio(row.low, row.close)
        total: float = take(self._sum, keep)(up + down)
        return total / self._n

    def _yang_zhang(self, row: BarRow, keep: bool) -> float:
        if self._last != self._last:
            return NAN
        n = self._n
        gaps = take(self._gaps, keep)(log_ratio(row.open, self._last)).variance
        changes = take(self._changes, keep)(log_ratio(row.close, row.open)).variance
        inside = self._rogers_satchell(row, keep)
        k = 0.34 / (1.34 + (n + 1) / (n - 1))
        return self._sample(gaps) + k * self._sample(changes) + (1 - k) * inside


def log_ratio(a: float, b: float) -> float:
    """ln(a / b), to the last digit also where the two are nearly equal.

    >>> log_ratio(1.25, 1.25), round(log_ratio(2.0, 1.0), 6)
    (0.0, 0.693147)
    """
    ratio = a / b
    if 0.5 < ratio < 2:  # noqa: PLR2004
        return log1p((a - b) / b)
    return log(ratio) if 0 < ratio < inf else log(a) - log(b)
