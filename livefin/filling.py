"""Fill a hole in a stream from the venue's history, or put history before what is live.

Part of the session and sans-I/O like it. While pages are fetched, what comes live on that
stream waits here, so that the frame has one order and no seam; every other stream goes on.
It waits a bounded time and in a bounded number; what could not be had is reported as a gap.
Which pages there are, each venue knows; numbering and duplicates are tradesync's business.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import TypeAlias

from msgspec.structs import astuple

from livefin.commands import FetchHistory
from livefin.errors import MessageError
from livefin.events import AggTrade, Bar, Event, MarketEvent, Trade
from livefin.venues.contract import Span, Subscription, Venue

S = 1_000_000_000
PATIENCE = 5 * S
"""How long a stream waits for a hole to be filled, counted from the last page that helped."""
SETTLE = S // 2
"""A venue's history is that far behind its stream."""
MARGIN = 5 * S
"""A venue's clock and ours differ by less, where nothing tells that they differ by more."""
MAX_HELD = 50_000
MAX_FOUND = 1_000_000
TRIES = 5

Past: TypeAlias = Trade | AggTrade | Bar


def key_of(event: Event) -> Hashable:
    """What makes an event the same as another of its stream, however and whenever it came."""
    if isinstance(event, Bar):
        return (event.interval, event.ts_event, event.closed)
    id_ = getattr(event, "id", None)
    if id_ is not None:
        return str(id_)
    symbol, ts_event, ts_recv, *rest = astuple(event)
    return (symbol, None if ts_event == ts_recv else ts_event, *rest)


def behind(event: MarketEvent | None) -> int:
    """How far our clock is behind the venue's (ns), as far as one event can tell."""
    return 0 if event is None else max(0, event.ts_event - event.ts_recv)


def span_after(after: MarketEvent | None, since: int, now: int) -> Span:
    """What to ask for to have all that came after `after`, or else `since` then, until `now`."""
    # By the venue's clock where that is known. Some histories tell whole seconds only, so
    # that what the ids tell to be the same is asked for as well.
    start = since if after is None else after.ts_event
    if getattr(after, "id", None) is not None:
        start -= S
    return Span(start, max(start, now + behind(after) + MARGIN))


def before(event: MarketEvent, id_: int) -> bool:
    """Whether `event` has a lower id."""
    its = getattr(event, "id", None)
    return isinstance(its, int) and its < id_


class Fill:
    """One stream that waits: what is wanted, what was found, and what came meanwhile."""

    __slots__ = (
        "after", "ask_at", "asked", "complete", "deadline", "found", "held", "keys", "missing",
        "reason", "since", "span", "sub", "tries", "unsure", "whole",
    )  # fmt: skip

    def __init__(
        self,
        sub: Subscription,
        span: Span,
        now: int,
        *,
        missing: int = 0,
        after: MarketEvent | None = None,
    ) -> None:
        self.sub, self.span, self.whole, self.since = sub, span, span, now
        self.missing = missing
        """How many events are known to be missing; 0 where nobody can know."""
        self.after = after
        """The last event before the hole, which the history has to reach back to."""
        self.complete = False
        """The history was had from there to what came live."""
        self.unsure = False
        """Our clock does not tell up to when it was asked for."""
        self.found: list[Past] = []
        self.keys: set[Hashable] = set()
        self.held: list[MarketEvent] = []
        self.asked = ""
        """The address that is being fetched."""
        self.ask_at: int | None = None
        self.deadline = now + PATIENCE
        self.tries = 0
        self.reason = ""
        """Why the last page could not be had."""

    def set_back(self, by: int) -> None:
        """Our clock was set back: wait no longer for that."""
        self.since, self.deadline = self.since - by, self.deadline - by
        self.ask_at = None if self.ask_at is None else self.ask_at - by


