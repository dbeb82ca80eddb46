"""Moving averages that TA-Lib does not have. Of onestep's kind."""

from __future__ import annotations

from collections import deque
from math import exp, floor, fsum, isfinite
from typing import ClassVar

from livefin.indicators.bars.onestep import OneStep, choice, factor, length
from livefin.indicators.bars.smoothing import take
from livefin.indicators.contract import NAN, BarRow, Values
from livefin.indicators.parameters import Parameter
from livefin.indicators.windows import WindowSum


class ALMA(OneStep):
    """Arnaud Legoux moving average: weights of a bell whose top lies near the newest close.

    The top is at `offset` of the way from the oldest to the newest, rounded down to a whole
    bar with `whole`; the bell's deviation is n / sigma bars. Each bar costs O(n): no sum of
    such weights can be carried over.

    Source: Legoux, Kouzis-Loukas (2009); https://www.sierrachart.com, "Moving Average -
    Arnaud Legoux", which rounds down.

    >>> alma = ALMA(3, offset=0.5)
    >>> closes = enumerate((1.0, 2.0, 3.0))
    >>> [alma.update(BarRow(i, x, x, x, x, 1.0)) for i, x in closes][-1]
    (2.0,)
    """

    outputs = ("alma",)
    pane = "price"
    parameters = (
        length("n", 9, "bars in the window"),
        factor("offset", 0.85, "where the top of the bell lies", high=1.0),
        factor("sigma", 6.0, "how narrow the bell is", low=0.1, high=20.0),
        Parameter("whole", "bool", False, doc="whether the top lies on a whole bar"),
    )

    def __init__(
        self, n: int = 9, *, offset: float = 0.85, sigma: float = 6.0, whole: bool = False
    ) -> None:
        self._set(n=n, offset=offset, sigma=sigma, whole=whole)
        top = offset * (n - 1)
        top = floor(top) if whole else top
        wide = n / sigma
        self._weights = [exp(-((i - top) ** 2) / (2 * wide * wide)) for i in range(n)]
        self._total = fsum(self._weights)
        self._n = n
        self.lookback = self.warm_up = n - 1
        self.reset()

    def reset(self) -> None:
        """Forget all bars."""
        self._closes: deque[float] = deque(maxlen=self.params["n"])

    def step(self, row: BarRow, keep: bool) -> Values:
        """The average at a bar."""
        if keep:
            self._closes.append(row.close)
            held = list(self._closes)
        else:
            held = [*self._closes, row.close][-self._n :]
        if len(held) < self._n:
            return self._nothing
        weighed = [weight * close for weight, close in zip(self._weights, held, strict=True)]
        return (fsum(weighed) / self._total,)


class McGinley(OneStep):
    """McGinley's dynamic: an average that follows a falling price faster than a rising one.

    Each close moves it by (close - last) / (share * n * (close / last) ** 4); it begins with
    the mean of `n` closes. A `share` of 1 is the formula without that constant. A step that
    would go beyond the close itself ends there, as a price cut to less than half would take
    the bare formula below 0.

    Source: McGinley, Market Technicians Association Journal (1991), as given at
    http://fxcodebase.com/wiki/index.php/McGinley_Dynamic.

    >>> dynamic = McGinley(2, share=1.0)
    >>> closes = enumerate((1.0, 1.0, 2.0))
    >>> [dynamic.update(BarRow(i, x, x, x, x, 1.0)) for i, x in closes]
    [(nan,), (1.0,), (1.03125,)]
    """

    outputs = ("mcginley",)
    pane = "price"
    parameters = (
        length("n", 14, "closes in the first mean, and how slow it is"),
        factor("share", 0.6, "of n that counts", low=0.01, high=2.0),
    )
    warm_up = None

    def __init__(self, n: int = 14, *, share: float = 0.6) -> None:
        self._set(n=n, share=share)
        self._n, self._slow = n, share * n
        self.lookback = n - 1
        self.reset()

    def reset(self) -> None:
        """Forget all bars."""
        self._closes: list[float] = []
        self._last = NAN

    def usable(self, row: BarRow) -> bool:
        """Whether there is a close above 0."""
        return isfinite(row.close) and row.close > 0

    def step(self, row: BarRow, keep: bool) -> Values:
        """The average at a bar."""
        close, last = row.close, self._last
        if isfinite(last):
            ratio = close / last
            slow = max(self._slow * ratio * ratio * ratio * ratio, 1.0)
            value = last + (close - last) / slow or close  # a tiny one can be rounded to 0
        elif len(self._closes) == self._n - 1:
            value = fsum([*self._closes, close]) / self._n
        else:
            value = NAN
        if keep:
            self._last = value
            self._closes = [] if isfinite(value) else [*self._closes, close]
        return (value,)


class RollingVWAP(OneStep):
    """Volume-weighted average price of the last `n` bars; NaN where none has volume.

    `price` is what a bar counts at: "bar" its own average where that is known, else the
    typical price; "typical", (high + low + close) / 3; "mean", (open + high + low + close) / 4;
    or "close", which makes it TA-Lib's VWMA.

    Source: Berkowitz, Logue, Noser, "The total cost of transactions on the NYSE", Journal of
    Finance 43 (1988).

    >>> average = RollingVWAP(2)
    >>> bars = [BarRow(i, x, x, x, x, v) for i, (x, v) in enumerate([(9.0, 3.0), (5.0, 1.0)])]
    >>> [average.update(bar) for bar in bars]
    [(nan,), (8.0,)]
    """

    outputs = ("vwap",)
    pane = "price"
    needs: ClassVar = ()
    parameters = (
        length("n", 20, "bars in the window"),
        choice("price", ("bar", "typical", "mean", "close"), "what a bar counts at"),
    )

    def __init__(self, n: int = 20, *, price: str = "bar") -> None:
        self._set(n=n, price=price)
        self._kind = price
        self.lookback = self.warm_up = n - 1
        self.reset()

    def reset(self) -> None:
        """Forget all bars."""
        self._paid, self._volume = WindowSum(self.params["n"]), WindowSum(self.params["n"])

    def usable(self, row: BarRow) -> bool:
        """Whether the bar has a volume, and a price."""
        return isfinite(row.volume) and isfinite(self._price(row))

    def step(self, row: BarRow, keep: bool) -> Values:
        """The average at a bar."""
        volume = max(row.volume, 0.0)
        paid = take(self._paid, keep)(self._price(row) * volume)
        total = take(self._volume, keep)(volume)
        return (paid / total if total > 0 else NAN,)

    def _price(self, row: BarRow) -> float:
        if self._kind == "close":
            return row.close
        if self._kind == "mean":
            return (row.open + row.high + row.low + row.close) / 4
        if self._kind == "bar" and isfinite(row.vwap):
            return row.vwap
        return (row.high + row.low + row.close) / 3
