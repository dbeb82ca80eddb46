"""An indicator of longer bars along the chart's shorter ones, with no look into the future.

A longer bar is closed, and its value known, when nothing can come into it any more: at the
shorter bar that ends where it ends, if it is known how long those are (`base`), and else at
the first shorter bar after it. From there on its value stands at each shorter bar until the
next one is closed. Longer bars begin at whole multiples since 1970 UTC, weeks on Mondays, as
those of bars.TimeBars do. No I/O, no clock.
"""

from __future__ import annotations

import copy
from math import isfinite
from types import MappingProxyType
from typing import Any, NamedTuple, Self

import pandas as pd

from livefin.errors import IndicatorError
from livefin.folding import divides, origin_of
from livefin.indicators.contract import NAN, BarRow, Indicator, Values
from livefin.indicators.instance import made
from livefin.indicators.parameters import Parameter
from livefin.indicators.rows import frame
from livefin.indicators.stepwise import Stepwise
from livefin.intervals import interval_ns

EARLIEST = -(2**63)


def on(
    interval: str | pd.Timedelta,
    indicator: Indicator,
    *,
    forming: bool = False,
    base: str | pd.Timedelta | None = None,
) -> OnInterval:
    """`indicator` on bars of `interval`, its values along the shorter bars they are made of.

    Args:
        interval: how long the longer bars are: "5min", "1h", "1W".
        indicator: one of bars.
        forming: whether the longer bar that is not closed shows a value too: what it would
            be, were it closed at that shorter bar. Else the last closed one's value stands.
        base: how long the shorter bars are, where it is known. A longer bar that is made up
            to its end then shows at its last shorter bar, and not one bar later.

    Returns an Indicator with the lines of `indicator`. `lookback` and `warm_up` are rows of
    shorter bars without gaps, known where `base` is. A bar without prices is no part of a
    longer one and has no value; so is one that is older than the longer bar at hand.

    Raises IndicatorError for an indicator that takes no bars, and for a `base` of which
    longer bars cannot be made; FrameError for what is no interval.

    >>> class Last:
    ...     def update(self, bar): return bar.close
    >>> from livefin.indicators.custom.userdefined import indicator
    >>> last = on("2min", indicator(Last), base="1min")
    >>> minutes = [BarRow(i * 60 * 10**9, c, c, c, c, 1.0) for i, c in enumerate([3., 4., 5., 6.])]
    >>> last, [last.update(row)[0] for row in minutes]
    (Last on 2min, [nan, 4.0, 4.0, 6.0])
    """
    return OnInterval(interval, indicator, forming=forming, base=base)


class Longer(NamedTuple):
    """A longer bar as far as it has come."""

    start: int
    open: float
    high: float
    low: float
    close: float
    volume: float
    turnover: float

    @property
    def row(self) -> BarRow:
        """As its indicator takes it."""
        vwap = self.turnover / self.volume if self.volume else NAN
        return BarRow(self.start, *self[1:6], vwap)

    def with_(self, row: BarRow) -> Longer:
        """With one more shorter bar."""
        return Longer(
            self.start,
            self.open,
            max(self.high, row.high),
            min(self.low, row.low),
            row.close,
            self.volume + row.volume,
            self.turnover + _turnover(row),
        )


