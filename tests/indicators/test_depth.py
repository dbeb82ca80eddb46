"""Depth, imbalance and slope of the book, held against the same in fractions."""

from fractions import Fraction
from math import isnan

import numpy as np
import oracle_flow as oracle
import pytest
from alike import matches
from hypothesis import given
from hypothesis import strategies as st

from livefin.errors import IndicatorError
from livefin.indicators.contract import BookRow
from livefin.indicators.depth import BookImbalance, BookSlope, Depth

depths = st.integers(2, 5)


def sizes(levels):
    return sum(Fraction(size) for _, size in levels)


@given(oracle.books(), depths, st.sampled_from([0.0, 0.5, 2.5, 100.0]))
def test_depth_adds_up_what_is_near_enough(rows, depth, bps):
    def value(row):
        if not (row.bids and row.asks):
            return None, None
        mid = (Fraction(row.bids[0][0]) + Fraction(row.asks[0][0])) / 2
        # As written: 100.02 is within 2 basis points of 100.
        far = mid * Fraction(str(bps)) / 10_000 * (1 + Fraction(1, 10**7))
        return tuple(
            sizes((p, s) for p, s in side[:depth] if not bps or abs(Fraction(p) - mid) <= far)
            for side in (row.bids, row.asks)
        )

    matches(Depth(depth=depth, bps=bps), rows, [value(row) for row in rows])


@given(oracle.books(), depths, st.sampled_from([1.0, 0.5]))
def test_imbalance_leans_to_the_side_where_more_rests(rows, depth, decay):
    def weighted(side):
        return sum(Fraction(size) * Fraction(decay) ** i for i, (_, size) in enumerate(side))

    def value(row):
        if not (row.bids and row.asks):
            return (None,)
        bid, ask = weighted(row.bids[:depth]), weighted(row.asks[:depth])
        return ((bid - ask) / (bid + ask),)

    true = [value(row) for row in rows]
    matches(BookImbalance(depth=depth, decay=decay), rows, true, least=1e-3)


@given(oracle.books(), depths)
def test_slope_is_a_line_through_the_shares(rows, depth):
    def slope(side):
        if len(side) < 2:
            return None
        x = [abs(price - side[0][0]) for price, _ in side]
        y = np.cumsum([size for _, size in side]) / sum(size for _, size in side)
        return np.polyfit(x, y, 1)[0]

    def value(row):
        if not (row.bids and row.asks):
            return None, None
        return slope(row.bids[:depth]), slope(row.asks[:depth])

    true = [value(row) for row in rows]
    matches(BookSlope(depth=depth), rows, true, tolerance=1e-7, least=1e-3)


def test_a_level_that_is_no_number_leaves_the_row_without_a_value():
    row = BookRow(0, ((10.0, 1.0), (9.0, float("nan"))), ((11.0, 1.0),))
    assert all(map(isnan, Depth().update(row)))
    assert Depth(depth=1).update(row) == (1.0, 1.0)


def test_what_is_no_depth_is_refused():
    for make in (Depth, BookImbalance, BookSlope):
        with pytest.raises(IndicatorError, match="depth"):
            make(depth=0)
