"""An indicator typed into a cell of a real JupyterLab: on the chart at once, swapped, turned."""

import re
import time

import pytest
from shown import BUSY, contrast, moved, shown

pytestmark = pytest.mark.browser

GAP = """\
@chart.indicator
def gap(df, window: int = {window}):
    return df.close - df.close.rolling(window).{what}()
"""
ENDLESS = """\
calls = []
@chart.indicator
def loops(df):
    calls.append(1)
    while len(calls) > 1:
        pass
    return df.close
"""
# As where a page takes longer than anywidget waits: its time is over before a module is there.
OUT_OF_TIME = """() => {
  const timeout = AbortSignal.timeout.bind(AbortSignal);
  AbortSignal.timeout = (ms) => timeout(ms === 2000 ? 1 : ms);
}"""
# The newest values of each line of the first chart that have one, by name.
LINES = """() => {
  const { page } = document.querySelector(".livefin-chart").parentElement.__livefin;
  const { history, figure } = page;
  const last = (values) => [...values.slice(history.start, history.end)].filter((v) => v === v);
  const line = ({ key, name, role }) => {
    const values = last(history.lines[key] ?? []);
    return [name, { role, values, missing: history.length - values.length }];
  };
  return Object.fromEntries(figure.lines.map(line));
}"""


def lines(lab):
    return lab.page.evaluate(LINES)


def await_lines(lab, *names):
    wanted = f"(names) => JSON.stringify(Object.keys(({LINES})())) === JSON.stringify(names)"
    lab.page.wait_for_function(wanted, arg=list(names))
    return lines(lab)


def write(lab, number, text):
    """Change what a cell says, as a person does."""
    script = (
        "([number, text]) => window.jupyterapp.shell.currentWidget.content"
        ".widgets[number].model.sharedModel.setSource(text)"
    )
    lab.page.evaluate(script, [number, text])


def card(lab, number=1):
    found = lab.cell(number).locator(".livefin-prototype")
    found.first.wait_for()
    assert found.count() == 1
    return found.first


def start(lab, name, *cells):
    lab.notebook(name, shown(), *cells)
    lab.run_cell(0)
    lab.await_charts(1, 300)


def test_a_cell_draws_its_line_and_has_a_card_with_a_verdict(lab):
    start(lab, "drawn", GAP.format(window=20, what="mean"))
    lab.run_cell(1)
    drawn = await_lines(lab, "gap")
    assert len(drawn["gap"]["values"]) > 200
    found = card(lab)
    found.get_by_text("✓ look-ahead").wait_for()
    found.get_by_text("live", exact=True).wait_for()
    value = found.locator(".livefin-prototype-value").inner_text()
    assert re.fullmatch(r"-?[\d.]+(e-\d+)?", value)
    assert found.locator("svg path").get_attribute("d").startswith("M")


def test_a_page_too_busy_to_load_widgets_in_time_shows_them_all_the_same(lab):
    lab.notebook("busy", shown(), GAP.format(window=20, what="mean"))
    lab.page.evaluate(OUT_OF_TIME)
    lab.run_all()
    lab.await_charts(1, 300)
    await_lines(lab, "gap")
    card(lab).get_by_text("live", exact=True).wait_for()
    card(lab).get_by_text("✓ look-ahead").wait_for()


def test_changed_code_is_swapped_in_and_the_version_before_is_faint(lab):
    start(lab, "swapped", GAP.format(window=20, what="mean"))
    lab.run_cell(1)
    await_lines(lab, "gap")
    trades = lab.charts()[0]["received"]
    write(lab, 1, GAP.format(window=20, what="min"))
    lab.run_cell(1)
    drawn = await_lines(lab, "gap", "gap (before)")
    lab.page.wait_for_function(f"() => Math.min(...({LINES})().gap.values) >= 0")
    assert drawn["gap (before)"]["role"] == "faint"
    assert min(lines(lab)["gap (before)"]["values"]) < 0
    assert lab.charts()[0]["received"] > trades
    assert lab.charts()[0]["asked"] == 0, "the stream was not touched"
    card(lab)


