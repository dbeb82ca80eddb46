"""The matching engine against a naive reference, and its invariants, on random order flow."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livefin.exchange.matching import Change, LimitOrderBook

SIDES = st.sampled_from(["buy", "sell"])
PRICES = st.integers(1, 12)
SIZES = st.integers(1, 9)
ORDERS = st.one_of(
    st.tuples(st.just("limit"), SIDES, PRICES, SIZES),
    st.tuples(st.just("ioc"), SIDES, PRICES, SIZES),
    st.tuples(st.just("market"), SIDES, st.none(), SIZES),
    st.tuples(st.just("cancel"), st.none(), st.integers(1, 40), st.none()),
)
FLOW = st.lists(ORDERS, max_size=60)


class Naive:
    """Price-time priority the obvious way: one list, sorted again for every execution."""

    def __init__(self):
        self.orders = []
        self.last_id = 0

    def send(self, kind, side, price, size):
        self.last_id += 1
        fills = []
        while size:
            others = [o for o in self.orders if o["side"] != side]
            if price is not None:
                others = [
                    o
                    for o in others
                    if (o["price"] <= price if side == "buy" else o["price"] >= price)
                ]
            if not others:
                break
            best = min(
                others, key=lambda o: (o["price"] if side == "buy" else -o["price"], o["id"])
            )
            done = min(size, best["left"])
            size -= done
            best["left"] -= done
            fills.append((best["price"], done, best["id"]))
            self.orders = [o for o in self.orders if o["left"]]
        if size and kind == "limit":
            self.orders.append({"id": self.last_id, "side": side, "price": price, "left": size})
        return fills, size

    def cancel(self, order_id):
        before = len(self.orders)
        self.orders = [o for o in self.orders if o["id"] != order_id]
        return len(self.orders) < before

    def levels(self, side):
        totals = {}
        for order in self.orders:
            if order["side"] == side:
                totals[order["price"]] = totals.get(order["price"], 0) + order["left"]
        return sorted(totals.items(), reverse=side == "buy")


def send(book, kind, side, price, size):
    if kind == "market":
        return book.market(side, size)
    return book.limit(side, price, size, ioc=kind == "ioc")


@given(FLOW)
def test_equals_the_naive_matcher(flow):
    book, naive = LimitOrderBook(), Naive()
    for kind, side, price, size in flow:
        if kind == "cancel":
            assert (book.cancel(price) is not None) == naive.cancel(price)
        else:
            outcome = send(book, kind, side, price, size)
            fills, left = naive.send(kind, side, price, size)
            assert [(f.price, f.size, f.maker.id) for f in outcome.fills] == fills
            assert outcome.order.left == left
        for each in ("buy", "sell"):
            assert book.levels(each) == naive.levels(each)
        assert len(book) == len(naive.orders)


@given(FLOW)
def test_is_never_crossed_and_loses_no_lot(flow):
    book, sent, taken_off, executed = LimitOrderBook(), 0, 0, 0
    for kind, side, price, size in flow:
        if kind == "cancel":
            order = book.cancel(price)
            taken_off += order.left if order is not None else 0
        else:
            outcome = send(book, kind, side, price, size)
            executed += sum(fill.size for fill in outcome.fills)
            sent += size
            if not outcome.resting:
                taken_off += outcome.order.left
        if book.best_bid is not None and book.best_ask is not None:
            assert book.best_bid < book.best_ask
        resting = sum(total for each in ("buy", "sell") for _, total in book.levels(each))
        assert sent == resting + taken_off + 2 * executed  # a lot traded is one of each side


@given(FLOW)
def test_changes_alone_rebuild_the_levels(flow):
    book, seen = LimitOrderBook(), {}
    for kind, side, price, size in flow:
        before = dict(seen)
        if kind == "cancel":
            book.cancel(price)
        else:
            send(book, kind, side, price, size)
        for change in book.changes():
            assert before.get((change.side, change.price), 0) != change.size
            seen[change.side, change.price] = change.size
        for each in ("buy", "sell"):
            rebuilt = {p: s for (of, p), s in seen.items() if of == each and s}
            assert rebuilt == dict(book.levels(each))
    assert book.changes() == []


@given(st.lists(SIZES, min_size=2, max_size=20), st.data())
def test_at_one_price_the_first_to_come_is_the_first_to_trade(sizes, data):
    book = LimitOrderBook()
    ids = [book.limit("sell", 5, size).order.id for size in sizes]
    wanted = data.draw(st.integers(1, sum(sizes)))
    fills = book.limit("buy", 5, wanted).fills
    assert [fill.maker.id for fill in fills] == ids[: len(fills)]
    # all but the last of them are done
    assert all(fill.maker.left == 0 for fill in fills[:-1])


def test_a_partial_fill_keeps_its_place():
    book = LimitOrderBook()
    first = book.limit("buy", 10, 5).order
    second = book.limit("buy", 10, 5).order
    book.market("sell", 2)
    assert [f.maker for f in book.market("sell", 4).fills] == [first, second]


def test_a_taker_gets_the_resting_price():
    book = LimitOrderBook()
    book.limit("sell", 10, 1)
    book.limit("sell", 12, 1)
    assert [f.price for f in book.limit("buy", 15, 2).fills] == [10, 12]


def test_a_size_that_comes_back_to_what_it_was_is_no_change():
    book = LimitOrderBook()
    first = book.limit("buy", 10, 5).order
    assert book.changes() == [Change("buy", 10, 5)]
    book.cancel(first.id)
    book.limit("buy", 10, 5)
    assert book.changes() == []


def test_cancelling_what_does_not_rest():
    book = LimitOrderBook()
    gone = book.limit("buy", 10, 1, ioc=True).order
    assert book.cancel(gone.id) is None
    assert book.cancel(99) is None
    assert book.changes() == []


def test_market_order_on_an_empty_book_does_nothing():
    book = LimitOrderBook()
    outcome = book.market("buy", 3)
    assert (outcome.fills, outcome.order.left, outcome.resting) == ([], 3, False)


@pytest.mark.parametrize(("price", "size"), [(0, 1), (-1, 1), (1, 0), (1, -5)])
def test_refuses_what_is_not_positive(price, size):
    book = LimitOrderBook()
    with pytest.raises(ValueError, match="positive"):
        book.limit("buy", price, size)
    assert len(book) == 0


def test_one_deep_level_is_swept_in_linear_time():
    # A plain dict's first item is searched for past all deleted ones: 20,000 take seconds.
    book = LimitOrderBook()
    for _ in range(20_000):
        book.limit("sell", 7, 1)
    assert len(book.market("buy", 20_000).fills) == 20_000
    assert book.best_ask is None
