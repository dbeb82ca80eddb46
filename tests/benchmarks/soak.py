"""Does a feed stay flat, whole and prompt under load for minutes?

    python tests/benchmarks/soak.py [--seconds 600] [--symbols 50] [--rate 20000]

A server in a process of its own (tests/chaos/firehose.py) pours trades, quotes and changes
of books through a real socket. Every row is looked at, within a second: each id must be one
more than the one before, in the end the last must be what the server sent last, and books
must be the server's. Lag is receipt less the server's time stamp, of one and the same clock.
Frames hold WINDOW, so that they are full and memory can be flat after a minute or two.
One JSON object on the last line; `load` is the machine's, where it is far over what these
two processes make by themselves, others disturbed the run.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import threading
import time
from array import array
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "chaos"))

from firehose import firehose

import livefin as lf

ROWS, WINDOW = 100_000, "30s"
WARM_UP = 120
PATIENCE = 30
EDGES = 10_000 * 1.005 ** np.arange(3_300)
"""Of the histogram of lags in ns: from 10 µs to 140 s, half a percent wide."""
LATE = 50_000_000


def rss_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


class Stream:
    """Holds one frame to its ids, looking at the rows that came since the last look."""

    def __init__(self, frame, id_name):
        self.frame = frame
        self.at = [column.name for column in frame.columns].index(id_name)
        self.seen = self.lost = self.doubled = self.unseen = 0
        self.last = None

    def look(self):
        """The lags (ns) of the new rows."""
        block = self.frame.block
        end = block.end
        start = max(0, self.seen - block.base)
        self.unseen += max(0, block.base - self.seen)  # fell out of the frame between two looks
        self.seen = block.base + end
        ids = block.arrays[self.at][start:end]
        if len(ids):
            steps = np.diff(ids) if self.last is None else np.diff(ids, prepend=self.last)
            self.lost += int((steps[steps > 1] - 1).sum())
            self.doubled += int((steps < 1).sum())
            self.last = int(ids[-1])
        time_, ts_recv = block.arrays[:2]
        return ts_recv[start:end] - time_[start:end]


class Lags:
    """A histogram, so that twelve million lags take no memory that grows."""

    def __init__(self):
        self.counts = np.zeros(len(EDGES) + 1, dtype="i8")
        self.highest = 0
        self.late_seconds = set()
        """Those in which a message was more than LATE late."""

    def add(self, ns, second):
        if len(ns):
            self.counts += np.bincount(EDGES.searchsorted(ns), minlength=len(EDGES) + 1)
            highest = int(ns.max())
            self.highest = max(self.highest, highest)
            if highest > LATE:
                self.late_seconds.add(second)

    def percentile_ms(self, share):
        at = np.searchsorted(np.cumsum(self.counts), share * self.counts.sum())
        return round(float(EDGES[min(at, len(EDGES) - 1)]) / 1e6, 2)


def soak(seconds, symbols, rate):
    names = [f"S{n:02d}-USD" for n in range(symbols)]
    with firehose(names, rate) as (url, sent):
        feed = lf.connect("paper", names, url=url, rows=ROWS, window=WINDOW)
        streams = {
            name: (Stream(feed.trades[name], "id"), Stream(feed.quotes[name], "sequence"))
            for name in names
        }
        lags, samples, loads, looks = Lags(), array("d"), array("d"), 0
        began, cpu = time.monotonic(), time.process_time()
        first, own = feed.meter.total, time.thread_time()
        while (passed := time.monotonic() - began) < seconds:
            # One symbol after the other: to look at all of them at once would be a load itself.
            for stream in streams[names[looks % symbols]]:
                lags.add(stream.look(), int(passed))
            looks += 1
            if len(loads) <= passed:
                samples.extend((passed, rss_mb(), sys.getallocatedblocks()))
                loads.append(os.getloadavg()[0])
            time.sleep(max(0.0, began + looks / symbols - time.monotonic()))
        passed = time.monotonic() - began
        cpu, own = time.process_time() - cpu, time.thread_time() - own
        came = feed.meter.total - first
        end = sent(stop=True)
        caught_up = feed.wait(
            lambda: all(feed.book[name].sequence == end["last"][name][1] for name in names),
            timeout=PATIENCE,
        )
        time.sleep(0.5)  # anything that came twice would be here by now
        threads = threading.active_count()
        feed.close()
    figures = {
        "seconds": round(passed, 1),
        "symbols": symbols,
        "rate_asked": rate,
        "rate": round(came / passed),
        "events": feed.meter.total,
        "caught_up": caught_up,
    }
    figures |= wholeness(feed, streams, lags, end)
    figures |= {f"lag_p{p}_ms": lags.percentile_ms(p / 100) for p in (50, 99)}
    figures["lag_p99.9_ms"] = lags.percentile_ms(0.999)
    figures["lag_max_ms"] = round(lags.highest / 1e6, 1)
    figures["seconds_with_50_ms"] = len(lags.late_seconds)
    figures |= {
        "cpu_share": round(cpu / passed, 3),
        "of_it_looking": round(own / passed, 3),
        "cpu_us": round((cpu - own) / came * 1e6, 2),
        "server_cpu_share": round(end["cpu_seconds"] / passed, 3),
        "threads": threads,
    }
    figures |= memory(samples)
    figures["load"] = {"median": round(statistics.median(loads), 2), "most": round(max(loads), 2)}
    return figures


def wholeness(feed, streams, lags, end):
    lost = doubled = unseen = missing = 0
    books_ok = True
    for name, (trades, quotes) in streams.items():
        id_, sequence, bids = end["last"][name]
        for stream in (trades, quotes):
            lags.add(stream.look(), -1)
        for stream in (trades, quotes):
            lost, doubled = lost + stream.lost, doubled + stream.doubled
            unseen += stream.unseen
        # A round of four may have been cut before its quote.
        missing += (id_ - trades.last) + max(0, sequence - quotes.last - 1)
        book = feed.book[name]
        books_ok &= book.synced and not book.crossed and dict(book.levels()[0]) == bids
    return {
        "lost": lost,
        "doubled": doubled,
        "missing_at_the_end": missing,
        "not_looked_at": unseen,
        "dropped": feed.dropped,
        "books_ok": books_ok,
        "statuses": dict(feed.status.counts),
    }


def memory(samples):
    """RSS at the start, when warm, at the end; the line through what came after warming up.

    `blocks` is what Python itself holds: what RSS grows without it is the allocator's.
    """
    when, rss, blocks = np.array(samples).reshape(-1, 3).T
    warm = when >= min(WARM_UP, when[-1] / 3)
    slope = np.polyfit(when[warm] / 60, rss[warm], 1)[0]
    tenth = max(1, int(warm.sum()) // 10)
    minutes = [rss[(when >= m) & (when < m + 60)] for m in range(0, int(when[-1]) + 1, 60)]
    return {
        "rss_start_mb": round(float(rss[0]), 1),
        "rss_warm_mb": round(float(np.median(rss[warm][:tenth])), 1),
        "rss_end_mb": round(float(np.median(rss[-tenth:])), 1),
        "growth_mb": round(float(np.median(rss[-tenth:]) - np.median(rss[warm][:tenth])), 2),
        "slope_mb_per_minute": round(float(slope), 3),
        "rss_most_mb": round(float(rss.max()), 1),
        "blocks_growth": round(float(blocks[-1] / blocks[warm][0] - 1), 5),
        "rss_each_minute_mb": [round(float(np.median(m)), 1) for m in minutes if len(m)],
    }


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--symbols", type=int, default=50)
    parser.add_argument("--rate", type=int, default=20_000)
    given = parser.parse_args()
    print(json.dumps(soak(given.seconds, given.symbols, given.rate)))


if __name__ == "__main__":
    main()
