"""What keeping an indicator up to date costs: one update, one peek, and many of them live.

    pip install --target PEERS --no-deps talipp hexital     # a folder outside of the project
    PYTHONPATH=.:PEERS python tests/benchmarks/indicators.py [--rounds 9] [--seconds 30] [--live]

First table: ns for one closed bar (`update`) and for the forming one (`peek`), the medians
over the rounds, by the thread's CPU time. Every subject is given the same bars, as objects of
its own kind that were made before. `raw` is TA-Lib's stream handle called with floats,
`livefin` the same through `livefin.indicators.ta`, whose values must be raw's, bit for bit.
talipp and hexital are left out where they are not installed; hexital has no peek, talipp's is
`update` (the last value again). `pandas` computes a frame of 10,000 bars anew, and has but
one figure. `over` is livefin less raw: the aim is under 1,000.

Second table: 200 indicators on each of 50 symbols, on 1 s bars made from trades in real
time, 4 a second and symbol. Percent of one core by the process's CPU time. `trades` is the
bars alone; `read once` reads a symbol's bars once for all its indicators (as tables do),
`each alone` has a reader for each (as nothing does). `charts` is what 50 charts do, from
the bars to the values in each line, `paints` what 5 of them do up to the message for the
page, its sending left out. Once a second means: per indicator one update with the bar that
closed and one peek at the forming one; at higher rates the further looks are peeks. The 200
are the nine of the first table with different periods; with `--functions all` 200 different
functions of TA-Lib. JSON on the last line; `load` is the machine's.
"""

import argparse
import json
import os
import statistics
import sys
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "chart"))

import numpy as np
import pandas as pd
import talib
from fakes import FakeFeed, Wire
from incremental import HEXITAL, PANDAS, TALIPP

from livefin.chart import Chart
from livefin.chart.overlays import Overlays
from livefin.indicators import ta
from livefin.indicators.contract import BarRow
from livefin.indicators.live.news import News
from livefin.indicators.live.running import Running
from livefin.indicators.talib.functions import names

S = 1_000_000_000
HISTORY, EACH = 1_000, 1_000
NINE = {
    "SMA": (20,),
    "EMA": (20,),
    "RSI": (14,),
    "MACD": (12, 26, 9),
    "BBANDS": (20,),
    "ATR": (14,),
    "STOCH": (14, 3, 0, 3),
    "ADX": (14,),
    "OBV": (),
}
INPUTS = {"ATR": "high low close", "STOCH": "high low close", "ADX": "high low close"}
INPUTS |= {"OBV": "close volume"}
SYMBOLS, INDICATORS, TRADES = 50, 200, 4
TENTH = 10


def made_rows(count):
    rng = np.random.default_rng(5)
    close = 100 * np.exp(np.cumsum(rng.normal(0, 1e-3, count)))
    opened = np.roll(close, 1)
    high = np.maximum(opened, close) * (1 + rng.uniform(0, 1e-3, count))
    low = np.minimum(opened, close) * (1 - rng.uniform(0, 1e-3, count))
    times = 1_700_000_000 * S + np.arange(count) * S
    columns = (times, opened, high, low, close, rng.uniform(1, 9, count), close)
    return list(map(BarRow, *(column.tolist() for column in columns)))


def as_frame(rows):
    df = pd.DataFrame(rows, columns=BarRow._fields)
    return df.set_index(pd.DatetimeIndex(df.pop("time"), tz="UTC"))


# One update, one peek


def raw(name, params, rows):
    columns = INPUTS.get(name, "close").split()
    given = [tuple(getattr(row, column) for column in columns) for row in rows]
    arguments = ta_of(name, params)._arguments
    handle = getattr(talib.stream, name)(
        *np.array(given[:HISTORY], dtype=np.float64).T, **arguments
    )
    update, peek = handle.update, handle.peek
    return given, lambda each: update(*each), lambda each: peek(*each)


def ta_of(name, params):
    return getattr(ta, name)(*params)


