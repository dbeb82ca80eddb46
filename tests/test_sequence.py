"""Ids and book chains: each missing id is found once, each chain mended by the right snapshot."""

from hypothesis import given
from hypothesis import strategies as st

from livefin.events import BookDelta, BookSnapshot
from livefin.sequence import (
    MAX_HELD,
    MAX_HELD_LEVELS,
    MAX_HOLES,
    BookSequence,
    BookState,
    Hole,
    IdSequence,
    Verdict,
)

NEXT, GAP, DUPLICATE, LATE = Verdict


def delta(first, last, previous=None):
    return BookDelta("X", 0, 0, [], [], first, last, previous)


def snapshot(sequence):
    return BookSnapshot("X", 0, 0, [(1.0, 1.0)], [(2.0, 1.0)], sequence)


class TestIdSequence:
    def test_it_starts_anywhere(self):
        ids = IdSequence()
        assert ids.check(3_735_683_259) is NEXT
        assert ids.check(3_735_683_260) is NEXT
        assert ids.holes == []

    def test_late_ids_fill_holes_from_both_ends_and_the_middle(self):
        ids = IdSequence()
        ids.check(1)
        assert ids.check(10) is GAP
        assert ids.hole == Hole(2, 9)
        assert ids.hole.size == 8
        assert [ids.check(n) for n in (2, 9, 5)] == [LATE] * 3
        assert ids.holes == [Hole(3, 4), Hole(6, 8)]
        assert [ids.check(n) for n in (2, 9, 5, 10)] == [DUPLICATE] * 4

    def test_holes_are_bounded_and_the_newest_are_kept(self):
        ids = IdSequence()
        for n in range(0, 4 * MAX_HOLES, 2):
            ids.check(n)
        assert len(ids.holes) == MAX_HOLES
        assert ids.holes[-1] == Hole(4 * MAX_HOLES - 3, 4 * MAX_HOLES - 3)

    def test_a_huge_jump_is_one_hole(self):
        ids = IdSequence()
        ids.check(5)
        assert ids.check(2**63 - 1) is GAP
        assert ids.holes == [Hole(6, 2**63 - 2)]
        assert ids.check(6) is LATE

    @given(st.lists(st.integers(0, 30), min_size=1))
    def test_each_id_is_new_once_and_holes_are_what_is_missing(self, arrivals):
        ids, seen, reported = IdSequence(), set(), set()
        start = arrivals[0]
        for n in arrivals:
            verdict = ids.check(n)
            assert (verdict is DUPLICATE) == (n in seen or n < start)
            assert (verdict is LATE) == (n in reported and n not in seen)
            if verdict is GAP:
                reported |= set(range(ids.hole.first, ids.hole.last + 1))
            if n >= start:
                seen.add(n)
        missing = set(range(start, max(seen) + 1)) - seen
        assert {n for hole in ids.holes for n in range(hole.first, hole.last + 1)} == missing
        assert ids.holes == sorted(ids.holes)


