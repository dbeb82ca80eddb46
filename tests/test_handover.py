"""Two sockets, one stream: nothing is lost between them, and nothing comes twice."""

import pytest
from msgspec.structs import replace
from simplevenue import A, S, T, change, frame, ids, nameless, opened, quote, said, trade, whole

from livefin import handover as module
from livefin.events import BookSnapshot, Quote, Status, Trade
from livefin.handover import OVERLAP, PATIENCE, Handover
from livefin.session import State


class Pair:
    """An old session, its successor, and what a handover passes on of either."""

    def __init__(self, *channels, **options):
        self.now = T
        self.old = opened(*channels, now=T, **options)
        self.out = []
        self.new = self.handover = None

    def old_brings(self, *events):
        self._take(self.old, self.old.receive([frame(*events)], self.now))

    def begin(self, *, stands=True):
        self.new = self.old.successor()
        self.handover = Handover(self.old, self.new, self.now, reason="a test")
        if stands:
            self._take(self.new, self.new.opened(self.now))

    def new_brings(self, *events):
        self._take(self.new, self.new.receive([frame(*events)], self.now))

    def old_ends(self):
        self._take(self.old, self.old.closed(self.now, "gone"))

    def new_ends(self):
        self._take(self.new, self.new.closed(self.now, "gone"))

    def later(self, ns=OVERLAP + 1):
        self.now += ns
        self.out += self.handover.tick(self.now)

    def _take(self, session, events):
        if self.handover is not None:
            events = self.handover.take(session, events, self.now)
        self.out += events

    @property
    def ids(self):
        return ids(self.out)


def test_the_new_one_takes_over_where_the_old_one_is():
    pair = Pair(numbered=True)
    pair.old_brings(trade(1), trade(2))
    pair.begin()
    pair.old_brings(trade(3))
    pair.new_brings(trade(3), trade(4))
    assert pair.ids == [1, 2, 3]
    pair.old_brings(trade(4))
    pair.later()
    assert pair.handover.done
    pair.new_brings(trade(5))
    assert pair.ids == [1, 2, 3, 4, 5]
    assert not said(pair.out, "gap", "duplicate", "late")
    assert "took the place" in said(pair.out)[-1].detail


def test_it_waits_until_a_quiet_stream_has_surely_begun():
    pair = Pair(numbered=True)
    pair.begin()
    pair.later(OVERLAP - 1)
    assert not pair.handover.done
    pair.later(1)
    assert pair.handover.done


def test_it_waits_for_the_old_one_to_reach_where_the_new_one_begins():
    pair = Pair(numbered=True)
    pair.old_brings(trade(1))
    pair.begin()
    pair.new_brings(trade(5))
    pair.later()
    assert not pair.handover.done
    pair.old_brings(*(trade(n) for n in range(2, 6)))
    pair.later()
    assert pair.handover.done
    assert pair.ids == [1, 2, 3, 4, 5]


def test_an_old_one_that_is_far_behind_is_waited_for_so_long_and_no_longer():
    pair = Pair(numbered=True, past=False)
    pair.old_brings(trade(1))
    pair.begin()
    pair.new_brings(trade(5))
    pair.later()
    pair.later(PATIENCE + 1)
    assert pair.handover.done
    (gap,) = said(pair.out, "gap")
    assert (gap.first, gap.last, gap.count) == (2, 4, 3)
    assert pair.ids == [1, 5]


def test_it_waits_for_the_books():
    pair = Pair("book")
    pair.old_brings(whole(10))
    pair.old_brings(change(11, 12))
    pair.begin()
    pair.later()
    assert not pair.handover.done
    pair.new_brings(whole(11))
    pair.later()
    assert not pair.handover.done, "the new book is older than the old one"
    pair.new_brings(change(12, 12))
    pair.later()
    assert pair.handover.done
    assert [event.sequence for event in pair.out if isinstance(event, BookSnapshot)] == [10, 11]


def test_a_book_that_broke_before_it_counted_is_not_spoken_of():
    pair = Pair("book")
    pair.old_brings(whole(10))
    pair.begin()
    pair.new_brings(whole(10))
    pair.new_brings(change(15, 15))
    pair.new_brings(whole(15))
    pair.later()
    assert pair.handover.done
    assert not said(pair.out, "gap", "resync", "resynced")


