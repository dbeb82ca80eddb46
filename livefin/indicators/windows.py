"""Sums, moments and extremes of the last n numbers, exact long after a bad print has left.

Nothing is ever subtracted: a number that leaves the window leaves no rounding error behind.
A window is two stacks. Totals of its older part are made anew, from the newest back, once in
n numbers; what came since is added up as it comes; a value joins the two. Each costs O(1) a
number on average, and `peek` tells the value with one more number without taking it. No
I/O, no clock. Used by livefin's own indicators.

Source: Tangwongsan, Hirzel, Schneider, "Low-latency sliding-window aggregation in worst-case
constant time", DEBS 2017, for the two stacks; Neumaier, "Rundungsfehleranalyse einiger
Verfahren zur Summation endlicher Summen", ZAMM 54 (1974), for the sums; Chan, Golub, LeVeque,
"Updating formulae and a pairwise algorithm for computing sample variances", COMPSTAT 1982.
"""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from collections import deque
from typing import Any, Generic, NamedTuple, Self, TypeVar

from livefin.errors import IndicatorError
from livefin.indicators.totals import added

NAN = float("nan")
Item = TypeVar("Item")
Total = TypeVar("Total")
Value = TypeVar("Value")


class _TwoStacks(ABC, Generic[Item, Total, Value]):
    """The last `n` items, and a total of them that knows no subtraction."""

    _zero: Total

    def __init__(self, n: int) -> None:
        if n < 1:
            raise IndicatorError(f"a window holds 1 or more, got {n}")
        self.n = n
        self._front: list[Total] = []
        """Totals of the older part: of its newest item alone first, of all of it last."""
        self._back: list[Item] = []
        self._total = self._zero
        """Of `_back`."""

    @abstractmethod
    def _with(self, total: Total, item: Item) -> Total:
        """A total with one more item."""

    @abstractmethod
    def _joined(self, older: Total, newer: Total) -> Value:
        """What the window says of its two parts."""

    @abstractmethod
    def _not_yet(self) -> Value:
        """What it says before it is full."""

    def __len__(self) -> int:
        return len(self._front) + len(self._back)

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        # What the lists hold never changes: a copy of them is all that a copy needs.
        new = copy.copy(self)
        new._front, new._back = self._front.copy(), self._back.copy()  # noqa: SLF001 - its own kind
        return new

    def _value(self) -> Value:
        if not self._front:  # it is made as soon as the window is full
            return self._not_yet()
        return self._joined(self._front[-1], self._total)

    def _push(self, item: Item) -> Value:
        if self._front:
            self._front.pop()
        self._back.append(item)
        self._total = self._with(self._total, item)
        if not self._front and len(self._back) == self.n:
            total = self._zero
            for held in reversed(self._back):
                total = self._with(total, held)
                self._front.append(total)
            self._back.clear()
            self._total = self._zero
        return self._value()

    def _peek(self, item: Item) -> Value:
        if len(self) < self.n - 1:
            return self._not_yet()
        older = self._front[-2] if len(self._front) > 1 else self._zero
        return self._joined(older, self._with(self._total, item))


class WindowSum(_TwoStacks[float, tuple[float, float], float]):
    """The sum of the last `n` numbers; NaN until there are `n`.

    >>> window = WindowSum(2)
    >>> [window.push(x) for x in (1.0, 1e300, 2.0, 3.0)]
    [nan, 1e+300, 1e+300, 5.0]
    >>> window.peek(10.0), window.value
    (13.0, 5.0)
    """

    _zero = (0.0, 0.0)

    @property
    def value(self) -> float:
        """The sum now."""
        return self._value()

    def push(self, x: float) -> float:
        """Take one more; the sum with it."""
        return self._push(x)

    def peek(self, x: float) -> float:
        """The sum were `x` pushed."""
        return self._peek(x)

    def _with(self, total: tuple[float, float], item: float) -> tuple[float, float]:
        return added(total, item)

    def _joined(self, older: tuple[float, float], newer: tuple[float, float]) -> float:
        high, low = added(older, newer[0])
        return high + (low + newer[1])

    def _not_yet(self) -> float:
        return NAN


class Moments(NamedTuple):
    """Of n numbers. The variance is the population's, divided by n."""

    mean: float
    variance: float


class WindowMoments(_TwoStacks[float, tuple[int, float, float], Moments]):
    """Mean and population variance of the last `n` numbers; NaN until there are `n`.

    >>> window = WindowMoments(3)
    >>> [window.push(x).variance for x in (1e9, 1.0, 2.0, 3.0)][-1] == 2 / 3
    True
    >>> window.peek(3.0).mean, window.value.mean
    (2.6666666666666665, 2.0)
    """

    _zero = (0, 0.0, 0.0)

    @property
    def value(self) -> Moments:
        """The moments now."""
        return self._value()

    def push(self, x: float) -> Moments:
        """Take one more; the moments with it."""
        return self._push(x)

    def peek(self, x: float) -> Moments:
        """The moments were `x` pushed."""
        return self._peek(x)

    def _with(self, total: tuple[int, float, float], item: float) -> tuple[int, float, float]:
        count, mean, squares = total
        away = item - mean
        mean += away / (count + 1)
        return count + 1, mean, squares + away * (item - mean)

    def _joined(self, older: tuple[int, float, float], newer: tuple[int, float, float]) -> Moments:
        count, mean, squares = older
        more, other, others = newer
        apart = other - mean
        share = more / (count + more)
        return Moments(
            mean + apart * share,
            (squares + others + apart * apart * count * share) / (count + more),
        )

    def _not_yet(self) -> Moments:
        return Moments(NAN, NAN)


