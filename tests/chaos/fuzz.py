"""Fuzz all that reads what others sent: nothing comes out but events and the typed errors.

    python tests/chaos/fuzz.py [--inputs 5000000] [--seed 1] [--venue bybit ...] [--processes 2]

Every venue's readers, the session behind them, the lines of recordings, inflating, the
exchange's gateway and routes, and what REST says of when to come back. Everything made is
checked by sane.py. Prints one JSON object on its last line.
"""

import argparse
import json
import random
import resource
import signal
import sys
import traceback
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from pathlib import Path
from time import perf_counter_ns

sys.path.insert(0, str(Path(__file__).parent))
from targets import OTHERS, OtherTarget, VenueTarget

from livefin import venues
from livefin.errors import LONGEST, ChannelError, MessageError, SymbolError

LIFE = 5_000
"""Inputs after which a venue is made anew, as a new socket does."""
SLOW = 50_000_000
"""An input that took longer (ns) is tried again, for the machine may have been busy."""
HANG = 20
S = 1_000_000_000
NAMED = 6
"""Findings told in full, of each target."""


class HangError(BaseException):
    """An input that does not come to an end."""


EXPECTED = {"check": (SymbolError, ChannelError), "inflate": MessageError}


class Run:
    """Drives one target and keeps count."""

    def __init__(self, name, seed):
        rng = random.Random(f"{seed} {name}")
        self.name = name
        self.target = (OtherTarget if name in OTHERS else VenueTarget)(name, rng)
        self.kinds, self.verbs, self.taken = Counter(), Counter(), 0
        self.slowest, self.slowest_raw = 0, b""
        self.findings = {}
        self.count = self._seen = 0

    def go(self, inputs):
        """Feed so many inputs. A watchdog ends one that does not end by itself."""
        before = signal.signal(signal.SIGALRM, self._watch)
        signal.setitimer(signal.ITIMER_REAL, HANG, HANG)
        try:
            for n in range(inputs):
                if n % LIFE == 0:
                    self.target.renew()
                self._one(*self.target.draw())
                if n == inputs // 10:
                    started = _memory()
            return self._figures(started if inputs else 0)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)

    def _one(self, verb, raw, kind):
        self.count += 1
        self.kinds[kind] += 1
        self.verbs[verb] += 1
        began = perf_counter_ns()
        try:
            self.taken += self.target.take(verb, raw) is not False
        except EXPECTED.get(verb, MessageError) as error:
            if verb != "check" and len(str(error)) > LONGEST:
                long = AssertionError(f"a long error: {type(error).__name__}: {str(error)[:99]}")
                self._found(verb, raw, kind, long.with_traceback(error.__traceback__))
        except (Exception, HangError) as error:  # noqa: BLE001 - what this is all about
            self._found(verb, raw, kind, error)
        took = perf_counter_ns() - began
        if took > self.slowest:
            self._slow(verb, raw, took)

    def _slow(self, verb, raw, took):
        if took > SLOW:
            for _ in range(3):
                began = perf_counter_ns()
                with suppress(Exception):  # told already
                    self.target.take(verb, raw)
                took = min(took, perf_counter_ns() - began)
        if took > self.slowest:
            self.slowest, self.slowest_raw = took, raw[:80]

    def _found(self, verb, raw, kind, error):
        frames = traceback.extract_tb(error.__traceback__)
        where = next((f for f in reversed(frames) if "livefin/" in f.filename), frames[-1])
        told = f"{type(error).__name__}: {str(error)[:200]}"
        what = (
            type(error).__name__
            if not isinstance(error, AssertionError)
            else told.partition("(")[0]
        )
        key = f"{verb} {Path(where.filename).name}:{where.lineno} {what}"
        count, *first = self.findings.get(key, (0, told, kind, repr(raw[:1_500])))
        self.findings[key] = (count + 1, *first)

    def _watch(self, *_):
        if self._seen == self.count:
            raise HangError(f"no end in {HANG} s")
        self._seen = self.count

    def _figures(self, started):
        return {
            "name": self.name,
            "inputs": self.count,
            "taken": self.taken,
            "kinds": dict(self.kinds),
            "verbs": dict(self.verbs),
            "slowest_ms": round(self.slowest / 1e6, 2),
            "slowest_input": repr(self.slowest_raw),
            "memory_growth_mb": round((_memory() - started) / 1024, 1),
            "findings": self.findings,
        }


def _memory():
    """The most memory this process ever had, in KiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def fuzz(name, inputs, seed):
    """The figures of one target."""
    return Run(name, seed).go(inputs)


def total(figures, took):
    """All figures as one."""
    kinds, verbs = Counter(), Counter()
    for one in figures:
        kinds.update(one["kinds"])
        verbs.update(one["verbs"])
    slowest = max(figures, key=lambda one: one["slowest_ms"])
    inputs = sum(one["inputs"] for one in figures)
    return {
        "inputs": inputs,
        "exceptions": sum(n for one in figures for n, *_ in one["findings"].values()),
        "by_venue": {one["name"]: one["inputs"] for one in figures},
        "by_mutation": dict(kinds.most_common()),
        "by_reader": dict(verbs.most_common()),
        "taken_share": round(sum(one["taken"] for one in figures) / max(1, inputs), 3),
        "slowest_ms": slowest["slowest_ms"],
        "slowest_of": slowest["name"],
        "memory_growth_mb": max(one["memory_growth_mb"] for one in figures),
        "seconds": round(took, 1),
        "findings": {one["name"]: one["findings"] for one in figures if one["findings"]},
    }


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--inputs", type=int, default=5_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--venue", action="append", help="or one of: " + ", ".join(OTHERS))
    parser.add_argument("--processes", type=int, default=1)
    given = parser.parse_args(argv)
    names = given.venue or [*venues.registry, *OTHERS]
    share = [given.inputs // len(names)] * len(names)
    share[0] += given.inputs - sum(share)
    began, figures = perf_counter_ns(), []
    # One process a target, so that each one's memory is its own.
    with ProcessPoolExecutor(given.processes, max_tasks_per_child=1) as pool:
        jobs = [pool.submit(fuzz, n, s, given.seed) for n, s in zip(names, share, strict=True)]
        for job in jobs:
            one = job.result()
            figures.append(one)
            for where, (count, told, kind, raw) in one["findings"].items():
                print(f"  {count}x {one['name']} {where}\n     {told}\n     {kind}: {raw[:400]}")
            print(
                f"{one['name']}: {one['inputs']:,} inputs, {one['taken']:,} taken, slowest "
                f"{one['slowest_ms']} ms, {one['memory_growth_mb']} MB",
                flush=True,
            )
    return total(figures, (perf_counter_ns() - began) / S)


if __name__ == "__main__":
    print(json.dumps(main()))
