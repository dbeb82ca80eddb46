"""What price levels tell, the same of both kinds of book, against brute force."""

import threading
from math import nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livefin.book import OrderBook
from livefin.errors import LivefinError
from livefin.events import BookDelta, BookSnapshot, OrderDelta, OrderEvent, OrderSnapshot
from livefin.levels import BookError, Cost, Depth, imbalance, microprice
from livefin.mbo import MarketByOrder


def by_level(bids, asks):
    book = OrderBook("X")
    book.apply(BookSnapshot("X", 1, 2, bids, asks))
    return book


def by_order(bids, asks):
    """Every level as two orders."""
    book = MarketByOrder("X")
    sides = [
        [(f"{side}{price}{part}", price, size / 2, 0) for price, size in levels for part in "ab"]
        for side, levels in (("b", bids), ("a", asks))
    ]
    book.apply(OrderSnapshot("X", 1, 2, *sides))
    return book


both = pytest.mark.parametrize("make", [by_level, by_order])

SIDES = st.tuples(
    st.dictionaries(st.integers(1, 60).map(float), st.integers(1, 8).map(float), max_size=12),
    st.dictionaries(st.integers(50, 110).map(float), st.integers(1, 8).map(float), max_size=12),
)


def sorted_sides(sides):
    bids, asks = sides
    return sorted(bids.items(), reverse=True), sorted(asks.items())


@both
@given(SIDES)
def test_top_and_what_follows_from_it(make, sides):
    bids, asks = sorted_sides(sides)
    book = make(bids, asks)
    assert book.sides() == (bids, asks)
    assert book.sides(3) == (bids[:3], asks[:3])
    assert book.top == (bids[0] if bids else None, asks[0] if asks else None)
    if not bids or not asks:
        assert book.mid is book.spread is book.microprice is None
        assert not book.crossed
        return
    (bid, bid_size), (ask, ask_size) = bids[0], asks[0]
    assert book.mid == (bid + ask) / 2
    assert book.spread == ask - bid
    assert book.crossed == (bid >= ask)
    weighted = (bid * ask_size + ask * bid_size) / (bid_size + ask_size)
    assert book.microprice == pytest.approx(weighted)


@given(*[st.floats(1e-6, 1e6)] * 4)
def test_the_microprice_lies_between_bid_and_ask(bid, step, bid_size, ask_size):
    ask = bid + step
    between = microprice((bid, bid_size), (ask, ask_size))
    assert bid * (1 - 1e-15) <= between <= ask * (1 + 1e-15)


@both
@given(SIDES, st.integers(0, 14), st.floats(0.1, 2.0))
def test_imbalance_equals_weights_written_out(make, sides, n, decay):
    bids, asks = sorted_sides(sides)
    book = make(bids, asks)
    plain = [sum(size for _, size in levels[:n]) for levels in (bids, asks)]
    heavy = [sum(s * decay**i for i, (_, s) in enumerate(x[:n])) for x in (bids, asks)]
    if not sum(plain):
        assert book.imbalance(n) is book.imbalance(n, decay=decay) is None
    else:
        assert book.imbalance(n) == pytest.approx((plain[0] - plain[1]) / sum(plain))
        expected = (heavy[0] - heavy[1]) / sum(heavy)
        assert book.imbalance(n, decay=decay) == pytest.approx(expected)


@both
@given(SIDES, st.sampled_from(["buy", "sell"]), st.integers(1, 120))
def test_cost_equals_one_lot_after_another(make, sides, side, size):
    bids, asks = sorted_sides(sides)
    book = make(bids, asks)
    levels = asks if side == "buy" else bids
    lots = [price for price, there in levels for _ in range(int(there))][:size]
    cost = book.cost(side, float(size))
    assert (cost.filled, cost.unfilled) == (len(lots), size - len(lots))
    assert cost.mid == book.mid
    if not lots:
        assert cost.average is cost.worst is cost.slippage is cost.slippage_bps is None
        assert cost.value == 0
        return
    assert cost.worst == lots[-1]
    assert cost.average == pytest.approx(sum(lots) / len(lots))
    assert cost.value == pytest.approx(sum(lots))
    if book.mid is not None:
        worse = cost.average - book.mid if side == "buy" else book.mid - cost.average
        assert cost.slippage == pytest.approx(worse)
        assert cost.slippage_bps == pytest.approx(worse / book.mid * 10_000)


@both
@given(SIDES, st.integers(0, 60))
def test_depth_equals_a_look_at_every_level(make, sides, within):
    bids, asks = sorted_sides(sides)
    book = make(bids, asks)
    if not bids or not asks:
        assert book.depth(within) is book.depth(bps=within) is None
        return
    near = [
        sum(size for price, size in levels if abs(price - book.mid) <= within)
        for levels in (bids, asks)
    ]
    if book.crossed:
        return  # the best prices lie beyond mid, so that there is no near and far
    assert book.depth(within) == pytest.approx(tuple(near))
    assert book.depth(bps=within / book.mid * 1e4) == pytest.approx(tuple(near))


