"""What came after a signal, in figures: how often, how much, by luck or not.

Made from sums that a tally keeps, so that the same lines of code serve history and what goes
on live. Pure; made by tally.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from livefin.errors import IndicatorError
from livefin.indicators.contract import NAN, Floats
from livefin.research.estimates import wilson
from livefin.research.report import Report

QUANTILES = {"5 %": 0.05, "25 %": 0.25, "75 %": 0.75, "95 %": 0.95}
EVENT_RETURN, EVENT, RETURN, ONE = range(4)
"""What is summed of every bar: the signed return after a signal, whether there was one, the
return after the bar, and 1."""


class Sums(NamedTuple):
    """Sums over the bars whose outcome at one horizon is known."""

    products: Floats
    """(4, 4): of each two of the summed at the same bar."""
    windows: Floats
    """(4, 4): of each two of their sums over each run of `lags` + 1 bars."""
    lags: int
    signs: int
    """Of the signals: 1 for each that bought, -1 for each that sold."""
    hits: int
    pending: int
    """Signals whose outcome is not known yet."""
    missing: int
    """Signals with no price then or later."""
    returns: Floats
    """After each signal, after costs, oldest first; at most as many as are kept."""


class Outcome(Report):
    """Figures by horizon in `df`; `returns(h)` and `histogram(h)` show how they lie.

    Columns of `df`, index `horizon` in bars; returns in parts of 1, after costs but for
    `baseline` and `excess`:

    - count, pending, missing: signals counted; too young to count; without a price.
    - hit_rate, hit_low, hit_high: share above 0, and its 95 % interval (Wilson), which takes
      signals for independent: where they overlap, the truth is wider.
    - mean, median, std, 5 % … 95 %: of the returns.
    - t: of the mean against 0, by the long-run variance of Newey and West.
    - baseline: the mean return after all bars, bought and sold in the signal's proportion.
    - excess, t_excess: the mean before costs less the baseline, and its t.
    """

    upright = True

    def __init__(self, sums: Mapping[int, Sums], *, name: str, kind: str, cost_bps: float) -> None:
        self._sums = dict(sums)
        self.kind, self.cost_bps = kind, cost_bps
        self.title = f"After {name}"
        costs = f", costs of {cost_bps:g} bps a round trip taken off" if cost_bps else ""
        self.notes = [f"{kind} returns over so many bars{costs}", *_not_counted(self._sums)]

    @property
    def df(self) -> pd.DataFrame:
        """One row a horizon."""
        rows = [_figures(sums, self.cost_bps / 1e4) for sums in self._sums.values()]
        return pd.DataFrame(rows, index=pd.Index(list(self._sums), name="horizon"))

    def returns(self, horizon: int) -> Floats:
        """After each signal counted, after costs, oldest first. Raises IndicatorError."""
        if horizon not in self._sums:
            known = ", ".join(map(str, self._sums))
            raise IndicatorError(f"no horizon of {horizon!r} bars here; there are {known}")
        return self._sums[horizon].returns

    def histogram(self, horizon: int, bins: int = 20) -> tuple[np.ndarray, Floats]:
        """How many returns lie in each of `bins` equal ranges, and their `bins` + 1 edges."""
        counts, edges = np.histogram(self.returns(horizon), bins=bins)
        return counts, edges


def _not_counted(sums: Mapping[int, Sums]) -> list[str]:
    def listed(found: Mapping[int, int]) -> str:
        return ", ".join(f"{count:,} at {horizon}" for horizon, count in found.items() if count)

    pending = listed({horizon: each.pending for horizon, each in sums.items()})
    missing = listed({horizon: each.missing for horizon, each in sums.items()})
    notes = [f"pending, not counted yet: {pending}"] if pending else []
    return notes + ([f"without a price, not counted: {missing}"] if missing else [])


def _figures(sums: Sums, cost: float) -> dict[str, Any]:
    products = sums.products
    count, bars = round(products[EVENT, EVENT]), round(products[ONE, ONE])
    low, high = wilson(sums.hits, count)
    gross = products[EVENT_RETURN, EVENT] / count if count else NAN
    mean = gross - cost
    share = sums.signs / count if count else NAN
    after_all = products[RETURN, ONE] / bars if bars else NAN
    baseline = share * after_all
    excess = gross - baseline
    error = error_excess = std = NAN
    if count > 1:
        std = math.sqrt(max(0.0, products[0, 0] - count * gross**2) / (count - 1))
        # How much each bar moves the mean, and the mean less the baseline.
        weights = np.array([1 / count, -gross / count, 0.0, 0.0])
        of_all = np.array([0.0, 0.0, share / bars, -share * after_all / bars])
        scale = count / (count - 1) / (sums.lags + 1)
        error = _root(weights @ sums.windows @ weights * scale)
        error_excess = _root((weights - of_all) @ sums.windows @ (weights - of_all) * scale)
    named = dict.fromkeys(("median", *QUANTILES), NAN)
    if len(sums.returns):
        values = np.quantile(sums.returns, [0.5, *QUANTILES.values()])
        named = dict(zip(named, values.tolist(), strict=True))
    return {
        "count": count,
        "pending": sums.pending,
        "missing": sums.missing,
        "hit_rate": sums.hits / count if count else NAN,
        "hit_low": low,
        "hit_high": high,
        "mean": mean,
        "median": named.pop("median"),
        "std": std,
        "t": _ratio(mean, error, std),
        "baseline": baseline,
        "excess": excess,
        "t_excess": _ratio(excess, error_excess, std),
        **named,
    }


def _root(value: float) -> float:
    return math.sqrt(max(0.0, float(value)))


def _ratio(value: float, error: float, scale: float) -> float:
    # An error that is nothing but rounding would make any t: all returns alike, or a signal
    # at every bar beside its own baseline.
    return value / error if error > 1e-12 * max(scale, abs(value)) else NAN
