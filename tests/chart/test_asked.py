"""Views are asked for of a feed and a symbol; what is neither is refused with what to do."""

import pytest

import livefin as lf
from livefin.errors import ChartError


@pytest.fixture
def feed():
    with lf.push("example", ["ABC", "XYZ"]) as feed:
        yield feed


VIEWS = [
    lambda feed, **options: lf.gauge(feed, lf.ta.RSI(14), **options),
    lambda feed, **options: lf.tile(feed, lf.ta.RSI(14), **options),
    lambda feed, **options: lf.follow(feed, lf.ta.RSI(14), **options),
    lf.chart,
]


@pytest.mark.parametrize("view", [*VIEWS, lambda feed: lf.screener(feed, lf.ta.RSI(14))])
def test_what_is_no_feed_is_told_how_one_is_had(view):
    for wrong in ("ABC", None):
        with pytest.raises(ChartError, match=r"a feed comes first, as lf\.connect"):
            view(wrong)


def test_a_chart_in_a_feeds_place_is_told_where_its_feed_is(feed):
    with pytest.raises(ChartError, match=r"that of <Chart ABC .*> is its \.feed"):
        lf.screener(lf.chart(feed), lf.ta.RSI(14))


@pytest.mark.parametrize("view", VIEWS)
def test_of_several_symbols_in_one_place_one_is_asked_for(view, feed):
    with pytest.raises(ChartError, match="one symbol is shown, as \"ABC\"; got \\['ABC', 'XYZ'\\]"):
        view(feed, symbol=["ABC", "XYZ"])


def test_a_misspelt_symbol_or_option_is_told_the_nearest(feed):
    with pytest.raises(lf.LivefinError, match="this feed has: ABC, XYZ; did you mean 'XYZ'"):
        lf.chart(feed, "xyz")
    for options, near in [
        ({"knd": "line"}, "did you mean 'kind'"),
        ({"kind": "candle"}, "did you mean 'candles'"),
        ({"tz": "Europe/Berln"}, "did you mean 'Europe/Berlin'"),
        ({"volume": "yes"}, "volume must be True or False"),
        ({"interval": "1s"}, "bars= says it"),
    ]:
        with pytest.raises(ChartError, match=near):
            lf.chart(feed, **options)
    with pytest.raises(ChartError, match="did you mean 'level'"):
        lf.chart(feed).drawings.add("levels", 5)
