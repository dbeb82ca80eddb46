"""Streaming charts for notebooks: bars that go on while a cell runs.

`chart(feed, "BTC-USDT")` makes a Chart; show it as a cell's last expression. The parts:
livechart (the public class), sheet and figure (panes and their Bokeh models), picture and
stream (what pages have been told), painter (the thread that sends it), widget and bokehjs
(the comm), settings, overlays, compared and bands (what is drawn besides bars), drawings,
alerts and markers (what lies on it), linked, and the page's own half in page/.
"""

from livefin.chart.charting import chart
from livefin.chart.linked import link, unlink
from livefin.chart.livechart import Chart
from livefin.chart.panespec import pane

__all__ = ["Chart", "chart", "link", "pane", "unlink"]