def test_a_slider_changes_the_line_also_while_a_cell_runs_and_locks_into_code(lab):
    busy, free = BUSY.format(name="turned"), lab.folder / "turned"
    lock = "print(chart.locked('gap'))"
    start(lab, "slider", GAP.format(window=2, what="min"), lock, busy)
    lab.run_cell(1)
    await_lines(lab, "gap")
    card(lab)
    missing = f"(count) => ({LINES})().gap.missing === count"
    lab.page.wait_for_function(missing, arg=1)
    handle = lab.cell(1).locator(".noUi-handle").first
    handle.focus()
    for _ in range(5):
        lab.page.keyboard.press("ArrowRight")
    lab.page.wait_for_function(missing, arg=6)
    lab.cell(1).get_by_role("button", name="lock").click()
    text = card(lab).locator("textarea")
    text.wait_for()
    assert "def gap(df, window: int = 7):" in text.input_value()
    lab.run_cell(2)
    assert lab.output(2).strip() == text.input_value().strip()
    lab.run_cell(3, wait=False)
    lab.cell(1).get_by_role("button", name="reset").click()
    lab.page.wait_for_function(missing, arg=1)
    assert lab.running(3)
    free.touch()
    lab.done(3)


def test_an_exception_is_in_the_cell_and_the_last_good_line_goes_on(lab):
    start(lab, "raised", GAP.format(window=20, what="mean"))
    lab.run_cell(1)
    await_lines(lab, "gap")
    write(lab, 1, "@chart.indicator\ndef gap(df):\n    return df.close / df.nothing\n")
    lab.run_cell(1)
    lab.page.wait_for_function(
        "() => document.querySelector('.jp-Notebook').innerText.includes('AttributeError')"
    )
    output = lab.output(1)
    assert "----> 3     return df.close / df.nothing" in output
    assert "livefin/chart" not in output
    assert "livefin/indicators" not in output
    card(lab).get_by_text("the version before goes on").first.wait_for()
    before = len(lines(lab)["gap"]["values"])
    newer = f"(count) => ({LINES})().gap.values.length > count"
    lab.page.wait_for_function(newer, arg=before)


def test_an_endless_loop_stops_neither_the_chart_nor_the_cells(lab):
    start(lab, "endless", ENDLESS, "1 + 1")
    lab.run_cell(1)
    card(lab)
    received, painted = moved(lab, 2)
    assert received > 4
    assert painted > 4
    lab.run_cell(2)
    assert lab.output(2) == "2"
    card(lab).get_by_text("stopped").wait_for()
    card(lab).get_by_text("has not returned after 10 s").first.wait_for()


def test_what_it_prints_stays_in_its_card(lab):
    loud = "@chart.indicator\ndef loud(df):\n    print('hello')\n    return df.close\n"
    start(lab, "loud", loud, "print('mine')")
    lab.run_cell(1)
    found = card(lab)
    found.get_by_text("lines a second").wait_for()
    lab.run_cell(2)
    assert lab.output(2) == "mine"
    streams = lab.page.locator("[data-mime-type='application/vnd.jupyter.stdout']")
    assert streams.count() == 1


def test_a_card_is_readable_in_both_themes(lab):
    start(lab, "themes", GAP.format(window=20, what="mean"))
    lab.run_cell(1)
    card(lab).get_by_text("✓ look-ahead").wait_for()
    colours = """() => [...document.querySelectorAll(
      ".livefin-prototype-name, .livefin-prototype-value b, .livefin-prototype-verdict span")].map(
      (node) => getComputedStyle(node).color)"""
    back = "() => getComputedStyle(document.querySelector('.jp-Notebook')).backgroundColor"
    try:
        for theme in ("JupyterLab Dark", "JupyterLab Light"):
            lab.theme(theme)
            time.sleep(0.5)
            behind = lab.page.evaluate(back)
            for colour in lab.page.evaluate(colours):
                assert contrast(colour, behind) > 3.5, (theme, colour, behind)
    finally:
        lab.theme("JupyterLab Light")
