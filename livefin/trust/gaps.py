"""Odd input: what it makes of missing values, missing bars, and frames with little in them.

Nothing here is a lie about the market, so that nothing fails: what happens is said.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from livefin.indicators.contract import Floats
from livefin.trust.budget import Budget
from livefin.trust.finding import Finding
from livefin.trust.lookahead import Case
from livefin.trust.made import PRICES, scaled
from livefin.trust.subject import Subject

CHECK = "odd input"
RUN = 5
ROWS = 500


def odd_input(subject: Subject, case: Case, budget: Budget, *, part: float) -> Finding:
    """The finding."""
    df = case.df.iloc[-ROWS:]
    if budget.left(part) < 2 * subject.seconds(len(df)):
        return Finding(CHECK, "unknown", "not checked: no time left")
    table = subject.attempt(df)
    said, left = list[str](), list[str]()
    if table is not None:
        said += _missing(subject, df, table)
    for words, odd in _odd(df, 0 if table is None else _leading(table)):
        if budget.left(part) < subject.seconds(len(odd)):
            left.append(words)
            continue
        known = len(subject.raised)
        values = subject.attempt(odd)
        if len(subject.raised) > known and values is None:
            said.append(f"{subject.raised[-1]} on {words}")
        elif values is not None and np.isinf(values).any() and not _infinite(table):
            said.append(f"infinite on {words}")
    if left:
        said.append(f"not checked in time: {', '.join(left)}")
    if not said:
        return Finding(
            CHECK, "passed", "nothing raised on missing, short, constant or doubled bars"
        )
    return Finding(CHECK, "noted", "; ".join(said), short=_short(said))


def _short(said: list[str]) -> str:
    raised = sum("raised" in text for text in said)
    return f"raised on {raised} odd frames" if raised > 1 else said[0]


def _missing(subject: Subject, df: pd.DataFrame, table: Floats) -> list[str]:
    """How long a run of missing prices is felt."""
    at = len(df) // 3
    holed = scaled(df, *[np.where((np.arange(len(df)) // RUN) == at // RUN, np.nan, 1.0)] * 2)
    end = at // RUN * RUN + RUN
    known = len(subject.raised)
    values = subject.attempt(holed)
    words = f"a run of {RUN} missing prices"
    if values is None:
        return [f"{subject.raised[-1]} on {words}"] if len(subject.raised) > known else []
    lost = np.flatnonzero((np.isnan(values) & ~np.isnan(table)).any(axis=1))
    if not len(lost):
        return []
    if lost[0] < at // RUN * RUN:
        return [f"loses values before {words}"]
    if lost[-1] >= len(df) - 1:
        return [f"never has a value again after {words}"]
    bars = max(0, int(lost[-1]) + 1 - end)
    return [f"values are back {f'{bars} bars' if bars else 'right'} after {words}"]


def _odd(df: pd.DataFrame, leading: int) -> Iterator[tuple[str, pd.DataFrame]]:
    lengths = sorted({0, 1, 2, leading, leading + 1} - {len(df)})
    for rows in lengths:
        if rows < len(df):
            words = {0: "no bars", 1: "one bar"}.get(rows, f"{rows} bars")
            yield words, df.iloc[:rows]
    constant = df.copy()
    for name in PRICES:
        if name in df:
            values = np.asarray(df[name], dtype=np.float64)
            there = values[~np.isnan(values)]
            constant[name] = float(np.median(there)) if len(there) else 1.0
    yield "constant prices", constant
    if "volume" in df:
        yield "zero volume", scaled(df, 1.0, 0.0)
    gone = np.ones(len(df), dtype=np.bool_)
    gone[len(df) // 2 : len(df) // 2 + 20] = False
    yield "a gap in time", df[gone]
    doubled = np.sort(np.r_[np.arange(len(df)), [len(df) // 2, len(df) - 1]])
    yield "two bars at one time", df.iloc[doubled]


def _leading(table: Floats) -> int:
    there = np.flatnonzero(~np.isnan(table).all(axis=1))
    return int(there[0]) if len(there) else 0


def _infinite(table: Floats | None) -> bool:
    return table is not None and bool(np.isinf(table).any())
