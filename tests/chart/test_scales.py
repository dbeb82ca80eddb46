"""Log, percent and indexed scales, and other symbols compared on them."""

import math
from itertools import pairwise

import pytest
from fakes import FakeFeed, S

from livefin.chart import Chart

LABELS = "({view: {panes: [pane]}}) => pane.levels.map(({value}) => pane.levelText(value))"
LEVELS = "({view: {panes: [pane]}}) => pane.levels.map(({value}) => value)"
HEIGHTS = "({view: {panes: [pane]}}, values) => values.map((value) => pane.y(value))"
LEGEND = "({view: {panes: [{legend}]}}) => legend.lines.textContent"
EXCUSE = "({view: {panes: [{legend}]}}) => legend.excuse.hidden ? '' : legend.excuse.textContent"
TAG = "({view: {hud}}) => [hud.price.hidden, hud.price.firstChild.textContent]"
LINE = """({view: {embedded: {doc}}, page}, name) => {
  const {key} = page.figure.lines.find((line) => line.name === name);
  return doc.get_model_by_name(`livefin:${key}`).data;
}"""
START = 1_700_000_000 * S
MINUS = "\u2212"


@pytest.fixture
def feed():
    feed = FakeFeed("BTC-USDT", "ETH-USDT", "SOL-USDT")
    feed.bars("1s")
    yield feed
    feed.close()


def trade(feed, closes, symbol="BTC-USDT", *, first=0):
    for i, close in enumerate(closes, first):
        if close is not None:
            feed.trade(START + i * S, close, 1.0, symbol)


def ready(stage):
    for _ in range(2):
        stage.paint()
        stage.wire.computed()
    stage.still()
    return stage


def number(text):
    return float(text.removesuffix(" %").replace(",", "").replace(MINUS, "-"))


def test_on_a_log_scale_equal_ratios_are_equally_high(stage, feed):
    trade(feed, [1.0, 10.0, 100.0, 1_000.0])
    shown = ready(stage(Chart(feed, scale="log")))
    one, ten, hundred, thousand = shown.evaluate(HEIGHTS, [1, 10, 100, 1_000])
    assert one - ten == pytest.approx(ten - hundred) == pytest.approx(hundred - thousand)
    levels = shown.evaluate(LEVELS)
    assert {10, 100} < set(levels)
    assert shown.evaluate(EXCUSE) == ""
    shown.chart.set(scale="linear")
    shown.paint()
    shown.still()
    zero, half, one = shown.evaluate(HEIGHTS, [100, 500, 900])
    assert zero - half == pytest.approx(half - one)


def test_a_log_scale_without_logarithms_is_linear_and_says_so(stage, feed):
    trade(feed, [3.0, 1.0, -2.0, -37.63, 4.0])
    shown = ready(stage(Chart(feed, scale="log")))
    a, b, c = shown.evaluate(HEIGHTS, [-30, -10, 10])
    assert a - b == pytest.approx(b - c)
    assert shown.evaluate(EXCUSE) == "A log scale needs prices above 0; shown linear"
    assert shown.evaluate(TAG) == [False, "4.00"]
    trade(feed, [5.0] * 400, first=5)  # the view has left them behind
    shown.paint()
    shown.still()
    assert shown.evaluate(EXCUSE) == ""


@pytest.mark.parametrize("scale", ["percent", "indexed"])
def test_changes_are_relative_to_the_first_bar_in_view_and_labels_are_round(stage, feed, scale):
    trade(feed, [213.7 * (1 + 0.002 * i) for i in range(30)])
    shown = ready(stage(Chart(feed, scale=scale)))
    first = shown.evaluate("({view: {panes: [pane]}}) => pane.first")
    last = shown.evaluate("({page: {history}}) => history.columns.close[history.end - 1]")
    assert first == 213.7
    labels = shown.evaluate(LABELS)
    values = [number(label) for label in labels]
    steps = {round(b - a, 9) for a, b in pairwise(values)}
    assert len(steps) == 1
    assert steps.pop() in {0.5, 1, 2, 5}
    for label, level in zip(labels, shown.evaluate(LEVELS), strict=True):
        share = 100 * level / first - (100 if scale == "percent" else 0)
        assert number(label) == pytest.approx(share, abs=1e-9)
    change = 100 * (last / first - 1)
    text = f"+{change:.2f} %" if scale == "percent" else f"{100 + change:.2f}"
    assert shown.evaluate(TAG) == [False, text]


def test_the_first_bar_in_view_changes_with_the_view(stage, feed):
    trade(feed, [100.0 + i for i in range(60)])
    shown = ready(stage(Chart(feed, scale="percent", bars_visible=20)))
    first, expected = shown.evaluate(
        """({view, page: {history}}) => {
          const row = history.find(view.x[0]);
          return [view.panes[0].first, history.columns.close[row]];
        }"""
    )
    assert first == expected
    shown.evaluate("({view}) => { view.pan(1); }")
    shown.still()
    assert shown.evaluate("({view}) => view.panes[0].first") < first


def test_changes_from_nothing_or_less_are_shown_as_prices_and_it_says_so(stage, feed):
    trade(feed, [-3.0, -2.0, 1.0])
    shown = ready(stage(Chart(feed, scale="percent")))
    assert shown.evaluate(TAG) == [False, "1"]
    assert shown.evaluate(EXCUSE) == "Changes are relative to a price above 0; shown as prices"
    shown.chart.set(scale="indexed")
    shown.paint()
    shown.still()
    assert shown.evaluate(TAG) == [False, "1"]


