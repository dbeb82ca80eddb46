"""Who trades on the embedded exchange: makers, takers and a noisy public, around a fair value.

Everything is drawn from one `random.Random` and time is an argument, so a seed and a number
of acts give the same market always. The fair value is a mean-reverting walk with clustered
volatility and rare jumps, bounded by construction; makers quote layers around it, takers
lean towards it, and the public adds and cancels. Acts on a LimitOrderBook; listing.py owns both.
"""

from __future__ import annotations

import math
from random import Random

from livefin.events import Side
from livefin.exchange.instruments import Instrument
from livefin.exchange.matching import LimitOrderBook, Outcome

REVERSION = 6 * 3600.0
"""Seconds in which the fair value loses all but 1/e of its distance from the start."""
FURTHEST = math.log(3)
"""The fair value stays within a third and three times the start, come what may."""
CALM_AFTER = 90.0
"""Seconds in which a spell of volatility fades to 1/e."""
RESTLESS = 0.5
"""Standard deviation of the log of the volatility."""
HOTTEST = 1.5
JUMP_EVERY = 240.0
LONGEST_STEP = 5.0

MAKERS = 4
LAYERS = 10
PUBLIC = 120
TAKE, PLACE, WITHDRAW = 0.22, 0.36, 0.50
"""Cumulative odds of a taker, of a public order and of a public cancel; else a maker acts."""


class FairValue:
    """What the instrument is worth just now.

    `heat` is the log of the volatility over its usual level: it wanders, and a jump raises it.
    """

    def __init__(self, random: Random, *, start: float, volatility: float) -> None:
        self._random, self._start, self._volatility = random, start, volatility
        self._away = 0.0
        self.heat = 0.0
        self.value = start

    def step(self, dt: float) -> None:
        """Let `dt` seconds pass."""
        dt = min(dt, LONGEST_STEP)
        gauss = self._random.gauss
        shake = RESTLESS * math.sqrt(2 * dt / CALM_AFTER)
        self.heat += shake * gauss(0, 1) - self.heat * dt / CALM_AFTER
        move = self._volatility * math.exp(self.heat) * math.sqrt(dt) * gauss(0, 1)
        if self._random.random() < dt / JUMP_EVERY:
            move += self._volatility * gauss(0, 12)
            self.heat += 1
        self.heat = max(-HOTTEST, min(HOTTEST, self.heat))
        self._away += move - self._away * dt / REVERSION
        self._away = max(-FURTHEST, min(FURTHEST, self._away))
        self.value = self._start * math.exp(self._away)


class Crowd:
    """All simulated participants of one instrument."""

    def __init__(self, instrument: Instrument, random: Random) -> None:
        self._random, self._spread = random, instrument.spread
        self.fair = FairValue(random, start=instrument.start, volatility=instrument.volatility)
        self._quotes: list[dict[tuple[Side, int], int]] = [{} for _ in range(MAKERS)]
        self._public: list[int] = []
        self._scale = 10.0**instrument.price_digits
        self._usual = instrument.size * 10.0**instrument.size_digits
        self._last: Side = "buy"

    def open(self, book: LimitOrderBook) -> None:
        """Fill the empty book before the first act."""
        for maker in range(MAKERS):
            for layer in range(LAYERS):
                self._requote(book, maker, layer)

    def act(self, book: LimitOrderBook, dt: float) -> list[Outcome]:
        """Let `dt` seconds pass, then one participant act; what came of its orders."""
        self.fair.step(dt)
        bid, ask = book.best_bid, book.best_ask
        if bid is None or ask is None:
            return self._make(book)  # somebody swept a side; the makers come first
        draw = self._random.random()
        if draw < TAKE:
            return [self._take(book, (bid + ask) / 2)]
        if draw < PLACE and len(self._public) < PUBLIC:
            return [self._place(book, bid, ask)]
        if draw < WITHDRAW and self._public:
            return self._withdraw(book)
        return self._make(book)

    def _make(self, book: LimitOrderBook) -> list[Outcome]:
        """One maker pulls what the fair value has overtaken, then renews two layers."""
        maker = self._random.randrange(MAKERS)
        quotes, value = self._quotes[maker], self.fair.value * self._scale
        pulled = {0, self._random.randrange(1, LAYERS)}
        for (side, layer), order_id in quotes.items():
            price = book.price_of(order_id)
            if price is None or (price >= value if side == "buy" else price <= value):
                pulled.add(layer)
        outcomes: list[Outcome] = []
        for layer in sorted(pulled):
            outcomes += self._requote(book, maker, layer)
        return outcomes

    def _requote(self, book: LimitOrderBook, maker: int, layer: int) -> list[Outcome]:
        quotes, random = self._quotes[maker], self._random
        distance = self._half_spread() * (1 + 0.9 * layer + 0.15 * layer**2)
        distance *= random.uniform(0.7, 1.3)
        value = self.fair.value * self._scale
        prices: dict[Side, int] = {
            "buy": max(1, math.floor(value - distance)),
            "sell": max(2, math.ceil(value + distance)),
        }
        outcomes = []
        for side, price in prices.items():
            old = quotes.pop((side, layer), None)
            if old is not None:
                book.cancel(old)
            outcome = book.limit(side, price, self._size(1 + 0.3 * layer))
            if outcome.resting:
                quotes[side, layer] = outcome.order.id
            outcomes.append(outcome)
        return outcomes

    def _take(self, book: LimitOrderBook, mid: float) -> Outcome:
        """A taker: towards the fair value more often than not, and like the one before."""
        random = self._random
        lean = (self.fair.value * self._scale - mid) / self._half_spread()
        chance = 0.5 + 0.3 * math.tanh(lean / 2) + (0.12 if self._last == "buy" else -0.12)
        side: Side = "buy" if random.random() < chance else "sell"
        self._last = side
        large = 4 if random.random() < 0.03 else 0.3  # noqa: PLR2004 - one in thirty sweeps
        return book.market(side, self._size(large))

    def _place(self, book: LimitOrderBook, bid: int, ask: int) -> Outcome:
        """Somebody leaves an order: mostly behind the best price, sometimes inside."""
        random = self._random
        behind = random.expovariate(1 / (8 * self._half_spread())) - 1
        side: Side = "buy" if random.random() < 0.5 else "sell"  # noqa: PLR2004 - a coin
        price = (
            max(1, min(ask - 1, bid - round(behind)))
            if side == "buy"
            else max(bid + 1, ask + round(behind))
        )
        outcome = book.limit(side, price, self._size(1))
        if outcome.resting:
            self._public.append(outcome.order.id)
        return outcome

    def _withdraw(self, book: LimitOrderBook) -> list[Outcome]:
        public = self._public
        i = self._random.randrange(len(public))
        public[i], public[-1] = public[-1], public[i]
        book.cancel(public.pop())
        return []

    def _half_spread(self) -> float:
        """In ticks; wider when the market is restless."""
        wide = 0.6 + 0.6 * math.exp(self.fair.heat)
        return max(0.6, self._spread * wide * self.fair.value * self._scale)

    def _size(self, scale: float) -> int:
        """Lots: log-normal around the usual size."""
        return max(1, round(self._usual * scale * self._random.lognormvariate(0, 0.9)))
