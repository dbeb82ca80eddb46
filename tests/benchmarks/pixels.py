"""From a trade's arrival at the socket until its price is on the screen.

    python tests/benchmarks/pixels.py [--rates 100 1000 10000] [--seconds 4] [--rounds 3]
                                      [--switch MS …]

A server (tape.py) sends so many messages a second to a feed in a notebook's kernel, and a
chart of livefin's shows them at 20 paints a second in a real JupyterLab. Every trade can be
told by its price: the first frame after a paint whose newest close is that trade or a later
one is when it was seen. Figures are ms, by rate, in turns: `idle`, `elsewhere` with a loop in
a process that has nothing to do with it, so that as much of the machine is taken, and `busy`
with the same loop in a cell, once for each switch interval of the interpreter's. They count
from the kernel's `ts_recv`, and (`sent_`) from the server's time stamp, which has the socket
in it and what waited to be read. `interval` is the time from paint to paint; `message_to_page`
from when a message was made until the page had it, `drawing_to_paint` and `paint_to_screen`
are the other legs of the way. `loops` is how often the cell's loop ran in a second of a
processor's. JSON on the last line; `load` is the machine's.
"""

import argparse
import contextlib
import json
import multiprocessing
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "browser"))

from gauge import Gauge, percentile
from lab import Lab
from tape import SYMBOL, id_of, tape

HERE = Path(__file__).parent
WARM_UP = 3
SETTLE = 0.5
"""Seconds from the beginning of a loop until it is measured."""
CHART = """\
import numpy as np, time
import livefin as lf
from livefin.chart import Chart
feed = lf.connect("paper", {symbol!r}, channels=["trades"], url="{url}/{rate}", rows=1_000_000)
chart = Chart(feed, {symbol!r}, bars="1s", fps=20)
chart"""
LOOP = """\
import livefin as lf, time
lf.switch_interval({switch})
n, began, end = 0, time.thread_time(), time.monotonic() + {seconds}
while time.monotonic() < end:
    sum(range(1000))
    n += 1
print(n / (time.thread_time() - began))
lf.switch_interval()"""
TAKE = """\
feed.close()
df = feed.trades[{symbol!r}].df
sent = df.index.as_unit("ns").asi8
recv = df.ts_recv.dt.as_unit("ns").astype("int64")
np.save("{name}.npy", np.column_stack([df.id.astype("int64"), sent, recv]))"""


def measure(lab, url, rate, given):
    """Figures of one rate, by what else goes on."""
    name = f"rate{rate}"
    cells = {f"busy_{ms:g}ms": ms / 1e3 for ms in given.switch}
    lab.notebook(
        name,
        CHART.format(symbol=SYMBOL, url=url, rate=rate),
        TAKE.format(symbol=SYMBOL, name=name),
        *(LOOP.format(switch=each, seconds=given.seconds + 1) for each in cells.values()),
    )
    lab.run_cell(0)
    lab.page.wait_for_function("() => gauge.paints()[0] > 20")
    lab.page.evaluate((HERE / "pixels.js").read_text(encoding="utf-8"))
    time.sleep(WARM_UP)
    phases = ["idle", "elsewhere", *cells]
    taken = {phase: [] for phase in phases}
    loops = {phase: [] for phase in cells}
    for each in range(given.rounds):
        # Forward and back, so that a load that rises or falls meanwhile is none's alone.
        for phase in phases[:: -1 if each % 2 else 1]:
            with elsewhere() if phase == "elsewhere" else contextlib.nullcontext():
                if phase in cells:
                    number = 2 + list(cells).index(phase)
                    lab.run_cell(number, wait=False)
                time.sleep(SETTLE)
                lab.page.evaluate("() => pixels.take()")
                time.sleep(given.seconds)
                taken[phase].append(lab.page.evaluate("() => pixels.take()"))
            if phase in cells:
                lab.done(number)
                loops[phase].append(float(lab.output(number)))
    drawings = lab.page.evaluate("() => pixels.drawings")
    lab.run_cell(1)
    lab.idle()
    trades = np.load(lab.folder / f"{name}.npy")
    lab.shut_kernels()
    found = {phase: figures(trades, records) for phase, records in taken.items()}
    for phase, each in loops.items():
        found[phase]["loops"] = round(statistics.median(each))
    return found | {"read_at_drawing": drawings}


@contextlib.contextmanager
def elsewhere():
    """A process that computes."""
    process = multiprocessing.get_context("spawn").Process(target=_loop, daemon=True)
    process.start()
    try:
        yield
    finally:
        process.kill()
        process.join()


def _loop():
    while True:
        sum(range(1000))


def figures(trades, records):
    """Join each trade to the first paint that has it or a later one; of all records together."""
    ids, sent, recv = trades[np.argsort(trades[:, 0])].T
    kinds = ("since_recv", "since_sent", "steps", "to_page", "to_paint", "to_screen")
    found = {kind: [] for kind in kinds}
    for record in records:
        seen, closes, to_paint, to_screen = np.array(record["paints"], dtype="f8").T
        newest = np.maximum.accumulate(id_of(closes))
        # Only those that came while paints were noted: of others the first paint is not known.
        mine = (ids > newest[0]) & (ids <= newest[-1])
        shown = seen[np.searchsorted(newest, ids[mine])]
        waits = (shown - recv[mine] / 1e6, shown - sent[mine] / 1e6, np.diff(seen))
        for kind, values in zip(
            kinds, (*waits, record["to_page"], to_paint, to_screen), strict=True
        ):
            found[kind].extend(values)
    out = {"trades": len(found["since_recv"]), "paints": len(found["to_paint"])}
    for prefix, kind in (("", "since_recv"), ("sent_", "since_sent")):
        out |= {f"{prefix}p{p}": rounded(found[kind], p / 100) for p in (50, 95, 99)}
    return out | {
        "interval": rounded(found["steps"], 0.5),
        "interval_p95": rounded(found["steps"], 0.95),
        "message_to_page": rounded(found["to_page"], 0.5),
        "message_to_page_p95": rounded(found["to_page"], 0.95),
        "drawing_to_paint": rounded(found["to_paint"], 0.5),
        "paint_to_screen": rounded(found["to_screen"], 0.5),
    }


def rounded(values, share):
    return round(float(percentile(values, share)), 1)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--rates", nargs="+", type=int, default=(100, 1_000, 10_000))
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--switch", nargs="+", type=float, default=(1, 5), metavar="MS")
    given = parser.parse_args()
    found = {}
    with tempfile.TemporaryDirectory() as folder, tape() as url:
        lab = Lab(folder)
        try:
            Gauge(lab)
            for rate in given.rates:
                found[rate] = measure(lab, url, rate, given)
                print(rate, found[rate], file=sys.stderr, flush=True)
        finally:
            lab.close()
    print(json.dumps({"pixels_ms": found, "load": round(os.getloadavg()[0], 1)}))


if __name__ == "__main__":
    main()
