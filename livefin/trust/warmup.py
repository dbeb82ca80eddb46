"""Warm-up: how many bars of history it takes until those before do not matter any more.

The front of the frame is cut off; from some bar on the values are as before. What an
indicator says of itself, `lookback` and `warm_up`, must not be less than that.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from livefin.indicators.contract import Floats, Indicator
from livefin.trust.agreement import RELATIVE, differs, jittered, noise
from livefin.trust.budget import Budget
from livefin.trust.finding import Finding, clock, two
from livefin.trust.lookahead import Case
from livefin.trust.subject import Subject

CHECK = "warm-up"
CUTS = (0.1, 0.37, 0.61, 0.83)
"""Parts of the frame that are cut off, of the front."""
LOOSE = 10 * RELATIVE
"""What a declared warm-up may leave: it is said to hold to about 1e-9."""
TAIL = 5
"""Bars at the end that must agree before a warm-up is said to be over."""


def warm_up(
    subject: Subject, case: Case, budget: Budget, *, part: float, declared: bool
) -> Finding:
    """The finding; `declared` where the indicator speaks of its warm-up itself."""
    need = subject.seconds(len(case.df))
    slack = None
    if budget.left(part) > 3 * need:
        again = subject.attempt(jittered(case.df))
        slack = None if again is None else noise(case.table, again)
    longest, room, wrong = -1, -1, None
    for cut in CUTS:
        start = int(len(case.df) * cut)
        if start == 0 or budget.left(part) < need:
            break
        table = subject.attempt(case.df.iloc[start:])
        if table is None:
            continue
        whole = case.table[start:]
        rest = None if slack is None else slack[start:]
        took = _last(differs(table, whole, rest)) + 1
        if took > len(table) - TAIL:
            room = max(room, len(table))
        else:
            longest = max(longest, took)
        loose = differs(table, whole, rest, relative=LOOSE)
        wrong = wrong or _less(subject, case.df, start, loose, (table, whole), declared=declared)
    if max(longest, room) < 0:
        return Finding(CHECK, "unknown", "not checked: no time left")
    if wrong is not None:
        return wrong
    missing, said = _leading(case.table), subject.indicator.lookback
    # One that always remembers may begin when the market says so: with a turn, with a day.
    # So may dots, which stand at few bars.
    kinds = subject.indicator.kinds
    dots = all(kinds.get(output) == "dots" for output in subject.indicator.outputs)
    exact = declared and subject.indicator.warm_up is not None and not dots
    if exact and said < missing < len(case.table):
        text = f"says that values begin after {said} bars, and they do after {missing}"
        return Finding(CHECK, "failed", text, case.df.index[said], (np.nan, np.nan))
    return _said(longest, room, subject.indicator, declared=declared)


def _said(longest: int, room: int, indicator: Indicator, *, declared: bool) -> Finding:
    """`room` is the longest rest of the frame in which it was not over."""
    if room > longest:
        text = f"all history matters: more than {room:,} bars, perhaps without end"
        return Finding(CHECK, "noted", text, short="warm-up never over")
    text = f"{longest:,} bars, then those before do not matter any more"
    if declared and indicator.warm_up is not None:
        return Finding(CHECK, "passed", f"{text}; it says {indicator.warm_up:,}")
    return Finding(CHECK, "noted", text, short=f"warm-up {longest:,} bars")


def _less(
    subject: Subject,
    df: pd.DataFrame,
    start: int,
    bad: np.ndarray[tuple[int, int], np.dtype[np.bool_]],
    tables: tuple[Floats, Floats],
    *,
    declared: bool,
) -> Finding | None:
    """What to say when it needs more history than it says."""
    said = subject.indicator.warm_up
    if not declared or said is None:
        return None
    places = np.argwhere(bad[said:])
    if not len(places):
        return None
    row, column = int(places[0][0]) + said, int(places[0][1])
    values = (float(tables[1][row, column]), float(tables[0][row, column]))
    one, other = two(values)
    when = clock(df.index[start + row], df.index[[0, -1]])
    text = f"says {said:,} bars, but after {row:,} the value at {when} is {other} instead of {one}"
    return Finding(CHECK, "failed", text, df.index[start + row], values, f"warm-up: {text}")


def _last(bad: np.ndarray[tuple[int, int], np.dtype[np.bool_]]) -> int:
    rows = np.flatnonzero(bad.any(axis=1))
    return int(rows[-1]) if len(rows) else -1


def _leading(table: Floats) -> int:
    there = np.flatnonzero(~np.isnan(table).all(axis=1))
    return int(there[0]) if len(there) else len(table)
