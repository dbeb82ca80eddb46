"""Made-up bars to try an indicator on: a seeded random walk, quiet or wild, like given ones.

What the market has not shown yet, a check has to make: jumps, bursts of volume, bars with
no trade, missing hours, runs of missing prices, all days of the week. Same seed, same bars.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from livefin.indicators.contract import Floats

PRICES = ("open", "high", "low", "close", "vwap")
COLUMNS = ("open", "high", "low", "close", "volume", "vwap", "trades")
START = pd.Timestamp("2026-01-01", tz="UTC")
WILD = 2e-3
"""How much a wild bar moves at least: enough for thresholds of some percent to be crossed."""
JUMPS, STILL = 0.02, 0.05
"""Parts of the wild bars that jump, and that do not move."""
FEW = 20
"""Fewer real returns say nothing of how much the price moves."""


def made_bars(
    rows: int,
    *,
    like: pd.DataFrame | None = None,
    every: str | pd.Timedelta | None = None,
    wild: bool = False,
    seed: int = 0,
    times: Iterable[tuple[int, int]] = (),
) -> pd.DataFrame:
    """Bars of a random walk, all closed.

    Args:
        rows: how many.
        like: bars whose columns, price level, interval and first time they take on.
        every: interval between bars, which then open at whole multiples of it; that of
            `like`, else a second.
        wild: with jumps, quiet and busy hours, bars with no trade, and missing bars.
        seed: of the random numbers.
        times: hours and minutes of the day at which there are further bars.

    >>> made_bars(3).columns.tolist()
    ['open', 'high', 'low', 'close', 'volume', 'vwap', 'trades']
    >>> made_bars(500, wild=True).equals(made_bars(500, wild=True))
    True
    """
    random = np.random.default_rng(seed)
    index = _further(_index(rows, like, every), times)
    rows = len(index)
    price, move = _level(like)
    move = max(move, WILD) if wild else move
    steps = random.standard_t(4, rows) * move
    busy = np.ones(rows)
    if wild:
        busy = np.exp(np.repeat(random.normal(0, 1, rows // 50 + 1), 50)[:rows])
        steps *= np.sqrt(busy)
        steps[random.random(rows) < JUMPS] *= 25
        steps[random.random(rows) < STILL] = 0.0
    tick = 10.0 ** (np.floor(np.log10(price)) - 5)
    close = np.maximum(np.round(price * np.exp(np.cumsum(steps)) / tick) * tick, tick)
    opened = np.r_[price, close[:-1]]
    reach = np.abs(random.normal(0, 1, (2, rows))) * move * close
    high = np.maximum(opened, close) + np.round(reach[0] / tick) * tick
    low = np.maximum(np.minimum(opened, close) - np.round(reach[1] / tick) * tick, tick)
    volume = np.round(random.lognormal(0, 1, rows) * busy, 4) + 1e-4
    volume[random.random(rows) < (0.03 if wild else 0)] = 0.0
    columns = dict(zip(COLUMNS, (opened, high, low, close, volume, volume, volume), strict=True))
    columns["vwap"] = (high + low + close) / 3
    columns["trades"] = np.ceil(volume * 3).astype(np.int64)
    bars = pd.DataFrame(columns, index=index)
    if wild:
        bars = bars[_kept(rows, random)]
    return bars if like is None else _dressed(bars, like, random)


def with_holes(bars: pd.DataFrame, *, seed: int = 0, length: int = 5) -> pd.DataFrame:
    """The same bars with prices and volumes missing (NaN) in some runs of up to `length`."""
    random = np.random.default_rng(seed)
    holed = bars.copy()
    names = [name for name in (*PRICES, "volume") if name in bars]
    holed[names] = holed[names].astype(np.float64)
    places = np.flatnonzero(holed.columns.isin(names))
    for at in range(len(bars) // 20, len(bars) - length, max(20, len(bars) // 12)):
        end = at + int(random.integers(1, length + 1))
        holed.iloc[at:end, places] = np.nan
    return holed


def scaled(
    bars: pd.DataFrame, prices: Floats | float, volumes: Floats | float = 1.0
) -> pd.DataFrame:
    """The same bars with prices and volumes multiplied, each row by its factor."""
    changed = bars.copy()
    for name in (*PRICES, "volume"):
        if name in bars:
            factor = volumes if name == "volume" else prices
            changed[name] = np.asarray(bars[name], dtype=np.float64) * factor
    return changed


def _level(like: pd.DataFrame | None) -> tuple[float, float]:
    """A price to begin at, and how much one bar moves."""
    price, move = 100.0, 1e-3
    if like is None or "close" not in like:
        return price, move
    close = np.asarray(like["close"], dtype=np.float64)
    close = close[np.isfinite(close) & (close > 0)]
    if len(close):
        price = float(close[-1])
    if len(close) > FEW:
        moves = np.abs(np.diff(np.log(close)))
        move = float(np.clip(np.mean(moves), 1e-5, 0.02)) or move
    return price, move


def _index(
    rows: int, like: pd.DataFrame | None, every: str | pd.Timedelta | None
) -> pd.DatetimeIndex:
    start, step = START, pd.Timedelta(every or "1s")
    times = None if like is None else like.index
    if not isinstance(times, pd.DatetimeIndex) or not len(times):
        return pd.DatetimeIndex(start + step * np.arange(rows), name="time")
    start = times[0] if times.tz is not None else times[0].tz_localize("UTC")
    if every is None and len(times) > 1:
        step = pd.Timedelta(np.median(np.diff(times.as_unit("ns").asi8)), "ns")
    step = step if step > pd.Timedelta(0) else pd.Timedelta("1s")
    if every is not None:
        start = start.floor(step)
    return pd.DatetimeIndex(start + step * np.arange(rows), name="time").as_unit(times.unit)


def _further(index: pd.DatetimeIndex, times: Iterable[tuple[int, int]]) -> pd.DatetimeIndex:
    days = index.floor("1D").unique()
    for hour, minute in times:
        at = days + pd.Timedelta(hours=hour, minutes=minute)
        inside = (at > index[0]) & (at < index[-1])
        index = index.union(at[inside].as_unit(index.unit)).rename("time")
    return index


def _kept(rows: int, random: np.random.Generator) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    kept = np.ones(rows, dtype=np.bool_)
    for at in random.integers(0, max(1, rows), rows // 150):
        kept[at : at + int(random.integers(1, 9))] = False
    kept[:1] = True
    return kept


def _dressed(bars: pd.DataFrame, like: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    """With just the columns of `like`; of what is not known here, values drawn from there."""
    for name in like.columns:
        if name == "closed":
            bars[name] = True
        elif name not in bars and len(like):
            drawn = like[name].iloc[random.integers(0, len(like), len(bars))]
            bars[name] = drawn.to_numpy()
    return bars[[name for name in like.columns if name in bars]]
