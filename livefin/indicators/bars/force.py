"""How much the volume moves the price: Klinger's oscillator, Arms' ease of movement.

Of onestep's kind. Prices are compared by exact sums: a rounded one can hide which of two bars
lies higher.
"""

from __future__ import annotations

from math import fsum
from typing import ClassVar

from livefin.indicators.bars.onestep import OneStep, choice, length
from livefin.indicators.bars.smoothing import Ema, Sma, take
from livefin.indicators.contract import NAN, BarRow, Values
from livefin.indicators.parameters import Parameter


class KlingerOscillator(OneStep):
    """Klinger's volume oscillator: a fast average of the volume's force less a slow one.

    A bar rises if its high, low and close add up to more than those of the bar before, else
    it falls. While the direction stays, the ranges of bars add up, beginning with that of the
    bar before the first; a bar's force is its volume, 100 times, with the sign of the
    direction, weighed by how little or how much of that way is its own. `signal` is an average
    of `kvo`; averages are exponential, and each begins with a mean. The first force is that of
    the third bar.

    With dm a bar's range and cm the way so far, `force` "common" weighs with
    |2 (dm / cm - 1)|, as QuantConnect Lean, Stock.Indicators and TradingView do, "article"
    with |2 dm / cm - 1|, as the code that Klinger gave. Of the first two the way of the
    first trend begins elsewhere; here it begins as any other does.

    Source: Klinger, "Identifying Trends with Volume Analysis", Technical Analysis of Stocks &
    Commodities 15:12 (1997).

    >>> oscillator = KlingerOscillator(1, slow=2, signal=1)
    >>> bars = [BarRow(i, x, x + 1, x - 1, x, 3.0) for i, x in enumerate((5.0, 6.0, 5.0, 4.0))]
    >>> [oscillator.update(bar) for bar in bars][2:]
    [(nan, nan), (-50.0, -50.0)]
    """

    outputs = ("kvo", "signal")
    levels = (0.0,)
    needs: ClassVar = ("high", "low", "close", "volume")
    parameters = (
        length("fast", 34, "bars in the fast average"),
        length("slow", 55, "bars in the slow average"),
        length("signal", 13, "values in the average of the difference"),
        choice("force", ("common", "article"), "how a bar's volume is weighed"),
    )
    warm_up = None

    def __init__(
        self, fast: int = 34, *, slow: int = 55, signal: int = 13, force: str = "common"
    ) -> None:
        self._set(fast=fast, slow=slow, signal=signal, force=force)
        self._common = force == "common"
        self.lookback = max(fast, slow) + 1
        self.reset()

    def reset(self) -> None:
        """Forget all bars."""
        self._fast, self._slow = Ema(self.params["fast"]), Ema(self.params["slow"])
        self._signal = Ema(self.params["signal"])
        self._last: BarRow | None = None
        self._trend = 0
        """1 rising, -1 falling, 0 not known yet."""
        self._way = 0.0
        """Gone since the trend began."""

    def step(self, row: BarRow, keep: bool) -> Values:
        """Both lines at a bar."""
        last, known, trend, before = self._last, self._trend, 0, 0.0
        reach = row.high - row.low
        if last is not None:
            prices = row.high, row.low, row.close, -last.high, -last.low, -last.close
            trend = 1 if fsum(price / 4 for price in prices) > 0 else -1  # none is too large so
            before = self._way if trend == known else last.high - last.low
        way = before + reach
        if keep:
            self._last, self._trend, self._way = row, trend, way
        if not known:
            return self._nothing
        force = 0.0
        if way > 0:
            share = (2 * before if self._common else abs(reach - before)) / way
            force = 100 * trend * row.volume * share
        kvo = take(self._fast, keep)(force) - take(self._slow, keep)(force)
        return kvo, take(self._signal, keep)(kvo) if kvo == kvo else NAN  # noqa: PLR0124


class EaseOfMovement(OneStep):
    """Arms' ease of movement: how far the middle of a bar moved for the volume it took.

    The mean of `n` values of distance / (volume / scale / range), where the distance is from
    the middle of the bar before, and a bar without volume or range counts as 0. With n=1 it
    is the bare value. `scale` only makes small numbers readable.

    QuantConnect Lean counts the first bar as 0 as well, and measures from the last bar that
    had both volume and range; here each bar is measured from the one before it.

    Source: Arms, "Volume Cycles in the Stock Market" (1983);
    https://chartschool.stockcharts.com, "Ease of Movement (EMV)".

    >>> ease = EaseOfMovement(1, scale=100.0)
    >>> [ease.update(BarRow(i, x, x + 1, x - 1, x, 50.0)) for i, x in enumerate((9.0, 12.0))]
    [(nan,), (12.0,)]
    """

    outputs = ("emv",)
    levels = (0.0,)
    needs: ClassVar = ("high", "low", "volume")
    parameters = (
        length("n", 14, "bars in the mean"),
        Parameter("scale", "float", 10_000.0, 1e-12, doc="what the volume is divided by"),
    )

    def __init__(self, n: int = 14, *, scale: float = 10_000.0) -> None:
        self._set(n=n, scale=scale)
        self._scale = scale
        self.lookback = self.warm_up = n
        self.reset()

    def reset(self) -> None:
        """Forget all bars."""
        self._mean = Sma(self.params["n"])
        self._last: BarRow | None = None

    def step(self, row: BarRow, keep: bool) -> Values:
        """The mean at a bar."""
        last = self._last
        if keep:
            self._last = row
        if last is None:
            return self._nothing
        ease = 0.0
        if row.volume > 0:
            moved = fsum((row.high / 2, row.low / 2, -last.high / 2, -last.low / 2))
            ease = moved * (row.high - row.low) / row.volume * self._scale
        return (take(self._mean, keep)(ease),)
