"""Sweeps and followed signals in a real JupyterLab, with functions typed into cells."""

import json
import time

import pytest
from playwright.sync_api import expect
from shown import contrast

pytestmark = pytest.mark.browser

SETUP = """\
import time
import numpy as np, pandas as pd
from livefin import export, heatmap, sweep, walk_forward
from livefin.research import workers
workers.ALONE = workers.BEGINNING = 0.0  # go to other processes at once
workers.MOST_AT_ONCE = 2
rng = np.random.default_rng(0)
times = pd.date_range("2026-01-01", periods=2_000, freq="1min", tz="UTC")
df = pd.DataFrame({"close": 100 * np.exp(np.cumsum(rng.normal(0, 0.001, 2_000)))}, times)
SHIFT = 1
def mean(line, n): return line.rolling(n).mean()
def cross(df, fast=5, slow=20, kind="a"):
    return (mean(df.close, fast) - mean(df.close, slow)).shift(SHIFT if kind == "b" else 0)
def slowly(df, fast=5, slow=20):
    time.sleep(0.2)
    return cross(df, fast, slow)
GRID = {"fast": range(2, 8), "slow": range(10, 60, 10)}
"""
MAP = "found = sweep(cross, df, {**GRID, 'kind': ['a', 'b']}, ['ic', 'hit_rate'])\nfound"
LONG = "found = sweep(slowly, df, {'fast': range(2, 62), 'slow': range(70, 90)}, workers=2)\nfound"
COUNTS = "print(found.interrupted, len(found.df))"
PICK = """\
picks = []
shown = heatmap(found, x="fast", y="slow", on_pick=picks.append)
shown"""
EXPORT = """\
import subprocess, sys
export(cross, "crossed.py")
check = "import pandas as pd, crossed; df = pd.DataFrame({'close': range(1, 40)}); "
check += "print(crossed.cross(df).iloc[-1].item(), 'livefin' in __import__('sys').modules)"
print(subprocess.run([sys.executable, "-c", check], capture_output=True, text=True))
print(cross(pd.DataFrame({"close": range(1, 40)})).iloc[-1].item())"""
FOLLOW = """\
import fakes
from livefin import follow
feed = fakes.FakeFeed("BTC-USDT").fill(2_000, per_bar=4).run()
def turn(df, fast=3, slow=12):
    above = df.close.rolling(fast).mean() > df.close.rolling(slow).mean()
    return above.astype(int).diff()
live = follow(feed, turn)
live"""


def svg(lab, number):
    return lab.cell(number).locator(".livefin-sweep svg")


def kept(lab, number):
    """The picture that a saved notebook has."""
    return lab.cell(number).locator(".livefin-sweep-kept svg")


def test_functions_of_a_cell_are_swept_on_processes_and_drawn(lab):
    lab.notebook("sweep", SETUP, MAP, "walk_forward(cross, df, GRID, splits=3)", EXPORT)
    lab.run_all()
    assert "60 of 60 sets in" in lab.output(1)
    expect(svg(lab, 1).locator("[data-cell]")).to_have_count(30)
    assert "on one core alone" not in lab.output(1)
    assert "walked forward over 3 folds" in lab.output(2)
    assert "7.5 False" in lab.output(3), "the same out of a plain module"
    assert lab.output(3).endswith("7.5")


def test_the_bar_goes_on_and_stop_keeps_what_was_found(lab):
    lab.notebook("stop", SETUP, LONG, COUNTS)
    lab.run_cell(0)
    lab.run_cell(1, wait=False)
    button = lab.cell(1).get_by_role("button", name="Stop")
    label = lab.cell(1).locator(".livefin-bar-text")
    expect(label).to_contain_text("· best", timeout=30_000)
    before = label.inner_text()
    expect(label).not_to_have_text(before)
    button.click()
    lab.done(1)
    lab.run_cell(2)
    interrupted, count = lab.output(2).split()
    assert interrupted == "True"
    assert 0 < int(count) < 1_200
    assert ", stopped" in lab.output(1)
    expect(svg(lab, 1)).to_be_visible()
    assert lab.cell(1).locator(".livefin-bar").count() == 0


