"""A place in a rolling frame: every row once, in order, and those that were dropped counted."""

from hypothesis import given
from hypothesis import strategies as st

from livefin.book import OrderBook
from livefin.booktape import BookTape
from livefin.events import BookSnapshot, Quote, Trade
from livefin.indicators.contract import BookRow, QuoteRow, TradeRow
from livefin.indicators.live.cursor import Cursor
from livefin.indicators.rows import rows
from livefin.tables import Table


def trade(i, side="buy"):
    return Trade("A", i, i, 10.0 + i, 1.0, side, i)


@given(st.lists(st.integers(0, 3_000), max_size=8), st.sampled_from([1, 10, 100_000]))
def test_every_row_is_read_once_or_counted_as_missed(batches, held):
    table = Table(Trade, ["A"], rows=held)
    cursor = Cursor(table["A"])
    read, written = [], 0
    for batch in batches:
        for _ in range(batch):
            table.write(trade(written))
            written += 1
        fresh = cursor.read()
        read += [] if fresh is None else fresh.times.tolist()
        assert len(read) + cursor.missed == written
        assert cursor.read() is None
    assert read == sorted(set(read))
    if held == 100_000:
        assert cursor.missed == 0


def test_rows_that_were_gone_before_it_began_are_not_missed():
    table = Table(Trade, ["A"], rows=10)
    for i in range(50):
        table.write(trade(i))
    cursor = Cursor(table["A"])
    assert cursor.read().times.tolist() == list(range(40, 50))
    assert cursor.missed == 0


def test_trades_and_quotes_are_the_rows_that_the_frame_gives():
    trades, quotes = Table(Trade, ["A"]), Table(Quote, ["A"])
    for i, side in enumerate(("buy", "sell", None)):
        trades.write(trade(i, side))
        quotes.write(Quote("A", i, i, 10.0, 1.0 + i, 11.0, 2.0))
    fresh = Cursor(trades["A"]).read()
    assert (
        fresh.rows("trades")
        == list(rows(fresh.df, "trades"))
        == list(rows(trades["A"].df, "trades"))
    )
    assert fresh.rows("trades")[1] == TradeRow(1, 11.0, 1.0, -1)
    fresh = Cursor(quotes["A"]).read()
    assert fresh.rows("quotes") == list(rows(fresh.df, "quotes"))
    assert fresh.rows("quotes")[2] == QuoteRow(2, 10.0, 3.0, 11.0, 2.0)


def test_books_are_the_rows_that_the_frame_gives_also_shallow_ones():
    book = OrderBook("A")
    tape = BookTape(book, levels=2)
    cursor = Cursor(tape.frame)
    book.apply(BookSnapshot("A", 1, 1, [(9.0, 1.0), (8.0, 2.0)], [(10.0, 3.0)]))
    book.apply(BookSnapshot("A", 2, 2, [], [(10.0, 3.0), (11.0, 1.0)]))
    fresh = cursor.read()
    assert fresh.rows("book") == list(rows(tape.df, "book"))
    assert fresh.rows("book") == [
        BookRow(1, ((9.0, 1.0), (8.0, 2.0)), ((10.0, 3.0),)),
        BookRow(2, (), ((10.0, 3.0), (11.0, 1.0))),
    ]


def test_a_column_that_changes_its_kind_loses_no_row():
    table = Table(Trade, ["A"])
    cursor = Cursor(table["A"])
    table.write(trade(0))
    table.write(Trade("A", 1, 1, 10.0, 1.0, "buy", "a text"))
    assert cursor.read().times.tolist() == [0, 1]
