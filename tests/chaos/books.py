"""The venue's own books at every update, and whether the feed's are one of them.

A book is compared by a digest that is carried along change by change, so that each state can
be compared with each, all levels deep. `chained`: the venue gives its changes ids, or numbers
its frames, so that one that is lost has to be noticed. Where it does not, a book that missed
a change is off until its next snapshot and no client can know; those are counted apart.
"""

from bisect import bisect_left, insort
from collections import Counter, defaultdict
from heapq import nlargest, nsmallest

from livefin.events import BookDelta, BookSnapshot

MASK = 2**64 - 1
FULL_EVERY = 97
"""Changes between two looks at every level of a feed's book."""
BIDS, ASKS = 0, 1
MOST_CROSSED = 6_000_000_000
"""Nanoseconds that a feed's book may stand crossed when the venue's does not; see flow.py."""


class LevelBook:
    """Price levels and a digest of them. Beyond `depth` levels a side, the worst fall off."""

    def __init__(self, depth=None):
        self.sides = ({}, {})
        """price -> (size, text), bids and asks."""
        self.digest = 0
        self.depth = depth
        self._sorted = ([], [])

    def replace(self, bids, asks, text=None):
        self.sides, self.digest, self._sorted = ({}, {}), 0, ([], [])
        self.change(bids, asks, text)

    def change(self, bids, asks, text=None):
        for side, levels in ((BIDS, bids), (ASKS, asks)):
            texts = (None,) * len(levels) if text is None else text[side]
            for (price, size), written in zip(levels, texts, strict=True):
                self._set(side, price, size, written)
            if self.depth is not None:
                for key in self._sorted[side][self.depth :]:
                    self._set(side, abs(key), 0.0, None)

    def _set(self, side, price, size, written):
        held = self.sides[side]
        before = held.pop(price, None)
        if before is not None:
            self.digest ^= hash((side, price, before[0])) & MASK
        if size:
            held[price] = (size, written)
            self.digest ^= hash((side, price, size)) & MASK
        if self.depth is not None and (before is None) == bool(size):
            keys, key = self._sorted[side], price if side else -price
            if size:
                insort(keys, key)
            else:
                del keys[bisect_left(keys, key)]

    def levels(self, n=None):
        """(bids, asks), best first, as OrderBook gives them."""
        bids = sorted(self.sides[BIDS].items(), reverse=True)[:n]
        asks = sorted(self.sides[ASKS].items())[:n]
        return tuple([(price, size) for price, (size, _) in side] for side in (bids, asks))

    def texts(self, n=None):
        """The same as the venue wrote them."""
        bids = sorted(self.sides[BIDS].items(), reverse=True)[:n]
        asks = sorted(self.sides[ASKS].items())[:n]
        return tuple([text for _, (_, text) in side] for side in (bids, asks))

    def top(self, n):
        """Digest of the best `n` levels of each side."""
        bids, asks = self.sides
        best = (nlargest(n, bids.items()), nsmallest(n, asks.items()))
        return hash(tuple((price, size) for side in best for price, (size, _) in side))

    @property
    def crossed(self):
        bids, asks = self.sides
        return bool(bids and asks) and max(bids) >= min(asks)


class Truth:
    """One book as the venue has it."""

    def __init__(self, depth=None, checked=0):
        self.book = LevelBook(depth)
        self.known = False
        self._checked, self.tops = checked, set()
        """Digests of the best levels that the venue's checksum is made of."""
        self.sequence, self.ts = None, 0
        self.states, self.last_of, self.by_id = [], {}, {}
        """Digest of each state; the newest state with a digest; digest at an update id."""
        self.began = 0
        """The state after the changes that came before its first snapshot."""
        self._early = []

    @property
    def index(self):
        """Of the state it is in; None while it is not known."""
        return len(self.states) - 1 if self.known else None

    def apply(self, event):
        """Take what the venue made of its book; where it stands then."""
        if isinstance(event, BookSnapshot):
            self.known = True
            self.book.replace(event.bids, event.asks, event.text)
            self._note(event.sequence, event.ts_event)
            early, self._early = self._early, []
            for delta in early:
                if event.sequence is not None and (delta.last or 0) > event.sequence:
                    self._change(delta)
            self.began = self.began or self.index
        elif self.known:
            if event.last is None or self.sequence is None or event.last > self.sequence:
                self._change(event)
        else:
            self._early.append(event)
        return self.index

    def _change(self, delta):
        self.book.change(delta.bids, delta.asks, delta.text)
        self._note(delta.last, delta.ts_event)

    def _note(self, sequence, ts):
        self.sequence, self.ts = sequence, ts
        digest = self.book.digest
        self.last_of[digest] = len(self.states)
        self.states.append(digest)
        if sequence is not None:
            self.by_id[sequence] = digest
        if self._checked:
            self.tops.add(self.book.top(self._checked))


