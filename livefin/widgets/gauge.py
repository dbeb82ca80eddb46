"""The gauge: the present value of one indicator on a dial or a bar, its levels as zones.

The range is what was given, else what the indicator has shown so far with its levels, which
only grows. Drawn by gauge.js; what is computed, and when, is abreast's.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from livefin.chart.alert import finite
from livefin.chart.asked import symbol_of
from livefin.chart.overlays import Overlay
from livefin.chart.source import ChartFeed
from livefin.errors import ChartError
from livefin.widgets.abreast import Abreast
from livefin.widgets.figures import bounds, clip, digits, state, zone
from livefin.widgets.living import LiveWidget, page

SHAPES = ("dial", "bar")
SEEN = 500
"""Bars back from which the range is learned at first."""
MARGIN = 0.05


def gauge(
    feed: ChartFeed,
    indicator: Overlay,
    symbol: str | None = None,
    *,
    bars: str = "1s",
    output: str | None = None,
    low: float | None = None,
    high: float | None = None,
    shape: str = "dial",
) -> Gauge:
    """One indicator's present value on a gauge; show it in a cell.

    Args:
        feed: a feed with trades.
        indicator: an indicator, or a function of a frame of bars.
        symbol: whose; by default the feed's first.
        bars: interval of the bars, as "1s" or "5min".
        output: which of its lines; by default the first.
        low: the beginning of the scale; learned if not given.
        high: the end of it, likewise.
        shape: "dial" or "bar".

    Raises ChartError, IndicatorError, FrameError.

    >>> import livefin as lf
    >>> from livefin.indicators import ta
    >>> feed = lf.push("example", "ABC")
    >>> gauge(feed, ta.RSI(14), low=0, high=100)
    <Gauge RSI(14) of ABC>
    >>> feed.close()
    """
    if shape not in SHAPES:
        raise ChartError(f"a gauge is one of {', '.join(SHAPES)}; got {shape!r}")
    for end in (low, high):
        if end is not None and finite(end) is None:
            raise ChartError(f"the ends of a gauge are numbers, got {end!r}")
    if low is not None and high is not None and not low < high:
        raise ChartError(f"a gauge goes from low to a higher high, got {low} and {high}")
    abreast, name, symbol = one(feed, indicator, symbol, bars=bars, keep=SEEN)
    outputs = abreast.indicators[name].outputs
    if output is not None and outputs and output not in outputs:
        raise ChartError(f"{name} has no line {output!r}; there are {', '.join(outputs)}")
    return Gauge(abreast, name, symbol, output=output, low=low, high=high, shape=shape)


def one(
    feed: ChartFeed, indicator: Overlay, symbol: str | None, *, bars: str, keep: int
) -> tuple[Abreast, str, str]:
    """One indicator at one symbol, kept up to date; its name and the symbol."""
    symbol = symbol_of(feed, symbol)
    abreast = Abreast(feed, [indicator], interval=bars, symbols=[symbol], keep=keep)
    return abreast, next(iter(abreast.indicators)), symbol


class Gauge(LiveWidget):
    """The live gauge; also an ipywidget to lay out with others. Made by `gauge`."""

    _esm = page("gauge")

    def __init__(
        self,
        abreast: Abreast,
        name: str,
        symbol: str,
        *,
        output: str | None = None,
        low: float | None = None,
        high: float | None = None,
        shape: str = "dial",
        **traits: Any,
    ) -> None:
        self._name, self._symbol, self._output, self._shape = name, symbol, output, shape
        self._given = low, high
        self._seen: tuple[float, float] | None = None
        super().__init__(abreast, **traits)

    def say(self) -> dict[str, Any]:
        """Value, scale, levels."""
        made = self._abreast.indicators[self._name]
        reading = self._abreast.reading(self._symbol, self._name)
        output = self._output or next(iter(made.outputs or reading.lines), "")
        value = reading.last(output)
        levels = sorted(float(level) for level in made.levels)
        line = reading.lines.get(output)
        low, high = (None, None) if line is None else bounds(line)
        self._learn([low, high, *levels])
        low, high = self._range()
        label = made.name if len(made.outputs) <= 1 else f"{made.name} {output}"
        return {
            "label": clip(label),
            "symbol": clip(self._symbol),
            "interval": self._abreast.interval,
            "shape": self._shape,
            "value": value,
            "text": None if value is None else digits(value, like=max(abs(low), abs(high))),
            "known": self._seen is not None or None not in self._given,
            "low": low,
            "high": high,
            "levels": [level for level in levels if low < level < high],
            "zones": _zones(levels, low, high),
            "zone": zone(value, levels),
            "words": ", ".join(state(value, line, levels)),
            "error": clip(reading.error),
        }

    def _learn(self, values: list[float | None]) -> None:
        finite = [value for value in values if value is not None]
        if finite:
            seen = [*finite, *(self._seen or ())]
            self._seen = min(seen), max(seen)

    def _range(self) -> tuple[float, float]:
        low, high = self._seen or (0.0, 1.0)
        room = MARGIN * (high - low) or abs(high) * MARGIN or 1.0
        least, most = self._given
        low = low - room if least is None else least
        high = high + room if most is None else most
        return low, max(high, low + room)

    def __repr__(self) -> str:
        return f"<Gauge {self._abreast.indicators[self._name].name} of {self._symbol}>"


def _zones(levels: list[float], low: float, high: float) -> list[tuple[float, float, str]]:
    """The scale in parts: from, to, and which zone that is.

    >>> _zones([30, 70], 0, 100), _zones([30, 70], 50, 60)
    ([(0, 30, 'below'), (30, 70, ''), (70, 100, 'above')], [(50, 60, '')])
    """
    edges = [low, *(level for level in levels if low < level < high), high]
    return [(begin, end, zone((begin + end) / 2, levels)) for begin, end in pairwise(edges)]
