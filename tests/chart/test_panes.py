"""Any number of panes: their heights, that they stand in line, and that they come and go unseen."""

import pytest
from inview import drawn, following, frames, stream, x, y

WATCH = """({stage, view}) => {
    const seen = (globalThis.seen = []);
    globalThis.watching = true;
    const filled = (pane) => {
      const root = pane.plot.canvas_view.shadow_el;
      return [...root.querySelectorAll("canvas")].some((one) => {
        const height = Math.max(1, one.height >> 1);
        const {data} = one.getContext("2d").getImageData(0, 0, one.width, height);
        return data.some((value, i) => i % 4 === 3 && value);
      });
    };
    const look = () => {
      const boxes = [...stage.querySelectorAll(".livefin-pane")]
        .filter((box) => getComputedStyle(box).visibility !== "hidden");
      const legends = [...view.hud.root.querySelectorAll(".legend")]
        .filter((box) => box.getClientRects().length);
      const price = view.panes.find((pane) => pane.key === "price");
      seen.push({
        panes: boxes.length,
        price: boxes.includes(price.box) && filled(price),
        legends: legends.length,
        height: stage.getBoundingClientRect().height,
      });
      if (globalThis.watching) requestAnimationFrame(() => setTimeout(look));
    };
    requestAnimationFrame(() => setTimeout(look));
}"""
SEEN = "() => { watching = false; return seen; }"
FILLED = 400
KEYS = "({view}) => view.panes.map((pane) => pane.key)"
CANVASES = """({view}) => view.panes.map(({plot}) => {
    const [canvas] = plot.canvas_view.shadow_el.querySelectorAll("canvas");
    const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return data.some((value, i) => i % 4 === 3 && value);
})"""


def many(count):
    return [{f"p{i}": lambda df, i=i: df.close.diff(i + 1)} for i in range(count)]


def show(stage, feed, **options):
    """A chart with its lines in view."""
    chart = drawn(stage(**options))
    stream(chart, feed, 3)
    chart.still()
    return chart


def heights(chart):
    return [round(frame["bottom"] - frame["top"]) for frame in frames(chart)]


def edge(chart, above):
    return 400, frames(chart)[above]["bottom"] + 1


def test_dragging_the_edge_between_two_panes_changes_these_two_only(stage, feed):
    chart = show(stage, feed, panes=many(3), height=700)
    before = heights(chart)
    whole = chart.box()["height"]
    for above, by in ((1, 20), (2, -15), (0, -40), (0, 25)):
        chart.mouse.drag(edge(chart, above), (0, by))
        after = heights(chart)
        changes = [b - a for a, b in zip(before, after, strict=True)]
        expected = [0] * 4
        expected[above], expected[above + 1] = by, -by
        assert changes == expected
        before = after
    assert chart.box()["height"] == whole
    assert following(chart), "the time stayed as it was"


def test_an_edge_stops_where_a_pane_would_be_too_low(stage, feed):
    chart = show(stage, feed, panes=many(2), height=600)
    for above, by in ((0, -900), (0, 900), (1, 900), (1, -900)):
        chart.mouse.drag(edge(chart, above), (0, by), steps=3)
        found = heights(chart)
        assert min(found[1:]) >= 40
        assert found[0] >= 110
        assert frames(chart)[-1]["bottom"] < 600


def test_an_edge_moves_with_the_arrow_keys_too(stage, feed):
    chart = show(stage, feed, panes=many(1), height=500)
    before = heights(chart)
    chart.evaluate("({view}) => view.layout.grips[0].focus()")
    chart.key("ArrowUp")
    assert heights(chart) == [before[0] - 10, before[1] + 10]


def test_each_pane_has_its_own_values_and_all_stand_exactly_in_line(stage, feed):
    panes = [{"small": lambda df: df.close.diff() / 1e6}, {"large": lambda df: df.close * 1e9}]
    chart = show(stage, feed, panes=panes)
    places = frames(chart)
    assert len({(place["left"], place["right"]) for place in places}) == 1
    ranges = [y(chart, i) for i in range(3)]
    assert ranges[0][1] < 70_000
    assert ranges[1][1] < 1
    assert ranges[2][1] > 1e12


