"""The tile: one indicator in one line, with its values, how it went, and its state in words.

For a feed without a chart, alone or in a dashboard. Drawn by tile.js; what is computed, and
when, is abreast's.
"""

from __future__ import annotations

from typing import Any

from livefin.chart.overlays import Overlay
from livefin.chart.source import ChartFeed
from livefin.widgets.abreast import KEEP, Abreast, Reading
from livefin.widgets.figures import clip, digits, sparkline, state, zone
from livefin.widgets.gauge import one
from livefin.widgets.living import LiveWidget, page

SHOWN = 3
"""Lines whose values are shown."""


def tile(
    feed: ChartFeed, indicator: Overlay, symbol: str | None = None, *, bars: str = "1s"
) -> Tile:
    """One indicator in one line: name, value, sparkline, state; show it in a cell.

    The state says whether it is above or below its levels, and whether it rises or falls
    from the bar before. An indicator of several lines has its first one's sparkline and state.

    Args:
        feed: a feed with trades.
        indicator: an indicator, or a function of a frame of bars.
        symbol: whose; by default the feed's first.
        bars: interval of the bars, as "1s" or "5min".

    Raises ChartError, IndicatorError, FrameError.

    >>> import livefin as lf
    >>> from livefin.indicators import ta
    >>> feed = lf.push("example", "ABC")
    >>> tile(feed, ta.RSI(14))
    <Tile RSI(14) of ABC>
    >>> feed.close()
    """
    abreast, name, symbol = one(feed, indicator, symbol, bars=bars, keep=KEEP)
    return Tile(abreast, name, symbol)


class Tile(LiveWidget):
    """The live tile; also an ipywidget to lay out with others. Made by `tile`."""

    _esm = page("tile")

    def __init__(self, abreast: Abreast, name: str, symbol: str, **traits: Any) -> None:
        self._name, self._symbol = name, symbol
        super().__init__(abreast, **traits)

    def say(self) -> dict[str, Any]:
        """Name, values, sparkline, state."""
        made = self._abreast.indicators[self._name]
        reading = self._abreast.reading(self._symbol, self._name)
        outputs = made.outputs or tuple(reading.lines)
        first = outputs[0] if outputs else ""
        line = reading.lines.get(first)
        levels = (0.0,) if made.kinds.get(first) == "histogram" else made.levels
        return {
            "label": clip(made.name),
            "symbol": clip(self._symbol),
            "interval": self._abreast.interval,
            "values": [_value(reading, output, len(outputs) > 1) for output in outputs[:SHOWN]],
            "more": max(0, len(outputs) - SHOWN),
            "spark": "" if line is None or reading.error else sparkline(line),
            "zone": zone(reading.last(first), levels),
            "words": ", ".join(state(reading.last(first), line, levels)),
            "error": clip(reading.error),
        }

    def __repr__(self) -> str:
        return f"<Tile {self._abreast.indicators[self._name].name} of {self._symbol}>"


def _value(reading: Reading, output: str, named: bool) -> dict[str, str | None]:
    value = reading.last(output)
    line = reading.lines.get(output)
    text = None if value is None or line is None else digits(value, like=float(line[0]))
    return {"label": clip(output) if named else "", "text": text}
