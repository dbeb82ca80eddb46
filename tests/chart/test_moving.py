"""Moving about in a chart with mouse, wheel and fingers; what comes meanwhile moves nothing."""

import pytest
from fakes import FakeFeed
from inview import drawn, following, frames, newest, put_in_front, stream, x, y

from livefin.bars import BarTable
from livefin.chart import Chart

FILLED = 600
MIDDLE = (400, 200)
KEPT = """({stage}) => stage.addEventListener("wheel", (event) => {
    globalThis.kept = event.defaultPrevented;
})"""


def tall(shown):
    """Room to scroll under and over the chart."""
    shown.tab.evaluate("() => (document.body.style.padding = '300px 0 3000px')")
    shown.tab.frames(3)


def scrolled(shown):
    shown.tab.frames(20)
    return shown.tab.evaluate("() => scrollY")


def hint(shown):
    return shown.evaluate("({view}) => (view.hud.hint.hidden ? '' : view.hud.hint.textContent)")


def under(shown, px):
    """The time under a pixel."""
    shown.tab.frames(3)
    return shown.evaluate("({view}, px) => view.scene.timeline.t(view.invert(px))", px)


def width(stretch):
    return stretch[1] - stretch[0]


class TestWheel:
    def test_over_a_chart_without_the_focus_it_scrolls_the_page_and_a_hint_appears(self, shown):
        chart = shown()
        tall(chart)
        before = x(chart)
        chart.wheel(120, at=MIDDLE)
        assert scrolled(chart) > 0
        assert x(chart) == before
        assert "Ctrl" in hint(chart)

    def test_after_a_click_it_zooms_until_escape_gives_it_back(self, shown):
        chart = shown()
        tall(chart)
        chart.mouse.click(*MIDDLE)
        before, at = x(chart), scrolled(chart)
        chart.wheel(240, at=MIDDLE)
        assert scrolled(chart) == at
        assert width(x(chart)) > 1.2 * width(before)
        chart.key("Escape")
        before = x(chart)
        chart.wheel(120, at=MIDDLE)
        assert scrolled(chart) > at
        assert x(chart) == before

    def test_escape_gives_it_back_from_the_toolbar_too(self, shown):
        chart = shown()
        tall(chart)
        chart.evaluate("({view}) => view.toolbar.interval.button.focus()")
        chart.key("Escape")
        before = x(chart)
        chart.wheel(120, at=MIDDLE)
        assert scrolled(chart) > 0
        assert x(chart) == before

    @pytest.mark.parametrize("where", [MIDDLE, (400, 15), (-20, 200), (400, -8)])
    def test_with_ctrl_it_zooms_and_never_scrolls_or_zooms_the_page(self, shown, where):
        chart = shown(panes=[{"a": lambda df: df.close}])
        tall(chart)
        chart.evaluate(KEPT)
        before = x(chart)
        chart.tab.do(lambda page: page.keyboard.down("Control"))
        chart.wheel(120, at=where)
        chart.tab.do(lambda page: page.keyboard.up("Control"))
        assert chart.tab.evaluate("() => kept"), "the browser's own zoom"
        assert scrolled(chart) == 0
        assert (width(x(chart)) > width(before)) == (where in (MIDDLE, (400, -8)))

    def test_with_ctrl_it_does_not_zoom_the_page_between_two_panes(self, shown):
        chart = shown(panes=[{"a": lambda df: df.close}])
        edge = frames(chart)[0]["bottom"]
        chart.evaluate(KEPT)
        chart.tab.do(lambda page: page.keyboard.down("Control"))
        chart.wheel(120, at=(400, edge))
        chart.tab.do(lambda page: page.keyboard.up("Control"))
        assert chart.tab.evaluate("() => globalThis.kept")

    def test_a_small_turn_to_the_left_is_not_taken_back(self, shown):
        chart = shown()
        chart.mouse.click(*MIDDLE)
        before = x(chart)
        for _ in range(12):
            chart.wheel(0, -3, at=MIDDLE)  # as a touchpad does: a third of a bar each
        assert x(chart)[0] < before[0] - 3_000
        assert not following(chart)
        for _ in range(14):
            chart.wheel(0, 3, at=MIDDLE)
        assert following(chart)


class TestZoom:
    def test_it_holds_the_live_edge_while_following(self, shown):
        chart = shown()
        chart.mouse.click(*MIDDLE)
        for turn in (300, -500):
            before = x(chart)
            gap = before[1] - newest(chart)
            chart.wheel(turn, at=(100, 200))
            after = x(chart)
            assert (width(after) > width(before)) == (turn > 0)
            assert following(chart)
            share = (after[1] - newest(chart)) / width(after)
            assert share == pytest.approx(gap / width(before), abs=0.01)

    def test_it_holds_what_is_under_the_pointer_else(self, shown):
        chart = shown()
        chart.mouse.drag(MIDDLE, (300, 0))
        assert not following(chart)
        for turn, px in ((-300, 200), (500, 700), (-200, 555)):
            before, span = under(chart, px), width(x(chart))
            chart.wheel(turn, at=(px, 200))
            assert width(x(chart)) != pytest.approx(span)
            assert under(chart, px) == pytest.approx(before, abs=10)

    def test_dragging_the_time_axis_zooms(self, shown):
        chart = shown()
        before = x(chart)
        chart.mouse.drag((500, -10), (-200, 0))
        wider = x(chart)
        assert width(wider) > 1.2 * width(before)
        chart.mouse.drag((300, -10), (200, 0))
        assert width(x(chart)) < width(wider)
        chart.mouse.drag((100, -10), (1_000, 0), steps=1)
        assert width(x(chart)) > 0