class Filler:
    """The streams of one session that wait for their history."""

    def __init__(
        self, venue: Venue, do: Callable[[FetchHistory], None], *, jitter: random.Random
    ) -> None:
        self._venue, self._do, self._jitter = venue, do, jitter
        self._fills: dict[Subscription, Fill] = {}

    def __len__(self) -> int:
        return len(self._fills)

    def __iter__(self) -> Iterator[Fill]:
        return iter(list(self._fills.values()))

    def get(self, sub: Subscription) -> Fill | None:
        """The fill that this stream waits for."""
        return self._fills.get(sub)

    def can(self, sub: Subscription) -> bool:
        """Whether the venue has any history of `sub`."""
        return self._venue.history_url(sub, Span(0, S)) is not None

    def begin(self, fill: Fill) -> None:
        """Have its span fetched; its stream waits from now on."""
        self._fills[fill.sub] = fill
        self._ask(fill)

    def hold(self, fill: Fill, event: MarketEvent, now: int) -> bool:
        """Keep a live event until the fill is done. False when no more can wait."""
        fill.held.append(event)
        if len(fill.held) == 1 and fill.ask_at is None and not fill.asked:
            fill.ask_at = now + SETTLE
        return len(fill.held) < MAX_HELD

    def page(self, sub: Subscription, body: bytes, now: int) -> Fill | None:
        """Take a page. The fill, when it is done."""
        fill = self._fills.get(sub)
        if fill is None:
            return None
        try:
            events = self._venue.parse_history(sub, body, now)
        except MessageError as error:
            return self.failed(sub, str(error), now)
        fill.asked, fill.tries = "", 0
        new = [event for event in events if key_of(event) not in fill.keys]
        fill.keys.update(map(key_of, new))
        fill.found += new
        if new and len(fill.found) < MAX_FOUND:
            fill.deadline = max(fill.deadline, now + PATIENCE)
            rest = self._rest(fill, new)
            if rest is not None:
                fill.span = rest
                self._ask(fill)
                return None
        return self._joined(fill, now)

    def _rest(self, fill: Fill, page: Sequence[Past]) -> Span | None:
        """What is still wanted after `page`; None when it has reached the end of the span."""
        span, oldest, newest = fill.span, page[0], page[-1]
        contiguous = self._venue.trade_ids_contiguous and not isinstance(newest, Bar)
        if self._venue.history_newest_first:
            last = span.last
            if contiguous and isinstance(oldest, Trade | AggTrade) and isinstance(oldest.id, int):
                last = oldest.id - 1
                if span.first is not None and last < span.first:
                    return None
            elif oldest.ts_event <= span.start:
                return None
            return span._replace(end=min(span.end, oldest.ts_event), last=last)
        first = span.first
        if contiguous and isinstance(newest, Trade | AggTrade) and isinstance(newest.id, int):
            first = newest.id + 1
            if span.last is not None and first > span.last:
                return None
        if newest.ts_event >= span.end and span.last is None:
            return None
        return span._replace(start=max(span.start, newest.ts_event), first=first)

    def _joined(self, fill: Fill, now: int) -> Fill | None:
        """The fill when it meets what is held; else it asks again a little later."""
        fill.found.sort(key=_order)
        # Asked for before the stream had surely begun, it may end before the stream does.
        early = fill.whole.last is None and now < fill.since + 2 * SETTLE
        met = not early and self._meets(fill)
        if not met and now < fill.deadline:
            fill.ask_at = now + SETTLE
            return None
        fill.complete = met and _reaches_back(fill) and bool(fill.held or not fill.unsure)
        return self.end(fill)

    def _meets(self, fill: Fill) -> bool:
        if fill.whole.last is not None:  # every id is known
            wanted = fill.whole.last - (fill.whole.first or 0) + 1
            return sum(_within(event, fill.whole) for event in fill.found) >= wanted
        if fill.missing and not fill.keys:
            return False
        first = fill.held[0] if fill.held else None
        if first is None or isinstance(first, Bar):
            return True
        if self._venue.trade_ids_contiguous and fill.found:
            last = fill.found[-1]
            first_id, last_id = getattr(first, "id", None), getattr(last, "id", None)
            if isinstance(first_id, int) and isinstance(last_id, int):
                return last_id + 1 >= first_id
        # Where ids say nothing, the history has to reach into what came live.
        return any(key_of(event) in fill.keys for event in fill.held)

    def failed(
        self,
        sub: Subscription,
        reason: str,
        now: int,
        *,
        refused: bool = False,
        retry_after: float | None = None,
    ) -> Fill | None:
        """A page could not be had. The fill, when it is given up."""
        fill = self._fills.get(sub)
        if fill is None:
            return None
        fill.asked, fill.reason, fill.tries = "", reason, fill.tries + 1
        wait = max(retry_after or 0.0, 0.25 * 2**fill.tries * self._jitter.uniform(0.5, 1))
        fill.ask_at = now + int(wait * S)
        if refused or fill.tries >= TRIES or fill.ask_at > fill.deadline:
            return self.end(fill)
        return None

    def tick(self, now: int) -> list[Fill]:
        """Ask again where it is time to. Those that have waited long enough, ended."""
        done = []
        # How far the venue's clock is, as what came live tells.
        live = max((fill.held[-1].ts_event for fill in self if fill.held), default=now)
        for fill in list(self._fills.values()):
            if now < fill.since:
                fill.set_back(fill.since - now)
            if now > fill.deadline + (2 * PATIENCE if fill.asked else 0):
                done.append(self.end(fill))
            elif fill.ask_at is not None and now >= fill.ask_at and not fill.asked:
                if fill.whole.last is None:
                    fill.span = fill.span._replace(end=max(fill.span.end, now, live))
                self._ask(fill)
        return done

    def end(self, fill: Fill) -> Fill:
        """The stream waits no longer."""
        self._fills.pop(fill.sub, None)
        fill.found.sort(key=_order)
        return fill

    def end_all(self) -> list[Fill]:
        """None waits any longer, as when the connection is gone."""
        return [self.end(fill) for fill in list(self._fills.values())]

    def _ask(self, fill: Fill) -> None:
        url = self._venue.history_url(fill.sub, fill.span)
        fill.ask_at, fill.asked = None, url or ""
        if url is not None:
            self._do(FetchHistory(fill.sub, url))


def _reaches_back(fill: Fill) -> bool:
    after = fill.after
    if isinstance(after, Bar):  # it may have been forming
        return any(bar.ts_event <= after.ts_event for bar in fill.found)
    return after is None or key_of(after) in fill.keys


def _order(event: Past) -> tuple[int, int]:
    id_ = getattr(event, "id", None)
    return (id_, 0) if isinstance(id_, int) else (event.ts_event, 0)


def _within(event: Past, span: Span) -> bool:
    id_ = getattr(event, "id", None)
    return isinstance(id_, int) and (span.first or 0) <= id_ <= (span.last or 0)
