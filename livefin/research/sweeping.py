"""Try an indicator with many sets of parameters over history, and see which did well.

Runs on the cores there are, can be interrupted, and counts what failed. The best of many is
good by luck too: how many were tried is said, and walkforward asks how the best go on. What
runs it is in workers, what is done with each set in trial.
"""

from __future__ import annotations

import math
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import e
from statistics import NormalDist
from typing import Any, ClassVar, NamedTuple

import numpy as np
import pandas as pd

from livefin.errors import IndicatorError
from livefin.indicators.contract import Indicator
from livefin.indicators.handed import handed
from livefin.research.heat import axes, heat
from livefin.research.heatmap import as_html
from livefin.research.report import Report
from livefin.research.scores import Score, names
from livefin.research.trial import Grid, Trial, Window
from livefin.research.workers import cores, tried

EVERY = 0.25
"""Seconds between two words on how far it is."""
EULER = 0.5772156649015329
SHOWN = 10
"""Sets in the table that a notebook shows."""


class SoFar(NamedTuple):
    """How far a sweep is."""

    done: int
    total: int
    params: Mapping[str, Any] | None = None
    """The best set so far, by the first score; None without one, and where there is no one best."""
    score: float = math.nan
    """Its score."""


Progress = Callable[[SoFar], object]


class Sweep(Report):
    """What came of a sweep, one row a set in `df`: its parameters, then its scores.

    Sorted by the first score, NaN last. `errors` has the sets that failed, with the reason;
    `interrupted` says whether sets are missing.
    """

    view: ClassVar[Callable[[Sweep], bool] | None] = None
    """Shows it in a notebook, if it can; given by livefin.widgets, which this does not know."""
    rows = SHOWN

    def __init__(
        self,
        grid: Grid,
        scores: Sequence[str],
        found: Mapping[int, list[float] | str],
        *,
        name: str,
        interrupted: bool = False,
        notes: Iterable[str] = (),
    ) -> None:
        self._grid, self.scores, self.name = grid, list(scores), name
        self.interrupted = interrupted
        places = [i for i, result in found.items() if not isinstance(result, str)]
        first = np.array([found[i][0] for i in places], dtype=np.float64)
        # By place in the grid where scores are equal, however they came in.
        order = np.lexsort((np.array(places), np.where(np.isnan(first), np.inf, -first)))
        self._places = [places[i] for i in order]
        rows = [[*grid[i].values(), *found[i]] for i in self._places]
        self._df = pd.DataFrame(rows, columns=[*grid.choices, *self.scores])
        self.choices = grid.choices
        """The values tried, by parameter."""
        failed = sorted(i for i, result in found.items() if isinstance(result, str))
        self.errors = pd.DataFrame(
            [[*grid[i].values(), found[i]] for i in failed], columns=[*grid.choices, "error"]
        )
        self.title = f"{name}: {len(found):,} of {len(grid):,} sets tried, by {self.scores[0]}"
        self.notes = [*notes, *self._said()]

    @property
    def df(self) -> pd.DataFrame:
        """One row a set, the best first."""
        return self._df

    @property
    def best_params(self) -> dict[str, Any]:
        """The parameters of the best set, as given. Raises IndicatorError if none has a score."""
        if self._df.empty or np.isnan(self._df[self.scores[0]].iloc[0]):
            raise IndicatorError(f"no set has a score; {'; '.join(self.notes) or 'none was tried'}")
        return self._grid[self._places[0]]

    def best(self, n: int = SHOWN) -> pd.DataFrame:
        """The first `n` rows of `df`."""
        return self._df.head(n)

    def params(self, row: int) -> dict[str, Any]:
        """The parameters in a row of `df`, as they were given."""
        return self._grid[self._places[row]]

    def places(self, name: str) -> np.ndarray:
        """For each row of `df`, which of the `choices` of a parameter it has."""
        return self._grid.places(name, self._places)

    def heat(
        self, x: str, y: str, *, score: str | None = None, aggregate: str = "max"
    ) -> pd.DataFrame:
        """A score by two parameters: rows `y`, columns `x`, over all others the `aggregate`.

        `aggregate` is "max", "mean", "median" or "min"; "mean" shows plateaus, "max" peaks.
        NaN where no set has a score. Raises IndicatorError for names that there are not.
        """
        score = self.scores[0] if score is None else score
        if x == y or not {x, y} <= set(self._grid.choices) or score not in self.scores:
            raise IndicatorError(
                f"a heat map takes two of {', '.join(self._grid.choices)} "
                f"and a score of {', '.join(self.scores)}"
            )
        if aggregate not in ("max", "mean", "median", "min"):
            raise IndicatorError(f"no aggregate {aggregate!r}; take max, mean, median or min")
        groups = self._df.groupby([y, x], sort=True, observed=True)[score]
        table: pd.DataFrame = groups.agg(aggregate).unstack(x)  # noqa: PD010 - of groups
        return table

    def _ipython_display_(self) -> None:
        view = type(self).view
        if view is None or not view(self):
            raise NotImplementedError  # so that it is shown as any result is

    def picture(self) -> str:
        """A map of the scores over two parameters, or a line over one; see heatmap."""
        by = axes(self)
        return as_html(heat(self, *by)) if by else ""

    def _said(self) -> list[str]:
        notes = (
            ["interrupted: the sets that are missing were not tried"] if self.interrupted else []
        )
        if len(self.errors):
            kinds = Counter(self.errors["error"]).most_common(3)
            said = "; ".join(f"{error} ({count:,})" for error, count in kinds)
            notes.append(f"{len(self.errors):,} sets failed: {said}")
        score = self._df[self.scores[0]].dropna()
        if len(score) and score.iloc[0] > score.iloc[-1]:
            above = (score.iloc[0] - score.mean()) / score.std()
            notes.append(
                f"the best lies {above:.1f} deviations above the mean of all; of {len(score):,} "
                f"sets that have nothing to do with each other, {luck(len(score)):.1f} is luck"
            )
        return notes


