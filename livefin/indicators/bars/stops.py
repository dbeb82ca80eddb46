"""Stops by which Wilder's systems turn around: by the best close, and by the range's bands.

Of onestep's kind. Beside trailing, whose Supertrend is the second one around another middle.
"""

from __future__ import annotations

from typing import ClassVar

from livefin.indicators.bars.onestep import OneStep, choice, factor, length
from livefin.indicators.bars.smoothing import AverageRange
from livefin.indicators.bars.trailing import Supertrend
from livefin.indicators.contract import NAN, BarRow, Values


class VolatilityStop(OneStep):
    """Wilder's volatility stop: so many average ranges from the best close since it turned.

    `up` lies below a rising market, `down` above a falling one, and a close beyond the line
    turns it around at the next bar. The line at a bar is known before it: its range and its
    close are those of the bars before. What the market did before the first turn is a guess,
    from the closes of the first `n` bars, and not shown.

    Source: Wilder, "New Concepts in Technical Trading Systems" (1978), section III, the
    volatility system; its beginning as in Stock.Indicators' VolatilityStop.

    >>> stop = VolatilityStop(1, width=1.0)
    >>> closes = enumerate((10.0, 11.0, 15.0, 16.0, 12.0, 14.0))
    >>> [stop.update(BarRow(i, x, x, x, x, 1.0)) for i, x in closes][3:]
    [(11.0, nan), (15.0, nan), (nan, 16.0)]
    """

    outputs = ("up", "down")
    pane = "price"
    needs: ClassVar = ("high", "low", "close")
    parameters = (
        length("n", 7, "bars in the average range"),
        factor("width", 3.0, "average ranges from the best close"),
    )
    warm_up = None

    def __init__(self, n: int = 7, *, width: float = 3.0) -> None:
        self._set(n=n, width=width)
        self._n, self._width = n, width
        self.lookback = n + 2
        self.reset()

    def reset(self) -> None:
        """Forget all bars."""
        self._ranges = AverageRange(self.params["n"])
        self._away = NAN
        """How far the next bar's stop is from the best close."""
        self._closes: list[float] = []
        """The first `n`."""
        self._rising: bool | None = None
        self._best = NAN
        self._turned = False

    def step(self, row: BarRow, keep: bool) -> Values:
        """The line at a bar."""
        close, away = row.close, self._away
        rising, best, turned = self._rising, self._best, self._turned
        values = self._nothing
        if keep:
            self._away = self._width * self._ranges.push(row)
        if rising is None:
            closes = [*self._closes, close]
            if len(closes) == self._n:
                rising = close > closes[0]
                best = max(closes) if rising else min(closes)
                closes = []
            if keep:
                self._closes = closes
        else:
            line = best - away if rising else best + away
            if turned:
                values = (line, NAN) if rising else (NAN, line)
            if close < line if rising else close > line:
                rising, best, turned = not rising, close, True
            else:
                best = max(best, close) if rising else min(best, close)
        if keep:
            self._rising, self._best, self._turned = rising, best, turned
        return values


class ATRTrailingStop(Supertrend):
    """ATR trailing stop: average true ranges from the close, or from the bar's high and low.

    `up` lies below a rising market, `down` above a falling one. A band only ever comes closer,
    until the close goes through it; then the other one counts. It begins rising where the
    close did not fall.

    Source: Wilder, "New Concepts in Technical Trading Systems" (1978), section III, for stops
    by the range; the bands as in Stock.Indicators' AtrStop.

    >>> stop = ATRTrailingStop(1, width=1.0)
    >>> closes = enumerate((10.0, 11.0, 15.0, 12.0))
    >>> [stop.update(BarRow(i, x, x + 1, x - 1, x, 1.0)) for i, x in closes]
    [(nan, nan), (9.0, nan), (10.0, nan), (10.0, nan)]
    """

    parameters = (
        length("n", 21, "bars in the average range"),
        factor("width", 3.0, "average ranges from the price to a band"),
        choice("edge", ("close", "extremes"), "from the close, or from high and low"),
    )

    def __init__(self, n: int = 21, *, width: float = 3.0, edge: str = "close") -> None:
        self._set(n=n, width=width, edge=edge)
        self._width, self._extremes = width, edge == "extremes"
        self.lookback = n
        self.reset()

    def reset(self) -> None:
        """Forget all bars."""
        self._begin(AverageRange(self.params["n"]))
        self._before = NAN

    def step(self, row: BarRow, keep: bool) -> Values:
        """The line at a bar."""
        values = super().step(row, keep)
        if keep:
            self._before = row.close
        return values

    def _edges(self, row: BarRow) -> tuple[float, float]:
        return (row.low, row.high) if self._extremes else (row.close, row.close)

    def _rises(self, row: BarRow) -> bool:
        return row.close >= self._before
