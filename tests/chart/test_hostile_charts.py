"""Bad data, functions and figures: the last good picture stays, and the chart says what is bad."""

import math
import time
import warnings

import numpy as np
import pytest
from bokeh.document import Document
from bokeh.models import (
    ColumnDataSource,
    CustomJSExpr,
    CustomJSTickFormatter,
    FactorRange,
    NumeralTickFormatter,
    Range1d,
)
from bokeh.plotting import figure
from fakes import FakeFeed, S

from livefin.chart import Chart

START = 1_700_000_000 * S
NAN, INF = math.nan, math.inf
EMPTY = "({view: {hud}}) => hud.empty.hidden ? '' : hud.empty.lastChild.textContent"
ERRORS = "({view: {panes: [{legend}]}}) => legend.errors.textContent"
TAG = "({view: {hud}}) => hud.price.hidden ? null : hud.price.firstChild.textContent"
RANGES = "({view: {panes}}) => panes.map((pane) => pane.range.range)"
TITLE = "({view: {panes: [pane]}}) => pane.plot.model.title.text"
INK = """({view: {panes}}) => panes.map(({box}) => {
  const deep = (root) => [...root.querySelectorAll("*")].flatMap((node) =>
      [...(node.tagName === "CANVAS" ? [node] : []),
      ...(node.shadowRoot ? deep(node.shadowRoot) : [])]);
  return Math.max(0, ...deep(box).map((canvas) => {
    const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    let inked = 0;
    for (let i = 3; i < data.length; i += 4) if (data[i]) inked += 1;
    return inked;
  }));
})"""


@pytest.fixture
def quiet():
    """A feed without a trade yet."""
    feed = FakeFeed("BTC-USDT", "ETH-USDT")
    feed.bars("1s")
    yield feed
    feed.close()


def trade(feed, prices, *, first=0, size=1.0, symbol=None):
    for i, price in enumerate(prices, first):
        feed.trade(START + i * S, price, size, symbol)


def again(stage, times=2):
    """Paint until overlays, which are computed apart, have had their turn."""
    for _ in range(times):
        stage.paint()
        stage.wire.computed()
    stage.tab.frames(3)
    return stage


def drawn(stage):
    """Whether there is something on every pane, and a range for it."""
    for bounds in stage.evaluate(RANGES):
        assert all(math.isfinite(each) for each in bounds)
        assert bounds[1] > bounds[0]
    assert min(stage.evaluate(INK)) > 100
    assert stage.evaluate(TAG)


# Data


def test_a_chart_without_data_says_what_it_waits_for(stage, quiet):
    shown = again(stage(Chart(quiet)))
    assert shown.evaluate(EMPTY) == "connecting to fake…"
    quiet.state = "live"
    again(shown)
    assert shown.evaluate(EMPTY) == "waiting for the first trade of BTC-USDT at fake…"
    quiet.state = "stale"
    again(shown)
    assert shown.evaluate(EMPTY) == "nothing heard from fake; waiting…"
    trade(quiet, [100.0])
    again(shown)
    assert shown.evaluate(EMPTY) == ""
    drawn(shown)


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("finished", "the replay had no trade of BTC-USDT"),
        ("closed", "the feed was closed before a trade of BTC-USDT came"),
    ],
)
def test_a_symbol_that_never_comes_is_told(stage, quiet, state, said):
    quiet.state = state
    shown = again(stage(Chart(quiet)))
    assert shown.evaluate(EMPTY) == said
    assert shown.evaluate("({view: {hud}}) => hud.empty.firstChild.hidden"), "nothing turns"


@pytest.mark.parametrize("price", [1e-12, 1e-9, 1e12, -37.63, 0.0])
@pytest.mark.parametrize("count", [1, 2, 40])
def test_prices_of_any_size_and_one_or_two_bars_are_drawn(stage, quiet, price, count):
    by = abs(price) / 50 or 1.0
    trade(quiet, [price + by * math.sin(i) for i in range(count)])
    shown = again(stage(Chart(quiet, profile=True)))
    drawn(shown)