def test_the_kernels_interrupt_keeps_what_was_found(lab):
    lab.notebook("interrupt", SETUP, LONG, COUNTS)
    lab.run_cell(0)
    lab.run_cell(1, wait=False)
    expect(lab.cell(1).locator(".livefin-bar-text")).to_contain_text("· best", timeout=30_000)
    lab.command("notebook:interrupt-kernel")
    lab.done(1)
    assert "Traceback" not in lab.output(1)
    lab.run_cell(2)
    interrupted, count = lab.output(2).split()
    assert interrupted == "True"
    assert 0 < int(count) < 1_200


def test_a_map_is_turned_by_its_menus_and_picked_from_with_the_keyboard(lab):
    lab.notebook("pick", SETUP, MAP, PICK, "import json; print(json.dumps([picks, shown.picked]))")
    lab.run_all()
    cell = lab.cell(2)
    drawing = svg(lab, 2)
    expect(drawing).to_contain_text("slow")
    cell.get_by_label("over the others").select_option("mean")
    expect(cell.locator(".livefin-sweep-body")).to_contain_text("the mean over kind")
    cell.get_by_label("x", exact=True).select_option("kind")
    expect(drawing.locator("[data-cell]")).to_have_count(10)
    cell.get_by_label("x", exact=True).select_option("fast")
    expect(drawing.locator("[data-cell]")).to_have_count(30)
    first = drawing.locator('[data-cell="1,1"]')
    first.hover()
    hint = cell.locator(".livefin-sweep-hint")
    expect(hint).to_contain_text("fast 3, slow 20: ic")
    first.click()
    lab.page.keyboard.press("ArrowUp")
    lab.page.keyboard.press("ArrowRight")
    expect(hint).to_contain_text("fast 4, slow 30: ic")
    lab.page.keyboard.press("Enter")
    expect(hint).to_contain_text("picked: fast 4, slow 30")
    lab.run_cell(3)
    picks, picked = json.loads(lab.output(3))
    assert [(each["fast"], each["slow"]) for each in picks] == [(3, 20), (4, 30)]
    assert picked == picks[-1]


def test_a_saved_notebook_shows_the_map_without_its_kernel(lab):
    path = lab.notebook("kept", SETUP, MAP)
    lab.run_all()
    expect(svg(lab, 1)).to_be_visible()
    expect(kept(lab, 1)).to_be_hidden()
    lab.command("docmanager:save")
    assert path.stat().st_size < 100_000
    lab.shut_kernels()
    lab.open(path.name)
    expect(kept(lab, 1)).to_be_visible()
    expect(kept(lab, 1).locator("[data-cell]")).to_have_count(30)


def test_a_followed_signal_grows_and_survives_a_reload(lab):
    lab.notebook("follow", FOLLOW, "print(live.live, live.df['count'].max())")
    lab.run_cell(0)
    box = lab.cell(0).locator(".livefin-follow")
    expect(box).to_contain_text("of them live", timeout=30_000)
    counted = box.locator("tbody tr").first.locator("td").first
    before = int(counted.inner_text().replace(",", ""))
    assert before > 50
    lab.command("docmanager:save")
    lab.reload()
    box.get_by_role("button", name="20").click()
    expect(box).to_contain_text("returns after 20 bars")
    said = box.locator(".livefin-ind-faint").first.inner_text()
    expect(box.locator(".livefin-ind-faint").first).not_to_have_text(said, timeout=10_000)
    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        lab.theme(theme)
        ink, ground = (
            box.evaluate(f"(box) => getComputedStyle(box).{name}")
            for name in ("color", "backgroundColor")
        )
        assert contrast(ink, ground) > 7
    time.sleep(2)
    lab.run_cell(1)
    live, _ = lab.output(1).split()
    assert int(live) >= 3
