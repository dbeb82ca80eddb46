"""Turning points: bars higher, or lower, than those on either side. Of onestep's kind.

A turning point is known only once the bars to its right have come. Its price therefore stands
at the bar that confirms it, `right` bars after its own, and what was said is never taken back.
Programs that draw it at its own bar repaint: there it was not to be seen at the time.
"""

from __future__ import annotations

from collections import deque
from types import MappingProxyType
from typing import ClassVar

from livefin.indicators.bars.onestep import OneStep, choice, length
from livefin.indicators.bars.smoothing import take
from livefin.indicators.contract import NAN, BarRow, Values
from livefin.indicators.parameters import Parameter

EARLIEST = -(2**62)
"""Before any bar."""
PRICE = choice("price", ("hl", "close"), "turning points of highs and lows, or of closes")


class Peak:
    """The number `right` numbers ago, where it is above the `left` before it and all after it.

    Above none of them may be equal; NaN where it is not so. With `sign` -1 it is below them.

    >>> peak = Peak(1, 1)
    >>> [peak.push(x) for x in (1.0, 3.0, 2.0, 2.0)]
    [nan, nan, 3.0, nan]
    """

    def __init__(self, left: int, right: int, sign: float = 1.0) -> None:
        self._left, self._sign = left, sign
        self._held: deque[float] = deque(maxlen=left + right)

    def push(self, x: float) -> float:
        """Take one more; the number that it confirms."""
        value = self.peek(x)
        self._held.append(self._sign * x)
        return value

    def peek(self, x: float) -> float:
        """The number that `x` would confirm were it pushed."""
        held, left = self._held, self._left
        if len(held) < held.maxlen:  # type: ignore[operator]  # it has one
            return NAN
        middle = held[left]
        if self._sign * x >= middle:
            return NAN
        if any(other >= middle for i, other in enumerate(held) if i != left):
            return NAN
        return self._sign * middle


class _Turning(OneStep):
    """What is made of the turning points of highs and lows."""

    needs: ClassVar = ("high", "low", "close")

    def _sides(self, left: int, right: int, price: str = "hl") -> None:
        self._high, self._low = Peak(left, right), Peak(left, right, -1.0)
        self._closes = price == "close"

    def _turns(self, row: BarRow, keep: bool) -> tuple[float, float]:
        """The high and the low that a bar confirms, NaN where it does not."""
        high, low = (row.close, row.close) if self._closes else (row.high, row.low)
        return take(self._high, keep)(high), take(self._low, keep)(low)


class Fractals(_Turning):
    """Williams' fractals: a high above the highs of the bars around it, a low below their lows.

    `left` bars before it and `right` bars after it, none of which may be equal. The price
    stands at the bar that confirms it, `right` bars after its own, so that it never repaints.

    Source: Williams, "Trading Chaos" (1995), the fractal of five bars.

    >>> fractals, highs = Fractals(1, right=1), (1.0, 3.0, 2.0)
    >>> [fractals.update(BarRow(i, x, x, 0.0, x, 1.0)) for i, x in enumerate(highs)][-1]
    (3.0, nan)
    """

    outputs = ("high", "low")
    kinds = MappingProxyType({"high": "dots", "low": "dots"})
    pane = "price"
    parameters: tuple[Parameter, ...] = (
        length("left", 2, "bars before it"),
        length("right", 2, "bars after it, which confirm it"),
        PRICE,
    )

    def __init__(self, left: int = 2, *, right: int = 2, price: str = "hl") -> None:
        self._set(left=left, right=right, price=price)
        self.lookback = self.warm_up = left + right
        self.reset()

    def reset(self) -> None:
        """Forget all bars."""
        self._sides(**self.params)

    def step(self, row: BarRow, keep: bool) -> Values:
        """What a bar confirms."""
        return self._turns(row, keep)


class Pivots(Fractals):
    """Pivot highs and lows: `Fractals` of more bars, as charts have them.

    Source: "Pivot Points (High/Low)", Fidelity's Technical Indicator Guide; four bars on
    either side as https://dotnet.stockindicators.dev, "Pivots", whose lines from pivot to
    pivot are left out, since they are drawn back over bars that are over.

    >>> pivots, lows = Pivots(1, right=2), (3.0, 1.0, 2.0, 2.0)
    >>> [pivots.update(BarRow(i, x, 9.0, x, x, 1.0)) for i, x in enumerate(lows)][-1]
    (nan, 1.0)
    """

    parameters = (
        length("left", 4, "bars before it"),
        length("right", 4, "bars after it, which confirm it"),
        PRICE,
    )

    def __init__(self, left: int = 4, *, right: int = 4, price: str = "hl") -> None:
        super().__init__(left, right=right, price=price)


