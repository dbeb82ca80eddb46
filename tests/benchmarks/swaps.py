"""From running an indicator's cell until its new line is on the screen, and what swaps leave.

    python tests/benchmarks/swaps.py [--bars 10000 100000] [--times 9] [--swaps 50]

In a real JupyterLab, on a live chart of so many bars to which a thousand ticks a second
come. Each run of the cell is another version: it is a moving average set to a number of its
own, by which the page knows when it is there. `screen_ms` is from the command that runs the
cell to the frame after the first paint in which the line has that number at the oldest bar in
view and at the newest; `cell_ms` is until the cell has run. The version before is drawn too,
and each is checked meanwhile.

Then so many swaps in a row, one as soon as the other is on the screen: what they add to the
page's JavaScript heap, to the kernel's memory, threads and comms; and on a feed from a
server that numbers its trades, how many are lost. Last, the chart's paints a second while a
function that never returns is tried, and after it, in three kinds: a plain loop, one that
swallows all exceptions, and one that only loops once it is on the chart. JSON on the last
line; `load` is the machine's.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "browser"))

from gauge import Gauge, percentile
from lab import Lab
from tape import SYMBOL, tape

HERE = Path(__file__).parent
WARM_UP = 5
RATE = 1_000
CHART = """\
import json, sys, threading, time
sys.path.insert(0, {here!r})
from tickfeed import TickFeed
from livefin.chart import Chart
feed = TickFeed("S-USDT", rows={bars}).fill({bars}).run({rate})
chart = Chart(feed)
chart"""
NUMBERED = """\
import json, threading, time
import livefin as lf
feed = lf.connect("paper", {symbol!r}, channels=["trades"], url="{url}/{rate}", rows=1_000_000)
chart = lf.chart(feed, {symbol!r}, bars="100ms")
chart"""
VERSION = """\
@chart.indicator(pane="new")
def version(df, window: int = 50):
    mean = df.close.rolling(window, min_periods=1).mean()
    return {number} + 0 * mean"""
COUNT = """\
import comm
time.sleep(4)
print(json.dumps([threading.active_count(), len(comm.get_comm_manager().comms)]))"""
LOST = """\
ids = feed.trades[{symbol!r}].df.id.astype("int64")
print(json.dumps([len(ids), int(ids.max() - ids.min()) + 1 - ids.nunique()]))"""
ENDLESS = {
    "loop": "def endless(df):\n    while True:\n        pass",
    "swallows": "def endless(df):\n    while True:\n        try:\n            time.time()\n"
    "        except:\n            pass",
    "later": "def endless(df, seen=[]):\n    seen.append(1)\n    while len(seen) > 1:\n"
    "        pass\n    return df.close",
}
# Runs the cell and gives ms until its line is there, and until it has run.
SWAP = """async ([cell, text, number]) => {
  const { content } = window.jupyterapp.shell.currentWidget;
  content.widgets[cell].model.sharedModel.setSource(text);
  content.activeCellIndex = cell;
  const { page, view, stats } = document.querySelector(".livefin-chart").parentElement.__livefin;
  const frame = () => new Promise(requestAnimationFrame);
  const there = () => {
    const line = page.figure.lines.find(({ name }) => name === "version");
    const values = page.history.lines[line?.key];
    if (!values) return false;
    const { history } = page;
    const first = Math.max(history.start, history.find(view.camera.x()[0]));
    return values[history.end - 1] === number && values[first] === number;
  };
  const begin = performance.now();
  let ran = NaN;
  const run = window.jupyterapp.commands.execute("notebook:run-cell").then(() => {
    ran = performance.now() - begin;
  });
  while (!there()) {
    if (performance.now() - begin > 20000) return [null, ran];
    await frame();
  }
  const painted = stats.painted;
  while (stats.painted === painted) await frame();
  await frame();
  const screen = performance.now() - begin;
  await run;
  return [screen, ran];
}"""


def swap(lab, number):
    """ms of one swap on the screen, and of its cell."""
    text = VERSION.format(number=number)
    screen, ran = lab.page.evaluate(SWAP, [1, text, number])
    if screen is None:
        raise RuntimeError(f"version {number} never came: {lab.output(1)[-300:]}")
    return screen, ran


def start(lab, gauge, name, chart, *more):
    lab.notebook(name, chart, "", *more)
    lab.run_cell(0)
    while not (gauge.paints() and gauge.paints()[0] > 20):
        time.sleep(0.1)
    time.sleep(2)


def told(lab, number):
    """What a cell prints, as JSON."""
    lab.run_cell(number)
    lab.done(number)
    return json.loads(lab.output(number).splitlines()[-1])


def latency(lab, gauge, bars, times):
    """How long a swap takes, one at a time."""
    start(lab, gauge, f"bars{bars}", CHART.format(here=str(HERE), bars=bars, rate=RATE))
    swap(lab, 1)
    pairs = []
    for number in range(2, times + 2):
        time.sleep(2.5)  # the check of the one before has ended
        pairs.append(swap(lab, number))
    lab.shut_kernels()
    screens, cells = zip(*pairs, strict=True)
    return {
        "screen_ms": round(statistics.median(screens)),
        "screen_ms_p90": round(percentile(screens, 0.9)),
        "cell_ms": round(statistics.median(cells)),
    }


def in_a_row(lab, gauge, bars, swaps):
    """What so many swaps leave behind."""
    start(lab, gauge, "row", CHART.format(here=str(HERE), bars=bars, rate=RATE), COUNT)
    for number in range(1, WARM_UP + 1):
        swap(lab, number)
    counts, memory = told(lab, 2), gauge.memory()
    began = time.monotonic()
    for number in range(WARM_UP + 1, WARM_UP + 1 + swaps):
        swap(lab, number)
    seconds = time.monotonic() - began
    after, later = told(lab, 2), gauge.memory()
    lab.shut_kernels()
    grown = {f"{key}_more": round(later[key] - memory[key], 1) for key in memory}
    more = {"threads": [counts[0], after[0]], "comms": [counts[1], after[1]]}
    return {"swaps": swaps, "seconds": round(seconds, 1)} | grown | more


def lost(lab, gauge, url, swaps):
    """Trades that a feed misses while its chart's indicator is swapped."""
    cell = NUMBERED.format(symbol=SYMBOL, url=url, rate=RATE)
    start(lab, gauge, "numbered", cell, LOST.format(symbol=SYMBOL))
    for number in range(1, swaps + 1):
        swap(lab, number)
    trades, missing = told(lab, 2)
    lab.shut_kernels()
    return {"trades": trades, "lost": missing}


