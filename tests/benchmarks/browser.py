"""What a live chart costs a page: livefin and its peers, in a real JupyterLab.

    python tests/benchmarks/browser.py [--only NAME …] [--bars N …] [--rounds 3] [--seconds 4]

Ten thousand ticks a second come in, and each chart is painted twenty times a second with so
many bars held. `task_ms` is the main thread's time a paint (Chromium's count of all tasks,
less that of an idle page), `cpu_ms` how much of it it ran, which others on the machine do not
lengthen, `fps` the paints a second that were really drawn, `frame_ms` the time between
frames, `click_ms_p95` how long a click waits for the page, `kernel_cpu` the kernel's share
of a processor in percent, ticks included. Of livefin_six and lightweight_six
six charts are in sight, and a paint is one of all six. Medians over the rounds, in which the
subjects take turns, each in a server, a kernel and a browser of its own; one that cannot be
measured in LIMIT seconds is null, and `reasons` says why. JSON on the last line; `load` is
the machine's, at the end.

Peers that are not installed are left out: `pip install jupyter_bokeh plotly`. What
lightweight-charts needs is fetched by npm, or given as `--lightweight FILE`, its
`lightweight-charts.standalone.production.js`.
"""

import argparse
import contextlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
from collections import defaultdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "browser"))

import psutil
from gauge import Gauge, percentile
from lab import Lab
from playwright.sync_api import Error
from subjects import LIBRARY

HERE = Path(__file__).parent
PEERS = ("push_notebook", "jupyter_bokeh", "plotly", "lightweight_charts")
SIX = {"livefin_six": "livefin", "lightweight_six": "lightweight_charts"}
SUBJECTS = ("livefin", *PEERS, *SIX)
BARS = (1_000, 100_000, 1_000_000)
KINDS = (
    *("task_ms", "cpu_ms", "fps", "frame_ms", "frame_ms_p95", "click_ms_p95", "kernel_cpu"),
    "filled_s",
)
LIMIT = 240
"""Seconds that one subject has, from the start of its server to its last figure."""
WARM_UP = 3
VIEW = {"width": 1440, "height": 2800}
"""Pixels of the page: six charts, one below the other, are in sight."""
LIGHTWEIGHT = "lightweight-charts@5.2.1"
CELL = """\
import sys
sys.path.insert(0, {here!r})
from subjects import show
feed = show({name!r}, {bars}, **{options})"""
HELD = """() => [...document.querySelectorAll(".livefin-chart")].map(
    (stage) => stage.parentElement.__livefin.page.history.length)"""


def measure(name, bars, seconds):
    """The figures of one subject, from a page of its own."""
    count = 6 if name in SIX else 1
    with tempfile.TemporaryDirectory() as folder:
        lab = Lab(folder)
        try:
            lab.page.set_viewport_size(VIEW)
            gauge = Gauge(lab)
            given = {"name": SIX.get(name, name), "bars": bars, "options": {"count": count}}
            lab.notebook("measured", CELL.format(here=str(HERE), **given))
            time.sleep(WARM_UP)
            idle = gauge.watch(seconds)
            lab.run_cell(0)
            await_paints(lab, gauge, count)
            filled = await_history(lab, bars) if given["name"] == "livefin" else None
            time.sleep(WARM_UP)
            live = gauge.watch(seconds)
            frames = gauge.frames(seconds)
            clicks = gauge.clicks()
            if os.environ.get("BENCHMARK_PICTURES"):
                lab.page.screenshot(path=f"{os.environ['BENCHMARK_PICTURES']}/{name}_{bars}.png")
            kernel = [child.cpu_percent(1.0) for child in gauge.kernels()]
            lab.shut_kernels()
        finally:
            lab.close()
    return {
        "task_ms": 1e3 * (live.busy - idle.busy) / live.fps if live.fps else None,
        "cpu_ms": 1e3 * (live.cpu - idle.cpu) / live.fps if live.fps else None,
        "fps": live.fps,
        "frame_ms": statistics.median(frames),
        "frame_ms_p95": percentile(frames, 0.95),
        "click_ms_p95": percentile(clicks, 0.95),
        "kernel_cpu": max(kernel),
        "filled_s": filled,
    }


