"""Live charts without a page, and no card, painter or comm left after a test."""

import pytest
from fakes import FakeFeed, Wire

from livefin.chart import Chart
from livefin.chart.painter import painter
from livefin.chart.prototype import checks
from livefin.chart.shown import shows


@pytest.fixture
def feed():
    feed = FakeFeed("BTC-USDT").fill(400)
    yield feed
    feed.close()


@pytest.fixture
def wire(feed):
    wire = Wire(Chart(feed))
    wire.paint()
    yield wire
    wire.chart.release()


@pytest.fixture
def chart(wire):
    return wire.chart


@pytest.fixture(autouse=True)
def nothing_left(no_leaks):
    """The painter, the checks and the runtime's comm end with a test."""
    from livefin.chart import bokehjs  # noqa: PLC0415 - its list is replaced

    yield
    checks.close()
    for thing in list(shows._cells):
        thing.release()
    painter.close()
    for runtime in bokehjs._runtimes:
        runtime.close()
    bokehjs._runtimes.clear()
