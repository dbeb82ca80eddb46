"""Keep every stream of trades and bars whole: in order, once, its holes filled or reported.

Part of the session and sans-I/O like it, as booksync is for books. Three kinds of stream:
trades whose own ids rise by one; frames that the venue numbers, by connection or by symbol
(Numbered); and streams with neither, of which only a lost connection says that something
may be missing. A hole is filled from the venue's history where there is one (filling.py).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Hashable, Iterable

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
    Trade,
)
from livefin.filling import MARGIN, Fill, Filler, before, behind, key_of, span_after
from livefin.numbering import Count, Frame, Numbering, Stream
from livefin.recent import BEGUN, Newest, Recent, Unfilled
from livefin.sequence import Hole, IdSequence, Verdict
from livefin.venues.contract import Numbered, Span, Subscription, Venue

S = 1_000_000_000
ANEW_AFTER = 30 * S
"""A trade that much newer than the newest, by the venue's clock, with a lower id is no
duplicate; the venue began to count anew."""
EPISODIC = frozenset({"trades", "agg_trades", "bars", "liquidations"})
"""Channels in which each event counts. In the others a newer one replaces the older."""
FILL_AT_MOST = 100
"""Streams filled at a time after a reconnect; a venue answers so many requests and no more."""


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
        self.quotes = Newest()
        """Which quotes are newer than those before; the session asks it itself."""
        self._waiting: dict[Stream, IdSequence | None] = {}
        """Streams that wait for a fill, with what judges their ids."""
        self._numbering = Numbering(count)
        self._recent: dict[Stream, Recent] = {}
        """The last events of episodic streams without ids that rise by one."""
        self._unfilled = Unfilled(self._recent)
        self._quiet: dict[Subscription, tuple[int | None, int]] = {}
        """Streams with ids that are silent since the socket opened: the next id, and when."""
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
            self.quotes.add(sub.symbol)
        if base in EPISODIC:
            self._recent.setdefault(sub, Recent())

    def remove(self, sub: Subscription, *, shared: bool = False) -> None:
        """Forget it; unknown ones too. `shared`: bars of another interval go on."""
        base, symbol = sub.channel.partition(":")[0], sub.symbol
        if not shared:
            self.open[base].discard(symbol)
        if base == "quotes":
            self.quotes.remove(symbol)
        numbered = self._numbered(base)
        if numbered is not None:
            numbered.pop(symbol, None)
        self._waiting.pop(sub, None)
        self._unfilled.remove(sub)
        self._quiet.pop(sub, None)
        self._recent.pop(sub, None)
        self._numbering.remove(sub)
        fill = self.filler.get(sub)
        if fill is not None:
            self.filler.end(fill)

    def takes(self, base: str, symbol: str) -> bool:
        """Whether the stream is one of ours."""
        numbered = self._numbered(base)
        known = self.open[base] if numbered is None else numbered
        return symbol in known or Subscription(base, symbol) in self._waiting

    def numbers(self, sub: Subscription) -> bool:
        """Whether the ids of `sub` rise by one, so that they tell what is missing."""
        return self._numbered(sub.channel) is not None

    def _numbered(self, base: str) -> dict[str, IdSequence] | None:
        if not self._venue.trade_ids_contiguous:
            return None
        return {"trades": self.trades, "agg_trades": self._agg_trades}.get(base)

    # What came

    def event(self, event: MarketEvent, channel: str, now: int, out: list[Event]) -> None:
        """Take an event that the session could not pass on by itself."""
        symbol = event.symbol
        if channel not in EPISODIC:
            if symbol in self.open[channel]:
                self._state(event, now, out)
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
            self._episode(event, stream, now, out)
        elif isinstance(event, Trade | AggTrade):
            numbered = self._numbered(channel)
            ids = None if numbered is None else numbered.get(symbol)
            if ids is not None:
                self._judge(ids, event, channel, now, out)

    def _state(self, event: MarketEvent, now: int, out: list[Event]) -> None:
        """Pass on an event that replaces the one before, unless it is older."""
        if isinstance(event, Quote) and not self.quotes.take(event):
            detail = "no newer than the one before, and dropped"
            self._count("duplicate", now, event.symbol, "quotes", detail)
        else:
            out.append(event)

    def _episode(self, event: MarketEvent, stream: Stream, now: int, out: list[Event]) -> None:
        """Pass on an event without an id that rises by one, once."""
        recent = self._recent.get(stream)
        if self._unfilled:
            out += self._unfilled.begins(stream, event, now)
        if recent is None or recent.new(event):
            out.append(event)
        else:
            channel = CHANNEL[type(event)]
            self._count("duplicate", now, event.symbol, channel, "ids seen before were dropped")

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
            self._begin(Fill(sub, span, now, missing=id_ - expected))
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
        frame, hole, since = self._numbering.judge(mark, now, out)
        if hole is not None and not self._fill_frames(mark, hole, since or now, now):
            out.append(gap(mark.symbol, mark.channel, hole, since, now))
        return frame

    def _fill_frames(self, mark: Numbered, hole: Hole, start: int, now: int) -> bool:
        """Whether what the missing frames of one stream held is being fetched."""
        if not mark.symbol or mark.channel not in EPISODIC or not self._fillable(mark.channel):
            return False
        self._begin_after(Subscription(mark.channel, mark.symbol), start, now, missing=hole.size)
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
                self._begin(Fill(sub, Span(start, now + MARGIN), now))
            else:
                detail = f"{self._venue.name} has no history of {sub.channel}"
                out.append(Status("rejected", now, sub.symbol, sub.channel, detail=detail))
        return out

    def reconnected(self, subs: Iterable[Subscription], since: int, now: int) -> None:
        """Streams without ids may miss what came while nobody listened: fill or report it."""
        self._numbering.clear()
        for sub in subs:
            base = sub.channel.partition(":")[0]
            if base not in EPISODIC:
                continue
            if self.numbers(sub):  # the next id will tell
                self._quiet[sub] = self.expected(sub), now
            elif self._fills and len(self.filler) < FILL_AT_MOST and self.filler.can(sub):
                self._begin_after(sub, since, now)
            else:
                self._unfilled.add(sub, since, now)

    def _begin_after(self, sub: Subscription, since: int, now: int, *, missing: int = 0) -> None:
        """Fetch what came after the last event that we have, or else after `since`."""
        recent = self._recent.get(sub)
        after = None if recent is None else recent.newest
        fill = Fill(sub, span_after(after, since, now), now, missing=missing, after=after)
        fill.unsure = now < since  # the clock was set back meanwhile
        self._begin(fill)

    def _begin(self, fill: Fill) -> None:
        sub = fill.sub
        numbered = self._numbered(sub.channel)
        self._waiting[sub] = None if numbered is None else numbered.pop(sub.symbol, IdSequence())
        self.filler.begin(fill)

    def tick(self, now: int) -> list[Event]:
        """Let time pass: give up what waited long enough, report what cannot be filled."""
        out: list[Event] = []
        for fill in self.filler.tick(now):
            out += self.filled(fill, now)
        for sub, (expected, opened) in list(self._quiet.items()):
            if not opened <= now < opened + BEGUN:
                del self._quiet[sub]
                self._ask_quiet(sub, expected, now)
        return out + self._unfilled.tick(now)

    def _ask_quiet(self, sub: Subscription, expected: int | None, now: int) -> None:
        """No next id came to tell whether some are missing: ask the history."""
        ids = None if sub in self._waiting else self._ids(sub)
        if ids is None or ids.newest is None or ids.expected != expected:
            return
        if self._fillable(sub.channel) and len(self.filler) < FILL_AT_MOST:
            span = span_after(ids.newest, now, now)._replace(first=expected)
            self._begin(Fill(sub, span, now))

    def end_all(self, now: int) -> list[Event]:
        """No stream waits any longer, as when the connection is gone."""
        self._quiet.clear()
        out: list[Event] = []
        while self.filler:  # another hole may be found among what waited
            for fill in self.filler.end_all():
                out += self.filled(fill, now)
        return out + self._unfilled.tick(now, over=True)

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
        short = max(0, fill.missing - added)
        if ids is None and (short or not fill.complete):
            start = span.start if fill.after is None else fill.after.ts_event
            end = fill.held[0].ts_event if fill.held else now + behind(fill.after)
            end = max(start, end)
            detail = f"{symbol} {base}: the venue's history has not all that is missing{reason}"
            out.append(Status("gap", now, symbol, base, short, start, end, detail=detail))
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
        newest, start = (-1 if recent.newest is None else recent.newest.ts_event), fill.whole.start
        new = [
            event
            for event in fill.found
            if key_of(event) not in seen
            # Only the time tells what was seen too long ago to be remembered.
            and event.ts_event >= (newest if getattr(event, "id", None) is None else start)
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
                fill.held = [event for event in fill.held if not before(event, expected)]
        self.quotes.inherit(other.quotes)
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
