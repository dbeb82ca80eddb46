"""A chart's life in JupyterLab: two browsers, sleep, a lost connection, a kernel that ends."""

import signal
import time

import pytest
from shown import choose, click, moving, shown

pytestmark = pytest.mark.browser


@pytest.fixture
def other(lab):
    """The notebook in a second browser: other(name)."""
    made = []

    def make(name):
        made.append(lab.second(name))
        return made[-1]

    yield make
    for each in made:
        each.context.close()


def caught_up(lab, *, within=3):
    """Wait until the newest bar is of now."""
    wanted = "(ms) => Date.now() - probe.charts()[0].last < ms"
    lab.page.wait_for_function(wanted, arg=within * 1000)


def await_chip(lab, text):
    lab.page.wait_for_function("(text) => probe.charts()[0]?.chip === text", arg=text)


def test_two_browsers_share_a_chart(lab, other):
    path = lab.notebook("two", shown(), "[d.kind for d in chart.drawings], chart.settings['kind']")
    lab.run_cell(0)
    lab.await_charts(1, 300)
    lab.command("docmanager:save")
    two = other(path.name)
    two.await_charts(1, 300)
    moving(lab)
    moving(two)
    choose(two, "Draw", "Horizontal level")
    click(two, (0.4, 0.3))
    lab.page.wait_for_function("() => probe.charts()[0].drawings.length === 1")
    choose(lab, "Chart type", "Line")
    two.page.wait_for_function("() => probe.charts()[0].settings.kind === 'line'")
    two.reload()
    chart = two.await_charts(1, 300)[0]
    assert chart["settings"]["kind"] == "line"
    assert len(chart["drawings"]) == 1
    lab.run_cell(1)
    assert lab.output(1) == "(['level'], 'line')"
    two.page.goto("about:blank")
    moving(lab)


def test_a_page_that_slept_has_caught_up_at_once(lab):
    lab.notebook("asleep", shown())
    lab.run_all()
    lab.await_charts(1, 300)
    page = lab.context.new_cdp_session(lab.page)
    page.send("Page.setWebLifecycleState", {"state": "frozen"})
    time.sleep(10)
    page.send("Page.setWebLifecycleState", {"state": "active"})
    caught_up(lab)
    chart = lab.charts()[0]
    assert chart["chip"] == "live"
    moving(lab)


def test_a_lost_connection_is_made_up_for(lab):
    lab.notebook("lost", shown())
    lab.run_all()
    lab.await_charts(1, 300)
    lab.context.set_offline(True)
    lab.page.evaluate("() => probe.disconnect()")
    lab.page.wait_for_function("() => probe.charts()[0].chip.startsWith('no connection · last ')")
    lab.context.set_offline(False)
    await_chip(lab, "live")
    caught_up(lab)
    moving(lab)
    assert lab.charts()[0]["asked"] <= 1


def test_a_server_that_stalls_for_a_while(lab):
    lab.notebook("stall", shown())
    lab.run_all()
    lab.await_charts(1, 300)
    lab.page.evaluate("() => probe.patience(3_000)")
    lab.server.send_signal(signal.SIGSTOP)
    try:
        wanted = "() => probe.charts()[0].chip.startsWith('no connection · last ')"
        lab.page.wait_for_function(wanted)
        before = lab.charts()[0]["received"]
    finally:
        lab.server.send_signal(signal.SIGCONT)
    await_chip(lab, "live")
    caught_up(lab)
    chart = lab.charts()[0]
    assert chart["received"] > before
    assert chart["asked"] == 0, "all of it came late; nothing was lost"


def test_a_kernel_that_is_killed_and_run_again(lab):
    lab.notebook("killed", shown(), "import os\nos.kill(os.getpid(), 9)")
    lab.run_cell(0)
    before = lab.await_charts(1, 300)[0]
    lab.run_cell(1, wait=False)
    await_chip(lab, "kernel gone")
    gone = lab.charts()[0]
    assert gone["bars"] >= before["bars"], "the last picture stays"
    assert lab.page.locator(".livefin-chart").is_visible()
    lab.await_app()
    lab.idle()
    lab.run_cell(0)
    await_chip(lab, "live")
    lab.await_charts(1, 300)
    moving(lab)


def test_a_kernel_that_is_restarted_leaves_the_last_picture(lab):
    lab.notebook("restarted", shown())
    lab.run_all()
    before = lab.await_charts(1, 300)[0]
    lab.command("kernelmenu:restart", wait=False)
    lab.page.get_by_role("button", name="Confirm Kernel Restart").click()
    await_chip(lab, "kernel gone")
    gone = lab.charts()[0]
    assert gone["bars"] >= before["bars"]
    lab.await_app()
    lab.idle()
    lab.run_all()
    await_chip(lab, "live")
