"""Where two versions of an indicator differ: how often, by how much, at which bar first.

Pure; a chart draws the old version faintly, this says what the eye misses.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from livefin.indicators.contract import NAN, Floats, Indicator
from livefin.research.aligned import floats
from livefin.research.estimates import correlation
from livefin.research.report import Report

TOLERANCE = 1e-9
"""Relative to the larger of the two; what is closer is rounding."""


class Difference(Report):
    """By output in `df`, in the order of the new version.

    Columns: differ, the share of bars whose values are not the same (one that is NaN in one
    version alone is not); first, the first such bar; largest, the largest distance, and `at`
    its bar; old and new, the values there; correlation. An output that only one version has
    is in `notes`.
    """

    def __init__(self, df: pd.DataFrame, *, old: str, new: str, notes: list[str]) -> None:
        self._df, self.notes = df, notes
        self.title = f"{new} beside {old}" if new != old else f"{new} beside its last version"

    @property
    def df(self) -> pd.DataFrame:
        """One row an output."""
        return self._df

    @property
    def same(self) -> bool:
        """Whether nothing differs."""
        return not self.notes and not (self._df["differ"] > 0).any()


def compare(old: Indicator, new: Indicator, df: pd.DataFrame) -> Difference:
    """Where `new` gives other values than `old` on the rows of `df`.

    Outputs are matched by name; of two that have one each, these. Raises what `batch` raises.

    >>> from livefin.indicators import ta
    >>> bars = pd.DataFrame({"close": [1.0, 2.0, 4.0, 4.0, 4.0]})
    >>> found = compare(ta.SMA(2), ta.SMA(3), bars)
    >>> found.df[["differ", "largest", "at"]].round(2).values.tolist(), found.same
    ([[0.6, 0.67, 2.0]], False)
    """
    before, after = old.batch(df), new.batch(df)
    pairs = [(name, name) for name in after.columns if name in before.columns]
    if not pairs and before.shape[1] == after.shape[1] == 1:
        pairs = [(before.columns[0], after.columns[0])]
    rows = [
        _difference(floats(before[its].to_numpy()), floats(after[mine].to_numpy()), df.index)
        for its, mine in pairs
    ]
    gone = [str(name) for name in before.columns if name not in {its for its, _ in pairs}]
    come = [str(name) for name in after.columns if name not in {mine for _, mine in pairs}]
    notes = [f"no longer there: {', '.join(gone)}"] if gone else []
    notes += [f"new: {', '.join(come)}"] if come else []
    index = pd.Index([mine for _, mine in pairs], name="output", dtype=object)
    columns = ["differ", "first", "largest", "at", "old", "new", "correlation"]
    table = pd.DataFrame(rows, index=index, columns=columns)
    return Difference(table, old=old.name, new=new.name, notes=notes)


def _difference(before: Floats, after: Floats, index: pd.Index) -> list[object]:
    both = ~np.isnan(before) & ~np.isnan(after)
    distance = np.where(both, np.abs(after - before), NAN)
    close = distance <= TOLERANCE * np.fmax(np.abs(before), np.abs(after))
    other = ~close & ~(np.isnan(before) & np.isnan(after))
    first = index[int(other.argmax())] if other.any() else None
    related = correlation(before[both], after[both])
    share = float(other.mean()) if len(other) else NAN
    if not both.any():
        return [share, first, NAN, None, NAN, NAN, related]
    at = int(np.nanargmax(distance))
    largest = float(distance[at])
    place = index[at] if largest else None
    return [share, first, largest, place, before[at], after[at], related]
