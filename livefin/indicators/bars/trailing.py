"""Stops that follow a price at a distance of its average range. Of onestep's kind."""

from __future__ import annotations

from math import isnan
from typing import ClassVar

from livefin.indicators.bars.onestep import FIRST_RANGE, OneStep, choice, factor, length
from livefin.indicators.bars.smoothing import AverageRange, take
from livefin.indicators.contract import NAN, BarRow, Values
from livefin.indicators.parameters import Parameter
from livefin.indicators.windows import WindowMax, WindowMin


class Supertrend(OneStep):
    """Supertrend as two lines: `up` lies below a rising market, `down` above a falling one.

    A band lies `width` average true ranges from the middle of each bar and only ever comes
    closer, until the close goes through it; then the trend has turned and the other band
    counts. One of the two has a value at a time. TA-Lib's SUPERTREND is the same line in one
    piece; this one also takes simple averages of the ranges.

    Source: Olivier Seban's indicator, as given at
    https://www.tradingview.com/pine-script-reference/v5, `ta.supertrend`.

    >>> trend = Supertrend(1, width=1.0)
    >>> closes = 10.0, 11.0, 12.0, 8.0
    >>> [trend.update(BarRow(i, x, x + 1, x - 1, x, 1.0)) for i, x in enumerate(closes)]
    [(nan, nan), (9.0, nan), (10.0, nan), (nan, 13.0)]
    """

    outputs = ("up", "down")
    pane = "price"
    needs: ClassVar = ("high", "low", "close")
    parameters: tuple[Parameter, ...] = (
        length("n", 10, "bars in the average range"),
        factor("width", 3.0, "average ranges from the middle of the bar"),
        choice("smoothing", ("wilder", "sma", "ema"), "how the ranges are averaged"),
        FIRST_RANGE,
    )
    warm_up = None

    def __init__(
        self,
        n: int = 10,
        *,
        width: float = 3.0,
        smoothing: str = "wilder",
        first_range: bool = False,
    ) -> None:
        self._set(n=n, width=width, smoothing=smoothing, first_range=first_range)
        self._width = width
        self.lookback = n - first_range
        self.reset()

    def reset(self) -> None:
        """Forget all bars."""
        params = self.params
        self._begin(AverageRange(params["n"], params["smoothing"], first=params["first_range"]))

    def _begin(self, ranges: AverageRange) -> None:
        self._ranges = ranges
        self._lower = self._upper = self._close = NAN
        self._rising: bool | None = None

    def step(self, row: BarRow, keep: bool) -> Values:
        """The line at a bar."""
        away = self._width * take(self._ranges, keep)(row)
        if away != away:  # noqa: PLR0124
            return self._nothing
        below, above = self._edges(row)
        lower, upper, rising = below - away, above + away, self._rising
        if rising is None:
            rising = self._rises(row)
        else:
            if self._close >= self._lower:
                lower = max(lower, self._lower)
            if self._close <= self._upper:
                upper = min(upper, self._upper)
            rising = row.close > lower if rising else row.close > upper
        if keep:
            self._lower, self._upper, self._close, self._rising = lower, upper, row.close, rising
        return (lower, NAN) if rising else (NAN, upper)

    def _edges(self, row: BarRow) -> tuple[float, float]:
        """What the lower and the upper band are measured from."""
        middle = (row.high + row.low) / 2
        return middle, middle

    def _rises(self, row: BarRow) -> bool:
        """Whether the first bar with a range is taken to rise."""
        return row.close >= (row.high + row.low) / 2


