"""Spreads, held against exact ones, and their average against an exact integral."""

import flowrows
import oracle_flow as oracle
import pytest
from alike import matches
from hypothesis import given
from hypothesis import strategies as st

from livefin.errors import IndicatorError
from livefin.indicators.contract import QuoteRow
from livefin.indicators.flow.spread import AverageSpread, Spread

units = st.sampled_from(["price", "bps"])


@given(flowrows.quotes, units)
def test_the_spread_is_ask_less_bid(rows, unit):
    matches(Spread(unit=unit), rows, tolerance=1e-12)


@given(flowrows.quotes, st.sampled_from(["1s", "10s", "3min"]), units)
def test_the_average_is_the_integral_over_the_window(rows, window, unit):
    matches(AverageSpread(window=window, unit=unit), rows, least=1e-3)


def test_a_quote_that_stood_long_before_the_window_leaves_no_trace():
    average = AverageSpread(window="1ms")
    day = 86_400 * oracle.S
    for time, ask in ((0, 1e15), (day, 1.1), (day + 10**6, 1.1), (day + 2 * 10**6, 1.1)):
        value = average.update(QuoteRow(time, 1.0, 1.0, ask, 1.0))
    assert value == (pytest.approx(0.1, rel=1e-12),)


def test_what_is_no_unit_is_refused():
    with pytest.raises(IndicatorError, match="unit"):
        Spread(unit="ticks")