def endless(lab, gauge, kind, bars):
    """Paints a second before, while and after a function that never returns."""
    start(lab, gauge, f"endless{kind}", CHART.format(here=str(HERE), bars=bars, rate=RATE))
    before = gauge.watch(3).fps
    text = f"@chart.indicator\n{ENDLESS[kind]}"
    script = """([text]) => {
      window.jupyterapp.shell.currentWidget.content.widgets[1].model.sharedModel.setSource(text);
    }"""
    lab.page.evaluate(script, [text])
    lab.run_cell(1, wait=False)
    time.sleep(0.7)
    during = gauge.watch(3.5).fps
    time.sleep(9)  # it is given up by then
    after = gauge.watch(3).fps
    lab.shut_kernels()
    return {"before": round(before, 1), "while": round(during, 1), "after": round(after, 1)}


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--bars", nargs="+", type=int, default=(10_000, 100_000))
    parser.add_argument("--times", type=int, default=9)
    parser.add_argument("--swaps", type=int, default=50)
    given = parser.parse_args()
    found = {"latency": {}, "endless_fps": {}}
    with tempfile.TemporaryDirectory() as folder, tape() as url:
        lab = Lab(folder)
        try:
            gauge = Gauge(lab)
            for bars in given.bars:
                found["latency"][bars] = latency(lab, gauge, bars, given.times)
                print(bars, found["latency"][bars], file=sys.stderr, flush=True)
            found["row"] = in_a_row(lab, gauge, given.bars[0], given.swaps)
            print(found["row"], file=sys.stderr, flush=True)
            found["ticks"] = lost(lab, gauge, url, given.swaps)
            print(found["ticks"], file=sys.stderr, flush=True)
            for kind in ENDLESS:
                found["endless_fps"][kind] = endless(lab, gauge, kind, given.bars[0])
                print(kind, found["endless_fps"][kind], file=sys.stderr, flush=True)
            found["errors"] = list(lab.errors)
        finally:
            lab.close()
    print(json.dumps(found | {"load": round(os.getloadavg()[0], 1)}))


if __name__ == "__main__":
    main()
