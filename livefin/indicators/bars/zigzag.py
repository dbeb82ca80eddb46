"""The legs of a market, by how far it turned back. Of onestep's kind."""

from __future__ import annotations

from types import MappingProxyType
from typing import ClassVar

from livefin.indicators.bars.fractals import PRICE
from livefin.indicators.bars.onestep import OneStep, factor
from livefin.indicators.contract import NAN, BarRow, Values

HUNDRED = 100.0


class ZigZag(OneStep):
    """ZigZag's turning points, each from the bar on at which it is certain.

    A high is certain when the market has fallen `percent` from it, a low when it has risen as
    much. `turn` is the price of the one that a bar makes certain, `high` and `low` are the
    last certain ones, which stand. Nothing is drawn back to the bar of the turning point
    itself, nor a last leg that may yet grow, so that it never repaints. A bar that goes on in
    the direction of its leg does not end it, however far it came back within itself.

    The first leg begins at the lowest or the highest price so far.

    Source: Merrill, "Filtered Waves" (1977), swings of closes of 5 percent or more.

    >>> zigzag, closes = ZigZag(10.0, price="close"), (100.0, 120.0, 119.0, 108.0, 90.0)
    >>> [zigzag.update(BarRow(i, x, x, x, x, 1.0))[0] for i, x in enumerate(closes)]
    [nan, 100.0, nan, 120.0, nan]
    """

    outputs = ("turn", "high", "low")
    kinds = MappingProxyType({"turn": "dots"})
    pane = "price"
    needs: ClassVar = ("high", "low", "close")
    parameters = (
        factor("percent", 5.0, "how far back it must turn", low=1e-3, high=HUNDRED),
        PRICE._replace(default="close"),
    )
    lookback = 1
    warm_up = None

    def __init__(self, percent: float = 5.0, *, price: str = "close") -> None:
        self._set(percent=percent, price=price)
        self._percent, self._closes = percent, price == "close"
        self.reset()

    def reset(self) -> None:
        """Forget all bars."""
        self._leg = 0
        """1 up, -1 down, 0 before the first turning point."""
        self._top, self._bottom = -float("inf"), float("inf")
        """How far the leg has come; before there is one, both extremes so far."""
        self._last = NAN, NAN

    def step(self, row: BarRow, keep: bool) -> Values:
        """The turning points at a bar."""
        high, low = (row.close, row.close) if self._closes else (row.high, row.low)
        leg, top, bottom, (last_high, last_low) = self._leg, self._top, self._bottom, self._last
        turn = NAN
        up = self._share(high - bottom, bottom)
        down = self._share(top - low, top)
        grows = (leg == 1 and high >= top) or (leg == -1 and low <= bottom)
        if not grows and leg != 1 and up >= self._percent and up > down * (leg == 0):
            leg, turn, last_low = 1, bottom, bottom
            top = high
        elif not grows and leg != -1 and down >= self._percent and down > up * (leg == 0):
            leg, turn, last_high = -1, top, top
            bottom = low
        else:
            top = max(top, high) if leg != -1 else top
            bottom = min(bottom, low) if leg != 1 else bottom
        if keep:
            self._leg, self._top, self._bottom = leg, top, bottom
            self._last = last_high, last_low
        return turn, last_high, last_low

    def _share(self, way: float, of: float) -> float:
        """How far that is, in percent of the price it began at; 0 where there is none."""
        return HUNDRED * way / abs(of) if 0 < abs(of) < float("inf") else 0.0
