"""Samples of a book over time against the list of all its states, and no look-ahead."""

import gzip
import threading
import weakref
from itertools import pairwise, product
from math import nan

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livefin.book import OrderBook
from livefin.booktape import BookTape
from livefin.errors import FrameError
from livefin.events import BookDelta, BookSnapshot, OrderDelta, OrderEvent, OrderSnapshot
from livefin.mbo import MarketByOrder
from livefin.store import Store
from livefin.venues.binance.spot import Binance

MS = 1_000_000
MEASURES = [
    *("bid", "bid_size", "ask", "ask_size", "mid", "microprice", "spread"),
    *("imbalance", "bid_depth", "ask_depth"),
]


def snapshot(ts, bid=99.0, ask=101.0):
    return BookSnapshot("X", ts, ts + 1, [(bid, 2.0)], [(ask, 2.0)])


def delta(ts, bids=(), asks=()):
    return BookDelta("X", ts, ts + 1, list(bids), list(asks))


def play(steps, *tapes):
    """Apply (kind, time, price) steps to a book as a store would; the states it went through.

    A state is (time reached, (bids, asks), spell): a spell lasts from a snapshot to a loss.
    """
    book, states, spell, reached = OrderBook("X"), [], 0, 0
    made = [BookTape(book, interval, levels=3) for interval in tapes]
    for kind, ts, price in steps:
        if kind == "lost":
            book.lost()
            continue
        if kind == "snapshot":
            spell += not book.synced
            book.apply(snapshot(ts, 50.0 - price, 50.0 + price))
        elif book.synced:
            size = float(ts % 3)
            book.apply(delta(ts, [(50.0 - price, size)], [(50.0 + price, size)]))
        else:
            continue
        reached = max(reached, ts)
        states.append((reached, book.levels(5), spell))
    return book, states, made


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["delta"] * 8 + ["snapshot", "lost"]), st.integers(0, 4), st.integers(1, 3)
    ),
    max_size=40,
)


@st.composite
def timed(draw):
    """Steps at rising times with pauses, now and then a little late."""
    now, steps = 1_000, []
    for kind, pace, price in draw(STEPS):
        now += (0, 1, 3, 9, 40)[pace]
        late = draw(st.sampled_from([0, 0, 0, 4]))
        steps.append((kind, now - late, float(price)))
    return steps


def boundaries(states, interval):
    """Index of the state that each row of a tape of `interval` must hold, by boundary."""
    rows = {}
    for i, ((ts, _, spell), (later, _, next_spell)) in enumerate(pairwise(states)):
        end = ts // interval * interval + interval
        if later >= end and spell == next_spell:
            rows[end] = i
    return rows


def shown(df):
    """Rows as (time, bids, asks), read back from the level columns."""
    rows = []
    for time, row in zip(df.index.asi8.tolist(), df.to_dict("records"), strict=True):
        sides = ([], [])
        for i, (levels, side) in product(range(3), zip(sides, ("bid", "ask"), strict=True)):
            if not np.isnan(row[f"{side}_price_{i}"]):
                levels.append((row[f"{side}_price_{i}"], row[f"{side}_size_{i}"]))
        rows.append((time, *sides))
    return rows


def top3(state):
    bids, asks = state[1]
    return bids[:3], asks[:3]


@given(timed(), st.sampled_from([1, 5, 10, 30]))
def test_a_row_a_boundary_holds_the_last_state_before_it(steps, interval):
    _, states, (tape,) = play(steps, pd.Timedelta(interval, "ns"))
    rows = boundaries(states, interval)
    assert shown(tape.df) == [(end, *top3(states[i])) for end, i in rows.items()]
    assert tape.df.index.is_monotonic_increasing
    assert tape.df.index.is_unique


@given(timed())
def test_a_row_a_change_holds_the_state_after_it(steps):
    _, states, (tape,) = play(steps, None)
    assert [row[1:] for row in shown(tape.df)] == [top3(state) for state in states]


def standing(states, at, synced):
    """The state that an event at `at` met; None where there was none or it is not known."""
    before = [i for i, (ts, *_) in enumerate(states) if ts < at]
    if not before:
        return None
    i = before[-1]
    ends = states[i + 1][2] != states[i][2] if i + 1 < len(states) else not synced
    return None if ends and at > states[i][0] else i


