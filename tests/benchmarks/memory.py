"""Does a page with six live charts, and its kernel, stay flat for half an hour?

    python tests/benchmarks/memory.py [--minutes 30]

Ten thousand ticks a second make bars of a tenth of a second, of which a thousand are held: so
that bars are dropped all the time, and what is held is full before it is looked at. The page's
JavaScript heap is taken after a sweep, the page's process and the kernel's as the system has
them. Slopes are MB a minute of the line through what came after WARM_UP minutes, or the
first third of a shorter run. JSON on the last line.
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

from browser import CELL, HERE, VIEW, await_paints
from gauge import Gauge
from lab import Lab

WARM_UP = 5
BARS, INTERVAL = 1_000, "100ms"
CHARTS = 6
OPTIONS = {"count": CHARTS, "interval": INTERVAL}
KINDS = ("heap_mb", "page_mb", "kernel_mb")


def stream(minutes, every):
    """Samples of memory, one every so many seconds, and paints a second and chart."""
    samples = []
    with tempfile.TemporaryDirectory() as folder:
        lab = Lab(folder)
        try:
            lab.page.set_viewport_size(VIEW)
            gauge = Gauge(lab)
            given = {"here": str(HERE), "name": "livefin", "bars": BARS, "options": OPTIONS}
            lab.notebook("memory", CELL.format(**given))
            lab.run_cell(0)
            await_paints(lab, gauge, CHARTS)
            began, first = time.monotonic(), sum(gauge.paints())
            while (passed := time.monotonic() - began) < 60 * minutes:
                samples.append({"minute": passed / 60} | gauge.memory())
                print({k: round(v, 2) for k, v in samples[-1].items()}, file=sys.stderr, flush=True)
                time.sleep(max(0.0, began + len(samples) * every - time.monotonic()))
            samples.append({"minute": passed / 60} | gauge.memory())
            rate = (sum(gauge.paints()) - first) / CHARTS / passed
            errors = list(lab.errors)
            lab.shut_kernels()
        finally:
            lab.close()
    return samples, rate, errors


def figures(samples):
    """Start, end and slope of each kind of memory."""
    minute = np.array([sample["minute"] for sample in samples])
    warm = minute >= min(WARM_UP, minute[-1] / 3)
    out = {}
    for kind in KINDS:
        values = np.array([sample[kind] for sample in samples])
        slope = np.polyfit(minute[warm], values[warm], 1)[0]
        out[kind] = {
            "start": round(float(values[0]), 1),
            "warm": round(float(values[warm][0]), 1),
            "end": round(float(values[-1]), 1),
            "most": round(float(values.max()), 1),
            "slope_per_minute": round(float(slope), 3),
        }
    return out


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--every", type=float, default=15, help="seconds between two samples")
    given = parser.parse_args()
    samples, rate, errors = stream(given.minutes, given.every)
    found = {"minutes": round(samples[-1]["minute"], 1), "charts": CHARTS, "fps": round(rate, 1)}
    found |= figures(samples) | {"errors": errors, "load": round(os.getloadavg()[0], 1)}
    print(json.dumps(found))


if __name__ == "__main__":
    main()
