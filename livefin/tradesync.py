"""Keep every stream of trades and bars whole: in order, once, its holes filled or reported.

Part of the session and sans-I/O like it, as booksync is for books. Three kinds of stream:
trades whose own ids rise by one; frames that the venue numbers, by connection or by symbol
(Numbered); and streams with neither, of which only a lost connection says that something
may be missing. A hole is filled from the venue's history where there is one (filling.py).
"""

from __future__ import annotations

import random
from collections import Counter, deque
from collections.abc import Callable, Hashable, Iterable
from enum import Enum, auto
from typing import TypeAlias

from livefin.booksync import gap
from livefin.commands import FetchHistory
from livefin.events import (
    CHANNEL,
    AggTrade,
    Bar,
    Event,
    MarketEvent,
    Quote,
    Status,
    StatusKind,
    Trade,
)
from livefin.filling import Fill, Filler, key_of
from livefin.sequence import Hole, IdSequence, Verdict
from livefin.venues.contract import Numbered, Span, Subscription, Venue

S = 1_000_000_000
ANEW_AFTER = 30 * S
"""A trade that much newer than the newest, by the venue's clock, with a lower id is no
duplicate; the venue began to count anew."""
ANEW_FRAMES = 100
"""So many frames in a row with numbers seen before are a new count as well."""
ANEW_QUOTES = 20
"""The same of quotes; each replaces the one before, so that little is lost meanwhile."""
EPISODIC = frozenset({"trades", "agg_trades", "bars", "liquidations"})
"""Channels in which each event counts. In the others a newer one replaces the older."""
RECENT = 4_096
MARGIN = 5 * S
"""The venue's clock and ours differ by less."""
FILL_AT_MOST = 100
"""Streams filled at a time after a reconnect; a venue answers so many requests and no more."""

Stream: TypeAlias = tuple[str, str]
"""A Subscription, or a plain (channel, symbol): as a key the same, and made five times sooner."""

Count: TypeAlias = Callable[[StatusKind, int, str, str, str], None]
"""Counts what would flood as statuses of their own: kind, now, symbol, channel, detail."""


class Frame(Enum):
    """What a frame's number says of the events in it."""

    GOOD = auto()
    AFTER_GAP = auto()
    """They are good, but others before them are missing."""
    SEEN = auto()
    """They came before: drop them."""
    LATE = auto()
    """They were reported missing; books have moved on without them."""


class Recent:
    """The last events of an episodic stream without ids that rise by one.

    A venue that sends its latest trades again on every subscription doubles nothing so.
    """

    __slots__ = ("_again", "_ids", "_order", "events")

    def __init__(self) -> None:
        self.events: deque[MarketEvent] = deque(maxlen=RECENT)
        self._ids: set[Hashable] = set()
        self._order: deque[Hashable] = deque()
        self._again: Counter[Hashable] = Counter()
        """Events without ids that another socket brought, and this one is yet to bring."""

    def new(self, event: MarketEvent) -> bool:
        """Whether `event` is none that came before; remembers it."""
        id_ = getattr(event, "id", None)
        if id_ is not None:
            if id_ in self._ids:
                return False
            self._ids.add(id_)
            self._order.append(id_)
            if len(self._order) > RECENT:
                self._ids.discard(self._order.popleft())
        elif self._again:
            key = key_of(event)
            if self._again[key] > 0:
                self._again[key] -= 1
                return False
        self.events.append(event)
        return True

    def inherit(self, other: Recent) -> None:
        """Go on from what `other` took on its socket, which may still come on this one."""
        mine = list(self.events)
        here = Counter(map(key_of, mine))
        theirs = [event for event in other.events if not here[key_of(event)]]
        for held in (self.events, self._ids, self._order, self._again):
            held.clear()
        for event in (*theirs, *mine):
            self.new(event)
        self._again = Counter(key_of(each) for each in theirs if getattr(each, "id", None) is None)

    @property
    def last(self) -> int | None:
        """When the newest happened (ns); None before the first."""
        return self.events[-1].ts_event if self.events else None

    def keys(self) -> set[Hashable]:
        """What tells them from others; see filling.key_of."""
        return {key_of(event) for event in self.events}


