"""Streams of trades: each once and in order, what is missing filled from history or reported."""

import pytest
from simplevenue import (
    TRADES,
    A,
    S,
    T,
    frame,
    ids,
    nameless,
    opened,
    quote,
    said,
    trade,
)

from livefin.commands import FetchHistory
from livefin.events import Quote, Status, Trade
from livefin.filling import PATIENCE
from livefin.numbering import ANEW_FRAMES
from livefin.recent import ANEW_QUOTES, BEGUN
from livefin.sequence import MAX_HOLES
from livefin.tradesync import ANEW_AFTER, FILL_AT_MOST
from livefin.venues.contract import Numbered, Subscription


def named(n):
    """A trade whose id says nothing of its place."""
    return trade(f"x{n}", T + n * S)


class Outage:
    """A session that was cut off after trade 3 and is open again; what it is answered."""

    def __init__(self, make=named, *, away=10 * S, clock=0, **options):
        self.live, self.now, self.out = opened(numbered=False, now=T, **options), T + 3 * S + 1, []
        self.make = make
        self.out += self.live.receive([frame(make(1), make(2), make(3))], self.now)
        self.out += self.live.closed(self.now, "gone")
        self.live.commands()
        self.now += away + clock
        self.out += self.live.opened(self.now)

    def comes(self, *numbers):
        events = frame(*(self.make(n) for n in numbers))
        self.out += self.live.receive([events], self.now)

    def asked(self):
        return [c for c in self.live.commands() if isinstance(c, FetchHistory)]

    def later(self, ns, past=()):
        """Let time pass; the history has `past`."""
        self.now += ns
        self.live.alive(self.now)
        self.out += self.live.tick(self.now)
        for asked in self.asked():
            page = frame(*(self.make(n) for n in past))
            self.out += self.live.fetched(asked, page, self.now)

    @property
    def numbers(self):
        return [(event.ts_event - T) // S for event in self.out if isinstance(event, Trade)]


# Ids that rise by one


def test_ids_seen_before_are_dropped_and_counted():
    live = opened(numbered=True)
    out = live.receive([frame(*(trade(n) for n in (7, 8, 8, 7, 9)))], 0) + live.tick(1)
    assert ids(out) == [7, 8, 9]
    (status,) = said(out)
    assert (status.kind, status.count, status.channel) == ("duplicate", 2, "trades")


def test_without_a_history_a_hole_is_a_gap_at_once_and_late_ones_still_come():
    live = opened(numbered=True, past=False)
    out = live.receive([frame(trade(1))], 5) + live.receive([frame(trade(4), trade(3))], 9)
    out += live.tick(10)
    assert ids(out) == [1, 4, 3]
    gap, late = said(out)
    assert (gap.kind, gap.first, gap.last, gap.count) == ("gap", 2, 3, 2)
    assert (gap.start, gap.end) == (5, 9)
    assert (late.kind, late.count) == ("late", 1)


def test_holes_are_remembered_in_a_bounded_number():
    live = opened(numbered=True, past=False)
    for n in range(0, 4 * MAX_HOLES, 2):
        live.receive([frame(trade(n))], n)
    assert len(live._streams.trades[A].holes) == MAX_HOLES


def test_an_id_that_is_no_number_is_malformed():
    live = opened(numbered=True)
    out = live.receive([frame(trade("x", T))], 0) + live.tick(1)
    assert [status.kind for status in out] == ["malformed"]


def test_the_venues_clock_tells_a_new_count_from_a_trade_that_comes_twice():
    """Ours may be wrong by an hour: a duplicate is still a duplicate."""
    now = T - 3_600 * S
    live = opened(numbered=True, now=now)
    out = live.receive([frame(trade(7), trade(8))], now)
    out += live.receive([frame(trade(7))], now) + live.tick(now)
    assert ids(out) == [7, 8]
    assert [status.kind for status in said(out)] == ["duplicate"]


def test_a_much_newer_trade_with_a_lower_id_begins_a_new_count():
    live = opened(numbered=True)
    later = T + ANEW_AFTER + S
    out = live.receive([frame(trade(1_000, T))], T)
    out += live.receive([frame(trade(5, later), trade(6, later))], later)
    assert ids(out) == [1_000, 5, 6]
    (gap,) = said(out, "gap")
    assert "began anew at 5" in gap.detail
    assert (gap.start, gap.end) == (T, later)


def test_a_quiet_stream_with_ids_is_asked_for_after_an_outage():
    """The next id would tell what is missing, and may not come for hours."""
    live = opened(numbered=True, now=T)
    out = live.receive([frame(trade(1), trade(2))], T + 2 * S)
    out += live.closed(T + 3 * S, "gone") + live.opened(T + 9 * S)
    assert not [c for c in live.commands() if isinstance(c, FetchHistory)]
    now = T + 9 * S + BEGUN
    out += live.tick(now)
    (asked,) = (c for c in live.commands() if isinstance(c, FetchHistory))
    assert asked.url.endswith("&3-None")
    out += live.fetched(asked, frame(trade(3), trade(4)), now + 2 * S)
    (asked,) = (c for c in live.commands() if isinstance(c, FetchHistory))
    out += live.fetched(asked, frame(), now + 2 * S)
    assert ids(out) == [1, 2, 3, 4]
    assert [status.count for status in said(out, "filled")] == [2]


def test_a_stream_with_ids_that_goes_on_after_an_outage_is_asked_for_nothing():
    live = opened(numbered=True, now=T)
    live.receive([frame(trade(1), trade(2))], T + 2 * S)
    live.closed(T + 3 * S, "gone")
    live.opened(T + 9 * S)
    live.receive([frame(trade(3))], T + 10 * S)
    live.tick(T + 9 * S + BEGUN)
    assert not [c for c in live.commands() if isinstance(c, FetchHistory)]


# Frames that are numbered


def numbered(number, *events, symbol=A, channel="trades"):
    return frame(Numbered(number, symbol, channel), *events)


def test_frames_numbered_as_before_are_dropped_and_late_ones_pass_trades_alone():
    live = opened("trades", past=False)
    out = live.receive([numbered(1, named(1)), numbered(1, named(1)), numbered(4, named(4))], 5)
    out += live.receive([numbered(3, named(3))], 6) + live.tick(7)
    assert ids(out) == ["x1", "x4", "x3"]
    gap, *counted = said(out)
    assert (gap.kind, gap.first, gap.last, gap.symbol) == ("gap", 2, 3, A)
    assert {status.kind: status.count for status in counted} == {"duplicate": 1, "late": 1}


def test_numbers_that_begin_anew_are_believed_after_a_while():
    live = opened("trades")
    live.receive([numbered(10**6, named(1))], 5)
    frames = [numbered(n, named(n + 2)) for n in range(ANEW_FRAMES + 5)]
    out = live.receive(frames, 6)
    assert len(ids(out)) == 6
    assert "began anew" in said(out, "gap")[0].detail


def test_what_missing_frames_of_one_stream_held_is_fetched():
    live = opened("trades")
    out = live.receive([numbered(1, named(1)), numbered(4, named(4))], T + 4 * S)
    assert ids(out) == ["x1"]
    (asked,) = (c for c in live.commands() if isinstance(c, FetchHistory))
    live.tick(T + 5 * S)
    out += live.fetched(asked, frame(named(1), named(2), named(3), named(4)), T + 5 * S)
    assert ids(out + live.tick(T + 6 * S) + page(live, T + 6 * S, 1, 2, 3, 4)) == [
        "x1", "x2", "x3", "x4",
    ]  # fmt: skip


def page(live, now, *numbers):
    out = []
    for asked in live.commands():
        if isinstance(asked, FetchHistory):
            out += live.fetched(asked, frame(*map(named, numbers)), now)
    return out


# Streams with neither


def test_ids_without_an_order_come_once():
    live = opened()
    out = live.receive([frame(named(1), named(2), named(1))], 0) + live.tick(1)
    assert ids(out) == ["x1", "x2"]
    assert [status.kind for status in said(out)] == ["duplicate"]


@pytest.mark.parametrize("make", [named, nameless])
def test_what_came_in_an_outage_is_fetched_and_joined_without_a_seam(make):
    outage = Outage(make)
    outage.comes(7, 8)
    assert outage.numbers == [1, 2, 3]
    outage.later(2 * S, past=(2, 3, 4, 5, 6, 7))
    outage.later(S, past=(2, 3, 4, 5, 6, 7))
    assert outage.numbers == list(range(1, 9))
    assert not said(outage.out, "gap")
    assert [status.count for status in said(outage.out, "filled")] == [3]


def test_the_history_is_asked_for_by_the_venues_clock():
    """Ours is an hour behind, and so is what it says of the end; the venue's is not."""
    outage = Outage(clock=-3_600 * S)
    (asked,) = outage.asked()
    start = T + 2 * S
    assert asked.url == f"http://simple/{A}?{start}-{start}&None-None"
    outage.out += outage.live.fetched(asked, frame(named(3)), outage.now)
    outage.comes(9)
    outage.later(S, past=(3, 4))
    outage.later(S, past=(3, 4, 9))
    assert outage.numbers == [1, 2, 3, 4, 9]


def test_a_history_that_does_not_reach_back_leaves_a_gap():
    """As one of the newest sixty only."""
    outage = Outage()
    outage.comes(9)
    outage.later(2 * S, past=(7, 8, 9))
    outage.later(S, past=(7, 8, 9))
    assert outage.numbers == [1, 2, 3, 7, 8, 9]
    (gap,) = said(outage.out, "gap")
    assert (gap.start, gap.end) == (T + 3 * S, T + 9 * S)


def test_a_history_that_never_reaches_what_is_live_leaves_a_gap():
    outage = Outage()
    outage.comes(9)
    for _ in range(12):
        outage.later(S, past=(3, 4))
    assert outage.numbers == [1, 2, 3, 4, 9]
    assert len(said(outage.out, "gap")) == 1


def test_a_quiet_stream_is_whole_when_the_history_has_nothing_more():
    outage = Outage()
    outage.later(2 * S, past=(2, 3))
    outage.later(S, past=(2, 3))
    assert not outage.live.filling
    assert not said(outage.out, "gap")


def test_a_clock_set_back_in_an_outage_leaves_a_gap_unless_something_came_live():
    """Nobody knows up to when the history was asked for."""
    outage = Outage(clock=-3_600 * S)
    for _ in range(12):
        outage.later(S, past=(2, 3))
    assert not outage.live.filling
    assert len(said(outage.out, "gap")) == 1


def test_a_history_in_whole_seconds_is_told_by_its_ids():
    outage = Outage(lambda n: trade(f"x{n}", T + n * S + 700_000_000))
    outage.comes(5)
    coarse = [trade(f"x{n}", T + n * S) for n in (2, 3, 4, 5)]
    for _ in range(3):
        outage.now += S
        outage.out += outage.live.tick(outage.now)
        for asked in outage.asked():
            outage.out += outage.live.fetched(asked, frame(*coarse), outage.now)
    assert ids(outage.out) == ["x1", "x2", "x3", "x4", "x5"]
    assert not said(outage.out, "gap")


def test_a_history_that_goes_back_too_far_brings_nothing_again():
    """As one that tells of a whole day: who can remember all of that?"""
    outage = Outage(lambda n: trade(f"x{n}", T + n * S))
    recent = outage.live._streams._recent[TRADES]
    recent._ids.discard("x1")
    recent.events.popleft()  # so long ago that it is forgotten
    outage.comes(6)
    for _ in range(3):
        outage.later(S, past=(1, 2, 3, 4, 5, 6))
    assert outage.numbers == [1, 2, 3, 4, 5, 6]


def test_an_outage_without_a_history_is_reported_when_the_stream_begins_again():
    outage = Outage(past=False)
    assert not said(outage.out, "gap")
    outage.comes(2, 3)  # the venue repeats itself
    assert not said(outage.out, "gap")
    outage.comes(8)
    (gap,) = said(outage.out, "gap")
    assert (gap.symbol, gap.channel) == (A, "trades")
    assert (gap.start, gap.end) == (T + 3 * S, T + 8 * S)
    assert outage.numbers == [1, 2, 3, 8]


def test_an_outage_of_a_quiet_stream_is_reported_all_the_same():
    outage = Outage(past=False)
    outage.later(BEGUN - 1)
    assert not said(outage.out, "gap")
    outage.later(1)
    (gap,) = said(outage.out, "gap")
    assert (gap.start, gap.end) == (T + 3 * S, outage.now)


def test_an_outage_that_ends_in_another_is_reported():
    outage = Outage(past=False)
    outage.out += outage.live.closed(outage.now, "gone again")
    assert len(said(outage.out, "gap")) == 1


def test_only_so_many_streams_are_filled_at_a_time():
    symbols = [f"S{n}-B" for n in range(FILL_AT_MOST + 20)]
    live = opened()
    live.subscribe([Subscription("trades", symbol) for symbol in symbols], 0)
    live.closed(1, "gone")
    live.opened(2)
    asked = [c for c in live.commands() if isinstance(c, FetchHistory)]
    assert len(asked) == FILL_AT_MOST
    out = live.tick(2 + BEGUN)
    assert len(said(out, "gap")) == 21


def test_a_stream_that_is_unsubscribed_waits_for_nothing():
    outage = Outage()
    outage.live.unsubscribe([TRADES])
    assert not outage.live.filling
    outage.later(3 * PATIENCE + S)
    assert not said(outage.out, "gap", "filled")


def test_the_first_connection_misses_nothing():
    live = opened(past=False)
    assert not said(live.tick(BEGUN + 1), "gap")


# Quotes


def test_a_quote_comes_once_and_never_after_a_newer_one():
    live = opened("quotes")
    out = live.receive([frame(*(quote(n) for n in (5, 6, 6, 8, 7)))], 0) + live.tick(0)
    assert [event.sequence for event in out if isinstance(event, Quote)] == [5, 6, 8]
    (status,) = (event for event in out if isinstance(event, Status))
    assert (status.kind, status.count, status.channel) == ("duplicate", 2, "quotes")


def test_quotes_without_a_number_all_pass():
    live = opened("quotes")
    assert len(live.receive([frame(quote(None), quote(None))], 0)) == 2


def test_quotes_that_are_numbered_anew_are_believed_in_the_end():
    live = opened("quotes")
    live.receive([frame(quote(10**9))], 0)
    out = []
    for n in range(2 * ANEW_QUOTES):
        out += live.receive([frame(quote(n))], n * S)
    assert [quote.sequence for quote in out] == [*range(ANEW_QUOTES, 2 * ANEW_QUOTES)]


def test_quotes_that_were_held_up_are_no_new_count():
    live = opened("quotes")
    live.receive([frame(quote(10**9))], 0)
    assert not live.receive([frame(*(quote(n) for n in range(5 * ANEW_QUOTES)))], S)
    assert live.receive([frame(quote(10**9 + 1))], 9 * S)
