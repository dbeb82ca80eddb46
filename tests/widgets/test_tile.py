"""What a tile says in its one line, and that it stands in a dashboard."""

import numpy as np
import pytest
import watched

from livefin.indicators import ta
from livefin.indicators.custom.userdefined import indicator
from livefin.widgets.dashboard import dashboard
from livefin.widgets.tile import tile

S = watched.S


@pytest.fixture
def shown():
    made = []

    def make(feed, which, *args, **options):
        made.append(watched.still(tile(feed, which, *args, **options)))
        return made[-1]

    yield make
    for each in made:
        watched.end(each)


def rising(bars):
    feed = watched.feed("A", bars=0)
    for bar in range(bars):
        feed.trade(watched.START + bar * S, 100.0 + bar, 1.0, "A")
    return feed


def test_name_value_and_state_in_words(shown):
    made = shown(rising(40), ta.RSI(14))
    assert made.said["label"] == "RSI(14)"
    assert made.said["values"] == [{"label": "", "text": "100.00"}]
    assert made.said["words"] == "above 70, flat"
    assert made.said["zone"] == "above"


def test_rising_and_falling_are_from_the_bar_before(shown):
    feed = rising(10)
    made = shown(feed, ta.SMA(1))
    assert made.said["words"] == "rising"
    feed.trade(watched.START + 9 * S, 50.0, 1.0, "A")
    made.paint()
    assert made.said["words"] == "falling"


def test_between_its_levels_is_said_too(shown):
    feed = watched.feed("A", bars=0)
    for bar in range(60):
        feed.trade(watched.START + bar * S, 100.0 + bar % 2, 1.0, "A")
    made = shown(feed, ta.RSI(14))
    assert made.said["words"].startswith("between 30 and 70, ")


def test_lines_of_several_are_named_and_the_first_is_drawn(shown):
    feed = watched.feed("A")
    made = shown(feed, ta.BBANDS(5))
    batch = ta.BBANDS(5).batch(feed.bars()["A"].df).iloc[-1]
    assert [each["label"] for each in made.said["values"]] == list(batch.index)
    for each in made.said["values"]:
        assert float(each["text"]) == pytest.approx(batch[each["label"]], rel=1e-3)
    line = ta.BBANDS(5).batch(feed.bars()["A"].df).iloc[-60:, 0].to_numpy()
    drawn = made.said["spark"]
    assert (drawn[int(np.argmax(line))], drawn[int(np.argmin(line))]) == ("o", "0")


def test_lines_that_do_not_fit_are_counted(shown):
    def many(df):
        return df[["open", "high", "low", "close", "volume"]]

    made = shown(watched.feed("A"), indicator(many))
    assert (len(made.said["values"]), made.said["more"]) == (3, 2)


def test_without_a_value_and_with_an_error_it_says_so(shown):
    def bad(df):
        raise ValueError("no luck")

    assert shown(rising(3), ta.SMA(10)).said["words"] == "no value yet"
    assert shown(rising(3), indicator(bad)).said["error"] == "ValueError: no luck"


def test_a_dashboard_takes_it(shown):
    made = shown(rising(3), ta.SMA(2))
    grid = dashboard([made], columns=1)
    assert list(grid.children) == [made]
    grid.layout.close()
    grid.close()
