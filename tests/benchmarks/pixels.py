"""From a trade's arrival at the socket until its price is on the screen.

    python tests/benchmarks/pixels.py [--rates 100 1000 10000] [--seconds 8]

A server (tape.py) sends so many messages a second to a feed in a notebook's kernel, and a
chart of livefin's shows them at 20 paints a second in a real JupyterLab. Every trade can be
told by its price: the first frame after a paint whose newest close is that trade or a later
one is when it was seen. Figures are ms, by rate, with the kernel idle and with a cell that
runs a pure Python loop: from the kernel's `ts_recv`, and (`sent_`) from the server's time
stamp, which has the socket in it and what waited to be read. `interval` is the time from
paint to paint; `drawing_to_paint` and `paint_to_screen` are the last two legs of the way.
JSON on the last line; `load` is the machine's.
"""

import argparse
import json
import os
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
CHART = """\
import numpy as np, time
import livefin as lf
from livefin.chart import Chart
feed = lf.connect("paper", {symbol!r}, channels=["trades"], url="{url}/{rate}", rows=1_000_000)
chart = Chart(feed, {symbol!r}, bars="1s", fps=20)
chart"""
LOOP = """\
end = time.monotonic() + {seconds}
while time.monotonic() < end: sum(range(1000))"""
TAKE = """\
feed.close()
df = feed.trades[{symbol!r}].df
sent = df.index.as_unit("ns").asi8
recv = df.ts_recv.dt.as_unit("ns").astype("int64")
np.save("{name}.npy", np.column_stack([df.id.astype("int64"), sent, recv]))"""


def measure(lab, url, rate, seconds):
    """Figures of one rate: idle and with a busy cell."""
    name = f"rate{rate}"
    cells = (CHART.format(symbol=SYMBOL, url=url, rate=rate), LOOP.format(seconds=seconds + 2))
    lab.notebook(name, *cells, TAKE.format(symbol=SYMBOL, name=name))
    lab.run_cell(0)
    lab.page.wait_for_function("() => gauge.paints()[0] > 20")
    lab.page.evaluate((HERE / "pixels.js").read_text(encoding="utf-8"))
    time.sleep(WARM_UP)
    records = {}
    for phase in ("idle", "busy"):
        if phase == "busy":
            lab.run_cell(1, wait=False)
            time.sleep(0.5)
        lab.page.evaluate("() => pixels.take()")
        time.sleep(seconds)
        records[phase] = lab.page.evaluate("() => pixels.take()")
    lab.idle()
    drawings = lab.page.evaluate("() => pixels.drawings")
    lab.run_cell(2)
    lab.idle()
    trades = np.load(lab.folder / f"{name}.npy")
    lab.shut_kernels()
    return {phase: figures(trades, record) for phase, record in records.items()} | {
        "read_at_drawing": drawings
    }


def figures(trades, record):
    """Join each trade to the first paint that has it or a later one."""
    seen, closes, to_paint, to_screen = np.array(record, dtype="f8").T
    newest = np.maximum.accumulate(id_of(closes))
    ids, sent, recv = trades[np.argsort(trades[:, 0])].T
    # Only those that came while paints were noted: of others the first paint is not known.
    mine = (ids > newest[0]) & (ids <= newest[-1])
    shown = seen[np.searchsorted(newest, ids[mine])]
    out = {"trades": int(mine.sum()), "paints": len(seen)}
    for prefix, since in (("", recv), ("sent_", sent)):
        waits = shown - since[mine] / 1e6
        out |= {f"{prefix}p{p}": rounded(waits, p / 100) for p in (50, 95, 99)}
    steps = np.diff(seen)
    return out | {
        "interval": rounded(steps, 0.5),
        "interval_p95": rounded(steps, 0.95),
        "drawing_to_paint": rounded(to_paint, 0.5),
        "paint_to_screen": rounded(to_screen, 0.5),
    }


def rounded(values, share):
    return round(float(percentile(values, share)), 1)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--rates", nargs="+", type=int, default=(100, 1_000, 10_000))
    parser.add_argument("--seconds", type=float, default=8)
    given = parser.parse_args()
    found = {}
    with tempfile.TemporaryDirectory() as folder, tape() as url:
        lab = Lab(folder)
        try:
            Gauge(lab)
            for rate in given.rates:
                found[rate] = measure(lab, url, rate, given.seconds)
                print(rate, found[rate], file=sys.stderr, flush=True)
        finally:
            lab.close()
    print(json.dumps({"pixels_ms": found, "load": round(os.getloadavg()[0], 1)}))


if __name__ == "__main__":
    main()
