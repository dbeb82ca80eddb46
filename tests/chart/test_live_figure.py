"""A chart stays a Bokeh figure: what is put on it, before or after it is shown, is live."""

import time
from itertools import pairwise

import pytest
from bokeh.models import (
    Arrow,
    BasicTicker,
    BoxAnnotation,
    HoverTool,
    Label,
    NumeralTickFormatter,
    Span,
    VeeHead,
)
from fakes import FakeFeed, S

import livefin as lf
from livefin.chart import Chart
from livefin.chart.figure import LIGHT

THERE = """({view: {panes: [{plot: {model}}]}}) => {
  const all = [...model.center, ...model.left, ...model.right, ...model.above, ...model.below];
  return {
    annotations: all.map(({type}) => type).filter((type) => !/Axis|Grid|Title/.test(type)).sort(),
    tools: model.toolbar.tools.map(({type}) => type),
    location: model.toolbar_location,
    title: model.title.text,
    axis: model.below[0].axis_label,
    own: model.renderers.filter(({name}) => name === "own").length,
  };
}"""
OFF = """({view: {panes: [{plot}], scene: {timeline}}}, times) => {
  const [own, drawn] = [plot.frame.x_scale, plot.frame.x_scales.get("drawn")];
  const off = (time) => Math.abs(own.compute(time) - drawn.compute(timeline.u(time)));
  return Math.max(...times.map(off));
}"""
GLYPH = """({view: {panes: [{plot}]}}, name) => {
  const model = plot.model.renderers.find((each) => each.name === name);
  const {glyph} = plot.views.find_one(model);
  return {sx: glyph.sx, sy: glyph.sy};
}"""
COLOUR = """({view: {embedded: {doc}}}, name) => {
  const {fill_color} = doc.get_model_by_name(`livefin:glyph:${name}`);
  return fill_color?.value ?? fill_color;
}"""
AXIS = """({view: {panes: [{plot: {model}}]}}) => {
  const [axis] = model.right;
  const grid = model.center.find(({dimension}) => dimension === 1);
  return [axis.ticker.type, axis.formatter.type, grid.ticker === axis.ticker];
}"""
USER = "({view: {embedded: {doc}}}, name) => doc.get_model_by_name(`livefin:user:${name}`)?.data"


def again(stage, times=2):
    """Paint until overlays, which are computed apart, have had their turn."""
    for _ in range(times):
        stage.paint()
        stage.wire.computed()
    stage.still()
    return stage


def decorate(figure, df):
    """One of everything."""
    price = float(df.close.iloc[-1])
    figure.scatter(df.index[-10:], df.close.iloc[-10:].to_numpy(), name="own", color="red")
    figure.add_layout(Span(location=price, dimension="width"))
    figure.add_layout(BoxAnnotation(left=df.index[-9], right=df.index[-5]))
    figure.add_layout(Label(x=df.index[-5].value / 1e6, y=price, text="here"))
    figure.add_layout(
        Arrow(x_start=df.index[-9], x_end=df.index[-5], y_start=price, y_end=price, end=VeeHead())
    )
    figure.add_tools(HoverTool(tooltips=[("y", "@y")]))
    figure.toolbar_location = "above"
    figure.title.text = "mine"
    figure.xaxis[0].axis_label = "when"


DECORATED = {
    "annotations": ["Arrow", "BoxAnnotation", "Label", "Span"],
    "tools": ["HoverTool"],
    "location": "above",
    "title": "mine",
    "axis": "when",
    "own": 1,
}


@pytest.mark.parametrize("when", ["before", "after"])
def test_glyphs_annotations_tools_and_titles_come(stage, feed, when):
    chart = Chart(feed)
    if when == "before":
        decorate(chart.figure, chart.bars.df)
    shown = again(stage(chart))
    if when == "after":
        decorate(chart.figure, chart.bars.df)
        again(shown)
    assert shown.evaluate(THERE) == DECORATED
    feed.walk(time.time_ns() + 2 * S)
    again(shown)
    assert shown.evaluate(THERE) == DECORATED
    assert shown.evaluate("({view}) => view.figureError + view.paintError") == ""
    chart.figure.title.text = "other"
    again(shown)
    assert shown.evaluate(THERE) == DECORATED | {"title": "other"}


