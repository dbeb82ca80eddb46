"""What does a message of each venue's each channel cost, beside cryptofeed and ccxt.pro?

    python tests/benchmarks/venues.py [--rounds 5] [--most 20000] [VENUE …]

Every capture that livefin reads is played, each frame by itself, as on a quiet socket: under
load many come at once, which saves livefin some 0.3 µs a message. A frame's time is the
median of all rounds, a channel's the mean of its frames; µs of the thread's own clock, which
others' work does not run. `parse` is bytes to events alone, `livefin` that with the session's
checks (gaps, checksums), and frames and books written. The peers get the same frames in the
same run (peers.py), to callbacks that do nothing, so that their data is kept nowhere; only frames
that brought something to all are counted. "-": it has no such venue, brought nothing for most
frames of this channel, or is not installed. `few`: under FEW frames, and not in the figures.
A table, and one JSON object on the last line.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

from peers import ccxt_ns, cryptofeed_ns, installed

from livefin.errors import LivefinError, MessageError
from livefin.events import CHANNEL, Bar
from livefin.recording import Recording
from livefin.session import Session
from livefin.store import Store
from livefin.venues.contract import Subscription

CAPTURES = Path(__file__).parents[3] / "shared/captures"
COLUMNS = ("livefin", "parse", "cryptofeed", "ccxt")
FEW = 20
"""Frames of a channel under which a mean says little."""


class Capture:
    """One recording in memory, cut after `most` frames, and what the peers need of it."""

    def __init__(self, path: Path, most: int) -> None:
        recording = Recording(path)
        self.path, self.venue = path, recording.venue
        self.label, self.config = recording._label, dict(recording.config)
        self.given = recording.open_venue()
        self.records, self.frames = [], []
        self.addresses: list[str] = []
        """Of the socket that each frame came on."""
        sockets = {"": self.given.endpoint()}
        self.bodies: list[tuple[str, str]] = []
        for record in recording:
            if record.kind == "connect":
                sockets[record.conn] = record.url
            elif record.kind == "recv":
                if len(self.frames) == most:
                    break
                self.frames.append(record.data)
                self.addresses.append(sockets[record.conn])
            elif record.kind == "http":
                self.bodies.append((record.url, record.data.decode()))
            self.records.append(record)
        self.wanted: dict[str, set[Subscription]] = {}
        self.kinds = self._look()
        if not self.config:
            symbols = self.symbols
            perpetual = "" if self.venue == "binance" else "-PERP"
            names = [symbol.removesuffix("-PERP") + perpetual for symbol in symbols]
            self.config = dict.fromkeys(("trades", "ticker", "l2_book"), names)

    def _look(self) -> list[str]:
        """The channels of each frame, as "quotes" or "quotes ticker"; "" where it has none."""
        kinds, venues, symbols = [], {}, set()
        for record in self.records:
            if record.kind == "connect":
                venues[record.conn] = self._own(record.url)
            if record.kind != "recv":
                continue
            venue = venues.setdefault(record.conn, self._own())
            try:
                events = list(venue.parse(record.data, record.ts))
            except MessageError:
                events = []
            subs = [
                Subscription(
                    f"bars:{event.interval}" if isinstance(event, Bar) else CHANNEL[type(event)],
                    event.symbol,
                )
                for event in events
                if type(event) in CHANNEL
            ]
            self.wanted.setdefault(record.conn, set()).update(subs)
            symbols |= {sub.symbol for sub in subs}
            kinds.append(" ".join(dict.fromkeys(sub.channel.partition(":")[0] for sub in subs)))
        self.symbols = sorted(symbols)
        return kinds

    def _own(self, url: str = ""):
        venue = self.given.fresh()
        if url:
            venue.lane = venue.lane_at(url)
        return venue

    def parse_ns(self) -> np.ndarray:
        """ns of each frame, bytes to events alone."""
        now, venues, out = time.thread_time_ns, {}, []
        for record in self.records:
            if record.kind == "connect":
                venues[record.conn] = self._own(record.url)
            if record.kind != "recv":
                continue
            parse = venues.setdefault(record.conn, self._own()).parse
            raw, ts = record.data, record.ts
            start = now()
            try:
                for _ in parse(raw, ts):
                    pass
            except MessageError:
                pass
            out.append(now() - start)
        return np.array(out, dtype=float)

    def livefin_ns(self, *, subscribed: bool = True) -> np.ndarray:
        """ns of each frame to frames and books; what was fetched is not counted."""
        now, sessions, out, store = time.thread_time_ns, {}, [], Store()

        def session_of(conn, ts, url=""):
            if conn not in sessions:
                subs = self.wanted.get(conn, ()) if subscribed else None
                sessions[conn] = Session(self._own(url), subs, seed=1, fills=False)
                store.add(sessions[conn].subscriptions)
                store.write(sessions[conn].opened(ts))
            return sessions[conn]

        for record in self.records:
            if record.kind == "connect":
                session_of(record.conn, record.ts, record.url)
            elif record.kind == "recv":
                session = session_of(record.conn, record.ts)
                raws, ts = (record.data,), record.ts
                start = now()
                store.write(session.receive(raws, ts))
                out.append(now() - start)
                session.commands()
            elif record.kind == "http":
                self._fetched(record, sessions, store)
        self.troubles = dict(store.status.counts)
        return np.array(out, dtype=float)

    def _fetched(self, record, sessions, store) -> None:
        path = "/" + record.url.partition("://")[2].partition("/")[2]
        symbol = self.given.snapshot_symbol(path) if record.url else self._only_symbol()
        if symbol is not None:
            for session in sessions.values():
                store.write(session.snapshot(symbol, record.data, record.ts))

    def _only_symbol(self) -> str | None:
        return self.symbols[0] if len(self.symbols) == 1 else None


def overhead_ns() -> float:
    now, taken = time.thread_time_ns, []
    for _ in range(20_000):
        start = now()
        taken.append(now() - start)
    return statistics.median(taken)


def medians(play, rounds: int) -> np.ndarray | None:
    """Each frame's median, in µs."""
    played = [times for times in (play() for _ in range(rounds)) if times is not None]
    if not played:
        return None
    stacked = np.array(played)
    with np.errstate(all="ignore"):
        middle = np.median(stacked, axis=0)  # NaN where it was so in any round
    return np.maximum(middle - overhead_ns(), 0) / 1_000


