"""Live charts without a page, and no card, painter or comm left after a test."""

import pytest
from fakes import Wire
from onshow import filled_feed, nothing_left  # noqa: F401 - fixtures

from livefin.chart import Chart


@pytest.fixture
def wire(feed):
    wire = Wire(Chart(feed))
    wire.paint()
    yield wire
    wire.chart.release()


@pytest.fixture
def chart(wire):
    return wire.chart
