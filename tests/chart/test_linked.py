"""Charts that move together, charts shown twice, and that a view which closes leaves nothing."""

import pytest
from fakes import FakeFeed, S
from inview import drawn, following, stream, x

import livefin as lf
from livefin.chart import Chart
from livefin.chart.linked import link, unlink
from livefin.errors import ChartError

CROSS = """({view}) => (view.hud.v.hidden ? null : {
    time: view.scene.timeline.t(view.invert(parseFloat(view.hud.v.style.left))),
    text: view.hud.time.textContent,
})"""  # where the line is, to the pixel
GROUPS = "() => globalThis[Symbol.for('livefin.groups')]?.size ?? 0"
DRAWS = """({view}) => {
    const draw = view.draw.bind(view);
    globalThis.draws = 0;
    view.draw = () => { globalThis.draws += 1; draw(); };
}"""
COUNT = """() => {
    const left = (globalThis.left = {listeners: 0, timers: 0, observers: 0});
    const {addEventListener: add, removeEventListener: remove} = EventTarget.prototype;
    const known = new WeakMap();
    // Those of the page as a whole: what hears inside of the view goes with it.
    const whole = (target) =>
      target === window || target === document || target instanceof MediaQueryList;
    EventTarget.prototype.addEventListener = function (name, hear, options) {
      if (whole(this ?? window) && hear) {
        left.listeners += 1;
        known.set(hear, (known.get(hear) ?? 0) + 1);
        options?.signal?.addEventListener("abort", () => (left.listeners -= 1));
      }
      return add.call(this ?? window, name, hear, options);
    };
    EventTarget.prototype.removeEventListener = function (name, hear, options) {
      if (whole(this ?? window) && known.get(hear)) {
        left.listeners -= 1;
        known.set(hear, known.get(hear) - 1);
      }
      return remove.call(this ?? window, name, hear, options);
    };
    const {setInterval: every, clearInterval: never} = globalThis;
    const ticking = new Set();
    globalThis.setInterval = (...given) => {
      const id = every(...given);
      left.timers = ticking.add(id).size;
      return id;
    };
    globalThis.clearInterval = (id) => {
      never(id);
      ticking.delete(id);
      left.timers = ticking.size;
    };
    for (const name of ["ResizeObserver", "IntersectionObserver", "MutationObserver"]) {
      const Real = globalThis[name];
      globalThis[name] = class extends Real {
        observe(...given) {
          if (!this.on) left.observers += 1;
          this.on = true;
          super.observe(...given);
        }
        disconnect() {
          if (this.on) left.observers -= 1;
          this.on = false;
          super.disconnect();
        }
      };
    }
}"""
LEFT = """() => ({
    ...left,
    documents: Bokeh.documents.length,
    index: Bokeh.index.roots.length,
    groups: globalThis[Symbol.for('livefin.groups')]?.size ?? 0,
    elements: document.querySelectorAll('.livefin-chart').length,
    styles: document.head.querySelectorAll('style').length + document.adoptedStyleSheets.length,
    body: document.body.childElementCount,
})"""


@pytest.fixture
def feed():
    feed = FakeFeed("BTC-USDT", "ETH-USDT").fill(600)
    last = int(feed.bars("1s")["BTC-USDT"].df.index[-1].value)
    for i in range(100):
        feed.trade(last - (99 - i) * S, 3_000.0 + i, symbol="ETH-USDT")
    yield feed
    feed.close()


@pytest.fixture
def two(stage, feed):
    """Charts of both symbols in one page; the second's bars begin later."""
    one = drawn(stage(Chart(feed, "BTC-USDT", height=300)))
    other = drawn(one.add(Chart(feed, "ETH-USDT", height=300)))
    yield one, other
    other.chart.release()


def linked(*charts):
    link(*(chart.chart for chart in charts))
    for chart in charts:
        chart.paint()


def together(one, other):
    assert x(other) == pytest.approx(x(one), abs=1)
    assert following(one) == following(other)


