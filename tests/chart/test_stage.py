"""The stage shows a chart as a notebook would, and fails where the page fails."""

import math

import pytest
from fakes import FakeFeed, S
from headless import linked

from livefin.chart import Chart

BARS = "({page}) => page.history.length"
CLOSES = "({page: {history}}) => history.columns.close.slice(history.start, history.end)"


def test_a_module_runs_by_itself_with_all_that_it_imports(modules):
    found = modules("page").evaluate("async (page, more) => [typeof page.makePage, more]", 10)
    assert found == ["function", 10]
    names = [name for name, _ in linked("page")]
    assert names[-1] == "page"
    assert names.index("history") < names.index("view"), "each after what it imports"


def test_several_modules_are_one_set_of_names(modules):
    both = modules("history", "theme")
    found = both.evaluate("({History, current}) => [new History().length, current()]")
    assert found == [0, "light"]


def test_typed_arrays_come_as_lists_and_nan_as_none(modules):
    given = "() => ({a: new Float32Array([1, NaN, Infinity]), b: new Map([['k', [NaN]]]), c: [,]})"
    assert modules("history").evaluate(given) == {
        "a": [1, None, math.inf],
        "b": {"k": [None]},
        "c": [None],
    }


def test_what_fails_in_a_module_fails_the_test(modules):
    with pytest.raises(Exception, match="no such thing"):
        modules("history").evaluate("async () => { throw new Error('no such thing'); }")


def test_errors_of_the_page_are_kept(stage):
    shown = stage()
    shown.evaluate(
        "() => { setTimeout(() => { throw new Error('late'); }); console.error('said'); }"
    )
    shown.tab.frames(2)
    assert [error.partition("\n")[0] for error in shown.errors] == ["said", "Error: late"]
    shown.errors.clear()


def test_paints_reach_the_page(stage, feed):
    shown = stage()
    content, buffers = shown.paint()
    assert content["whole"]
    assert buffers
    bars = feed.bars()["BTC-USDT"]
    assert shown.evaluate(CLOSES) == bars.df.close.tolist()
    assert shown.paint() is None
    for i in range(4):  # each at another place in a larger buffer
        feed.trade(int(bars.df.index[-1].value) + S, 64_000.0 + i)
        shown.paint()
    assert shown.evaluate(CLOSES) == bars.df.close.tolist()
    assert shown.evaluate("({stats}) => stats.received") == 5


def test_a_lost_message_is_asked_for(stage, feed):
    shown = stage()
    shown.paint()
    last = int(feed.bars()["BTC-USDT"].df.index[-1].value)
    for i, lose in enumerate([True, False], 1):
        feed.trade(last + i * S, 64_000.0)
        shown.paint(lose=lose)
    assert {"ask": "snapshot"} in shown.pump()
    assert shown.pump() == []
    assert shown.paint()[0]["whole"]
    assert shown.evaluate(BARS) == 52


def test_a_reload_opens_with_a_snapshot(stage, feed):
    shown = stage()
    shown.paint()
    shown.theme("dark")
    shown.reload()
    assert shown.evaluate(BARS) == 50
    assert shown.evaluate("() => document.body.dataset.jpThemeLight") == "false"
    feed.trade(int(feed.bars()["BTC-USDT"].df.index[-1].value) + S, 64_000.0)
    shown.paint()
    assert shown.evaluate(BARS) == 51


def test_two_charts_and_two_views_in_a_tab_and_a_second_tab(stage):
    shown = stage()
    other = FakeFeed("ETH-USDT").fill(30)
    below = shown.add(Chart(other))
    again = shown.add(shown.chart)
    shown.paint()
    below.paint()
    twin = shown.twin()
    assert [view.evaluate(BARS) for view in (shown, below, again, twin)] == [50, 30, 50, 50]
    top, bottom = (
        f"({{stage}}) => stage.getBoundingClientRect().{side}" for side in ("top", "bottom")
    )
    assert below.evaluate(top) >= shown.evaluate(bottom)
    shown.reload()
    assert [view.evaluate(BARS) for view in (shown, below, again, twin)] == [50, 30, 50, 50]
    assert again.screenshot() == shown.screenshot(), "though one was out of sight"
    again.hide()
    assert shown.evaluate("({page}) => page.views.size") == 1
    other.close()


def test_the_mouse_and_the_wheel_move_the_view(stage):
    shown = stage()
    shown.paint()
    shown.still()
    x = "({view}) => { const [start, end] = view.camera.x(); return end - start; }"
    before = shown.evaluate(x)
    shown.mouse.click(400, 200)  # the wheel is the page's until then
    shown.wheel(400)
    shown.until(f"(parts, before) => ({x})(parts) > before", before)
    shown.mouse.drag((400, 200), (100, 0))
    shown.mouse.move(-20, 100)  # over the price axis
    assert shown.evaluate("({stage}) => stage.style.cursor") == "ns-resize"


def test_a_picture_has_the_theme_and_the_scale(stage):
    shown = stage(view=600, tab={"scale": 2})
    shown.paint()
    light = shown.screenshot()
    shown.theme("dark")
    assert light != shown.screenshot()
    assert int.from_bytes(light[16:20]) == 1200, "the PNG's width"


def test_runs_as_the_painter_does(stage, feed):
    shown = stage()
    shown.run(0.2)
    shown.until(f"(parts) => ({BARS})(parts) === 50")
