"""What the price levels of a book tell, level 2 and level 3 alike: mid, imbalance, cost, depth.

OrderBook (book.py) and MarketByOrder (mbo.py) build on PriceLevels, so that both answer the
same questions by the same rules; ladder.py is one side of either. Whatever needs several values
takes them under one lock, so that they are of one moment. None means that there is no
answer, as on an empty side.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from threading import Lock
from typing import Any, NamedTuple, Protocol

from livefin.errors import LivefinError
from livefin.events import Level, Side
from livefin.ladder import Ladder


class BookError(LivefinError, ValueError):
    """A question that no book can answer, such as the cost of a negative size."""


class Cost(NamedTuple):
    """What it costs to trade a size at once against the book as it stands, fees apart."""

    filled: float
    """How much of the size the book can trade."""
    unfilled: float
    average: float | None
    """Average price of what is filled; None when nothing is."""
    worst: float | None
    """Price of the last level reached."""
    mid: float | None
    """Mid price before the trade; None when a side is empty."""
    slippage: float | None
    """How much worse than mid the average is, in price units: 0 or more unless crossed."""

    @property
    def value(self) -> float:
        """What is paid or received for the filled part, in quote currency."""
        return 0.0 if self.average is None else self.average * self.filled

    @property
    def slippage_bps(self) -> float | None:
        """Slippage in basis points (hundredths of a percent) of mid."""
        return None if self.slippage is None or not self.mid else self.slippage / self.mid * 1e4


class Depth(NamedTuple):
    """Sizes resting near the mid price."""

    bid: float
    ask: float


def microprice(bid: Level | None, ask: Level | None) -> float | None:
    """Mid weighted by size: I·ask + (1 − I)·bid, where I = bid size / (bid size + ask size).

    The more rests on the bid, the nearer to the ask. This is the weighted mid of Stoikov,
    "The micro-price" (2018), and the micro-price of Gatheral and Oomen, "Zero-intelligence
    realized variance estimation" (2010). None when a side is empty.

    >>> microprice((100.0, 3.0), (101.0, 1.0))
    100.75
    """
    if bid is None or ask is None:
        return None
    # A step from the bid keeps more digits than adding up products does.
    return bid[0] + (ask[0] - bid[0]) * (bid[1] / (bid[1] + ask[1]))


def imbalance(bids: Sequence[Level], asks: Sequence[Level], decay: float = 1.0) -> float | None:
    """(bid size − ask size) / (bid size + ask size), from -1 to 1; None where nothing rests.

    A level counts `decay` times the one before it: 1 counts all alike, 0.5 halves each.

    >>> imbalance([(99.0, 1.0), (98.0, 4.0)], [(101.0, 1.0)])
    0.6666666666666666
    >>> imbalance([(99.0, 1.0), (98.0, 4.0)], [(101.0, 1.0)], 0.5)
    0.5
    """
    bid, ask = (weighted_size(levels, decay) for levels in (bids, asks))
    return (bid - ask) / (bid + ask) if bid + ask > 0 else None


def weighted_size(levels: Iterable[Level], decay: float = 1.0) -> float:
    """Sizes added up, each level counting `decay` times the one before it."""
    total, weight = 0.0, 1.0
    for _, size in levels:
        total += weight * size
        weight *= decay
    return total


def take(levels: Iterable[Level], size: float, mid: float | None, sign: int) -> Cost:
    """Trade `size` through `levels`, best first. `sign` is 1 where a higher price is worse.

    >>> take([(101.0, 1.0), (103.0, 5.0)], 2.0, 100.0, 1)
    Cost(filled=2.0, unfilled=0.0, average=102.0, worst=103.0, mid=100.0, slippage=2.0)
    """
    left, beyond, filled = size, 0.0, 0.0
    best = worst = None
    for price, there in levels:
        part = min(left, there)
        best, worst = price if best is None else best, price
        # Distances from the best price, not prices: one level's average is its price exactly.
        beyond += part * (price - best)
        filled += part
        left -= part
        if left <= 0:
            filled = size
            break
    average = None if best is None else best + beyond / filled
    slippage = None if average is None or mid is None else sign * (average - mid)
    return Cost(filled, left, average, worst, mid, slippage)


class Watcher(Protocol):
    """What wants to know of changes to a book, on the thread that changes it. Never raises."""

    def before(self, ts_event: int) -> None:
        """The book still stands as it was; a change of `ts_event` (ns) comes next."""

    def after(self) -> None:
        """The change is in."""


class PriceLevels:
    """What both kinds of book hold and answer. None means that a side is empty."""

    _bids: Ladder[Any]
    _asks: Ladder[Any]

    def __init__(self, symbol: str) -> None:
        self.symbol = symbol
        self.sequence: int | None = None
        self.ts_event: int | None = None
        self.ts_recv: int | None = None
        self.synced = False
        """False before the first snapshot and between a gap and the snapshot that mends it."""
        self._lock = Lock()
        self._watchers: tuple[Watcher, ...] = ()

    def lost(self) -> None:
        """A change was missed: what is held is no longer the book, until the next snapshot."""
        self.synced = False

    def watch(self, watcher: Watcher) -> None:
        """Call `watcher` around every change from now on; twice is once."""
        self.unwatch(watcher)
        with self._lock:
            self._watchers = (*self._watchers, watcher)

    def unwatch(self, watcher: Watcher) -> None:
        """End that; a watcher that is not there is no error."""
        with self._lock:
            self._watchers = tuple(each for each in self._watchers if each is not watcher)

    # Reading

    def sides(self, n: int | None = None) -> tuple[list[Level], list[Level]]:
        """The best `n` (price, size) levels of each side, best first: (bids, asks)."""
        with self._lock:
            return self._bids.best(n), self._asks.best(n)

    @property
    def top(self) -> tuple[Level | None, Level | None]:
        """Best bid and best ask of one and the same moment; None for an empty side."""
        bids, asks = self.sides(1)
        return bids[0] if bids else None, asks[0] if asks else None

    @property
    def best_bid(self) -> Level | None:
        """Highest bid as (price, size); None on an empty side."""
        return self.top[0]

    @property
    def best_ask(self) -> Level | None:
        """Lowest ask as (price, size); None on an empty side."""
        return self.top[1]

    @property
    def mid(self) -> float | None:
        """Half-way between best bid and best ask; None when a side is empty."""
        return _mid(*self.top)

    @property
    def spread(self) -> float | None:
        """Best ask less best bid, in price units; None when a side is empty."""
        bid, ask = self.top
        return None if bid is None or ask is None else ask[0] - bid[0]

    @property
    def microprice(self) -> float | None:
        """Mid weighted by size, see `microprice`; None when a side is empty."""
        return microprice(*self.top)

    @property
    def crossed(self) -> bool:
        """Whether the best bid is at or above the best ask."""
        spread = self.spread
        return spread is not None and spread <= 0

    def imbalance(self, n: int = 5, *, decay: float = 1.0) -> float | None:
        """(bid size - ask size) / (bid size + ask size) over the best `n` levels, -1 to 1.

        With `decay` below 1 the levels weigh less from one to the next. None where nothing
        rests. Raises BookError on a decay that is not above 0.
        """
        if not decay > 0:
            raise BookError(f"decay must be above 0, got {decay}")
        return imbalance(*self.sides(n), decay)

    def cost(self, side: Side, size: float) -> Cost:
        """What it costs to "buy" or "sell" `size` at once: average, worst, slippage against mid.

        What the book cannot fill is in `unfilled`. Raises BookError on another side, and on
        a size that is not above 0.
        """
        if side not in {"buy", "sell"}:
            raise BookError(f'side must be "buy" or "sell", got {side!r}')
        if not size > 0:
            raise BookError(f"size must be above 0, got {size}")
        with self._lock:
            mid = _mid(*(next(ladder.walk(), None) for ladder in (self._bids, self._asks)))
            if side == "buy":
                return take(self._asks.walk(), size, mid, 1)
            return take(self._bids.walk(), size, mid, -1)

    def depth(self, within: float | None = None, *, bps: float | None = None) -> Depth | None:
        """Size of each side not further than a distance from mid; None when a side is empty.

        The distance is `within`, in price units, or `bps`, in hundredths of a percent of
        mid. Raises BookError unless just one is given, and on one below 0.
        """
        distance = bps if within is None else within
        if distance is None or (within is not None and bps is not None):
            raise BookError("give a distance in price units, or in basis points as bps=")
        if not distance >= 0:
            raise BookError(f"a distance must be 0 or more, got {distance}")
        with self._lock:
            mid = _mid(*(next(ladder.walk(), None) for ladder in (self._bids, self._asks)))
            if mid is None:
                return None
            if within is None:
                distance *= abs(mid) / 1e4
            # 100.15 - 100.05 is a little more than 0.1, and yet the level is within 0.1.
            distance += 1e-12 * abs(mid)
            return Depth(*(_within(ladder, mid, distance) for ladder in (self._bids, self._asks)))


def _mid(bid: Level | None, ask: Level | None) -> float | None:
    return None if bid is None or ask is None else (bid[0] + ask[0]) / 2


def _within(ladder: Ladder[Any], mid: float, distance: float) -> float:
    total = 0.0
    for price, size in ladder.walk():
        if abs(price - mid) > distance:
            break
        total += size
    return total
