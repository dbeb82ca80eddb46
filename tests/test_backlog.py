"""The backlog's policies, with exact counts of what each one drops."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livefin.backlog import POLICIES, STATES, Backlog
from livefin.events import BookDelta, BookSnapshot, Quote, Rate, Status, Trade


def trade(n, symbol="A"):
    return Trade(symbol, n, n, 1.0, 1.0, None, n)


def quote(n, symbol="A"):
    return Quote(symbol, n, n, 1.0, 1.0, 2.0, 1.0, n)


def status(n):
    return Status("gap", n, "A", "trades", 1)


def test_block_drops_nothing_and_says_when_it_is_full():
    backlog = Backlog(limit=3, policy="block")
    backlog.extend(trade(n) for n in range(3))
    assert not backlog.full
    backlog.extend([trade(3)])
    assert backlog.full
    assert [event.id for event in backlog.waiting] == [0, 1, 2, 3]
    assert (backlog.dropped, backlog.report(9)) == (0, [])


def test_drop_oldest_counts_by_symbol_and_channel_with_the_stretch_lost():
    backlog = Backlog(limit=2, policy="drop_oldest")
    backlog.extend([trade(1), trade(2, "B"), quote(3), trade(4), trade(5), quote(6)])
    assert list(backlog.waiting) == [trade(5), quote(6)]
    assert not backlog.full
    assert backlog.dropped == 4
    report = {(s.symbol, s.channel): (s.kind, s.count, s.start, s.end) for s in backlog.report(9)}
    assert report == {
        ("A", "trades"): ("dropped", 2, 1, 4),
        ("B", "trades"): ("dropped", 1, 2, 2),
        ("A", "quotes"): ("dropped", 1, 3, 3),
    }
    assert backlog.report(10) == []
    assert backlog.dropped == 4


def test_drop_oldest_never_drops_a_status_and_keeps_the_order():
    backlog = Backlog(limit=3, policy="drop_oldest")
    backlog.extend([trade(1), status(2), trade(3), status(4), trade(5)])
    assert list(backlog.waiting) == [status(2), status(4), trade(5)]
    backlog.extend([status(6), status(7), status(8)])
    assert list(backlog.waiting) == [status(n) for n in (2, 4, 6, 7, 8)]
    assert backlog.dropped == 3


@pytest.mark.parametrize(
    "event",
    [BookDelta("A", 1, 1, [], [], 1, 1), BookSnapshot("A", 1, 1, [], [], 1)],
    ids=["delta", "snapshot"],
)
def test_a_dropped_book_change_breaks_that_book_alone(event):
    backlog = Backlog(limit=1, policy="drop_oldest")
    backlog.extend([event, trade(2, "B"), trade(3, "B")])
    assert backlog.broken_books == {"A"}


def test_conflate_keeps_the_newest_of_each_symbol_and_every_trade():
    backlog = Backlog(limit=4, policy="conflate")
    backlog.extend([quote(1), trade(2), quote(3, "B"), quote(4), trade(5), quote(6)])
    assert list(backlog.waiting) == [trade(2), quote(3, "B"), trade(5), quote(6)]
    assert not backlog.full
    (dropped,) = backlog.report(9)
    assert (dropped.symbol, dropped.channel, dropped.count) == ("A", "quotes", 2)
    assert (dropped.start, dropped.end) == (1, 4)


def test_conflate_blocks_when_only_trades_and_books_are_left():
    backlog = Backlog(limit=2, policy="conflate")
    backlog.extend([trade(1), BookDelta("A", 2, 2, [], [], 1, 1), trade(3), status(4)])
    assert len(backlog) == 4
    assert backlog.full
    assert backlog.dropped == 0
    assert backlog.broken_books == set()


def test_conflate_does_not_mix_kinds():
    backlog = Backlog(limit=1, policy="conflate")
    backlog.extend([Rate("A", 1, 1, 1.0), quote(2), Rate("A", 3, 3, 2.0)])
    assert list(backlog.waiting) == [quote(2), Rate("A", 3, 3, 2.0)]


@pytest.mark.parametrize("kwargs", [{"policy": "drop"}, {"limit": 0}, {"limit": -1}])
def test_bad_bounds_are_refused(kwargs):
    with pytest.raises(ValueError, match="must be"):
        Backlog(**kwargs)


EVENTS = st.lists(
    st.tuples(st.sampled_from([trade, quote]), st.sampled_from("AB")) | st.just((None, "A"))
)


@given(st.sampled_from(POLICIES), st.integers(1, 6), st.lists(EVENTS, max_size=8))
def test_every_event_is_waiting_or_counted_whatever_the_policy(policy, limit, batches):
    backlog, put, reported = Backlog(limit=limit, policy=policy), [], 0
    for batch in batches:
        events = [
            status(len(put) + i) if make is None else make(len(put) + i, symbol)
            for i, (make, symbol) in enumerate(batch)
        ]
        put += events
        backlog.extend(events)
        for report in backlog.report(0):
            assert report.start <= report.end
            reported += report.count
    assert reported == backlog.dropped == len(put) - len(backlog)
    waiting = list(backlog.waiting)
    at = [put.index(event) for event in waiting]
    assert at == sorted(at)
    assert [e for e in waiting if isinstance(e, Status)] == [
        e for e in put if isinstance(e, Status)
    ]
    if policy == "block":
        assert waiting == put
    if policy == "drop_oldest":
        market = [e for e in put if not isinstance(e, Status)]
        kept = [e for e in waiting if not isinstance(e, Status)]
        assert kept == market[len(market) - len(kept) :]
    if policy == "conflate":
        lost = [e for e in put if e not in waiting]
        assert all(isinstance(e, STATES) for e in lost)
        for event in lost:
            assert any(type(e) is type(event) and e.symbol == event.symbol for e in waiting)
