"""How strongly a bar closes: Wilder's swing index, its sum, and the close's place in the bar.

Of onestep's kind. Differences of prices are summed exactly, as quarters, so that no price is
too large: what remains of them can be as small as the last digit of a price.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import fsum
from types import MappingProxyType
from typing import ClassVar

from livefin.indicators.bars.onestep import OneStep, choice
from livefin.indicators.contract import NAN, BarRow, Values
from livefin.indicators.parameters import Parameter
from livefin.indicators.totals import NOTHING, added


class SwingIndex(OneStep):
    """Wilder's swing index: how far, and how surely, the price got from one bar to the next.

    50 * N / R * K / limit, where N is what the price got on: close less last close, half of
    close less open, and a quarter of the bar before's close less open; K the greater distance
    of high and low from the last close; and R the greatest reach, from the last close or of
    the bar itself, with a quarter of the bar before's. `limit` is the most that a price may
    move in a bar; where there is no such rule it only scales the line. A bar that reaches
    nowhere is at 0.

    All distances in R are counted without their sign. QuantConnect Lean takes the sign off
    their sum alone: `absolute="sum"`.

    Source: Wilder, "New Concepts in Technical Trading Systems" (1978), section VIII, as in
    the code to Kaufman, "Trading Systems and Methods" (5th edition, 2013), TSMSwingIndex.

    >>> swing = SwingIndex(10.0)
    >>> bars = BarRow(0, 10.0, 12.0, 9.0, 11.0, 1.0), BarRow(1, 11.0, 14.0, 11.0, 13.0, 1.0)
    >>> [swing.update(bar) for bar in bars]
    [(nan,), (15.0,)]
    """

    outputs: tuple[str, ...] = ("swing",)
    kinds: Mapping[str, str] = MappingProxyType({"swing": "histogram"})
    levels = (0.0,)
    needs: ClassVar = ("open", "high", "low", "close")
    parameters = (
        Parameter("limit", "float", 10.0, 1e-12, doc="the most that a price may move in a bar"),
        choice("absolute", ("terms", "sum"), "what in R loses its sign"),
    )
    lookback = 1
    warm_up: int | None = 1

    def __init__(self, limit: float = 10.0, *, absolute: str = "terms") -> None:
        self._set(limit=limit, absolute=absolute)
        self._limit, self._signed = limit, absolute == "sum"
        self.reset()

    def reset(self) -> None:
        """Forget all bars."""
        self._last: BarRow | None = None

    def step(self, row: BarRow, keep: bool) -> Values:
        """The index at a bar."""
        last = self._last
        if keep:
            self._last = row
        if last is None:
            return self._nothing
        open_, high, low, close = row[1:5]
        up, down, reach = abs(high - last.close), abs(low - last.close), high - low
        before = abs(last.close - last.open) / 4
        if reach >= max(up, down):
            wide = reach + before
            signed = high / 4, -low / 4, last.close / 16
        elif up >= down:
            wide = up - down / 2 + before
            signed = high / 4, -low / 8, -last.close / 16
        else:
            wide = down - up / 2 + before
            signed = low / 4, -high / 8, -last.close / 16
        if self._signed:
            wide = abs(4 * fsum((*signed, -last.open / 16)))
        if not wide > 0:
            return (0.0,)
        now = close / 4, close / 8, -open_ / 8
        got = fsum((*now, -last.close / 4, last.close / 16, -last.open / 16))
        return (200 * (got / wide) * (max(up, down) / self._limit),)


class AccumulativeSwingIndex(SwingIndex):
    """Wilder's accumulative swing index: the sum of all swing indices from the first bar on.

    It begins at the second bar. What a swing index is, and its parameters: `SwingIndex`.

    Source: Wilder, "New Concepts in Technical Trading Systems" (1978), section VIII.

    >>> total = AccumulativeSwingIndex(10.0)
    >>> closes = enumerate((10.0, 12.0, 12.0))
    >>> [total.update(BarRow(i, 10.0, x, 10.0, x, 1.0)) for i, x in closes][1:]
    [(15.0,), (21.0,)]
    """

    outputs = ("asi",)
    kinds = MappingProxyType({})
    warm_up = None

    def reset(self) -> None:
        """Forget all bars."""
        super().reset()
        self._total = NOTHING

    def step(self, row: BarRow, keep: bool) -> Values:
        """The sum at a bar."""
        (swing,) = super().step(row, keep)
        if swing != swing:  # noqa: PLR0124 - the first bar
            return self._nothing
        total = added(self._total, swing)
        if keep:
            self._total = total
        return (sum(total),)


class InternalBarStrength(OneStep):
    """Where in its bar the close lies: 0 at the low, 1 at the high; NaN where the two are one.

    Source: Pagonidis, "The IBS Effect: Mean Reversion in Equity ETFs" (2013).

    >>> InternalBarStrength().update(BarRow(0, 2.0, 5.0, 1.0, 2.0, 1.0))
    (0.25,)
    """

    outputs = ("ibs",)
    levels = (0.2, 0.8)
    needs: ClassVar = ("high", "low", "close")

    def __init__(self) -> None:
        self._set()
        self.reset()

    def reset(self) -> None:
        """There is nothing to forget."""

    def step(self, row: BarRow, keep: bool) -> Values:  # noqa: ARG002 - there is nothing to keep
        """The place at a bar."""
        reach = row.high - row.low
        return ((row.close - row.low) / reach if reach > 0 else NAN,)