def livefin(name, params, rows):
    made = ta_of(name, params)
    made.begin(as_frame(rows[:HISTORY]))
    return rows, made.update, made.peek


def talipp(name, params, rows):
    given, made = TALIPP(name, params, rows)
    for each in given[:HISTORY]:
        made.add(each)
    return given, made.add, made.update


def hexital(name, params, rows):
    given, made = HEXITAL(name, params, rows)
    for each in given[:HISTORY]:
        made.append(each)
    return given, made.append, None


def pandas(name, params, rows):
    df = as_frame(rows[-10_000:])
    function = PANDAS[name]
    return rows, lambda _: function(df, *params), None


SUBJECTS = {"raw": raw, "livefin": livefin, "talipp": talipp, "hexital": hexital, "pandas": pandas}


def ns_each(call, given):
    begin = time.thread_time_ns()
    for each in given:
        call(each)
    return (time.thread_time_ns() - begin) / len(given)


def costs(name, rounds, subjects):
    """By subject, the medians of an update and of a peek, in ns."""
    rows = made_rows(max(10_000, HISTORY + (rounds + 1) * EACH))
    running = {subject: SUBJECTS[subject](name, NINE[name], rows) for subject in subjects}
    taken = {subject: ([], []) for subject in subjects}
    for round_ in range(rounds):
        span = slice(HISTORY + round_ * EACH, HISTORY + (round_ + 1) * EACH)
        for subject, (given, update, peek) in running.items():
            part = given[span][:5] if subject == "pandas" else given[span]
            if peek is not None:
                taken[subject][1].append(ns_each(peek, part))
            taken[subject][0].append(ns_each(update, part))
    same(name, running, HISTORY + rounds * EACH)
    return {
        subject: {
            what: round(statistics.median(values))
            for what, values in zip(("update", "peek"), both, strict=True)
            if values
        }
        for subject, both in taken.items()
    }


def same(name, running, at):
    ours, theirs = running["livefin"], running["raw"]
    value = theirs[1](theirs[0][at])
    value = value if isinstance(value, tuple) else (value,)
    if ours[1](ours[0][at]) != value:
        raise SystemExit(f"{name}: livefin does not give what TA-Lib gives")


def print_costs(found, subjects):
    heads = "".join(f"{subject:>19}" for subject in subjects)
    print(f"{'ns':8}{heads}{'over':>11}   an update over livefin's: {', '.join(subjects)}")
    for name, by in found.items():
        cells = ["/".join(f"{ns:,}" for ns in by[subject].values()) for subject in subjects]
        over = "/".join(f"{by['livefin'][what] - ns:,}" for what, ns in by["raw"].items())
        row = "".join(f"{cell:>19}" for cell in cells) + f"{over:>11}"
        times = " ".join(f"{ratio:8.3g}" for ratio in ratios(by).values())
        print(f"{name:8}{row}   {times}")


def ratios(by):
    """How many times an update of livefin's each subject's update costs."""
    return {subject: ns["update"] / by["livefin"]["update"] for subject, ns in by.items()}


# Many live


def two_hundred(functions):
    if functions == "all":
        return [getattr(ta, name)() for name in names() if name != "MAVP"][:INDICATORS]
    longer = 0
    found = []
    while len(found) < INDICATORS:
        for name, params in NINE.items():
            found.append(ta_of(name, tuple(p + longer if p > 1 else p for p in params)))
        longer += 1
    return found[:INDICATORS]


def read_once(feed, made):
    """A look at all of them as a table has it: a reading of the bars for all of a symbol."""
    symbols = [
        (bars, bars.reader(), [Running(each, bars) for each in made])
        for bars in feed.bars("1s").values()
    ]

    def look():
        for bars, reader, each_symbols in symbols:
            news = News.read(bars, reader)
            for each in each_symbols:
                each.take(news)

    return look


