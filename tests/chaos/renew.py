"""Change sockets under load, many times: nothing lost, nothing doubled.

    python tests/chaos/renew.py [--tries 100] [--rate 5000]

Prints one JSON object on its last line.
"""

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from firehose import firehose

import livefin as lf

SYMBOLS = ["A-USD", "B-USD", "C-USD", "D-USD"]
PATIENCE = 30


def renewals(feed, n):
    return [s for s in feed.status.list(n) if "took the place" in s.detail or s.kind == "error"]


def run(tries, rate):
    figures = {"tries": 0, "lost": 0, "doubled": 0, "failed": 0, "events": 0, "seconds": []}
    with firehose(SYMBOLS, rate) as (url, _):
        feed = lf.connect("paper", SYMBOLS, url=url, rows=20_000_000)
        feed.wait(lambda: feed.meter.total > rate)
        for _ in range(tries):
            n, began = feed.status.total, time.monotonic()
            feed.reconnect()
            if not feed.wait(lambda n=n: bool(renewals(feed, n)), timeout=PATIENCE):
                figures["failed"] += 1
                continue
            figures["failed"] += renewals(feed, n)[0].kind == "error"
            figures["seconds"].append(time.monotonic() - began)
            figures["tries"] += 1
        time.sleep(0.5)
        figures["rate"] = round(feed.meter.rate(time.time_ns()))
        figures["events"] = feed.meter.total
        feed.close()
        for symbol in SYMBOLS:
            steps = np.diff(feed.trades[symbol].column("id"))
            figures["lost"] += int((steps[steps > 1] - 1).sum())
            figures["doubled"] += int((steps < 1).sum())
            quotes = feed.quotes[symbol].column("sequence")
            figures["doubled"] += int((np.diff(quotes) < 1).sum())
            figures["lost"] += int((np.diff(quotes) > 1).sum())
            book = feed.book[symbol]
            figures["book_ok"] = figures.get("book_ok", True) and book.synced and not book.crossed
    figures["median_seconds"] = round(float(np.median(figures.pop("seconds") or [0])), 3)
    figures["statuses"] = dict(feed.status.counts)
    return figures


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--tries", type=int, default=100)
    parser.add_argument("--rate", type=int, default=5_000)
    given = parser.parse_args()
    print(json.dumps(run(given.tries, given.rate)))
