"""Ten thousand faults, and what became of every event that was sent.

    python tests/chaos/storm.py [--faults 10000] [--seed 1] [--seconds 1800] [--sockets 1250]
    python tests/chaos/storm.py --only "bybit:12345:mixed"

In memory, the real client, sessions and frames on a simulated network and clock, over the
embedded exchange and the captures: the same seed gives the same faults and the same events.
Then over real sockets through a proxy. Prints the counts by fault, the four aims, and what
no client can notice; a run that went wrong with the line that plays it again. The last line
is one JSON object.
"""

import argparse
import faulthandler
import json
import sys
import time
from collections import Counter
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

import sockets
from ledger import Verdict
from scenes import called, programme
from weather import KINDS

OPEN = "missing, and nothing came after it"
"""The next id would tell, and the run was over before it came: neither good nor bad."""
STUCK = 600
"""Real seconds after which one run is stuck."""


class Tally:
    """What all runs came to."""

    def __init__(self):
        self.verdict = Verdict()
        self.faults, self.frames, self.socket_faults = Counter(), Counter(), Counter()
        self.scenes, self.bad = Counter(), []
        self.runs = self.recovery = self.held = 0
        self.open_in_memory = 0

    def add(self, outcome, line):
        self.runs += 1
        self.verdict += outcome.verdict
        self.faults += outcome.faults
        self.frames += outcome.frames
        self.scenes[outcome.name] += sum(outcome.faults.values())
        self.recovery = max(self.recovery, outcome.recovery)
        self.held = max(self.held, outcome.held)
        self.note(outcome.verdict, line)

    def note(self, verdict, line):
        if not verdict.good:
            self.bad.append(line)
            print(f"BAD {line}")
            for kind, complaints in verdict.complaints.items():
                for text in complaints[:5]:
                    print(f"    {kind}: {text[:300]}")


def play(tally, faults, seed, end):
    """Scenes in memory until there were enough faults."""
    for scene, own_seed, climate in programme(seed):
        if sum(tally.faults.values()) >= faults or time.monotonic() > end:
            return
        faulthandler.dump_traceback_later(STUCK, exit=True)
        outcome = scene.play(own_seed, climate)
        tally.add(outcome, f'--only "{scene.name}:{own_seed}:{climate}"')


def play_sockets(tally, faults, seed, end):
    """Rounds over sockets; a part of them over a recording."""
    n, played = 0, False
    while sum(tally.socket_faults.values()) < faults and time.monotonic() < end:
        faulthandler.dump_traceback_later(STUCK, exit=True)
        left = faults - sum(tally.socket_faults.values())
        if played or not (sockets.CAPTURES / sockets.CAPTURE).is_file():
            verdict, counts = sockets.run(seed + n, min(left, 450))
        else:
            played = True
            verdict, counts = sockets.run_recording(seed, min(left, 250))
        tally.verdict += verdict
        tally.socket_faults += counts
        tally.note(verdict, f"sockets, seed {seed + n}")
        n += 1


def table(tally):
    """Counts by fault, then by what became of the events."""
    yield f"{'fault':<18}{'in memory':>10}{'frames':>9}{'sockets':>9}"
    for kind in dict.fromkeys([*KINDS, *tally.socket_faults]):
        memory, frames = tally.faults[kind], tally.frames[kind] or ""
        yield f"{kind:<18}{memory:>10,}{frames:>9}{tally.socket_faults[kind]:>9,}"
    totals = sum(tally.faults.values()), sum(tally.socket_faults.values())
    yield f"{'all':<18}{totals[0]:>10,}{'':>9}{totals[1]:>9,}"
    verdict = tally.verdict
    yield ""
    for name, value in aims(verdict).items():
        yield f"{name:<42}{value:>10,}"
    yield f"{'anything else that was wrong':<42}{verdict.other:>10,}"
    yield ""
    statuses = {}
    for name, value in sorted(verdict.counts.items()):
        if name.startswith("status "):
            statuses[name.removeprefix("status ")] = value
        else:
            yield f"{name:<56}{value:>12,}"
    yield "statuses: " + ", ".join(f"{kind} {n:,}" for kind, n in statuses.items())
    yield "faults by scene: " + ", ".join(f"{name} {n:,}" for name, n in tally.scenes.items())


def aims(verdict):
    """The four of them."""
    return {
        "lost unseen": verdict.lost,
        "doubled": verdict.doubled,
        "crossed, stale or wrong books": verdict.books_wrong,
        "hangs": verdict.hangs,
    }


def resident():
    """Mebibytes that this process holds."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return 0.0
    return pages * 4096 / 2**20


def main(given):
    """Run it; whether all is well."""
    began, tally = time.monotonic(), Tally()
    end = began + given.seconds
    if given.only:
        name, seed, climate = given.only.rsplit(":", 2)
        tally.add(called(name).play(int(seed), climate), f'--only "{given.only}"')
    else:
        play(tally, given.faults // 10, given.seed, end)
        early = resident()
        play(tally, given.faults, given.seed + 1, end)
        grown = resident() - early
        tally.open_in_memory = tally.verdict.counts[OPEN]
        play_sockets(tally, given.sockets, given.seed, end)
    faulthandler.cancel_dump_traceback_later()
    print("\n".join(table(tally)))
    figures = {
        "seed": given.seed,
        "seconds": round(time.monotonic() - began, 1),
        "faults": sum(tally.faults.values()),
        "socket_faults": sum(tally.socket_faults.values()),
        "runs": tally.runs,
        "by_fault": dict(tally.faults + tally.socket_faults),
        "aims": aims(tally.verdict),
        "other": tally.verdict.other,
        "counts": {k: n for k, n in tally.verdict.counts.items() if not k.startswith("status ")},
        "longest_recovery_simulated_seconds": round(tally.recovery, 2),
        "most_held_by_sessions_bytes": tally.held,
        "open_in_memory": tally.open_in_memory,
        "bad": tally.bad,
    }
    if not given.only:
        figures["grown_mib"] = round(grown, 1)
    print(json.dumps(figures))
    return tally.verdict.good


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--faults", type=int, default=10_000, help="in memory")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=1_800.0, help="at the most")
    parser.add_argument("--sockets", type=int, default=1_250, help="faults over real sockets")
    parser.add_argument("--only", help="scene:seed:climate, to see one run again")
    sys.exit(not main(parser.parse_args()))
