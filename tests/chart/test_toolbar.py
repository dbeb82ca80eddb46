"""Every choice of the toolbar can be reached, by mouse and keys, at any width and height."""

import io

import pytest
from PIL import Image

NAMES = ["Interval: 1s", "Chart type: Candles", "Price scale: Linear", "Draw", "Settings"]
FOCUSED = """() => {
  let node = document.activeElement;
  while (node?.shadowRoot?.activeElement) node = node.shadowRoot.activeElement;
  return node?.ariaLabel ?? node?.textContent;
}"""
CUT = "({view: {toolbar: {row}}}) => row.scrollWidth - row.clientWidth"


def button(shown, name):
    shown.tab.do(lambda page: page.get_by_role("button", name=name, exact=True).click())
    shown.tab.frames(2)


def choose(shown, name, *, role="menuitem"):
    shown.tab.do(lambda page: page.get_by_role(role, name=name, exact=True).click())
    shown.tab.frames(2)


def focused(shown):
    return shown.tab.evaluate(FOCUSED)


class TestReach:
    def test_tab_goes_through_all_controls_in_order_and_each_has_a_name(self, shown):
        chart = shown()
        chart.evaluate("({stage}) => stage.focus()")
        seen = []
        for _ in range(7):
            chart.key("Tab")
            seen.append(focused(chart))
        assert seen == [*NAMES, "What the keys do (?)", "Full screen (F)"]

    def test_a_screen_reader_hears_roles_names_and_state(self, shown):
        chart = shown(title="BTC")
        tree = chart.tab.do(lambda page: page.locator("body").aria_snapshot())
        assert 'group "BTC, 1s Candles, live"' in tree
        assert 'toolbar "Chart"' in tree
        assert 'button "Interval: 1s"' in tree
        assert 'status "Trades come as they happen": live' in tree
        assert "BTC 64," in tree, "and the last price in a sentence"

    def test_a_menu_says_what_is_chosen(self, shown):
        chart = shown()
        button(chart, "Price scale: Linear")
        tree = chart.tab.do(lambda page: page.get_by_role("menu").aria_snapshot())
        assert 'menu "Price scale"' in tree
        assert 'menuitemradio "Linear" [checked]' in tree
        assert 'menuitemradio "Log"' in tree

    def test_a_menu_is_worked_by_keys_alone(self, shown):
        chart = shown()
        chart.evaluate("({view}) => view.toolbar.kind.button.focus()")
        for key in ("ArrowDown", "End", "ArrowUp", "Home", "ArrowUp"):
            chart.key(key)
        assert focused(chart) == "Renko", "round from the first to the last"
        chart.key("Escape")
        assert focused(chart) == "Chart type: Candles"
        for key in ("Enter", "ArrowDown", "Enter"):
            chart.key(key)
        assert focused(chart) == "Chart type: Hollow candles"
        chart.pump()
        assert chart.chart.settings["kind"] == "hollow"

    def test_tab_leaves_an_open_menu_and_shuts_it(self, shown):
        chart = shown()
        chart.evaluate("({view}) => view.toolbar.kind.button.focus()")
        chart.key("Enter")
        chart.key("Tab")
        assert focused(chart) == "Price scale: Linear"
        assert chart.evaluate("({view}) => view.toolbar.kind.list.hidden")


