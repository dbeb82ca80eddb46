"""What a page tells a chart: it missed something, or a person changed something there.

A page's words come from a browser, and on whatever thread the kernel hears them: what makes
no sense is left alone, and what a person asks for is checked where it is kept. Used by
livechart; the page's end is page/page.js.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from livefin.chart.painter import painter
from livefin.chart.source import Bars
from livefin.errors import LivefinError

if TYPE_CHECKING:
    from livefin.chart.livechart import Chart
    from livefin.chart.picture import Picture

OLDER = 5_000
"""Bars to ask the venue for when a page nears the oldest one held."""


def hear(chart: Chart, picture: Picture, content: Any) -> None:
    """Take one message of a page."""
    if not isinstance(content, dict):
        return
    if content.get("ask") == "snapshot":
        picture.whole = True
        painter.add(chart)
    elif content.get("ask") == "older":
        _ask_older(chart, picture)
    elif "interval" in content:
        _switch(chart, picture, content["interval"])
    elif "set" in content:
        chart.settings.take(content["set"])
    elif "drawing" in content:
        chart.drawings.take(content["drawing"])
    elif "alert" in content:
        chart.alerts.take(content["alert"])


def _switch(chart: Chart, picture: Picture, interval: Any) -> None:
    if interval in chart.intervals and interval != chart.interval:
        try:
            chart.interval = interval
        except LivefinError:  # a feed without such bars: the page keeps what it has
            picture.whole = True


def _ask_older(chart: Chart, picture: Picture) -> None:
    ask = getattr(chart.feed, "older", None)
    if ask is None:
        picture.older = "end"
    elif picture.older != "asking":
        picture.older = "asking"
        bars = picture.bars
        found = ask(chart.symbol, chart.interval, bars.oldest or 0, OLDER)
        found.add_done_callback(lambda done: _tell_older(picture, bars, done))


def _tell_older(picture: Picture, bars: Bars, done: Any) -> None:
    """Older bars came, or none will."""
    if picture.bars is bars:  # else the interval was switched meanwhile
        picture.older = "" if not done.exception() and done.result() else "end"
