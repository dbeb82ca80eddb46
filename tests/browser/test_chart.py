"""A chart in a real JupyterLab: it moves while cells run, survives reloads, and leaves no mess."""

import json
import time

import pytest
from shown import BUSY, contrast, drag, moving, shown, until

pytestmark = pytest.mark.browser


def test_moves_while_a_cell_sleeps_and_while_a_cell_loops(lab):
    asleep = BUSY.format(name="awake").replace("sum(range(1000))", "time.sleep(0.05)")
    path = lab.notebook("busy", shown(), asleep, BUSY.format(name="free"))
    lab.run_cell(0)
    lab.await_charts(1, 300)
    for cell, over in ((1, "awake"), (2, "free")):
        lab.run_cell(cell, wait=False)
        moving(lab, received=20, painted=7)
        assert lab.running(cell)
        path.with_name(over).touch()
        lab.done(cell)
    assert lab.charts()[0]["asked"] == 0


def test_first_display_needs_no_answer_from_a_busy_kernel(lab):
    path = lab.notebook("first", shown(), BUSY.format(name="first.over"))
    lab.run_all(wait=False)
    lab.await_charts(1, 300)
    assert lab.running(1)
    path.with_name("first.over").touch()
    lab.done(1)


def test_reload_in_mid_stream_restores_the_history_without_a_kink(lab):
    lab.notebook("reload", shown(bars=2_000), "print(chart.bars.df.close.iloc[:-2].tolist())")
    lab.run_cell(0)
    before = lab.await_charts(1, 2_000)[0]
    lab.command("docmanager:save")
    for _ in range(2):
        lab.reload()
        lab.await_charts(1, 2_000)
        moving(lab, received=10)
    chart = lab.charts()[0]
    assert chart["bars"] >= before["bars"]
    assert chart["asked"] == 0
    lab.run_cell(1)
    closes = json.loads(lab.output(1))
    there = lab.page.evaluate("() => probe.closes()")
    assert there[: len(closes)] == closes
    moving(lab, received=10)


def test_one_chart_shown_twice(lab):
    lab.notebook("twice", shown(), "chart")
    lab.run_all()
    one, two = lab.await_charts(2, 300)
    assert one["seq"] == two["seq"]
    for chart in (0, 1):
        moving(lab, painted=6, chart=chart)


def test_running_the_cell_again_leaves_one_chart_and_one_painter(lab):
    count = """\
import threading
from livefin.chart.shown import shows
painters = [thread for thread in threading.enumerate() if thread.name == "livefin-painter"]
print(len(painters), len(shows))"""
    lab.notebook("again", shown(), count)
    for _ in range(3):
        lab.run_cell(0)
    lab.await_charts(1, 300)
    lab.run_cell(1)
    assert lab.output(1).split() == ["1", "1"]


def test_restart_and_run_all_three_times(lab):
    lab.notebook("restart", shown(), "1 + 1")
    lab.run_all()
    lab.await_charts(1, 300)
    for _ in range(3):
        lab.command("kernelmenu:restart", wait=False)
        lab.page.get_by_role("button", name="Confirm Kernel Restart").click()
        lab.page.wait_for_function("() => !document.querySelector('dialog[open], .jp-Dialog')")
        lab.await_app()
        lab.idle()
        lab.run_all()
        lab.await_charts(1, 300)
        moving(lab, received=8)


def test_saved_notebook_is_small_and_opens_without_its_kernel(lab):
    path = lab.notebook("saved", shown(bars=5_000))
    lab.run_all()
    lab.await_charts(1, 5_000)
    lab.command("docmanager:save")
    assert path.stat().st_size < 20_000
    state = lab.page.evaluate("() => probe.stateBytes()")
    assert state < 60_000, "what the page would save of all widgets"
    lab.shut_kernels()
    lab.open(path.name)
    time.sleep(1)
    assert "Traceback" not in lab.output(0)


