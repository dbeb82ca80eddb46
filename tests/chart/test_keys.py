"""What the keys do on a chart that has the focus, and that they leave fields and menus alone."""

import pytest
from fakes import FakeFeed
from inview import drawn, following, newest, stream, x, y

from livefin.chart import Chart

BARS = """({page: {scene: {bars}}}) => Array.from({length: bars.end - bars.start}, (_, i) =>
    ["time", "open", "high", "low", "close", "volume"].map((name) =>
        bars.columns[name][bars.start + i]))"""
SETTINGS = "({page}) => page.settings"
FILLED = 600


@pytest.fixture
def shown(stage):
    """A chart that is drawn and has the focus."""

    def show(**options):
        shown = drawn(stage(**options))
        shown.mouse.click(400, 200)
        return shown

    return show


def setting(chart, name):
    return chart.evaluate(SETTINGS)[name]


def interval(chart):
    return chart.evaluate("({page}) => page.scene.interval")


def table(feed, interval):
    """A frame's bars as the page holds them."""
    df = feed.bars(interval)["BTC-USDT"].df
    ms = df.index.as_unit("ns").asi8 / 1e6
    return [
        list(row) for row in zip(ms, df.open, df.high, df.low, df.close, df.volume, strict=True)
    ]


def resampled(feed, rule):
    """Longer bars of the feed's, by pandas."""
    df = feed.bars("1s")["BTC-USDT"].df
    how = {"open": "first", "high": "max", "low": "min", "close": "last", "volume": "sum"}
    made = df.resample(rule).agg(how).dropna()
    ms = made.index.as_unit("ns").asi8 / 1e6
    return [list(row) for row in zip(ms, *(made[name] for name in how), strict=True)]


def same(rows, others):
    assert len(rows) == len(others)
    for row, other in zip(rows, others, strict=True):
        assert row == pytest.approx(other, rel=1e-11)


class TestMoving:
    def test_arrows_move_in_time_with_shift_by_half_a_screen(self, shown):
        chart = shown()
        before = x(chart)
        span = before[1] - before[0]
        chart.key("ArrowLeft")
        after = x(chart)
        assert before[0] - after[0] == pytest.approx(0.1 * span, rel=0.01)
        assert not following(chart)
        chart.key("Shift+ArrowLeft")
        assert after[0] - x(chart)[0] == pytest.approx(0.5 * span, rel=0.01)
        chart.key("Shift+ArrowRight")
        chart.key("ArrowRight")
        assert following(chart)
        chart.key("ArrowRight")
        assert following(chart), "there is nothing further right"
        assert x(chart) == pytest.approx(before, abs=1)

    def test_plus_and_minus_zoom(self, shown):
        chart = shown()
        spans = []
        for key in ("-", "+", "+"):
            chart.key(key)
            start, end = x(chart)
            spans.append(end - start)
        assert spans[0] > spans[1] > spans[2]
        assert following(chart)

    def test_up_and_down_stretch_the_prices(self, shown):
        chart = shown()
        low, high = y(chart)
        chart.key("ArrowUp")
        closer = y(chart)
        assert closer[1] - closer[0] < high - low
        chart.key("ArrowDown")
        chart.key("ArrowDown")
        wider = y(chart)
        assert wider[1] - wider[0] > high - low

    def test_home_shows_the_oldest_bars_and_end_the_live_edge(self, shown, feed):
        chart = shown()
        was = x(chart)
        chart.key("Home")
        first = feed.bars("1s")["BTC-USDT"].df.index[0].value / 1e6
        start, end = x(chart)
        assert start < first < start + 0.1 * (end - start), "and the rest of the view is full"
        assert not following(chart)
        chart.key("End")
        assert following(chart)
        assert x(chart) == pytest.approx(was, abs=1)

    def test_home_stays_where_all_bars_are_in_view(self, stage):
        few = FakeFeed("BTC-USDT").fill(20)
        chart = drawn(stage(Chart(few)))
        chart.mouse.click(400, 200)
        chart.key("Home")
        start, end = x(chart)
        assert start < few.bars()["BTC-USDT"].df.index[0].value / 1e6
        assert newest(chart) < end
        chart.chart.release()
        few.close()

    def test_a_shows_all_bars(self, shown, feed):
        chart = shown()
        chart.key("a")
        df = feed.bars("1s")["BTC-USDT"].df
        start, end = x(chart)
        assert start < df.index[0].value / 1e6
        assert df.index[-1].value / 1e6 < end
        assert end - start < 1.3 * 600_000

    def test_escape_leaves_the_chart(self, shown):
        chart = shown()
        focused = "({stage}) => stage.matches(':focus-within')"
        assert chart.evaluate(focused)
        chart.key("Escape")
        assert not chart.evaluate(focused)
        before = x(chart)
        chart.key("ArrowLeft")
        assert x(chart) == before


