"""What a gauge says: value, scale, zones; the scale learned where it is not given."""

import json

import pytest
import watched

from livefin.errors import ChartError
from livefin.indicators import ta
from livefin.indicators.custom.userdefined import indicator
from livefin.widgets.gauge import gauge

S = watched.S


@pytest.fixture
def shown():
    made = []

    def make(feed, which, *args, **options):
        made.append(watched.still(gauge(feed, which, *args, **options)))
        return made[-1].said

    make.made = made
    yield make
    for each in made:
        watched.end(each)


def test_the_value_is_the_batchs_and_the_zones_are_its_levels(shown):
    feed = watched.feed()
    said = shown(feed, ta.RSI(14), "B", low=0, high=100)
    expected = ta.RSI(14).batch(feed.bars()["B"].df).rsi.iloc[-1]
    assert said["value"] == pytest.approx(expected, rel=1e-9)
    assert float(said["text"]) == pytest.approx(expected, abs=0.01)
    assert [tuple(part) for part in said["zones"]] == [
        (0.0, 30.0, "below"),
        (30.0, 70.0, ""),
        (70.0, 100.0, "above"),
    ]


def test_the_range_is_learned_from_what_was_seen_with_room_and_only_grows(shown):
    feed = watched.feed("A")
    said = shown(feed, ta.SMA(1))
    closes = feed.bars()["A"].df.close
    room = 0.05 * (closes.max() - closes.min())
    assert said["low"] == pytest.approx(closes.min() - room)
    assert said["high"] == pytest.approx(closes.max() + room)
    widget = shown.made[0]
    feed.trade(watched.START + 80 * S, 1_000.0, 1.0, "A")
    widget.paint()
    assert widget.said["high"] > 1_000
    for bar in range(81, 700):  # far beyond what is kept of the line
        feed.trade(watched.START + bar * S, 100.0, 1.0, "A")
    widget.paint()
    assert widget.said["high"] > 1_000


def test_levels_are_always_on_a_learned_scale(shown):
    feed = watched.feed("A", bars=40)
    said = shown(feed, ta.RSI(14))
    assert said["low"] < 30
    assert said["high"] > 70


def test_a_scale_that_lacks_the_levels_has_one_zone(shown):
    said = shown(watched.feed("A"), ta.RSI(14), low=40, high=60)
    assert [tuple(part) for part in said["zones"]] == [(40, 60, "")]
    assert said["levels"] == []


def test_another_of_its_lines_can_be_shown(shown):
    feed = watched.feed()
    said = shown(feed, ta.MACD(), output="macdhist")
    line = ta.MACD().batch(feed.bars()["A"].df).macdhist
    assert said["value"] == pytest.approx(line.iloc[-1], rel=1e-6)
    assert said["label"] == "MACD(12, 26, 9) macdhist"


@pytest.mark.parametrize("price", [100.0, 0.0, -3.0])
def test_a_constant_line_has_a_scale(shown, price):
    feed = watched.feed("A", bars=0)
    for bar in range(5):
        feed.trade(watched.START + bar * S, price, 1.0, "A")
    said = shown(feed, ta.SMA(1))
    assert said["low"] < price < said["high"]


def test_a_given_end_beyond_all_values_still_makes_a_scale(shown):
    said = shown(watched.feed("A"), ta.SMA(1), low=10_000)
    assert said["low"] == 10_000 < said["high"]


def test_without_a_value_it_says_so(shown):
    said = shown(watched.feed("A", bars=0), ta.SMA(5))
    json.dumps(said, allow_nan=False)
    assert (said["value"], said["text"], said["words"], said["known"]) == (
        *(None, None, "no value yet"),
        False,
    )


def test_one_that_fails_says_why(shown):
    def bad(df):
        raise ValueError("no luck")

    said = shown(watched.feed("A"), indicator(bad))
    assert (said["error"], said["value"]) == ("ValueError: no luck", None)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"shape": "clock"}, "dial, bar"),
        ({"low": 5, "high": 5}, "from low to a higher high"),
        ({"output": "signal"}, "no line 'signal'"),
    ],
)
def test_what_it_cannot_show_is_refused(options, words):
    with pytest.raises(ChartError, match=words):
        gauge(watched.feed("A"), ta.RSI(14), **options)


def test_a_feed_without_symbols_needs_one_named():
    feed = watched.feed("A")
    feed.symbols = []
    with pytest.raises(ChartError, match="no symbol yet"):
        gauge(feed, ta.RSI(14))