def test_moving_one_moves_the_other(two):
    one, other = two
    linked(one, other)
    together(one, other)
    one.mouse.drag((400, 150), (300, 0))
    assert not following(one)
    together(one, other)
    before = x(one)
    other.mouse.click(400, 150)
    other.wheel(300, at=(200, 150))
    assert x(other) != before
    together(one, other)
    other.key("End")
    assert following(one)
    together(one, other)


def test_the_prices_are_each_charts_own(two):
    one, other = two
    linked(one, other)
    before = other.evaluate("({view}) => view.panes[0].range.manual")
    one.mouse.drag((-30, 100), (0, 40))
    assert one.evaluate("({view}) => view.panes[0].range.manual")
    assert other.evaluate("({view}) => view.panes[0].range.manual") == before


def test_other_intervals_show_the_same_time(two, feed):
    one, other = two
    linked(one, other)
    other.evaluate("({page}) => page.choose(page.setup.intervals.find(([name]) => name === '5s'))")
    together(one, other)
    one.mouse.drag((400, 150), (200, 0))
    together(one, other)
    one.evaluate("({page}) => page.choose(page.setup.intervals.find(([name]) => name === '15s'))")
    together(one, other)
    other.mouse.drag((400, 150), (-50, 0))
    together(one, other)


def test_one_shows_what_is_older_than_its_own_bars(two, feed):
    one, other = two
    linked(one, other)
    one.key("Tab")
    one.mouse.click(400, 150)
    one.key("Home")
    together(one, other)
    first = feed.bars("1s")["ETH-USDT"].df.index[0].value / 1e6
    assert x(other)[1] < first
    other.mouse.drag((400, 150), (-30, 0))
    together(one, other)


def test_the_edge_is_that_of_the_newest_bar_of_all(two, feed):
    one, other = two
    linked(one, other)
    before = x(one)
    stream(other, feed, 20, price=3_000.0)
    one.tab.frames(40)
    together(one, other)
    assert x(one)[1] == pytest.approx(before[1] + 20_000, abs=1)
    other.mouse.drag((400, 150), (100, 0))
    stream(one, feed, 5)
    together(one, other)


def test_the_crosshair_is_in_both_at_the_same_time(two):
    one, other = two
    linked(one, other)
    one.mouse.move(420, 150)
    first, second = one.evaluate(CROSS), other.evaluate(CROSS)
    assert first["text"] == second["text"] != ""
    assert first["time"] == pytest.approx(second["time"], abs=200)
    assert other.evaluate("({view}) => view.hud.crosses.every(([h]) => h.hidden)")
    other.mouse.move(555, 100)
    assert one.evaluate(CROSS)["text"] == other.evaluate(CROSS)["text"]
    other.mouse.move(-5, 5)
    one.tab.frames(3)
    assert one.evaluate(CROSS) is None


def test_the_crosshair_is_at_the_very_time_where_bars_are_longer(two):
    one, other = two
    linked(one, other)
    other.evaluate("({page}) => page.choose(page.setup.intervals.find(([name]) => name === '5s'))")
    one.mouse.move(433, 150)
    first, second = one.evaluate(CROSS), other.evaluate(CROSS)
    assert first["time"] == pytest.approx(second["time"], abs=200)


def test_an_unlinked_chart_goes_by_itself(two):
    one, other = two
    linked(one, other)
    one.mouse.drag((400, 150), (200, 0))
    unlink(other.chart)
    other.paint()
    before = x(other)
    assert before == pytest.approx(x(one), abs=1), "it stays where it was"
    one.mouse.drag((400, 150), (200, 0))
    assert x(other) == before
    one.mouse.move(420, 150)
    assert other.evaluate(CROSS) is None


def test_the_others_go_on_when_the_one_that_led_closes(two, feed):
    one, other = two
    third = drawn(one.add(Chart(feed, "BTC-USDT", height=300)))
    linked(one, other, third)
    third.mouse.drag((400, 150), (250, 0))
    third.mouse.move(420, 150)
    before = x(one)
    third.hide()
    assert x(one) == pytest.approx(before, abs=1)
    assert one.evaluate(CROSS) is None, "nobody points any more"
    together(one, other)
    other.mouse.drag((400, 150), (-80, 0))
    assert x(one) != pytest.approx(before, abs=1)
    together(one, other)
    third.chart.release()


