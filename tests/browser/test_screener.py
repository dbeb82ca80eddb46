"""The screener, a gauge and a tile in a real JupyterLab: live, sorted, after a reload too."""

import pytest
from playwright.sync_api import expect
from shown import contrast

pytestmark = pytest.mark.browser

CELL = """\
import threading, time
import watched
from livefin.indicators import ta
from livefin.widgets.screener import screener
from livefin.widgets.gauge import gauge
from livefin.widgets.tile import tile
feed = watched.feed("A", "B", "<i>C</i>")
def trade():
    bar = 80
    while feed.state != "closed":
        for i, symbol in enumerate(feed.symbols):
            feed.trade(watched.START + bar * watched.S, 100.0 * (i + 1) + bar % 7, 1.0, symbol)
        bar += 1
        time.sleep(0.2)
threading.Thread(target=trade, daemon=True).start()
def bad(df):
    raise ValueError("<b>no</b>")
table = screener(feed, {"RSI": ta.RSI(14), "last": ta.SMA(1), "bad": bad})
table"""
OTHERS = "gauge(feed, ta.RSI(14), low=0, high=100)"
TILE = "tile(feed, ta.RSI(14))"


def symbols(table):
    return table.locator("tbody th").all_inner_texts()


def test_a_table_that_is_live_and_sorted_by_mouse_keys_and_kernel(lab):
    lab.notebook("screener", CELL, OTHERS, TILE, "feed.close()")
    for number in range(3):
        lab.run_cell(number)
    table = lab.page.locator(".livefin-screener")
    rows = table.locator("tbody tr")
    expect(rows).to_have_count(3)
    assert symbols(table) == ["A", "B", "<i>C</i>"], "text off the wire is text"
    expect(table.locator(".livefin-ind-notes")).to_have_text("bad: ValueError: <b>no</b>")

    cell = rows.first.locator("td").nth(3)
    before = cell.inner_text()
    expect(cell).not_to_have_text(before)

    header = table.get_by_role("button", name="last")
    column = table.get_by_role("columnheader", name="last")
    header.click()
    expect(column).to_have_attribute("aria-sort", "descending")
    assert symbols(table) == ["<i>C</i>", "B", "A"]
    header.press("Enter")
    expect(column).to_have_attribute("aria-sort", "ascending")
    assert symbols(table) == ["A", "B", "<i>C</i>"]
    header.press("Enter")
    expect(column).to_have_attribute("aria-sort", "none")
    header.click()

    failed = rows.first.locator("td").nth(4)
    assert (failed.inner_text(), failed.get_attribute("title")) == (
        "–",
        "bad: ValueError: <b>no</b>",
    )
    for theme in ("JupyterLab Light", "JupyterLab Dark"):
        lab.theme(theme)
        for part in (".livefin-ind-name", "td .livefin-ind-text", "button", ".livefin-ind-notes"):
            inks = table.locator(part).first.evaluate(
                "node => [getComputedStyle(node).color, "
                "getComputedStyle(node.closest('.livefin-ind')).backgroundColor]"
            )
            # Jupyter's own warning colour is what it is on white.
            assert contrast(*inks) > (3 if part == ".livefin-ind-notes" else 4.5), (theme, part)
    lab.theme("JupyterLab Light")

    meter = lab.page.get_by_role("meter", name="RSI(14), A")
    assert 0 < float(meter.get_attribute("aria-valuenow")) < 100
    assert (meter.get_attribute("aria-valuemin"), meter.get_attribute("aria-valuemax")) == (
        "0",
        "100",
    )
    expect(lab.page.get_by_role("group", name="RSI(14), A")).to_contain_text("RSI(14)")

    lab.command("docmanager:save")
    lab.reload()
    expect(rows).to_have_count(3)
    expect(column).to_have_attribute("aria-sort", "descending")
    assert symbols(table) == ["<i>C</i>", "B", "A"]
    lab.run_cell(3)
    expect(table.locator(".livefin-ind-state")).to_have_text("closed")


def test_a_kernel_that_is_killed_is_seen_in_the_table(lab):
    lab.notebook("silent", CELL, "import os\nos.kill(os.getpid(), 9)")
    lab.run_cell(0)
    table = lab.page.locator(".livefin-screener")
    expect(table.locator("tbody tr")).to_have_count(3)
    lab.run_cell(1, wait=False)
    expect(table.locator(".livefin-ind-state")).to_have_text("kernel silent", timeout=15_000)
    expect(table.locator("tbody tr")).to_have_count(3)
