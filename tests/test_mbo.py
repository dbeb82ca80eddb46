"""A book of single orders against a plain list of them, and against a book of levels."""

import threading
from math import inf, isnan, nan

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livefin.book import OrderBook
from livefin.errors import FrameError
from livefin.events import BookDelta, OrderDelta, OrderEvent, OrderSnapshot
from livefin.mbo import MarketByOrder
from livefin.queues import Position, RestingOrder

IDS = "abcdefgh"


def event(action, order_id, side="buy", price=nan, size=nan, *, ts=7):
    return OrderEvent("X", ts, ts, action, order_id, side, price, size)


def delta(*orders, ts=7, last=None):
    return OrderDelta("X", ts, ts + 1, list(orders), last, last)


def snapshot(bids=(), asks=(), ts=5, sequence=None):
    return OrderSnapshot("X", ts, ts + 1, list(bids), list(asks), sequence)


def lives(book):
    return book.lives.df.reset_index()[["order_id", "executed", "left", "how"]].to_numpy().tolist()


@pytest.fixture
def book():
    """Two bids at 99, one at 98, one ask."""
    made = MarketByOrder("X")
    bids = [("a", 99.0, 2.0, 1), ("b", 99.0, 1.0, 2), ("c", 98.0, 5.0, 0)]
    made.apply(snapshot(bids, [("z", 101.0, 4.0, 3)], sequence=10))
    return made


class Naive:
    """Orders in one list, longest waiting first, whatever their price."""

    def __init__(self):
        self.orders, self.lives, self.unknown = [], [], 0

    def find(self, order_id):
        return next((order for order in self.orders if order["order_id"] == order_id), None)

    def end(self, order, how, left):
        self.orders.remove(order)
        self.lives.append((order["order_id"], order["original"], order["executed"], left, how))

    def step(self, e):
        order = self.find(e.order_id)
        if order is None and e.action == "add":
            fields = RestingOrder.__struct_fields__
            values = (e.order_id, e.side, e.price, e.size, e.size, 0.0, e.ts_event)
            self.orders.append(dict(zip(fields, values, strict=True)))
        elif order is None:
            self.unknown += 1
        elif e.action == "delete":
            if e.size == 0:
                order["executed"] += order["size"]
            if isnan(e.size):
                self.end(order, "deleted", order["size"])
            else:
                self.end(order, "cancelled" if e.size else "filled", e.size)
        elif e.action == "fill":
            order["executed"] += e.size
            order["size"] -= e.size
            if order["size"] <= 0:
                self.end(order, "filled", 0.0)
        else:
            back = e.price != order["price"] or e.size > order["size"]
            order.update(price=e.price, size=e.size)
            if back:
                self.orders.remove(order)
                self.orders.append(order)

    def side(self, side):
        sign = -1 if side == "buy" else 1
        mine = [order for order in self.orders if order["side"] == side]
        return sorted(mine, key=lambda order: sign * order["price"])  # stable: time priority

    def levels(self, side):
        found = {}
        for order in self.side(side):
            size, count = found.get(order["price"], (0.0, 0))
            found[order["price"]] = (size + order["size"], count + 1)
        return [(price, size, count) for price, (size, count) in found.items()]

    def position(self, order_id):
        order = self.find(order_id)
        queue = [o for o in self.side(order["side"]) if o["price"] == order["price"]]
        ahead = queue[: queue.index(order)]
        return Position(len(ahead), sum(o["size"] for o in ahead))


def steps():
    ids, sizes = st.sampled_from(IDS), st.integers(1, 6).map(lambda n: n / 2)

    def make(order_id, action, price, size, left):
        # An id is always of one side, and bids are below 50 and asks above.
        side = "buy" if order_id in IDS[:4] else "sell"
        price = float(50 - price if side == "buy" else 50 + price)
        if action == "delete":
            return event("delete", order_id, side, nan, left)
        return event(action, order_id, side, price, size)

    actions = st.sampled_from(["add", "add", "change", "fill", "delete"])
    left = st.sampled_from([0.0, 0.5, nan])
    return st.builds(make, ids, actions, st.integers(1, 4), sizes, left)