class Books:
    """Every book of a run: the venue's, and a copy of the feed's made of the feed's events."""

    def __init__(self, clock, *, chained, depth=None, checked=0):
        self.truths = defaultdict(lambda: Truth(depth, checked))
        self.mirrors = defaultdict(LevelBook)
        self.chained, self._checked = chained, checked
        """`checked`: best levels that the venue's checksum holds to be right in any case."""
        self._clock = clock
        self.active = list
        """Gives the links whose events count."""
        self._tainted = defaultdict(dict)
        """link -> symbol -> newest state whose change was harmed on its way."""
        self._early = defaultdict(set)
        """link -> symbols that lost a change before the venue's own book was known."""
        self._arrived = defaultdict(dict)
        """link -> symbol -> state after the newest frame that it brought."""
        self._missed = defaultdict(Counter)
        """link -> symbol -> changes lost since it last brought one."""
        self._looked = 0
        self._wrong = set()
        self._crossed_since = {}

    # On the way

    def lost(self, link, frame):
        """`frame` will not come."""
        for symbol, index in frame.books:
            self._taint(link, symbol, index)
            self._missed[link][symbol] += 1

    def delivered(self, link, frame):
        """`frame` was handed over whole."""
        for symbol, index in frame.books:
            if index is not None:
                self._arrived[link][symbol] = index
                self._missed[link].pop(symbol, None)
            if frame.odd and index is not None:  # it may set back what was right until now
                self._taint(link, symbol, self.truths[symbol].index + 1)

    def _taint(self, link, symbol, index):
        if index is None:
            self._early[link].add(symbol)
        else:
            tainted = self._tainted[link]
            tainted[symbol] = max(index, tainted.get(symbol, -1))

    def ended(self, link):
        for of in (self._arrived, self._tainted, self._early, self._missed):
            of.pop(link, None)

    # In the feed

    def event(self, event, feed, verdict):
        """The feed gave out `event`, and has it in its book."""
        if not isinstance(event, BookDelta | BookSnapshot):
            return
        symbol, mirror = event.symbol, self.mirrors[event.symbol]
        if isinstance(event, BookSnapshot):
            mirror.replace(event.bids, event.asks)
        else:
            mirror.change(event.bids, event.asks)
        book = feed.book[symbol]
        if not book.synced:
            return
        verdict.counts["book states judged"] += 1
        self._looked += 1
        truth = self.truths[symbol]
        if isinstance(event, BookSnapshot):
            self._cleared(symbol, truth.last_of.get(mirror.digest))
        if self._looked % FULL_EVERY == 0 and book.levels() != mirror.levels():
            verdict.complain("books_wrong", f"{symbol}: the book is not what the events made it")
        if not self._is_true(symbol, truth, mirror, book.sequence):
            if self._checked and mirror.top(self._checked) not in truth.tops:
                verdict.complain("books_wrong", f"{symbol}: the best levels are not the venue's")
            self._blame(symbol, f"at {book.sequence}", verdict)
        else:
            self._wrong.discard(symbol)

    def _is_true(self, symbol, truth, mirror, sequence):
        if sequence is not None and sequence in truth.by_id:
            return truth.by_id[sequence] == mirror.digest
        return mirror.digest in truth.last_of

    def _cleared(self, symbol, index):
        if index is None:
            return
        for link in self.active():
            if index >= self._tainted[link].get(symbol, -1):
                self._tainted[link].pop(symbol, None)
            if index >= self.truths[symbol].began:
                self._early[link].discard(symbol)

    def excused(self, symbol):
        """Whether it may be off with nobody knowing."""
        return not self.chained and any(
            symbol in self._tainted[link] or symbol in self._early[link] for link in self.active()
        )

    def _blame(self, symbol, where, verdict):
        tainted = self.excused(symbol)
        if tainted:
            verdict.counts["undetectable: book states off, without numbers"] += 1
        elif symbol not in self._wrong:  # once, until it is right again
            at = (self._clock.true - self._clock.origin) / 1e9
            verdict.complain(
                "books_wrong", f"{symbol}: no state of the venue's book {where}, {at:.3f} s"
            )
        if not tainted:
            self._wrong.add(symbol)

    def settled(self, link, frames, feed, verdict):
        """All that `link` brought is in the feed: no book that says it is synced is behind."""
        for symbol in {symbol for frame in frames for symbol, _ in frame.books}:
            index = self._arrived[link].get(symbol)
            if index is None or not feed.book[symbol].synced:
                continue
            truth, mirror = self.truths[symbol], self.mirrors[symbol]
            stands = truth.last_of.get(mirror.digest)
            if stands is not None and stands < index:
                if self.excused(symbol):
                    verdict.counts["undetectable: book states off, without numbers"] += 1
                else:
                    at = (self._clock.true - self._clock.origin) / 1e9
                    text = f"{symbol}: synced and stale, {stands} of {index}, {at:.3f} s"
                    verdict.complain("books_wrong", text)

    def tick(self, feed, verdict):
        """Look for books that stand crossed, a few times a second."""
        now = self._clock.true
        for symbol, truth in self.truths.items():
            book = feed.book[symbol]
            if not (truth.known and book.synced and book.crossed) or truth.book.crossed:
                self._crossed_since.pop(symbol, None)
                continue
            if now - self._crossed_since.setdefault(symbol, now) > MOST_CROSSED:
                self._crossed_since[symbol] = 2 * now
                verdict.complain("books_wrong", f"{symbol}: stands crossed")

    def whole(self, symbol, feed):
        """Whether the feed's book is the venue's, as it is now or as far as anything came."""
        truth, book = self.truths[symbol], feed.book[symbol]
        if not truth.known or (book.synced and book.levels() == truth.book.levels()):
            return True
        stands = truth.last_of.get(self.mirrors[symbol].digest)
        behind = None if stands is None else truth.index - stands
        # Where the last changes are lost, and none follows them, nobody can know.
        return book.synced and any(self._missed[link][symbol] == behind for link in self.active())
