"""Count what comes after a signal, from history or bar by bar, in the same figures.

`begin` takes history in one pass, `update` one closed bar more, at a cost that does not grow
with what was before. A signal counts once its outcome is known, `horizon` bars later. Bars
are counted by their rows; one without a price has no outcome, and gives none. No clock.
"""

from __future__ import annotations

import math
from collections import deque
from itertools import islice

import numpy as np
import pandas as pd

from livefin.errors import IndicatorError
from livefin.indicators.contract import NAN, Floats
from livefin.research.aligned import Given, aligned, floats
from livefin.research.estimates import checked, lags, windowed
from livefin.research.outcome import Outcome, Sums

KINDS = ("log", "simple")


class Tally:
    """What came after a signal, so far.

    Args:
        horizons: in bars.
        kind: of the returns, "log" or "simple".
        cost_bps: what a round trip costs, in hundredths of a percent.
        name: of the signal.
        keep: returns after signals that are kept for quantiles and histogram, the last ones;
            all other figures are of all signals.

    >>> tally = Tally([1], kind="simple", name="a rise")
    >>> for close, signal in [(100.0, True), (110.0, False), (99.0, True)]:
    ...     tally.update(close, signal)
    >>> tally.outcome.df[["count", "pending", "mean", "baseline"]].round(4).values.tolist()
    [[1.0, 1.0, 0.1, 0.0]]
    """

    def __init__(
        self,
        horizons: int | tuple[int, ...] | list[int] = (1, 5, 20),
        *,
        kind: str = "log",
        cost_bps: float = 0.0,
        name: str = "signal",
        keep: int = 1_000_000,
    ) -> None:
        if kind not in KINDS:
            raise IndicatorError(f'kind must be "log" or "simple", got {kind!r}')
        if (
            not isinstance(cost_bps, int | float | np.number)
            or not math.isfinite(cost_bps)
            or cost_bps < 0
        ):
            raise IndicatorError(f"cost_bps must be 0 or more, got {cost_bps!r}")
        self.horizons, self.kind, self.cost_bps = checked(horizons), kind, float(cost_bps)
        self.name, self.keep = name, keep
        self._forget()

    def _forget(self) -> None:
        self._counts = [
            _Count(horizon, self.cost_bps / 1e4, self.keep) for horizon in self.horizons
        ]
        self._rows: deque[tuple[float, int]] = deque(maxlen=max(self.horizons))
        """The last closes and signs, oldest first."""

    def begin(self, signal: Given, close: Given) -> Tally:
        """Forget what was, and take history: as `after` does. Returns itself."""
        rows = aligned(close, signal)
        closes, signs = floats(rows.columns[0]), signs_of(rows.columns[1])
        self._forget()
        for count in self._counts:
            count.begin(returns(closes, count.horizon, self.kind), signs)
        tail = slice(-max(self.horizons), None)
        self._rows.extend(zip(closes[tail].tolist(), signs[tail].tolist(), strict=True))
        return self

    def update(self, close: float, signal: float) -> None:
        """One more closed bar: its close, and the signal at it (a bool, or -1, 0, 1)."""
        sign = 0 if math.isnan(signal) else int(signal > 0) - int(signal < 0)
        for count in self._counts:
            if len(self._rows) < count.horizon:
                count.pending += sign != 0
                continue
            before, its_sign = self._rows[-count.horizon]
            count.update(_return(before, close, self.kind), its_sign, sign)
        self._rows.append((close, sign))

    @property
    def outcome(self) -> Outcome:
        """The figures so far."""
        sums = {count.horizon: count.sums for count in self._counts}
        return Outcome(sums, name=self.name, kind=self.kind, cost_bps=self.cost_bps)


