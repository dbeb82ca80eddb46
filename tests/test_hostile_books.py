"""Books that never come right: no storm of snapshots, clear words, and the others go on."""

import asyncio
import random
from collections import Counter

import pytest
from hostile import Fetched, HostileServer, Neighbour, Told, details, unmasked

import livefin as lf
from livefin.booksync import LONGEST_RETRY, BookSync, S
from livefin.commands import Fetch
from livefin.events import BookDelta, BookSnapshot, Status

HOUR = 3600 * S
START = 1_700_000_000 * S
WRITTEN = ([("99", "1")], [("101", "1")])


class Summed(Told):
    """Its books come with a checksum, which is right for the symbol "A" alone."""

    name = "summed"
    checksum_levels = 1

    def checksum(self, symbol, bids, asks):
        return 7 if symbol == "A" else 8

    def parse(self, raw, ts_recv):
        return [_summed(event) for event in super().parse(raw, ts_recv)]


class SummedFetched(Summed, Fetched):
    """The same, the books fetched beside the stream."""

    name = "summed-fetched"


def _summed(event):
    if isinstance(event, BookSnapshot):
        return BookSnapshot(
            event.symbol, event.ts_event, event.ts_recv, event.bids, event.asks, event.sequence,
            checksum=7, text=WRITTEN,
        )  # fmt: skip
    if isinstance(event, BookDelta):
        return BookDelta(
            event.symbol, event.ts_event, event.ts_recv, event.bids, event.asks, event.first,
            event.last, checksum=7, text=([("98", "1")], []),
        )  # fmt: skip
    return event


