"""The way in which an indicator is kept up to date along a feed's bars: which class does it.

Used by the chart, the screener and gauges; each way has a module of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from livefin.indicators.contract import Indicator, Line
from livefin.indicators.live.news import Bars, News
from livefin.indicators.live.pairs import Together
from livefin.indicators.live.recomputed import Recomputed
from livefin.indicators.live.running import Running
from livefin.indicators.live.ticking import Ticking


class Updated(Protocol):
    """An indicator along live bars."""

    @property
    def indicator(self) -> Indicator:
        """The one that is kept up to date, which may be a copy of what was given."""

    def take(self, news: News) -> Mapping[str, Line]:
        """The changed tail of each output, by the bars' ordinals; none when nothing changed."""


def along(indicator: Indicator, feed: Any, bars: Bars) -> Updated:
    """`indicator` along `bars`, which are of `feed`, as are its trades, quotes and book.

    One of longer bars is told how long these are, that it may know when a longer one ends.
    """
    if indicator.params.get("base", ...) is None:
        indicator = indicator.with_params(base=bars.interval)
    if indicator.source == "closes":
        return Together(indicator, feed, bars)
    if indicator.source != "bars":
        return Ticking(indicator, feed, bars)
    return Running(indicator, bars) if indicator.incremental else Recomputed(indicator, bars)