class Chandelier(OneStep):
    """Chandelier exit: so many average ranges below the highest high, or above the lowest low.

    Source: Elder, "Come into My Trading Room" (2002), who has it from Le Beau;
    https://chartschool.stockcharts.com, "Chandelier Exit".

    >>> exits = Chandelier(1, width=1.0)
    >>> closes = 10.0, 11.0
    >>> [exits.update(BarRow(i, x, x + 1, x - 1, x, 1.0)) for i, x in enumerate(closes)][-1]
    (10.0, 12.0)
    """

    outputs = ("long", "short")
    pane = "price"
    needs: ClassVar = ("high", "low", "close")
    parameters: tuple[Parameter, ...] = (
        length("n", 22, "bars in the window and in the average range"),
        factor("width", 3.0, "average ranges from the extreme"),
    )

    def __init__(self, n: int = 22, *, width: float = 3.0) -> None:
        self._set(n=n, width=width)
        self._width = width
        self.reset()
        self.lookback = n
        self.warm_up = self._ranges.memory

    def reset(self) -> None:
        """Forget all bars."""
        n = self.params["n"]
        self._ranges = AverageRange(n)
        self._high, self._low = WindowMax(n), WindowMin(n)

    def step(self, row: BarRow, keep: bool) -> Values:
        """The exits at a bar."""
        away = self._width * take(self._ranges, keep)(row)
        high = take(self._high, keep)(row.high)
        low = take(self._low, keep)(row.low)
        return high - away, low + away


class ChandeKrollStop(Chandelier):
    """Chande and Kroll's stops: the strictest of the last `q` chandelier exits of `n` bars.

    `short` is the highest of the exits below the highest high, `long` the lowest of those
    above the lowest low.

    Source: Chande, Kroll, "The New Technical Trader" (1994), as given at
    https://www.tradingview.com, "Chande Kroll Stop".

    >>> stops = ChandeKrollStop(1, width=1.0, q=2)
    >>> closes = enumerate((10.0, 11.0, 12.0))
    >>> [stops.update(BarRow(i, x, x + 1, x - 1, x, 1.0)) for i, x in closes][-1]
    (12.0, 11.0)
    """

    parameters = (
        length("n", 10, "bars in the window and in the average range"),
        factor("width", 1.0, "average ranges from the extreme"),
        length("q", 9, "exits that the strictest is taken of"),
    )

    def __init__(self, n: int = 10, *, width: float = 1.0, q: int = 9) -> None:
        self._set(n=n, width=width, q=q)
        self._width = width
        self.reset()
        self.lookback = n + q - 1
        self.warm_up = self._ranges.memory + q

    def reset(self) -> None:
        """Forget all bars."""
        super().reset()
        q = self.params["q"]
        self._below, self._above = WindowMax(q), WindowMin(q)

    def step(self, row: BarRow, keep: bool) -> Values:
        """The stops at a bar."""
        long, short = super().step(row, keep)
        if isnan(long):
            return self._nothing
        return take(self._above, keep)(short), take(self._below, keep)(long)


class AverageTrueRange(OneStep):
    """Average true range by a plain mean of `n` ranges, or another average.

    TA-Lib's ATR is Wilder's from the second bar on.

    Source: Wilder, "New Concepts in Technical Trading Systems" (1978), for the range.

    >>> atr = AverageTrueRange(1)
    >>> [atr.update(BarRow(i, x, x + 1, x - 1, x, 1.0)) for i, x in enumerate((10.0, 14.0))]
    [(nan,), (5.0,)]
    """

    outputs = ("atr",)
    needs: ClassVar = ("high", "low", "close")
    parameters = (
        length("n", 14, "bars in the average"),
        choice("smoothing", ("sma", "wilder", "ema"), "how the ranges are averaged"),
        FIRST_RANGE,
    )

    def __init__(self, n: int = 14, *, smoothing: str = "sma", first_range: bool = False) -> None:
        self._set(n=n, smoothing=smoothing, first_range=first_range)
        self.reset()
        self.lookback = n - first_range
        self.warm_up = self._ranges.memory

    def reset(self) -> None:
        """Forget all bars."""
        params = self.params
        self._ranges = AverageRange(params["n"], params["smoothing"], first=params["first_range"])

    def step(self, row: BarRow, keep: bool) -> Values:
        """The average at a bar."""
        return (take(self._ranges, keep)(row),)
