"""Depth, imbalance and slope of the book, held against the same in fractions."""

from math import isnan

import flowrows
import pytest
from alike import matches
from hypothesis import given
from hypothesis import strategies as st

from livefin.errors import IndicatorError
from livefin.indicators.contract import BookRow
from livefin.indicators.flow.depth import BookImbalance, BookSlope, Depth

depths = st.integers(2, 5)


@given(flowrows.books(), depths, st.sampled_from([0.0, 0.5, 2.5, 100.0]))
def test_depth_adds_up_what_is_near_enough(rows, depth, bps):
    matches(Depth(depth=depth, bps=bps), rows)


@given(flowrows.books(), depths, st.sampled_from([1.0, 0.5]))
def test_imbalance_leans_to_the_side_where_more_rests(rows, depth, decay):
    matches(BookImbalance(depth=depth, decay=decay), rows, least=1e-3)


@given(flowrows.books(), depths)
def test_slope_is_a_line_through_the_shares(rows, depth):
    matches(BookSlope(depth=depth), rows, least=1e-3)


def test_a_level_that_is_no_number_leaves_the_row_without_a_value():
    row = BookRow(0, ((10.0, 1.0), (9.0, float("nan"))), ((11.0, 1.0),))
    assert all(map(isnan, Depth().update(row)))
    assert Depth(depth=1).update(row) == (1.0, 1.0)


def test_what_is_no_depth_is_refused():
    for make in (Depth, BookImbalance, BookSlope):
        with pytest.raises(IndicatorError, match="depth"):
            make(depth=0)
