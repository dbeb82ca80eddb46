"""Where to cut a frame, found by changing many of its bars a little at once.

A look at the next bar on a rare branch shows in one cut of thousands. So every n-th bar is
changed in one run: a value that moves just before a changed bar, and not where the effect of
the one before it fades, is suspicious. n runs try every bar. What is suspicious is cut there
by look_ahead, so that nothing is blamed for what is seen here.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator

import numpy as np
import pandas as pd

from livefin.indicators.contract import Floats
from livefin.trust.agreement import RELATIVE, differs, typical
from livefin.trust.made import scaled
from livefin.trust.probes import Rows
from livefin.trust.subject import Subject

AHEAD = 5
"""Bars before a changed one whose values are looked at."""
APART = 24
"""Bars from one changed to the next, where their effect lasts longer or forever."""
LEAST, MOST = 16, 40
QUIET = 0.75
"""So many of the steps after a changed bar are taken for the fading of its effect."""
TELLING = 4.0
"""How many times such a step a suspicious one is, at the least."""
MOVES, VOLUME = 3.0, 1.4
"""The change, in usual moves of the price and times the volume: most branches run as before."""


def suspects(subject: Subject, df: pd.DataFrame, table: Floats) -> Iterator[int | None]:
    """Rows after which to cut, after one run each; None where a run has shown none.

    `table` is what `df` gives.
    """
    random = np.random.default_rng(len(df))
    if len(df) < 2 * LEAST or "close" not in df:
        return
    move = _move(df)
    step = _apart(subject, df, table, move)
    found = list[tuple[float, int]]()
    for offset in random.permutation(step):
        rows = np.arange(offset, len(df), step)
        other = subject.attempt(nudged(df, rows, move, random))
        if other is not None:
            for row, score in _suspicious(other, table, int(offset), step):
                heapq.heappush(found, (-score, row))
        yield heapq.heappop(found)[1] if found else None
    for _ in range(min(step, len(found))):
        yield heapq.heappop(found)[1]


def nudged(df: pd.DataFrame, rows: Rows, move: float, random: np.random.Generator) -> pd.DataFrame:
    """The same bars, the prices of some moved up or down, with more volume."""
    prices, volumes = np.ones(len(df)), np.ones(len(df))
    prices[rows] += move * random.choice([-1.0, 1.0], len(rows))
    volumes[rows] = VOLUME
    return scaled(df, prices, volumes)


def _move(df: pd.DataFrame) -> float:
    close = np.asarray(df["close"], dtype=np.float64)
    with np.errstate(all="ignore"):
        moves = np.abs(np.diff(close) / close[:-1])
    moves = moves[np.isfinite(moves)]
    return float(np.clip(MOVES * moves.mean(), 1e-6, 0.05)) if len(moves) else 1e-3


def _apart(subject: Subject, df: pd.DataFrame, table: Floats, move: float) -> int:
    """So far that the effect of one changed bar has ended before the next, where that can be."""
    at = len(df) // 3
    random = np.random.default_rng(0)
    other = subject.attempt(nudged(df, np.array([at]), move, random))
    if other is None:
        return APART
    felt = np.flatnonzero(differs(other, table).any(axis=1))
    lasts = int(felt[-1]) - at if len(felt) else 0
    return max(LEAST, lasts + AHEAD + 1) if lasts + AHEAD < MOST else APART


def _suspicious(
    other: Floats, table: Floats, offset: int, step: int
) -> Iterator[tuple[int, float]]:
    """The rows before changed ones where values moved, and how much for what is usual there."""
    usual = typical(table)
    with np.errstate(invalid="ignore"):
        moved = np.where((other == table) | (np.isnan(other) & np.isnan(table)), 0, other - table)
    moved = np.where(np.isfinite(moved), moved, 10 * usual + 1)  # a value that came or went
    steps = np.abs(np.diff(moved, axis=0, prepend=moved[:1]))
    blocks = (len(steps) - offset - 1) // step
    if blocks < 1:
        return
    shaped = steps[offset : offset + blocks * step].reshape(blocks, step, -1)
    near = shaped[:, -AHEAD:]
    fading = np.quantile(shaped[:, 1:-AHEAD], QUIET, axis=1)
    # The last term is for what is 0 as a rule, and leaves room for the largest of values.
    score = near.max(axis=1) / (fading + RELATIVE * usual + 1e-280)
    for block in np.flatnonzero(score.max(axis=1) > TELLING):
        column = near[block, :, int(score[block].argmax())]
        first = int(np.argmax(column > column.max() / 2))  # it moves away there, and back after
        yield offset + (int(block) + 1) * step - AHEAD + first, float(score[block].max())
