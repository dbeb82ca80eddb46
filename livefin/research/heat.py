"""A score of a sweep by two of its parameters, or by one: the figures of its map.

Long axes are taken in groups of neighbours; each cell knows its best set, so that one can be
picked. Pure. Used by heatmap, which draws it, and by the widgets, which turn it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from livefin.errors import IndicatorError
from livefin.research.report import shown

if TYPE_CHECKING:
    from livefin.research.sweeping import Sweep

AGGREGATES = ("max", "mean", "median", "min")
MOST = 40
"""Cells along an axis."""


class Heat(NamedTuple):
    """A score over one or two parameters."""

    x: str
    y: str
    """"" where there is one parameter alone."""
    score: str
    aggregate: str
    others: tuple[str, ...]
    """Parameters that `aggregate` is over."""
    columns: list[str]
    lines: list[str]
    """What the rows are called, the first at the bottom."""
    scores: NDArray[np.float64]
    """By line and column; NaN where there is none."""
    rows: NDArray[np.int64]
    """In each cell, the row in the sweep's `df` of its best set; -1 for none."""
    highest: NDArray[np.float64]
    """The score of that set."""
    counts: NDArray[np.int64]
    """How many sets a cell has."""

    @property
    def best(self) -> tuple[int, int] | None:
        """The cell with the best set by this score; None where none has a score."""
        if np.isnan(self.highest).all():
            return None
        line, column = np.unravel_index(int(np.nanargmax(self.highest)), self.highest.shape)
        return int(line), int(column)

    def hint(self, line: int, column: int) -> str:
        """A cell in words."""
        place = f"{self.x} {self.columns[column]}"
        if self.y:
            place += f", {self.y} {self.lines[line]}"
        count = int(self.counts[line, column])
        if not count:
            return f"{place}: no set tried"
        how = f", {self.aggregate} of {count:,} sets" if count > 1 else ""
        return f"{place}: {self.score} {shown(float(self.scores[line, column]))}{how}"


def varied(sweep: Sweep) -> list[str]:
    """Parameters with several values; none where no set was tried."""
    return [name for name, values in sweep.choices.items() if len(values) > 1 and len(sweep.df)]


def axes(sweep: Sweep) -> list[str]:
    """The two parameters with the most values, as far as there are two."""
    most = sorted(varied(sweep), key=lambda name: -len(sweep.choices[name]))[:2]
    return [name for name in sweep.choices if name in most]


def heat(
    sweep: Sweep,
    x: str,
    y: str | None = None,
    *,
    score: str | None = None,
    aggregate: str = "max",
) -> Heat:
    """A score of a sweep by one parameter or two; over all others, and neighbours, `aggregate`.

    Raises IndicatorError for names that there are not.
    """
    score = sweep.scores[0] if score is None else score
    if x == y or not {x, y or x} <= set(sweep.choices) or score not in sweep.scores:
        raise IndicatorError(
            f"a map takes one or two of {', '.join(sweep.choices)} "
            f"and a score of {', '.join(sweep.scores)}"
        )
    if aggregate not in AGGREGATES:
        raise IndicatorError(f"no aggregate {aggregate!r}; take {', '.join(AGGREGATES)}")
    columns, across = _axis(sweep, x)
    lines, up = _axis(sweep, y) if y else ([""], np.zeros(len(sweep.df), np.int64))
    scored = sweep.df[score].to_numpy(np.float64)
    cell = up * len(columns) + across
    shape, size = (len(lines), len(columns)), len(lines) * len(columns)
    values, highest = np.full(size, np.nan), np.full(size, np.nan)
    found = pd.Series(scored).groupby(cell)
    each = found.agg(aggregate)
    values[each.index] = each
    highest[each.index] = found.max()
    rows = np.full(size, -1)
    known = np.flatnonzero(~np.isnan(scored))
    best = pd.Series(scored[known], index=known).groupby(cell[known]).idxmax()
    rows[best.index] = best
    counts = np.bincount(cell, minlength=size)
    others = tuple(name for name in varied(sweep) if name not in (x, y))
    return Heat(
        x,
        y or "",
        score,
        aggregate,
        others,
        columns,
        lines,
        values.reshape(shape),
        rows.reshape(shape),
        highest.reshape(shape),
        counts.reshape(shape),
    )


def _axis(sweep: Sweep, name: str) -> tuple[list[str], NDArray[np.int64]]:
    """What the cells along an axis are called, and in which each set lies."""
    choices = sweep.choices[name]
    order = list(range(len(choices)))
    if all(isinstance(value, int | float | np.number) for value in choices):
        order.sort(key=lambda i: choices[i])
    each = -(-len(choices) // MOST)
    labels = []
    for begin in range(0, len(order), each):
        first, last = choices[order[begin]], choices[order[min(begin + each, len(order)) - 1]]
        labels.append(shown(first) if each == 1 else f"{shown(first)} – {shown(last)}")
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order)) // each
    return labels, rank[sweep.places(name)]