class TestBookSequence:
    def test_changes_before_a_snapshot_are_held_and_bridged(self):
        # The ids of the real capture: Binance spot BTCUSDT, 2024-08-08.
        book = BookSequence()
        for first, last in ((189, 202), (203, 207), (208, 224), (225, 230)):
            assert book.delta(delta(first, last)).events == []
        events = book.snapshot(snapshot(218)).events
        assert events == [snapshot(218), delta(208, 224), delta(225, 230)]
        assert book.state is BookState.LIVE
        assert book.delta(delta(231, 231)).events == [delta(231, 231)]

    def test_a_snapshot_newer_than_all_that_is_held(self):
        book = BookSequence()
        book.delta(delta(1, 5))
        assert book.snapshot(snapshot(5)).events == [snapshot(5)]
        assert book.delta(delta(6, 7)).events == [delta(6, 7)]

    def test_a_snapshot_too_old_releases_nothing_and_a_later_one_does(self):
        book = BookSequence()
        book.delta(delta(11, 12))
        finding = book.snapshot(snapshot(9))
        assert finding.snapshot_too_old
        assert finding.events == []
        assert book.state is BookState.WAITING
        assert book.snapshot(snapshot(10)).events == [snapshot(10), delta(11, 12)]

    def test_a_fetched_snapshot_that_the_stream_does_not_reach_was_too_old(self):
        book = BookSequence()
        book.snapshot(snapshot(10), fetched=True)
        finding = book.delta(delta(14, 15))
        assert (finding.events, finding.hole, finding.snapshot_too_old) == ([], None, True)
        assert book.snapshot(snapshot(14), fetched=True).events == [snapshot(14), delta(14, 15)]
        assert book.delta(delta(17, 17)).hole == Hole(16, 16)

    def test_a_fetched_snapshot_does_not_set_a_live_book_back(self):
        book = BookSequence()
        book.snapshot(snapshot(10), fetched=True)
        book.delta(delta(9, 10))  # the stream reaches back to it
        assert book.snapshot(snapshot(8), fetched=True).events == []
        assert book.delta(delta(12, 12)).hole == Hole(11, 11)

    def test_a_missing_change_is_a_hole_and_waits_for_a_snapshot(self):
        book = BookSequence()
        book.snapshot(snapshot(10))
        finding = book.delta(delta(14, 15))
        assert finding.hole == Hole(11, 13)
        assert finding.events == []
        assert book.delta(delta(16, 16)).events == []
        released = book.snapshot(snapshot(14)).events
        assert released == [snapshot(14), delta(14, 15), delta(16, 16)]

    def test_a_hole_among_the_held_ones_keeps_the_rest_held(self):
        book = BookSequence()
        for first, last in ((1, 2), (3, 4), (8, 9), (10, 11)):
            book.delta(delta(first, last))
        finding = book.snapshot(snapshot(2))
        assert finding.events == [snapshot(2), delta(3, 4)]
        assert finding.hole == Hole(5, 7)
        assert book.state is BookState.WAITING
        assert book.snapshot(snapshot(9)).events == [snapshot(9), delta(10, 11)]

    def test_a_change_sent_twice_is_passed_on_once(self):
        book = BookSequence()
        book.snapshot(snapshot(1))
        assert book.delta(delta(2, 3)).events == [delta(2, 3)]
        assert book.delta(delta(2, 3)).events == []

    def test_a_chain_of_previous_ids_may_jump(self):
        # Binance futures: `pu` chains, `U` does not rise by one.
        book = BookSequence()
        book.snapshot(snapshot(105))
        assert book.delta(delta(100, 110, previous=90)).events
        assert book.delta(delta(150, 160, previous=110)).events
        finding = book.delta(delta(190, 195, previous=180))
        assert finding.hole == Hole(161, 180)

    def test_a_chain_that_restarts_lower_still_makes_a_hole_of_some_size(self):
        book = BookSequence()
        book.snapshot(snapshot(100))
        finding = book.delta(delta(120, 130, previous=40))
        assert finding.hole == Hole(101, 119)

    def test_changes_without_ids_need_only_a_snapshot(self):
        book = BookSequence()
        book.delta(delta(None, None))
        assert len(book.snapshot(snapshot(None), fetched=True).events) == 2

    def test_changes_without_ids_before_a_snapshot_in_the_stream_are_in_it(self):
        book = BookSequence()
        book.delta(delta(None, None))
        assert len(book.snapshot(snapshot(None)).events) == 1
        assert len(book.delta(delta(None, None)).events) == 1

    def test_restart_forgets(self):
        book = BookSequence()
        book.snapshot(snapshot(1))
        book.delta(delta(5, 5))
        book.restart()
        assert book.snapshot(snapshot(3)).events == [snapshot(3)]

    def test_what_is_held_is_bounded_and_too_old_a_snapshot_is_noticed(self):
        book = BookSequence()
        for n in range(MAX_HELD + 10):
            book.delta(delta(n, n))
        assert book.snapshot(snapshot(5)).snapshot_too_old
        assert len(book.snapshot(snapshot(MAX_HELD)).events) == 10

    def test_while_a_snapshot_never_comes_no_more_levels_are_held_than_some(self):
        book, levels = BookSequence(), [(1.0, 1.0)] * 500
        for n in range(1_000):
            book.delta(BookDelta("X", 0, 0, levels, levels, n, n))
        assert sum(len(d.bids) + len(d.asks) for d in book._held) == MAX_HELD_LEVELS
        _, *later = book.snapshot(snapshot(799)).events
        assert [change.last for change in later] == list(range(800, 1_000))
        assert book._held_levels == 0

    def test_one_change_is_held_however_many_levels_it_has(self):
        book, levels = BookSequence(), [(1.0, 1.0)] * (MAX_HELD_LEVELS + 1)
        for n in (1, 2):
            book.delta(BookDelta("X", 0, 0, levels, [], n, n))
        assert [change.last for change in book._held] == [2]

    @given(st.lists(st.integers(1, 3), min_size=1), st.data())
    def test_after_any_snapshot_the_events_form_one_unbroken_chain(self, sizes, data):
        """Whatever is lost or repeated, what comes out chains from its snapshot on."""
        changes, at = [], 0
        for size in sizes:
            changes.append(delta(at + 1, at + size))
            at += size
        stream = [c for c in changes for _ in range(data.draw(st.sampled_from([1, 1, 1, 0, 2])))]
        book, last = BookSequence(), None
        for change in stream:
            found = [book.delta(change)]
            if data.draw(st.booleans()):
                found.append(book.snapshot(snapshot(data.draw(st.integers(0, at)))))
            for finding in found:
                for event in finding.events:
                    if isinstance(event, BookSnapshot):
                        last = event.sequence
                    else:
                        assert event.first <= last + 1 <= event.last
                        last = event.last
                assert finding.hole is None or finding.hole.size > 0

    @given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 3), st.none() | st.integers(0, 9))))
    def test_the_short_way_passes_what_the_long_one_does(self, steps):
        short, long = BookSequence(), BookSequence()
        for book in (short, long):
            book.snapshot(snapshot(0))
        for first, more, previous in steps:
            change = delta(first, first + more, previous)
            finding = long.delta(change)
            passed = short.follows(change)
            assert passed == (finding.events == [change])
            assert passed or short.delta(change) == finding
            assert (short.state, short.last) == (long.state, long.last)
