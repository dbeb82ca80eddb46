"""Streaming charts for notebooks: candles that go on while a cell runs.

`chart(feed, "BTC-USDT")` makes a Chart; show it as a cell's last expression. The parts:
figure (Bokeh models), overlays and bands (what is drawn besides candles), livechart (what
changed since the last paint), painter (the thread that sends it), widget and bokehjs (the
comm), and the page's own half in page/.
"""

from livefin.chart.charting import chart
from livefin.chart.livechart import Chart

__all__ = ["Chart", "chart"]
