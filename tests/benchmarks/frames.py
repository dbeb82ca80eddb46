"""What do a frame's reads and appends cost, and does it stay within its bounds?

    python tests/benchmarks/frames.py [--rows-appended N]

`.df` on frames of 1,000 to 1,000,000 rows, beside building a DataFrame from a deque of
tuples and from numpy columns; the cost of an append, by the processor's clock; growth of the
process over 50 million appended rows. One JSON object on the last line.
"""

from __future__ import annotations

import argparse
import gc
import json
import statistics
import time
from collections import deque
from pathlib import Path

import numpy as np
import pandas as pd

from livefin.events import Trade
from livefin.tables import Table

SIZES = (1_000, 100_000, 1_000_000)


def rss_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 2**20


def median_us(call, times: int = 101) -> float:
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        call()
        taken.append(time.perf_counter() - started)
    return round(statistics.median(taken) * 1e6, 2)


def filled(rows: int) -> Table:
    table = Table(Trade, ["X"], rows=rows)
    for i in range(rows):
        table.write(Trade("X", i * 10**9, i * 10**9, 100.0 + i % 7, 1.0, "buy", i))
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows-appended", type=int, default=50_000_000)
    appended = parser.parse_args().rows_appended
    figures: dict[str, object] = {"df_us": {}}
    for rows in SIZES:
        frame = filled(rows)["X"]
        assert len(frame.df) == rows
        figures["df_us"][str(rows)] = median_us(lambda frame=frame: frame.df)

    rows = 10_000
    ring = deque(((i, i, 100.0, 1.0, "buy", i) for i in range(rows)), maxlen=rows)
    names = ["time", "ts_recv", "price", "size", "side", "id"]
    figures["deque_10000_us"] = median_us(lambda: pd.DataFrame(list(ring), columns=names), 21)
    columns = {name: np.arange(rows, dtype="f8") for name in names}
    figures["numpy_copy_10000_us"] = median_us(lambda: pd.DataFrame(columns), 51)

    table = Table(Trade, ["X"], rows=100_000)
    trade = Trade("X", 10**18, 10**18, 100.0, 1.0, "buy", 1)
    write = table.write
    samples = []
    for _ in range(20):
        started = time.process_time()
        for _ in range(50_000):
            write(trade)
        samples.append((time.process_time() - started) / 50_000 * 1e6)
    figures["append_us"] = round(statistics.median(samples), 3)

    gc.collect()
    start = rss_mb()
    peak = start
    for i in range(appended):
        write(trade)
        if i % 1_000_000 == 0:
            peak = max(peak, rss_mb())
    gc.collect()
    figures["rows_appended"] = appended
    figures["rss_growth_mb"] = round(rss_mb() - start, 1)
    figures["rss_peak_mb"] = round(peak - start, 1)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
