"""Averages of a stream of numbers, and the range of a bar: the parts indicators are made of.

Each has `push`, which takes a number, and `peek`, which tells the same value without taking
it; NaN until there are enough. `take` picks one of the two. No I/O, no clock.
"""

from __future__ import annotations

from collections.abc import Callable
from math import log
from typing import Any

from livefin.indicators.contract import NAN, BarRow
from livefin.indicators.windows import WindowSum

FORGET = 20.723265836946414
"""-ln(1e-9): what an exponential average still holds of its past after that many lengths."""


def take(part: Any, keep: bool) -> Callable[..., Any]:
    """The part's `push` if the row is to be kept, else its `peek`.

    >>> ema = Ema(1)
    >>> take(ema, False)(5.0), ema.value, take(ema, True)(5.0), ema.value
    (5.0, nan, 5.0, 5.0)
    """
    return part.push if keep else part.peek  # type: ignore[no-any-return]


class Sma:
    """The mean of the last `n` numbers.

    >>> sma = Sma(2)
    >>> [sma.push(x) for x in (1.0, 2.0, 4.0)]
    [nan, 1.5, 3.0]
    """

    def __init__(self, n: int) -> None:
        self.n = n
        self._sum = WindowSum(n)

    @property
    def memory(self) -> int:
        """Numbers after which what came before does not matter."""
        return self.n

    def push(self, x: float) -> float:
        """Take one more; the mean with it."""
        return self._sum.push(x) / self.n

    def peek(self, x: float) -> float:
        """The mean were `x` pushed."""
        return self._sum.peek(x) / self.n


class Ema:
    """An exponential average that begins with the mean of its first `n` numbers.

    `alpha` is the weight of the newest, 2 / (n + 1) by default.

    >>> ema = Ema(3)
    >>> [ema.push(x) for x in (1.0, 2.0, 3.0, 6.0)]
    [nan, nan, 2.0, 4.0]

    Source: Murphy, "Technical Analysis of the Financial Markets" (1999), chapter 9.
    """

    def __init__(self, n: int, alpha: float | None = None) -> None:
        self.n = n
        self.alpha = 2 / (n + 1) if alpha is None else alpha
        self.value = NAN
        self._count = 0
        self._total = 0.0

    @property
    def memory(self) -> int:
        """Numbers after which what came before weighs less than 1e-9."""
        return self.n + (int(-FORGET / log(1 - self.alpha)) + 1 if self.alpha < 1 else 0)

    def push(self, x: float) -> float:
        """Take one more; the average with it."""
        self.value = self.peek(x)
        if self._count < self.n:
            self._count += 1
            self._total += x
        return self.value

    def peek(self, x: float) -> float:
        """The average were `x` pushed."""
        if self._count >= self.n:
            return self.value + self.alpha * (x - self.value)
        return (self._total + x) / self.n if self._count == self.n - 1 else NAN


class Wilder(Ema):
    """Wilder's average: exponential, the newest weighs 1 / n.

    >>> wilder = Wilder(2)
    >>> [wilder.push(x) for x in (1.0, 2.0, 3.5)]
    [nan, 1.5, 2.5]

    Source: Wilder, "New Concepts in Technical Trading Systems" (1978).
    """

    def __init__(self, n: int) -> None:
        super().__init__(n, 1 / n)


AVERAGES: dict[str, Callable[[int], Sma | Ema]] = {"ema": Ema, "sma": Sma, "wilder": Wilder}


class TrueRange:
    """How far a bar went, from the last close on.

    The first bar has no close before it: NaN, or with `first` its high less its low, as some
    charting programs have it.

    >>> ranges = TrueRange()
    >>> bars = BarRow(0, 1.0, 2.0, 1.0, 2.0, 9.0), BarRow(1, 5.0, 6.0, 4.0, 5.0, 9.0)
    >>> [ranges.push(bar) for bar in bars]
    [nan, 4.0]

    Source: Wilder, "New Concepts in Technical Trading Systems" (1978).
    """

    def __init__(self, *, first: bool = False) -> None:
        self.close = NAN
        self._first = first

    def push(self, row: BarRow) -> float:
        """Take one more bar; its true range."""
        value = self.peek(row)
        self.close = row.close
        return value

    def peek(self, row: BarRow) -> float:
        """The bar's true range; it is not taken."""
        last = self.close
        if last != last:  # noqa: PLR0124 - NaN, and quicker than isnan
            return row.high - row.low if self._first else NAN
        return max(row.high, last) - min(row.low, last)


class AverageRange:
    """An average of true ranges, from the second bar on, or with `first` from the first on.

    >>> atr = AverageRange(1, "sma")
    >>> bars = BarRow(0, 1.0, 2.0, 1.0, 2.0, 9.0), BarRow(1, 5.0, 6.0, 4.0, 5.0, 9.0)
    >>> [atr.push(bar) for bar in bars]
    [nan, 4.0]
    """

    def __init__(self, n: int, average: str = "wilder", *, first: bool = False) -> None:
        self._range = TrueRange(first=first)
        self._average = AVERAGES[average](n)

    @property
    def memory(self) -> int:
        """Bars after which what came before does not matter."""
        return self._average.memory + 1

    def push(self, row: BarRow) -> float:
        """Take one more bar; the average with it."""
        value = self._range.push(row)
        return self._average.push(value) if value == value else NAN  # noqa: PLR0124

    def peek(self, row: BarRow) -> float:
        """The average were the bar pushed."""
        value = self._range.peek(row)
        return self._average.peek(value) if value == value else NAN  # noqa: PLR0124


def strength(gain: float, loss: float) -> float:
    """Wilder's relative strength index of two averages, 0 to 100; 100 where nothing fell.

    >>> strength(1.0, 3.0), strength(0.0, 0.0)
    (25.0, 100.0)

    Source: Wilder, "New Concepts in Technical Trading Systems" (1978), section VI.
    """
    if loss != loss:  # noqa: PLR0124
        return NAN
    return 100 * gain / (gain + loss) if loss > 0 else 100.0


class Moves:
    """Wilder's averages of what a stream of numbers rose and of what it fell.

    >>> moves = Moves(2)
    >>> [moves.push(x) for x in (1.0, 2.0, 1.0)]
    [(nan, nan), (nan, nan), (0.5, 0.5)]
    """

    def __init__(self, n: int) -> None:
        self._last = NAN
        self._gain, self._loss = Wilder(n), Wilder(n)

    @property
    def memory(self) -> int:
        """Numbers after which what came before does not matter."""
        return self._gain.memory + 1

    def push(self, x: float) -> tuple[float, float]:
        """Take one more; the averages with it."""
        change, self._last = x - self._last, x
        if change != change:  # noqa: PLR0124
            return NAN, NAN
        return self._gain.push(max(change, 0.0)), self._loss.push(max(-change, 0.0))

    def peek(self, x: float) -> tuple[float, float]:
        """The averages were `x` pushed."""
        change = x - self._last
        if change != change:  # noqa: PLR0124
            return NAN, NAN
        return self._gain.peek(max(change, 0.0)), self._loss.peek(max(-change, 0.0))