class Joint(NamedTuple):
    """Of n pairs. Variances and covariance are the population's, divided by n."""

    mean_x: float
    mean_y: float
    variance_x: float
    variance_y: float
    covariance: float


_Pairs = tuple[int, float, float, float, float, float]


class WindowCovariance(_TwoStacks[tuple[float, float], _Pairs, Joint]):
    """Means, variances and covariance of the last `n` pairs; NaN until there are `n`.

    >>> window = WindowCovariance(2)
    >>> [window.push(x, y).covariance for x, y in ((7.0, 1e9), (1.0, 2.0), (3.0, 6.0))][-1]
    2.0
    """

    _zero = (0, 0.0, 0.0, 0.0, 0.0, 0.0)

    @property
    def value(self) -> Joint:
        """What holds now."""
        return self._value()

    def push(self, x: float, y: float) -> Joint:
        """Take one more pair; what holds with it."""
        return self._push((x, y))

    def peek(self, x: float, y: float) -> Joint:
        """What would hold were the pair pushed."""
        return self._peek((x, y))

    def _with(self, total: _Pairs, item: tuple[float, float]) -> _Pairs:
        count, mean_x, mean_y, square_x, square_y, product = total
        count += 1
        away_x, away_y = item[0] - mean_x, item[1] - mean_y
        mean_x += away_x / count
        mean_y += away_y / count
        rest_y = item[1] - mean_y
        return (
            count,
            mean_x,
            mean_y,
            square_x + away_x * (item[0] - mean_x),
            square_y + away_y * rest_y,
            product + away_x * rest_y,
        )

    def _joined(self, older: _Pairs, newer: _Pairs) -> Joint:
        apart_x, apart_y = newer[1] - older[1], newer[2] - older[2]
        count = older[0] + newer[0]
        share = newer[0] / count
        weight = older[0] * share
        return Joint(
            older[1] + apart_x * share,
            older[2] + apart_y * share,
            (older[3] + newer[3] + apart_x * apart_x * weight) / count,
            (older[4] + newer[4] + apart_y * apart_y * weight) / count,
            (older[5] + newer[5] + apart_x * apart_y * weight) / count,
        )

    def _not_yet(self) -> Joint:
        return Joint(NAN, NAN, NAN, NAN, NAN)


class _Extreme:
    """The largest of `sign` times the last `n` numbers, which can still become it in a row."""

    sign: int
    """Whole, so that whole numbers of any size stay what they are."""

    def __init__(self, n: int) -> None:
        if n < 1:
            raise IndicatorError(f"a window holds 1 or more, got {n}")
        self.n = n
        self._count = 0
        self._falling: deque[tuple[int, float]] = deque()

    def __len__(self) -> int:
        return min(self._count, self.n)

    @property
    def value(self) -> float:
        """The extreme now."""
        return self.sign * self._falling[0][1] if self._count >= self.n else NAN

    def push(self, x: float) -> float:
        """Take one more; the extreme with it."""
        x *= self.sign
        falling = self._falling
        while falling and falling[-1][1] <= x:
            falling.pop()
        falling.append((self._count, x))
        if falling[0][0] <= self._count - self.n:
            falling.popleft()
        self._count += 1
        return self.value

    def peek(self, x: float) -> float:
        """The extreme were `x` pushed."""
        if self._count < self.n - 1:
            return NAN
        x *= self.sign
        falling = self._falling
        place = 1 if falling and falling[0][0] <= self._count - self.n else 0
        return self.sign * (max(falling[place][1], x) if place < len(falling) else x)


class WindowMax(_Extreme):
    """The largest of the last `n` numbers; NaN until there are `n`.

    >>> window = WindowMax(2)
    >>> [window.push(x) for x in (9.0, 1.0, 2.0)], window.peek(1.0)
    ([nan, 9.0, 2.0], 2.0)

    Source: Lemire, "Streaming maximum-minimum filter using no more than three comparisons
    per element", Nordic Journal of Computing 13 (2006).
    """

    sign = 1


class WindowMin(_Extreme):
    """The smallest of the last `n` numbers, as `WindowMax`.

    >>> window = WindowMin(2)
    >>> [window.push(x) for x in (0.0, 1.0, 2.0)], window.peek(0.5)
    ([nan, 0.0, 1.0], 0.5)
    """

    sign = -1