@pytest.mark.parametrize("gaps", ["closed", "true"])
def test_a_glyph_in_true_time_lies_on_the_bars_also_across_a_closed_night(stage, gaps):
    feed = FakeFeed("AAPL")
    bars = feed.bars("5min")["AAPL"]
    friday = 1_767_364_200
    for day in (0, 3, 4):
        for i in range(20):
            feed.trade((friday + day * 86_400 + i * 300) * S, 200.0 + i % 5)
    chart = Chart(feed, bars="5min", gaps=gaps, bars_visible=60 if gaps == "closed" else 1_500)
    df = bars.df
    chart.figure.scatter(df.index, df.close.to_numpy(), name="own")
    shown = again(stage(chart))
    times = [time.value / 1e6 for time in df.index]
    assert shown.evaluate(OFF, times) < 0.01
    own = shown.evaluate(GLYPH, "own")["sx"]
    candles = (
        shown.evaluate(GLYPH, "candles:up")["sx"] + shown.evaluate(GLYPH, "candles:down")["sx"]
    )
    for x in own[-30:]:  # the others are out of view
        assert min(abs(x - other) for other in candles if other is not None) < 0.6
    if gaps == "closed":
        steps = [b - a for a, b in pairwise(own)]
        assert max(steps) < 1.5 * min(steps)
    feed.close()


def test_an_axis_of_the_users_own_is_left_alone_and_the_grid_follows_it(stage, feed):
    chart = Chart(feed)
    chart.figure.yaxis[0].formatter = NumeralTickFormatter(format="$0.00")
    shown = again(stage(chart))
    assert shown.evaluate(AXIS)[1:] == ["NumeralTickFormatter", True]
    chart.figure.yaxis[0].ticker = BasicTicker(desired_num_ticks=3)
    again(shown)
    assert shown.evaluate(AXIS) == ["BasicTicker", "NumeralTickFormatter", True]


def test_live_sources_drive_a_users_glyphs(stage, feed):
    chart = Chart(feed, overlays={"mean": lambda df: df.close.rolling(3).mean()})
    shown = again(stage(chart))
    figure = chart.figure
    figure.scatter("time", "high", source=chart.source("bars"), name="highs")
    figure.scatter("time", "low", source=chart.source("marks"), name="lows")
    figure.scatter("time", "value", source=chart.source("mean"), name="means")
    again(shown)
    for i in range(3):
        df = chart.bars.df
        bars, marks, mean = (shown.evaluate(USER, name) for name in ("bars", "marks", "line:0"))
        assert bars["time"] == [time.value / 1e6 for time in df.index]
        for name in ("open", "high", "low", "close", "volume"):
            assert bars[name] == df[name].tolist()
        assert marks["close"][-1] == df.close.iloc[-1]
        assert mean["value"][2:] == pytest.approx(df.close.rolling(3).mean().iloc[2:])
        assert len(shown.evaluate(GLYPH, "highs")["sx"]) == len(df)
        feed.trade(int(df.index[-1].value) + S, 64_000.0 + i)
        again(shown)


def test_a_lower_panes_figure_is_the_users_too(stage, feed):
    chart = Chart(feed, panes=[lf.pane({"twice": lambda df: df.close * 2})])
    shown = again(stage(chart))
    pane = chart.panes[1]
    pane.figure.add_layout(Span(location=1.0, dimension="width"))
    pane.figure.scatter("time", "value", source=chart.source("twice"), name="dots")
    pane.figure.title.text = "doubled"
    again(shown)
    model = "({view: {panes}}) => panes[1].plot.model"
    assert shown.evaluate(f"(parts) => ({model})(parts).title.text") == "doubled"
    assert shown.evaluate(f"(parts) => ({model})(parts).center.map((each) => each.type)").count(
        "Span"
    )
    values = shown.evaluate(USER, chart._sheet.lines["twice"].key)["value"]
    assert values == [2 * close for close in chart.bars.df.close]


def test_a_glyph_of_livefins_own_keeps_the_users_colour_in_every_theme(stage, feed):
    chart = Chart(feed)
    (candles,) = [each for each in chart.figure.renderers if each.name == "candles:up"]
    candles.glyph.fill_color = "#123456"
    shown = again(stage(chart))
    assert shown.evaluate(COLOUR, "candles:up") == "#123456"
    assert shown.evaluate(COLOUR, "candles:down") == LIGHT["down_fill"]
    shown.theme("dark")
    again(shown)
    assert shown.evaluate(COLOUR, "candles:up") == "#123456"
    assert shown.evaluate(COLOUR, "candles:down") != LIGHT["down_fill"]
    candles.glyph.fill_color = "#654321"
    again(shown)
    assert shown.evaluate(COLOUR, "candles:up") == "#654321"
    shown.theme("light")
    again(shown)
    assert shown.evaluate(COLOUR, "candles:up") == "#654321"
