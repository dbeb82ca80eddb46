"""Lists of indicators with a planted fault and of honest ones, and the count of what is seen.

They are in planted_faults, planted_honest, planted_later and planted_rare, which put themselves
in here.
Run as a script it checks them all and prints what was detected, missed and falsely alarmed,
as one JSON object on the last line. test_planted asserts the same of a third of them.
"""

import json
import sys
import time
from importlib import import_module

import numpy as np
import pandas as pd

from livefin.trust.checking import check

FAULTS = {}
HONEST = {}


def fault(thing):
    FAULTS[thing.__name__] = thing
    return thing


def honest(thing):
    HONEST[thing.__name__] = thing
    return thing


def market(rows=3_000, seed=7):
    """One-minute bars of a random walk with some bars missing, as a feed's frame has them."""
    random = np.random.default_rng(seed)
    close = np.round(60_000 * np.exp(np.cumsum(random.standard_t(5, rows) * 4e-4)), 1)
    opened = np.r_[60_000.0, close[:-1]]
    reach = np.round(np.abs(random.normal(0, 12, (2, rows))), 1)
    volume = np.round(random.lognormal(0, 1, rows), 4)
    index = pd.date_range("2026-03-05 20:00", periods=rows, freq="1min", tz="UTC", name="time")
    df = pd.DataFrame(
        {
            "open": opened,
            "high": np.maximum(opened, close) + reach[0],
            "low": np.minimum(opened, close) - reach[1],
            "close": close,
            "volume": volume,
            "vwap": (opened + close) / 2,
            "trades": np.ceil(volume * 5).astype(int),
            "closed": True,
        },
        index=index,
    )
    df.loc[df.index[-1], "closed"] = False
    gone = random.random(rows) < 0.01
    gone[[0, -1]] = False
    return df[~gone]


def count(budget=1.0, only=()):
    """What is detected, missed and falsely alarmed, as a dict; a line for each on the way."""
    df = market()
    missed, alarms, taken = [], [], []
    groups = ((FAULTS, False), (HONEST, True))
    for group, expected in groups:
        for name, thing in group.items():
            if only and name not in only:
                continue
            start = time.perf_counter()
            verdict = check(thing, df, budget=budget)
            taken.append(time.perf_counter() - start)
            right = verdict.honest is expected
            print(f"{'ok   ' if right else 'WRONG'} {taken[-1]:5.2f} s  {name}: {verdict.summary}")  # noqa: T201
            if not right:
                (alarms if expected else missed).append(name)
    return {
        "planted": len(FAULTS),
        "detected": len(FAULTS) - len(missed),
        "missed": missed,
        "honest": len(HONEST),
        "false_alarms": len(alarms),
        "alarms": alarms,
        "budget_s": budget,
        "median_s": round(float(np.median(taken)), 3),
        "longest_s": round(max(taken), 3),
    }


if __name__ == "__main__":
    sys.modules["planted"] = sys.modules["__main__"]
    for listed in ("planted_faults", "planted_honest", "planted_later", "planted_rare"):
        import_module(listed)

    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    print(json.dumps(count(seconds, sys.argv[2:])))  # noqa: T201
