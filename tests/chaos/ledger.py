"""What a venue sent, what became of it on the way, and what the feed made of it: the judge.

Trades count one by one: each is in the feed exactly once, or a status says that it is
missing, by its id or by when it came. What no client can notice, since the venue neither
numbers nor times its messages, is counted apart. Filled by network.py and the feed's own
events; no clock of its own, no I/O.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from streams import Stream, content, key_of

from livefin.events import CHANNEL, AggTrade, Quote, Status, Trade

S = 1_000_000_000
DELIVERED, LOST, CUT, GARBLED = 1, 2, 4, 8
"""What became of an event: it was handed over; it vanished while the socket stood; it was
under way when the socket ended; its frame was cut short."""
NEAR = 30_000_000
"""Nanoseconds that the way takes, which the judge need not know exactly."""
FEW = 12
"""Frames out of order before the first, which nobody can tell from ones that come twice."""
KEPT = 20
SOON = 90 * S
"""An outage is over by then, and reported."""
"""Complaints kept of each kind."""


@dataclass
class Verdict:
    """How a run went. All of the first five have to be nothing."""

    lost: int = 0
    doubled: int = 0
    books_wrong: int = 0
    hangs: int = 0
    other: int = 0
    """False alarms, wrong contents, an order that is none, crashes."""
    counts: Counter = field(default_factory=Counter)
    complaints: dict = field(default_factory=lambda: defaultdict(list))

    def complain(self, kind, text):
        setattr(self, kind, getattr(self, kind) + 1)
        if len(self.complaints[kind]) < KEPT:
            self.complaints[kind].append(text)

    def __iadd__(self, other):
        for kind in ("lost", "doubled", "books_wrong", "hangs", "other"):
            setattr(self, kind, getattr(self, kind) + getattr(other, kind))
            self.complaints[kind] = (self.complaints[kind] + other.complaints[kind])[:KEPT]
        self.counts += other.counts
        return self

    @property
    def good(self):
        return not (self.lost or self.doubled or self.books_wrong or self.hangs or self.other)


@dataclass
class Said:
    """A status, and the true times that it speaks of."""

    status: Status
    start: int | None
    end: int | None
    noted: int


class _Fate:
    """What one socket lost, and when it would have come; of that, what it lost last."""

    __slots__ = ("counts", "lost", "tail")

    def __init__(self):
        self.counts, self.lost, self.tail = False, {}, []


class Ledger:
    """Of one run. `numbered(channel)`: whether that channel's ids rise by one.

    `private(quote)`: whether it may have been sent to one client alone, unknown here.
    """

    def __init__(self, clock, numbered, *, private=lambda _: False):
        self._clock, self._numbered, self._private = clock, numbered, private
        self.streams = {}
        self.came = defaultdict(list)
        """stream -> events that the feed gave out, in order."""
        self.said = []
        self._dropped = defaultdict(list)
        """Missing events that a policy is said to have dropped."""
        self.active = None
        """Gives the links whose events count; None where all do."""
        self._links = {}

    # What the venue did

    def happened(self, event):
        """The venue sends `event` to whoever listens; where it stands."""
        stream = self._stream(CHANNEL[type(event)], event.symbol)
        return stream, stream.append(event, self._clock.true)

    def _stream(self, channel, symbol):
        stream = self.streams.get((channel, symbol))
        if stream is None:
            numbered = self._numbered(channel)
            stream = self.streams[channel, symbol] = Stream(channel, symbol, numbered=numbered)
        return stream

    # What the way did

    def delivered(self, link, frame):
        """`frame` was handed over whole."""
        self._fate_on(link).tail.clear()
        for stream, index in frame.events:
            stream.fate[index] |= DELIVERED
            if frame.odd == "again":
                stream.again[stream.keys[index]] += 1
        for stream, index in () if frame.of is None else frame.of.events:
            stream.at[index] = self._clock.true

    def heard(self, link):
        """Something came that is in no ledger, such as a pong."""
        self._fate_on(link).tail.clear()

    def lost(self, link, frame, how=LOST, at=None):
        """`frame` will not come, that would have come `at` that time."""
        fate = self._fate_on(link)
        for stream, index in frame.events:
            fate.lost[stream, index] = how, at or stream.at[index]
            fate.tail.append((stream, index))

    def ended(self, link):
        """The socket is gone: what was lost last, the client has to know of."""
        fate = self._fate_on(link)
        for place in fate.tail:
            how, at = fate.lost[place]
            # What was held up could have come later, but not by a socket that is gone.
            fate.lost[place] = how & ~LOST | CUT, min(at, self._clock.true)
        del self._links[link]
        self._settle(fate)

    def _fate_on(self, link):
        """What became of the events on `link`, and whether it counts by now."""
        fate = self._links.setdefault(link, _Fate())
        fate.counts = fate.counts or self.active is None or link in self.active()
        return fate

    def _settle(self, fate):
        # A second socket that never took the first one's place is nobody's loss.
        for (stream, index), (how, at) in fate.lost.items() if fate.counts else ():
            stream.fate[index] |= how
            stream.at[index] = at

    # What the feed did

    def event(self, event):
        """Take what the feed gave out."""
        if isinstance(event, Status):
            true_of = self._clock.true_of
            start, end = (t if t is None else true_of(t) for t in (event.start, event.end))
            self.said.append(Said(event, start, end, self._clock.true))
        elif isinstance(event, Trade | AggTrade | Quote):
            self.came[CHANNEL[type(event)], event.symbol].append(event)

    # Judging

    def judge(self):
        """Go through all of it, at the end."""
        verdict = Verdict()
        for fate in self._links.values():
            self._settle(fate)
        for stream in self.streams.values():
            if stream.channel == "quotes":
                self._judge_states(stream, verdict)
            else:
                self._judge_stream(stream, verdict)
        for (channel, symbol), missing in self._dropped.items():
            owned = sum(
                said.status.count
                for said in self.said
                if said.status.kind == "dropped"
                and (said.status.channel, said.status.symbol) == (channel, symbol)
            )
            verdict.counts["missing, dropped by the policy"] += len(missing)
            if len(missing) > owned:
                text = f"{len(missing)} gone, {owned} owned up to: {missing}"
                verdict.complain("lost", f"{channel} {symbol}: {text}")
        for said in self.said:
            verdict.counts[f"status {said.status.kind}"] += 1
        return verdict

    def _judge_stream(self, stream, verdict):
        came = self.came[stream.channel, stream.symbol]
        verdict.counts["events judged"] += len(stream.keys)
        verdict.counts["events in frames"] += len(came)
        if not came:
            verdict.counts["before the first that came"] += len(stream.keys)
            return
        self._judge_contents(stream, came, verdict)
        self._judge_order(stream, came, verdict)
        first = stream.place.get(key_of(came[0]), 0)
        self._judge_before(stream, first, verdict)
        there, sent = Counter(map(key_of, came)), Counter(stream.keys)
        for key, n in (there - sent).items():
            if key not in sent:
                verdict.complain("other", f"{stream}: {key} was never sent")
            elif isinstance(key, tuple) and n <= stream.again[key]:
                # Trades without ids may well be alike: nobody can tell.
                verdict.counts["undetectable: doubled, without ids"] += n
            else:
                verdict.complain("doubled", f"{stream}: {key} is there {there[key]} times")
        last = max(stream.place.get(key_of(event), 0) for event in came)
        spare = there.copy()
        for index in range(first, len(stream.keys)):
            key = stream.keys[index]
            if spare[key]:
                spare[key] -= 1
            else:
                self._judge_missing(stream, index, last, verdict)
        self._judge_alarms(stream, there, verdict)

    def _judge_before(self, stream, first, verdict):
        """Nobody can know of these, but few of them can have been handed over."""
        verdict.counts["before the first that came"] += first
        handed = sum(bool(fate & DELIVERED) for fate in stream.fate[:first])
        if handed > FEW:
            verdict.complain("lost", f"{stream}: {handed} were handed over before the first came")

    def _judge_missing(self, stream, index, last, verdict):
        fate, key = stream.fate[index], stream.keys[index]
        how = self._reported(stream, index)
        if how == "gap":
            verdict.counts["missing, reported"] += 1
        elif how == "dropped" and index < last:
            self._dropped[stream.channel, stream.symbol].append(key)
        elif self._reported(stream, index, roughly=True) == "gap":
            verdict.counts["missing, reported, but the clock was set meanwhile"] += 1
        elif fate & GARBLED and self._garbled(stream, index):
            verdict.counts["missing, reported as malformed"] += 1
        elif stream.numbered and index > last:
            verdict.counts["missing, and nothing came after it"] += 1
        elif not stream.numbered and fate & (LOST | GARBLED) == LOST:
            verdict.counts["undetectable: lost, without numbers"] += 1
        else:
            at = (stream.at[index] - self._clock.origin) / 1e9
            verdict.complain("lost", f"{stream}: {key} (fate {fate}, at {at:.3f} s)")

    def _reported(self, stream, index, *, roughly=False):
        """The kind of the status that speaks of it; "" for none.

        `roughly`: where the local clock was set between loss and report, the hour is off.
        """
        key, at, kinds = stream.keys[index], stream.at[index], set()
        for said in self.said:
            status = said.status
            if status.kind not in ("gap", "dropped") or not _concerns(status, stream):
                continue
            if stream.numbered and status.symbol and status.first is not None:
                there = status.first <= key <= status.last
            elif not -NEAR <= said.noted - at <= SOON:
                there = False
            elif status.kind == "dropped":
                there = True  # what was received late is told by when that was: they are counted
            elif roughly:
                there = self._clock.was_set(at - SOON, said.noted)
            else:
                there = _within(said, at, stream.events[index].ts_event)
            if there:
                kinds.add(status.kind)
        return "gap" if "gap" in kinds else "dropped" if kinds else ""

    def _garbled(self, stream, index):
        at, when = stream.at[index], stream.events[index].ts_event
        return any(
            said.status.kind == "malformed" and _within(said, at, when) for said in self.said
        )

    def _judge_contents(self, stream, came, verdict):
        for event in came:
            index = stream.place.get(key_of(event))
            if index is not None and not _alike(event, stream.events[index]):
                verdict.complain("other", f"{stream}: {event} is not what was sent")

    def _judge_order(self, stream, came, verdict):
        newest, back = -1, 0
        for event in came:
            index = stream.place.get(key_of(event), -1)
            back += index < newest
            newest = max(newest, index)
        late = self._counted("late", stream)
        if not stream.numbered:
            verdict.counts["undetectable: out of order, without numbers"] += back
        elif back > late:
            verdict.complain("other", f"{stream}: {back} out of order, {late} reported late")

    def _judge_alarms(self, stream, there, verdict):
        """What was reported missing has to be missing, or be reported late."""
        if not stream.numbered:
            return
        mine = (stream.channel, stream.symbol)
        gaps = [
            said.status
            for said in self.said
            if said.status.kind == "gap" and (said.status.channel, said.status.symbol) == mine
        ]
        false = sum(
            n in there
            for gap in gaps
            if gap.first is not None
            for n in range(gap.first, min(gap.last, stream.keys[-1]) + 1)
        )
        late = self._counted("late", stream)
        if false > late:
            text = f"{stream}: {false} reported missing are there, {late} reported late"
            verdict.complain("other", text)

    def _counted(self, kind, stream):
        return sum(
            said.status.count
            for said in self.said
            if said.status.kind == kind and _concerns(said.status, stream)
        )

    def _judge_states(self, stream, verdict):
        """Quotes replace one another: none twice, and never back to an older one."""
        came = self.came[stream.channel, stream.symbol]
        verdict.counts["quotes sent"] += len(stream.keys)
        verdict.counts["quotes in frames"] += len(came)
        newest = -1
        for event in came:
            index = stream.place.get(key_of(event))
            if index is None and not self._private(event):
                verdict.complain("other", f"{stream}: {event} was never sent")
            elif index is None:
                verdict.counts["quotes that one client alone was sent"] += 1
            elif event.sequence is None:
                verdict.counts["undetectable: quotes doubled or back"] += index <= newest
            elif index == newest:
                verdict.complain("doubled", f"{stream}: {event.sequence} twice")
            elif index < newest:
                at = (stream.at[index] - self._clock.origin) / S
                verdict.complain("doubled", f"{stream}: back to {event.sequence} of {at:.3f} s")
            newest = max(newest, -1 if index is None else index)


def _alike(event, sent):
    """Whether both say the same; a history may give whole seconds."""
    (at, *rest), (when, *others) = content(event), content(sent)
    return rest == others and (at == when or at == when - when % S)


def _concerns(status, stream):
    return status.symbol in ("", stream.symbol) and status.channel in ("", stream.channel)


def _within(said, at, when):
    """Whether a status covers what came `at` a true time, or happened `when`, venue's time."""
    if said.start is None or said.end is None:
        return False
    status = said.status
    return said.start - NEAR <= at <= said.end + NEAR or status.start <= when <= status.end
