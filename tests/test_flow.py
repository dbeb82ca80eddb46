"""Falling behind and crossed books: said once when they begin, once when they are over."""

from livefin.book import OrderBook
from livefin.events import BookSnapshot
from livefin.flow import CALM, CROSSED_AGAIN, CROSSED_FOR, Crossed, Flow, S, Sight

FINE = Sight(0, 100, 0.01, 0.0)


def book(bid, ask, symbol="A"):
    made = OrderBook(symbol)
    made.apply(BookSnapshot(symbol, 0, 0, [(bid, 1.0)], [(ask, 1.0)]))
    return made


def test_each_trouble_is_named():
    assert FINE.trouble == ""
    assert "51 events wait" in Sight(51, 100, None, 0.0).trouble
    assert "held up for 2.0 s" in Sight(0, 100, None, 2.0).trouble
    assert "3.0 s old" in Sight(0, 100, 3.0, 0.0).trouble
    assert Sight(50, 100, 1.0, 1.0).trouble == ""


def test_it_is_said_once_and_again_when_it_is_over():
    flow = Flow()
    late = Sight(0, 100, 3.0, 0.0)
    (began,) = flow.tick(late, S)
    assert (began.kind, began.start, began.end) == ("lagging", S, None)
    assert flow.since == S
    assert flow.tick(late, 5 * S) == []
    assert flow.tick(FINE, 5 * S + CALM) == []  # it may come back at once
    (over,) = flow.tick(FINE, 6 * S + CALM)
    assert (over.kind, over.start, over.end) == ("lagging", S, 6 * S + CALM)
    assert "caught up after 4.0 s" in over.detail
    assert flow.since is None
    assert flow.tick(FINE, 9 * S) == []


def test_a_crossed_book_is_asked_for_anew_once():
    crossed, books = Crossed(), {"A": book(101.0, 100.0), "B": book(99.0, 100.0, "B")}
    assert crossed.tick(books, 0) == ([], [])
    assert crossed.tick(books, CROSSED_FOR - 1) == ([], [])
    (said,), anew = crossed.tick(books, CROSSED_FOR)
    assert (said.kind, said.symbol, said.start) == ("crossed", "A", 0)
    assert anew == ["A"]
    assert crossed.tick(books, 2 * CROSSED_FOR) == ([], [])


def test_one_that_comes_crossed_again_is_the_venues_own():
    crossed, books = Crossed(), {"A": book(101.0, 100.0)}
    crossed.tick(books, 0)
    crossed.tick(books, CROSSED_FOR)
    books["A"].lost()  # the snapshot is under way
    (over,), _ = crossed.tick(books, 3 * S)
    assert (over.end, "no more" in over.detail) == (3 * S, True)
    books["A"] = book(101.0, 100.0)
    crossed.tick(books, 4 * S)
    (said,), anew = crossed.tick(books, 4 * S + CROSSED_FOR)
    assert "so does the venue's own" in said.detail
    assert anew == []
    books["A"] = book(99.0, 100.0)
    later = CROSSED_AGAIN + 20 * S
    crossed.tick(books, later)
    books["A"] = book(101.0, 100.0)
    crossed.tick(books, later)
    assert crossed.tick(books, later + CROSSED_FOR)[1] == ["A"]


def test_a_moment_is_not_worth_a_word():
    crossed, books = Crossed(), {"A": book(100.0, 100.0)}
    crossed.tick(books, 0)
    books["A"] = book(99.0, 100.0)
    assert crossed.tick(books, S) == ([], [])
