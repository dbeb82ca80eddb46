"""Books and orders in their venue's own digits, against a plain sort of all there is."""

import zlib

from hypothesis import given
from hypothesis import strategies as st

from livefin.checksum import WrittenBook, WrittenOrders
from livefin.events import BookDelta, BookSnapshot, OrderDelta, OrderEvent, OrderSnapshot

PRICES = st.integers(1, 12)
SIZES = st.integers(0, 3)


def digits(symbol, bids, asks):
    return zlib.crc32("|".join(f"{p}:{s}" for p, s in (*bids, *asks)).encode())


def change(kind, bids, asks):
    sides = [[(float(p), float(s)) for p, s in side] for side in (bids, asks)]
    text = tuple([(f"{p}.0", f"{s}.00") for p, s in side] for side in (bids, asks))
    return kind("A", 0, 0, *sides, text=text)


@given(
    st.lists(
        st.tuples(
            st.lists(st.tuples(PRICES, SIZES), max_size=4),
            st.lists(st.tuples(PRICES, SIZES), max_size=4),
        ),
        max_size=12,
    ),
    st.none() | st.integers(1, 5),
)
def test_a_book_is_summed_over_its_best_levels_as_written(changes, depth):
    book = WrittenBook("A", digits, levels=3, depth=depth)
    plain = ({}, {})
    for i, (bids, asks) in enumerate(changes):
        kind = BookSnapshot if i == 0 else BookDelta
        fell = book.apply(change(kind, bids, asks))
        for side, levels, best, gone in zip(plain, (bids, asks), (-1, 1), fell, strict=True):
            for price, size in levels:
                side[price] = size
            for price in [price for price, size in side.items() if not size]:
                del side[price]
            kept = sorted(side, key=lambda price, best=best: best * price)[:depth]
            assert {price for price, _ in gone} == {float(p) for p in side if p not in kept}
            for price in [price for price in side if price not in kept]:
                del side[price]
        best_bids, best_asks = (
            [(f"{p}.0", f"{side[p]}.00") for p in sorted(side, key=lambda p: best * p)[:3]]
            for side, best in zip(plain, (-1, 1), strict=True)
        )
        assert book.checksum() == digits("A", best_bids, best_asks)


def order(action, id_, price, size, side="buy"):
    return OrderEvent("A", 0, 0, action, id_, side, price, size)


def delta(*orders):
    text = [(str(each.price), str(each.size)) for each in orders]
    return OrderDelta("A", 0, 0, list(orders), text=text)


def orders_book(**options):
    book = WrittenOrders("A", lambda _, bids, asks: (bids, asks), **options)
    bids = [("a", 10.0, 1.0, 0), ("b", 10.0, 2.0, 0), ("c", 9.0, 3.0, 0)]
    text = ([(str(price), str(size)) for _, price, size, _ in bids], [])
    book.apply(OrderSnapshot("A", 0, 0, bids, [], text=text))
    return book


def test_orders_are_summed_in_their_priority():
    book = orders_book(levels=2)
    assert book.checksum() == ([("10.0", "1.0"), ("10.0", "2.0"), ("9.0", "3.0")], [])
    book.apply(delta(order("change", "a", 10.0, 0.5)))  # smaller: it keeps its place
    assert book.checksum()[0][0] == ("10.0", "0.5")
    book.apply(delta(order("change", "a", 10.0, 5.0)))  # larger: to the end
    assert book.checksum()[0][:2] == [("10.0", "2.0"), ("10.0", "5.0")]
    book.apply(delta(order("delete", "b", 10.0, 0.0), order("add", "d", 11.0, 1.0)))
    assert book.checksum()[0] == [("11.0", "1.0"), ("10.0", "5.0")]
    book.apply(delta(order("delete", "nobody", 1.0, 0.0)))
    assert book.checksum()[0] == [("11.0", "1.0"), ("10.0", "5.0")]


def test_orders_beyond_the_depth_are_forgotten():
    book = orders_book(levels=5, depth=1)
    assert book.checksum()[0] == [("10.0", "1.0"), ("10.0", "2.0")]
    book.apply(delta(order("add", "e", 12.0, 1.0)))
    assert book.checksum()[0] == [("12.0", "1.0")]
    book.apply(delta(order("delete", "a", 10.0, 0.0)))  # told of after all
    assert book.checksum()[0] == [("12.0", "1.0")]