def test_compared_symbols_start_where_this_one_does(stage, feed):
    trade(feed, [100.0, 101.0, 102.0])
    trade(feed, [2_000.0, 1_960.0, 2_100.0], "ETH-USDT")
    other = FakeFeed("EURUSD")
    other.bars("1s")
    trade(other, [1.10, 1.21, 1.32], "EURUSD")
    shown = ready(stage(Chart(feed, compare=["ETH-USDT", (other, "EURUSD")])))
    assert shown.chart.settings["scale"] == "percent"
    assert shown.evaluate(LINE, "ETH-USDT")["y"] == pytest.approx([100, 98, 105])
    assert shown.evaluate(LINE, "EURUSD")["y"] == pytest.approx([100, 110, 120])
    legend = shown.evaluate(LEGEND)
    assert "+5.00 %" in legend
    assert "+20.00 %" in legend
    low, high = shown.evaluate("({view: {panes: [pane]}}) => pane.range.range")
    assert low < 98
    assert high > 120
    other.close()


def test_a_compared_symbol_without_data_hides_nothing_and_may_come_later(stage, feed):
    trade(feed, [100.0, 101.0, 102.0])
    shown = ready(stage(Chart(feed, compare=["SOL-USDT"])))
    assert shown.evaluate(TAG) == [False, "+2.00 %"]
    assert "SOL-USDT–" in shown.evaluate(LEGEND).replace(" ", "")
    assert (
        shown.evaluate(
            "({view: {embedded: {doc}}}) =>"
            " doc.get_model_by_name('livefin:candles:up').data.x.length"
        )
        > 0
    )
    trade(feed, [20.0, 22.0], "SOL-USDT", first=1)
    ready(shown)
    assert shown.evaluate(LINE, "SOL-USDT")["y"] == [None, 100.0, pytest.approx(110)]


def test_holes_of_a_compared_symbol_stay_holes(stage, feed):
    trade(feed, [100.0] * 6)
    trade(feed, [10.0, 11.0, None, None, 12.0, 13.0], "ETH-USDT")
    shown = ready(stage(Chart(feed, compare=["ETH-USDT"])))
    values = shown.evaluate(LINE, "ETH-USDT")["y"]
    assert values == [
        pytest.approx(100),
        pytest.approx(110),
        None,
        None,
        pytest.approx(120),
        pytest.approx(130),
    ]


@pytest.mark.parametrize("price", [64_000.0, 1e-12, 1e12, -5.0, 0.0])
@pytest.mark.parametrize("scale", ["linear", "log", "percent"])
def test_one_price_alone_stands_in_the_middle(stage, feed, price, scale):
    trade(feed, [price] * 20)
    shown = ready(stage(Chart(feed, scale=scale)))
    (y,) = shown.evaluate(HEIGHTS, [price])
    top, divide = shown.evaluate("({view: {panes: [{frame}]}}) => [frame.top, frame.divide]")
    assert top < y < divide
    assert shown.evaluate(TAG)[0] is False
    labels = shown.evaluate(LABELS)
    assert len(labels) >= 2
    assert len(set(labels)) == len(labels)


@pytest.mark.parametrize(("price", "by"), [(1e-12, 1e-14), (1e-9, 1e-11), (1e12, 1e9), (-37.63, 1)])
def test_labels_and_tags_of_any_size_fit_beside_the_frame(stage, feed, price, by):
    trade(feed, [price + by * math.sin(i / 3) for i in range(60)])
    shown = ready(stage(Chart(feed)))
    shown.mouse.move(300, 150)
    right, width = shown.evaluate(
        """({view: {hud}, stage}) => [
          Math.max(...[hud.price, ...hud.crosses.map(([, tag]) => tag)].map(
            (tag) => tag.getBoundingClientRect().right)),
          stage.getBoundingClientRect().right,
        ]"""
    )
    assert right <= width
    labels = shown.evaluate(LABELS)
    assert len(labels) >= 3
    assert len(set(labels)) == len(labels)


@pytest.mark.parametrize(("ours", "theirs"), [(-3.0, 10.0), (10.0, -3.0), (0.0, 10.0), (10.0, 0.0)])
def test_what_cannot_be_compared_hides_nothing(stage, feed, ours, theirs):
    trade(feed, [ours, ours + 1, ours + 2])
    trade(feed, [theirs, theirs + 1, theirs + 2], "ETH-USDT")
    shown = ready(stage(Chart(feed, compare=["ETH-USDT"])))
    assert shown.evaluate(LINE, "ETH-USDT")["y"] == [None] * 3
    low, high = shown.evaluate("({view: {panes: [pane]}}) => pane.range.range")
    assert low < ours
    assert ours + 2 < high < ours + 4
    assert shown.evaluate(TAG)[0] is False


def test_a_log_scale_over_a_range_that_a_person_stretched_below_zero_fits_anew(stage, feed):
    trade(feed, [1.0, 2.0, 3.0])
    shown = ready(stage(Chart(feed)))
    shown.evaluate("({view}) => view.stretch(5, 0)")
    shown.tab.frames(3)
    assert shown.evaluate("({view: {panes: [pane]}}) => pane.range.range[0]") < 0
    shown.chart.set(scale="log")
    shown.paint()
    shown.tab.frames(3)
    low, high = shown.evaluate("({view: {panes: [pane]}}) => pane.range.range")
    assert 0 < low < 1
    assert high > 3
