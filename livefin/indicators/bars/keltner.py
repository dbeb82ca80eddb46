"""Channels around an average, as wide as the market's ranges. Of onestep's kind."""

from __future__ import annotations

from typing import ClassVar

from livefin.indicators.bars.onestep import FIRST_RANGE, OneStep, choice, factor, length
from livefin.indicators.bars.smoothing import AVERAGES, AverageRange, take
from livefin.indicators.contract import BarRow, Values


class Keltner(OneStep):
    """Keltner channels: an average of the price, and `width` average true ranges around it.

    By default Raschke's, with an exponential average of the close and Wilder's range of
    `ranges` bars. Keltner's own takes simple averages of the typical price,
    (high + low + close) / 3: `Keltner(price="typical", average="sma", smoothing="sma")`.
    STARC bands are `Keltner(5, width=2.0, ranges=15, average="sma")`.

    Source: Keltner, "How to Make Money in Commodities" (1960); Connors, Raschke, "Street
    Smarts" (1995); https://chartschool.stockcharts.com, "Keltner Channels".

    >>> bars = [BarRow(i, 10.0, 11.0, 9.0, 10.0, 1.0) for i in range(3)]
    >>> keltner = Keltner(2, ranges=2)
    >>> [keltner.update(bar) for bar in bars][-1]
    (14.0, 10.0, 6.0)
    """

    outputs = ("upper", "middle", "lower")
    pane = "price"
    needs: ClassVar = ("high", "low", "close")
    parameters = (
        length("n", 20, "bars in the average of the price"),
        factor("width", 2.0, "average ranges from the middle to a band"),
        length("ranges", 10, "bars in the average of the ranges"),
        choice("price", ("close", "typical"), "what the middle is an average of"),
        choice("average", ("ema", "sma", "wilder"), "how the price is averaged"),
        choice("smoothing", ("wilder", "sma", "ema"), "how the ranges are averaged"),
        FIRST_RANGE,
    )

    def __init__(
        self,
        n: int = 20,
        *,
        width: float = 2.0,
        ranges: int = 10,
        price: str = "close",
        average: str = "ema",
        smoothing: str = "wilder",
        first_range: bool = False,
    ) -> None:
        self._set(
            n=n,
            width=width,
            ranges=ranges,
            price=price,
            average=average,
            smoothing=smoothing,
            first_range=first_range,
        )
        self._width, self._typical = width, price == "typical"
        self.reset()
        self.lookback = max(n - 1, ranges - first_range)
        self.warm_up = max(self._middle.memory, self._ranges.memory)

    def reset(self) -> None:
        """Forget all bars."""
        params = self.params
        self._middle = AVERAGES[params["average"]](params["n"])
        self._ranges = AverageRange(
            params["ranges"], params["smoothing"], first=params["first_range"]
        )

    def step(self, row: BarRow, keep: bool) -> Values:
        """The channel at a bar."""
        price = (row.high + row.low + row.close) / 3 if self._typical else row.close
        middle = take(self._middle, keep)(price)
        away = self._width * take(self._ranges, keep)(row)
        if away != away:  # noqa: PLR0124 - no half a channel
            return self._nothing
        return middle + away, middle, middle - away