class TradeSync:
    """The streams of one session that are no books. `fills`: whether to ask for history."""

    def __init__(
        self,
        venue: Venue,
        do: Callable[[FetchHistory], None],
        count: Count,
        *,
        jitter: random.Random,
        fills: bool,
    ) -> None:
        self._venue, self._count, self._fills = venue, count, fills
        self.trades: dict[str, IdSequence] = {}
        """Of the symbols whose next trade may pass at once; the session reads it itself."""
        self._agg_trades: dict[str, IdSequence] = {}
        self.open: dict[str, set[str]] = {channel: set() for channel in CHANNEL.values()}
        """channel -> symbols whose events are passed on as they come."""
        self.quotes: dict[str, int] = {}
        """symbol -> update id of the newest quote, below 0 before it; the session reads it."""
        self._stale: dict[str, tuple[int, int]] = {}
        """symbol -> that id, and how many quotes no newer came since."""
        self._waiting: dict[Stream, IdSequence | None] = {}
        """Streams that wait for a fill, with what judges their ids."""
        self._numbers: dict[Stream, IdSequence] = {}
        self._seen_in_a_row = 0
        self._recent: dict[Stream, Recent] = {}
        """The last events of episodic streams without ids that rise by one."""
        self.filler = Filler(venue, do, jitter=jitter)

    # Which streams there are

    def add(self, sub: Subscription) -> None:
        """Take care of `sub` from now on."""
        base = sub.channel.partition(":")[0]
        numbered = self._numbered(base)
        if numbered is not None:
            numbered[sub.symbol] = IdSequence()
            return
        self.open[base].add(sub.symbol)
        if base == "quotes":
            self.quotes.setdefault(sub.symbol, -1)
        if base in EPISODIC:
            self._recent.setdefault(sub, Recent())

    def remove(self, sub: Subscription, *, shared: bool = False) -> None:
        """Forget it; unknown ones too. `shared`: bars of another interval go on."""
        base, symbol = sub.channel.partition(":")[0], sub.symbol
        if not shared:
            self.open[base].discard(symbol)
        if base == "quotes":
            self.quotes.pop(symbol, None)
            self._stale.pop(symbol, None)
        numbered = self._numbered(base)
        if numbered is not None:
            numbered.pop(symbol, None)
        self._waiting.pop(sub, None)
        self._recent.pop(sub, None)
        self._numbers.pop(sub, None)
        fill = self.filler.get(sub)
        if fill is not None:
            self.filler.end(fill)

    def takes(self, base: str, symbol: str) -> bool:
        """Whether the stream is one of ours."""
        numbered = self._numbered(base)
        known = self.open[base] if numbered is None else numbered
        return symbol in known or Subscription(base, symbol) in self._waiting

    def _numbered(self, base: str) -> dict[str, IdSequence] | None:
        if not self._venue.trade_ids_contiguous:
            return None
        return {"trades": self.trades, "agg_trades": self._agg_trades}.get(base)

    # What came

    def event(self, event: MarketEvent, channel: str, now: int, out: list[Event]) -> None:
        """Take an event that the session could not pass on by itself."""
        symbol = event.symbol
        if channel not in EPISODIC:
            if symbol in self.open[channel] and (
                not isinstance(event, Quote) or self._newer(event, now)
            ):
                out.append(event)
            return
        if type(event) is AggTrade:
            ids = self._agg_trades.get(symbol)
            if ids is not None and event.id == ids.expected is not None:  # as nearly all are
                ids.expected += 1
                ids.newest = event
                out.append(event)
                return
        stream = (f"bars:{event.interval}" if isinstance(event, Bar) else channel, symbol)
        if self._waiting and stream in self._waiting:
            self._wait(event, Subscription(*stream), now, out)
        elif symbol in self.open[channel]:
            recent = self._recent.get(stream)
            if recent is None or recent.new(event):
                out.append(event)
            else:
                self._count("duplicate", now, symbol, channel, "ids seen before were dropped")
        elif isinstance(event, Trade | AggTrade):
            numbered = self._numbered(channel)
            ids = None if numbered is None else numbered.get(symbol)
            if ids is not None:
                self._judge(ids, event, channel, now, out)

    def _newer(self, quote: Quote, now: int) -> bool:
        """Whether `quote` is newer than those before it, where the venue numbers them."""
        symbol, id_, newest = quote.symbol, quote.sequence, self.quotes.get(quote.symbol)
        if id_ is None or newest is None:
            return True
        if id_ <= newest:
            before, n = self._stale.get(symbol, (newest, 0))
            n = n + 1 if before == newest else 1
            if n < ANEW_QUOTES:
                self._stale[symbol] = newest, n
                detail = "no newer than the one before, and dropped"
                self._count("duplicate", now, symbol, "quotes", detail)
                return False
        self._stale.pop(symbol, None)
        self.quotes[symbol] = id_
        return True

    def _judge(
        self,
        ids: IdSequence,
        event: Trade | AggTrade,
        channel: str,
        now: int,
        out: list[Event],
        *,
        final: bool = False,
    ) -> None:
        """Pass on an event with an id, once. `final`: a hole is not filled any more."""
        id_, expected, newest = event.id, ids.expected, ids.newest
        since = None if newest is None else newest.ts_recv
        if not isinstance(id_, int):
            detail = f"{channel}: an id that is no number: {id_!r:.40}"
            self._count("malformed", now, event.symbol, channel, detail)
            return
        if expected is not None and id_ > expected and not final and self._fillable(channel):
            sub = Subscription(channel, event.symbol)
            # By the venue's clock on both ends, whatever ours says.
            start = (event if newest is None else newest).ts_event - MARGIN
            span = Span(start, max(start, event.ts_event), expected, id_ - 1)
            self._begin(sub, span, now, missing=id_ - expected)
            self._wait(event, sub, now, out)
            return
        verdict = ids.check(id_)
        anew = newest is not None and event.ts_event > newest.ts_event + ANEW_AFTER
        if verdict is Verdict.DUPLICATE and anew:
            detail = f"{event.symbol} {channel}: ids began anew at {id_}; some may be missing"
            ids.begin(id_)
            out.append(Status("gap", now, event.symbol, channel, 0, since, now, detail=detail))
        elif verdict is Verdict.DUPLICATE:
            self._count("duplicate", now, event.symbol, channel, "ids seen before were dropped")
            return
        elif verdict is Verdict.LATE:
            self._count("late", now, event.symbol, channel, "ids reported missing came after all")
            out.append(event)
            return
        elif verdict is Verdict.GAP and ids.hole is not None:
            out.append(gap(event.symbol, channel, ids.hole, since, now))
        ids.newest = event
        out.append(event)

    # Frames that are numbered

    def frame(self, mark: Numbered, now: int, out: list[Event]) -> Frame:
        """Judge the number of a frame; a gap is reported, or its stream waits for a fill."""
        key = (mark.channel, mark.symbol)
        ids = self._numbers.get(key)
        if ids is None:
            ids = self._numbers[key] = IdSequence()
        verdict = ids.check(mark.number)
        if verdict is Verdict.NEXT:
            ids.ts, self._seen_in_a_row = now, 0
            return Frame.GOOD
        if verdict is Verdict.LATE:
            self._count("late", now, mark.symbol, mark.channel, "frames reported missing came")
            return Frame.LATE
        if verdict is Verdict.DUPLICATE:
            self._seen_in_a_row += 1
            if self._seen_in_a_row < ANEW_FRAMES:
                detail = "frames numbered as ones before were dropped"
                self._count("duplicate", now, mark.symbol, mark.channel, detail)
                return Frame.SEEN
            detail = f"the numbering began anew at {mark.number}; some may be missing"
            since, ids.ts = ids.ts, now
            ids.begin(mark.number)
            out.append(Status("gap", now, mark.symbol, mark.channel, 0, since, now, detail=detail))
            return Frame.AFTER_GAP
        hole, since = ids.hole, ids.ts
        ids.ts, self._seen_in_a_row = now, 0
        if hole is not None and not self._fill_frames(mark, hole, since or now, now):
            out.append(gap(mark.symbol, mark.channel, hole, since, now))
        return Frame.AFTER_GAP

    def _fill_frames(self, mark: Numbered, hole: Hole, start: int, now: int) -> bool:
        """Whether what the missing frames of one stream held is being fetched."""
        if not mark.symbol or mark.channel not in EPISODIC or not self._fillable(mark.channel):
            return False
        sub = Subscription(mark.channel, mark.symbol)
        recent = self._recent.get(sub)
        since = start if recent is None or recent.last is None else recent.last
        self._begin(sub, Span(since, now), now, missing=hole.size)
        return True

    # Filling

    def _fillable(self, channel: str) -> bool:
        return self._fills and self.filler.can(Subscription(channel, self._venue.example))

    def history(self, subs: Iterable[Subscription], start: int, now: int) -> list[Event]:
        """Put what came since `start` before what is live; says of which there is none."""
        out: list[Event] = []
        for sub in subs:
            base = sub.channel.partition(":")[0]
            if base not in EPISODIC or sub in self._waiting:
                continue
            if self.filler.can(sub):
                self._begin(sub, Span(start, now), now)
            else:
                detail = f"{self._venue.name} has no history of {sub.channel}"
                out.append(Status("rejected", now, sub.symbol, sub.channel, detail=detail))
        return out

    def reconnected(self, subs: Iterable[Subscription], since: int, now: int) -> list[Event]:
        """Streams without ids may miss what came while nobody listened: fill or report it."""
        out: list[Event] = []
        self._numbers.clear()
        for sub in subs:
            base = sub.channel.partition(":")[0]
            if base not in EPISODIC or self._numbered(base) is not None:
                continue
            recent = self._recent.get(sub)
            if self._fills and len(self.filler) < FILL_AT_MOST and self.filler.can(sub):
                start = since if recent is None or recent.last is None else recent.last
                self._begin(sub, Span(start, now), now)
            else:
                detail = f"{sub.symbol} {base}: what came while disconnected is missing"
                out.append(Status("gap", now, sub.symbol, base, 0, since, now, detail=detail))
        return out

    def _begin(self, sub: Subscription, span: Span, now: int, *, missing: int = 0) -> None:
        numbered = self._numbered(sub.channel)
        self._waiting[sub] = None if numbered is None else numbered.pop(sub.symbol, IdSequence())
        self.filler.begin(sub, span, now, missing=missing)

    def _wait(self, event: MarketEvent, sub: Subscription, now: int, out: list[Event]) -> None:
        fill = self.filler.get(sub)
        if fill is not None and not self.filler.hold(fill, event, now):
            out += self.filled(self.filler.end(fill), now)

    def filled(self, fill: Fill, now: int) -> list[Event]:
        """A fill has ended: its events in order, what they say, and then what waited."""
        base, symbol = fill.sub.channel.partition(":")[0], fill.sub.symbol
        out: list[Event] = []
        ids = self._waiting.pop(fill.sub, None)
        if ids is not None:
            added = self._merge_ids(fill, ids, base, now, out)
        else:
            added = self._merge_keys(fill, out)
        span, reason = fill.whole, f" ({fill.reason})" if fill.reason else ""
        if added:
            detail = f"{symbol} {base}: {added:,} from the venue's history"
            out.append(
                Status("filled", now, symbol, base, added, span.start, span.end,
                       span.first, span.last, detail)
            )  # fmt: skip
        short = max(0, fill.missing - added) if ids is None else 0
        if short or (fill.reason and ids is None):
            detail = f"{symbol} {base}: the venue's history has not all that is missing{reason}"
            out.append(Status("gap", now, symbol, base, short, span.start, span.end, detail=detail))
        for event in fill.held:
            if ids is None:
                self.event(event, base, now, out)
            elif fill.sub in self._waiting:  # another hole was found among what waited
                self._wait(event, fill.sub, now, out)
            elif isinstance(event, Trade | AggTrade):
                self._judge(ids, event, base, now, out, final=event is fill.held[0])
        return out

    def _merge_ids(self, fill: Fill, ids: IdSequence, base: str, now: int, out: list[Event]) -> int:
        numbered = self._numbered(base)
        if numbered is not None:
            numbered[fill.sub.symbol] = ids
        before = len(out)
        until = getattr(fill.held[0], "id", None) if fill.held else None
        for event in fill.found:
            if not isinstance(event, Trade | AggTrade) or not isinstance(event.id, int):
                continue
            seen = ids.expected is not None and event.id < ids.expected
            if not seen and (not isinstance(until, int) or event.id < until):
                self._judge(ids, event, base, now, out, final=True)
        return sum(not isinstance(event, Status) for event in out[before:])

    def _merge_keys(self, fill: Fill, out: list[Event]) -> int:
        recent = self._recent.setdefault(fill.sub, Recent())
        seen = recent.keys() | {key_of(event) for event in fill.held}
        newest = recent.last
        new = [
            event
            for event in fill.found
            if key_of(event) not in seen
            and (newest is None or event.ts_event >= newest)
            and recent.new(event)
        ]
        out += new
        return len(new)

    def inherit(self, other: TradeSync) -> None:
        """Go on from what `other` brought of the same streams: nothing twice, no hole unsaid."""
        streams = {(base, symbol) for base in EPISODIC for symbol in self._numbered(base) or ()}
        for stream in streams | self._waiting.keys():
            sub = Subscription(*stream)
            mine, theirs = self._ids(sub), other._ids(sub)
            if mine is None or theirs is None:
                continue
            mine.inherit(theirs)
            fill, expected = self.filler.get(sub), mine.expected
            if fill is not None and expected is not None:
                fill.held = [event for event in fill.held if not _before(event, expected)]
        for symbol, id_ in other.quotes.items():
            if symbol in self.quotes:
                self.quotes[symbol] = max(id_, self.quotes[symbol])
        for stream, recent in other._recent.items():
            mine_too = self._recent.get(stream)
            if mine_too is not None:
                mine_too.inherit(recent)

    def _ids(self, sub: Subscription) -> IdSequence | None:
        """What judges the ids of `sub`, whether or not it waits for a fill."""
        numbered = self._numbered(sub.channel)
        if numbered is None:
            return None
        return numbered.get(sub.symbol) or self._waiting.get(sub)

    def recent_keys(self) -> dict[Subscription, set[Hashable]]:
        """What came lately on the streams whose ids do not rise by one."""
        return {Subscription(*stream): each.keys() for stream, each in self._recent.items()}

    def expected(self, sub: Subscription) -> int | None:
        """The next id of a stream whose ids rise by one; None where there is none yet."""
        ids = self._ids(sub)
        return None if ids is None else ids.expected


def _before(event: MarketEvent, expected: int) -> bool:
    id_ = getattr(event, "id", None)
    return isinstance(id_, int) and id_ < expected
