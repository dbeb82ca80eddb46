"""Moving averages that TA-Lib does not have. Of onestep's kind."""

from __future__ import annotations

from collections import deque
from math import exp, floor, fsum

from livefin.indicators.contract import BarRow, Values
from livefin.indicators.onestep import OneStep, factor, length
from livefin.indicators.parameters import Parameter


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
