"""Order-flow imbalance, held against the papers' own formula in fractions."""

from math import isnan

import flowrows
import oracle_flow as oracle
import pytest
from alike import matches
from hypothesis import given
from hypothesis import strategies as st

from livefin.errors import IndicatorError
from livefin.indicators.contract import BookRow, QuoteRow
from livefin.indicators.flow.orderflow import BookOrderFlow, OrderFlow

windows = st.sampled_from(["1s", "10s", "5min"])


@given(flowrows.quotes, windows)
def test_at_the_best_prices_it_is_the_papers_sum(rows, window):
    matches(OrderFlow(window=window), rows, least=1e-3)


@given(flowrows.books(), windows, st.integers(1, 3))
def test_at_every_level_it_is_the_papers_sum(rows, window, depth):
    matches(BookOrderFlow(window=window, depth=depth), rows, least=1e-3)


@given(flowrows.books(depth=1))
def test_one_level_of_the_book_is_what_its_quotes_say(rows):
    deep, best = BookOrderFlow(depth=1), OrderFlow()
    for row in rows:
        if row.bids and row.asks:
            assert str(deep.update(row)) == str(
                best.update(QuoteRow(row.time, *row.bids[0], *row.asks[0]))
            )


def test_a_bad_print_leaves_no_trace():
    flow = OrderFlow(window="1s")
    for i in range(100):
        size = 1e300 if i == 3 else 0.1 * (i % 7)
        value = flow.update(QuoteRow(i * oracle.S // 10, 10.0, size, 11.0, 1.0))
    clean = OrderFlow(window="1s")
    for i in range(80, 100):
        expected = clean.update(QuoteRow(i * oracle.S // 10, 10.0, 0.1 * (i % 7), 11.0, 1.0))
    assert value == pytest.approx(expected, rel=1e-12)


def test_a_book_too_shallow_is_passed_over():
    flow = BookOrderFlow(depth=2)
    two = ((10.0, 1.0), (9.0, 1.0)), ((11.0, 1.0), (12.0, 1.0))
    flow.update(BookRow(0, *two))
    shallow = flow.update(BookRow(1, two[0][:1], two[1]))
    assert all(map(isnan, shallow))
    assert flow.update(BookRow(2, ((10.0, 3.0), (9.0, 1.0)), two[1])) == (2.0, 0.0)


def test_what_is_no_window_or_depth_is_refused():
    with pytest.raises(IndicatorError, match="10s"):
        OrderFlow(window="soon")
    with pytest.raises(IndicatorError, match="depth"):
        BookOrderFlow(depth=0)