def luck(count: int) -> float:
    """How far above the mean the best of `count` independent draws is expected, in deviations.

    Sets of one sweep resemble each other: it is then less. Source: Bailey and López de Prado,
    "The deflated Sharpe ratio", Journal of Portfolio Management 40 (2014).

    >>> round(luck(1000), 2)
    3.26
    """
    if count < 2:  # noqa: PLR2004 - one draw is the mean
        return 0.0
    quantile = NormalDist().inv_cdf
    return (1 - EULER) * quantile(1 - 1 / count) + EULER * quantile(1 - 1 / (count * e))


def sweep(
    subject: Indicator | Callable[..., Any],
    df: pd.DataFrame,
    grid: Mapping[str, Iterable[Any]],
    score: Score | Sequence[Score] = "ic",
    *,
    horizon: int = 1,
    cost_bps: float = 0.0,
    output: str | None = None,
    n: int | None = None,
    seed: int = 0,
    split: float | None = None,
    gap: int | None = None,
    workers: int | None = None,
    progress: bool | Progress = True,
) -> Sweep:
    """Try all combinations of a grid over history.

    Args:
        subject: an indicator, or a function `f(df, **params)`.
        df: its rows, oldest first, with `close` where scores are by name.
        grid: values to try by parameter: {"window": range(5, 50), "kind": ["sma", "ema"]}.
        score: "ic", "pearson" or "hit_rate" of the values with what came `horizon` bars later;
            "sharpe" of the values as positions; or a function of (values, df) that gives a
            number, higher being better, NaN or None for none. Of several, the first sorts.
        horizon: in bars.
        cost_bps: what a round trip costs, for "sharpe".
        output: which line is scored by name; the first by default.
        n: try so many, drawn at random, instead of all.
        seed: of that draw.
        split: the share of rows, from the first on, that the scores are of; the others give
            columns with "_out" behind their names.
        gap: rows left out in between; `horizon` by default.
        workers: how many processes; all cores by default, 1 for none but this. Small sweeps
            stay here in any case.
        progress: told now and then how far it is (SoFar), and may raise KeyboardInterrupt to
            stop; True writes a line to stderr.

    Returns what was found so far when interrupted. Raises IndicatorError for a grid, a score
    or a frame that cannot be used; what a single set raises is in `errors`.

    >>> rng = np.random.default_rng(0)
    >>> df = pd.DataFrame({"close": 100 + np.cumsum(rng.normal(size=500))})
    >>> def momentum(df, window=5): return df.close.diff(window)
    >>> found = sweep(momentum, df, {"window": [0, 5, 10]}, workers=1, progress=False)
    >>> len(found.df), found.best_params["window"] in (5, 10)
    (3, True)
    """
    handed(df, "sweep")
    one = isinstance(score, str) or not isinstance(score, Sequence)
    scores: Sequence[Score] = [score] if one else score  # type: ignore[assignment,list-item]
    columns, windows = names(scores), [Window(0, 0, len(df))]
    if split is not None:
        cut = round(len(df) * split) if 0 < split < 1 else 0
        first = cut + (horizon if gap is None else gap)
        if cut < 1 or not cut <= first < len(df):
            raise IndicatorError(f"a split at {split!r} of {len(df):,} rows leaves a side empty")
        windows = [Window(0, 0, cut), Window(0, first, len(df))]
        columns += [f"{name}_out" for name in columns]
    sets = Grid(grid, n=n, seed=seed)
    if taken := set(columns) & set(sets.choices):
        raise IndicatorError(f"a parameter and a score have the same name: {', '.join(taken)}")
    trial = Trial(
        subject,
        df,
        scores,
        windows,
        horizon=horizon,
        cost_bps=cost_bps,
        output=output,
        example=sets[0],
    )
    found, interrupted, notes = run(trial, sets, workers=workers, progress=progress, best=True)
    return Sweep(
        sets, columns, found, name=trial.subject.name, interrupted=interrupted, notes=notes
    )


