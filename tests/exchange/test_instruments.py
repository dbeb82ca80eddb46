"""The integer grid of prices and sizes."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livefin.exchange.instruments import INSTRUMENTS

EACH = st.sampled_from(list(INSTRUMENTS.values()))


@given(EACH, st.integers(1, 10**10))
def test_ticks_and_lots_come_back_from_floats(instrument, number):
    assert instrument.ticks(instrument.price(number)) == number
    assert instrument.lots(instrument.amount(number)) == number


@given(EACH, st.integers(1, 10**8))
def test_a_price_prints_with_no_more_digits_than_the_tick(instrument, ticks):
    decimals = repr(instrument.price(ticks)).partition(".")[2]
    assert len(decimals) <= max(1, instrument.price_digits) or "e" in decimals


@given(EACH, st.floats())
def test_any_float_is_a_positive_whole_number_or_refused(instrument, price):
    ticks = instrument.ticks(price)
    if ticks is not None:
        assert ticks > 0
        assert math.isclose(instrument.price(ticks), price, rel_tol=1e-3)


@pytest.mark.parametrize("price", [0.0, -1.0, 60_000.05, 60_000.1001, 1e400, float("nan"), 1e308])
def test_off_the_grid(price):
    assert INSTRUMENTS["BTC-USDT"].ticks(price) is None
