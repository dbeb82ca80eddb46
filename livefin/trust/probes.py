"""Where to cut a frame: the bars after which a look into the future would most likely show.

First the end, the beginning and some at random; then where the values do something rare,
where the market does, around boundaries of time, on each day and hour, and bar after bar.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, zip_longest

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from livefin.indicators.contract import Floats

Rows = NDArray[np.intp]
EACH = 10
"""Bars taken of each kind."""
STEPS = 20
"""More different values than this are no states or signals."""
EARLY = (1, 3, 8, 20, 0, 13, 34, 55, 2, 5, 90, 144, 200, 300)
PERIODS = ("1min", "5min", "15min", "1h", "4h", "1D")


def cuts(df: pd.DataFrame, table: Floats, *, seed: int = 0) -> Iterator[int]:
    """Rows after which to cut, the most telling ones first, each once.

    >>> df = pd.DataFrame(index=pd.date_range("2026-03-01", periods=50, freq="1s", tz="UTC"))
    >>> sorted(cuts(df, np.zeros((50, 1)))) == list(range(49))
    True
    """
    random = np.random.default_rng(seed)
    rows = len(df)
    ends = [rows - 2, rows - 3, rows - 6, rows - 12]
    anywhere = random.permutation(rows - 1) if rows > 1 else np.empty(0, dtype=np.intp)
    start = int(random.integers(0, max(1, rows - 120)))
    groups: list[Iterable[int]] = [
        chain(ends, range(rows - 13, rows - 60, -1)),
        anywhere[:EACH],
        _shuffled(_holes(df), random),
        chain(EARLY, range(60)),
        _shuffled(_events(table, random), random),
        _shuffled(_extremes(df), random),
        _shuffled(_boundaries(df, random), random),
        _shuffled(_calendar(df, random), random),
        range(start, min(rows - 1, start + 100)),
    ]
    given = set[int]()
    for turn in chain(zip_longest(*groups), ((row,) for row in anywhere)):
        for row in turn:
            if row is not None and 0 <= row < rows - 1 and row not in given:
                given.add(int(row))
                yield int(row)


def _shuffled(parts: Iterable[Rows], random: np.random.Generator) -> list[int]:
    some = [int(row) for part in parts for row in random.permutation(part)[:EACH]]
    random.shuffle(some)
    return some


def _events(table: Floats, random: np.random.Generator) -> Iterator[Rows]:
    """Where values come, go, change their state, or are unlike the others."""
    for column in table.T:
        missing = np.isnan(column)
        came = np.flatnonzero(missing[1:] != missing[:-1])
        yield np.r_[came, came + 1]
        there = column[~missing]
        if 0 < len(there) < len(column) / 5:
            yield np.flatnonzero(~missing)
        if not len(there):
            continue
        with np.errstate(invalid="ignore"):
            steps = np.abs(np.diff(column, prepend=np.nan))
            changed = np.flatnonzero(steps > 0)
            if len(np.unique(there)) <= STEPS or len(changed) < len(column) / 5:
                yield changed
                values = np.unique(there)[:STEPS]
                yield np.concatenate(
                    [random.permutation(np.flatnonzero(column == v))[:3] for v in values]
                )
            yield _largest(np.abs(column - np.median(there)))
        yield _largest(steps)


def _largest(values: Floats) -> Rows:
    return np.argsort(-np.nan_to_num(values, nan=-1.0, posinf=0.0))[:EACH]


def _extremes(df: pd.DataFrame) -> Iterator[Rows]:
    """Bars unlike the others: by volume, move, range, and those with nothing in them."""
    floats = {name: np.asarray(df[name], dtype=np.float64) for name in _floats(df)}
    if "volume" in floats:
        yield _largest(floats["volume"])
        yield np.flatnonzero(~(floats["volume"] > 0))
    if "close" in floats:
        close = floats["close"]
        moved = np.diff(close, prepend=np.nan)
        yield _largest(np.abs(moved))
        yield _largest(np.abs(moved)) - 1
        yield np.flatnonzero(moved == 0)
        yield np.argsort(close)[:1]  # the lowest
        yield _largest(close)[:1]
    if {"high", "low"} <= set(floats):
        yield _largest(floats["high"] - floats["low"])


def _holes(df: pd.DataFrame) -> Iterator[Rows]:
    """Bars whose prices are missing, and the bars before them."""
    if "close" in _floats(df):
        missing = np.flatnonzero(np.isnan(np.asarray(df["close"], dtype=np.float64)))
        yield missing
        yield missing - 1


def _floats(df: pd.DataFrame) -> list[str]:
    wanted = ("high", "low", "close", "volume")
    return [n for n in wanted if n in df and pd.api.types.is_numeric_dtype(df[n])]


def _boundaries(df: pd.DataFrame, random: np.random.Generator) -> Iterator[Rows]:
    """The last bars of periods, the bars before them, and those around missing ones."""
    if not isinstance(df.index, pd.DatetimeIndex) or len(df) < 3:  # noqa: PLR2004
        return
    ns = df.index.as_unit("ns").asi8
    apart = np.diff(ns)
    missing = np.flatnonzero(apart > np.median(apart) * 1.5)
    yield np.r_[missing, missing + 1]
    for period in PERIODS:
        number = ns // pd.Timedelta(period).value
        last = random.permutation(np.flatnonzero(np.diff(number)))[:4]
        yield np.r_[last, last - 1, last + 1]


def _calendar(df: pd.DataFrame, random: np.random.Generator) -> Iterator[Rows]:
    """A bar of each half hour, and some of each day of the week."""
    if not isinstance(df.index, pd.DatetimeIndex) or not len(df):
        return
    halves = df.index.hour * 2 + df.index.minute // 30
    begun = np.flatnonzero(np.diff(halves, prepend=-1))  # round times are those people name
    for number in range(48):
        yield random.permutation(begun[halves[begun] == number])[:1]
    for number in range(7):
        yield random.permutation(np.flatnonzero(df.index.day_of_week == number))[:2]
