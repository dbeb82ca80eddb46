"""Heikin-Ashi bars: open, high, low and close as lines. Of onestep's kind."""

from __future__ import annotations

from typing import ClassVar

from livefin.indicators.bars.onestep import OneStep
from livefin.indicators.contract import NAN, BarRow, Values


class HeikinAshi(OneStep):
    """Averaged bars: each opens in the middle of the last one and closes at its mean price.

    Source: Valcu, "Using the Heikin-Ashi Technique", Technical Analysis of Stocks &
    Commodities 22:2 (2004).

    >>> averaged = HeikinAshi()
    >>> bars = BarRow(0, 1.0, 4.0, 1.0, 2.0, 9.0), BarRow(1, 2.0, 4.0, 2.0, 4.0, 9.0)
    >>> [averaged.update(bar) for bar in bars]
    [(1.5, 4.0, 1.0, 2.0), (1.75, 4.0, 1.75, 3.0)]
    """

    outputs = ("open", "high", "low", "close")
    pane = "price"
    needs: ClassVar = ("open", "high", "low", "close")
    # Half of each opening is of the one before: 2 ** -60 is left, though a price was absurd.
    warm_up = 60

    def __init__(self) -> None:
        self._set()
        self.reset()

    def reset(self) -> None:
        """Forget all bars."""
        self._open = self._close = NAN

    def step(self, row: BarRow, keep: bool) -> Values:
        """The averaged bar."""
        first = self._open != self._open
        open_ = (row.open + row.close) / 2 if first else (self._open + self._close) / 2
        close = (row.open + row.high + row.low + row.close) / 4
        if keep:
            self._open, self._close = open_, close
        return open_, max(row.high, open_, close), min(row.low, open_, close), close
