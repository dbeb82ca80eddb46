"""Holes filled from history: pages in either order, late, refused, overlapping, never."""

import random

import pytest
from simplevenue import TRADES, A, S, Simple, T, frame, ids, nameless, opened, said, trade

from livefin import filling
from livefin.commands import FetchHistory
from livefin.events import Bar
from livefin.filling import MARGIN, PATIENCE, SETTLE, TRIES, Fill, Filler, before, behind, key_of
from livefin.venues.contract import Span


class Line:
    """A session with a hole in its trades, and what its history is asked for."""

    def __init__(self, *, missing=(4, 8), **options):
        self.live, self.now, self.out = opened(numbered=True, **options), T, []
        first, last = missing
        self.comes(*(trade(n) for n in range(1, first)))
        self.comes(trade(last + 1))

    def comes(self, *events):
        self.out += self.live.receive([frame(*events)], self.now)

    def asked(self):
        return [c for c in self.live.commands() if isinstance(c, FetchHistory)]

    def answer(self, *events):
        (asked,) = self.asked()
        self.out += self.live.fetched(asked, frame(*events), self.now)

    def fails(self, **how):
        (asked,) = self.asked()
        self.out += self.live.fetch_failed(asked, self.now, "HTTP 500", **how)

    def later(self, ns):
        self.now += ns
        self.live.alive(self.now)
        self.out += self.live.tick(self.now)

    @property
    def ids(self):
        return ids(self.out)


def test_what_is_missing_is_asked_for_by_its_ids_and_put_in_its_place():
    line = Line()
    assert line.ids == [1, 2, 3]
    assert line.live.filling == 1
    line.comes(trade(10))
    line.answer(*(trade(n) for n in range(4, 9)))
    assert line.ids == list(range(1, 11))
    (filled,) = said(line.out)
    assert (filled.kind, filled.count, filled.first, filled.last) == ("filled", 5, 4, 8)
    assert line.live.filling == 0


def test_the_address_names_ids_and_the_venues_own_times():
    line = Line()
    (asked,) = line.asked()
    span = f"{T + 3 * S - MARGIN}-{T + 9 * S}"
    assert asked == FetchHistory(TRADES, f"http://simple/{A}?{span}&4-8")


def test_pages_go_forward_until_all_is_there():
    line = Line()
    line.answer(trade(4), trade(5))
    line.answer(trade(5), trade(6), trade(7))
    assert line.live.filling
    line.answer(trade(8))
    assert line.ids == list(range(1, 10))


def test_pages_go_back_where_the_newest_come_first():
    line = Line(newest_first=True)
    line.answer(trade(7), trade(8))
    (asked,) = line.live.commands()
    assert asked.url.endswith("&4-6")
    line.out += line.live.fetched(asked, frame(trade(4), trade(5), trade(6)), line.now)
    assert line.ids == list(range(1, 10))


def test_a_page_may_hold_more_than_was_asked_for():
    line = Line()
    line.answer(*(trade(n) for n in range(1, 15)))
    assert line.ids == list(range(1, 10))
    assert [status.kind for status in said(line.out)] == ["filled"]


def test_a_page_that_lacks_some_is_asked_for_again_and_what_never_comes_is_a_gap():
    line = Line()
    line.answer(trade(4), trade(8))
    assert line.live.filling == 1
    for _ in range(20):
        line.later(SETTLE)
        for asked in line.asked():
            line.out += line.live.fetched(asked, frame(), line.now)
    assert line.ids == [1, 2, 3, 4, 8, 9]
    assert [(gap.first, gap.last) for gap in said(line.out, "gap")] == [(5, 7)]
    assert [filled.count for filled in said(line.out, "filled")] == [2]


def test_a_refusal_is_final():
    line = Line()
    line.fails(refused=True)
    assert line.ids == [1, 2, 3, 9]
    assert [(gap.first, gap.last) for gap in said(line.out, "gap")] == [(4, 8)]


