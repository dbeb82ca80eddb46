"""The information coefficient: how the values of a line go with what came after them.

By rank (Spearman) and straight (Pearson), by horizon, so that one sees how fast it decays.
Over time, of one symbol; no look-ahead but for the outcome itself. Pure.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from livefin.errors import IndicatorError
from livefin.indicators.contract import NAN, Floats
from livefin.research.aligned import Given, aligned, floats
from livefin.research.estimates import checked, correlation, lags, long_run, tied
from livefin.research.report import Report
from livefin.research.tally import KINDS, returns


class Information(Report):
    """Information coefficients by horizon, in `df`.

    Columns, index `horizon` in bars: count; spearman; pearson; t, of `spearman` against 0 by
    the long-run variance of Newey and West, as overlapping returns need it.
    """

    def __init__(self, df: pd.DataFrame, *, name: str, kind: str) -> None:
        self._df = df
        self.title = f"Information coefficient of {name}"
        self.notes = [f"with {kind} returns over so many bars; the last bars have none yet"]

    @property
    def df(self) -> pd.DataFrame:
        """One row a horizon."""
        return self._df


def ic(
    values: Given,
    close: Given,
    horizons: int | tuple[int, ...] | list[int] = (1, 5, 20),
    *,
    kind: str = "log",
) -> Information:
    """How values go with the returns from their bar's close on; see Information.

    `close` is looked up at the times of `values` where it has others. Bars that lack either
    are left out. Raises IndicatorError.

    >>> close = np.exp(np.cumsum([0, 1, -1, 2, -2, 1, 0.5]) / 100)
    >>> ahead = [1, -1, 2, -2, 1, 0.5, float("nan")]  # it peeks, so it is perfect
    >>> ic(ahead, close, [1]).df.round(3)[["count", "spearman", "pearson"]].values.tolist()
    [[6.0, 1.0, 1.0]]
    """
    if kind not in KINDS:
        raise IndicatorError(f'kind must be "log" or "simple", got {kind!r}')
    rows = aligned(values, close)
    line, closes = map(floats, rows.columns)
    ahead = {h: Ahead(returns(closes, h, kind), h) for h in checked(horizons)}
    table = pd.DataFrame(
        [each.information(line) for each in ahead.values()],
        index=pd.Index(list(ahead), name="horizon"),
    )
    return Information(table, name=rows.names[0], kind=kind)


class Ahead:
    """What came after each bar, sorted once: a sweep ranks it anew for every line.

    Lines begin at different bars, and ranks are of the bars that have both. Leaving out bars
    keeps the order of the others, so that only the line itself is sorted.
    """

    def __init__(self, after: Floats, horizon: int) -> None:
        self.after, self.horizon = after, horizon
        self._order = np.argsort(after)  # NaN last
        self._known = ~np.isnan(after)
        self._both = np.zeros(0, dtype=np.bool_)
        self._its = np.empty(len(after))
        """Ranks of the bars that `_both` has."""

    def spearman(self, line: Floats) -> float:
        """The correlation of ranks; NaN where there is none."""
        mine, its, _ = self._ranks(line)
        return correlation(mine, its)

    def information(self, line: Floats) -> dict[str, float]:
        """All figures of a line (NaN where it has no value)."""
        mine, its, bars = self._ranks(line)
        rank = correlation(mine, its)
        back = np.argsort(bars)
        return {
            "count": len(mine),
            "spearman": rank,
            "pearson": correlation(line[bars], self.after[bars]),
            "t": _t(mine[back], its[back], rank, lags(self.horizon)),
        }

    def _ranks(self, line: Floats) -> tuple[Floats, Floats, NDArray[np.intp]]:
        """Ranks of the line, of what came after, and their bars; as the line rises."""
        both = self._known & ~np.isnan(line)
        if not np.array_equal(both, self._both):
            order = self._order[both[self._order]]
            self._its[order] = tied(self.after[order])
            self._both = both
        bars = np.flatnonzero(both)
        bars = bars[np.argsort(line[bars])]
        return tied(line[bars]), self._its[bars], bars


def _t(mine: Floats, its: Floats, rank: float, lags: int) -> float:
    if math.isnan(rank):
        return NAN
    a = (mine - mine.mean()) / mine.std()
    b = (its - its.mean()) / its.std()
    # What each bar adds to the coefficient, less what it adds to the two deviations.
    spread = long_run(a * b - rank / 2 * (a * a + b * b), lags)
    return rank * len(a) / math.sqrt(spread) if spread > 1e-20 * len(a) else NAN
