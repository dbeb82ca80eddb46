"""A dashboard lays out charts, feeds and widgets, and says what it does not take."""

import ipywidgets
import pytest

import livefin as lf
from livefin.errors import ChartError
from livefin.widgets.dashboard import dashboard


@pytest.fixture(autouse=True)
def closed(no_leaks):
    """No comm after a test: those of the grid and of its layout are closed by nobody else."""
    yield
    ipywidgets.Widget.close_all()


@pytest.fixture
def feed():
    feed = lf.connect("paper", ["BTC-USDT", "ETH-USDT"])
    yield feed
    feed.close()


@pytest.fixture
def charts(feed):
    charts = [lf.chart(feed, symbol) for symbol in feed.symbols]
    yield charts
    for chart in charts:
        chart.release()


def test_charts_stand_beside_each_other_in_columns_and_as_high_as_asked(charts):
    grid = dashboard(charts, columns=2, height=240)
    assert list(grid.children) == [chart.widget for chart in charts]
    assert grid.layout.grid_template_columns == "repeat(2, minmax(0, 1fr))"
    assert [chart.settings["height"] for chart in charts] == [240, 240]


def test_a_height_of_none_leaves_each_chart_as_it_is(charts):
    charts[0].set(height=500)
    dashboard(charts, height=None)
    assert [chart.settings["height"] for chart in charts] == [500, 460]


def test_linked_charts_move_together_and_others_do_not(charts):
    dashboard(charts)
    assert [chart.settings.group for chart in charts] == ["", ""]
    dashboard(charts, linked=True)
    one, two = (chart.settings.group for chart in charts)
    assert one == two != ""


def test_feeds_and_widgets_stand_among_the_charts(feed, charts):
    label = ipywidgets.Label("mine")
    grid = dashboard([charts[0], feed, label], columns=3)
    assert grid.children[0] is charts[0].widget
    assert isinstance(grid.children[1], ipywidgets.Widget)
    assert grid.children[2] is label


@pytest.mark.parametrize(
    ("items", "options", "match"),
    [
        ([], {}, "something to show"),
        (["BTC-USDT"], {}, "charts, feeds and widgets"),
        (["BTC-USDT"], {"columns": 0}, "at least 1"),
    ],
)
def test_what_no_dashboard_can_be_made_of(items, options, match):
    with pytest.raises(ChartError, match=match):
        dashboard(items, **options)
