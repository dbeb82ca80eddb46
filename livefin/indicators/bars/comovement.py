"""How two symbols move together: correlation, beta, and how far apart they are.

Rows are the closes of two symbols at one time (`source` "closes"), those of the first against
those of the second. Of onestep's kind; the sums are those of windows.
"""

from __future__ import annotations

from math import isfinite, sqrt
from typing import Any, ClassVar

from livefin.errors import IndicatorError
from livefin.indicators.bars.onestep import OneStep, choice, length
from livefin.indicators.bars.smoothing import take
from livefin.indicators.contract import NAN, ClosesRow, Values
from livefin.indicators.windows import Joint, WindowCovariance, WindowMoments

TWO = 2
OF = choice("of", ("returns", "prices"), "what is compared: changes in parts, or the prices")


class TwoSymbols(OneStep):
    """What indicators of two symbols share."""

    source = "closes"
    needs: ClassVar = ()

    def _pair(self, symbols: tuple[str, ...]) -> tuple[str, ...]:
        if isinstance(symbols, str) or len(symbols) not in (0, TWO):
            raise IndicatorError(f"{type(self).__qualname__} is of two symbols, got {symbols!r}")
        return tuple(symbols)

    def usable(self, row: ClosesRow) -> bool:
        """Whether there are two closes above 0."""
        closes = row.closes
        if len(closes) != TWO:
            raise IndicatorError(f"{self.name} is of two symbols, the row has {len(closes)}")
        return isfinite(sum(closes)) and min(closes) > 0


class _Joined(TwoSymbols):
    """What is told by the joint moments of the last `n` pairs."""

    parameters = (length("n", 20, "pairs in the window", low=2), OF)

    def __init__(self, n: int = 20, *, of: str = "returns", symbols: tuple[str, ...] = ()) -> None:
        self.symbols = self._pair(symbols)
        self._set(n=n, of=of, symbols=self.symbols)
        self._returns = of == "returns"
        self.lookback = self.warm_up = n if self._returns else n - 1
        self.reset()

    def reset(self) -> None:
        """Forget all rows."""
        self._last: tuple[float, ...] | None = None
        self._joint = WindowCovariance(self.params["n"])

    def step(self, row: ClosesRow, keep: bool) -> Values:
        """The value at a row."""
        pair, last = row.closes, self._last
        if keep:
            self._last = pair
        if self._returns:
            if last is None:
                return self._nothing
            pair = (pair[0] - last[0]) / last[0], (pair[1] - last[1]) / last[1]
        return (self._told(take(self._joint, keep)(*pair)),)

    def _told(self, joint: Joint) -> float:
        raise NotImplementedError


class RollingCorrelation(_Joined):
    """Pearson's correlation of two symbols over `n` rows, -1 to 1; NaN where one stands still.

    Source: Pearson, Proceedings of the Royal Society of London 58 (1895).

    >>> correlation = RollingCorrelation(3, of="prices", symbols=("A", "B"))
    >>> rows = [ClosesRow(i, (float(i), 10.0 - i)) for i in range(1, 4)]
    >>> [round(correlation.update(row)[0], 12) for row in rows]
    [nan, nan, -1.0]
    """

    outputs = ("correlation",)
    levels = (0.0,)

    def _told(self, joint: Joint) -> float:
        both = sqrt(joint.variance_x) * sqrt(joint.variance_y)
        return max(-1.0, min(1.0, joint.covariance / both)) if both > 0 else NAN * both


class RollingBeta(_Joined):
    """How much the first symbol moves for one of the second: the slope of least squares.

    Of prices it is the hedge ratio of the pair. NaN where the second stands still.

    Source: Sharpe, "A simplified model for portfolio analysis", Management Science 9 (1963).

    >>> beta = RollingBeta(3, of="prices", symbols=("A", "B"))
    >>> rows = [ClosesRow(i, (3.0 * i, float(i))) for i in range(1, 4)]
    >>> [round(beta.update(row)[0], 12) for row in rows]
    [nan, nan, 3.0]
    """

    outputs = ("beta",)
    levels = (1.0,)

    def _told(self, joint: Joint) -> float:
        return joint.covariance / joint.variance_y if joint.variance_y > 0 else NAN


class PairZScore(TwoSymbols):
    """How many deviations the spread of two symbols is from its mean of `n` rows.

    The spread is the first close less `hedge` times the second. Without `hedge` it is, at
    each row, the slope of least squares over the last `n` rows, so that the first spread
    takes `n` rows and the first score as many again. The deviation is that of a sample,
    divided by n - 1. NaN where the spread, or the second symbol, stands still.

    Source: Chan, "Algorithmic Trading" (2013), chapter 3, example 3.1.

    >>> score = PairZScore(3, hedge=2.0, symbols=("A", "B"))
    >>> rows = [ClosesRow(i, (float(x), 1.0)) for i, x in enumerate((1, 2, 3))]
    >>> [score.update(row)[0] for row in rows]
    [nan, nan, 1.0]
    """

    outputs = ("zscore",)
    levels = (-2.0, 0.0, 2.0)
    parameters = (length("n", 20, "rows in the window", low=2),)

    def __init__(
        self, n: int = 20, *, hedge: float | None = None, symbols: tuple[str, ...] = ()
    ) -> None:
        self.symbols = self._pair(symbols)
        if hedge is not None and not _is_number(hedge):
            raise IndicatorError(f"PairZScore: hedge must be a number or None, got {hedge!r}")
        self._set(n=n, hedge=hedge, symbols=self.symbols)
        self._hedge, self._sample = hedge, n / (n - 1)
        self.lookback = self.warm_up = n - 1 if hedge is not None else 2 * (n - 1)
        self.reset()

    def reset(self) -> None:
        """Forget all rows."""
        self._joint = WindowCovariance(self.params["n"])
        self._spreads = WindowMoments(self.params["n"])

    def step(self, row: ClosesRow, keep: bool) -> Values:
        """The score at a row."""
        first, second = row.closes
        slope = self._hedge
        if slope is None:
            joint = take(self._joint, keep)(first, second)
            # Of a symbol that stands still a line can have any slope.
            if not joint.variance_y > 0:
                return self._nothing
            slope = joint.covariance / joint.variance_y
        spread = first - slope * second
        mean, variance = take(self._spreads, keep)(spread)
        deviation = sqrt(variance * self._sample)
        return ((spread - mean) / deviation if deviation > 0 else NAN,)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and isfinite(value)
