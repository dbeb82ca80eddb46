"""Lines at a share of an average above and below it. Of onestep's kind.

Channels as wide as the market's ranges are in keltner.
"""

from __future__ import annotations

from livefin.indicators.bars.onestep import OneStep, choice, factor, length
from livefin.indicators.bars.smoothing import AVERAGES, take
from livefin.indicators.contract import BarRow, Values


class Envelopes(OneStep):
    """Moving-average envelopes: an average of the close, and lines `percent` above and below.

    Around any other average by chaining: `ta.HMA(20) | Envelopes(1)`.

    Source: https://chartschool.stockcharts.com, "Moving Average Envelopes".

    >>> envelopes = Envelopes(2, percent=50.0)
    >>> [envelopes.update(BarRow(i, x, x, x, x, 1.0)) for i, x in enumerate((1.0, 3.0))][-1]
    (3.0, 2.0, 1.0)
    """

    outputs = ("upper", "middle", "lower")
    pane = "price"
    parameters = (
        length("n", 20, "bars in the average"),
        factor("percent", 2.5, "of the average from it to a line", high=100.0),
        choice("average", ("sma", "ema", "wilder"), "how the close is averaged"),
    )

    def __init__(self, n: int = 20, *, percent: float = 2.5, average: str = "sma") -> None:
        self._set(n=n, percent=percent, average=average)
        self._share = percent / 100
        self.reset()
        self.lookback = n - 1
        self.warm_up = self._middle.memory

    def reset(self) -> None:
        """Forget all bars."""
        self._middle = AVERAGES[self.params["average"]](self.params["n"])

    def step(self, row: BarRow, keep: bool) -> Values:
        """The lines at a bar."""
        middle = take(self._middle, keep)(row.close)
        away = self._share * middle
        return middle + away, middle, middle - away