@given(timed(), st.integers(3, 40))
def test_any_moment_can_be_asked_for(steps, stride):
    book, states, (tape,) = play(steps, None)
    for at in range(990, 2_000, stride):
        i, found = standing(states, at, book.synced), tape.at(at)
        if i is None:
            assert found is None
        else:
            assert (found.bids, found.asks) == top3(states[i])


@given(timed(), st.sampled_from([1, 5, 10, 30]))
def test_sampling_every_change_equals_a_tape_of_that_interval(steps, interval):
    """And both equal asking for each moment by itself; silence is filled, gaps are not."""
    step = pd.Timedelta(interval, "ns")
    book, states, (fine, coarse) = play(steps, None, step)
    grid = fine.sample(step)
    assert grid.columns.tolist() == fine.df.columns.tolist()
    assert str(grid.index.dtype) == "datetime64[ns, UTC]"
    for at, row in zip(grid.index.asi8.tolist(), shown(grid), strict=True):
        assert at % interval == 0
        i = standing(states, at, book.synced)
        assert row[1:] == (([], []) if i is None else top3(states[i]))
    if states:
        assert (grid.index.asi8[-1:] == states[-1][0] // interval * interval).all()
    same = coarse.sample(step)
    known = same.index.intersection(grid.index)
    assert len(known) == len(same)
    pd.testing.assert_frame_equal(same, grid.loc[known], check_index_type=False, check_freq=False)


def test_no_row_over_silence_and_none_while_not_synced():
    book = OrderBook("X")
    tape = BookTape(book, "100ms")
    book.apply(snapshot(10 * MS))
    book.apply(delta(120 * MS, [(99.5, 1.0)]))  # ends the interval up to 100
    book.apply(delta(950 * MS, [(99.6, 1.0)]))  # ends the one up to 200; silence since
    book.lost()
    book.apply(snapshot(1_450 * MS))  # what stood at 1,000 is not known
    book.apply(delta(1_520 * MS, [(99.7, 1.0)]))
    assert (tape.df.index.asi8 // MS).tolist() == [100, 200, 1_500]
    assert tape.df.bid.tolist() == [99.0, 99.5, 99.0]
    assert (tape.df.ts_recv.astype("int64") // MS).tolist() == [10, 120, 1_450]
    grid = tape.sample("100ms")
    assert (grid.index.asi8 // MS).tolist() == list(range(100, 1_600, 100))
    assert grid.bid.tolist()[:9] == [99.0] + [99.5] * 8
    assert grid.bid.isna().tolist()[9:] == [True] * 5 + [False]
    assert tape.at(500 * MS).bids == [(99.5, 1.0)]
    assert tape.at(1_000 * MS) is tape.at(1_450 * MS) is tape.at(1_490 * MS) is None


def test_a_change_at_the_very_boundary_belongs_to_what_follows():
    book = OrderBook("X")
    tape = BookTape(book, "100ms")
    book.apply(snapshot(10 * MS, bid=1.0))
    book.apply(snapshot(100 * MS, bid=2.0))
    book.apply(snapshot(200 * MS, bid=3.0))
    assert tape.df.bid.tolist() == [1.0, 2.0]


def test_a_late_change_counts_from_when_it_came():
    book = OrderBook("X")
    tape = BookTape(book)
    book.apply(snapshot(100, bid=1.0))
    book.apply(delta(200, [(2.0, 1.0)]))
    book.apply(delta(150, [(3.0, 1.0)]))
    assert tape.df.index.asi8.tolist() == [100, 200, 150]
    assert [tape.at(at).bids[0][0] for at in (150, 151, 200, 201)] == [1.0, 1.0, 1.0, 3.0]


def test_a_snapshot_whose_clock_is_behind_ends_a_loss_at_once():
    book = OrderBook("X")
    tape = BookTape(book)
    book.apply(snapshot(100, bid=1.0))
    book.lost()
    book.apply(snapshot(90, bid=2.0))
    assert tape.at(101).bids == [(2.0, 2.0)]


def test_a_sample_begins_with_the_first_step_that_has_a_book_before_it():
    book = OrderBook("X")
    tape, coarse = BookTape(book), BookTape(book, pd.Timedelta(10, "ns"))
    for ts in (100, 112, 125):
        book.apply(snapshot(ts))
    for each in (tape, coarse):
        assert each.sample(pd.Timedelta(10, "ns")).index.asi8.tolist() == [110, 120]
    assert coarse.sample(pd.Timedelta(50, "ns")).empty


def test_the_book_is_not_known_while_it_is_lost():
    book = OrderBook("X")
    tape = BookTape(book)
    book.apply(snapshot(10))
    assert tape.at(500).bids == [(99.0, 2.0)]
    book.lost()
    assert tape.at(500) is None
    assert tape.at(10) is None  # nothing was known before 10
    book.apply(delta(20, [(99.5, 1.0)]))  # as of a careless owner
    assert len(tape) == 1


def test_the_measures_are_those_of_the_book():
    book = OrderBook("X")
    tape = BookTape(book, depth=2, levels=2)
    bids, asks = [(99.0, 1.0), (98.0, 2.0), (97.0, 4.0)], [(101.0, 3.0)]
    book.apply(BookSnapshot("X", 7, 8, bids, asks))
    (row,) = tape.df.to_dict("records")
    assert list(row)[1:11] == MEASURES
    expected = [*bids[0], *asks[0], book.mid, book.microprice, book.spread]
    expected += [book.imbalance(2), 3.0, 3.0, 99.0, 1.0, 101.0, 3.0, 98.0, 2.0, nan, nan]
    assert list(row)[11:] == [
        f"{side}_{name}_{i}"
        for i in (0, 1)
        for side in ("bid", "ask")
        for name in ("price", "size")
    ]
    np.testing.assert_equal(list(row.values())[1:], expected)
    assert row["ts_recv"].value == 8
    found = tape.at(8)
    assert (found.bids, found.asks) == (bids[:2], asks)
    assert (found.symbol, found.ts_event, found.ts_recv) == ("X", 7, 8)


@pytest.mark.parametrize("bids", [[], [(99.0, 1.0)]])
def test_an_empty_side_is_nan(bids):
    book = OrderBook("X")
    tape = BookTape(book)
    book.apply(BookSnapshot("X", 7, 8, bids, []))
    (row,) = tape.df.to_dict("records")
    assert all(np.isnan(row[name]) for name in ("ask", "mid", "spread", "microprice"))
    assert (row["ask_depth"], tape.at(9).asks) == (0.0, [])
    assert np.isnan(row["imbalance"]) == (not bids)


def test_a_book_of_single_orders_is_taped_as_well():
    book = MarketByOrder("X")
    tape = BookTape(book, levels=1)
    orders = [("a", 99.0, 1.0, 0), ("b", 99.0, 2.0, 0)]
    book.apply(OrderSnapshot("X", 5, 6, orders, [("z", 101.0, 1.0, 0)]))
    fill = OrderEvent("X", 7, 8, "fill", "a", "buy", 99.0, 1.0)
    book.apply(OrderDelta("X", 7, 8, [fill]))
    assert tape.df.bid_size.tolist() == tape.df.bid_size_0.tolist() == [3.0, 2.0]


def test_rows_bound_the_tape_and_what_is_sampled_from_it():
    book = OrderBook("X")
    tape = BookTape(book, rows=5)
    for ts in range(0, 100, 10):
        book.apply(snapshot(ts, bid=float(ts)))
    assert tape.df.bid.tolist() == [50.0, 60.0, 70.0, 80.0, 90.0]
    assert tape.at(45) is None
    assert tape.at(55).bids == [(50.0, 2.0)]
    assert tape.sample(pd.Timedelta(1, "ns")).index.asi8.tolist() == [86, 87, 88, 89, 90]


def test_losses_are_bounded():
    book = OrderBook("X")
    tape = BookTape(book, rows=10)
    for ts in range(1, 3_000):
        book.apply(snapshot(2 * ts))
        book.lost()
    assert len(tape._losses) == 1_000


def test_closed_it_stays_readable_and_takes_no_more():
    book = OrderBook("X")
    tape = BookTape(book)
    assert tape
    assert repr(tape) == "BookTape('X', every change, 0 rows)"
    book.apply(snapshot(10))
    tape.close()
    tape.close()
    book.apply(snapshot(20))
    assert tape.df.index.asi8.tolist() == [10]
    assert repr(BookTape(book, "1s")) == "BookTape('X', every 1s, 0 rows)"


def test_an_empty_tape_has_its_columns_and_no_answers():
    tape = BookTape(OrderBook("X"), "1s")
    assert list(tape.df) == list(tape.sample("1s")) == ["ts_recv", *MEASURES]
    assert tape.at("2024-08-08") is None


@pytest.mark.parametrize(
    "make",
    [
        lambda book: BookTape(book, "tomorrow"),
        lambda book: BookTape(book, rows=0),
        lambda book: BookTape(book, depth=0),
        lambda book: BookTape(book, levels=-1),
        lambda book: BookTape(book).sample("0s"),
        lambda book: BookTape(book).at("noon-ish"),
        lambda book: BookTape(book).at(None),
    ],
)
def test_what_cannot_be_is_refused(make):
    with pytest.raises(FrameError):
        make(OrderBook("X"))


def test_times_are_utc_unless_they_say_otherwise():
    book = OrderBook("X")
    tape = BookTape(book)
    noon = pd.Timestamp("2024-08-08 12:00", tz="UTC")
    book.apply(snapshot(noon.value))
    for time in ("2024-08-08 12:00:01", "2024-08-08 14:00:01+02:00", noon + pd.Timedelta("1s")):
        assert tape.at(time).bids == [(99.0, 2.0)]
    assert tape.at("2024-08-08 12:00") is None


def test_readers_while_it_is_written():
    """Bid and ask move together, so every row has the same spread, at any time asked for."""
    book, stop = OrderBook("X"), threading.Event()
    tapes = [BookTape(book, rows=2_000, levels=1), BookTape(book, "100us", rows=2_000, levels=1)]

    def write():
        ts = 0
        while not stop.is_set():
            ts += 10_000
            bid = float(ts % 1_000_000)
            if ts % 1_000_000 == 0:
                book.lost()
            book.apply(BookSnapshot("X", ts, ts, [(bid, 1.0)], [(bid + 1.0, 1.0)]))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(25):
            for tape in tapes:
                df = tape.df
                assert (df.ask - df.bid == 1.0).all()
                assert (df.mid - df.bid == 0.5).all()
                grid = tape.sample("100us")
                assert ((grid.ask - grid.bid == 1.0) | grid.bid.isna()).all()
                met = grid.index.asi8 - 10_000  # the row says the book after the change before
                assert ((grid.bid == met % 1_000_000) | grid.bid.isna()).all()
    finally:
        stop.set()
        writer.join()


def test_a_real_book_second_by_second(captures):
    """Binance's spot book against its states kept whole, one a change."""
    venue, book = Binance(), OrderBook("BTC-USDT")
    tape, whole = BookTape(book, "1s", levels=10), BookTape(book, levels=10)
    states = []
    with gzip.open(captures / "binance/spot_btcusdt_20240808.txt.gz") as file:
        for line in file:
            ts, _, raw = line.rstrip(b"\n").partition(b" ")
            if raw.startswith(b'{"lastUpdateId"'):
                events = [venue.parse_snapshot("BTC-USDT", raw, int(ts))]
            elif b"@depth" in raw[:60] and book.synced:
                events = venue.parse(raw, int(ts))
            else:
                continue
            for event in events:
                book.apply(event)
                states.append((event.ts_event, book.levels(10)))
    last_of = {}
    for (ts, sides), (later, _) in pairwise(states):
        if later // 10**9 > ts // 10**9:
            last_of[ts // 10**9 * 10**9 + 10**9] = sides
    assert tape.df.index.asi8.tolist() == list(last_of)
    for ts, (bids, asks) in last_of.items():
        found = tape.at(ts)
        assert (found.bids, found.asks) == (bids, asks)
    pd.testing.assert_frame_equal(whole.sample("1s").loc[tape.df.index], tape.df, check_freq=False)
    assert len(whole) == len(states) == 3_449
    assert len(tape) == 347


def test_a_tape_that_nobody_holds_is_written_no_more():
    book = OrderBook("X")
    tape = BookTape(book)
    book.apply(snapshot(10))
    gone = weakref.ref(tape)
    del tape
    assert gone() is None
    book.apply(delta(20, [(99.5, 1.0)]))
    assert book._watchers == ()


def test_a_feed_keeps_a_tape_until_it_is_closed_unless_told_otherwise():
    store = Store()
    store.write([snapshot(10)])
    kept = weakref.ref(store.start_tape("X", None, depth=5, levels=0, keep=True))
    loose = weakref.ref(store.start_tape("X", None, depth=5, levels=3, keep=False))
    assert kept() is store.start_tape("X", None, depth=5, levels=0, keep=False)
    assert loose() is None
    kept().close()
    again = store.start_tape("X", None, depth=5, levels=0, keep=True)
    assert kept() is None, "closed, it is not given again"
    store.write([delta(20, [(99.5, 1.0)])])
    assert len(again) == 1
