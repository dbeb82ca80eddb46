"""What a sweep costs: livefin's beside plain pandas, one set after the other.

    python tests/benchmarks/sweep.py [--bars 100000] [--sets 1000] [--workers N] [--job bands]

Each set of parameters is an oscillator over one frame of minute bars, scored by its rank
correlation with the return over the next 5 bars. Subjects, in turn, in one run:

- pandas_*: a plain loop; the indicator in pandas, `rank().corr()` for the score, with the
  returns computed before the loop, as a careful person writes it.
- livefin_*: `sweep` of the same function on all cores.
- livefin_one_*: the same on one core: what the score alone spares.

The indicators: `bands` (rolling mean and deviation) and `rsi` in pandas on both sides;
`talib_rsi` is TA-Lib's through livefin, beside the same RSI in pandas. Milliseconds for each
set by the wall clock, the medians over the rounds; `cpu_` is what all its processes ran, which
others on the machine do not lengthen; `times` is pandas over livefin. The scores of both must
agree. JSON on the last line; `load` is the machine's, at the end.
"""

import argparse
import json
import os
import statistics
import time
from collections import defaultdict

import numpy as np
import pandas as pd

from livefin.indicators import ta
from livefin.research.sweeping import sweep

HORIZON = 5


def bands(df, window=20, width=20):
    mean = df.close.rolling(window).mean()
    return (df.close - mean) / df.close.rolling(width).std()


def rsi(df, window=14):
    change = df.close.diff()
    up = change.clip(lower=0).ewm(alpha=1 / window, min_periods=window).mean()
    down = -change.clip(upper=0).ewm(alpha=1 / window, min_periods=window).mean()
    return 100 * up / (up + down)


def plain(function, df, sets):
    after = np.log(df.close.shift(-HORIZON) / df.close)
    scores = []
    for params in sets:
        line = function(df, **params)
        both = line.notna() & after.notna()
        scores.append(line[both].rank().corr(after[both].rank()))
    return scores


def livefin(subject, df, grid, workers):
    return sweep(subject, df, grid, "ic", horizon=HORIZON, workers=workers, progress=False)


def timed(call):
    began, before = time.perf_counter(), sum(os.times()[:4])
    result = call()
    return time.perf_counter() - began, sum(os.times()[:4]) - before, result


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bars", type=int, default=100_000)
    parser.add_argument("--sets", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--workers", type=int)
    parser.add_argument("--job", help="one indicator alone: bands, rsi or talib_rsi")
    options = parser.parse_args()
    rng = np.random.default_rng(1)
    times = pd.date_range("2026-01-01", periods=options.bars, freq="1min", tz="UTC")
    close = 100 * np.exp(np.cumsum(rng.normal(0, 0.001, options.bars)))
    df = pd.DataFrame({"open": close, "high": close, "low": close, "close": close}, times)
    df["volume"] = 1.0
    side = max(1, round(options.sets**0.5))
    grid = {"window": range(5, 5 + side), "width": range(5, 5 + -(-options.sets // side))}
    long = {"window": range(2, 2 + options.sets)}
    jobs = {
        "bands": (bands, bands, grid),
        "rsi": (rsi, rsi, long),
        "talib_rsi": (rsi, ta.RSI(14), {"timeperiod": long["window"]}),
    }
    jobs = {name: job for name, job in jobs.items() if options.job in (None, name)}
    figures = {}
    for name, (theirs, ours, choices) in jobs.items():
        found = defaultdict(list)
        for _ in range(options.rounds):
            own = grid if name == "bands" else long
            keys = list(own)
            sets = [
                dict(zip(keys, each, strict=True))
                for each in pd.MultiIndex.from_product(list(own.values())).to_numpy()
                if name == "bands"
            ] or [{"window": window} for window in long["window"]]
            spent, cpu, scores = timed(lambda: plain(theirs, df, sets))  # noqa: B023 - called at once
            found["pandas"].append(spent / len(sets) * 1e3)
            found["cpu_pandas"].append(cpu / len(sets) * 1e3)
            for key, workers in (("livefin_one", 1), ("livefin", options.workers)):
                spent, cpu, result = timed(lambda: livefin(ours, df, choices, workers))  # noqa: B023
                found[key].append(spent / len(sets) * 1e3)
                found[f"cpu_{key}"].append(cpu / len(sets) * 1e3)
                if ours is theirs:
                    order = result.df.sort_values(list(choices)).ic
                    assert np.allclose(order, scores, atol=1e-12), name
        for key, each in found.items():
            figures[f"{key}_{name}"] = round(statistics.median(each), 2)
        figures[f"times_{name}"] = round(figures[f"pandas_{name}"] / figures[f"livefin_{name}"], 2)
    figures |= {"bars": options.bars, "sets": options.sets, "load": os.getloadavg()[0]}
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
