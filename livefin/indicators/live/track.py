"""One line as it grows: values by bar ordinal, whose tail is replaced in place.

Replacing the last of 100,000 values costs no more than that of ten. What is held no more is
dropped from the front. Used by the chart for every line it draws.
"""

from __future__ import annotations

import numpy as np

from livefin.indicators.contract import Floats, Line

ROOM = 256


class Track:
    """A line's values from the bar `first` on.

    >>> track = Track()
    >>> track.put(Line(5, np.array([1.0, 2.0])))
    >>> track.put(Line(6, np.array([3.0, 4.0])))
    >>> track.first, track.array.tolist()
    (5, [1.0, 3.0, 4.0])
    """

    def __init__(self) -> None:
        self.first = 0
        self._begin = self._end = 0
        self._held = np.empty(0)

    @property
    def array(self) -> Floats:
        """A view, true until the next `put`."""
        return self._held[self._begin : self._end]

    @property
    def line(self) -> Line:
        """The whole line, as `array` has it."""
        return Line(self.first, self.array)

    def put(self, tail: Line) -> None:
        """From `tail.first` on the values are these; a tail that does not join replaces all."""
        count = self._end - self._begin
        start = tail.first - self.first
        if not 0 <= start <= count:
            start, self.first, self._begin = 0, tail.first, 0
        need = self._begin + start + len(tail.array)
        if need > len(self._held):
            kept = self._held[self._begin : self._begin + start]
            self._held = np.empty(2 * (start + len(tail.array)) + ROOM)
            self._held[:start] = kept
            self._begin, need = 0, start + len(tail.array)
        self._held[self._begin + start : need] = tail.array
        self._end = need

    def drop(self, held: int) -> None:
        """Bars before the ordinal `held` are held no more."""
        gone = min(max(0, held - self.first), self._end - self._begin)
        self._begin, self.first = self._begin + gone, self.first + gone

    def front(self, line: Line) -> None:
        """Values up to where the line has begun so far, put before it."""
        if not len(self.array):
            self.put(line)
        elif line.first < self.first:
            before = line.array[: self.first - line.first]
            self._held = np.concatenate([before, self.array])
            self.first, self._begin, self._end = line.first, 0, len(self._held)
