"""Fold trades, or shorter bars, into bars: all of them at once, the same as one by one.

No I/O, no state. Bars are columns here, one array a field, oldest bar first: `Rows`. Sums
are made in the order of arrival, so that they are equal to the last bit to those of
bars.TimeBars, which takes one trade at a time. Serves bars, store and backfill.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum, auto
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from livefin.events import Bar

DAY = 86_400_000_000_000
WEEK = 7 * DAY
FIRST_MONDAY = 4 * DAY

TIMES = ("start", "first_at", "last_at")
VALUES = ("open", "high", "low", "close", "volume", "turnover")
COUNTS = ("trades",)
NAMES = (*TIMES, *VALUES, *COUNTS)

Rows: TypeAlias = dict[str, NDArray[Any]]
"""Bars by field: `start`, `first_at`, `last_at` (ns), the prices, `volume`, `turnover` (price
times size), `trades`. `first_at` and `last_at` are the times of the first and last trade."""


def origin_of(interval: int) -> int:
    """When the intervals are counted from: 1970, and its first Monday for weeks."""
    return FIRST_MONDAY if interval % WEEK == 0 else 0


def empty() -> Rows:
    """No bars."""
    return {name: np.zeros(0, dtype="f8" if name in VALUES else "i8") for name in NAMES}


def fold_trades(
    times: NDArray[np.int64], prices: NDArray[np.float64], sizes: NDArray[np.float64], interval: int
) -> Rows:
    """Bars of trades in the order of their arrival, late ones among them; `interval` in ns.

    >>> at = np.array([0, 1_100, 900])
    >>> rows = fold_trades(at, np.array([10.0, 11.0, 9.0]), np.ones(3), 1_000)
    >>> rows["start"].tolist(), rows["close"].tolist(), rows["volume"].tolist()
    ([0, 1000], [9.0, 11.0], [2.0, 1.0])
    """
    if not len(times):
        return empty()
    origin = origin_of(interval)
    starts = times - (times - origin) % interval
    turnovers = prices * sizes
    if np.all(times[1:] >= times[:-1]):
        at, price = times, prices
        first, group = _groups(starts)
    else:
        order = np.argsort(times, kind="stable")  # arrival breaks ties
        at, price = times[order], prices[order]
        first, in_order = _groups(starts[order])
        group = np.empty_like(in_order)
        group[order] = in_order
    last = np.append(first[1:], len(times)) - 1
    return {
        "start": at[first] - (at[first] - origin) % interval,
        "first_at": at[first],
        "last_at": at[last],
        "open": price[first],
        "high": np.maximum.reduceat(price, first),
        "low": np.minimum.reduceat(price, first),
        "close": price[last],
        # It adds one after the other; numpy's other sums are in pairs, and differ by a bit.
        "volume": np.bincount(group, weights=sizes),
        "turnover": np.bincount(group, weights=turnovers),
        "trades": np.bincount(group),
    }


def fold_bars(rows: Rows, interval: int) -> Rows:
    """Longer bars of shorter ones whose length divides `interval` (ns); see `divides`."""
    if not len(rows["start"]):
        return empty()
    starts = rows["start"] - (rows["start"] - origin_of(interval)) % interval
    first, group = _groups(starts)
    last = np.append(first[1:], len(starts)) - 1
    return {
        "start": starts[first],
        "first_at": rows["first_at"][first],
        "last_at": rows["last_at"][last],
        "open": rows["open"][first],
        "high": np.maximum.reduceat(rows["high"], first),
        "low": np.minimum.reduceat(rows["low"], first),
        "close": rows["close"][last],
        "volume": np.bincount(group, weights=rows["volume"]),
        "turnover": np.bincount(group, weights=rows["turnover"]),
        "trades": np.add.reduceat(rows["trades"], first),
    }


def divides(shorter: int, longer: int) -> bool:
    """Whether every bar of `longer` ns is made of whole bars of `shorter` ns."""
    apart = origin_of(longer) - origin_of(shorter)
    return longer % shorter == 0 and apart % shorter == 0


def rows_of(bars: Sequence[Bar], interval: int) -> Rows:
    """The venue's own bars, each once and in order. What they were worth is not known: NaN."""
    latest = {bar.ts_event: bar for bar in bars}
    ordered = [latest[start] for start in sorted(latest)]
    rows = empty()
    if not ordered:
        return rows
    rows["start"] = np.array([bar.ts_event for bar in ordered], dtype="i8")
    rows["first_at"] = rows["start"]
    rows["last_at"] = rows["start"] + (interval - 1)
    for name in (*VALUES[:5], *COUNTS):
        rows[name] = np.array([getattr(bar, name) for bar in ordered], dtype=rows[name].dtype)
    rows["turnover"] = np.full(len(ordered), np.nan)
    return rows


class Seam(Enum):
    """What a venue's history says of the first bar made here, which lacks its begin."""

    WHOLE = auto()
    """All of it: it takes the place of ours."""
    SO_FAR = auto()
    """What there is of it by now; it is forming still."""
    REST = auto()
    """Only what came before our own first trade."""


def mended(ours: Mapping[str, Any], its: Mapping[str, Any], seam: Seam) -> Mapping[str, Any]:
    """Our bar completed by what the history has of it."""
    if seam is Seam.WHOLE:
        return its
    # What the venue counts so far has what came here in it; the rest has not.
    count = sum if seam is Seam.REST else max
    return {
        "start": ours["start"],
        "first_at": min(its["first_at"], ours["first_at"]),
        "last_at": ours["last_at"],
        "open": its["open"],
        "high": max(its["high"], ours["high"]),
        "low": min(its["low"], ours["low"]),
        "close": ours["close"],
        **{name: count((its[name], ours[name])) for name in ("volume", "turnover", "trades")},
    }


def cut(rows: Rows, span: slice | int) -> Rows:
    """A copy of some of the rows, or of one."""
    return {name: array[span].copy() for name, array in rows.items()}


def joined(*parts: Rows) -> Rows:
    """One after the other."""
    return {name: np.concatenate([part[name] for part in parts]) for name in NAMES}


def _groups(starts: NDArray[np.int64]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Of rising `starts`: where each new one begins, and the number of each one's group."""
    new = np.empty(len(starts), dtype=bool)
    new[0] = True
    np.not_equal(starts[1:], starts[:-1], out=new[1:])
    return np.flatnonzero(new), np.cumsum(new) - 1
