"""Cost: how long it takes to compute, a bar and all, and how that grows with the bars."""

from __future__ import annotations

import math
import statistics

import pandas as pd

from livefin.trust.budget import Budget
from livefin.trust.finding import Finding
from livefin.trust.made import made_bars
from livefin.trust.subject import Subject, Timing

CHECK = "cost"
ROWS = 10_000
RUNS = 3
IDLE = 0.005
"""Seconds of waiting in each run that are no accident."""
FEWEST = 5
FAST = 100


def cost(subject: Subject, df: pd.DataFrame, budget: Budget) -> Finding:
    """The finding: time for 10,000 bars where that fits, and a tenth of it."""
    rows = ROWS
    while rows > FAST and RUNS * 1.2 * subject.seconds(rows) > budget.left():
        rows //= 2
    if RUNS * subject.seconds(rows) > budget.left():
        near = max(subject.timings, key=lambda timing: timing.rows)
        text = f"{_time(near.wall)} for {near.rows:,} bars, measured once"
        return Finding(CHECK, "noted", text, short=f"{_time(near.wall)} / {near.rows:,} bars")
    many = _median(subject, made_bars(rows, like=df))
    few = _median(subject, made_bars(rows // 10, like=df))
    if many is None:
        return Finding(CHECK, "unknown", "not checked: it raised on made-up bars")
    text = f"recomputes {rows:,} bars in {_time(many)}, {_time(many / rows)} a bar"
    if few:
        text += f"; 10 times the bars take {many / few:.2g} times as long"
    return Finding(CHECK, "noted", text, short=f"{_time(many)} / {rows:,} bars")


def waits(timings: list[Timing]) -> float:
    """Seconds that every run waits instead of computing: it sleeps, or asks somebody else.

    A busy machine makes a run wait too, but not every one.
    """
    measured = [(t.wall - t.cpu, t.wall) for t in timings if math.isfinite(t.cpu)]
    if len(measured) < FEWEST:
        return 0.0
    idle, wall = min(measured)
    return idle if idle > IDLE and idle > wall / 2 else 0.0


def _median(subject: Subject, df: pd.DataFrame) -> float | None:
    known = len(subject.timings)
    for _ in range(RUNS):
        subject.attempt(df)
    taken = [timing.wall for timing in subject.timings[known:]]
    return statistics.median(taken) if taken else None


def _time(seconds: float) -> str:
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return (
                f"{seconds / size:.2g} {unit}"
                if seconds < 100 * size
                else f"{seconds / size:.0f} {unit}"
            )
    return f"{seconds / 1e-9:.0f} ns"
