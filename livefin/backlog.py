"""What waits between the session and the frames, bounded, with a declared policy.

While livefin keeps up nothing waits here. A slow `on_event` callback makes it fill up;
what happens at the bound is the caller's choice, and every event dropped is counted by
symbol and channel. Used by feed, on its thread.

- `block`: drop nothing; the feed stops reading, and the venue has to wait.
- `drop_oldest`: read on and drop what has waited longest.
- `conflate`: keep only the newest quote, ticker, rate and the like of each symbol, which
  replace one another; trades and book changes are never conflated, for them it blocks.

One policy holds for all channels, or each has its own: {"quotes": "conflate"}; those not
named block.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from typing import Literal, TypeAlias

from livefin.events import (
    CHANNEL,
    BookDelta,
    BookSnapshot,
    Event,
    Funding,
    MarketEvent,
    OpenInterest,
    OrderDelta,
    OrderSnapshot,
    Quote,
    Rate,
    Status,
    Ticker,
)

Policy: TypeAlias = Literal["block", "drop_oldest", "conflate"]
Policies: TypeAlias = Policy | Mapping[str, Policy]
"""One for all channels, or one a channel."""
POLICIES: tuple[Policy, ...] = ("block", "drop_oldest", "conflate")
# A newer one of these makes the older one worthless.
STATES = (Quote, Rate, Ticker, Funding, OpenInterest)
_CHANNELS = frozenset(CHANNEL.values())


class Backlog:
    """At most about `limit` events, in order.

    >>> backlog = Backlog(limit=2, policy="drop_oldest")
    >>> backlog.extend(Rate("EUR-USD", n, n, 1.0 + n) for n in range(5))
    >>> [event.rate for event in backlog.waiting], backlog.dropped
    ([4.0, 5.0], 3)
    """

    def __init__(self, *, limit: int = 50_000, policy: Policies = "block") -> None:
        given = dict.fromkeys(_CHANNELS, policy) if isinstance(policy, str) else dict(policy)
        for channel, chosen in given.items():
            if chosen not in POLICIES:
                raise ValueError(f"policy must be one of {', '.join(POLICIES)}; got {chosen!r}")
            if channel not in _CHANNELS:
                known = ", ".join(sorted(_CHANNELS))
                raise ValueError(f"no channel {channel!r} to give a policy to; there are: {known}")
        if limit < 1:
            raise ValueError(f"backlog must be at least 1 event, got {limit}")
        self.limit, self.policies = limit, given
        self._droppable = {
            kind for kind, name in CHANNEL.items() if given.get(name) == "drop_oldest"
        }
        self._states = tuple(kind for kind in STATES if given.get(CHANNEL[kind]) == "conflate")
        self.waiting: deque[Event] = deque()
        self.dropped = 0
        """Events dropped so far, in all."""
        self.broken_books: set[str] = set()
        """Symbols whose book lost a change here; the owner resyncs them and clears this."""
        self._tally: dict[tuple[str, str], tuple[int, int, int]] = {}

    def __len__(self) -> int:
        return len(self.waiting)

    @property
    def unreported(self) -> bool:
        """Whether `report` has something to say."""
        return bool(self._tally)

    @property
    def full(self) -> bool:
        """Whether reading on would go past the bound."""
        return len(self.waiting) > self.limit

    def extend(self, events: Iterable[Event]) -> None:
        """Add events at the end; past the bound, do as the policy says."""
        self.waiting.extend(events)
        if len(self.waiting) > self.limit:
            if self._states:
                self._conflate()
            if self._droppable:
                self._drop_oldest()

    def _drop_oldest(self) -> None:
        keep: list[Event] = []  # what says that something was lost is not lost itself
        while self.waiting and len(self.waiting) + len(keep) > self.limit:
            event = self.waiting.popleft()
            if type(event) in self._droppable:
                self._drop(event)  # type: ignore[arg-type] # a Status is none of them
            else:
                keep.append(event)
        self.waiting.extendleft(reversed(keep))

    def _conflate(self) -> None:
        newer: set[tuple[type, str]] = set()
        kept: deque[Event] = deque()
        for event in reversed(self.waiting):
            if isinstance(event, self._states):
                key = (type(event), event.symbol)
                if key in newer:
                    self._drop(event)
                    continue
                newer.add(key)
            kept.appendleft(event)
        self.waiting = kept

    def _drop(self, event: MarketEvent) -> None:
        self.dropped += 1
        key = (event.symbol, CHANNEL[type(event)])
        ts = event.ts_recv
        # Conflation meets the newest first, so the stretch grows either way.
        count, start, end = self._tally.get(key, (0, ts, ts))
        self._tally[key] = (count + 1, min(start, ts), max(end, ts))
        if isinstance(event, BookDelta | BookSnapshot | OrderDelta | OrderSnapshot):
            self.broken_books.add(event.symbol)

    def report(self, now: int) -> list[Status]:
        """A status for each symbol and channel that lost events since the last report."""
        tally, self._tally = self._tally, {}
        return [
            Status("dropped", now, symbol, channel, count, start, end,
                   detail=f"{symbol} {channel}: {count} dropped by the policy "
                          f"{self.policies.get(channel)!r}")
            for (symbol, channel), (count, start, end) in tally.items()
        ]  # fmt: skip
