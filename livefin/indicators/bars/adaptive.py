"""Averages that set their own speed: VIDYA by the momentum of the price, FRAMA by its shape.

Both are exponential averages whose weight of the newest price changes with every bar. Of
onestep's kind; ALMA and McGinley's dynamic are in averages.
"""

from __future__ import annotations

from collections import deque
from math import expm1, log, log1p
from typing import ClassVar

from livefin.errors import IndicatorError
from livefin.indicators.bars.choppiness import EfficiencyRatio
from livefin.indicators.bars.onestep import OneStep, choice, factor, length
from livefin.indicators.bars.smoothing import FORGET, Moves, take
from livefin.indicators.contract import NAN, BarRow, Values
from livefin.indicators.parameters import Parameter
from livefin.indicators.windows import WindowMax, WindowMin

TWO = log(2)
MOST_KEPT = 0.99
"""Of FRAMA's last value: the newest price weighs 0.01 at the least."""


class VIDYA(OneStep):
    """Chande's variable index dynamic average: an EMA that is as fast as momentum is one-sided.

    The newest close weighs 2 / (n + 1) times the size of Chande's momentum oscillator over
    `momentum` changes, 0 to 1; the average begins with the close before its first value. The
    oscillator is that of sums, as Chande has it. QuantConnect Lean takes Wilder's averages of
    `n` changes instead: `VIDYA(14, momentum=14, smoothing="wilder")`.

    Source: Chande, "Identifying powerful breakouts early", Technical Analysis of Stocks &
    Commodities 13:10 (1995); https://www.tradingpedia.com, "Chandes Variable Index Dynamic
    Average".

    >>> vidya = VIDYA(3, momentum=2)
    >>> closes = enumerate((1.0, 2.0, 4.0, 3.0))
    >>> [vidya.update(BarRow(i, x, x, x, x, 1.0))[0] for i, x in closes]
    [nan, nan, 3.0, 3.0]
    """

    outputs = ("vidya",)
    pane = "price"
    parameters = (
        length("n", 9, "bars of the average where momentum is all on one side"),
        length("momentum", 9, "changes in the momentum"),
        choice("smoothing", ("sums", "wilder"), "how rises and falls are taken together"),
    )
    warm_up = None

    def __init__(self, n: int = 9, *, momentum: int = 9, smoothing: str = "sums") -> None:
        self._set(n=n, momentum=momentum, smoothing=smoothing)
        self._alpha, self._sums = 2 / (n + 1), smoothing == "sums"
        self.lookback = momentum
        self.reset()

    def reset(self) -> None:
        """Forget all bars."""
        momentum = self.params["momentum"]
        # Rises less falls are the distance gone, and rises plus falls the way.
        self._ratio = EfficiencyRatio(momentum) if self._sums else None
        self._moves = Moves(momentum)
        self._last = NAN

    def step(self, row: BarRow, keep: bool) -> Values:
        """The average at a bar."""
        if self._ratio is not None:
            (share,) = self._ratio.step(row, keep)
        else:
            gain, loss = take(self._moves, keep)(row.close)
            share = abs(gain - loss) / (gain + loss) if gain + loss != 0 else 0.0
        ready = share == share  # noqa: PLR0124 - NaN, and quicker than isnan
        value = self._last + self._alpha * share * (row.close - self._last) if ready else NAN
        if keep:
            self._last = value if ready else row.close
        return (value,)


class FRAMA(OneStep):
    """Ehlers' fractal adaptive moving average: fast along a line, slow in a cloud of prices.

    The ranges of the older and the newer half of `n` bars against that of all of them give a
    fractal dimension D, 1 for a line and 2 for a price that fills its range. The newest price
    weighs exp(-slowness * (D - 1)), held between 0.01 and 1. Where a half has no range, the
    dimension is that of the bar before. The average begins with the price before its first
    value.

    Prices are the middles of the bars and ranges reach from their highs to their lows, as in
    the article. QuantConnect Lean takes closes for both, and for `slowness` the logarithm of
    (199 / 2) where Ehlers rounds: `FRAMA(16, slowness=4.600158, price="close")`.

    Source: Ehlers, "Fractal adaptive moving averages", Technical Analysis of Stocks &
    Commodities 23:10 (2005).

    >>> frama = FRAMA(2)
    >>> closes = enumerate((1.0, 2.0, 3.0))
    >>> [frama.update(BarRow(i, x, x + 0.5, x - 0.5, x, 1.0))[0] for i, x in closes]
    [nan, 2.0, 3.0]
    """

    outputs = ("frama",)
    pane = "price"
    needs: ClassVar = ("high", "low", "close")
    parameters = (
        Parameter("n", "int", 16, 2, 500, 2, doc="bars in the window, an even number"),
        factor("slowness", 4.6, "how slow it is where the dimension is 2", high=4.7),
        choice("price", ("median", "close"), "the middle of the bar, or its close alone"),
    )

    def __init__(self, n: int = 16, *, slowness: float = 4.6, price: str = "median") -> None:
        self._set(n=n, slowness=slowness, price=price)
        if n % 2:
            raise IndicatorError(f"FRAMA: n must be even, its window has two halves; got {n}")
        self._slowness, self._median, self._half = slowness, price == "median", n // 2
        self.lookback = n - 1
        self.warm_up = n + int(-FORGET / log(MOST_KEPT)) + 1
        self.reset()

    def reset(self) -> None:
        """Forget all bars."""
        half = self._half
        self._high, self._low = WindowMax(half), WindowMin(half)
        self._older: deque[tuple[float, float]] = deque(maxlen=half)
        """The ends of the ranges of the halves that ended at the last bars."""
        self._above = -1.0
        """The dimension less 1; it begins at 0, as Ehlers' does."""
        self._last = NAN

    def step(self, row: BarRow, keep: bool) -> Values:
        """The average at a bar."""
        price = (row.high + row.low) / 2 if self._median else row.close
        high = take(self._high, keep)(row.high if self._median else price)
        low = take(self._low, keep)(row.low if self._median else price)
        full = len(self._older) == self._half
        top, bottom = self._older[0] if full else (NAN, NAN)
        value, above = NAN, self._above
        if top == top:  # noqa: PLR0124
            if high > low and top > bottom:
                # Together they are as tall as the whole and what they share, which is less than
                # 0 where a gap parts them, but never all of it: each has a range.
                shared = min(high, top) - max(low, bottom)
                above = log1p(shared / (max(high, top) - min(low, bottom))) / TWO
            kept = min(max(-expm1(-self._slowness * above), 0.0), MOST_KEPT)
            value = price + kept * (self._last - price)
        if keep:
            self._older.append((high, low))
            self._above = above
            self._last = value if value == value else price  # noqa: PLR0124
        return (value,)
