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


@pytest.mark.parametrize(
    ("call", "advice"),
    [
        (lambda feed: lf.dashboard([feed], columns="2"), "columns must be at least 1"),
        (lambda feed: lf.gauge(feed, lf.ta.RSI(14), low="x"), "ends of a gauge are numbers"),
        (
            lambda feed: lf.screener(feed, {"RSI": lf.ta.RSI(14)}, colour={"RSI": "x"}),
            r"colour of RSI must be levels, as \(30, 70\)",
        ),
        (
            lambda feed: lf.chart(feed, intervals=["1s", "x"]),
            "no bars of 'x'; write the interval like",
        ),
        (lambda feed: lf.chart(feed, overlays="sma"), "overlay 'sma' is no function"),
        (lambda feed: lf.chart(feed).remove_pane(3), "no pane '3'; there are price"),
        (lambda feed: lf.chart(feed).markers.extend(3), "made of a frame, a row each"),
        (lambda _: lf.pane(3), "overlay '3' is no function"),
        (lambda _: lf.vwap(bands=1), r"bands must be numbers, as \[1, 2\]"),
    ],
)
def test_a_wrong_kind_of_value_is_refused_where_it_is_given(feed, call, advice):
    with pytest.raises(lf.LivefinError, match=advice):
        call(feed)


def test_another_symbol_that_is_only_priced_alike_is_not_suggested():
    with lf.push("example", ["ETH-USDT"]) as feed:
        with pytest.raises(lf.LivefinError, match=r"has: ETH-USDT$"):
            lf.chart(feed, "SOL-USDT")
        with pytest.raises(lf.LivefinError, match="did you mean 'ETH-USDT'"):
            lf.chart(feed, "ETHUSDT")