def test_a_stream_that_waits_for_its_history_is_waited_for():
    pair = Pair(numbered=True)
    pair.old_brings(trade(1))
    pair.begin()
    pair.new_brings(trade(1))
    pair.old_brings(trade(4))  # 2 and 3 are asked for, and 4 waits
    pair.new_brings(trade(2), trade(3), trade(4))
    pair.later()
    assert not pair.handover.done
    assert pair.ids == [1]
    (asked,) = (c for c in pair.old.commands() if hasattr(c, "sub"))
    pair._take(pair.old, pair.old.fetched(asked, frame(trade(2), trade(3)), pair.now))
    pair.later()
    assert pair.handover.done
    assert pair.ids == [1, 2, 3, 4]


def test_a_stream_that_waits_too_long_leaves_its_hole_to_the_new_one():
    pair = Pair(numbered=True)
    pair.old_brings(trade(1))
    pair.begin()
    pair.new_brings(trade(1))
    pair.old_brings(trade(4))
    pair.new_brings(trade(4))
    pair.later(PATIENCE + 1)
    assert pair.handover.done
    assert pair.ids == [1, 4]
    (gap,) = said(pair.out, "gap")
    assert (gap.first, gap.last) == (2, 3)


def test_what_the_new_one_missed_and_the_old_one_brought_is_no_gap():
    pair = Pair(numbered=True, past=False)
    pair.begin()
    pair.old_brings(*(trade(n) for n in range(1, 8)))
    pair.new_brings(trade(1), trade(4), trade(7), trade(10))
    pair.later()
    assert pair.handover.done
    assert pair.ids == [1, 2, 3, 4, 5, 6, 7, 10]
    (gap,) = said(pair.out, "gap")
    assert (gap.first, gap.last, gap.count) == (8, 9, 2)


def test_what_the_new_one_still_fetches_and_the_old_one_brought_does_not_come_twice():
    pair = Pair(numbered=True)
    pair.begin()
    pair.old_brings(*(trade(n) for n in range(1, 8)))
    pair.new_brings(trade(1), trade(4))
    asked = [c for c in pair.new.commands() if hasattr(c, "sub")]
    pair.later()
    assert pair.handover.done
    pair._take(pair.new, pair.new.fetched(asked[0], frame(trade(2), trade(3)), pair.now))
    pair.new_brings(*(trade(n) for n in range(5, 10)))
    assert pair.ids == list(range(1, 10))
    assert not said(pair.out, "gap", "filled")


@pytest.mark.parametrize("make", [trade, nameless, lambda n: trade(f"x{n}", T + n * S)])
def test_a_new_one_that_is_slower_brings_nothing_again(make):
    pair = Pair(numbered=False, past=False)
    pair.begin()
    pair.old_brings(make(1), make(2), make(3))
    pair.new_brings(make(1))
    pair.later()
    assert pair.handover.done
    pair.new_brings(make(2), make(3), make(4))
    assert [event.ts_event for event in pair.out if isinstance(event, Trade)] == [
        T + n * S for n in (1, 2, 3, 4)
    ]


def test_no_quote_comes_twice_nor_after_a_newer_one():
    pair = Pair("quotes")
    pair.old_brings(quote(5), quote(7))
    pair.begin()
    pair.new_brings(quote(7))
    pair.new_brings(quote(8))
    pair.later()
    assert pair.handover.done
    pair.new_brings(quote(8), quote(9))
    assert [event.sequence for event in pair.out if isinstance(event, Quote)] == [5, 7, 8, 9]


def test_of_trades_alike_there_are_as_many_as_there_were():
    pair = Pair(numbered=False, past=False)
    pair.begin()
    pair.old_brings(nameless(1), nameless(2), nameless(2))
    pair.new_brings(nameless(1))
    pair.later()
    pair.new_brings(nameless(2), nameless(2), nameless(3), nameless(3))
    assert len(ids(pair.out)) == 5


def test_what_the_old_one_counted_is_said():
    pair = Pair(numbered=True)
    pair.begin()
    pair.old.receive([b"garbage"] * 3, pair.now)
    pair.later()
    assert pair.handover.done
    assert [status.count for status in said(pair.out, "malformed")] == [3]


def test_a_second_socket_that_cannot_be_had_changes_nothing():
    pair = Pair(numbered=True)
    pair.old_brings(trade(1))
    pair.begin(stands=False)
    pair.new_ends()
    pair.later(1)
    assert "could not be had" in pair.handover.failed
    pair.old_brings(trade(2))
    pair.new_brings(trade(9))
    assert pair.ids == [1, 2]


