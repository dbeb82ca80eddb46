"""The rows a function of a frame is given, against the rows that came."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livefin.errors import IndicatorError
from livefin.indicators.contract import BarRow, ClosesRow, QuoteRow, TradeRow
from livefin.indicators.custom.heldrows import HeldRows
from livefin.indicators.rows import frame

STEPS = st.lists(st.sampled_from(["append", "peek", "copy"]), max_size=700)


@given(STEPS, st.integers(0, 300), st.integers(1, 400))
def test_the_frame_is_that_of_the_last_rows_whatever_came_before(steps, before, limit):
    came = [BarRow(i, *range(i, i + 6)) for i in range(before)]
    held = HeldRows(limit=limit)
    held.begin(frame(came))
    for step in steps:
        row = BarRow(len(came), *range(len(came), len(came) + 6))
        if step == "peek":
            held.frame(row)
        elif step == "copy":
            held = held.copy()
        else:
            held.append(row)
            came.append(row)
    pd.testing.assert_frame_equal(held.frame(), frame(came[-limit:]), check_dtype=False)
    forming = BarRow(len(came), *[0.5] * 6)
    wanted = frame([*came, forming][-limit:])
    pd.testing.assert_frame_equal(held.frame(forming), wanted, check_dtype=False)
    assert len(held) == min(len(came), limit)


@pytest.mark.parametrize(
    ("source", "given_rows"),
    [
        ("trades", [TradeRow(i, 9.0 + i, 1.0, side) for i, side in enumerate([1, -1, 0])]),
        ("quotes", [QuoteRow(i, 9.0, 1.0, 11.0 + i, 2.0) for i in range(3)]),
    ],
)
def test_trades_and_quotes_have_the_columns_of_the_feed(source, given_rows):
    held, begun = HeldRows(source), HeldRows(source)
    for row in given_rows:
        held.append(row)
    begun.begin(frame(given_rows))
    for each in (held, begun):
        pd.testing.assert_frame_equal(each.frame(), frame(given_rows), check_dtype=False)


def test_closes_have_a_column_a_symbol():
    held = HeldRows("closes", ["A", "B"])
    held.append(ClosesRow(0, (1.0, 2.0)))
    assert held.frame(ClosesRow(5, (3.0, 4.0))).to_dict("list") == {"A": [1, 3], "B": [2, 4]}
    begun = HeldRows("closes", ["A", "B"])
    begun.begin(held.frame()[["B", "A"]])
    pd.testing.assert_frame_equal(begun.frame(), held.frame())
    with pytest.raises(IndicatorError, match="no closes of B"):
        begun.begin(held.frame()[["A"]])


def test_whoever_is_given_a_frame_may_keep_it_and_write_to_it():
    held = HeldRows()
    held.append(BarRow(0, 1.0, 1.0, 1.0, 1.0, 1.0))
    first = held.frame(BarRow(1, 2.0, 2.0, 2.0, 2.0, 2.0))
    held.append(BarRow(2, 3.0, 3.0, 3.0, 3.0, 3.0))
    assert first.close.tolist() == [1.0, 2.0]
    assert first.index.asi8.tolist() == [0, 1]
    first.loc[:, "close"] = np.nan
    assert held.frame().close.tolist() == [1.0, 3.0]


def test_memory_is_bounded():
    held = HeldRows(limit=10)
    for i in range(5_000):
        held.append(BarRow(i, 1.0, 1.0, 1.0, 1.0, 1.0))
    assert held._table.shape[1] < 600


def test_what_cannot_be_held_is_refused():
    for source, words in (("book", "cannot take 'book'"), ("closes", "needs symbols")):
        with pytest.raises(IndicatorError, match=words):
            HeldRows(source)
    with pytest.raises(IndicatorError, match="at least one"):
        HeldRows(limit=0)