class Simulated:
    """A book of one venue over simulated time; `answer(sync, now)` is what asking brings."""

    def __init__(self, venue, symbol, answer):
        self.asked, self.events, self.now, self._answer = [], [], START, answer
        self.sync = BookSync(
            venue, self.asked.append, patience=10.0, jitter=random.Random(5), channel="book"
        )
        self.sync.add(symbol)
        self.sync.start([symbol], START)
        self.requests = []

    def run(self, until, *, each=None, step=S // 5):
        """Ticks five times a second; `each(sync, now)` is what comes by itself meanwhile."""
        end = self.now + until
        while self.now < end:
            self.now += step
            self.events += self.sync.tick(self.now)
            for what in (each, self._answer if self.asked else None):
                if self.asked and what is self._answer:
                    if isinstance(self.asked[0], Fetch) or len(self.asked) > 1:
                        self.requests.append(self.now)
                    self.asked.clear()
                if what is not None:
                    self.events += what(self.sync, self.now)
        return Counter(e.kind for e in self.events if isinstance(e, Status))


def book(symbol, now, sequence=1):
    return _summed(BookSnapshot(symbol, now, now, [(99.0, 1.0)], [(101.0, 1.0)], sequence))


@pytest.mark.parametrize("venue", [Summed("ws://x"), SummedFetched("ws://x")], ids=lambda v: v.name)
def test_checksums_that_never_match_for_an_hour(venue):
    def answer(sync, now):
        return sync.event(book("B", now), now, fetched=isinstance(venue, Fetched))

    sim = Simulated(venue, "B", answer)
    kinds = sim.run(HOUR)
    # At least half of LONGEST_RETRY apart from soon on, so in an hour at the most:
    assert len(sim.requests) <= 2 * 3600 / LONGEST_RETRY + 12
    assert len(sim.requests) >= 3600 / LONGEST_RETRY  # and it does not give up
    assert not any(isinstance(event, BookSnapshot) for event in sim.events)  # none is passed on
    (said,) = (e.detail for e in sim.events if isinstance(e, Status) and e.kind == "error")
    assert "its checksum is not the venue's, 3 times in a row" in said
    assert "at most every 30 s" in said
    assert kinds["resynced"] == 0
    assert sim.sync.checks["matched"] == 0
    assert sim.sync.checks["failed"] == kinds["resync"]


def test_changes_whose_checksums_never_match_after_books_that_do():
    """The book is whole for a moment each time; that is no reason to ask at once again."""

    class Fickle(Summed):
        def checksum(self, symbol, bids, asks):
            return 7 if len(bids) == 1 and bids[0][0] == "99" and not self.changed else 0

    venue = Fickle("ws://x")
    venue.changed = False

    def answer(sync, now):
        venue.changed = False
        return sync.event(book("B", now), now)

    def changes(sync, now):
        venue.changed = True
        delta = _summed(BookDelta("B", now, now, [(98.0, 1.0)], [], 2, 2))
        return sync.event(delta, now) if sync.live("B") else []

    sim = Simulated(venue, "B", answer)
    sim.events += answer(sim.sync, START)
    kinds = sim.run(HOUR, each=changes)
    assert len(sim.requests) <= 2 * 3600 / LONGEST_RETRY + 12
    assert kinds["error"] >= 1
    assert kinds["resync"] == pytest.approx(len(sim.requests), abs=2)


def test_a_book_that_breaks_now_and_then_is_mended_at_once_each_time():
    """A break after a time of health is a new trouble; the bound is for those in a row."""
    venue = Told("ws://x")
    sequence = [1]

    def answer(sync, now):
        return sync.event(book("B", now, sequence[0]), now)

    sim = Simulated(venue, "B", answer)
    sim.events += answer(sim.sync, START)
    for _ in range(20):
        sim.run(60 * S)
        before, sequence[0] = len(sim.requests), sequence[0] + 10
        at = sim.now
        lost = BookDelta("B", at, at, [(98.0, 1.0)], [], sequence[0], sequence[0])
        sim.events += sim.sync.event(lost, at)
        sim.run(S)
        assert len(sim.requests) == before + 1
        assert sim.sync.live("B")
    assert not any(e.kind == "error" for e in sim.events if isinstance(e, Status))


@pytest.mark.parametrize("kind", [Summed, SummedFetched])
def test_on_a_real_socket_one_book_never_right_and_the_others_whole(kind):
    async def talk(visit):
        if not visit.upgrades:
            await visit.answer(200, f"S {visit.path[-1]} 5".encode())
            return
        await visit.accept()
        n = 5
        while True:
            n += 1
            await visit.say("S A 5", "S B 5") if n == 6 else None
            await visit.say(f"D A {n} {n}", f"D B {n} {n}", f"T B {n}")
            if kind is Summed and n % 5 == 0:  # as if each asking were answered, and more
                await visit.say(f"S B {n}")
            await asyncio.sleep(0.01)

    with (
        HostileServer(talk) as server,
        Neighbour() as neighbour,
        lf.connect(kind(server.url), ["A", "B"]) as feed,
    ):
        assert feed.wait(lambda: feed.status.counts["error"] >= 1, timeout=40)
        assert "3 times in a row" in details(feed, "error")[0]
        assert feed.wait(lambda: feed.checksums["matched"] > 20, timeout=20)
        assert feed.book["A"].synced
        assert not feed.book["B"].synced
        assert feed.wait(lambda: feed.trades["B"].total > 20)
        assert feed.status.counts["disconnected"] == 0
        assert not any(s.symbol == "A" and s.kind == "resync" for s in feed.status.list())
        asked = [path for path in server.paths() if path == "/book/B"]
        assert len(asked) <= 6
        assert unmasked(server.received).count(b"+ book B") <= 6
        neighbour.unharmed()


@pytest.mark.parametrize("kind", [Told, Fetched])
def test_a_snapshot_that_never_fits_is_said_once(kind):
    """In the stream none comes at all; fetched, it is always of yesterday."""

    def answer(sync, now):
        return sync.event(book("B", now, 3), now, fetched=True) if kind is Fetched else []

    def changes(sync, now):
        return sync.event(BookDelta("B", now, now, [(98.0, 1.0)], [], 11, 11), now)

    sim = Simulated(kind("ws://x"), "B", answer)
    kinds = sim.run(HOUR, each=changes)
    assert kinds == {"error": 1}
    (said,) = sim.events
    assert said.detail == (
        "B: no book snapshot comes that its changes go on from; "
        "it is asked for again at most every 30 s"
    )
    assert 3600 / LONGEST_RETRY <= len(sim.requests) <= 2 * 3600 / LONGEST_RETRY + 12
    sim.events += sim.sync.event(book("B", sim.now, 11), sim.now)
    assert sim.sync.live("B")


def test_in_the_stream_of_a_real_socket_it_is_said_too():
    async def talk(visit):
        await visit.accept()
        for n in range(6, 10_000):
            await visit.say("S A 5" if n == 6 else "ok", f"D A {n} {n}", f"D B {n} {n}", f"T B {n}")
            await asyncio.sleep(0.01)

    with HostileServer(talk) as server:
        told = Told(server.url)
        told.silence = 0.4  # how long it has patience for a snapshot, too
        with lf.connect(told, ["A", "B"]) as feed:
            assert feed.wait(lambda: feed.status.counts["error"] == 1, timeout=40)
            assert "B: no book snapshot comes" in details(feed, "error")[0]
            assert feed.book["A"].synced
            assert feed.trades["B"].total > 0
            assert feed.status.counts["disconnected"] == 0
