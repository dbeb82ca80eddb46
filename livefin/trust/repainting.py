"""Repainting: whether the value of a closed bar changes later, as a live chart would show it.

Bars are added one by one, and the forming one moves; the bars before it must keep the values
they closed with. What look_ahead has found is a repaint too and is not looked for again.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from livefin.trust.budget import Budget
from livefin.trust.finding import Finding, clock, two
from livefin.trust.lookahead import Case, Peeked, confirmed
from livefin.trust.subject import Subject

CHECK = "repaint"
PLACES = 10
MOVES = ("opened", "up", "down")
"""How the forming bar is: just opened, or far up or down with much volume."""
SPACING = 7
"""Not a divisor of an hour, so that places lie at various times in it."""


def repaint(
    subject: Subject, case: Case, peeked: Peeked | None, budget: Budget, *, part: float
) -> Finding:
    """The finding."""
    if peeked is not None:
        return _found(subject, peeked, "with the bars that came after it")
    tried = 0
    for place in range(PLACES):
        row = len(case.df) - 2 - place * SPACING
        if row < 1 or budget.left(part) < 4 * subject.seconds(row):
            break
        closed = case.df.iloc[: row + 1]
        table = subject.attempt(closed)
        if table is None:
            continue
        for move in MOVES:
            other = subject.attempt(forming(case.df, row + 1, move))
            tried += 1
            if other is None:
                continue
            found = confirmed(subject, closed, table, other[: row + 1])
            if found is not None:
                found = found._replace(pair=(found.pair[1], found.pair[0]))
                found_at = Peeked(Case(case.label, closed, table), row, found, "cut")
                return _found(subject, found_at, "when the forming bar after it moved")
    if not tried:
        return Finding(CHECK, "unknown", "not checked: no time left")
    return Finding(
        CHECK, "passed", f"closed bars kept their values, {tried} moves of a forming bar"
    )


def forming(df: pd.DataFrame, row: int, move: str) -> pd.DataFrame:
    """The bars up to `row`, that one not closed yet and moved."""
    opened = float(df["open"].iloc[row])
    factor = {"opened": 1.0, "up": 1.02, "down": 0.98}[move]
    put = {
        "high": max(opened, opened * factor),
        "low": min(opened, opened * factor),
        "close": opened * factor,
        "vwap": opened * (1 + factor) / 2,
        "closed": False,
    }
    if "volume" in df:
        volume = float(df["volume"].iloc[row])
        put["volume"] = volume / 100 if move == "opened" else volume * 5
    bars = df.iloc[: row + 1].copy()
    for name, value in put.items():
        if name in bars:  # whole columns: pandas takes long to write one value
            column = np.array(bars[name], dtype=np.bool_ if name == "closed" else np.float64)
            column[row] = value
            bars[name] = column
    return bars


def _found(subject: Subject, peeked: Peeked, why: str) -> Finding:
    was, became = two(peeked.found.pair)
    when = clock(peeked.bar, peeked.case.df.index[[0, -1]])
    several = subject.columns is not None and len(subject.columns) > 1
    output = f"{subject.columns[peeked.found.column]} " if several and subject.columns else ""
    text = f"{output}at {when} was {was}, and became {became} {why}"
    short = f"repaint at {when}: {was} became {became}"
    return Finding(CHECK, "failed", text, peeked.bar, peeked.found.pair, short)
