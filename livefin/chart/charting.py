"""Make a chart: `livefin.chart`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from livefin.chart.livechart import Chart
from livefin.chart.overlays import Overlay
from livefin.chart.settings import INTERVALS
from livefin.chart.source import ChartFeed


def chart(
    feed: ChartFeed,
    symbol: str | None = None,
    *,
    bars: str = "1s",
    overlays: Mapping[str, Overlay] | Iterable[Overlay] | None = None,
    panes: Any = (),
    compare: Iterable[Any] = (),
    intervals: Iterable[str] = INTERVALS,
    title: str | None = None,
    **settings: Any,
) -> Chart:
    """A live chart of `symbol`, or of the feed's first; show it as a cell's last expression.

    It goes on while other cells run. Click it, then turn the wheel to zoom (or hold Ctrl);
    drag to pan, drag an axis to scale it, double-click to come back to the live edge. Keys:
    arrows, + and -, End, 1 to 9 for intervals, F for full screen; ? lists them.

    Args:
        feed: an open feed with trades of the symbol.
        symbol: as "BTC-USDT".
        bars: their interval, as "1s", "5min"; `chart.interval = ` changes it.
        overlays: indicators such as `lf.ta.EMA(20)` or `lf.vwap()`, or functions of the frame
            of bars that give a Series or a DataFrame of lines; a list, or by name.
        panes: the same, each in a pane of its own; `livefin.pane` says more of one.
        compare: other symbols, in percent; one of another feed is (feed, symbol).
        intervals: what the menu and the keys 1 to 9 choose among.
        title: by default the symbol.
        **settings: any of these, which `chart.set` changes:
            `kind`: "candles", "hollow", "heikin", "bars", "line", "area", "baseline", "renko";
            `scale`: "linear", "log", "percent" (since the left edge), "indexed" (to 100);
            `tz`: "UTC", "local" or a zone such as "America/New_York";
            `gaps`: "closed" gives sessions and weekends no room, "true" does;
            `volume`: True; `profile`: False, volume by price;
            `hidden`: names of lines not drawn, as a click on their name in the legend does;
            `tick`: the price step, else learned; `brick`: of renko; `base`: of a baseline;
            `height`: 460, and `width`, in pixels; `bars_visible`: 150, at first;
            `theme`: "auto", "light", "dark"; `toolbar`: True; `fps`: 20, paints a second.

    What comes back has the same verbs for later (`add`, `remove`, `add_pane`, `compare`,
    `set`), what lies on it (`drawings`, `markers`, `orders`, `alerts`), and Bokeh's `figure`.

    Raises ChartError, SymbolError, FrameError.

    >>> import livefin as lf
    >>> feed = lf.connect("paper", "BTC-USDT")
    >>> live = chart(feed, overlays={"mean": lambda df: df.close.rolling(20).mean()})
    >>> live.figure.title.text = "Bitcoin"
    >>> feed.close()
    >>> live.closed
    True
    """
    return Chart(
        feed,
        symbol,
        bars=bars,
        overlays=overlays,
        panes=panes,
        compare=compare,
        intervals=intervals,
        title=title,
        **settings,
    )
