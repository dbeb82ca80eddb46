"""Choose parameters on one stretch of history, see how they do on the next; again and again.

Each fold's sweep sees its own training rows alone, and rows are left out between them and the
test, so that no outcome of the one reaches into the other. One run over all cores for all
folds. Built on sweeping.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from livefin.errors import IndicatorError
from livefin.indicators.contract import NAN, Indicator
from livefin.indicators.handed import handed
from livefin.research.report import Report
from livefin.research.scores import Score, names
from livefin.research.sweeping import Progress, Sweep, run
from livefin.research.trial import Grid, Trial, Window


class Fold(NamedTuple):
    """Rows to choose on, from `begin` before `end`, and to test on, from `first` before `stop`."""

    begin: int
    end: int
    first: int
    stop: int


class WalkForward(Report):
    """How what was chosen went on: one row a fold in `df`, and each fold's `sweeps`.

    Columns: train_from, train_to, test_from, test_to (index of the first and last rows); the
    best set's parameters; the score in the sample it was chosen on (`in`), and `out` of it;
    `all_out`, the mean score out of sample of all sets, for what choosing was worth.
    """

    upright = True

    def __init__(self, df: pd.DataFrame, sweeps: Sequence[Sweep], *, name: str, score: str) -> None:
        self._df, self.sweeps = df, list(sweeps)
        self.interrupted = any(sweep.interrupted for sweep in sweeps)
        tried = max((len(sweep.df) + len(sweep.errors) for sweep in sweeps), default=0)
        self.title = f"{name}: walked forward over {len(df)} folds, by {score}"
        self.notes = [
            f"{tried:,} sets were tried on each fold: in is the best of these, luck included",
            f"in sample {df['in'].mean():.4g} on the average, out of sample {df['out'].mean():.4g}",
        ]
        if self.interrupted:
            self.notes.append("interrupted: not all sets were tried")

    @property
    def df(self) -> pd.DataFrame:
        """One row a fold."""
        return self._df

    @property
    def degradation(self) -> float:
        """What the score lost on the average, in its own units, from `in` to `out`."""
        return float((self._df["in"] - self._df["out"]).mean())


def folds(rows: int, splits: int = 5, *, train: float | None = None, gap: int = 0) -> list[Fold]:
    """Cut rows into `splits` tests, one after the other to the end, each with what is before.

    Args:
        rows: how many there are.
        splits: how many tests.
        train: None trains on all rows before the test; a number of rows, or a share of all,
            on so many, rolling.
        gap: rows left out between training and test.

    Raises IndicatorError where a side would be empty.

    >>> folds(12, 3, gap=1)
    [Fold(begin=0, end=2, first=3, stop=6), Fold(begin=0, end=5, first=6, stop=9), \
Fold(begin=0, end=8, first=9, stop=12)]
    >>> folds(12, 2, train=4)
    [Fold(begin=0, end=4, first=4, stop=8), Fold(begin=4, end=8, first=8, stop=12)]
    """
    if splits < 1 or gap < 0:
        raise IndicatorError(f"splits must be at least 1 and gap 0 or more; got {splits}, {gap}")
    length = train if isinstance(train, int) or train is None else round(rows * train)
    before = rows // (splits + 1) if length is None else length + gap
    size = (rows - before) // splits
    found = []
    for i in range(splits):
        first = rows - (splits - i) * size
        end = first - gap
        begin = 0 if length is None else end - length
        found.append(Fold(begin, end, first, first + size))
    if size < 1 or any(not 0 <= fold.begin < fold.end for fold in found):
        raise IndicatorError(
            f"{rows:,} rows are too few for {splits} splits with train={train} and gap={gap}"
        )
    return found


def walk_forward(
    subject: Indicator | Callable[..., Any],
    df: pd.DataFrame,
    grid: Mapping[str, Iterable[Any]],
    score: Score = "ic",
    *,
    splits: int = 5,
    train: float | None = None,
    gap: int | None = None,
    horizon: int = 1,
    cost_bps: float = 0.0,
    output: str | None = None,
    n: int | None = None,
    seed: int = 0,
    workers: int | None = None,
    progress: bool | Progress = True,
) -> WalkForward:
    """Choose by the best score on the training rows of each fold, and score that on its test.

    Args as of `sweep` and `folds`; `gap` is `horizon` by default, as many rows as an outcome
    reaches ahead. What is computed for a test may look back into the rows before it, as it
    would have live. Where a fold has no score its row is NaN. Raises IndicatorError.

    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> df = pd.DataFrame({"close": 100 + np.cumsum(rng.normal(size=600))})
    >>> def momentum(df, window=5): return df.close.diff(window)
    >>> walk = walk_forward(
    ...     momentum, df, {"window": [5, 10]}, splits=2, workers=1, progress=False
    ... )
    >>> walk.df[["train_to", "test_from", "test_to"]].values.tolist()
    [[198, 200, 399], [398, 400, 599]]
    """
    handed(df, "walk_forward")
    name = names([score])[0]
    gap = horizon if gap is None else gap
    cut = folds(len(df), splits, train=train, gap=gap)
    sets = Grid(grid, n=n, seed=seed)
    windows = [Window(fold.begin, fold.begin, fold.end) for fold in cut]
    windows += [Window(fold.begin, fold.first, fold.stop) for fold in cut]
    options: dict[str, Any] = {"horizon": horizon, "cost_bps": cost_bps, "output": output}
    options["example"] = sets[0]
    trial = Trial(subject, df, [score], windows, **options)
    found, interrupted, notes = run(trial, sets, workers=workers, progress=progress)
    rows, sweeps = [], []
    for i, fold in enumerate(cut):
        mine: dict[int, list[float] | str] = {
            place: result if isinstance(result, str) else [result[i], result[splits + i]]
            for place, result in found.items()
        }
        swept = Sweep(
            sets,
            [name, f"{name}_out"],
            mine,
            name=f"{trial.subject.name}, fold {i + 1}",
            interrupted=interrupted,
            notes=notes,
        )
        sweeps.append(swept)
        scored = len(swept.df) > 0 and pd.notna(swept.df[name].iloc[0])
        best: Mapping[str, Any] = swept.best_params if scored else dict.fromkeys(sets.choices)
        index = df.index
        rows.append(
            {
                "train_from": index[fold.begin],
                "train_to": index[fold.end - 1],
                "test_from": index[fold.first],
                "test_to": index[fold.stop - 1],
                **best,
                "in": swept.df[name].iloc[0] if scored else NAN,
                "out": swept.df[f"{name}_out"].iloc[0] if scored else NAN,
                "all_out": swept.df[f"{name}_out"].mean(),
            }
        )
    table = pd.DataFrame(rows, index=pd.RangeIndex(1, splits + 1, name="fold"))
    return WalkForward(table, sweeps, name=trial.subject.name, score=name)
