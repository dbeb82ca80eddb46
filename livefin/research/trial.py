"""One set of parameters tried on history: the indicator computed and scored, window by window.

A window's values come from its own rows alone: what lies behind its end cannot leak into
them. No I/O; goes to other processes as it is. Used by sweeping, walkforward and workers.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from math import prod
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from livefin.errors import IndicatorError
from livefin.indicators.contract import Indicator
from livefin.indicators.custom.userdefined import indicator
from livefin.indicators.parameters import checked
from livefin.research.scores import Score, Scorer

COPY_ON_WRITE = int(pd.__version__.split(".")[0]) >= 3  # noqa: PLR2004 - a version
LONGEST_ERROR = 200
MOST = 1_000_000
"""Sets of parameters in one sweep."""


class Window(NamedTuple):
    """Rows of a frame: computed from `begin` on, scored from `first` on, both before `stop`."""

    begin: int
    first: int
    stop: int


class Trial:
    """What is done with each set of parameters, of which `example` is one.

    >>> df = pd.DataFrame({"close": [100.0, 101, 100, 102, 101]})
    >>> def change(df, sign=1): return sign * df.close.diff()
    >>> Trial(change, df, ["hit_rate"], [Window(0, 0, 5)]).run({"sign": -1})
    [1.0]
    """

    def __init__(
        self,
        subject: Indicator | Callable[..., Any],
        df: pd.DataFrame,
        scores: Sequence[Score],
        windows: Sequence[Window],
        *,
        horizon: int = 1,
        cost_bps: float = 0.0,
        output: str | None = None,
        example: Mapping[str, Any] = MappingProxyType({}),
    ) -> None:
        if horizon < 1:
            raise IndicatorError(f"horizon must be at least 1 bar, got {horizon!r}")
        made = _made(subject, example)
        for name in example:
            if name not in made.params and name not in {p.name for p in made.parameters}:
                checked(made.parameters, {name: example[name]})  # which says what is near
        self.subject = made.with_params()  # of no history, which might be long
        self.windows = list(windows)
        self._df, self._scores = df, list(scores)
        self._horizon, self._cost_bps, self._output = horizon, cost_bps, output

    @cached_property
    def _scorers(self) -> list[Scorer]:
        return [
            Scorer(
                self._scores,
                self._df.iloc[window.first : window.stop],
                horizon=self._horizon,
                cost_bps=self._cost_bps,
                output=self._output,
            )
            for window in self.windows
        ]

    def run(self, params: Mapping[str, Any]) -> list[float]:
        """Its scores, all of the first window, then all of the next. Raises what it raises."""
        made = self.subject.with_params(**params)
        found = []
        for window, scorer in zip(self.windows, self._scorers, strict=True):
            rows = self._df.iloc[window.begin : window.stop]
            # A function that changes its input must not change the next one's.
            values = made.batch(rows.copy(deep=not COPY_ON_WRITE))
            found += scorer.score(values.iloc[window.first - window.begin :])
        return found

    def tried(self, params: Mapping[str, Any]) -> list[float] | str:
        """`run`, or its error in words: one bad set is no reason to end a sweep."""
        try:
            return self.run(params)
        except Exception as error:  # noqa: BLE001 - a person's own code raises anything
            return f"{type(error).__name__}: {error}"[:LONGEST_ERROR]

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "_scorers"}


def _made(subject: Any, example: Mapping[str, Any]) -> Indicator:
    made: Indicator
    try:
        made = indicator(subject)
    except IndicatorError:
        if isinstance(subject, Indicator) or not callable(subject):
            raise
        made = indicator(subject, **example)  # it has parameters without a default
    return made


class Grid:
    """All combinations of parameters, or some drawn at random; made when asked for.

    >>> grid = Grid({"fast": [5, 10], "slow": range(20, 50, 10)})
    >>> len(grid), grid[0], grid[5]
    (6, {'fast': 5, 'slow': 20}, {'fast': 10, 'slow': 40})
    >>> len(Grid({"fast": range(1000), "slow": range(1000)}, n=50))
    50
    """

    def __init__(
        self, choices: Mapping[str, Iterable[Any]], *, n: int | None = None, seed: int = 0
    ) -> None:
        if not isinstance(choices, Mapping):
            raise IndicatorError(f'a grid is as {{"window": range(5, 50)}}; got {choices!r:.100}')
        self.choices = {str(name): _listed(name, values) for name, values in choices.items()}
        empty = [name for name, values in self.choices.items() if not values]
        if empty or not self.choices:
            raise IndicatorError(f"the grid has no values for {', '.join(empty) or 'anything'}")
        if n is not None and n < 1:
            raise IndicatorError(f"n must be at least 1, got {n}")
        total = prod(len(values) for values in self.choices.values())
        self._drawn: Sequence[int] = range(total)
        if n is not None and n < total:
            self._drawn = sorted(random.Random(seed).sample(range(total), n))
        if len(self._drawn) > MOST:
            raise IndicatorError(f"{total:,} sets are too many, {MOST:,} the most; take some by n=")

    def __len__(self) -> int:
        return len(self._drawn)

    def __getitem__(self, i: int) -> dict[str, Any]:
        place, found = self._drawn[i], {}
        for name, values in reversed(self.choices.items()):
            place, at = divmod(place, len(values))
            found[name] = values[at]
        return {name: found[name] for name in self.choices}

    def places(self, name: str, sets: Sequence[int]) -> NDArray[np.int64]:
        """Which of the choices of a parameter these sets have."""
        at = np.array([self._drawn[i] for i in sets], dtype=np.int64)
        for each, values in reversed(self.choices.items()):
            if each == name:
                return at % len(values)
            at //= len(values)
        raise IndicatorError(f"no parameter {name!r}; there are {', '.join(self.choices)}")

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return (self[i] for i in range(len(self)))


def _listed(name: str, values: Iterable[Any]) -> list[Any]:
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise IndicatorError(f"the grid needs a list of values for {name}, got {values!r}")
    return list(values)