class OnInterval(Stepwise):
    """See `on`."""

    def __init__(
        self,
        interval: str | pd.Timedelta,
        indicator: Indicator,
        *,
        forming: bool = False,
        base: str | pd.Timedelta | None = None,
    ) -> None:
        if made(indicator, "on").source != "bars":
            raise IndicatorError(f"{indicator.name} is of {indicator.source}, not of bars")
        self._length = interval_ns(interval)
        self._origin = origin_of(self._length)
        self._base = None if base is None else interval_ns(base)
        if self._base is not None and not divides(self._base, self._length):
            raise IndicatorError(f"bars of {interval} cannot be made of bars of {base}")
        self.indicator = indicator.copy()
        self.forming = forming
        self.name = f"{indicator.name} on {interval}"
        self.outputs = indicator.outputs
        own = {"interval": interval, "forming": forming, "base": base}
        self.params = MappingProxyType({**indicator.params, **own})
        self.parameters = (
            *(parameter for parameter in indicator.parameters if parameter.name not in own),
            Parameter("forming", "bool", default=False),
        )
        self.lookback, self.warm_up = self._memory()
        self.pane, self.kinds, self.levels = indicator.pane, indicator.kinds, indicator.levels
        self.trusted, self.incremental = indicator.trusted, indicator.incremental
        self.reset()

    def _memory(self) -> tuple[int, int | None]:
        """Rows of shorter bars before the first value, and until what was does not matter."""
        before, long = self.indicator.lookback, self.indicator.warm_up
        if self._base is None:
            return before + (not self.forming), None
        count = self._length // self._base
        lookback = before * count if self.forming else (before + 1) * count - 1
        # History may begin within one longer bar, and end within another.
        return lookback, None if long is None else (long + 2) * count

    def with_params(self, **params: Any) -> Self:
        """A fresh one with some parameters changed. Raises IndicatorError for what cannot be."""
        own = {
            name: params.pop(name, self.params[name]) for name in ("interval", "forming", "base")
        }
        return type(self)(own.pop("interval"), self.indicator.with_params(**params), **own)

    def copy(self) -> Self:
        """The same parameters, and a state of its own, equal to this one's."""
        twin = copy.copy(self)
        twin.indicator = self.indicator.copy()
        return twin

    def reset(self) -> None:
        """Forget all rows."""
        self.indicator.begin(frame([]))
        self._at: Longer | None = None
        """The longer bar that is not closed, where there is one."""
        self._from = EARLIEST
        """What opens before is of a longer bar that is closed."""
        self._last: Values = ()
        """The values of the longer bar that was closed last."""

    def update(self, row: BarRow) -> Values:
        """Take one more closed row; the values at it."""
        start = row.time - (row.time - self._origin) % self._length
        if start < self._from or not all(map(isfinite, row[1:5])):
            return self._none(row)
        if self._at is not None and self._at.start < start:
            self._close(self._at)
        self._from, longer = start, self._with(row, start)
        if self._ends(row, start):
            self._close(longer)
            self._from = start + self._length
            return self._last
        self._at = longer
        return self._standing(longer)

    def peek(self, row: BarRow) -> Values:
        """The values at the forming row, were it closed now; commits nothing."""
        start = row.time - (row.time - self._origin) % self._length
        if start < self._from or not all(map(isfinite, row[1:5])):
            return self._none(row)
        before, longer = self._at, self._with(row, start)
        shown = self.forming or self._ends(row, start)
        if before is None or before.start == start:
            return self._peeked(longer) if shown else self._standing(longer)
        if not shown:
            return self._peeked(before)
        twin = self.indicator.copy()
        twin.update(before.row)
        return twin.peek(longer.row)

    def _with(self, row: BarRow, start: int) -> Longer:
        """The longer bar that begins at `start`, with `row`."""
        if self._at is not None and self._at.start == start:
            return self._at.with_(row)
        return Longer(start, *row[1:6], _turnover(row))

    def _ends(self, row: BarRow, start: int) -> bool:
        """Whether the shorter bar ends where the longer one does."""
        return self._base is not None and row.time + self._base >= start + self._length

    def _close(self, longer: Longer) -> None:
        self._last = self.indicator.update(longer.row)
        self._at, self.outputs = None, self.indicator.outputs

    def _peeked(self, longer: Longer) -> Values:
        values = self.indicator.peek(longer.row)
        self.outputs = self.indicator.outputs
        return values

    def _standing(self, longer: Longer) -> Values:
        """The values while `longer` is not closed."""
        if self.forming:
            return self._peeked(longer)
        return self._last or self._none(longer.row)

    def _none(self, row: BarRow) -> Values:
        if not self.outputs:  # a person's function shows them when it is called
            self.indicator.peek(row)
            self.outputs = self.indicator.outputs
        return (NAN,) * len(self.outputs)


def _turnover(row: BarRow) -> float:
    return row.vwap * row.volume if row.volume else 0.0
