"""Several listings on one clock: which symbol acts when, and what is sent of it.

The clock is simulated: each symbol's events fall due at times drawn from its own random
source, and `advance(now)` carries out those that are due, in order of time. So a seed and an
origin give the same events at the same times always, however `advance` is called; only
`realign`, after the caller was asleep, moves what is still to come. Driven by gateway.py.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from random import Random

from livefin.errors import SymbolError
from livefin.exchange.instruments import INSTRUMENTS, Instrument
from livefin.exchange.listing import Listing, Output

S = 1_000_000_000
RATE = 40.0
HISTORY_RATE = 4.0
"""Events a second before the start: enough to draw a chart of, and quickly made."""
HELD_TRADES = 10_000
LONGEST_WAIT = 5.0
"""Between two events of a symbol, in mean waits; so that a set-back clock can be told."""


class Market:
    """`symbols` (names, or Instruments of one's own) traded from `origin` (ns) on.

    `rate` is events a second and symbol; one in four or so is a trade. `history` seconds of
    trading end at `origin` and are found in each listing's `trades`.

    >>> market = Market(["BTC-USDT"], seed=7, origin=1_700_000_000 * S, history=60)
    >>> out = market.advance(market.origin + 2 * S)
    >>> market.events, market["BTC-USDT"].trades[-1].price
    (74, 60016.9)
    """

    def __init__(
        self,
        symbols: Iterable[str | Instrument] | None = None,
        *,
        seed: int = 1,
        rate: float = RATE,
        origin: int = 0,
        history: float = 0.0,
    ) -> None:
        if not rate > 0:
            raise ValueError(f"rate is a positive number of events a second, not {rate}")
        self.seed, self.origin, self.rate = seed, origin, rate
        self.events = 0
        """Carried out since `origin`."""
        self.listings: dict[str, Listing] = {}
        self._randoms: list[Random] = []
        for instrument in _instruments(symbols):
            # A source of its own, so that a symbol's course does not hang on its neighbours.
            random = Random(f"{seed}/{instrument.symbol}")
            self._randoms.append(random)
            self.listings[instrument.symbol] = Listing(instrument, random, history=HELD_TRADES)
        self._order = list(self.listings.values())
        start = origin - int(history * S)
        self._due: list[tuple[int, int]] = []
        self._last: list[int] = [start] * len(self._order)
        self._schedule(min(rate, HISTORY_RATE))
        while self._due[0][0] < origin:
            self._step(min(rate, HISTORY_RATE))
        self.events = 0
        self._last = [origin] * len(self._order)
        self._schedule(rate)

    def __getitem__(self, symbol: str) -> Listing:
        return self.listings[symbol]

    def __repr__(self) -> str:
        return f"Market({list(self.listings)}, seed={self.seed}, {self.events} events)"

    @property
    def next_at(self) -> int:
        """When the next event falls due (ns)."""
        return self._due[0][0]

    def advance(self, now: int, limit: int | None = None) -> Output:
        """Carry out what is due until `now` (ns), at most `limit` events of it."""
        out = Output([], [])
        end = None if limit is None else self.events + limit
        while self._due[0][0] <= now and self.events != end:
            public, private = self._step(self.rate)
            out.public.extend(public)
            out.private.extend(private)
        return out

    def realign(self, now: int, tolerance: int) -> int:
        """Move what is to come if it lies off `now` by more than `tolerance`; by how much (ns).

        Behind, when this process did not run or cannot keep up; ahead, when the system's clock
        was set back.
        """
        ahead = self.next_at - now
        longest = int(LONGEST_WAIT / self.rate * S)
        if -tolerance <= ahead <= longest + tolerance:
            return 0
        self._due = [(due - ahead, i) for due, i in self._due]  # equal shifts keep a heap a heap
        self._last = [last - ahead for last in self._last]
        return -ahead

    def _step(self, rate: float) -> Output:
        due, i = self._due[0]
        out = self._order[i].step((due - self._last[i]) / S, due)
        self.events += 1
        self._last[i] = due
        heapq.heapreplace(self._due, (due + self._wait(i, rate), i))
        return out

    def _schedule(self, rate: float) -> None:
        self._due = [(last + self._wait(i, rate), i) for i, last in enumerate(self._last)]
        heapq.heapify(self._due)

    def _wait(self, i: int, rate: float) -> int:
        return 1 + int(min(LONGEST_WAIT, self._randoms[i].expovariate(1.0)) / rate * S)


def _instruments(symbols: Iterable[str | Instrument] | None) -> list[Instrument]:
    """Each named once, in order; all there are for None. Raises SymbolError."""
    if isinstance(symbols, str):
        symbols = [symbols]
    chosen: dict[str, Instrument] = {}
    for symbol in INSTRUMENTS if symbols is None else symbols:
        if isinstance(symbol, Instrument):
            chosen[symbol.symbol] = symbol
        elif symbol in INSTRUMENTS:
            chosen[symbol] = INSTRUMENTS[symbol]
        else:
            known = ", ".join(INSTRUMENTS)
            raise SymbolError(symbol, f"the embedded exchange lists: {known}", venue="paper")
    if not chosen:
        raise SymbolError("", "the exchange needs at least one symbol", venue="paper")
    return list(chosen.values())