def test_a_second_socket_that_says_nothing_is_given_up():
    pair = Pair(numbered=True)
    pair.begin(stands=False)
    pair.later(PATIENCE)
    assert not pair.handover.failed
    pair.later(1)
    assert pair.handover.failed


def test_a_second_socket_that_is_lost_again_is_given_up():
    pair = Pair("book")
    pair.old_brings(whole(10))
    pair.begin()
    pair.new_ends()
    assert "lost" in pair.handover.failed


def test_a_second_socket_without_the_book_is_given_up():
    pair = Pair("book")
    pair.old_brings(whole(10))
    pair.begin()
    pair.later(PATIENCE + 1)
    assert "did not bring all" in pair.handover.failed


def test_what_waits_is_bounded(monkeypatch):
    monkeypatch.setattr(module, "MAX_WAITING", 10)
    pair = Pair("trades", "book", numbered=True)
    pair.old_brings(whole(1))
    pair.begin()
    pair.new_brings(*(trade(n) for n in range(11)))
    assert pair.handover.failed


def test_an_old_one_that_falls_before_its_time_is_replaced_at_once():
    pair = Pair(numbered=True, past=False)
    pair.old_brings(trade(1), trade(2))
    pair.begin()
    pair.new_brings(trade(4))
    pair.old_ends()
    assert pair.handover.done
    assert pair.ids == [1, 2, 4]
    (gap,) = said(pair.out, "gap")
    assert (gap.first, gap.last) == (3, 3)
    pair.new_brings(trade(5))
    assert pair.ids == [1, 2, 4, 5]


def test_an_old_one_that_falls_while_the_new_one_is_not_ready_goes_on_by_itself():
    pair = Pair("trades", "book", numbered=True)
    pair.old_brings(whole(1), trade(1))
    pair.begin(stands=False)
    pair.old_ends()
    assert not pair.handover.done
    assert pair.old.state is State.DOWN
    assert any(isinstance(event, Status) and event.kind == "disconnected" for event in pair.out)
    pair._take(pair.new, pair.new.opened(pair.now))
    pair.new_brings(whole(5), trade(2))
    assert pair.handover.done
    assert pair.ids == [1, 2]


def test_between_sockets_without_ids_a_gap_is_reported_where_they_never_met():
    pair = Pair(numbered=False, past=False)
    pair.old_brings(nameless(1))
    pair.begin()
    pair.now += S
    pair.new_brings(nameless(5))
    pair.old_ends()
    assert pair.handover.done
    gaps = said(pair.out, "gap")
    assert [(gap.symbol, gap.channel, gap.start) for gap in gaps] == [(A, "trades", T)]


def test_the_same_seed_gives_the_same_successor():
    waits = []
    for _ in range(2):
        new = opened(seed=5).successor()
        new.opened(0)
        new.closed(1, "gone")
        waits.append(new.retry_at)
    assert waits[0] == waits[1]


def test_a_clock_set_back_holds_no_handover_up():
    pair = Pair("book")
    pair.old_brings(whole(10))
    pair.begin()
    pair.later(-3_600 * S)
    pair.later(PATIENCE + 1)
    assert pair.handover.failed


def test_an_old_socket_that_lags_is_waited_for_though_a_stream_is_quiet():
    """Its last trade may still be on the way; the quotes of both tell how far they are."""
    pair = Pair("trades", "quotes", past=False)
    pair.old_brings(nameless(1), at(quote(1), 1))
    pair.begin()
    pair.new_brings(at(quote(5), 5))
    pair.later()
    assert not pair.handover.done
    pair.old_brings(nameless(3), at(quote(3), 3))
    pair.later()
    assert not pair.handover.done
    pair.old_brings(at(quote(5), 5))
    pair.later()
    assert pair.handover.done
    assert not said(pair.out, "gap")
    assert len(ids(pair.out)) == 2


def test_a_quiet_stream_of_an_old_socket_that_fell_may_have_lost_something():
    pair = Pair(past=False)
    pair.old_brings(nameless(1))
    pair.now += 9 * S
    pair.begin()
    pair.old_ends()
    assert pair.handover.done
    (gap,) = said(pair.out, "gap")
    assert (gap.symbol, gap.channel, gap.start, gap.end) == (A, "trades", T, pair.now)


def at(quote, second):
    return replace(quote, ts_event=T + second * S)
