"""Page a venue's history backwards: which address to ask next, and what came of it.

Sans-I/O: `url` says what to GET, `take` takes the answer, `rows` are bars. The venue's own
bars of that interval are asked for, or shorter ones that make it up, else trades. A page may
be the newest or the oldest part of what was asked for, or lie outside of it; what it left
open is asked for again, the newest first, so that whenever it ends what was found has no
hole up to `end`. The requests are bounded. Driven by older; knows no feed and no clock.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from livefin.errors import LivefinError
from livefin.events import AggTrade, Bar, Trade
from livefin.filling import key_of
from livefin.folding import (
    DAY,
    Rows,
    Seam,
    divides,
    empty,
    fold_bars,
    fold_trades,
    origin_of,
    rows_of,
)
from livefin.venues.contract import Span, Subscription, Venue
from livefin.venues.openbars import length_ns

MOST_REQUESTS = 40
EMPTY = 6
"""Stretches without anything, each twice as long as the one before, that mean: no more."""
FIRST_STRETCH = 16
"""Bars to ask trades for at first; nobody knows how many trades that is."""
FEW = 2
"""Requests that a stretch takes at most for the next one to be longer."""
IDS = 1_000
"""Trades asked for at a time where it is by their ids."""

MOST_DAYS = 1_000
FIRST_BARS = 5_000
"""The venue's bars to ask for at first, however many make one of those wanted."""

LENGTHS = {
    "s": (1, 5, 10, 15, 30), "m": (1, 2, 3, 5, 10, 15, 20, 30), "h": (1, 2, 3, 4, 6, 8, 12),
    "d": (1, 2, 3), "w": (1,),
}  # fmt: skip
SPELLED = [f"{number}{unit}" for unit, numbers in LENGTHS.items() for number in numbers]

Past: TypeAlias = Trade | AggTrade | Bar
Piece: TypeAlias = tuple[int, int]
"""From, and before: times in ns, or ids."""


def bars_of(venue: Venue, symbol: str, interval: int) -> Subscription | None:
    """The venue's past bars that bars of `interval` ns are, or can be made of."""
    made_of = [each for each in SPELLED if divides(length_ns(each), interval)]
    for spelled in sorted(made_of, key=length_ns, reverse=True):
        sub = Subscription(f"bars:{spelled}", symbol)
        if has(venue, sub):
            return sub
    return None


def has(venue: Venue, sub: Subscription) -> bool:
    """Whether the venue has any history of `sub`."""
    try:
        # Some have the history of bars and no stream of them, which `check` would refuse.
        if sub.channel.partition(":")[0] in venue.channels:
            venue.check(sub)
        return venue.history_url(sub, Span(0, 1)) is not None
    except (LivefinError, LookupError, ValueError):
        return False


