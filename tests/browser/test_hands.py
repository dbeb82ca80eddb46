"""Keys and mouse on a chart in JupyterLab: what is meant for the chart reaches it, and it alone."""

import pytest
from shown import BUSY, choose, click, contrast, drag, moving, shown, spot, until

pytestmark = pytest.mark.browser

TALL = "from IPython.display import HTML\nHTML('<div style=\"height:2000px\">tall</div>')"


def drawn(lab, count):
    """Wait until the page has heard of so many drawings from the kernel."""
    lab.page.wait_for_function("(count) => probe.charts()[0].drawings.length === count", arg=count)


def test_keys_of_a_focused_chart_are_not_jupyterlabs(lab):
    lab.notebook("keys", shown(intervals=["5s", "15s", "1min"]), "2", "3")
    lab.run_cell(0)
    lab.await_charts(1, 300)
    click(lab)
    before = lab.cells()
    for key in ("a", "b", "d", "d", "l", "x", "z", "m", "j", "k", "5", "6", "ArrowDown", "ArrowUp"):
        lab.page.keyboard.press(key)
    lab.page.keyboard.press("End")
    chart = until(lab, "({settings}) => settings.scale === 'log'")
    assert lab.cells() == before == ["code"] * 3
    assert chart["focused"], "JupyterLab has not taken the focus"
    assert chart["settings"]["profile"], "B"
    for key, interval in (("2", 5_000), ("3", 15_000), ("1", 1_000)):
        lab.page.keyboard.press(key)
        wanted = "(ms) => probe.charts()[0].interval === ms && probe.charts()[0].held === ms"
        lab.page.wait_for_function(wanted, arg=interval)
    for _ in range(2):  # the first may end a tool that one of the letters has begun
        lab.page.keyboard.press("Escape")
    assert not lab.charts()[0]["focused"]
    assert lab.cells() == before
    lab.run_cell(1)
    assert lab.output(1) == "2"


def test_what_is_typed_into_a_drawing_stays_there(lab):
    lab.notebook("note", shown(), "[(d.kind, d.text) for d in chart.drawings]", "3")
    lab.run_cell(0)
    lab.await_charts(1, 300)
    choose(lab, "Draw", "Note")
    click(lab, (0.4, 0.5))
    field = lab.page.get_by_label("text of the drawing")
    field.wait_for()
    text = "dd a1 lxz"
    lab.page.keyboard.type(text)
    assert field.input_value() == text
    lab.page.keyboard.press("Enter")
    drawn(lab, 1)
    assert lab.cells() == ["code"] * 3
    lab.run_cell(1)
    assert lab.output(1) == f"[('note', '{text}')]"


def test_a_level_drawn_with_the_mouse_is_there_in_the_next_cell(lab):
    cell = "[level] = chart.drawings\nprint(level.kind, level.points[0][1])"
    lab.notebook("level", shown(), cell, "level.points[0][1]")
    lab.run_cell(0)
    lab.await_charts(1, 300)
    choose(lab, "Draw", "Horizontal level")
    click(lab, (0.4, 0.3))
    drawn(lab, 1)
    lab.run_cell(1)
    kind, price = lab.output(1).split()
    low, high = lab.charts()[0]["range"]
    assert kind == "level"
    assert low < float(price) < high


def test_an_alert_set_in_the_page_calls_a_python_function(lab):
    listen = "fired = []\n[alert] = chart.alerts\nalert.call = fired.append"
    cross = "for price in (1, 10**6): feed.trade(time.time_ns(), price)"
    cross += "\nwhile not fired: time.sleep(0.01)\nlen(fired)"
    lab.notebook("alert", shown(), listen, f"import time\n{cross}")
    lab.run_cell(0)
    lab.await_charts(1, 300)
    choose(lab, "Draw", "Alert at a price")
    click(lab, (0.4, 0.3))
    lab.page.wait_for_function("() => probe.charts()[0].alerts.length === 1")
    lab.run_cell(1)
    lab.run_cell(2)
    assert lab.output(2) == "1"


def test_the_wheel_scrolls_the_notebook_until_the_chart_has_the_focus(lab):
    lab.notebook("wheel", shown(), TALL)
    lab.run_all()
    lab.await_charts(1, 300)
    scrolled = "document.querySelector('.jp-WindowedPanel-outer').scrollTop"
    start = lab.charts()[0]["x"]
    lab.page.mouse.move(*spot(lab))
    lab.page.mouse.wheel(0, 60)
    lab.page.wait_for_function(f"() => {scrolled} > 0")
    moving(lab, painted=3)
    top = lab.page.evaluate(scrolled)
    here = lab.charts()[0]["x"]
    assert here[1] - here[0] == pytest.approx(start[1] - start[0])
    click(lab)
    assert lab.charts()[0]["focused"]
    lab.page.mouse.wheel(0, 400)
    until(lab, f"({{x}}) => x[1] - x[0] > {1.3 * (start[1] - start[0])}")
    assert lab.page.evaluate(scrolled) == top


def test_full_screen_and_back(lab):
    lab.notebook("full", shown())
    lab.run_all()
    lab.await_charts(1, 300)
    before = lab.charts()[0]["box"]
    click(lab)
    lab.page.keyboard.press("f")
    lab.page.wait_for_function(
        "() => document.fullscreenElement?.clientHeight === innerHeight"
        " && probe.charts()[0].frame.bottom > innerHeight - 60"
    )
    moving(lab)
    lab.page.keyboard.press("f")
    lab.page.wait_for_function("() => document.fullscreenElement === null")
    until(lab, f"({{box}}) => box.height === {before['height']}")


def test_what_a_person_does_is_heard_while_a_cell_runs(lab):
    tell = "print(chart.settings['kind'], len(chart.drawings))"
    path = lab.notebook("heard", shown(), BUSY.format(name="heard.over") + tell)
    lab.run_cell(0)
    lab.await_charts(1, 300)
    lab.run_cell(1, wait=False)
    choose(lab, "Chart type", "Line")
    choose(lab, "Draw", "Horizontal level")
    click(lab, (0.4, 0.3))
    drawn(lab, 1)
    assert lab.running(1)
    path.with_name("heard.over").touch()
    lab.done(1)
    assert lab.output(1) == "line 1"


def test_the_theme_changes_under_a_chart(lab):
    lab.notebook(
        "themes",
        shown(overlays={"mean": None}).replace(
            "{'mean': None}", "{'mean': lambda df: df.close.rolling(20).mean()}"
        ),
    )
    lab.run_all()
    lab.await_charts(1, 300)
    drag(lab, 200)
    lab.page.mouse.move(*spot(lab))
    try:
        for theme in ("JupyterLab Dark", "JupyterLab Light"):
            lab.theme(theme)
            moving(lab, received=5, painted=0)
            texts = lab.page.evaluate("() => probe.texts()")
            assert len(texts) > 10
            for text in texts:
                assert contrast(text["color"], text["back"]) > 4.5, text
    finally:
        lab.theme("JupyterLab Light")