@given(st.lists(st.lists(steps(), max_size=4), max_size=25))
def test_equal_to_a_plain_list_of_orders_after_every_change(changes):
    book, naive = MarketByOrder("X"), Naive()
    book.apply(snapshot())
    for n, change in enumerate(changes):
        book.apply(delta(*change, last=n))
        for step in change:
            naive.step(step)
        assert book.levels() == (naive.levels("buy"), naive.levels("sell"))
        for order in naive.orders:
            assert book.position(order["order_id"]) == naive.position(order["order_id"])
            assert book.order(order["order_id"]) == RestingOrder(*order.values())
        assert book.sequence == n
    found = book.lives.df[["order_id", "size", "executed", "left", "how"]]
    assert [tuple(row) for row in found.to_numpy().tolist()] == naive.lives
    assert (book.unknown, book.refused) == (naive.unknown, 0)
    whole = book.orders_df
    assert whole.index.tolist() == [
        o["order_id"] for side in ("buy", "sell") for o in naive.side(side)
    ]
    places = list(zip(whole.ahead, whole.size_ahead, strict=True))
    assert places == [naive.position(order_id) for order_id in whole.index]


@given(st.lists(st.lists(steps(), max_size=4), max_size=25))
def test_added_up_it_equals_a_book_of_levels_kept_apart(changes):
    """The levels that each step leaves behind go to an OrderBook as a venue would send them."""
    book, naive, flat = MarketByOrder("X"), Naive(), OrderBook("X")
    book.apply(snapshot())
    flat.apply(book.book_snapshot())
    for change in changes:
        book.apply(delta(*change))
        before = {side: naive.levels(side) for side in ("buy", "sell")}
        for step in change:
            naive.step(step)
        sides = []
        for side, old in before.items():
            gone = {price: 0.0 for price, *_ in old}
            sides.append(list((gone | {p: size for p, size, _ in naive.levels(side)}).items()))
        flat.apply(BookDelta("X", 7, 8, *sides))
        assert book.sides() == flat.levels()
        assert book.top == flat.top
        assert book.book_snapshot() == flat.snapshot()


def test_a_change_that_takes_size_away_keeps_its_place(book):
    book.apply(delta(event("change", "a", price=99.0, size=1.5)))
    assert book.position("a") == Position(0, 0.0)
    assert book.position("b") == Position(1, 1.5)


@pytest.mark.parametrize(("price", "size"), [(99.0, 2.5), (nan, 3.0)])
def test_a_change_that_adds_size_goes_to_the_back(book, price, size):
    book.apply(delta(event("change", "a", price=price, size=size)))
    assert [order.order_id for order in book.queue("buy", 99.0)] == ["b", "a"]
    assert book.position("a") == Position(1, 1.0)


def test_a_change_of_price_goes_to_the_back_there_and_is_the_same_order(book):
    book.apply(delta(event("fill", "a", size=0.5)))
    book.apply(delta(event("change", "a", price=98.0)))
    assert [order.order_id for order in book.queue("buy", 98.0)] == ["c", "a"]
    assert book.order("a") == RestingOrder("a", "buy", 98.0, 1.5, 2.0, 0.5, 1)
    assert lives(book) == []


def test_an_add_of_an_order_that_is_here_says_how_it_stands(book):
    book.apply(delta(event("add", "a", price=99.0, size=2.0)))
    assert book.position("a") == Position(0, 0.0)
    book.apply(delta(event("add", "a", price=99.0, size=9.0)))
    assert book.position("a") == Position(1, 1.0)


def test_how_an_order_ends(book):
    book.apply(delta(event("fill", "b", size=1.0, ts=11)))
    book.apply(delta(event("delete", "a", size=2.0, ts=12), event("delete", "c", ts=13)))
    book.apply(delta(event("fill", "z", "sell", size=1.0), event("delete", "z", "sell", size=0.0)))
    assert lives(book) == [
        ["b", 1.0, 0.0, "filled"],
        ["a", 0.0, 2.0, "cancelled"],
        ["c", 0.0, 5.0, "deleted"],
        ["z", 4.0, 0.0, "filled"],
    ]
    df = book.lives.df
    assert df.index.name == "ended"
    assert df.index.asi8.tolist() == [11, 12, 13, 7]
    assert df.side.tolist() == ["buy", "buy", "buy", "sell"]
    assert df["size"].tolist() == [1.0, 2.0, 5.0, 4.0]
    assert df.added.isna().tolist() == [False, False, True, False]
    assert (df.index[0] - df.added.iloc[0]) == pd.Timedelta(9, "ns")
    assert book.levels() == ([], [])


