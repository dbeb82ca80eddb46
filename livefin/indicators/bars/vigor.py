"""Who moves the price: vigour of the closes, reach of the highs and lows, and momentum's luck.

Of onestep's kind.
"""

from __future__ import annotations

from collections import deque
from typing import ClassVar

from livefin.indicators.bars.onestep import OneStep, choice, length
from livefin.indicators.bars.smoothing import AVERAGES, take
from livefin.indicators.contract import NAN, BarRow, Values


class _Rounded:
    """Ehlers' average of four numbers, the middle two weighing twice as much."""

    def __init__(self) -> None:
        self._held: deque[float] = deque(maxlen=3)

    def push(self, x: float) -> float:
        """Take one more; the average with it."""
        value = self.peek(x)
        self._held.append(x)
        return value

    def peek(self, x: float) -> float:
        """The average were `x` pushed."""
        if len(self._held) < 3:  # noqa: PLR2004 - and x is the fourth
            return NAN
        third, second, first = self._held
        return (x + 2 * (first + second) + third) / 6


class RelativeVigor(OneStep):
    """Ehlers' relative vigor index: how far closes are from their opens, of the bars' ranges.

    Close less open, and high less low, are averaged over four bars that weigh 1, 2, 2, 1 and
    then over `n`; `rvgi` is the one average of the other, `signal` the same average of four of
    it. A market without ranges is at 0. TA-Lib's RVI is Dorsey's relative volatility index.

    Source: Ehlers, "Relative vigor index", Technical Analysis of Stocks & Commodities 20:1
    (2002); https://www.sierrachart.com, "Relative Vigor Index".

    >>> vigor = RelativeVigor(1)
    >>> [vigor.update(BarRow(i, 1.0, 3.0, 1.0, 2.0, 1.0)) for i in range(7)][-1]
    (0.5, 0.5)
    """

    outputs = ("rvgi", "signal")
    levels = (0.0,)
    needs: ClassVar = ("open", "high", "low", "close")
    parameters = (
        length("n", 10, "bars in the averages"),
        choice("average", ("sma", "ema", "wilder"), "how they are averaged"),
    )

    def __init__(self, n: int = 10, *, average: str = "sma") -> None:
        self._set(n=n, average=average)
        self.reset()
        self.lookback = n + 2
        self.warm_up = self._moved.memory + 6

    def reset(self) -> None:
        """Forget all bars."""
        n, average = self.params["n"], AVERAGES[self.params["average"]]
        self._move, self._range, self._signal = _Rounded(), _Rounded(), _Rounded()
        self._moved, self._ranged = average(n), average(n)

    def step(self, row: BarRow, keep: bool) -> Values:
        """Both lines at a bar."""
        move = take(self._move, keep)(row.close - row.open)
        reach = take(self._range, keep)(row.high - row.low)
        if move != move:  # noqa: PLR0124 - NaN, and quicker than isnan
            return self._nothing
        moved, ranged = take(self._moved, keep)(move), take(self._ranged, keep)(reach)
        if moved != moved:  # noqa: PLR0124
            return self._nothing
        value = moved / ranged if ranged > 0 else 0.0
        return value, take(self._signal, keep)(value)


class DeMarker(OneStep):
    """DeMarker: of how far highs rose and lows fell, the share of the highs; 0 to 1.

    A high below the one before, and a low above it, counts as 0. The first bar has none before
    it and does not count. Where neither moved, it is at 0.

    Source: DeMark, "The New Science of Technical Analysis" (1994);
    https://www.metatrader5.com/en/terminal/help/indicators/oscillators/demarker.

    >>> demarker = DeMarker(2)
    >>> bars = [BarRow(i, x, x + 1, y, x, 1.0) for i, (x, y) in enumerate([(5, 4), (8, 4), (8, 3)])]
    >>> [demarker.update(bar)[0] for bar in bars]
    [nan, nan, 0.75]
    """

    outputs = ("demarker",)
    levels = (0.3, 0.7)
    needs: ClassVar = ("high", "low")
    parameters = (
        length("n", 14, "changes in the averages"),
        choice("average", ("sma", "ema", "wilder"), "how they are averaged"),
    )

    def __init__(self, n: int = 14, *, average: str = "sma") -> None:
        self._set(n=n, average=average)
        self.reset()
        self.lookback = n
        self.warm_up = self._rose.memory + 1

    def reset(self) -> None:
        """Forget all bars."""
        n, average = self.params["n"], AVERAGES[self.params["average"]]
        self._rose, self._fell = average(n), average(n)
        self._high = self._low = NAN

    def step(self, row: BarRow, keep: bool) -> Values:
        """The share at a bar."""
        rose, fell = row.high - self._high, self._low - row.low
        if keep:
            self._high, self._low = row.high, row.low
        if rose != rose:  # noqa: PLR0124
            return self._nothing
        up = take(self._rose, keep)(max(rose, 0.0))
        both = up + take(self._fell, keep)(max(fell, 0.0))
        return (up / both if both != 0 else 0.0,)


class Momersion(OneStep):
    """Harris' momersion: how often a change is followed by one of its own direction, in percent.

    Of the last `n` pairs of changes those that went on are counted against those that turned;
    above 50 momentum pays, below it mean reversion. Where half of the pairs or more had no
    change in them, it is at 50.

    Source: Harris, "Momersion indicator", Price Action Lab (2015),
    http://www.priceactionlab.com/Blog/2015/08/momersion-indicator.

    >>> momersion = Momersion(2)
    >>> closes = enumerate((1.0, 2.0, 3.0, 2.0))
    >>> [momersion.update(BarRow(i, x, x, x, x, 1.0))[0] for i, x in closes]
    [nan, nan, nan, 50.0]
    """

    outputs = ("momersion",)
    levels = (50.0,)
    parameters = (length("n", 100, "pairs of changes that are counted"),)

    def __init__(self, n: int = 100) -> None:
        self._set(n=n)
        self._n = n
        self.lookback = n + 1
        self.warm_up = n + 1
        self.reset()

    def reset(self) -> None:
        """Forget all bars."""
        self._close = self._change = NAN
        self._pairs: deque[int] = deque(maxlen=self.params["n"])
        """1 for a pair that went on, -1 for one that turned, 0 for one without a change."""
        self._counts = {1: 0, 0: 0, -1: 0}

    def step(self, row: BarRow, keep: bool) -> Values:
        """The share at a bar."""
        change, before = row.close - self._close, self._change
        if keep:
            self._close, self._change = row.close, change
        if before != before:  # noqa: PLR0124
            return self._nothing
        pair = _sign(change) * _sign(before)
        full = len(self._pairs) == self._n
        counts = self._counts if keep else dict(self._counts)
        counts[pair] += 1
        if full:
            counts[self._pairs[0]] -= 1
        if keep:
            self._pairs.append(pair)
        held = counts[1] + counts[0] + counts[-1]
        if held < self._n:
            return self._nothing
        return (100 * counts[1] / (held - counts[0]) if 2 * counts[0] < held else 50.0,)


def _sign(x: float) -> int:
    return (x > 0) - (x < 0)