def test_prices_may_go_through_zero(stage, quiet):
    trade(quiet, [18.27, 10.0, 1.0, -13.1, -37.63, -2.0, 5.0])
    shown = again(stage(Chart(quiet, profile=True, kind="area")))
    drawn(shown)
    low, high = shown.evaluate(RANGES)[0]
    assert low < -37.63
    assert high > 18.27
    for kind in ("heikin", "renko", "baseline", "hollow"):
        shown.chart.set(kind=kind)
        again(shown)
        drawn(shown)


@pytest.mark.parametrize("column", ["open", "high", "low", "close", "volume"])
@pytest.mark.parametrize("value", [NAN, INF, -INF])
def test_what_is_no_number_in_a_column_is_a_hole(stage, quiet, column, value):
    trade(quiet, [100.0 + i % 3 for i in range(20)])
    chart = Chart(quiet, profile=True)
    read = chart.bars.read

    def spoilt(ordinal=None, until=None):
        rows = read(ordinal, until)
        rows.columns[column] = np.where(
            np.arange(len(rows.columns[column])) == 5, value, rows.columns[column]
        )
        return rows

    chart._picture.bars.read = spoilt
    shown = again(stage(chart))
    drawn(shown)
    low, high = shown.evaluate(RANGES)[0]
    assert 90 < low < high < 110
    for kind in ("hollow", "heikin", "bars", "line", "area", "baseline", "renko"):
        chart.set(kind=kind)
        again(shown, 1)
        drawn(shown)


def test_a_clock_may_jump_an_hour_back_and_a_day_ahead(stage, quiet):
    trade(quiet, [100.0 + i % 3 for i in range(50)])
    shown = again(stage(Chart(quiet)))
    trade(quiet, [90.0, 91.0], first=-3_600)
    again(shown)
    drawn(shown)
    trade(quiet, [110.0, 111.0], first=86_400)
    again(shown)
    drawn(shown)
    assert shown.evaluate(TAG) == "111"
    times = shown.evaluate("({page: {history: h}}) => h.columns.time.slice(h.start, h.end)")
    assert times == sorted(set(times))
    assert len(times) == len(quiet.bars()["BTC-USDT"].df)


def test_many_ticks_at_once_leave_the_page_answering(stage, quiet):
    shown = again(stage(Chart(quiet)))
    for k in range(20):
        trade(quiet, [100.0 + (i * 7 % 13) for i in range(5_000)], first=k * 1_000)
        shown.paint()
        assert shown.evaluate("() => 1") == 1
    again(shown)
    drawn(shown)
    assert shown.evaluate("({page}) => page.history.length") == len(quiet.bars()["BTC-USDT"].df)


def test_thirty_panes_are_all_drawn(stage, feed):
    panes = [{f"p{i}": lambda df, i=i: df.close.diff(i + 1)} for i in range(30)]
    shown = again(stage(Chart(feed, panes=panes)), 4)
    drawn(shown)
    heights = shown.evaluate(
        "({view: {panes}}) => panes.map(({frame}) => frame.bottom - frame.top)"
    )
    assert len(heights) == 31
    assert min(heights) >= 40


# Functions


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (lambda df: 1 / 0, "bad: ZeroDivisionError: division by zero"),
        (lambda df: [1, 2, 3], "bad: gave 3 values for 50 bars"),
        (lambda df: "text", "bad: gave"),
        (lambda df: None, "bad: "),
        (lambda df: np.zeros((2, 2)), "bad: gave shape (2, 2)"),
    ],
)
def test_an_overlay_that_fails_is_named_and_the_others_go_on(stage, feed, function, said):
    good = {"good": lambda df: df.close}
    shown = again(stage(Chart(feed, overlays={"bad": function} | good)))
    assert said in shown.evaluate(ERRORS)
    assert "good" in shown.evaluate("({view: {panes: [{legend}]}}) => legend.lines.textContent")
    drawn(shown)
    shown.chart.remove("bad")
    feed.walk(time.time_ns() + 2 * S)
    again(shown)
    assert shown.evaluate(ERRORS) == ""