def test_sizes_that_fills_leave_have_no_rounding_dust():
    book = MarketByOrder("X")
    book.apply(snapshot([("a", 99.0, 0.3, 0), ("b", 99.0, 100.1, 0)]))
    for _ in range(3):
        book.apply(delta(event("fill", "a", size=0.1)))
    assert lives(book) == [["a", 0.3, 0.0, "filled"]]
    book.apply(delta(event("fill", "b", size=100.0)))
    assert book.order("b").size == 0.1


def test_a_fill_of_more_than_rests_as_of_an_iceberg(book):
    book.apply(delta(event("fill", "b", size=3.0)))
    assert lives(book) == [["b", 3.0, 0.0, "filled"]]


def test_steps_of_unknown_orders_are_counted_and_do_nothing(book):
    before = book.snapshot()
    book.apply(
        delta(
            event("change", "q", price=99.0, size=1.0),
            event("fill", "q", size=1.0),
            event("delete", "q"),
            ts=5,
        )
    )
    assert (book.unknown, lives(book)) == (3, [])
    assert book.snapshot().bids == before.bids


def test_orders_of_no_possible_price_or_size_are_refused(book):
    book.apply(
        delta(
            event("add", "q", price=nan, size=1.0),
            event("add", "r", price=99.0, size=0.0),
            event("add", "s", price=inf, size=1.0),
            event("change", "a", price=inf, size=1.0),
            event("fill", "a", size=nan),
            event("fill", "a", size=-1.0),
        )
    )
    assert book.refused == 4
    assert book.order("a").size == 2.0
    assert book.synced


def test_a_change_to_nothing_ends_the_order(book):
    book.apply(delta(event("change", "a", price=99.0, size=0.0)))
    assert lives(book) == [["a", 0.0, 0.0, "deleted"]]


def test_a_snapshot_after_a_gap_goes_on_with_the_lives_it_knows(book):
    book.apply(delta(event("fill", "a", size=0.5), event("add", "n", price=97.0, size=1.0)))
    book.lost()
    assert not book.synced
    assert book.best_bid == (99.0, 2.5)  # still shown, and said to be old
    bids = [("b", 99.0, 1.0, 2), ("a", 99.0, 1.5, 1), ("d", 97.0, 1.0, 0), ("d", 96.0, 1.0, 0)]
    book.apply(snapshot(bids, ts=50, sequence=20))
    assert book.synced
    assert book.sequence == 20
    assert [order.order_id for order in book.queue("buy", 99.0)] == ["b", "a"]
    assert book.order("a") == RestingOrder("a", "buy", 99.0, 1.5, 2.0, 0.5, 1)
    assert book.order("d") == RestingOrder("d", "buy", 97.0, 1.0, 1.0, 0.0, None)
    assert sorted(lives(book)) == [
        ["c", 0.0, 5.0, "lost"],
        ["n", 0.0, 1.0, "lost"],
        ["z", 0.0, 4.0, "lost"],
    ]
    assert set(book.lives.df.index.asi8) == {50}


def test_a_snapshot_tells_when_an_order_was_added_only_if_nobody_knew(book):
    bids = [("a", 99.0, 2.0, 44), ("b", 99.0, 1.0, 0), ("c", 98.0, 5.0, 33)]
    book.apply(snapshot(bids))
    assert [book.order(order_id).added for order_id in "abc"] == [1, 2, 33]


def test_a_snapshot_of_the_book_makes_the_same_book(book):
    copy = MarketByOrder("X")
    copy.apply(book.snapshot())
    assert copy.snapshot() == book.snapshot()
    assert copy.orders_df.equals(book.orders_df)
    assert (copy.sequence, copy.ts_event, copy.ts_recv) == (10, 5, 6)


