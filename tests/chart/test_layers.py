"""What lies on the panes gets their pixels, and the kernel's state when that has changed."""

import pytest
from fakes import S

LEVELS = "({view: {layers, panes: [pane]}}, price) => layers.covers('price', pane.y(price))"


class TestSpace:
    def test_pixels_and_values_are_each_others_inverse(self, shown):
        found = shown().evaluate("""({view: {layers, page}}) => {
            const space = layers.space("price");
            const time = page.history.columns.time[page.history.end - 10];
            return [space.time(space.x(time)) - time, space.price(space.y(64_000)) - 64_000];
        }""")
        assert found == pytest.approx([0, 0], abs=1e-3)

    def test_a_pane_that_is_not_there_has_no_space(self, shown):
        assert shown().evaluate("({view}) => view.layers.space('pane:9')") is None

    def test_it_snaps_to_the_nearest_price_of_the_nearest_bar(self, shown):
        time, price, high, offset = shown().evaluate("""({view: {layers, page}}) => {
            const space = layers.space("price");
            const {columns, end} = page.history;
            const [time, high] = [columns.time[end - 10], columns.high[end - 10]];
            const found = space.snap(space.x(time) + 2, space.y(high) - 5);
            return [found.time, found.price, high, time];
        }""")
        assert (time, price) == (offset, high)


class TestAxis:
    def test_tags_of_levels_and_alerts_cover_the_texts_under_them(self, shown):
        chart = shown(height=300)
        level, alert, free = chart.evaluate("""({view: {panes: [pane]}}) => {
            const {top, divide} = pane.frame;
            return [0.2, 0.5, 0.8].map((share) => pane.value(top + share * (divide - top)));
        }""")
        chart.chart.drawings.add("level", level)
        chart.chart.alerts.add("price", above=alert)
        chart.paint()
        assert [chart.evaluate(LEVELS, price) for price in (level, alert, free)] == [
            True,
            True,
            False,
        ]

    def test_an_alert_for_a_line_covers_texts_of_the_lines_pane_only(self, shown):
        chart = shown(panes=[{"a": lambda df: df.close * 0 + 1}])
        chart.paint()
        chart.chart.alerts.add("a", above=1.0)
        chart.paint()
        chart.still()
        found = chart.evaluate("""({view: {layers, panes}}) => panes.map(
            (pane) => layers.covers(pane.key, pane.y(1)))""")
        assert found == [False, True]


class TestArmed:
    def test_a_click_sets_an_alert_once(self, shown):
        chart = shown()
        chart.evaluate("({view}) => view.toolbar.draw('alert')")
        assert chart.evaluate("({view}) => view.toolbar.tool") == "alert"
        for x in (400, 500):
            chart.mouse.click(x, 200)
        asked = [each["alert"]["op"] for each in chart.pump() if "alert" in each]
        assert asked == ["add"]
        assert len(chart.chart.alerts) == 1

    def test_a_click_on_the_times_leaves_it_armed(self, shown):
        chart = shown()
        chart.evaluate("({view}) => view.toolbar.draw('alert')")
        chart.mouse.click(400, -8)
        assert chart.evaluate("({view}) => view.layers.armed")

    def test_cancel_says_whether_a_tool_was_at_work(self, shown):
        chart = shown()
        cancel = "({view}) => [view.layers.cancel(), view.layers.cancel()]"
        for tool in ("alert", "trend"):
            chart.evaluate("({view}, tool) => view.toolbar.draw(tool)", tool)
            assert chart.evaluate(cancel) == [True, False]


def test_a_repaint_without_news_sets_no_layer_anew(shown, feed):
    chart = shown()
    chart.evaluate("""({view: {layers}}) => {
        globalThis.times = 0;
        for (const name of ["drawings", "alerts", "orders"]) {
          const set = layers[name].set.bind(layers[name]);
          layers[name].set = (...given) => { globalThis.times += 1; set(...given); };
        }
    }""")
    feed.trade(int(chart.chart.bars.df.index[-1].value) + S, 64_000.0)
    chart.paint()
    assert chart.evaluate("() => globalThis.times") == 0
    chart.chart.orders.set("a", 64_000.0, "buy", 1.0)
    chart.paint()
    assert chart.evaluate("() => globalThis.times") == 1