class TestRoom:
    @pytest.mark.parametrize("view", [1280, 900, 600, 380, 240, 160])
    def test_nothing_is_cut_off_at_any_width_and_all_is_there(self, shown, view):
        chart = shown(view=view, title="Some symbol")
        assert chart.evaluate(CUT) <= 0
        parts = "({view: {toolbar}}) => Object.keys(toolbar.parts)%s"
        away = chart.evaluate(parts % ".filter((name) => toolbar.parts[name].hidden)")
        assert chart.evaluate("({view}) => view.toolbar.more.box.hidden") == (not away)
        if not away:
            return
        button(chart, "More")
        items = chart.tab.do(lambda page: page.get_by_role("menuitem").all_inner_texts())
        assert len(items) == len(away)

    def test_what_was_put_away_works_from_the_menu_at_the_end(self, shown):
        chart = shown(view=300)
        button(chart, "More")
        choose(chart, "Price scale")
        choose(chart, "Log", role="menuitemradio")
        chart.pump()
        assert chart.chart.settings["scale"] == "log"

    def test_the_toolbar_grows_again_with_the_chart(self, shown):
        chart = shown(view=300)
        chart.evaluate("({el}) => { el.style.width = '900px'; }")
        chart.until("({view}) => view.toolbar.more.box.hidden")
        assert chart.evaluate(CUT) <= 0

    def test_a_long_title_is_cut_short_and_pushes_nothing_out(self, shown):
        chart = shown(view=600, title="A very long title of a chart that goes on and on " * 4)
        assert chart.evaluate(CUT) <= 0
        assert chart.evaluate("({view}) => view.toolbar.title.clientWidth") >= 40

    @pytest.mark.parametrize("height", [120, 200])
    @pytest.mark.parametrize("name", [*NAMES, "What the keys do (?)"])
    def test_menus_open_fully_on_a_low_chart_and_are_hit_by_the_mouse(self, shown, name, height):
        chart = shown(height=height)
        button(chart, name)
        assert chart.evaluate("""({view}) => {
            const root = view.toolbar.host.shadowRoot;
            const box = [...root.querySelectorAll(".list, .help")].find((each) => !each.hidden);
            const end = box.querySelector(":scope > .item:last-child, dl > :last-child");
            const last = end.getBoundingClientRect();
            const rect = box.getBoundingClientRect();
            const hit = root.elementFromPoint(last.left + last.width / 2, last.bottom - 4);
            const whole = box.scrollHeight <= box.clientHeight;
            return [box.contains(hit), whole, rect.right <= innerWidth];
        }""") == [True, True, True]

    def test_in_a_low_window_a_menu_scrolls(self, shown):
        chart = shown(height=160, tab={"height": 180})
        button(chart, "Settings")
        assert chart.evaluate("""({view}) => {
            const {list} = view.toolbar.menus.settings;
            const {top, bottom} = list.getBoundingClientRect();
            return [list.scrollHeight > list.clientHeight, top >= 0, bottom <= innerHeight];
        }""") == [True, True, True]

    def test_a_menu_shuts_when_the_person_turns_elsewhere(self, shown):
        chart = shown()
        for away in (
            lambda: chart.mouse.click(500, 300),
            lambda: chart.tab.evaluate("() => dispatchEvent(new Event('scroll'))"),
        ):
            button(chart, "Draw")
            away()
            assert chart.evaluate("({view}) => view.toolbar.tools.list.hidden")

    def test_the_mouse_on_a_menu_leaves_the_chart_alone(self, shown):
        chart = shown()
        before = chart.evaluate("({view}) => view.x")
        button(chart, "Chart type: Candles")
        chart.tab.do(lambda page: page.mouse.wheel(0, 300))
        choose(chart, "Line", role="menuitemradio")
        assert chart.evaluate("({view}) => view.x") == before


class TestTools:
    def test_the_tool_at_work_is_shown_and_ended_by_its_button(self, shown):
        chart = shown()
        button(chart, "Draw")
        choose(chart, "Trend line", role="menuitemradio")
        assert chart.evaluate("({view}) => view.layers.drawings.active") == "trend"
        button(chart, "End the tool (Esc)")
        assert chart.evaluate("({view}) => view.layers.drawings.active") is None
        assert chart.evaluate("({view}) => view.toolbar.tools.button.ariaLabel") == "Draw"

    @pytest.mark.parametrize(
        ("key", "name"), [("t", "Trend line"), ("m", "Measure"), ("x", "Alert at a price")]
    )
    def test_keys_take_up_a_tool_and_escape_ends_it(self, shown, key, name):
        chart = shown()
        chart.evaluate("({stage}) => stage.focus()")
        chart.key(key)
        assert chart.evaluate("({view}) => view.toolbar.tools.button.ariaLabel") == f"Draw: {name}"
        chart.key("Escape")
        assert chart.evaluate("({view}) => view.toolbar.tool") is None
        assert chart.evaluate("({view}) => view.toolbar.stop.hidden")

    def test_a_tool_that_has_done_its_work_is_no_longer_shown(self, shown):
        chart = shown()
        chart.evaluate("({view}) => view.toolbar.draw('level')")
        chart.mouse.click(500, 200)
        assert chart.evaluate("({view}) => view.toolbar.tool") is None
        assert chart.evaluate("({view}) => view.toolbar.stop.hidden")

    def test_one_tool_at_a_time(self, shown):
        chart = shown()
        chart.evaluate("({view}) => { view.toolbar.draw('alert'); view.toolbar.draw('note'); }")
        assert chart.evaluate("({view}) => [view.layers.armed, view.toolbar.tool]") == [
            False,
            "note",
        ]


