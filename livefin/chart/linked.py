"""Move charts together: the same stretch of time, one crosshair over all, across cells.

Only a name is shared; the pages do the rest among themselves (page/links.js), so that it
works while the kernel is busy.
"""

from __future__ import annotations

from uuid import uuid4

from livefin.chart.livechart import Chart
from livefin.errors import ChartError


def link(*charts: Chart) -> None:
    """Let `charts` show the same time from now on, and point at it together.

    Moving one moves all; charts that were linked before bring their others along. Raises
    ChartError.

    >>> import livefin as lf
    >>> feed = lf.connect("paper", ["BTC-USDT", "ETH-USDT"])
    >>> one, two = lf.chart(feed, "BTC-USDT"), lf.chart(feed, "ETH-USDT")
    >>> link(one, two)
    >>> one.settings.group == two.settings.group != ""
    True
    >>> unlink(two); two.settings.group
    ''
    >>> feed.close()
    """
    for chart in charts:
        if not isinstance(chart, Chart):
            raise ChartError(f"only charts can be linked, got {chart!r}")
    known = [chart.settings.group for chart in charts if chart.settings.group]
    group = known[0] if known else uuid4().hex
    for chart in charts:
        chart.settings.join(group)


def unlink(*charts: Chart) -> None:
    """Let each of `charts` move by itself again."""
    for chart in charts:
        chart.settings.join("")
