"""How exact livefin's own indicators are after millions of rows and one bad print.

    python tests/indicators/marathon.py --updates 3000000 [NAME ...]

Every indicator takes seeded rows of its source, the middle one a million times too high, and
is compared at a few rows, just after the bad print, and at the end, with an oracle: its
definition in 50 digits or whole fractions, over the last rows alone. Errors are relative;
those just after the bad print are shown apart, since a price a million times too high takes
six digits from what an average can hold while it lasts. The last line is JSON.
"""

# ruff: noqa: T201 - a script: what it says is its result

import argparse
import json
import sys
import time
from collections import deque
from decimal import Decimal, localcontext
from fractions import Fraction
from math import isfinite

import oracle
import oracle_costs
import oracle_flow
import oracle_ranges
import oracle_stoikov
from exact import DIGITS
from members import members
from seeded import made

TAIL = 4_500
"""Rows that an oracle is given: more than a day of any source, and than any window."""
FEW = 1_200
"""Trades that fill the buckets of VPIN at the least."""
AFTER = (0, 1, 2, 5, 13, 19, 20, 50, 99, 100, 150, 300, 1_000)
"""Rows after the bad print, at which to compare."""
LAST = 1_000
"""Rows for which a bad print is felt by averages that never quite forget."""
EVENLY = 8
"""Places to compare at all along."""

# Of indicators whose value goes through 0, as flows do, what is less than this is as good as 0.
LEAST = {
    "CVD": 1.0,
    "VolumeDelta": 1e-3,
    "OrderFlow": 1e-1,
    "BookOrderFlow": 1e-1,
    "DerivativeOscillator": 1e-3,
}


ORACLES = oracle.ORACLES | oracle_costs.ORACLES | oracle_flow.ORACLES | oracle_stoikov.ORACLES


class Runner:
    """One indicator and what it was off by."""

    def __init__(self, name, cls):
        self.name, self.indicator = name, cls()
        self.oracle = ORACLES.get(name)
        self.worst = {"all along": 0.0, "just after": 0.0}
        self.compared = 0

    def compare(self, values, rows, when, carried):
        """Hold the values against the oracle's, and what was carried into its rows."""
        true = self.oracle(rows, **self.indicator.params)
        if self.name in CARRIED:
            with localcontext(DIGITS):
                true = (carried[self.name] + true[0],)
        off = oracle.error(values, true, LEAST.get(self.name, 0.0))
        self.worst[when] = max(self.worst[when], off)
        self.compared += not all(value is None for value in true)


CARRIED = {"AccumulativeSwingIndex": oracle_ranges.swing}
"""Sums without end: what two rows that an oracle is not given any more have added."""


def _phased(trades, gone):
    """The last trades, and one for all volume before them, to whole buckets."""
    old, last = trades[:-FEW], trades[-FEW:]
    gone = (gone + sum(Fraction(row.size) for row in old)) % VOLUME
    return [last[0]._replace(size=gone), *last] if gone else last


def run(classes, updates, source, *, seed=7):
    """Give so many rows of a source to each; who they are, and what they were off by."""
    runners = [Runner(name, cls) for name, cls in classes.items()]
    bad = updates // 2
    steps = [round(updates * (i + 1) / EVENLY) - 1 for i in range(EVENLY)]
    places = set(steps) | {bad + after for after in AFTER if bad + after < updates}
    tail, gone = deque(), Fraction(0)
    carried = {name: Decimal(0) for name in CARRIED if name in classes}
    params = {name: classes[name]().params for name in carried}
    for i, row in enumerate(made(source, updates, seed=seed, bad=bad)):
        tail.append(row)
        if len(tail) > TAIL:
            old = tail.popleft()
            # Buckets of volume are counted from the first trade on.
            gone = (gone + Fraction(old.size)) % VOLUME if source == "trades" else gone
            with localcontext(DIGITS):
                for name in carried:
                    carried[name] += CARRIED[name](old, tail[0], **params[name])
        compared = i in places
        for runner in runners:
            values = runner.indicator.update(row)
            if compared and runner.oracle is not None:
                rows = list(tail)
                if runner.name == "VPIN":
                    rows = _phased(rows, gone)
                when = "just after" if bad <= i < bad + LAST else "all along"
                runner.compare(values, rows, when, carried)
    return runners


VOLUME = Fraction(members()["VPIN"]().params["bucket"])


def main():
    """Print a row for each indicator, and all worst errors as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--updates", type=int, default=3_000_000)
    parser.add_argument("names", nargs="*", help="which; all by default")
    asked = parser.parse_args()
    found = {name: cls for name, cls in members().items() if not asked.names or name in asked.names}
    results = {}
    print(f"{'indicator':22} {'source':7} {'all along':>10} {'just after':>10}  compared")
    for source in sorted({cls.source for cls in found.values()}):
        classes = {name: cls for name, cls in found.items() if cls.source == source}
        begun = time.perf_counter()
        for runner in run(classes, asked.updates, source):
            along, after = runner.worst["all along"], runner.worst["just after"]
            known = f"{along:10.1e} {after:10.1e}  {runner.compared}"
            print(f"{runner.name:22} {source:7} {known if runner.oracle else 'no oracle'}")
            results[runner.name] = max(along, after) if runner.oracle else None
        print(f"  {asked.updates:,} rows in {time.perf_counter() - begun:.0f} s", flush=True)
    print(json.dumps(results))
    return 0 if all(x is not None and isfinite(x) for x in results.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