def test_a_failure_is_tried_again_with_pauses_and_then_given_up():
    line = Line()
    tried = 0
    while line.live.filling:
        for asked in line.asked():
            tried += 1
            line.out += line.live.fetch_failed(asked, line.now, "HTTP 500")
        line.later(S // 10)
    assert 1 < tried <= TRIES
    assert line.now - T <= PATIENCE + S
    assert line.ids == [1, 2, 3, 9]


def test_a_pause_longer_than_a_stream_may_wait_is_not_waited_for():
    line = Line()
    line.fails(retry_after=60.0)
    assert line.ids == [1, 2, 3, 9]
    assert said(line.out, "gap")


def test_a_page_that_never_comes_is_waited_for_so_long():
    line = Line()
    line.later(3 * PATIENCE)
    assert line.live.filling
    line.later(1)
    assert line.ids == [1, 2, 3, 9]


def test_a_page_after_the_end_changes_nothing():
    line = Line()
    (asked,) = line.asked()
    line.later(3 * PATIENCE + 1)
    line.out += line.live.fetched(asked, frame(trade(4)), line.now)
    assert line.ids == [1, 2, 3, 9]


def test_a_page_that_cannot_be_read_is_a_failure():
    line = Line()
    (asked,) = line.asked()
    line.out += line.live.fetched(asked, b"<html>", line.now)
    line.later(S)
    line.answer(*(trade(n) for n in range(4, 9)))
    assert line.ids == list(range(1, 10))


def test_a_second_hole_among_what_waits_is_filled_as_well():
    line = Line(missing=(4, 5))
    line.comes(trade(9))
    line.answer(trade(4), trade(5))
    assert line.ids == [1, 2, 3, 4, 5, 6]
    line.answer(trade(7), trade(8))
    assert line.ids == list(range(1, 10))


def test_a_lost_socket_ends_all_waiting_and_says_what_is_missing():
    line = Line(missing=(4, 5))
    line.comes(trade(9))
    line.out += line.live.closed(line.now, "gone")
    assert line.ids == [1, 2, 3, 6, 9]
    assert [(gap.first, gap.last) for gap in said(line.out, "gap")] == [(4, 5), (7, 8)]
    assert not line.live.commands()


def test_what_waits_is_bounded(monkeypatch):
    monkeypatch.setattr(filling, "MAX_HELD", 5)
    line = Line()
    line.comes(*(trade(n) for n in range(10, 20)))
    assert line.ids == [1, 2, 3, *range(9, 20)]
    assert [(gap.first, gap.last) for gap in said(line.out, "gap")] == [(4, 8)]
    assert not line.live.filling


def test_what_is_found_is_bounded(monkeypatch):
    monkeypatch.setattr(filling, "MAX_FOUND", 3)
    line = Line(missing=(4, 20))
    line.answer(*(trade(n) for n in range(4, 8)))
    assert not line.asked()


def test_a_clock_set_back_holds_no_stream_up():
    line = Line()
    line.fails()
    line.later(-3_600 * S)
    line.later(2 * S)
    for asked in line.asked():
        line.out += line.live.fetched(asked, frame(*(trade(n) for n in range(4, 9))), line.now)
    assert line.ids == list(range(1, 10))


@pytest.mark.parametrize("jump", [-3_600 * S, 3_600 * S])
def test_a_clock_that_jumps_loses_nothing_unseen(jump):
    line = Line()
    line.later(jump)
    for _ in range(40):
        line.later(S)
    assert not line.live.filling
    gaps = {n for gap in said(line.out, "gap") for n in range(gap.first, gap.last + 1)}
    assert set(line.ids) | gaps == set(range(1, 10))


def test_history_before_what_is_live_is_joined_without_a_seam():
    live, now, out = opened(numbered=True, now=T), T, []
    again = live.successor()
    again.want_history(10 * S)
    again.opened(now)
    (asked,) = (c for c in again.commands() if isinstance(c, FetchHistory))
    out += again.receive([frame(trade(6), trade(7))], now)
    out += again.fetched(asked, frame(trade(3), trade(4)), now)
    assert out == []
    now += 2 * SETTLE
    out += again.tick(now)
    (asked,) = (c for c in again.commands() if isinstance(c, FetchHistory))
    out += again.fetched(asked, frame(*(trade(n) for n in range(4, 8))), now)
    assert ids(out) == [3, 4, 5, 6, 7]
    assert [status.count for status in said(out, "filled")] == [3]


def test_a_filler_knows_what_can_be_had():
    filler = Filler(Simple(past=False), lambda _: None, jitter=random.Random(1))
    assert not filler.can(TRADES)
    filler = Filler(Simple(), lambda _: None, jitter=random.Random(1))
    assert filler.can(TRADES)
    assert filler.page(TRADES, frame(), 0) is None
    assert filler.failed(TRADES, "why", 0) is None
    assert filler.end_all() == []
    fill = Fill(TRADES, Span(0, 1), 0)
    filler.begin(fill)
    assert list(filler) == [fill] == filler.end_all()


def test_events_alike_have_one_key_however_they_came():
    live, past = nameless(5), nameless(5)
    assert key_of(live) == key_of(past)
    assert key_of(trade(7)) == "7"
    bar = Bar(A, T, T, "1m", 1, 1, 1, 1, 1, 1, closed=False)
    assert key_of(bar) != key_of(Bar(A, T, T, "1m", 1, 1, 1, 1, 1, 1, closed=True))


def test_small_things():
    assert behind(None) == behind(trade(1, 0)) == 0
    assert behind(nameless(3)) == T + 3 * S
    assert before(trade(3), 4)
    assert not before(trade(4), 4)
    assert not before(nameless(1), 4)
