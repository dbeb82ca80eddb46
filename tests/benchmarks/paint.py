"""What one paint costs the kernel with 100,000 bars held, and what it puts on the wire.

A real bars object and the real chart, no page: a message is counted where the comm would
take it. Prints its figures as one JSON object: `paint_us` the median of a paint with a
changed last bar, `idle_us` one with nothing new, `overlay_us` with a moving average.
"""

import json
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "chart"))

from fakes import FakeFeed, Wire

from livefin.chart import Chart

BARS, PAINTS = 100_000, 300


def measure(chart, feed):
    """Median µs of a paint, bytes of a message, µs of a paint without news."""
    wire = Wire(chart)
    wire.paint()
    busy, idle = [], []
    del wire.sent[:]
    for _ in range(PAINTS):
        feed.walk(time.time_ns())
        busy.append(timed(chart.paint))
        idle.append(timed(chart.paint))
    content, buffers = wire.sent[-1]
    size = len(json.dumps(content)) + sum(map(len, buffers or []))
    return statistics.median(busy), size, statistics.median(idle)


def timed(call):
    start = time.perf_counter()
    call()
    return 1e6 * (time.perf_counter() - start)


def main():
    feed = FakeFeed("BTC-USDT").fill(BARS, per_bar=1)
    plain = Chart(feed)
    paint_us, paint_bytes, idle_us = measure(plain, feed)
    start = time.perf_counter()
    state = plain.widget.get_state()
    state_ms = 1e3 * (time.perf_counter() - start)
    drawn = Chart(feed, overlays={"mean": lambda df: df.close.rolling(20).mean()})
    overlay_us, _, _ = measure(drawn, feed)
    figures = {
        "bars": BARS,
        "paint_us": round(paint_us, 1),
        "idle_us": round(idle_us, 1),
        "overlay_us": round(overlay_us, 1),
        "paint_bytes": paint_bytes,
        "state_ms": round(state_ms, 2),
        "state_bytes": len(state["snapshot"]["data"]) + len(json.dumps(state["setup"])),
        "saved_bytes": len(state["_esm"]),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