def test_thirty_panes_make_the_chart_higher_and_are_painted(stage, feed):
    chart = show(stage, feed, panes=many(30), tab={"height": 2_400})
    assert len(frames(chart)) == 31
    assert min(heights(chart)[1:]) >= 40
    assert heights(chart)[0] >= 110
    assert chart.box()["height"] > 30 * 45
    assert frames(chart)[-1]["bottom"] < chart.box()["height"]
    assert all(chart.evaluate(CANVASES))
    assert len({(place["left"], place["right"]) for place in frames(chart)}) == 1
    stream(chart, feed, 2)
    chart.evaluate("({stage}) => { stage.style.width = '700px'; }")
    chart.still()
    assert all(chart.evaluate(CANVASES))


def test_thirty_panes_fit_the_screen_when_they_fill_it(stage, feed):
    chart = show(stage, feed, panes=many(30))
    chart.mouse.click(400, 100)
    chart.key("f")
    chart.tab.until("() => document.fullscreenElement !== null")
    chart.still()
    assert frames(chart)[-1]["bottom"] <= chart.tab.evaluate("() => innerHeight")
    chart.key("f")


def test_panes_and_overlays_come_and_go_without_losing_view_drawings_or_history(stage, feed):
    chart = show(stage, feed, height=700)
    chart.chart.drawings.add("level", 64_000.0, text="mine")
    chart.paint()
    chart.mouse.drag((-30, 100), (0, 25))
    chart.mouse.drag((400, 200), (300, 0))
    before, prices, bars = x(chart), y(chart), chart.evaluate("({page}) => page.history.length")
    height = chart.box()["height"]
    painted = "({page}) => page.figure.panes.length"

    def unchanged():
        chart.still()
        assert x(chart) == before
        assert y(chart) == prices
        assert chart.evaluate("({page}) => page.history.length") == bars
        assert chart.evaluate("({page}) => page.drawings.length") == 1
        assert chart.evaluate(
            "({view}) => view.layers.drawings.root.querySelectorAll('[data-id]').length"
        )
        assert chart.box()["height"] == height

    pane = chart.chart.add_pane({"mom": lambda df: df.close.diff(5)})
    chart.paint()
    chart.until("({view}) => view.panes.length === 2")
    unchanged()
    chart.chart.add(lambda df: df.close.rolling(9).mean(), "mean")
    chart.paint()
    unchanged()
    chart.chart.remove("mean")
    chart.paint()
    unchanged()
    assert chart.evaluate(painted) == 2
    chart.chart.remove_pane(pane)
    chart.paint()
    chart.until("({view}) => view.panes.length === 1")
    unchanged()
    chart.chart.add(lambda df: df.volume, "vol", pane="new")
    chart.paint()
    chart.until("({view}) => view.panes.length === 2")
    unchanged()


def test_the_heights_a_person_gave_stay_when_a_pane_comes(stage, feed):
    chart = show(stage, feed, panes=many(1), height=700)
    chart.mouse.drag(edge(chart, 0), (0, -100))
    first, second = heights(chart)
    chart.chart.add_pane({"more": lambda df: df.volume})
    chart.paint()
    chart.until("({view}) => view.panes.length === 3")
    found = heights(chart)
    assert found[1] / found[0] == pytest.approx(second / first, rel=0.02)


def test_nothing_flickers_or_jumps_while_a_pane_comes_or_goes(stage, feed):
    chart = show(stage, feed, panes=many(1), height=700)
    legends = chart.evaluate("({view}) => view.hud.root.querySelectorAll('.legend').length")
    chart.evaluate(WATCH)
    pane = chart.chart.add_pane({"more": lambda df: df.volume})
    stream(chart, feed, 1)
    chart.until("({view}) => view.panes.length === 3")
    stream(chart, feed, 2)
    chart.still()
    chart.chart.remove_pane(pane)
    stream(chart, feed, 1)
    chart.until("({view}) => view.panes.length === 2")
    chart.still()
    seen = chart.tab.evaluate(SEEN)
    assert len(seen) > 10
    assert {look["panes"] for look in seen} == {2, 3}, "never none, never both at once"
    assert all(look["price"] for look in seen), "never an empty picture"
    assert {look["height"] for look in seen} == {700}
    assert {look["legends"] for look in seen} <= {legends, legends + 1}


def test_a_pane_that_comes_while_another_does_is_there_too(stage, feed):
    chart = show(stage, feed, height=700)
    for i in range(3):
        chart.chart.add_pane({f"n{i}": lambda df: df.volume})
        chart.wire.paint()
    chart.deliver()
    chart.until("({view}) => view.panes.length === 4")
    chart.still()
    assert len(chart.evaluate(KEYS)) == 4
    assert chart.evaluate("({stage}) => stage.querySelectorAll('.livefin-pane').length") == 4
    assert chart.tab.evaluate("() => Bokeh.documents.length") == 1
