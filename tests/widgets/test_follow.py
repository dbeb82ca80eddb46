"""The widget of a signal that is followed: what it says, on a chart too, and its end."""

import json

import ipywidgets
import pytest
from fakes import FakeFeed, S

import livefin as lf
from livefin.chart import Chart
from livefin.chart.painter import painter
from livefin.errors import ChartError, IndicatorError
from livefin.indicators import ta
from livefin.widgets.follow import Follow, follow

START = 1_700_000_000 * S


@pytest.fixture(autouse=True)
def closed(no_leaks):
    """No comm after a test: those of a widget's layout are closed by nobody else."""
    yield
    painter.close()
    ipywidgets.Widget.close_all()


@pytest.fixture
def feed():
    return FakeFeed("ABC", "XYZ").fill(200, end=START)


@pytest.fixture
def chart(feed):
    chart = Chart(feed)
    yield chart
    chart.release()


@pytest.fixture
def live(feed):
    live = still(follow(feed, ta.MOM(3), horizons=[1, 5]))
    yield live
    live.release()


def still(live):
    """Painted by the test alone, and at every turn."""
    painter.remove(live)
    painter.join()
    live._looked = -1e9
    return live


def paint(live):
    live._looked = -1e9
    return live.paint()


def test_it_says_the_figures_of_the_outcome(feed, live):
    paint(live)
    said = live.said
    assert said["bars"] == "199 bars"
    assert [row["horizon"] for row in said["rows"]] == [1, 5]
    for row in said["rows"]:
        figures = live.df.loc[row["horizon"]]
        assert row["cells"][0] == f"{figures['count']:.0f}"
        assert row["cells"][2] == f"{100 * figures['hit_rate']:.1f} %"
        assert float(row["cells"][4]) == pytest.approx(1e4 * figures["mean"], rel=0.01, abs=1e-3)
        assert sum(row["histogram"]["counts"]) == figures["count"]
    json.dumps(said, allow_nan=False)


def test_it_grows_live(feed, live):
    paint(live)
    before = live.df["count"] + live.df["pending"]
    for second in range(40):
        feed.walk(START + second * S)
    paint(live)
    assert live.live == 40
    assert "40 of them live" in live.said["bars"]
    assert (live.df["count"] + live.df["pending"] > before).all()


def test_figures_are_made_at_most_once_a_second(feed, live):
    paint(live)
    feed.walk(START)
    feed.walk(START + S)
    before = live.said["bars"]
    live._looked = 1e18
    live.paint()
    assert live.said["bars"] == before


def test_before_any_bar_there_are_figures_without_values():
    live = still(follow(FakeFeed("ABC"), ta.MOM(3)))
    paint(live)
    assert live.said["rows"][0]["cells"] == ["0", "0", "–", "–", "–", "–", "–", "–"]
    assert live.said["rows"][0]["histogram"] is None
    live.release()


def test_returns_that_are_all_alike_have_a_histogram():
    feed = FakeFeed("ABC")
    feed.bars("1s")
    for second in range(30):
        feed.trade(START + second * S, 100.0)
    live = still(follow(feed, lambda df: df.close > 0, horizons=1))
    live._following.update(30.0)
    paint(live)
    assert sum(live.said["rows"][0]["histogram"]["counts"]) == 28
    live.release()


def test_what_the_signal_raises_is_said(feed):
    def broken(df):
        raise ValueError("a <b>bold</b> mistake")

    live = still(follow(feed, broken))
    live._following.update(30.0)
    paint(live)
    assert live.said["notes"] == ["ValueError: a <b>bold</b> mistake"]
    assert live.error == live.said["notes"][0]
    live.release()
    live._following.join()


def test_with_the_feed_it_ends_and_says_so(feed, live):
    assert paint(live)
    feed.close()
    assert not paint(live)
    assert live.said["state"] == "closed"
    assert len(live.df) == 2


def test_on_a_chart_it_is_marked_and_leaves_with_it(chart):
    live = still(follow(chart, ta.MOM(3)))
    assert list(chart.indicators) == ["MOM(3)"]
    entry = chart._overlays.entries["MOM(3)"]
    assert (entry.placing.kind, entry.placing.pane) == ("marks", "price")
    live.close()
    live.close()
    assert chart.indicators == {}
    live.release()


def test_the_chart_tells_each_signal_once_at_its_close(feed, chart):
    fired = []
    live = still(follow(chart, lambda df: df.close > 1e6, alert=True))
    alert = live._alert
    alert.call = fired.append

    def turn(second, price):
        feed.trade(START + second * S, price)
        live._following._apart._not_before = 0.0
        live._following.update(30.0)
        chart.alerts._look_at = 0.0
        chart.alerts.frame(chart.bars.df)
        return alert.count

    assert turn(0, 100.0) == 0
    assert turn(1, 2e6) == 0, "it is not closed yet"
    assert turn(2, 100.0) == 1
    assert [turn(second, 100.0) for second in range(3, 6)] == [1, 1, 1]
    turn(6, 2e6)
    assert turn(7, 100.0) == 2
    live.close()
    assert alert not in list(chart.alerts)
    live.release()
    live._following.join()


@pytest.mark.parametrize(
    ("options", "error", "match"),
    [
        ({"alert": True}, ChartError, "give the chart"),
        ({"horizons": 0}, IndicatorError, "horizons"),
        ({"cost_bps": -1}, IndicatorError, "cost_bps"),
        ({"signal": 5}, IndicatorError, "no function"),
    ],
)
def test_what_cannot_be_followed_is_said(feed, options, error, match):
    with pytest.raises(error, match=match):
        follow(feed, **{"signal": ta.MOM(3), **options})


def test_a_chart_of_other_bars_is_not_marked_with_these(chart):
    with pytest.raises(ChartError, match="give the feed"):
        follow(chart, ta.MOM(3), "XYZ")
    with pytest.raises(ChartError, match="give the feed"):
        follow(chart, ta.MOM(3), bars="5s")


def test_on_a_real_feed():
    feed = lf.connect("paper", "BTC-USDT")
    live = follow(feed, ta.MOM(1), horizons=1)
    assert isinstance(live, Follow)
    assert feed.wait(lambda: live.live >= 2, timeout=20)
    feed.close()
    live.release()
