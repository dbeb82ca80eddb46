"""Bad figures: the last good picture stays, and the chart says what is bad."""

import math
import time
import warnings

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
from fakes import S
from lastgood import EMPTY, ERRORS, TAG, TITLE, again, drawn, trade

from livefin.chart import Chart

NAN, INF = math.nan, math.inf


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