def test_pan_zoom_and_follow_while_the_kernel_is_busy(lab):
    path = lab.notebook("pan", shown(bars=100_000), BUSY.format(name="pan.over"))
    lab.run_cell(0)
    lab.await_charts(1, 90_000)
    lab.run_cell(1, wait=False)
    start = lab.charts()[0]
    assert start["following"]
    assert not start["live"]
    drag(lab, 300)
    panned = lab.charts()[0]
    assert not panned["following"]
    assert panned["live"], "the way back is offered"
    assert panned["x"][1] < start["x"][1] - 30_000
    moving(lab, received=5, painted=0)
    still = lab.charts()[0]
    assert still["x"] == panned["x"], "the view stays put while data streams in"
    box = still["box"]
    lab.page.mouse.move(box["x"] + 300, box["y"] + 150)
    assert still["focused"], "a drag gives the chart the focus, and so the wheel"
    for _ in range(5):
        lab.page.mouse.wheel(0, 400)
    wide = 3 * (still["x"][1] - still["x"][0])
    until(lab, f"({{x}}) => x[1] - x[0] > {wide}")
    lab.page.get_by_role("button", name="Live").click()
    until(
        lab,
        f"({{following, last, x}}) => following && last > {start['last']} && x[1] > last",
    )
    assert lab.running(1)
    path.with_name("pan.over").touch()
    lab.done(1)


def test_the_price_axis_is_the_users_once_dragged_until_a_double_click(lab):
    lab.notebook("axis", shown())
    lab.run_all()
    lab.await_charts(1, 300)
    before = lab.charts()[0]["range"]
    drag(lab, 0, 120, at=(0.97, 0.3))
    scaled = lab.charts()[0]["range"]
    assert scaled[1] - scaled[0] > 1.2 * (before[1] - before[0])
    moving(lab, received=3, painted=3)
    assert lab.charts()[0]["range"] == scaled
    box = lab.charts()[0]["box"]
    lab.page.mouse.dblclick(box["x"] + 0.5 * box["width"], box["y"] + 150)
    until(lab, f"({{range}}) => range[1] - range[0] < {scaled[1] - scaled[0]}")


def test_what_went_wrong_is_shaded_and_what_is_wrong_is_said(lab):
    wrong = """\
import time
now = time.time_ns()
feed.note("gap", now - 40 * 10**9, now - 30 * 10**9, count=17)
feed.note("disconnected", now - 5 * 10**9)
feed.state = "stale"
time.sleep(1)"""
    lab.notebook("bands", shown(), wrong, "feed.close()")
    lab.run_cell(0)
    lab.await_charts(1, 300)
    lab.run_cell(1)
    lab.page.get_by_text("gap 17").wait_for()
    chart = lab.charts()[0]
    assert [band[0] for band in chart["bands"]] == ["gap", "disconnected"]
    assert lab.page.get_by_text("closed", exact=True).count() == 0
    lab.run_cell(2)
    lab.page.get_by_text("closed", exact=True).wait_for()
    assert lab.charts()[0]["bars"] >= 300, "the last picture stays"


def test_a_figure_changed_after_display_shows(lab):
    change = """\
from bokeh.models import Span
chart.figure.title.text = "Changed in the kernel"
chart.figure.add_layout(Span(location=64_000, dimension="width", line_color="magenta"))"""
    lab.notebook("figure", shown(), change)
    lab.run_cell(0)
    lab.await_charts(1, 300)
    drag(lab, 200)
    x = lab.charts()[0]["x"]
    lab.run_cell(1)
    lab.page.wait_for_function("() => probe.figure().title === 'Changed in the kernel'")
    assert lab.page.evaluate("() => probe.figure().spans") == 1
    after = lab.charts()[0]
    assert after["bars"] >= 300
    assert after["x"] == x, "history and view are kept"


def test_a_failing_overlay_and_a_hostile_symbol_are_text(lab):
    cell = """\
import fakes
from livefin.chart import Chart
feed = fakes.FakeFeed("<img src=x onerror=window.pwned=1>").fill(100).run()
def broken(df): raise ValueError("<b>no</b>")
chart = Chart(feed, overlays={"mean": lambda df: df.close.rolling(9).mean(), "broken": broken})
times = feed.bars("1s")[feed.symbols[0]].df.index.as_unit("ns").asi8
feed.note("gap", int(times[-9]), int(times[-5]), count=3)
chart"""
    lab.notebook("hostile", cell)
    lab.run_all()
    chart = lab.await_charts(1, 100)[0]
    lab.page.get_by_text("ValueError: <b>no</b>").wait_for()
    assert chart["title"].startswith("<img")
    assert lab.charts()[0]["lines"] == 1
    assert lab.page.evaluate("() => window.pwned") is None


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_follows_the_theme(lab, theme):
    lab.notebook("theme", shown())
    lab.run_all()
    lab.await_charts(1, 300)
    lab.theme(theme)
    moving(lab)
    for text in lab.page.evaluate("() => probe.texts()"):
        assert contrast(text["color"], text["back"]) > 4.5, text
    picture = lab.page.locator(".livefin-chart").screenshot()
    assert len(picture) > 10_000
    lab.theme("JupyterLab Light")
