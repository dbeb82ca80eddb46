"""Charts without a page: what would go out on the comm is kept instead."""

import pytest
from fakes import FakeFeed

from livefin.chart import Chart
from livefin.chart.livechart import shows
from livefin.chart.painter import painter


class Wire:
    """Collects what a chart sends; `paint` paints once, on this thread."""

    def __init__(self, chart):
        self.chart, self.sent = chart, []
        chart.widget.send = lambda content, buffers=None: self.sent.append((content, buffers))
        painter.remove(chart)
        painter.join()
        self.sent.clear()
        chart._start_over()

    def paint(self):
        count = len(self.sent)
        more = self.chart.paint()
        return (self.sent[-1] if len(self.sent) > count else None), more


@pytest.fixture
def feed():
    feed = FakeFeed("BTC-USDT").fill(50)
    yield feed
    feed.close()


@pytest.fixture
def wire(feed):
    """A chart of `feed` on a wire: wire(**options)."""
    made = []

    def make(**options):
        made.append(Wire(Chart(feed, **options)))
        return made[-1]

    yield make
    for wire in made:
        wire.chart.release()


@pytest.fixture(autouse=True)
def nothing_left():
    """No chart on show, no painter, and no runtime's comm after a test."""
    from livefin.chart import bokehjs  # noqa: PLC0415 - its list is replaced

    yield
    for thing in list(shows._cells):
        thing.release()
    painter.close()
    for runtime in bokehjs._runtimes:
        runtime.close()
    bokehjs._runtimes.clear()
