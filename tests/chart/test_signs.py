"""Marks of an indicator: triangles at bars, under them above 0 and over them below 0."""

import math

import pytest
from fakes import FakeFeed, S

from livefin.chart import Chart

SIGNS = """({signs}, values, apart) => {
  const n = values.length;
  const column = (f) => Float64Array.from({length: n}, (_, i) => f(i));
  const bars = {
    columns: {time: column((i) => i), low: column((i) => 10 * i), high: column((i) => 10 * i + 5)},
    lines: {key: Float64Array.from(values, (value) => value ?? NaN)},
  };
  const {up, down} = signs(bars, "key", 0, n, apart);
  return {up: [up.times, up.prices], down: [down.times, down.prices]};
}"""


def test_a_mark_stands_under_a_bar_above_0_and_over_it_below(modules):
    found = modules("signs").evaluate(SIGNS, [0, 100, None, -100, 0, 1], 1)
    assert found == {"up": [[1, 5], [10, 50]], "down": [[3], [35]]}


def test_marks_that_would_lie_on_each_other_are_one(modules):
    found = modules("signs").evaluate(SIGNS, [1, 1, 1, 1, 1, -1, 1], 3)
    assert found == {"up": [[0, 3, 6], [0, 30, 60]], "down": [[5], [55]]}


@pytest.mark.parametrize("way", ["up", "down"])
def test_on_a_chart_they_are_a_few_pixels_from_the_bar(stage, way):
    feed = FakeFeed()
    feed.bars("1s")
    for i in range(40):
        feed.trade(1_772_366_400 * S + i * S, 100.0 + math.sin(i))
    sign = 1.0 if way == "up" else -1.0
    marked = lambda df: (df.index.second == 20) * sign  # noqa: E731
    chart = Chart(feed)
    chart.add(marked, "mark", kind="marks")
    shown = stage(chart)
    shown.paint()
    shown.paint()
    shown.still()
    key = chart._sheet.lines["mark"].key
    y = shown.evaluate(
        "({view}, name) => Array.from(view.panes[0].doc.get_model_by_name(name).data.y)",
        f"livefin:{key}:{way}",
    )
    other = shown.evaluate(
        "({view}, name) => Array.from(view.panes[0].doc.get_model_by_name(name).data.y)",
        f"livefin:{key}:{'down' if way == 'up' else 'up'}",
    )
    price = 100.0 + math.sin(20)
    low, high = shown.evaluate("({view}) => view.panes[0].range.range")
    height = shown.evaluate("({view}) => view.panes[0].plot.frame.bbox.height")
    assert other == []
    assert y == [pytest.approx(price - sign * 9 * (high - low) / height)]
    assert "mark" in shown.evaluate("({view}) => view.panes[0].legend.lines.textContent")


def test_what_is_told_alone_is_in_the_legend_and_in_no_figure(stage):
    feed = FakeFeed().fill(30)
    chart = Chart(feed)
    chart.add(lambda df: df.close * 0 + 7, "way", kind="none")
    shown = stage(chart)
    shown.paint()
    shown.paint()
    shown.still()
    assert "way7.00" in shown.evaluate("({view}) => view.panes[0].legend.lines.textContent")
    low, _ = shown.evaluate("({view}) => view.panes[0].range.range")
    assert low > 1_000