class PivotTrend(_Turning):
    """Whether pivot highs, and pivot lows, rise (1) or fall (-1), as far as they are confirmed.

    `highs` is 1 where the last pivot high is above the one before (a higher high), -1 below
    it; `lows` likewise. It is 0 where they are equal and where there is no trend: a pivot
    whose own bar is more than `most` bars ago counts no more, and it takes two that do.

    Source: Dow's higher highs and higher lows, as in Edwards, Magee, "Technical Analysis of
    Stock Trends" (1948); `most` as https://dotnet.stockindicators.dev, "Pivots".

    >>> trend, highs = PivotTrend(1, right=1), (1.0, 3.0, 2.0, 4.0, 1.0)
    >>> [trend.update(BarRow(i, x, x, 0.0, x, 1.0)) for i, x in enumerate(highs)][-1]
    (1.0, 0.0)
    """

    outputs = ("highs", "lows")
    levels = (0.0,)
    parameters = (
        length("left", 4, "bars before a pivot"),
        length("right", 4, "bars after it, which confirm it"),
        length("most", 20, "bars after which a pivot counts no more"),
        PRICE,
    )

    def __init__(self, left: int = 4, *, right: int = 4, most: int = 20, price: str = "hl") -> None:
        self._set(left=left, right=right, most=most, price=price)
        self._right, self._most = right, most
        self.lookback = left + right
        self.warm_up = left + right + 2 * most + 1
        self.reset()

    def reset(self) -> None:
        """Forget all bars."""
        params = self.params
        self._sides(params["left"], params["right"], params["price"])
        self._bar = 0
        self._last: list[tuple[int, float, float]] = [(EARLIEST, NAN, 0.0)] * 2
        """Of highs and of lows: which bar the last pivot is, its price, and the trend since."""

    def step(self, row: BarRow, keep: bool) -> Values:
        """The trends at a bar."""
        turns = self._turns(row, keep)
        last = [self._since(*pair) for pair in zip(self._last, turns, strict=True)]
        full = self._bar >= self.lookback
        if keep:
            self._bar += 1
            self._last = last
        return tuple(trend for _, _, trend in last) if full else self._nothing

    def _since(self, last: tuple[int, float, float], turn: float) -> tuple[int, float, float]:
        at, price, trend = last
        if turn == turn:  # noqa: PLR0124 - not NaN
            own = self._bar - self._right
            near = own - at <= self._most
            at, price, trend = own, turn, float((turn > price) - (turn < price)) if near else 0.0
        return at, price, trend if self._bar - at <= self._most else 0.0


class FractalChaosBands(_Turning):
    """Fractal chaos bands: the last confirmed fractal high and low, as levels that stand.

    A fractal counts from the bar that confirms it, `n` bars after its own.

    Source: E.W. Dreiss's bands, as given at https://dotnet.stockindicators.dev, "Fractal
    Chaos Bands"; Williams, "Trading Chaos" (1995), for the fractal.

    >>> bands, highs = FractalChaosBands(1), (1.0, 3.0, 2.0, 9.0)
    >>> [bands.update(BarRow(i, x, x, 0.0, x, 1.0)) for i, x in enumerate(highs)][-1]
    (3.0, nan)
    """

    outputs = ("upper", "lower")
    pane = "price"
    parameters = (length("n", 2, "bars on either side of a fractal"),)
    warm_up = None

    def __init__(self, n: int = 2) -> None:
        self._set(n=n)
        self.lookback = 2 * n
        self.reset()

    def reset(self) -> None:
        """Forget all bars."""
        n = self.params["n"]
        self._sides(n, n)
        self._bands = self._nothing

    def step(self, row: BarRow, keep: bool) -> Values:
        """The bands at a bar."""
        turns = self._turns(row, keep)
        pairs = zip(turns, self._bands, strict=True)
        bands = tuple(turn if turn == turn else band for turn, band in pairs)  # noqa: PLR0124
        if keep:
            self._bands = bands
        return bands
