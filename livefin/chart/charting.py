"""Make a chart: `livefin.chart`."""

from __future__ import annotations

from typing import Any

from livefin.chart.livechart import Chart
from livefin.chart.source import ChartFeed


def chart(feed: ChartFeed, symbol: str | None = None, **options: Any) -> Chart:
    """A live chart of `symbol`, or of the feed's first; show it as a cell's last expression.

    It goes on while other cells run. Click it, then turn the wheel to zoom (or hold Ctrl);
    drag to pan, drag an axis to scale it, double-click to come back to the live edge. Keys:
    arrows, + and -, End, 1 to 9 for intervals, F for full screen; ? lists them.

    Args:
        feed: an open feed with trades of the symbol.
        symbol: as "BTC-USDT".
        **options: `bars`, the interval ("1s", "5min"); `overlays`, functions of the frame of
            bars or a mapping of names to them; `panes`, the same for panes of their own (see
            `livefin.pane`); `compare`, other symbols, or (feed, symbol); `intervals` to
            switch between; and the settings: `kind` ("candles", "hollow", "heikin", "bars",
            "line", "area", "baseline", "renko"), `scale` ("linear", "log", "percent",
            "indexed"), `gaps` ("closed": sessions and weekends take no room; "true"), `tz`,
            `tick` (the price step; else learned), `brick` (of renko), `base` (of a baseline),
            `volume`, `profile` (volume by price), `toolbar`, `title`, `height` and `width`
            in pixels, `fps`, `theme` ("auto", "light", "dark"), `bars_visible` at first.

    Raises ChartError, SymbolError, FrameError.

    >>> import livefin as lf
    >>> feed = lf.connect("paper", "BTC-USDT")
    >>> live = chart(feed, overlays={"mean": lambda df: df.close.rolling(20).mean()})
    >>> live.figure.title.text = "Bitcoin"
    >>> feed.close()
    >>> live.closed
    True
    """
    return Chart(feed, symbol, **options)
