"""Streaming: whether bar by bar gives what the whole frame gives, and a peek changes nothing.

For indicators that have a stream of their own. A fresh copy is used throughout.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from livefin.indicators.contract import NAN, BarRow, Floats, Values
from livefin.indicators.rows import rows
from livefin.trust.budget import Budget
from livefin.trust.finding import Finding, clock, two
from livefin.trust.lookahead import Case, confirmed
from livefin.trust.subject import Subject

CHECK = "stream"
PEEKS = 20
ROWS = 600
EVERY = 25
"""Bars between those at which it is peeked at."""


def streaming(subject: Subject, cases: list[Case], budget: Budget, *, part: float) -> Finding:
    """The finding."""
    done = 0
    for case in cases:
        df = case.df.iloc[-ROWS:]
        if budget.left(part) < subject.seconds(len(df)):
            break
        batch = subject.attempt(df)
        if batch is None:
            continue
        for begun in (len(df) // 2, 0):
            try:
                values, told = _stream(subject, df, begun, budget, part)
            except Exception as error:  # noqa: BLE001 - a person's code may raise anything
                text = f"raised {type(error).__name__} bar by bar: {error}"
                return Finding(CHECK, "failed", text, short=f"stream {text}")
            if told is not None:
                return told
            found = confirmed(subject, df, batch, values)
            if found is not None:
                when = "begin" if found.row < begun else "update"
                what = f"{when} and batch differ"
                return _wrong(what, df.index[found.row], (found.pair[1], found.pair[0]))
            done += len(values)
    if not done:
        return Finding(CHECK, "unknown", "not checked: no time left")
    text = f"bar by bar as in one go, {done:,} bars; {PEEKS} peeks change nothing"
    return Finding(CHECK, "passed", text)


def _stream(
    subject: Subject, df: pd.DataFrame, begun: int, budget: Budget, part: float
) -> tuple[Floats, Finding | None]:
    """Values bar by bar, the first `begun` as history; as far as the time goes."""
    running = subject.indicator.copy()
    outputs = len(subject.columns or running.outputs)
    # Begun in any case: the one given may have had rows already.
    history = running.begin(df.iloc[:begun]).to_numpy(dtype=np.float64)
    table = [_padded(tuple(row), outputs) for row in history.tolist()]
    for place, row in enumerate(list(rows(df, running.source))[begun:]):
        peeked = None
        if place % EVERY == 0:
            if budget.left(part) < 0:
                break
            for step in range(PEEKS):
                running.peek(_moved(row, 1 + (step - PEEKS / 2) / 500))
            peeked = _padded(running.peek(row), outputs)
        values = _padded(running.update(row), outputs)
        if peeked is not None and not _same(peeked, values):
            pairs = zip(values, peeked, strict=True)
            pair = next(pair for pair in pairs if not _same(pair[:1], pair[1:]))
            what = "peek and update differ at one bar"
            return np.empty((0, outputs)), _wrong(what, df.index[begun + place], pair)
        table.append(values)
    return np.array(table, dtype=np.float64).reshape(len(table), outputs), None


def _padded(values: Values, outputs: int) -> Values:
    """A person's class may not say how many lines it has until it has a value."""
    return (*values, *(NAN,) * outputs)[:outputs]


def _same(one: Values, other: Values) -> bool:
    return bool(np.allclose(one, other, rtol=1e-9, atol=0, equal_nan=True))


def _moved(row: object, factor: float) -> object:
    if not isinstance(row, BarRow):
        return row
    close = row.close * factor
    return row._replace(close=close, high=max(row.high, close), low=min(row.low, close))


def _wrong(what: str, bar: pd.Timestamp, values: tuple[float, float]) -> Finding:
    """`values` are the right one, and the one that there is."""
    one, other = two(values)
    when = clock(bar)
    text = f"{what}: at {when} {other} instead of {one}"
    return Finding(CHECK, "failed", text, bar, values, f"stream at {when}: {other}, batch {one}")
