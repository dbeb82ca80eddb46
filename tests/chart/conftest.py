"""Charts without a page: what would go out on the comm is kept instead."""

import pytest
from fakes import FakeFeed, Wire

from livefin.chart import Chart
from livefin.chart.livechart import shows
from livefin.chart.painter import painter


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
def nothing_left(no_leaks):
    """No chart on show, no painter, and no runtime's comm after a test."""
    from livefin.chart import bokehjs  # noqa: PLC0415 - its list is replaced

    yield
    for thing in list(shows._cells):
        thing.release()
    painter.close()
    for runtime in bokehjs._runtimes:
        runtime.close()
    bokehjs._runtimes.clear()