def test_a_group_ends_with_its_last_chart(two):
    one, other = two
    linked(one, other)
    assert one.tab.evaluate(GROUPS) == 1
    other.hide()
    assert one.tab.evaluate(GROUPS) == 1
    unlink(one.chart)
    one.paint()
    assert one.tab.evaluate(GROUPS) == 0


def test_moving_draws_each_a_few_times_and_then_they_rest(two):
    one, other = two
    other.evaluate("({page}) => page.choose(page.setup.intervals.find(([name]) => name === '5s'))")
    linked(one, other)
    one.mouse.drag((400, 150), (100, 0))
    one.still()
    other.still()
    other.evaluate(DRAWS)
    one.tab.frames(40)
    assert one.tab.evaluate("() => draws") == 0
    one.key("ArrowLeft")
    one.tab.frames(40)
    assert 1 <= one.tab.evaluate("() => draws") <= 3


def test_charts_without_bars_rest_too(stage):
    empty = FakeFeed("A", "B")
    one = stage(Chart(empty, "A", height=200))
    other = one.add(Chart(empty, "B", height=200))
    linked(one, other)
    one.tab.frames(20)
    one.evaluate(DRAWS)
    one.tab.frames(60)
    assert one.tab.evaluate("() => draws") <= 1
    other.chart.release()
    one.chart.release()
    empty.close()


def test_only_charts_can_be_linked(feed):
    with pytest.raises(ChartError, match="only charts"):
        link(Chart(feed), "another")
    assert lf.link is link


class TestTwoViews:
    def test_each_moves_by_itself_and_both_show_what_comes(self, stage, feed):
        one = drawn(stage(Chart(feed, height=300)))
        other = one.add(one.chart)
        other.still()
        one.mouse.drag((400, 150), (200, 0))
        assert not following(one)
        assert following(other)
        before, edge = x(one), x(other)
        stream(one, feed, 3)
        other.tab.frames(20)
        assert x(one) == before
        assert x(other)[1] == pytest.approx(edge[1] + 3_000, abs=1)

    def test_one_that_closes_leaves_the_other_alive(self, stage, feed):
        one = drawn(stage(Chart(feed, height=300)))
        other = one.add(one.chart)
        other.still()
        one.hide()
        before, picture = x(other), other.screenshot()
        stream(other, feed, 5)
        assert x(other)[1] == pytest.approx(before[1] + 5_000, abs=1)
        other.mouse.drag((400, 150), (200, 0))
        assert not following(other)
        assert other.screenshot() != picture

    def test_one_that_closes_leaves_nothing(self, stage, feed):
        one = drawn(stage(Chart(feed, height=300, panes=[{"a": lambda df: df.close}])))
        link(one.chart)
        one.paint()
        one.tab.evaluate(COUNT)
        other = one.add(one.chart)  # what the page sets up once, it has set up from here on
        other.still()
        other.hide()
        before = one.tab.evaluate(LEFT)
        for _ in range(3):
            other = one.add(one.chart)
            other.still()
            other.mouse.drag((400, 150), (100, 0))
            other.key("?")
            other.key("Escape")
            other.evaluate("({view}) => { globalThis.gone = new WeakRef(view); }")
            other.hide()
            one.tab.frames(5)
        assert one.tab.evaluate(LEFT) == before
        one.tab.do(
            lambda page: page.context.new_cdp_session(page).send("HeapProfiler.collectGarbage")
        )
        assert one.tab.evaluate("() => gone.deref() === undefined"), "nobody holds it"

    def test_the_last_one_that_closes_leaves_nothing(self, stage, feed):
        one = drawn(stage(Chart(feed, height=300)))
        link(one.chart)
        one.paint()
        one.tab.evaluate(COUNT)
        other = one.add(Chart(feed, "ETH-USDT", height=300))
        link(one.chart, other.chart)
        drawn(other)
        one.hide()
        other.hide()
        one.tab.frames(3)
        left = one.tab.evaluate(LEFT)
        for name in ("documents", "index", "groups", "elements", "timers"):
            assert left[name] <= 0, name
        other.chart.release()
