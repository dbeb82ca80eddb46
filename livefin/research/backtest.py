"""Hand signals and indicators over to a backtester that takes whole arrays. Knows none itself.

`entries_exits` gives what vectorbt's `Portfolio.from_signals` takes, `values_of` what
backtesting.py's `Strategy.I` calls. Both fill at a price that comes after the signal only if
they are told to; `delay` puts the signal itself one bar later.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from livefin.errors import IndicatorError
from livefin.indicators.contract import Floats, Indicator
from livefin.research.aligned import Given, aligned, floats

COLUMNS = {"Open": "open", "High": "high", "Low": "low", "Close": "close", "Volume": "volume"}
"""What backtesting.py calls its columns."""


class Trades(NamedTuple):
    """Bools along the signal's index: where a side is entered and left."""

    entries: pd.Series
    exits: pd.Series
    short_entries: pd.Series
    short_exits: pd.Series


def entries_exits(position: Given, *, delay: int = 1) -> Trades:
    """Where a position (-1, 0, 1; or bools: in or out) is entered and left.

    Use it as `Portfolio.from_signals(close, *entries_exits(position)[:2])` for the long side,
    or by name for both: `from_signals(close, **entries_exits(position)._asdict())`.

    Args:
        position: as of `state_machine`; NaN goes on as before, and is flat at first.
        delay: bars from the close at which it is known to the bar at which it is traded:
            vectorbt fills at the close of the bar of its signal. 0 where the backtester waits
            by itself, as backtesting.py does.

    A turn from long to short is an exit and a short entry at the same bar. Raises
    IndicatorError. Source: https://vectorbt.dev/api/portfolio/base/.

    >>> trades = entries_exits([0, 1, 1, -1, 0], delay=0)
    >>> [column.astype(int).tolist() for column in trades]
    [[0, 1, 0, 0, 0], [0, 0, 0, 1, 0], [0, 0, 0, 1, 0], [0, 0, 0, 0, 1]]
    """
    if delay < 0:
        raise IndicatorError(f"delay must be 0 or more, got {delay}: it would know the future")
    rows = aligned(position)
    held = pd.Series(np.sign(floats(rows.columns[0])), index=rows.along)
    held = held.ffill().fillna(0.0).shift(delay, fill_value=0.0)
    before = held.shift(1, fill_value=0.0)
    return Trades(
        ((held > 0) & ~(before > 0)).rename("entries"),
        ((before > 0) & ~(held > 0)).rename("exits"),
        ((held < 0) & ~(before < 0)).rename("short_entries"),
        ((before < 0) & ~(held < 0)).rename("short_exits"),
    )


def values_of(indicator: Indicator) -> Callable[[Any], Floats]:
    """A function of backtesting.py's data that gives the indicator's lines, (outputs, bars).

    In a strategy's `init`: `self.rsi = self.I(values_of(rsi), self.data.df)`. A single line is
    given as one row, (bars,). Takes columns named as there (Open, Close) or as here.

    >>> from livefin.indicators import ta
    >>> bars = pd.DataFrame({"Close": [1.0, 2.0, 4.0]})
    >>> values_of(ta.SMA(2))(bars).tolist()
    [nan, 1.5, 3.0]
    """

    def values(data: pd.DataFrame) -> Floats:
        lines = indicator.batch(data.rename(columns=COLUMNS)).to_numpy(np.float64).T
        return lines[0] if len(lines) == 1 else lines

    values.__name__ = indicator.name
    return values
