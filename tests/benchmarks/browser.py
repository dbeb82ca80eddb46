"""How soon and how often a chart paints in a real JupyterLab, idle and with the kernel busy.

Kernel-to-browser latency and paints a second idle, during a sleeping cell and during a
pure-Python loop; how long a reload takes to restore 100,000 bars; and what a paint costs the
page's main thread with 1,000 and with 100,000 bars held. JSON on the last line.
"""

import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "browser"))

from lab import Lab

SECONDS = 10
CHART = """\
import fakes, time
from livefin.chart import Chart
feed = fakes.FakeFeed("BTC-USDT").fill({bars}, per_bar=1).run()
chart = Chart(feed)
chart"""
SLEEP = f"time.sleep({SECONDS + 2})"
LOOP = f"""\
end = time.monotonic() + {SECONDS + 2}
while time.monotonic() < end: sum(range(1000))"""


def watch(lab, seconds):
    """Latency and rates over so many seconds, from the page's own records."""
    before = lab.charts()[0]
    time.sleep(seconds)
    after = lab.charts()[0]
    received = after["received"] - before["received"]
    latency = sorted(after["latency"][-received:] if received else [0])
    painted = after["painted"] - before["painted"]
    return {
        "latency_ms": round(statistics.median(latency), 1),
        "latency_p95_ms": round(latency[int(0.95 * len(latency))], 1),
        "messages_s": round(received / seconds, 1),
        "paints_s": round(painted / seconds, 1),
        "paint_ms": round(statistics.median(after["paint"][-painted:] or [0]), 2),
    }


def main():
    figures = {}
    with tempfile.TemporaryDirectory() as folder:
        lab = Lab(folder)
        try:
            for bars in (1_000, 100_000):
                lab.notebook(f"bars{bars}", CHART.format(bars=bars), SLEEP, LOOP)
                lab.run_cell(0)
                lab.await_charts(1, bars * 0.9)
                time.sleep(3)
                figures[f"idle_{bars}"] = watch(lab, SECONDS)
                if bars == 1_000:
                    for cell, name in ((1, "sleeping"), (2, "looping")):
                        lab.run_cell(cell, wait=False)
                        time.sleep(0.5)
                        figures[name] = watch(lab, SECONDS)
                        lab.idle()
                    lab.shut_kernels()
            lab.command("docmanager:save")
            start = time.monotonic()
            lab.reload()
            there = time.monotonic()
            lab.await_charts(1, 90_000)
            figures["reload_s"] = round(time.monotonic() - start, 2)
            figures["reload_after_notebook_s"] = round(time.monotonic() - there, 2)
            small, large = figures["idle_1000"]["paint_ms"], figures["idle_100000"]["paint_ms"]
            figures["paint_ratio"] = round(large / small, 2)
            lab.shut_kernels()
        finally:
            lab.close()
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