class TestSwitches:
    @pytest.mark.parametrize(
        ("key", "name", "on", "off"),
        [
            ("l", "scale", "log", "linear"),
            ("p", "scale", "percent", "linear"),
            ("i", "scale", "indexed", "linear"),
            ("v", "volume", False, True),
            ("b", "profile", True, False),
        ],
    )
    def test_letters_switch_in_the_page_and_in_the_kernel(self, shown, key, name, on, off):
        chart = shown()
        for value in (on, off):
            chart.key(key)
            assert setting(chart, name) == value
            chart.pump()
            assert chart.chart.settings[name] == value
            chart.paint()
            assert setting(chart, name) == value

    def test_a_question_mark_shows_the_keys_and_escape_puts_them_away(self, shown):
        chart = shown()
        seen = """({view}) => {
            const sheet = view.toolbar.host.shadowRoot.querySelector(".help");
            const seen = sheet && sheet.getClientRects().length > 0;
            return Boolean(seen && sheet.textContent.includes("full screen"));
        }"""
        assert not chart.evaluate(seen)
        chart.key("?")
        assert chart.evaluate(seen)
        chart.key("Escape")
        assert not chart.evaluate(seen)

    def test_f_fills_the_screen(self, shown):
        chart = shown()
        chart.key("f")
        chart.tab.until("() => document.fullscreenElement !== null")
        chart.key("f")
        chart.tab.until("() => document.fullscreenElement === null")

    def test_a_field_keeps_its_keys(self, shown):
        chart = shown()
        before, settings = x(chart), chart.evaluate(SETTINGS)
        for host in ("view.toolbar.host.shadowRoot", "view.layers.drawings.root", "view.stage"):
            text = chart.evaluate(f"""({{view}}) => {{
                const field = document.createElement("input");
                {host}.append(field);
                field.focus();
                globalThis.field = field;
            }}""")
            for key in ("l", "v", "b", "5", "a", "ArrowLeft", "Home", "-", "?"):
                chart.key(key)
            text = chart.tab.evaluate(
                "() => { const {value} = field; field.remove(); return value; }"
            )
            assert sorted(text) == sorted("lvb5a-?"), host
        assert x(chart) == before
        assert chart.evaluate(SETTINGS) == settings
        assert chart.pump() == []

    def test_keys_with_ctrl_are_the_notebooks(self, shown):
        chart = shown()
        before, settings = x(chart), chart.evaluate(SETTINGS)
        for key in ("Control+b", "Alt+l", "Meta+a"):
            chart.key(key)
        assert x(chart) == before
        assert chart.evaluate(SETTINGS) == settings


class TestInterval:
    def test_a_digit_makes_longer_bars_in_the_page_at_once_while_the_kernel_is_busy(
        self, shown, feed
    ):
        chart = shown()
        chart.key("2")
        assert interval(chart) == 5_000
        same(chart.evaluate(BARS), resampled(feed, "5s"))
        assert chart.evaluate("({page}) => page.scene.held") == 1_000
        stream(chart, feed, 7)  # the kernel paints, but has heard nothing
        assert interval(chart) == 5_000
        same(chart.evaluate(BARS), resampled(feed, "5s"))
        assert chart.chart.interval == "1s"

    def test_then_the_kernel_hears_of_it_and_its_bars_go_on(self, shown, feed):
        feed.bars("5s")
        chart = shown()
        stream(chart, feed, 12)
        chart.key("2")
        stream(chart, feed, 3)
        span = x(chart)[1] - x(chart)[0]
        assert {"interval": "5s"} in chart.pump()
        assert chart.chart.interval == "5s"
        chart.paint()
        assert chart.evaluate("({page}) => page.scene.held") == interval(chart) == 5_000
        same(chart.evaluate(BARS), table(feed, "5s"))
        assert x(chart)[1] - x(chart)[0] <= span
        stream(chart, feed, 11)
        same(chart.evaluate(BARS), table(feed, "5s"))
        assert chart.pump() == []

    def test_and_back_to_the_shorter_when_the_kernel_has_heard(self, shown, feed):
        feed.bars("5s")
        chart = shown()
        stream(chart, feed, 12)
        chart.key("2")
        chart.pump()
        chart.paint()
        chart.key("1")
        assert interval(chart) == 5_000, "it cannot be made of longer ones"
        stream(chart, feed, 2)
        same(chart.evaluate(BARS), table(feed, "5s"))
        chart.pump()
        chart.paint()
        assert interval(chart) == 1_000
        same(chart.evaluate(BARS), table(feed, "1s"))
        stream(chart, feed, 3)
        same(chart.evaluate(BARS), table(feed, "1s"))

    def test_there_and_back_before_the_kernel_hears(self, shown, feed):
        feed.bars("5s")
        chart = shown()
        chart.key("2")
        chart.key("1")
        assert interval(chart) == 1_000
        stream(chart, feed, 2)
        chart.pump()
        chart.paint()
        assert interval(chart) == 1_000
        stream(chart, feed, 3)
        same(chart.evaluate(BARS), table(feed, "1s"))
        assert chart.chart.interval == "1s"

    def test_python_switches_too(self, shown, feed):
        feed.bars("5s")
        chart = shown()
        stream(chart, feed, 12)
        for name, ms in (("5s", 5_000), ("1s", 1_000)):
            chart.chart.interval = name
            chart.paint()
            assert interval(chart) == ms
            same(chart.evaluate(BARS), table(feed, name))
            stream(chart, feed, 6)
            same(chart.evaluate(BARS), table(feed, name))
            assert {"ask": "snapshot"} not in chart.pump()

    def test_as_many_bars_stay_in_view(self, shown):
        chart = shown()
        chart.wheel(-400, at=(400, 200))
        start, end = x(chart)
        chart.key("2")
        after = x(chart)
        assert after[1] - after[0] == pytest.approx(5 * (end - start), rel=0.01)
