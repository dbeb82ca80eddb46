"""Steadiness: whether the same bars always give the same values, whatever was called before.

Finds chance, clocks, and state kept in globals; and what it does beside computing.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pandas as pd

from livefin.indicators.contract import Floats
from livefin.trust.agreement import difference
from livefin.trust.budget import Budget
from livefin.trust.cost import waits
from livefin.trust.finding import Finding, clock, two
from livefin.trust.remembered import Remembered, clocks
from livefin.trust.subject import Subject

CHECK = "steady"
CALLS = 25
YEAR = timedelta(days=364)
"""Later by whole weeks: the same days of the week and hours."""


def steady(
    subject: Subject, code: Any, kept: Remembered, df: pd.DataFrame, others: list[pd.DataFrame]
) -> tuple[Finding, Floats | None, list[str]]:
    """The finding, the values on `df` when it is called for the first time, and what it keeps.

    `kept` is what the code kept before its first call.
    """
    kept.restore()
    first = subject.attempt(df)
    again = subject.attempt(df)
    if first is None or again is None:
        return Finding(CHECK, "unknown", "not checked: it raised"), first, []
    told = _differs(df, first, again, "called twice with the same bars")
    names = kept.changed()
    for other in others:
        if told is None and names:
            kept.restore()
        if told is None:
            subject.attempt(other)
            now = subject.attempt(df)
            why = "called with other bars before"
            why += f" (it keeps {', '.join(names)} between calls)" if names else ""
            told = None if now is None else _differs(df, first, now, why)
    kept.restore()
    reads = clocks(code) if told is None else []
    if reads and isinstance(df.index, pd.DatetimeIndex):
        later = subject.attempt(df.set_axis(df.index + YEAR))
        why = f"on the same bars 52 weeks later, and it reads the clock ({', '.join(reads)})"
        told = None if later is None else _differs(df, first, later, why)
        kept.restore()
    if told is not None:
        return told, first, names
    said = f"the same values each time; it reads the clock, though ({', '.join(reads)})"
    if reads:
        return Finding(CHECK, "noted", said, short="reads the clock"), first, names
    return Finding(CHECK, "passed", "the same bars always give the same values"), first, names


def _differs(df: pd.DataFrame, first: Floats, now: Floats, why: str) -> Finding | None:
    found = difference(first, now)
    if found is None:
        return None
    bar = df.index[found.row]
    one, other = two(found.pair)
    when = clock(bar, df.index[[0, -1]])
    text = f"at {when} {one}, and {other} {why}"
    return Finding(CHECK, "failed", text, bar, found.pair, f"not steady at {when}: {one}, {other}")


def runs(subject: Subject, df: pd.DataFrame, budget: Budget) -> Finding:
    """Whether it raises now and then. Calls it until there were enough."""
    few, enough = df.iloc[-200:], subject.runs + CALLS
    while subject.runs < enough and budget.left() > subject.seconds(len(few)):
        subject.attempt(few)
    odd = [raised for raised in subject.raised if not raised.again]
    if odd:
        text = f"{odd[0]} in {len(odd)} of {subject.runs} runs, on bars that it takes otherwise"
        return Finding("runs", "failed", text, short=f"raises now and then: {odd[0]}")
    return Finding("runs", "passed", f"returned from {subject.runs} runs")


def side_effects(subject: Subject, kept: Remembered) -> Finding:
    """What it does beside computing."""
    said = []
    if subject.changed:
        said.append(f"{subject.changed} in the frame it is given")
    if subject.lines:
        each = subject.lines / max(1, subject.runs)
        lines = "a line" if each == 1 else f"{each:.2g} lines"
        said.append(f"prints {lines} a run, such as {subject.last[:60]!r}")
    waited = waits(subject.timings)
    if waited:
        said.append(f"waits {waited * 1e3:.0f} ms in each run instead of computing")
    names = kept.changed()
    if names:
        said.append(f"keeps {', '.join(names)} between calls")
    if not said:
        return Finding("side effects", "passed", "none seen")
    return Finding("side effects", "noted", "; ".join(said), short=said[0])