def means(times: dict[str, np.ndarray | None], at: np.ndarray) -> tuple[int, dict]:
    """How many of the frames at `at` brought something to all, and what they cost each."""
    there = {name: us for name, us in times.items() if us is not None}
    known = {name: at & ~np.isnan(us) for name, us in there.items()}
    known = {name: its for name, its in known.items() if 2 * its.sum() > at.sum()}
    common = np.logical_and.reduce([at, *known.values()])
    row = {name: float(there[name][common].mean()) if name in known else None for name in COLUMNS}
    return int(common.sum()), row


def together(rows: list[tuple[int, dict[str, float | None]]]) -> dict[str, float | None]:
    """One channel in several captures, each by its number of frames."""
    out: dict[str, float | None] = {}
    for column in COLUMNS:
        known = [(count, row[column]) for count, row in rows if row[column] is not None]
        total = sum(count for count, _ in known)
        out[column] = round(sum(n * us for n, us in known) / total, 2) if known else None
    return out


def times_livefin(us, peer: str) -> float | None:
    """How many times livefin's cost the peer's is: the median of all channels both have."""
    both = [row for kinds in us.values() for row in kinds.values() if row[peer] is not None]
    return round(statistics.median(row[peer] / row["livefin"] for row in both), 2) if both else None


def measure(capture: Capture, rounds: int) -> dict[str, np.ndarray | None]:
    try:
        capture.livefin_ns()
    except LivefinError:  # a symbol of the capture that nobody could subscribe to today
        whole = lambda: capture.livefin_ns(subscribed=False)  # noqa: E731 - in one place
    else:
        whole = capture.livefin_ns
    return {
        "livefin": medians(whole, rounds),
        "parse": medians(capture.parse_ns, rounds),
        "cryptofeed": medians(lambda: cryptofeed_ns(capture), rounds),
        "ccxt": medians(lambda: ccxt_ns(capture), rounds),
    }


def captures(names: list[str], most: int) -> list[Capture]:
    found = []
    for path in sorted([*CAPTURES.glob("*/*.jsonl.gz"), *CAPTURES.glob("*/*.txt.gz")]):
        try:
            capture = Capture(path, most)
        except LivefinError:  # single messages, or of a venue that is not there
            continue
        if not names or capture.venue in names:
            found.append(capture)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("venue", nargs="*")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--most", type=int, default=20_000)
    given = parser.parse_args()
    rows: dict[tuple[str, str], list[tuple[int, dict[str, float | None]]]] = {}
    print(f"{'capture':36} {'channel':22} {'frames':>6}" + "".join(f"{c:>11}" for c in COLUMNS))
    for capture in captures(given.venue, given.most):
        times = measure(capture, given.rounds)
        kinds = np.array(capture.kinds)
        for kind in sorted(set(capture.kinds) - {""}):
            count, row = means(times, kinds == kind)
            shown = "".join(f"{'-' if v is None else f'{v:.2f}':>11}" for v in row.values())
            few = " few" if count < FEW else ""
            where = f"{capture.path.parent.name}/{capture.path.name.partition('.')[0]}"
            print(f"{where:36.36} {kind:22.22} {count:6}{shown}{few}", flush=True)
            if not few:
                rows.setdefault((capture.venue, kind), []).append((count, row))
        if set(capture.troubles) > {"connected"}:
            print(f"{'':36} {capture.troubles}")
    us: dict[str, dict[str, dict[str, float | None]]] = {}
    for (venue, kind), found in rows.items():
        us.setdefault(venue, {})[kind] = together(found)
    figures = {
        "us": us,
        "times_livefin": {peer: times_livefin(us, peer) for peer in ("cryptofeed", "ccxt")},
        "peers": {name: installed(name) for name in ("cryptofeed", "ccxt")},
        "load": round(os.getloadavg()[0], 2),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