class _Count:
    """The sums at one horizon."""

    def __init__(self, horizon: int, cost: float, keep: int) -> None:
        self.horizon, self.cost = horizon, cost
        self.lags = lags(horizon)
        self.pending = 0
        self._signs = self._hits = self._missing = 0
        self._products, self._windows = np.zeros((4, 4)), np.zeros((4, 4))
        self._ring, self._at = np.zeros((self.lags + 1, 4)), 0
        self._window = np.zeros(4)
        """Sum of the ring."""
        self._returns: deque[float] = deque(maxlen=keep)

    def begin(self, after: Floats, signs: np.ndarray) -> None:
        """Take bars: what came after each (NaN: unknown), and its signal."""
        ripe = max(0, len(signs) - self.horizon)
        self.pending = int(np.count_nonzero(signs[ripe:]))
        after, signs = after[:ripe], signs[:ripe]
        known, event = ~np.isnan(after), signs != 0
        counted = known & event
        self._missing = int(np.count_nonzero(event & ~known))
        signed = signs[counted] * after[counted]
        self._signs, self._hits = int(signs[counted].sum()), int((signed > self.cost).sum())
        self._returns.extend((signed - self.cost).tolist())
        bars = np.zeros((ripe, 4))
        bars[counted, 0] = signed
        bars[:, 1] = counted
        bars[known, 2] = after[known]
        bars[:, 3] = known
        self._products = bars.T @ bars
        sums = windowed(bars, self.lags)[:ripe]
        self._windows = sums.T @ sums
        last = bars[max(0, ripe - self.lags - 1) :]
        self._ring[: len(last)] = last
        self._at = len(last) % (self.lags + 1)
        self._window = self._ring.sum(axis=0)

    def update(self, after: float, sign: int, new: int) -> None:
        """The outcome of one more bar is known, and its sign; a bar with the sign `new` waits."""
        self.pending += (new != 0) - (sign != 0)
        known = not math.isnan(after)
        counted = known and sign != 0
        self._missing += sign != 0 and not known
        bar = np.array([sign * after, counted, after, known]) if known else np.zeros(4)
        if counted:
            self._signs += sign
            self._hits += sign * after > self.cost
            self._returns.append(sign * after - self.cost)
        self._products += np.outer(bar, bar)
        self._window += bar - self._ring[self._at]
        self._ring[self._at] = bar
        self._at = (self._at + 1) % (self.lags + 1)
        if not self._at:  # once a round it is summed anew: no rounding error lives longer
            self._window = self._ring.sum(axis=0)
        self._windows += np.outer(self._window, self._window)

    @property
    def sums(self) -> Sums:
        """A copy of all."""
        ring = np.roll(self._ring, -self._at, axis=0)
        ends = np.cumsum(ring[:0:-1], axis=0)  # of the runs that reach beyond the last bar
        return Sums(
            products=self._products.copy(),
            windows=self._windows + ends.T @ ends,
            lags=self.lags,
            signs=self._signs,
            hits=self._hits,
            pending=self.pending,
            missing=self._missing,
            returns=np.fromiter(islice(self._returns, len(self._returns)), dtype=np.float64),
        )


def returns(closes: Floats, horizon: int, kind: str) -> Floats:
    """What came after each bar, in `horizon` bars; NaN where it is not known."""
    after = np.full(len(closes), np.nan)
    if horizon >= len(closes):
        return after
    now, then = closes[:-horizon], closes[horizon:]
    with np.errstate(all="ignore"):
        found = np.log(then / now) if kind == "log" else then / now - 1
        after[:-horizon] = np.where((now > 0) & (then > 0) & np.isfinite(found), found, np.nan)
    return after


def signs_of(signal: np.ndarray) -> np.ndarray:
    """1, 0 or -1 at each bar; 0 where it is missing."""
    if signal.dtype == np.bool_:
        return signal.astype(np.int64)
    values = np.where(np.asarray(pd.isna(signal)), 0, signal)
    return np.sign(floats(values)).astype(np.int64)


def _return(before: float, close: float, kind: str) -> float:
    if not (before > 0 and close > 0 and math.isfinite(before) and math.isfinite(close)):
        return NAN
    ratio = close / before
    if kind == "simple":
        return ratio - 1 if ratio < math.inf else NAN
    return math.log(ratio) if 0 < ratio < math.inf else NAN
