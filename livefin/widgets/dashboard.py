"""Charts and cards in a grid: a dashboard in one cell."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import ipywidgets

from livefin.chart import Chart
from livefin.chart.linked import link
from livefin.errors import ChartError
from livefin.feed import Feed
from livefin.widgets.status import card

GAP = "8px"


def dashboard(
    items: Iterable[Any], *, columns: int = 2, height: float | None = 300, linked: bool = False
) -> ipywidgets.GridBox:
    """A grid of charts, feeds (their status cards) and any ipywidgets; show it in a cell.

    Args:
        items: what to show, row by row.
        columns: how many stand beside each other.
        height: of every chart in pixels, wherever it is shown; None leaves each as it is.
        linked: whether the charts move together in time.

    Raises ChartError.

    >>> import livefin as lf
    >>> feed = lf.connect("paper", ["BTC-USDT", "ETH-USDT"])
    >>> grid = dashboard([lf.chart(feed, symbol) for symbol in feed.symbols], linked=True)
    >>> len(grid.children)
    2
    >>> feed.close()
    """
    if not isinstance(columns, int) or columns < 1:
        raise ChartError(f"columns must be at least 1, got {columns!r}")
    items = list(items) if isinstance(items, Iterable) else [items]
    if not items:
        raise ChartError("a dashboard needs something to show")
    charts = [item for item in items if isinstance(item, Chart)]
    if height is not None:
        for chart in charts:
            chart.set(height=height)
    if linked and charts:
        link(*charts)
    widgets = [_widget(item) for item in items]
    grid = f"repeat({columns}, minmax(0, 1fr))"
    layout = ipywidgets.Layout(grid_template_columns=grid, grid_gap=GAP, width="100%")
    return ipywidgets.GridBox(widgets, layout=layout)


def _widget(item: Any) -> Any:
    if isinstance(item, Chart):
        return item.widget
    if isinstance(item, Feed):
        return card(item)
    if isinstance(item, ipywidgets.Widget):
        return item
    raise ChartError(f"a dashboard takes charts, feeds and widgets, got {item!r}")