class TestPan:
    def test_a_drag_moves_by_as_much_as_the_pointer(self, shown):
        chart = shown()
        before = under(chart, 400)
        chart.mouse.drag(MIDDLE, (250, 0))
        assert under(chart, 650) == pytest.approx(before, abs=10)
        assert not following(chart)

    def test_the_view_stays_put_while_bars_stream_in_and_older_ones_come(self, shown, feed):
        chart = shown()
        chart.mouse.drag(MIDDLE, (300, 0))
        before, at = x(chart), under(chart, 333)
        stream(chart, feed, 5)
        assert x(chart) == before
        assert put_in_front(feed, 300) == 300
        chart.paint()
        assert chart.evaluate("({page}) => page.history.base + page.history.start") == -300
        assert x(chart) == before
        assert under(chart, 333) == at
        stream(chart, feed, 5)
        assert x(chart) == before

    def test_the_view_stays_put_while_old_rows_are_dropped(self, stage):
        feed = FakeFeed("BTC-USDT")
        feed._tables["1s"] = BarTable("1s", ["BTC-USDT"], rows=300)
        feed.fill(300)
        chart = drawn(stage(Chart(feed)))
        chart.mouse.drag((300, 200), (500, 0))
        before = x(chart)
        held = "({page}) => page.history.base + page.history.start"
        stream(chart, feed, 40)
        assert chart.evaluate(held) > 0, "some were dropped"
        assert x(chart) == before
        chart.chart.release()
        feed.close()

    def test_at_the_edge_it_follows_again(self, shown, feed):
        chart = shown()
        chart.mouse.drag(MIDDLE, (200, 0))
        assert not following(chart)
        chart.mouse.drag(MIDDLE, (-220, 0))
        assert following(chart)
        before = x(chart)
        stream(chart, feed, 3)
        assert x(chart)[1] == pytest.approx(before[1] + 3_000, abs=1)

    def test_the_live_chip_and_end_bring_it_back(self, shown):
        chart = shown()
        chip = "({view}) => view.hud.button.getBoundingClientRect()"
        hidden = "({view}) => view.hud.button.hidden"
        assert chart.evaluate(hidden)
        for back in ("chip", "End"):
            chart.mouse.drag(MIDDLE, (200, 0))
            chart.tab.frames(3)
            assert not chart.evaluate(hidden)
            if back == "chip":
                box, at = chart.box(), chart.evaluate(chip)
                chart.mouse.click(at["x"] - box["x"] + 20, at["y"] - box["y"] + 8)
            else:
                chart.key(back)
            assert following(chart), back
            chart.tab.frames(3)
            assert chart.evaluate(hidden)

    def test_a_double_click_fits(self, shown):
        chart = shown()
        was = x(chart)
        before = y(chart)
        chart.mouse.drag((-30, 100), (0, 80))
        chart.mouse.drag(MIDDLE, (250, 30))
        chart.wheel(-300, at=MIDDLE)
        assert y(chart) != pytest.approx(before)
        chart.mouse.click(*MIDDLE, times=2)
        assert x(chart) == pytest.approx(was, abs=1)
        assert y(chart) == pytest.approx(before)
        assert following(chart)


class TestValues:
    def test_they_follow_the_time_in_view(self, shown, feed):
        chart = shown()
        stream(chart, feed, 1, price=70_000.0)
        assert y(chart)[1] > 70_000
        chart.mouse.drag((200, 200), (900, 0))
        chart.mouse.drag((200, 200), (900, 0))
        assert y(chart)[1] < 68_000
        df = feed.bars("1s")["BTC-USDT"].df
        start, end = x(chart)
        ms = df.index.as_unit("ns").asi8 / 1e6
        seen = df[(ms >= start) & (ms <= end)]
        low, high = y(chart)
        assert low < seen.low.min()
        assert seen.high.max() < high
        assert (seen.high.max() - seen.low.min()) / (high - low) > 0.3

    def test_set_by_hand_they_stay_in_each_pane_until_reset(self, shown, feed):
        chart = shown(panes=[{"a": lambda df: df.close.diff()}, {"b": lambda df: df.volume}])
        stream(chart, feed, 2)
        chart.still()
        places = frames(chart)
        before = [y(chart, i) for i in range(3)]
        for i, place in enumerate(places):
            middle = (place["top"] + place["bottom"]) / 2
            chart.mouse.drag((-30, middle), (0, 15))
            now = [y(chart, k) for k in range(3)]
            assert [a != b for a, b in zip(now, before, strict=True)] == [k == i for k in range(3)]
            before = now
        chart.mouse.drag((300, 100), (400, 0))
        stream(chart, feed, 2, price=80_000.0)
        assert [y(chart, i) for i in range(3)] == before, "the person said what to show"
        middle = (places[1]["top"] + places[1]["bottom"]) / 2
        chart.mouse.click(-30, middle, times=2)
        manual = chart.evaluate("({view}) => view.panes.map((pane) => pane.range.manual)")
        assert manual == [True, False, True]
        assert not following(chart), "the axis' own double-click leaves the time alone"

    def test_a_drag_moves_values_set_by_hand_as_much_as_the_pointer(self, shown, feed):
        chart = shown(panes=[{"a": lambda df: df.close.diff()}])
        stream(chart, feed, 2)
        value = "({view}, pane, py) => view.panes[pane].value(py)"
        for i, place in enumerate(frames(chart)):
            middle = (place["top"] + place["bottom"]) / 2
            chart.mouse.drag((-30, middle), (0, 5))
            chart.tab.frames(3)
            before = chart.evaluate(value, i, middle)
            chart.mouse.drag((300, middle), (0, 30))
            chart.tab.frames(3)
            assert chart.evaluate(value, i, middle + 30) == pytest.approx(before, rel=1e-6)