class Backfill:
    """The bars of `interval` ns from `start` until `end`, as far as the venue gives them.

    `sub` is what it is asked for. Of trades, `end` is the time of the first that we have, and
    `last` is the id before it where ids rise by one. Where nothing is found it looks further
    back than `start`, if `further`.
    """

    def __init__(
        self,
        venue: Venue,
        sub: Subscription,
        interval: int,
        *,
        start: int,
        end: int,
        last: int | None = None,
        further: bool = True,
    ) -> None:
        self.sub = sub
        self.requests = 0
        self.of_bars = sub.channel.startswith("bars:")
        self._venue, self._interval = venue, interval
        self._start, self._end = start, end
        self._further = further
        self._unit = length_ns(sub.channel.partition(":")[2]) if self.of_bars else interval
        self._found: list[Past] = []
        self._keys: set[Hashable] = set()
        self._open: list[Piece] = []
        """What is to be asked for, the newest last."""
        self._asked: Piece | None = None
        self._exhausted = False
        self._empty = self._had = self._before = 0
        self._by_id = (
            last is not None
            and venue.trade_ids_contiguous
            and self._differ(Span(DAY, 2 * DAY, 1, 2), Span(DAY, 2 * DAY, 8, 9))
        )
        self._one_page = not self._by_id and not self._differ(
            Span(DAY, 2 * DAY), Span(4 * DAY, 5 * DAY)
        )
        """It is asked for what there is, whatever is wanted of it."""
        self._reached = 1 + (last or 0) if self._by_id else end
        """Where the last stretch that was asked for begins."""
        self._step = IDS if self._by_id else FIRST_STRETCH * interval
        if self.of_bars or self._one_page:
            most = MOST_DAYS * DAY if self._one_page else FIRST_BARS * self._unit
            self._step = max(interval, min(end - start, most))

    def _differ(self, one: Span, other: Span) -> bool:
        """Whether the venue is asked otherwise for one than for the other."""
        url = self._venue.history_url
        return url(self.sub, one) != url(self.sub, other)

    # Asking

    def url(self) -> str | None:
        """What to GET next; None when nothing is left to ask for."""
        if self._asked is not None or self.requests >= MOST_REQUESTS:
            return None
        if not self._open:
            self._stretch()
        if not self._open:
            return None
        self._asked = low, high = self._open.pop()
        self.requests += 1
        span = Span(low, high - 1)
        if self._by_id:
            span = Span(max(0, self._start), self._end, low, high - 1)
        return self._venue.history_url(self.sub, span)

    def _stretch(self) -> None:
        """Go on further back, unless there is enough or there is no more."""
        if self.requests:
            self._empty = 0 if len(self._found) > self._had else self._empty + 1
            most = 1 if self._by_id else EMPTY
            self._exhausted = self._empty >= most or self._one_page
            oldest = min((e.ts_event for e in self._found), default=self._end)
            # Of the same time there may be more.
            reached = oldest + 1 if self._by_id else self._reached
            if self._exhausted or ((self._found or not self._further) and reached <= self._start):
                return
        first = 1 if self._by_id else 0  # few count from 0, and some refuse it
        if self._reached <= first:
            self._exhausted = True
            return
        self._had = len(self._found)
        low = max(first, self._reached - self._step)
        if not self._by_id:
            if self.requests - self._before <= FEW:
                self._step *= 2
            self._before = self.requests
            low -= (low - origin_of(self._interval)) % self._interval
        self._open.append((low, self._reached))
        self._reached = low

    def take(self, body: bytes, now: int) -> None:
        """Take the page that `url` answered with. Raises MessageError."""
        if self._asked is None:
            return
        page = self._venue.parse_history(self.sub, body, now)
        (low, high), self._asked = self._asked, None
        new = [event for event in page if self._wanted(event, low, high)]
        if not new:
            return
        self._found += new
        self._keys.update(map(key_of, new))
        if self._one_page:
            return
        places = [self._place(event) for event in new]
        oldest, newest = min(places), max(places)
        left, right = (low, oldest), (newest + (self._unit if self.of_bars else 1), high)
        if not (self.of_bars or self._by_id):
            # More of the same time may be on the next page, and nothing tells where it ends.
            self._open.append(
                (low, oldest + 1) if self._venue.history_newest_first else (newest, high)
            )
            return
        self._open += [piece for piece in (left, right) if piece[0] < piece[1]]

    def _place(self, event: Past) -> int:
        """Its id where it is asked for by that, else its time."""
        return event.id if self._by_id and isinstance(event.id, int) else event.ts_event  # type: ignore[union-attr]

    def _wanted(self, event: Past, low: int, high: int) -> bool:
        if self._by_id:
            id_ = getattr(event, "id", None)
            return isinstance(id_, int) and low <= id_ < high and key_of(event) not in self._keys
        return low <= event.ts_event < high and key_of(event) not in self._keys

    # What came of it

    def rows(self) -> Rows:
        """The bars found, whole ones and without a hole up to `end`; oldest first."""
        pieces = [*self._open, *([] if self._asked is None else [self._asked])]
        since = max((high for _, high in pieces), default=self._reached)
        found = sorted((e for e in self._found if self._place(e) >= since), key=_order)
        if not found:
            return empty()
        if self._by_id and self._exhausted:
            since = 0
        elif self._by_id or self._one_page:  # the first bar of these may have begun before
            since = found[0].ts_event + (not self.of_bars)
        if self.of_bars:
            rows = rows_of([event for event in found if isinstance(event, Bar)], self._unit)
            rows = _some(rows, (rows["start"] - origin_of(self._unit)) % self._unit == 0)
            rows = rows if self._unit == self._interval else fold_bars(rows, self._interval)
        else:
            trades = [event for event in found if not isinstance(event, Bar)]
            rows = fold_trades(
                np.array([trade.ts_event for trade in trades], dtype="i8"),
                np.array([trade.price for trade in trades], dtype="f8"),
                np.array([trade.size for trade in trades], dtype="f8"),
                self._interval,
            )
        return _some(rows, rows["start"] >= since)

    def id_before(self, ts: int) -> int | None:
        """The id of the trade before the first found since `ts`, where it is known."""
        if not self._by_id:
            return None
        places = [self._place(event) for event in self._found if event.ts_event >= ts]
        return min(places) - 1 if places else None

    def seam(self, opens: int, now: int) -> Seam:
        """How what was found completes a bar that opens at `opens`."""
        if not self.of_bars:
            return Seam.REST
        inside = [
            event
            for event in self._found
            if isinstance(event, Bar) and opens <= event.ts_event < opens + self._interval
        ]
        last = max(inside, key=lambda bar: bar.ts_event, default=None)
        ended = last is None or (last.closed and opens + self._interval <= now)
        return Seam.WHOLE if ended else Seam.SO_FAR


def _order(event: Past) -> tuple[int, int]:
    id_ = getattr(event, "id", None)
    return event.ts_event, id_ if isinstance(id_, int) else 0


def _some(rows: Rows, which: NDArray[np.bool_]) -> Rows:
    return {name: array[which] for name, array in rows.items()}
