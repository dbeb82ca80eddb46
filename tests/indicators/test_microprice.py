"""Mid and microprice of quotes, held against the same in fractions."""

from math import isnan

import flowrows
from alike import matches
from hypothesis import given

from livefin.indicators.contract import QuoteRow
from livefin.indicators.flow.microprice import Microprice, Mid


@given(flowrows.quotes)
def test_mid_is_half_way(rows):
    matches(Mid(), rows, tolerance=1e-15)


@given(flowrows.quotes)
def test_microprice_weighs_each_price_by_the_size_across(rows):
    matches(Microprice(), rows, tolerance=1e-12)


def test_where_nothing_rests_there_is_no_microprice():
    assert isnan(Microprice().update(QuoteRow(0, 10.0, 0.0, 11.0, 0.0))[0])
    assert isnan(Microprice().update(QuoteRow(0, 10.0, float("nan"), 11.0, 1.0))[0])