def each_alone(feed, made):
    """The same with a reading for each."""
    every = [
        (bars, bars.reader(), Running(each, bars))
        for bars in feed.bars("1s").values()
        for each in made
    ]

    def look():
        for bars, reader, each in every:
            each.take(News.read(bars, reader))

    return look


def charts(feed, made):
    """A look as charts have it, up to the lines that they hold."""
    every = []
    for bars in feed.bars("1s").values():
        overlays = Overlays(patience=10.0)
        for number, each in enumerate(made):
            overlays.add(f"{number} {each.name}", each)
        overlays.switch(feed, bars)
        while any(entry.first for entry in overlays.entries.values()):
            overlays.merge(overlays.work())
        every.append(overlays)

    def look():
        for overlays in every:
            overlays.merge(overlays.work())

    return look


def paints(feed, made):
    """The same in whole charts, up to the message to the page; a tenth of them."""
    every = []
    for symbol in feed.symbols[::TENTH]:
        wire = Wire(Chart(feed, symbol))
        wire.widget.send = lambda *_: None
        for number, each in enumerate(made):
            wire.chart.add(each, f"{number} {each.name}", pane="price")
        while any(entry.first for entry in wire.chart._overlays.entries.values()):
            wire.paint()
        every.append(wire.chart)

    def look():
        for chart in every:
            chart.paint()

    return look


WAYS = {"read once": read_once, "each alone": each_alone, "charts": charts, "paints": paints}


def live(functions, seconds, looks, how):
    """Percent of a core that it takes, with `looks` a second at each indicator."""
    rng = np.random.default_rng(3)
    feed = FakeFeed(*(f"S{i}-USD" for i in range(SYMBOLS)))
    feed.bars("1s")
    now = time.time_ns()
    prices = [100.0 + i for i in range(SYMBOLS)]

    def trade(at):
        moves = rng.normal(0, 1e-4, SYMBOLS).tolist()
        for i, symbol in enumerate(feed.symbols):
            prices[i] *= 1 + moves[i]
            feed.trade(at, prices[i], symbol=symbol)

    for second in range(300, 0, -1):
        trade(now - second * S)
    look = WAYS[how](feed, two_hundred(functions)) if looks else lambda: None
    look()
    ticks, missed = TRADES * max(1, looks), 0
    cpu, begin = time.process_time(), time.monotonic()
    for tick in range(seconds * ticks):
        late = time.monotonic() - begin - tick / ticks
        missed += late > 1
        time.sleep(max(0.0, -late))
        if tick % (ticks // TRADES) == 0:
            trade(time.time_ns())
        if looks and tick % (ticks // looks) == 0:
            look()
    took = time.monotonic() - begin
    return {"percent": round(100 * (time.process_time() - cpu) / took, 1), "behind": missed}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=int, default=30)
    parser.add_argument("--live", action="store_true", help="the second table alone")
    parser.add_argument("--functions", choices=("nine", "all"), default="nine")
    args = parser.parse_args()
    found = {"versions": {}}
    subjects = []
    for subject in SUBJECTS:
        try:
            found["versions"][subject] = version({"raw": "ta-lib"}.get(subject, subject))
            subjects.append(subject)
        except PackageNotFoundError:
            print(f"{subject} is not installed and left out")
    asked = [] if args.live else NINE
    found["ns"] = {name: costs(name, args.rounds, subjects) for name in asked}
    found["ratios"] = {name: ratios(by) for name, by in found["ns"].items()}
    print_costs(found["ns"], subjects)
    found["live"] = {"trades": live(args.functions, args.seconds, 0, "trades")}
    for how, looks in (*((how, 1) for how in WAYS), ("read once", 2), ("charts", 2)):
        key = f"{how}, {looks}/s"
        found["live"][key] = live(args.functions, args.seconds, looks, how)
    for key, by in found["live"].items():
        print(f"{key:18} {by['percent']:6.1f} % of a core")
    found["load"] = os.getloadavg()
    print(json.dumps(found))


if __name__ == "__main__":
    main()