class TestSettings:
    def test_theme_and_times_are_chosen_and_told_to_the_kernel(self, shown):
        chart = shown(tz="America/New_York", tab={"timezone_id": "Europe/Berlin"})
        button(chart, "Settings")
        choose(chart, "Dark", role="menuitemradio")
        assert chart.evaluate("({stage}) => stage.style.colorScheme") == "dark"
        for name, zone in (("Here (Berlin)", "local"), ("America/New York", "America/New_York")):
            button(chart, "Settings")
            choose(chart, name, role="menuitemradio")
            chart.pump()
            assert chart.chart.settings["tz"] == zone
        assert chart.chart.settings["theme"] == "dark"

    def test_the_view_is_reset(self, shown):
        chart = shown()
        chart.evaluate("({view}) => view.pan(0.5)")
        button(chart, "Settings")
        choose(chart, "Reset the view")
        assert chart.evaluate("({view}) => view.camera.following")

    @pytest.mark.parametrize("scale", [1, 2])
    def test_a_saved_picture_shows_what_is_on_the_screen(self, shown, scale):
        chart = shown(height=300, tab={"width": 700, "scale": scale})
        price = float(chart.chart.bars.df.close.iloc[-20])
        chart.chart.drawings.add("level", price, text="support <&>")
        chart.paint()
        seen = picture(chart.screenshot())
        button(chart, "Settings")
        saved = picture(saving(chart))
        assert saved.size == seen.size == (700 * scale, 300 * scale)
        # All but the toolbar, whose buttons are of no use in a file.
        below = (0, 36 * scale, 700 * scale, 300 * scale)
        a, b = (each.crop(below).convert("L").tobytes() for each in (seen, saved))
        differing = sum(abs(x - y) > 40 for x, y in zip(a, b, strict=True)) / len(a)
        assert differing < 0.02


class TestHelp:
    def test_it_opens_and_shuts_by_its_key_and_gives_the_focus_back(self, shown):
        chart = shown()
        chart.evaluate("({stage}) => stage.focus()")
        for end in ("?", "Escape"):
            chart.key("?")
            tree = chart.tab.do(lambda page: page.get_by_role("dialog").aria_snapshot())
            assert "What the keys do" in tree
            chart.key(end)
            assert chart.evaluate("({view}) => view.toolbar.sheet.box.hidden")
            assert chart.tab.evaluate("() => document.activeElement.className") == "livefin-chart"

    def test_it_opens_without_a_toolbar_too(self, shown):
        chart = shown(toolbar=False)
        chart.evaluate("({stage}) => stage.focus()")
        chart.key("?")
        assert chart.evaluate(
            "({view}) => view.toolbar.sheet.box.getBoundingClientRect().height > 100"
        )


def test_the_summary_is_said_at_most_every_ten_seconds(modules):
    said = modules("summary", "numbers").evaluate("""({Summary, PriceFormat}) => {
        const columns = {close: [100, 110], time: [0, 1]};
        const bars = {start: 0, end: 2, length: 2, columns, find: () => 0};
        const [prices, settings] = [new PriceFormat(0.01), {title: "A <b>"}];
        const page = {scene: {bars}, history: bars, prices, settings};
        const summary = new Summary(document.body);
        return [0, 5_000, 9_999, 10_000].map((now, i) => {
          columns.close[1] = 110 + i;
          summary.update({page, x: [0, 1]}, now);
          return summary.node.textContent;
        });
    }""")
    assert said[0] == said[1] == said[2] == "A <b> 110.00, up 10.00 % in view"
    assert said[3] == "A <b> 113.00, up 13.00 % in view"


def saving(chart):
    def save(page):
        with page.expect_download() as download:
            page.get_by_role("menuitem", name="Save as PNG").click()
        return download.value.path().read_bytes()

    return chart.tab.do(save)


def picture(png):
    return Image.open(io.BytesIO(png)).convert("RGB")
