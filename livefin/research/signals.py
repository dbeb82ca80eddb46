"""Signals out of lines: crossings, thresholds, positions, as series of a value a bar.

A signal at a bar is known at its close, from that bar and those before it. What is not known
(NaN, infinite) never signals and is passed over: a line that crosses while it is away has
crossed when it is back, as a chart's alerts see it too (chart.crossings). The functions take
whole series; `stepping` has the same bar by bar.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from livefin.errors import IndicatorError
from livefin.indicators.contract import Floats
from livefin.research.aligned import Aligned, Bools, Given, aligned, floats, truths


def crosses_above(a: Given, b: Given) -> pd.Series:
    """Where `a` is above `b` and, when both were last known, was at it or below.

    Both are series, arrays or numbers; see `aligned`. Returns bools along the first index.

    >>> crosses_above(pd.Series([1, 3, 3, 2, 4], name="fast"), 2)
    0    False
    1     True
    2    False
    3    False
    4     True
    Name: fast crosses above 2, dtype: bool
    """
    rows, side = _sides(a, b)
    return _signal(rows, _turned(side, 1), f"{rows.names[0]} crosses above {rows.names[1]}")


def crosses_below(a: Given, b: Given) -> pd.Series:
    """Where `a` is below `b` and, when both were last known, was at it or above.

    >>> crosses_below([3, 1, float("nan"), 3, 1], 2).tolist()
    [False, True, False, False, True]
    """
    rows, side = _sides(a, b)
    return _signal(rows, _turned(-side, 1), f"{rows.names[0]} crosses below {rows.names[1]}")


def crosses(a: Given, b: Given) -> pd.Series:
    """Where `a` has come from one side of `b` to the other; at `b` it is on neither.

    >>> crosses([1, 2, 3, 2, 3], 2).tolist()  # it only touches the level on the way back
    [False, False, True, False, False]
    """
    rows, side = _sides(a, b)
    away = np.where(side == 0, np.nan, side)
    turned = _turned(away, 1) | _turned(-away, 1)
    return _signal(rows, turned, f"{rows.names[0]} crosses {rows.names[1]}")


def above(x: Given, level: Given) -> pd.Series:
    """Where `x` is above `level`, which may be a line too.

    >>> above([1, float("nan"), 3], 2).tolist()
    [False, False, True]
    """
    rows, side = _sides(x, level)
    return _signal(rows, side > 0, f"{rows.names[0]} above {rows.names[1]}")


def below(x: Given, level: Given) -> pd.Series:
    """Where `x` is below `level`, which may be a line too."""
    rows, side = _sides(x, level)
    return _signal(rows, side < 0, f"{rows.names[0]} below {rows.names[1]}")


def enters(x: Given, low: Given, high: Given) -> pd.Series:
    """Where `x` is from `low` to `high`, both included, and was outside when last known.

    >>> enters([5, 2, 2, 9, 3], 1, 3).tolist()
    [False, True, False, False, True]
    """
    rows = aligned(x, low, high)
    values, bottom, top = map(floats, rows.columns)
    inside = np.where((values >= bottom) & (values <= top), 1.0, -1.0)
    inside[np.isnan(values + bottom + top)] = np.nan
    return _signal(rows, _turned(inside, 1), "{} enters {} to {}".format(*rows.names))


def state_machine(
    enter: Given,
    exit: Given | None = None,  # noqa: A002 - the word of the field
    *,
    enter_short: Given | None = None,
    exit_short: Given | None = None,
) -> pd.Series:
    """Positions out of conditions: 1 long, 0 flat, -1 short, as int8 at each bar's close.

    A position goes on until its exit or until the other side is entered. Where enter and exit
    of one side come true together the exit counts; where both sides are entered together,
    neither is. Nothing is traded at the bar itself: who computes returns multiplies a
    position with the return of the *next* bar.

    >>> state_machine([True, False, False, True], [False, False, True, False]).tolist()
    [1, 1, 0, 1]
    >>> state_machine([1, 0, 0, 1], enter_short=[0, 1, 0, 0], exit_short=[0, 0, 1, 0]).tolist()
    [1, -1, 0, 1]
    """
    given = [enter, exit, enter_short, exit_short]
    rows = aligned(*[False if item is None else item for item in given])
    buy, sell, short, cover = map(truths, rows.columns)
    # A side is held where the last of its own events was its entry.
    held = _last(buy & ~sell & ~short, buy | sell | short)
    held_short = _last(short & ~cover & ~buy, short | cover | buy)
    position = held.astype(np.int8) - held_short.astype(np.int8)
    return pd.Series(position, index=rows.along, name="position")


def once_per(signal: Given, bars: int) -> pd.Series:
    """The signal with a rest: after one that counts, none in the `bars` - 1 bars after it.

    >>> once_per([True, True, False, True, True], 3).tolist()
    [True, False, False, True, False]
    """
    if bars < 1:
        raise IndicatorError(f"bars must be at least 1, got {bars}")
    rows = aligned(signal)
    found = np.flatnonzero(truths(rows.columns[0]))
    kept = np.zeros(len(rows.along), dtype=np.bool_)
    at = 0
    while at < len(found):
        kept[found[at]] = True
        at = int(np.searchsorted(found, found[at] + bars))
    return _signal(rows, kept, f"{rows.names[0]} once per {bars}")


def marks(signal: Given, *, side: str | None = None, text: str | None = None) -> pd.DataFrame:
    """Signals as `chart.markers.extend` takes them: a row a mark, at the close of its bar.

    Args:
        signal: bools, of which each True is marked; or positions (-1, 0, 1), of which each
            rise is marked as bought and each fall as sold.
        side: "buy", "sell" or None for a note; of bools only.
        text: beside each mark; by default the signal's name. "" for none.

    Returns: `price` (NaN: at the close of the bar), `side`, `text`; index as the signal's.

    >>> times = pd.date_range("2026-03-01", periods=3, freq="1min", tz="UTC")
    >>> marks(pd.Series([0, 1, -1], times, name="position"))["side"].tolist()
    ['buy', 'sell']
    """
    rows = aligned(signal)
    column = rows.columns[0]
    if side not in (None, "buy", "sell"):
        raise IndicatorError(f'side must be "buy", "sell" or None, got {side!r}')
    sides: NDArray[Any]
    if column.dtype.kind in "iuf":
        values = floats(column)
        held = pd.Series(values).ffill().fillna(0.0).to_numpy()
        steps = np.diff(held, prepend=0.0)
        sides = np.where(steps > 0, "buy", "sell").astype(object)
        found = steps != 0
    else:
        found = truths(column)
        sides = np.full(len(column), side, dtype=object)
    label = rows.names[0] if text is None else text
    table = {"price": np.nan, "side": sides[found], "text": label}
    return pd.DataFrame(table, index=rows.along[found])


def _sides(a: Given, b: Given) -> tuple[Aligned, Floats]:
    """Where `a` is seen from `b`: 1 above, 0 at it, -1 below, NaN not known."""
    rows = aligned(a, b)
    left, right = map(floats, rows.columns)
    # Compared, not subtracted: the difference of two tiny numbers can be 0.
    side = (left > right).astype(np.float64) - (left < right)
    side[np.isnan(left) | np.isnan(right)] = np.nan
    return rows, side


def _turned(side: Floats, to: int) -> Bools:
    """Where a known side is `to` and the last known one before it was another."""
    known = np.flatnonzero(~np.isnan(side))
    there = side[known] == to
    turned = np.zeros(len(side), dtype=np.bool_)
    turned[known[1:]] = there[1:] & ~there[:-1]
    return turned


def _last(yes: Bools, events: Bools) -> Bools:
    """At each row whether the last event up to it was a `yes`; False before the first."""
    at = np.maximum.accumulate(np.where(events, np.arange(len(events)), -1))
    return np.where(at >= 0, yes[at], False)


def _signal(rows: Aligned, found: Bools, name: str) -> pd.Series:
    return pd.Series(found, index=rows.along, name=name)