def test_levels_beyond_the_depth_fall_out_of_sight_without_having_ended():
    book = MarketByOrder("X")
    bids = [(str(n), 99.0 - n, 1.0, 0) for n in range(4)]
    book.apply(OrderSnapshot("X", 5, 6, bids, [], depth=2))
    assert book.snapshot().depth == 2
    assert [price for price, *_ in book.levels()[0]] == [99.0, 98.0]
    book.apply(delta(event("add", "n", price=98.5, size=1.0)))
    assert [price for price, *_ in book.levels()[0]] == [99.0, 98.5]
    assert book.order("1") is None
    book.apply(delta(event("delete", "0"), event("add", "1", price=98.0, size=1.0)))
    assert [price for price, *_ in book.levels()[0]] == [98.5, 98.0]
    assert lives(book) == [["0", 0.0, 1.0, "deleted"]]
    book.apply(snapshot(bids))
    assert len(book.levels()[0]) == 4


def test_more_orders_than_the_limit_are_no_book():
    book = MarketByOrder("X", limit=2)
    book.apply(snapshot([("a", 1.0, 1.0, 0), ("b", 1.0, 1.0, 0)]))
    assert book.synced
    book.apply(delta(event("add", "c", price=1.0, size=1.0)))
    assert (book.synced, book.refused) == (False, 1)
    book.apply(snapshot([(order_id, 1.0, 1.0, 0) for order_id in IDS]))
    assert (book.synced, book.refused) == (False, 7)
    assert book.levels() == ([(1.0, 2.0, 2)], [])


def test_ended_orders_are_bounded():
    book = MarketByOrder("X", rows=3)
    for n in range(10):
        book.apply(delta(event("add", str(n), price=1.0, size=1.0), event("delete", str(n))))
    assert [row[0] for row in lives(book)] == ["7", "8", "9"]
    assert book.lives.total == 10


@pytest.mark.parametrize("bounds", [{"rows": 0}, {"limit": 0}])
def test_bounds_that_cannot_be(bounds):
    with pytest.raises(FrameError):
        MarketByOrder("X", **bounds)


def test_frames(book):
    assert repr(book) == "MarketByOrder('X', 4 orders)"
    df = book.df
    assert df.index.name == "level"
    assert df.bid_price.tolist() == [99.0, 98.0]
    assert df.bid_size.tolist() == [3.0, 5.0]
    assert df.bid_orders.tolist() == [2, 1]
    assert df.ask_orders.tolist() == [1, pd.NA]
    orders = book.orders_df
    assert orders.loc["b"].drop("added").tolist() == ["buy", 99.0, 1.0, 1.0, 0.0, 1, 2.0]
    assert orders.added.isna().tolist() == [False, False, True, False]
    assert str(orders.added.dtype) == "datetime64[ns, UTC]"


def test_an_empty_book_has_no_answers():
    book = MarketByOrder("X")
    assert repr(book) == "MarketByOrder('X', 0 orders, not synced)"
    assert book.best_bid is book.best_ask is book.mid is book.spread is None
    assert book.levels() == ([], [])
    assert book.order("a") is book.position("a") is None
    assert book.queue("buy", 99.0) == []
    assert len(book.df) == len(book.orders_df) == len(book.lives) == 0
    assert list(book.df) == [
        f"{s}_{n}" for s in ("bid", "ask") for n in ("price", "size", "orders")
    ]
    assert str(book.orders_df.added.dtype) == "datetime64[ns, UTC]"
    assert book.snapshot() == OrderSnapshot("X", 0, 0, [], [])


def test_a_reader_never_sees_half_a_change():
    """Orders wander up the book one at a time; there are always four, of size ten in all."""
    book, stop = MarketByOrder("X"), threading.Event()
    book.apply(snapshot([(order_id, 1.0, 2.5, 0) for order_id in "abcd"]))

    def write():
        price, n = 1.0, 0
        while not stop.is_set():
            order_id = "abcd"[n % 4]
            book.apply(
                delta(event("delete", order_id), event("add", order_id, price=price, size=2.5))
            )
            n += 1
            price = 1.0 + n // 4 % 50

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(400):
            bids, _ = book.levels()
            assert sum(size for _, size, _ in bids) == 10.0
            assert sum(count for *_, count in bids) == 4
            assert len(book.snapshot().bids) == 4
            position = book.position("a")
            assert position.size == 2.5 * position.orders
            assert len(book.orders_df) == 4
            assert set(book.lives.df.how.tolist()) <= {"deleted"}
    finally:
        stop.set()
        writer.join()
