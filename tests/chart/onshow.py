"""Fixtures of all tests that show charts: a feed to draw, and nothing left on show after a test."""

import pytest
from fakes import FakeFeed

from livefin.chart.painter import painter
from livefin.chart.prototype import checks
from livefin.chart.shown import shows


@pytest.fixture(name="feed")
def filled_feed(request):
    """With so many bars as the test's module says in FILLED, else 50."""
    feed = FakeFeed("BTC-USDT").fill(getattr(request.module, "FILLED", 50))
    yield feed
    feed.close()


@pytest.fixture(autouse=True)
def nothing_left(no_leaks):
    """No chart on show, no check, no painter, and no runtime's comm after a test."""
    from livefin.chart import bokehjs  # noqa: PLC0415 - its list is replaced

    yield
    checks.close()
    for thing in list(shows._cells):
        thing.release()
    painter.close()
    for runtime in bokehjs._runtimes:
        runtime.close()
    bokehjs._runtimes.clear()
