"""Books kept whole: when snapshots are asked for, and what a book that was broken becomes."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livefin.booksync import FIRST_RETRY, LONGEST_RETRY, BookSync, Fetch, S, Send, backoff
from livefin.events import BookDelta, BookSnapshot, Status
from livefin.venues.contract import Venue

PATIENCE = 10.0


class Rest(Venue):
    """Snapshots are fetched beside the stream."""

    name = "rest"

    def snapshot_url(self, symbol):
        return f"https://rest/{symbol}"


class InStream(Venue):
    """The stream begins with a snapshot."""

    name = "in_stream"

    def subscribe(self, subs):
        return [f"+{sub.channel}:{sub.symbol}" for sub in subs]

    def unsubscribe(self, subs):
        return [f"-{sub.channel}:{sub.symbol}" for sub in subs]


def make(venue=Rest, symbols="A"):
    asked = []
    sync = BookSync(venue(), asked.append, patience=PATIENCE, jitter=random.Random(1))
    for symbol in symbols:
        sync.add(symbol)
    return sync, asked


def delta(first, last, symbol="A"):
    return BookDelta(symbol, 0, 0, [], [], first, last)


def snapshot(sequence, symbol="A"):
    return BookSnapshot(symbol, 0, 0, [], [], sequence)


def kinds(events):
    return [event.kind if isinstance(event, Status) else type(event) for event in events]


@given(st.integers(0, 10_000), st.integers())
def test_backoff_doubles_is_capped_and_jittered(attempt, seed):
    whole = min(LONGEST_RETRY, FIRST_RETRY * 2 ** min(attempt, 20))
    assert whole / 2 <= backoff(attempt, random.Random(seed)) <= whole


def test_the_jitter_is_not_always_the_same():
    jitter = random.Random(1)
    assert len({backoff(20, jitter) for _ in range(10)}) == 10


def test_a_start_asks_for_each_book_once():
    sync, asked = make(symbols="AB")
    sync.start(None, 0)
    assert asked == [Fetch("A", "https://rest/A"), Fetch("B", "https://rest/B")]
    sync.tick(int(PATIENCE * S) - 1)
    assert len(asked) == 2
    sync.tick(int(PATIENCE * S))
    assert len(asked) == 4


def test_a_stream_that_begins_with_a_snapshot_is_not_asked_but_begun_again_when_it_does_not():
    sync, asked = make(InStream)
    sync.start(None, 0)
    assert asked == []
    sync.tick(int(PATIENCE * S))
    assert asked == [Send("-book:A"), Send("+book:A")]


def test_a_snapshot_too_old_is_asked_for_again_after_a_pause():
    sync, asked = make()
    sync.start(None, 0)
    sync.event(delta(11, 12), 1)
    assert sync.event(snapshot(5), 2, fetched=True) == []
    sync.tick(3)
    assert len(asked) == 1
    sync.tick(2 * S)
    assert len(asked) == 2
    assert kinds(sync.event(snapshot(11), 3 * S, fetched=True)) == [BookSnapshot, BookDelta]
    sync.tick(10**6 * S)
    assert len(asked) == 2


def test_a_second_answer_does_not_set_a_live_book_back():
    sync, asked = make()
    sync.start(None, 0)
    sync.event(snapshot(10), 1, fetched=True)
    sync.event(delta(11, 20), 2)
    assert sync.event(snapshot(10), 3, fetched=True) == []
    assert kinds(sync.event(delta(21, 21), 4)) == [BookDelta]
    assert len(asked) == 1


def test_a_gap_is_reported_and_resyncs_that_symbol_alone():
    sync, asked = make(symbols="AB")
    sync.start(None, 0)
    for symbol in "AB":
        sync.event(snapshot(10, symbol), 1, fetched=True)
        sync.event(delta(11, 11, symbol), 2)
    asked.clear()
    gap, resync = sync.event(delta(15, 16), 3)
    assert (gap.kind, gap.count, gap.first, gap.last) == ("gap", 3, 12, 14)
    assert (resync.kind, resync.symbol, resync.start) == ("resync", "A", 3)
    assert asked == [Fetch("A", "https://rest/A")]
    assert kinds(sync.event(delta(12, 12, "B"), 4)) == [BookDelta]
    whole, *rest = sync.event(snapshot(15), 5, fetched=True)
    assert (whole.kind, whole.start, whole.end) == ("resynced", 3, 5)
    assert kinds(rest) == [BookSnapshot, BookDelta]


def test_a_fetched_snapshot_older_than_the_streams_first_change_is_no_gap():
    """The snapshot answered before the subscription took effect: nothing sent was lost."""
    sync, asked = make()
    sync.start(None, 0)
    sync.event(snapshot(10), 1, fetched=True)
    assert kinds(sync.event(delta(15, 16), 2)) == ["resync"]
    assert len(asked) == 2
    assert kinds(sync.event(snapshot(14), 3, fetched=True)) == [
        "resynced", BookSnapshot, BookDelta,
    ]  # fmt: skip


def test_after_a_snapshot_in_the_stream_the_first_change_must_chain():
    sync, asked = make(InStream)
    sync.start(None, 0)
    sync.event(snapshot(10), 1)
    assert kinds(sync.event(delta(15, 16), 2)) == ["gap", "resync"]
    assert asked == [Send("-book:A"), Send("+book:A")]


def test_a_snapshot_in_the_stream_replaces_a_live_book():
    sync, _ = make(InStream)
    sync.start(None, 0)
    sync.event(snapshot(10), 1)
    sync.event(delta(11, 20), 2)
    assert kinds(sync.event(snapshot(3), 3)) == [BookSnapshot]
    assert kinds(sync.event(delta(4, 4), 4)) == [BookDelta]


def test_a_lost_connection_breaks_live_books_only():
    sync, _ = make(symbols="AB")
    sync.start(None, 0)
    sync.event(snapshot(10), 1, fetched=True)
    (resync,) = sync.lost(5, 9)
    assert (resync.kind, resync.symbol, resync.start, resync.ts) == ("resync", "A", 5, 9)
    assert sync.lost(5, 10) == []


def test_a_venue_that_never_answers_is_asked_ever_less_often():
    sync, asked = make()
    sync.start(None, 0)
    now, waits = 0, []
    for _ in range(12):
        (status,) = sync.failed("A", now, "HTTP 500", refused=False, retry_after=None)
        assert status.kind == "error"
        asked.clear()
        then = now
        while not asked:
            now += S // 100
            sync.tick(now)
        waits.append((now - then) / S)
    assert waits[0] <= 1.1
    assert LONGEST_RETRY / 2 <= waits[-1] <= LONGEST_RETRY + 0.1


def test_retry_after_is_kept_to():
    sync, asked = make()
    sync.start(None, 0)
    (status,) = sync.failed("A", 0, "HTTP 429", refused=False, retry_after=120.0)
    assert "120.0 s" in status.detail
    sync.tick(120 * S - 1)
    assert len(asked) == 1
    sync.tick(120 * S)
    assert len(asked) == 2


def test_a_refusal_is_final():
    sync, asked = make()
    sync.start(None, 0)
    (status,) = sync.failed("A", 1, "HTTP 400", refused=True, retry_after=None)
    assert (status.kind, status.symbol) == ("rejected", "A")
    sync.tick(10**6 * S)
    assert len(asked) == 1


def test_a_clock_set_back_delays_no_question():
    sync, asked = make()
    sync.start(None, 1_000 * S)
    sync.tick(1_001 * S)
    sync.tick(0)
    sync.tick(int(PATIENCE * S))
    assert len(asked) == 2


def test_changes_dropped_later_on_resync_a_live_book():
    sync, asked = make()
    sync.start(None, 0)
    assert sync.resync("A", 1) == []  # it is being built already
    sync.event(snapshot(10), 1, fetched=True)
    assert kinds(sync.resync("A", 2)) == ["resync"]
    assert len(asked) == 2
    assert kinds(sync.event(delta(11, 12), 3)) == []
    assert kinds(sync.event(snapshot(11), 4, fetched=True)) == ["resynced", BookSnapshot, BookDelta]


@pytest.mark.parametrize("symbol", ["B", "", "<img src=x>"])
def test_what_nobody_subscribed_is_ignored(symbol):
    sync, asked = make()
    assert sync.event(snapshot(1, symbol), 0) == []
    assert sync.event(delta(1, 1, symbol), 0) == []
    assert sync.resync(symbol, 0) == []
    assert sync.failed(symbol, 0, "HTTP 500", refused=False, retry_after=None) == []
    sync.remove(symbol)
    assert asked == []
    assert symbol not in sync
