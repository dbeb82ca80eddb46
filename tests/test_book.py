"""One order book: what snapshots and deltas make of it, and what a reader sees meanwhile."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livefin.book import OrderBook
from livefin.events import BookDelta, BookSnapshot


def snapshot(bids, asks, sequence=None):
    return BookSnapshot("X", 5, 6, bids, asks, sequence)


def delta(bids, asks, first=None, last=None):
    return BookDelta("X", 7, 8, bids, asks, first, last)


def test_an_empty_book_has_no_answers():
    book = OrderBook("X")
    assert not book.synced
    assert book.best_bid is book.best_ask is book.mid is book.spread is None
    assert book.imbalance() is None
    assert book.levels() == ([], [])
    assert not book.crossed
    assert repr(book) == "OrderBook('X', 0 bids, 0 asks, not synced)"


def test_a_one_sided_book():
    book = OrderBook("X")
    book.apply(snapshot([(99.0, 2.0)], []))
    assert book.best_bid == (99.0, 2.0)
    assert book.mid is None
    assert book.imbalance() == 1.0


def test_a_snapshot_replaces_all_and_leaves_out_empty_levels():
    book = OrderBook("X")
    book.apply(snapshot([(99.0, 2.0)], [(101.0, 1.0)], 1))
    book.apply(snapshot([(90.0, 1.0), (91.0, 0.0)], [(95.0, 3.0)], 2))
    assert book.levels() == ([(90.0, 1.0)], [(95.0, 3.0)])
    assert (book.sequence, book.ts_event, book.ts_recv) == (2, 5, 6)
    assert book.synced


def test_a_delta_sets_absolute_sizes_and_zero_removes():
    book = OrderBook("X")
    book.apply(snapshot([(99.0, 2.0), (98.0, 1.0)], [(101.0, 1.0)], 1))
    book.apply(delta([(99.0, 5.0), (98.0, 0.0), (1.0, 0.0)], [(100.0, 4.0)], 2, 3))
    assert book.levels() == ([(99.0, 5.0)], [(100.0, 4.0), (101.0, 1.0)])
    assert (book.sequence, book.ts_event) == (3, 7)
    assert book.mid == 99.5
    assert book.spread == 1.0
    assert book.imbalance(1) == pytest.approx(1 / 9)


def test_a_delta_that_removes_one_level_twice():
    book = OrderBook("X")
    book.apply(snapshot([(99.0, 2.0)], []))
    book.apply(delta([(99.0, 0.0), (99.0, 0.0)], []))
    assert book.best_bid is None


def test_levels_are_best_first_and_cannot_be_spoilt_by_the_caller():
    book = OrderBook("X")
    book.apply(snapshot([(1.0, 1.0), (3.0, 1.0), (2.0, 1.0)], [(6.0, 1.0), (5.0, 1.0)]))
    bids, asks = book.levels(2)
    assert [price for price, _ in bids] == [3.0, 2.0]
    assert [price for price, _ in asks] == [5.0, 6.0]
    book.levels()[0].clear()
    assert len(book.levels()[0]) == 3


def test_lost_until_the_next_snapshot():
    book = OrderBook("X")
    book.apply(snapshot([(99.0, 2.0)], [(101.0, 1.0)]))
    book.lost()
    assert not book.synced
    assert book.best_bid == (99.0, 2.0)  # still shown, and said to be old
    book.apply(snapshot([(98.0, 2.0)], [(101.0, 1.0)]))
    assert book.synced


def test_crossed_and_locked_books_say_so():
    book = OrderBook("X")
    book.apply(snapshot([(101.0, 1.0)], [(101.0, 1.0)]))
    assert book.crossed
    book.apply(delta([(102.0, 1.0)], []))
    assert book.crossed
    book.apply(delta([(102.0, 0.0), (101.0, 0.0), (100.0, 1.0)], []))
    assert not book.crossed


def test_a_snapshot_of_the_book_makes_the_same_book():
    book, copy = OrderBook("X"), OrderBook("X")
    book.apply(snapshot([(99.0, 2.0), (98.0, 1.0)], [(101.0, 1.0)], 7))
    copy.apply(book.snapshot())
    assert copy.levels() == book.levels()
    assert (copy.sequence, copy.ts_event, copy.ts_recv) == (7, 5, 6)


LEVELS = st.lists(st.tuples(st.integers(1, 9).map(float), st.integers(0, 3).map(float)), max_size=5)


@given(st.lists(st.tuples(st.booleans(), LEVELS, LEVELS), max_size=12))
def test_equal_to_a_plain_dict_of_levels(changes):
    book, sides = OrderBook("X"), ({}, {})
    for replace, *levels in changes:
        unique = [list(dict(side).items()) for side in levels]
        book.apply((snapshot if replace else delta)(*unique))
        for side, changed in zip(sides, unique, strict=True):
            if replace:
                side.clear()
            for price, size in changed:
                side[price] = size
                if size == 0:
                    del side[price]
        bids, asks = sorted(sides[0].items(), reverse=True), sorted(sides[1].items())
        assert book.levels() == (bids, asks)
        assert book.best_bid == (bids[0] if bids else None)
        assert book.best_ask == (asks[0] if asks else None)


MANY = st.lists(st.tuples(st.integers(0, 80), st.integers(0, 2)), max_size=6)


@given(st.lists(st.tuples(MANY, MANY, st.none() | st.integers(0, 4)), max_size=30))
def test_levels_looked_at_now_and_then_equal_sorting_them_anew(changes):
    """Between looks, prices are mended, or forgotten when too many of them have changed."""
    book, sides = OrderBook("X"), ({}, {})
    start = [(float(price), 1.0) for price in range(0, 80, 2)]
    book.apply(snapshot(start, start))
    sides[0].update(start)
    sides[1].update(start)
    for *levels, look in changes:
        book.apply(delta(*levels))
        for side, changed in zip(sides, levels, strict=True):
            for price, size in changed:  # of a level told twice, the last counts
                side[price] = size
                if size == 0:
                    del side[price]
        if look is not None:
            bids, asks = sorted(sides[0].items(), reverse=True), sorted(sides[1].items())
            assert book.levels(look) == (bids[:look], asks[:look])
            assert book.levels() == (bids, asks)
            assert book.top == (bids[0] if bids else None, asks[0] if asks else None)


def test_what_waits_for_a_reader_is_bounded():
    book = OrderBook("X")
    book.apply(snapshot([(float(n), 1.0) for n in range(100)], []))
    book.levels()
    for n in range(10_000):
        book.apply(delta([(float(n % 100), 2.0)], []))
        assert len(book._bids._touched) <= 25
    assert book.levels(1)[0] == [(99.0, 2.0)]


def test_a_reader_never_sees_half_a_change():
    """Each delta moves both sides by the same step, so the spread is always one."""
    book, stop = OrderBook("X"), threading.Event()
    book.apply(snapshot([(0.0, 1.0)], [(1.0, 1.0)]))

    def write():
        at = 0.0
        while not stop.is_set():
            up = at + 10.0
            book.apply(delta([(at, 0.0), (up, 1.0)], [(at + 1, 0.0), (up + 1, 1.0)]))
            at = up

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(3_000):
            (bid,), (ask,) = book.levels(1)
            assert ask[0] - bid[0] == 1.0
            assert book.spread == 1.0
            assert not book.crossed
    finally:
        stop.set()
        writer.join()
