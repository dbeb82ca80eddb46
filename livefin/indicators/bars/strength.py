"""Oscillators made of other indicators: StochRSI, Connors' RSI, Fisher's transform.

Of onestep's kind; the parts are those of smoothing and windows. StochRSI magnifies how the
RSI moves, by a billion just after a price a million times too high, so that its RSI is
counted in whole numbers and loses nothing.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import deque
from math import isfinite, log
from typing import ClassVar

from livefin.indicators.bars.onestep import OneStep, choice, factor, length
from livefin.indicators.bars.smoothing import Moves, Sma, strength, take
from livefin.indicators.contract import NAN, BarRow, Values
from livefin.indicators.windows import WindowMax, WindowMin

SMALLEST = 1074
"""The smallest float is 2 ** -1074: in such units every float is a whole number."""
ALL = 1 << 128
"""An RSI of 100, as a whole number."""


class _WholeRSI:
    """Wilder's RSI of a stream of numbers as a share of `ALL`; None until there are enough.

    The averages of what rose and fell are kept as whole numbers of the smallest float, and
    what rounding takes from them is less than one of those.
    """

    def __init__(self, n: int) -> None:
        self.n = n
        self._count = -1
        self._last = self._gain = self._loss = 0
        self._value: int | None = None

    def step(self, x: float, keep: bool) -> int | None:
        """The index with one more number, which is taken only if it is to be kept."""
        top, bottom = x.as_integer_ratio()
        now = top << (SMALLEST + 1 - bottom.bit_length())
        change, gain, loss, value = now - self._last, self._gain, self._loss, self._value
        count = self._count + 1
        if count:
            up, down = max(change, 0), max(-change, 0)
            if count <= self.n:  # their sums, until they are n
                gain, loss = gain + up, loss + down
                if count == self.n:
                    gain, loss = gain // self.n, loss // self.n
            else:
                gain, loss = gain + (up - gain) // self.n, loss + (down - loss) // self.n
            # A number that stays leaves the index where it was, to the last digit.
            if count == self.n or (count > self.n and change):
                value = ALL * gain // (gain + loss) if loss else ALL
        if keep:
            self._last, self._gain, self._loss, self._value = now, gain, loss, value
            self._count = min(count, self.n)
        return value


class StochRSI(OneStep):
    """Where the RSI stands in its own range of `n` bars, 0 to 100: smoothed, and its average.

    `k` is the mean of `smooth` such places, `d` the mean of `signal` values of `k`. TA-Lib's
    STOCHRSI does not smooth `k`. An RSI that has not moved at all stands at 0.

    Source: Chande, Kroll, "The New Technical Trader" (1994);
    https://chartschool.stockcharts.com, "StochRSI".

    >>> stoch = StochRSI(1, n=2, smooth=1, signal=1)
    >>> closes = enumerate((1.0, 2.0, 1.0, 2.0))
    >>> [stoch.update(BarRow(i, x, x, x, x, 1.0)) for i, x in closes][-2:]
    [(0.0, 0.0), (100.0, 100.0)]
    """

    outputs = ("k", "d")
    levels = (20.0, 80.0)
    parameters = (
        length("rsi", 14, "changes in the RSI's averages"),
        length("n", 14, "bars of the RSI's range"),
        length("smooth", 3, "bars that smooth k"),
        length("signal", 3, "values of k in d"),
    )

    def __init__(self, rsi: int = 14, *, n: int = 14, smooth: int = 3, signal: int = 3) -> None:
        self._set(rsi=rsi, n=n, smooth=smooth, signal=signal)
        self.reset()
        self.lookback = rsi + n + smooth - 2
        self.warm_up = Moves(rsi).memory + n + smooth + signal

    def reset(self) -> None:
        """Forget all bars."""
        n = self.params["n"]
        self._rsi = _WholeRSI(self.params["rsi"])
        self._high, self._low = WindowMax(n), WindowMin(n)
        self._k, self._d = Sma(self.params["smooth"]), Sma(self.params["signal"])

    def step(self, row: BarRow, keep: bool) -> Values:
        """Both lines at a bar."""
        rsi = self._rsi.step(row.close, keep)
        if rsi is None:
            return self._nothing
        high, low = take(self._high, keep)(rsi), take(self._low, keep)(rsi)
        if high != high:  # noqa: PLR0124
            return self._nothing
        place = 100 * (rsi - low) / (high - low) if high > low else 0.0
        k = take(self._k, keep)(place)
        return (k, take(self._d, keep)(k)) if k == k else self._nothing  # noqa: PLR0124


class _Rank:
    """How many of the `n` numbers before are below a number, in percent."""

    def __init__(self, n: int) -> None:
        self.n = n
        self._held: deque[float] = deque()
        self._sorted: list[float] = []

    def push(self, x: float) -> float:
        rank = self.peek(x)
        if len(self._held) == self.n:
            del self._sorted[bisect_left(self._sorted, self._held.popleft())]
        self._held.append(x)
        insort(self._sorted, x)
        return rank

    def peek(self, x: float) -> float:
        full = len(self._held) == self.n
        return 100 * bisect_left(self._sorted, x) / self.n if full else NAN


class ConnorsRSI(OneStep):
    """Mean of the close's RSI, the RSI of its streak, and the rank of its last change, 0 to 100.

    The streak counts the closes in a row that rose (or, below 0, fell). The rank is how many
    of the `rank` changes before, in percent of the price, were less than the last one.

    Source: Connors, Alvarez, "An Introduction to ConnorsRSI" (2012);
    https://chartschool.stockcharts.com, "ConnorsRSI".

    >>> connors = ConnorsRSI(1, streak=1, rank=1)
    >>> closes = enumerate((1.0, 2.0, 3.0))
    >>> [connors.update(BarRow(i, x, x, x, x, 1.0)) for i, x in closes][-1]
    (66.66666666666667,)
    """

    outputs = ("crsi",)
    levels = (10.0, 90.0)
    parameters = (
        length("rsi", 3, "changes in the RSI of the close"),
        length("streak", 2, "changes in the RSI of the streak"),
        length("rank", 100, "changes that the last one is ranked in"),
    )

    def __init__(self, rsi: int = 3, *, streak: int = 2, rank: int = 100) -> None:
        self._set(rsi=rsi, streak=streak, rank=rank)
        self.reset()
        self.lookback = max(rsi, streak + 1, rank + 1)
        self.warm_up = max(self._moves.memory, 2 * self._streaks.memory, rank + 1)

    def reset(self) -> None:
        """Forget all bars."""
        self._moves, self._streaks = Moves(self.params["rsi"]), Moves(self.params["streak"])
        self._rank = _Rank(self.params["rank"])
        self._last = NAN
        self._streak = 0

    def usable(self, row: BarRow) -> bool:
        """Whether there is a close above 0."""
        return isfinite(row.close) and row.close > 0

    def step(self, row: BarRow, keep: bool) -> Values:
        """The index at a bar."""
        close, last, streak = row.close, self._last, self._streak
        rsi = strength(*take(self._moves, keep)(close))
        if keep:
            self._last = close
        if last != last:  # noqa: PLR0124
            return self._nothing
        if close > last:
            streak = max(streak, 0) + 1
        elif close < last:
            streak = min(streak, 0) - 1
        else:
            streak = 0
        if keep:
            self._streak = streak
        streaks = strength(*take(self._streaks, keep)(float(streak)))
        rank = take(self._rank, keep)((close - last) / last)
        return ((rsi + streaks + rank) / 3,)


class FisherTransform(OneStep):
    """Ehlers' Fisher transform of the price's place in its range: sharp turning points.

    The place, -1 to 1, is smoothed with a weight of 0.33 and held within 0.999; `fisher` is
    ln((1 + x) / (1 - x)) / 2 plus `carry` times the value before, which `trigger` shows. A
    price that does not move is in the middle.

    Source: Ehlers, "Using the Fisher Transform", Technical Analysis of Stocks & Commodities
    20:11 (2002).

    >>> fisher = FisherTransform(2)
    >>> closes = enumerate((1.0, 2.0))
    >>> [round(fisher.update(BarRow(i, x, x, x, x, 1.0))[0], 9) for i, x in closes]
    [nan, 0.342828254]
    """

    outputs = ("fisher", "trigger")
    levels = (0.0,)
    needs: ClassVar = ("high", "low", "close")
    parameters = (
        length("n", 10, "bars in the range"),
        choice("price", ("median", "close"), "(high + low) / 2, or the close"),
        factor("carry", 0.5, "share of the value before", high=0.9),
    )

    def __init__(self, n: int = 10, *, price: str = "median", carry: float = 0.5) -> None:
        self._set(n=n, price=price, carry=carry)
        self._median, self._carry = price == "median", carry
        self.lookback = n - 1
        slowest = log(max(carry, 0.67))
        self.warm_up = n + 2 * int(log(1e-9) / slowest)
        self.reset()

    def reset(self) -> None:
        """Forget all bars."""
        self._high, self._low = WindowMax(self.params["n"]), WindowMin(self.params["n"])
        self._place = 0.0
        self._fisher = NAN

    def step(self, row: BarRow, keep: bool) -> Values:
        """Both lines at a bar."""
        price = (row.high + row.low) / 2 if self._median else row.close
        high, low = take(self._high, keep)(price), take(self._low, keep)(price)
        if high != high:  # noqa: PLR0124
            return self._nothing
        place = 2 * ((price - low) / (high - low) - 0.5) if high > low else 0.0
        place = 0.33 * place + 0.67 * self._place
        if abs(place) > 0.99:  # noqa: PLR2004 - Ehlers' bounds
            place = 0.999 if place > 0 else -0.999
        before = self._fisher
        fisher = 0.5 * log((1 + place) / (1 - place))
        if before == before:  # noqa: PLR0124
            fisher += self._carry * before
        if keep:
            self._place, self._fisher = place, fisher
        return fisher, before
