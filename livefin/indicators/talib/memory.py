"""How much history TA-Lib's functions remember, so that a cut frame gives the same values.

A window remembers its lookback. What smooths by a share of the last value remembers all,
less and less: after 25 periods of Wilder's average a billionth is left, also where two are
chained. A running total and a trailing stop remember for ever. Used by ta.

Source: Wilder, "New Concepts in Technical Trading Systems" (1978), whose average keeps
1 - 1/n of itself a bar, exp(-1) in n bars; an EMA of n keeps exp(-2). Kaufman, "Trading
Systems and Methods" (2013), for the slowest share of KAMA, (2 / (n + 1)) squared.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from livefin.indicators.talib.functions import TALibFunction

TIMES = 25
"""exp(-25) with what a second smoothing adds is under 1e-9."""
CYCLES = 500
"""Rows after which Ehlers' measured cycles agree; they have no period to count in."""
PATH = "Output is path-dependent"
UNSTABLE = "Function has an unstable period"
FORGETS = {"ADOSC"}
"""Flagged as path-dependent, yet the level of its running total cancels out."""
COUNTED = {"MAXINDEX", "MININDEX", "MINMAXINDEX"}
"""Not flagged, yet they count rows from the first one."""
RECURSIVE = """
ADOSC ADXR CVI DEMA EFI ERI KC MACD MACDFIX MASSI SMI STOCHRSI TEMA TRIX TSI ZLEMA
"""
"""Made of averages that smooth, without a flag that says so."""
SLOW_PERIOD = {"MACDFIX": 26, "HA": 2}
"""Periods that are no parameter; a Heikin-Ashi opening keeps half of itself a bar."""
WINDOWS = {"SMA", "WMA", "TRIMA", "HMA", "DISABLED"}
"""Moving averages that remember no more than their window."""


def warm_up(function: TALibFunction, params: Mapping[str, Any]) -> int | None:
    """Rows of history after which what came before changes a value by under 1e-9 of it.

    None where it always may. Of settled `params`.

    >>> from livefin.indicators.talib.functions import described
    >>> [warm_up(each, each.settled((), {})) for each in map(described, ["SMA", "RSI", "OBV"])]
    [29, 364, None]
    """
    name = function.name
    if name in COUNTED or (PATH in function.flags and name not in FORGETS):
        return None
    lookback = function.lookback(params)
    period = _longest(function, params)
    if name in ("KAMA", "MAMA") or name.startswith("HT_"):
        return lookback + _average(name, period, params)
    rows = TIMES * period if UNSTABLE in function.flags or name in RECURSIVE.split() else 0
    averages = [params[each.name] for each in function.numbers if "matype" in each.name]
    return lookback + rows + sum(_average(each, period, params) for each in averages)


def _longest(function: TALibFunction, params: Mapping[str, Any]) -> int:
    periods: list[int] = [params[each.name] for each in function.numbers if "period" in each.name]
    return max([*periods, SLOW_PERIOD.get(function.name, 1)])


def _average(name: str, period: int, params: Mapping[str, Any]) -> int:
    """Rows that a moving average remembers beyond its lookback."""
    if name in WINDOWS:
        return 0
    if name == "KAMA":  # at its slowest, in a market that goes nowhere
        return TIMES * (period + 1) ** 2 // 4
    if name == "MAMA":
        slowest = min(params.get("slowlimit", 0.05), params.get("fastlimit", 0.5))
        return max(CYCLES, int(TIMES / slowest))
    return CYCLES if name.startswith("HT_") else TIMES * period