def run(
    trial: Trial,
    grid: Grid,
    *,
    workers: int | None,
    progress: bool | Progress,
    best: bool = False,
) -> tuple[dict[int, list[float] | str], bool, list[str]]:
    """Try all of a grid: what was found by place, whether it was interrupted, and notes.

    `best` tells the best by the first score while it goes on.
    """
    if workers is not None and workers < 1:
        raise IndicatorError(f"workers must be at least 1, got {workers}")
    tell: Progress | None = progress if callable(progress) else _Line() if progress else None
    found: dict[int, list[float] | str] = {}
    notes: list[str] = []
    interrupted, told = False, time.perf_counter()
    params, score = None, math.nan
    results = tried(trial, grid, workers=workers or cores(), note=notes.append)
    try:
        for news in results:
            if news is not None:
                place, result = news
                found[place] = result
                if best and not isinstance(result, str) and _better(result[0], score):
                    params, score = grid[place], result[0]
            now = time.perf_counter()
            if tell is not None and (len(found) == len(grid) or now - told >= EVERY):
                told = now
                tell(SoFar(len(found), len(grid), params, score))
    except KeyboardInterrupt:
        interrupted = True
    finally:
        results.close()
        if isinstance(tell, _Line):
            tell.end()
    return found, interrupted, list(dict.fromkeys(notes))


def _better(score: float, than: float) -> bool:
    return score > than or (math.isnan(than) and not math.isnan(score))


class _Line:
    """A line on stderr that says how far it is; nothing for what is done at once."""

    def __init__(self) -> None:
        self._began = time.perf_counter()
        self._said = False

    def __call__(self, so_far: SoFar) -> None:
        done, total = so_far.done, so_far.total
        spent = time.perf_counter() - self._began
        if (not self._said and done == total) or not done:
            return
        left = spent / done * (total - done)
        self._said = True
        sys.stderr.write(f"\r{done:,} of {total:,} sets, {left:,.0f} s left   ")
        sys.stderr.flush()

    def end(self) -> None:
        if self._said:
            sys.stderr.write("\n")