class TestFingers:
    @pytest.fixture
    def touched(self, shown):
        """A chart on a touch screen, and touch(kind, *points) in its pixels."""
        chart = shown(tab={"has_touch": True})
        tall(chart)
        box = chart.box()

        def open_session(page):
            return page.context.new_cdp_session(page)

        session = chart.tab.do(open_session)

        def touch(kind, *points):
            at = [
                {"x": box["x"] + px, "y": box["y"] + py, "id": i}
                for i, (px, py) in enumerate(points)
            ]
            chart.tab.do(
                lambda page: session.send(
                    "Input.dispatchTouchEvent", {"type": kind, "touchPoints": at}
                )
            )
            chart.tab.frames(2)

        return chart, touch

    def test_one_pans(self, touched):
        chart, touch = touched
        before = under(chart, 300)
        touch("touchStart", (300, 200))
        for px in range(320, 501, 20):
            touch("touchMove", (px, 200))
        touch("touchEnd")
        assert under(chart, 500) == pytest.approx(before, abs=2_500)
        assert not following(chart)

    def test_two_zoom(self, touched):
        chart, touch = touched
        before = width(x(chart))
        touch("touchStart", (400, 200), (500, 200))
        for by in range(10, 101, 10):
            touch("touchMove", (400 - by, 200), (500 + by, 200))
        touch("touchEnd")
        after = width(x(chart))
        assert after == pytest.approx(before / 3, rel=0.1)

    def test_two_one_above_the_other_do_not_jump(self, touched):
        chart, touch = touched
        before = width(x(chart))
        touch("touchStart", (400, 150), (400, 250))
        for by in range(2, 21, 2):
            touch("touchMove", (400, 150), (400, 250 + by))
        touch("touchEnd")
        assert width(x(chart)) == pytest.approx(before, rel=0.3)

    def test_a_swipe_up_scrolls_the_page(self, touched):
        chart, touch = touched
        before, at = x(chart), scrolled(chart)
        touch("touchStart", (400, 300))
        for py in range(290, 99, -10):
            touch("touchMove", (400, py))
        touch("touchEnd")
        assert scrolled(chart) > at + 100
        assert x(chart)[1] == pytest.approx(before[1], abs=1_000)


class TestSize:
    def test_it_goes_with_its_cell(self, shown):
        chart = shown(view=900)
        before = x(chart)
        for size in (600, 1_100):
            chart.evaluate("({el}, size) => (el.style.width = `${size}px`)", size)
            chart.still()
            place = frames(chart)[0]
            assert chart.evaluate("({stage}) => stage.clientWidth") == size
            assert size - 110 < place["right"] < size - 60
            assert x(chart) == pytest.approx(before, abs=1)

    def test_its_canvas_is_sharp_on_a_screen_of_twice_the_pixels(self, shown):
        chart = shown(view=701, tab={"scale": 2})
        sizes = chart.evaluate("""({view}) => view.panes.flatMap(({plot}) => {
            const root = plot.canvas_view?.shadow_el ?? plot.canvas_view?.el ?? plot.el;
            return [...root.querySelectorAll("canvas")].map((one) => [one.width, one.clientWidth]);
        })""")
        assert sizes
        assert all(real == 2 * css > 0 for real, css in sizes)

    def test_it_fills_the_screen_and_comes_back(self, shown):
        chart = shown(height=400, panes=[{"a": lambda df: df.close}])
        before = frames(chart)
        chart.mouse.click(*MIDDLE)
        chart.key("f")
        chart.tab.until("() => document.fullscreenElement !== null")
        chart.still()
        full = frames(chart)
        assert full[-1]["bottom"] > 700
        assert full[0]["bottom"] - full[0]["top"] > before[0]["bottom"] - before[0]["top"]
        chart.key("f")
        chart.tab.until("() => document.fullscreenElement === null")
        chart.still()
        assert frames(chart) == before
