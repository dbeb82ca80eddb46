"""What came afterwards: forward returns, and what a signal was worth over history.

The only look ahead in livefin, and named as the outcome: never an input of a signal. Costs
and positions are simple on purpose; a backtester takes what `backtest.entries_exits` gives.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from livefin.errors import IndicatorError
from livefin.research.aligned import Given, aligned, floats
from livefin.research.estimates import checked
from livefin.research.outcome import Outcome
from livefin.research.tally import KINDS, Tally, returns


def forward_returns(
    close: Given, horizons: int | tuple[int, ...] | list[int] = (1, 5, 20), *, kind: str = "log"
) -> pd.DataFrame:
    """What came after each bar: the return from its close to that `horizon` bars later.

    A column a horizon, NaN in the last `horizon` rows and where a price is missing or not
    above 0. The columns' name is "outcome", since these know the future. Raises
    IndicatorError.

    >>> forward_returns([100, 110, 99], [1, 2], kind="simple").round(2).values.tolist()
    [[0.1, -0.01], [-0.1, nan], [nan, nan]]
    """
    if kind not in KINDS:
        raise IndicatorError(f'kind must be "log" or "simple", got {kind!r}')
    rows = aligned(close)
    closes = floats(rows.columns[0])
    found = {horizon: returns(closes, horizon, kind) for horizon in checked(horizons)}
    table = pd.DataFrame(found, index=rows.along)
    table.columns.name = "outcome"
    return table


def after(
    signal: Given,
    close: Given,
    horizons: int | tuple[int, ...] | list[int] = (1, 5, 20),
    *,
    cost_bps: float = 0.0,
    kind: str = "log",
) -> Outcome:
    """What came after a signal, by horizon: see Outcome for the figures.

    Args:
        signal: bools, or -1 for sold, 0, 1 for bought; each bar that is not 0 counts, so give
            crossings, not states, to count moments. It is known at the close of its bar, from
            which the return runs.
        close: prices, looked up at the times of the signal's bars where they have others.
        horizons: in bars.
        cost_bps: what a round trip costs, in hundredths of a percent.
        kind: of returns, "log" or "simple".

    Raises IndicatorError.

    >>> close = pd.Series([100.0, 101, 102, 101, 103, 104, 103])
    >>> rose = close.diff() > 0
    >>> outcome = after(rose.rename("a rise"), close, [1])
    >>> outcome
    <Outcome: After a rise>
    >>> outcome.df[["count", "pending", "hit_rate"]].values.tolist()
    [[4.0, 0.0, 0.5]]
    """
    name = aligned(signal, close).names[0]
    return Tally(horizons, kind=kind, cost_bps=cost_bps, name=name).begin(signal, close).outcome


def turnover(position: Given) -> float:
    """How much of a position changes hands a bar, on the average; NaN without bars.

    >>> turnover([0, 1, 1, -1])
    0.75
    """
    held = np.nan_to_num(floats(aligned(position).columns[0]))
    return float(np.abs(np.diff(held, prepend=0.0)).mean()) if len(held) else float("nan")


def holding(position: Given) -> float:
    """For how many bars a side is held on the average; one that still goes on is not counted.

    NaN where none has ended.

    >>> holding([0, 1, 1, 0, -1, 1, 1])
    1.5
    """
    sides = np.sign(np.nan_to_num(floats(aligned(position).columns[0])))
    starts = np.flatnonzero(np.diff(sides, prepend=0.0) != 0)
    lengths = np.diff(starts)
    ended = lengths[sides[starts[:-1]] != 0]
    return float(ended.mean()) if len(ended) else float("nan")