@both
def test_a_worked_example(make):
    book = make([(99.0, 2.0), (98.0, 4.0)], [(101.0, 1.0), (102.0, 3.0)])
    assert book.cost("buy", 2.0) == Cost(2.0, 0.0, 101.5, 102.0, 100.0, 1.5)
    assert book.cost("sell", 1.0) == Cost(1.0, 0.0, 99.0, 99.0, 100.0, 1.0)
    assert book.cost("sell", 7.0).unfilled == 1.0
    assert book.cost("sell", 1.0).slippage_bps == 100.0
    assert book.depth(1.0) == Depth(2.0, 1.0)
    assert book.depth(bps=200) == Depth(6.0, 4.0)
    assert book.depth(0.5) == Depth(0.0, 0.0)
    assert book.microprice == 99 + 2 * 2 / 3


def test_one_levels_average_is_its_price_to_the_last_digit():
    book = by_level([(100.1, 0.3)], [(100.3, 0.7)])
    for size in (0.1, 0.3, 1 / 3, 0.7):
        assert book.cost("buy", size).average == 100.3
        assert book.cost("buy", size).filled == size


def test_a_level_at_the_very_distance_counts_in_spite_of_rounding():
    book = by_level([(99.95, 1.0)], [(100.15, 2.0)])
    assert book.mid - 99.95 != 100.15 - book.mid
    assert book.depth(0.1) == Depth(1.0, 2.0)


@both
def test_questions_without_sense_are_refused(make):
    book = make([(99.0, 2.0)], [(101.0, 1.0)])
    for ask in (
        lambda: book.cost("bid", 1.0),
        lambda: book.cost("buy", 0.0),
        lambda: book.cost("buy", -1.0),
        lambda: book.cost("buy", nan),
        book.depth,
        lambda: book.depth(1.0, bps=1.0),
        lambda: book.depth(-1.0),
        lambda: book.depth(bps=nan),
        lambda: book.imbalance(decay=0.0),
        lambda: book.imbalance(decay=nan),
    ):
        with pytest.raises(BookError):
            ask()
    assert issubclass(BookError, LivefinError)


def test_imbalance_of_nothing():
    assert imbalance([], []) is None


@both
def test_an_empty_book_costs_nothing_it_could_fill(make):
    book = make([], [])
    assert book.cost("buy", 2.0) == Cost(0.0, 2.0, None, None, None, None)
    assert book.depth(1.0) is None


class Watcher:
    def __init__(self, book):
        self.book, self.seen = book, []

    def before(self, ts_event):
        self.seen.append(("before", ts_event, self.book.best_bid))

    def after(self):
        self.seen.append(("after", self.book.ts_event, self.book.best_bid))


@both
def test_a_watcher_sees_the_book_before_and_after_each_change(make):
    book = make([(99.0, 2.0)], [])
    watcher = Watcher(book)
    book.watch(watcher)
    book.watch(watcher)
    if make is by_level:
        change = BookDelta("X", 7, 8, [(99.5, 1.0)], [])
    else:
        change = OrderDelta("X", 7, 8, [OrderEvent("X", 7, 8, "add", "n", "buy", 99.5, 1.0)])
    book.apply(change)
    book.unwatch(watcher)
    book.unwatch(watcher)
    book.apply(change)
    assert watcher.seen == [("before", 7, (99.0, 2.0)), ("after", 7, (99.5, 1.0))]


def test_what_takes_several_values_takes_them_of_one_moment():
    """The whole book goes up and down together, by ten, and its sizes with it."""
    book, stop = OrderBook("X"), threading.Event()
    low = ([(99.0, 1.0), (98.0, 1.0)], [(101.0, 1.0), (102.0, 1.0)])
    high = ([(109.0, 3.0), (108.0, 3.0)], [(111.0, 3.0), (112.0, 3.0)])
    gone = [([(price, 0.0) for price, _ in side]) for side in (*low, *high)]
    book.apply(BookSnapshot("X", 0, 0, *low))

    def write():
        while not stop.is_set():
            book.apply(BookDelta("X", 0, 0, gone[0] + high[0], gone[1] + high[1]))
            book.apply(BookDelta("X", 0, 0, gone[2] + low[0], gone[3] + low[1]))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(2_000):
            assert book.cost("buy", 2.0).slippage in {1.0, 1.5}
            assert book.depth(1.0) in {(1.0, 1.0), (3.0, 3.0)}
            assert book.microprice in {100.0, 110.0}
            assert book.imbalance() == 0
            assert book.spread == 2.0
    finally:
        stop.set()
        writer.join()