def await_paints(lab, gauge, count):
    """Until each of `count` charts has been painted a few times."""
    while True:
        lab.page.evaluate("() => gauge.watchPlotly()")
        paints = gauge.paints()
        if len(paints) == count and min(paints) > 2:
            return
        failed = lab.page.locator("[data-mime-type='application/vnd.jupyter.stderr']")
        if failed.count():
            raise RuntimeError(failed.first.inner_text()[-300:])
        time.sleep(0.2)


def await_history(lab, bars):
    """Until each of livefin's charts has all its bars, which come in pieces; the seconds."""
    began = time.monotonic()
    while True:
        held = lab.page.evaluate(HELD)
        if min(held) >= bars:
            return time.monotonic() - began
        time.sleep(0.2)


def attempt(name, bars, seconds, limit):
    """The figures of one subject by a process of its own, or why there are none."""
    command = [sys.executable, __file__, "--one", name, str(bars), "--seconds", str(seconds)]
    process = psutil.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        out, error = process.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        return None, f"not measured within {limit:g} s"
    finally:  # its server, kernel and browser would outlive it
        for each in [*process.children(recursive=True), process] if process.is_running() else []:
            with contextlib.suppress(psutil.NoSuchProcess):
                each.kill()
    lines = (error if process.returncode else out).strip().splitlines()
    last = lines[-1] if lines else f"ended with {process.returncode}"
    return (None, last) if process.returncode else (json.loads(last), None)


def fetch(folder):
    """lightweight-charts' one file, by way of npm; None where that cannot be had."""
    npm = shutil.which("npm")
    if npm is None:
        return None
    command = [npm, "pack", LIGHTWEIGHT, "--silent", "--pack-destination", folder]
    packed = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - npm's own words
    if packed.returncode:
        return None
    with tarfile.open(Path(folder) / packed.stdout.split()[-1]) as tar:
        tar.extractall(folder, filter="data")
    return Path(folder) / "package" / "dist" / "lightweight-charts.standalone.production.js"


def run(given):
    """All figures by kind, subject and bars."""
    runs, reasons = defaultdict(list), defaultdict(dict)
    turns = [(name, bars) for bars in given.bars for name in given.only]
    for each in range(given.rounds):
        # Forward and back, so that a load that rises or falls meanwhile is none's alone.
        for name, bars in turns[:: -1 if each % 2 else 1]:
            if bars in reasons[name]:
                continue
            figures, reason = attempt(name, bars, given.seconds, given.limit)
            if figures is None:
                reasons[name][bars] = reason
            else:
                runs[name, bars].append(figures)
            print(name, bars, figures or reason, file=sys.stderr, flush=True)
    found = {
        kind: {
            name: {bars: middle(each[kind] for each in runs[name, bars]) for bars in given.bars}
            for name in given.only
        }
        for kind in KINDS
    }
    found["reasons"] = {name: why for name, why in reasons.items() if why}
    return found | {"load": round(os.getloadavg()[0], 1)}


def middle(values):
    values = [value for value in values if value is not None]
    return round(statistics.median(values), 2) if values else None


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--only", nargs="+", choices=SUBJECTS, default=SUBJECTS)
    parser.add_argument("--bars", nargs="+", type=int, default=BARS)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--limit", type=float, default=LIMIT)
    parser.add_argument("--lightweight", type=Path)
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        name, bars = given.one
        try:
            print(json.dumps(measure(name, int(bars), given.seconds)))
        except (Error, RuntimeError) as error:
            sys.exit(" ".join(str(error).split())[-300:])
        return
    with tempfile.TemporaryDirectory() as folder:
        library = given.lightweight or fetch(folder)
        if library is not None:
            os.environ[LIBRARY] = str(library)
        print(json.dumps(run(given)))


if __name__ == "__main__":
    main()
