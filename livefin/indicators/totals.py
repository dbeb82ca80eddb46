"""Running sums that keep their digits, for ever and over the last stretch of time.

A sum is two numbers, the second what the first could not hold, so that millions of terms
cost no digits. Over a stretch of time nothing is subtracted either: what has left it leaves
no trace. The counterpart of windows.py, whose windows are of so many numbers. No clock: each
number brings its time. Used by windows, and by the indicators of trades, quotes and books.

Source: Neumaier, "Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen",
ZAMM 54 (1974); Tangwongsan, Hirzel, Schneider, "General incremental sliding-window
aggregation", PVLDB 8 (2015), section 2 for the two stacks.
"""

from __future__ import annotations

import copy
from typing import Any, Self, TypeAlias

Total: TypeAlias = tuple[float, float]
"""A sum and what rounding took off it."""
NOTHING: Total = (0.0, 0.0)
EARLIEST = -(2**63)


def added(total: Total, x: float) -> Total:
    """A sum with one more number.

    >>> total = NOTHING
    >>> for x in (1.0, 1e100, 1.0, -1e100):
    ...     total = added(total, x)
    >>> sum(total)
    2.0
    """
    high, low = total
    summed = high + x
    if abs(high) >= abs(x):
        return summed, low + ((high - summed) + x)
    return summed, low + ((x - summed) + high)


class TimeSum:
    """The sum of the numbers of the last `span` ns, that of a moment `span` ago not among them.

    A number with a time before that of one already there counts as of that one's.

    >>> recent = TimeSum(10)
    >>> [recent.push(t, x) for t, x in ((0, 1e300), (5, 1.0), (10, 2.0), (9, 4.0), (16, 0.0))]
    [1e+300, 1e+300, 3.0, 7.0, 6.0]
    >>> recent.peek(20, 1.0), recent.value
    (1.0, 6.0)
    """

    __slots__ = ("_back", "_front", "_total", "reached", "span")

    def __init__(self, span: int) -> None:
        self.span = span
        self.reached = EARLIEST
        """The latest time that came."""
        self._front: list[tuple[int, Total]] = []
        """The older part: each number's time and the total from it to the part's end, the
        newest first."""
        self._back: list[tuple[int, float]] = []
        self._total = NOTHING
        """Of `_back`."""

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        # What the lists hold never changes; copying each of it would take a thousand times as long.
        new = copy.copy(self)
        new._front, new._back = self._front.copy(), self._back.copy()  # noqa: SLF001 - its own kind
        return new

    @property
    def value(self) -> float:
        """The sum now, 0 where nothing is left."""
        high, low = added(self._front[-1][1] if self._front else NOTHING, self._total[0])
        return high + (low + self._total[1])

    def push(self, time: int, x: float) -> float:
        """Take one more; the sum with it."""
        self.reached = max(time, self.reached)
        self._leave(self.reached - self.span)
        self._back.append((self.reached, x))
        self._total = added(self._total, x)
        return self.value

    def advance(self, time: int) -> float:
        """Time has come to `time`, with no number; the sum of what has not left by then."""
        self.reached = max(time, self.reached)
        self._leave(self.reached - self.span)
        return self.value

    def peek(self, time: int, x: float) -> float:
        """The sum were `x` pushed. Costs as much as the window is long."""
        return self.__deepcopy__({}).push(time, x)

    def _leave(self, gone: int) -> None:
        """What came until `gone` leaves."""
        front = self._front
        while front and front[-1][0] <= gone:
            front.pop()
        if not front and self._back and self._back[0][0] <= gone:
            total = NOTHING
            for time, x in reversed(self._back):
                if time <= gone:
                    break
                total = added(total, x)
                front.append((time, total))
            self._back.clear()
            self._total = NOTHING
