"""Stoikov's micro-price: where the mid is expected to end up, given how the book leans now.

Learnt from past quotes alone. What a quote has led to counts once that has come, and the table
is made anew at set times, so that no value knows more than there was to be seen. Of quotes as
they come; microprice.py has the simple one, which learns nothing.
"""

from __future__ import annotations

import copy
from collections import deque
from math import isfinite
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from livefin.indicators.contract import NAN, QuoteRow, Values
from livefin.indicators.flow.durations import duration_ns
from livefin.indicators.parameters import Parameter, checked
from livefin.indicators.stepwise import Stepwise
from livefin.indicators.totals import EARLIEST

FURTHEST = 2
"""Half ticks: moves of the mid by more than a tick are left out, as in the paper."""


class State(NamedTuple):
    """What of a quote counts; a book that leans to the ask mirrors one that leans to the bid.

    Both are one place, of another sign.
    """

    place: int
    """-1 where the book leans to neither side."""
    sign: int
    mid: float


class _Change(NamedTuple):
    """From one state to the next, as seen from the first."""

    place: int
    to: int
    sign: int
    """1 to the same side of the book, -1 to the other one, 0 to neither."""
    halves: int
    """How far the mid moved, in half ticks."""


def _change(state: State | None, to: State | None, tick: float) -> _Change | None:
    if state is None or to is None or state.place < 0:  # of neither side nothing is expected
        return None
    halves = (to.mid - state.mid) / tick * 2
    if abs(halves) > FURTHEST + 0.5:
        return None
    sign = 0 if to.place < 0 else state.sign * to.sign
    return _Change(state.place, to.place, sign, state.sign * round(halves))


class StoikovMicroprice(Stepwise):
    """Stoikov's micro-price: the mid, and how much it is expected to move in the long run.

    A quote's state is how much of the best sizes is on the bid, in `imbalances` steps, and its
    spread, 1 to `spreads` ticks. Of the last `window` changes from quote to quote it is counted
    which state led to which and how far the mid moved (but for moves by more than a tick, and
    for quotes whose spread is none of the states). The expected move from a state is that
    of the next step and what is expected from there. Both sides of the book count as mirror
    images. Every state has one change more, to a balanced book and the same mid: what was seen
    a few times only says little, what was never seen says nothing, and the sum is finite.

    The table is made anew at the first quote of each `every` (counted from 1970 on), of the
    changes that were complete by then. In price units; NaN for a quote whose spread is none of
    the states, and before the first change. Costs O(1) a quote, and a set of linear equations,
    half as many as there are states, each time that a table is made.

    The paper estimates the table once, from a whole sample; this one never does. It has
    quantiles for the steps, and no additional change.

    Source: Stoikov, "The micro-price: a high-frequency estimator of future prices",
    Quantitative Finance 18 (2018); its infinite sum is here one set of equations.

    >>> price = StoikovMicroprice(tick=1.0, imbalances=2, spreads=1, every="1s")
    >>> quotes = [(100.0, 9.0), (101.0, 1.0), (100.0, 9.0), (101.0, 1.0), (100.0, 9.0)]
    >>> for i, (bid, size) in enumerate(quotes):  # it rises with a heavy bid, and comes back
    ...     value, = price.update(QuoteRow(i * 10**9, bid, size, bid + 1.0, 10.0 - size))
    >>> round(value, 3)
    100.944
    """

    name = "Stoikov"
    outputs = ("microprice",)
    source = "quotes"
    pane = "price"
    lookback = 1
    warm_up = None
    parameters = (
        Parameter("tick", "float", 0.01, 1e-12, 1e6, doc="the smallest step of the price"),
        Parameter("imbalances", "int", 10, 2, 100, 1, doc="steps of the imbalance"),
        Parameter("spreads", "int", 5, 1, 100, 1, doc="the widest spread, in ticks"),
        Parameter("window", "int", 4_000, 1, 1_000_000, 1, doc="changes that are counted"),
        Parameter("every", "text", "1min", doc="how often the table is made anew"),
    )

    def __init__(
        self,
        *,
        tick: float = 0.01,
        imbalances: int = 10,
        spreads: int = 5,
        window: int = 4_000,
        every: str = "1min",
    ) -> None:
        given = {"tick": tick, "imbalances": imbalances, "spreads": spreads}
        self.params = checked(self.parameters, {**given, "window": window, "every": every})
        self._tick, self._steps, self._spreads = float(tick), imbalances, spreads
        self._every = duration_ns(every)
        self.name = f"Stoikov({tick:g}, {imbalances}, {spreads})"
        self.reset()

    def reset(self) -> None:
        """Forget all rows."""
        places = self._steps // 2 * self._spreads
        self._changes: deque[_Change | None] = deque()
        """From quote to quote; None for one that does not count."""
        self._begun = False
        self._counts = np.zeros((places, places), dtype=np.int64)
        self._moves = np.zeros(places, dtype=np.int64)
        self._seen = np.zeros(places, dtype=np.int64)
        self._state: State | None = None
        self._table: NDArray[np.float64] | None = None
        self._made = EARLIEST
        """Which `every` the table is of."""

    def copy(self) -> Self:
        """The same parameters, and a state of its own, equal to this one's."""
        new = copy.copy(self)
        for name in ("_changes", "_counts", "_moves", "_seen"):
            setattr(new, name, getattr(self, name).copy())
        return new

    def update(self, row: QuoteRow) -> Values:
        """Take one more quote; the micro-price at it."""
        rests = row.bid_size + row.ask_size
        if not (isfinite(row.bid) and isfinite(row.ask) and isfinite(rests)):
            return (NAN,)
        state = self._state_of(row, rests)
        if self._begun:
            self._take(_change(self._state, state, self._tick))
        self._begun, self._state = True, state
        now = row.time // self._every
        if now > self._made and self._changes:
            self._made, self._table = now, self._expected()
        if state is None or self._table is None:
            return (NAN,)
        if state.place < 0:
            return (state.mid,)
        return (state.mid + state.sign * float(self._table[state.place]) * self._tick / 2,)

    def _state_of(self, row: QuoteRow, rests: float) -> State | None:
        apart = row.ask - row.bid
        near = 0 < apart <= self._tick * (self._spreads + 1)
        ticks = round(apart / self._tick) if near else 0
        if not (1 <= ticks <= self._spreads and rests > 0):
            return None
        step = min(int(self._steps * row.bid_size / rests), self._steps - 1)
        other = self._steps - 1 - step
        place = min(step, other) * self._spreads + ticks - 1 if step != other else -1
        return State(place, 1 if step <= other else -1, row.bid + apart / 2)

    def _take(self, change: _Change | None) -> None:
        self._changes.append(change)
        self._add(change, 1)
        if len(self._changes) > self.params["window"]:
            self._add(self._changes.popleft(), -1)

    def _add(self, change: _Change | None, times: int) -> None:
        if change is not None:
            place, to, sign, halves = change
            self._counts[place, to] += times * sign
            self._moves[place] += times * halves
            self._seen[place] += times

    def _expected(self) -> NDArray[np.float64]:
        """The move expected from each place, in half ticks: x = (moves + counts x) / (seen + 1)."""
        return np.linalg.solve(np.diag(self._seen + 1.0) - self._counts, self._moves.astype(float))
