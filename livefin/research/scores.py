"""What makes one set of parameters better than another: scores by name, or one's own function.

What is the same for every set (returns, their order) is computed once and kept; of each line
only the line itself is sorted. Higher is better. No state but that. Used by trial.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TypeAlias

import numpy as np
import pandas as pd

from livefin.errors import IndicatorError
from livefin.indicators.contract import NAN, Floats
from livefin.research.aligned import floats
from livefin.research.estimates import correlation
from livefin.research.information import Ahead
from livefin.research.tally import returns

Score: TypeAlias = str | Callable[[pd.DataFrame, pd.DataFrame], float]


class Market:
    """Prices that lines are scored on. `horizon` in bars; costs in bps a round trip."""

    def __init__(self, df: pd.DataFrame, *, horizon: int = 1, cost_bps: float = 0.0) -> None:
        if "close" not in df:
            raise IndicatorError("a score by name needs the column close; else give a function")
        self._close = floats(df["close"].to_numpy())
        self._horizon, self._cost = horizon, cost_bps / 1e4

    @cached_property
    def _ahead(self) -> Ahead:
        return Ahead(returns(self._close, self._horizon, "log"), self._horizon)

    @cached_property
    def _next(self) -> Floats:
        return returns(self._close, 1, "simple")

    def ic(self, line: Floats) -> float:
        """Spearman's correlation of the line with the return over the horizon."""
        return self._ahead.spearman(line)

    def pearson(self, line: Floats) -> float:
        """Pearson's correlation with the same."""
        both = ~np.isnan(line) & ~np.isnan(self._ahead.after)
        return correlation(line[both], self._ahead.after[both])

    def hit_rate(self, line: Floats) -> float:
        """How often the line's sign was that of the return over the horizon; 0 is no guess."""
        guess = np.sign(line) * self._ahead.after
        guessed = ~np.isnan(guess) & (line != 0)
        count = np.count_nonzero(guessed)
        return float(np.count_nonzero(guess[guessed] > 0) / count) if count else NAN

    def sharpe(self, line: Floats) -> float:
        """Mean over deviation of the bars' returns, the line being the position held.

        A bar's return is the position at its close times the next bar's return, less half the
        costs for each unit traded; NaN is flat. Of bars, not of years.
        """
        known = ~np.isnan(self._next)
        position = np.nan_to_num(line)
        traded = np.abs(np.diff(position, prepend=0.0))
        earned = (position * self._next - traded * self._cost / 2)[known]
        if len(earned) < 2 or np.ptp(earned) == 0:  # noqa: PLR2004 - no deviation of one
            return NAN
        return float(earned.mean() / earned.std(ddof=1))


NAMED = ("ic", "pearson", "hit_rate", "sharpe")


def names(scores: Sequence[Score]) -> list[str]:
    """What the scores are called. Raises IndicatorError for what is none.

    >>> names(["ic", lambda values, df: 0.0])
    ['ic', '<lambda>']
    """
    found = [
        score if isinstance(score, str) else str(getattr(score, "__name__", "score"))
        for score in scores
    ]
    strange = [score for score in scores if not callable(score) and score not in NAMED]
    if strange or not found or len(set(found)) < len(found):
        raise IndicatorError(
            f"score must be of {', '.join(NAMED)}, or functions of (values, df), each once; "
            f"got {list(scores)!r}"
        )
    return found


class Scorer:
    """The scores of lines on one frame.

    >>> df = pd.DataFrame({"close": [100.0, 101, 100, 102, 101]})
    >>> ahead = pd.DataFrame({"up": [1, -1, 1, -1, 0]})
    >>> Scorer(["hit_rate", lambda values, df: len(df)], df).score(ahead)
    [1.0, 5.0]
    """

    def __init__(
        self,
        scores: Sequence[Score],
        df: pd.DataFrame,
        *,
        horizon: int = 1,
        cost_bps: float = 0.0,
        output: str | None = None,
    ) -> None:
        self._scores, self._df, self._output = list(scores), df, output
        by_name = any(isinstance(score, str) for score in scores)
        self._market = Market(df, horizon=horizon, cost_bps=cost_bps) if by_name else None

    def score(self, values: pd.DataFrame) -> list[float]:
        """Each score of the values, a column a line, along the frame. NaN for None."""
        found = []
        for score in self._scores:
            if isinstance(score, str):
                found.append(getattr(self._market, score)(self._line(values)))
            else:
                given = score(values, self._df)
                number = NAN if given is None else float(given)
                found.append(number if math.isfinite(number) else NAN)
        return found

    def _line(self, values: pd.DataFrame) -> Floats:
        if self._output is None:
            return floats(values.iloc[:, 0].to_numpy())
        if self._output not in values:
            there = ", ".join(map(str, values.columns))
            raise IndicatorError(f"no output {self._output!r}; there are {there}")
        return floats(values[self._output].to_numpy())