def test_an_endless_error_is_cut(stage, feed):
    def long(df):
        raise ValueError("x" * 1_000_000)

    shown = again(stage(Chart(feed, overlays={"long": long})))
    assert len(shown.evaluate(ERRORS)) == 300


@pytest.mark.parametrize("where", ["price", "new"])
@pytest.mark.parametrize("value", [INF, -INF, NAN])
def test_a_line_that_is_infinite_now_and_then_has_holes(stage, feed, where, value):
    chart = Chart(feed)
    chart.add(lambda df: df.close.where(np.arange(len(df)) % 7 > 0, value), "odd", pane=where)
    shown = again(stage(chart), 3)
    drawn(shown)
    key = chart._sheet.lines["odd"].key
    values = shown.evaluate(
        "({view: {embedded: {doc}}}, key) => doc.get_model_by_name(`livefin:${key}`).data.y", key
    )
    assert values[::7] == [None] * len(values[::7])
    assert all(math.isfinite(each) for each in values if each is not None)


def test_a_slow_overlay_does_not_hold_the_bars_up(stage, feed):
    def slow(df):
        time.sleep(0.3)
        return df.close

    shown = again(stage(Chart(feed, overlays={"slow": slow})), 3)
    before = shown.evaluate("({page: {stats}}) => stats.received")
    for i in range(5):
        feed.walk(time.time_ns() + (i + 2) * S)
        shown.paint()
    assert shown.evaluate("({page: {stats}}) => stats.received") == before + 5
    drawn(shown)


# Figures


def none_drawn(figure):
    figure.renderers = []


def ranges_of_nothing(figure):
    for each in (figure.x_range, figure.y_range):
        each.start = each.end = NAN


def no_axes(figure):
    figure.below, figure.right, figure.center = [], [], []


def columns_of_two_lengths(figure):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        source = ColumnDataSource({"x": [1, 2, 3], "y": [1, 2, 3]})
        figure.line("x", "y", source=source)
        source.data["y"] = [1]


def a_long_text(figure):
    figure.title.text = "x" * 1_000_000


@pytest.mark.parametrize("edit", [ranges_of_nothing, no_axes, columns_of_two_lengths, a_long_text])
def test_an_odd_figure_is_drawn_all_the_same(stage, feed, edit):
    shown = again(stage(Chart(feed)))
    edit(shown.chart.figure)
    again(shown)
    drawn(shown)
    assert shown.evaluate(ERRORS) == ""
    shown.chart.figure.title.text = "fine"
    again(shown)
    assert shown.evaluate(TITLE) == "fine"


def test_a_figure_without_renderers_goes_on(stage, feed):
    shown = again(stage(Chart(feed)))
    none_drawn(shown.chart.figure)
    again(shown)
    feed.walk(time.time_ns() + 2 * S)
    again(shown)
    assert shown.evaluate(TITLE) == shown.chart.figure.title.text
    assert shown.evaluate(TAG)
    assert shown.evaluate(ERRORS) == ""


def factors(figure):
    figure.x_range = FactorRange("a", "b")


def no_drawn_range(figure):
    figure.extra_x_ranges = {}


def no_such_language(figure):
    figure.yaxis[0].formatter = CustomJSTickFormatter(code="return not js (")


def throws_in_the_layout(figure):
    figure.yaxis[0].formatter = CustomJSTickFormatter(code="throw new Error('boom')")


def throws_in_a_glyph(figure):
    source = ColumnDataSource({"x": [1]})
    figure.scatter(x="x", y=CustomJSExpr(code="throw new Error('bang')"), source=source)


def no_json(figure):
    figure.renderers[0].data_source.tags = [object()]


REFUSED = [
    (factors, "figure: 'FactorRange' is incompatible"),
    (no_drawn_range, "figure: missing 'drawn' range"),
    (no_such_language, "figure: Unexpected identifier"),
    (throws_in_the_layout, "figure: boom"),
    (throws_in_a_glyph, "figure: bang"),
    (no_json, "figure: SerializationError"),
]


def heal(figure, kept):
    figure.x_range, figure.extra_x_ranges = kept["x_range"], kept["extra"]
    figure.renderers = kept["renderers"]
    figure.renderers[0].data_source.tags = []
    figure.yaxis[0].formatter = kept["formatter"]
    figure.title.text = "fine"


def kept(figure):
    return {
        "x_range": figure.x_range,
        "extra": dict(figure.extra_x_ranges),
        "renderers": list(figure.renderers),
        "formatter": figure.yaxis[0].formatter,
    }


@pytest.mark.parametrize(("edit", "said"), REFUSED)
def test_a_figure_that_is_refused_is_told_and_the_last_good_one_stays(stage, feed, edit, said):
    shown = again(stage(Chart(feed)))
    before = kept(shown.chart.figure)
    edit(shown.chart.figure)
    again(shown)
    assert said in shown.evaluate(ERRORS)
    drawn(shown)
    last = feed.bars()["BTC-USDT"].df.close.iloc[-1]
    feed.trade(time.time_ns() + 2 * S, last + 1)
    again(shown)
    assert shown.evaluate(TAG) == f"{last + 1:,.2f}", "it is live"
    assert said in shown.evaluate(ERRORS)
    heal(shown.chart.figure, before)
    again(shown)
    assert shown.evaluate(ERRORS) == ""
    assert shown.evaluate(TITLE) == "fine"
    drawn(shown)


@pytest.mark.parametrize(("edit", "said"), REFUSED[:5])
def test_a_figure_that_is_refused_from_the_first_is_told_and_healed(stage, feed, edit, said):
    chart = Chart(feed)
    before = kept(chart.figure)
    edit(chart.figure)
    shown = again(stage(chart))
    # A formatter that throws is heard of where there is no tick yet, or once there is one.
    told = "hud.empty.lastChild.textContent + panes[0]?.legend.errors.textContent"
    told = f"({{view: {{hud, panes}}}}, said) => ({told}).includes(said)"
    shown.until(told, said.removeprefix("figure: "))
    heal(chart.figure, before)
    again(shown)
    assert shown.evaluate(EMPTY) == ""
    drawn(shown)


def test_an_error_that_comes_with_a_value_goes_with_it(stage, quiet):
    trade(quiet, [100.0 + i % 3 for i in range(40)])
    chart = Chart(quiet)
    chart.figure.yaxis[0].formatter = CustomJSTickFormatter(
        code="if (tick > 150) throw new Error('too high'); return String(tick)"
    )
    shown = again(stage(chart))
    assert shown.evaluate(ERRORS) == ""
    trade(quiet, [200.0], first=41)
    again(shown)
    assert shown.evaluate(ERRORS) == "figure: too high"
    chart.figure.yaxis[0].formatter = NumeralTickFormatter(format="0.0")
    again(shown)
    assert shown.evaluate(ERRORS) == ""
    drawn(shown)


def test_a_model_of_another_document_is_refused_in_python_and_the_chart_goes_on(stage, feed):
    other = figure()
    Document().add_root(other)
    shown = again(stage(Chart(feed)))
    with pytest.raises(RuntimeError, match="single document"):
        shown.chart.figure.x_range = other.x_range
    shown.chart.figure.x_range = Range1d(0, 1)
    shown.chart.figure.title.text = "fine"
    again(shown)
    assert shown.evaluate(TITLE) == "fine"
    assert shown.evaluate(ERRORS) == ""
    drawn(shown)
