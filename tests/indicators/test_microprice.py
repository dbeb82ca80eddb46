"""Mid and microprice of quotes, held against the same in fractions."""

from fractions import Fraction
from math import isnan

import oracle_flow as oracle
from alike import matches
from hypothesis import given

from livefin.indicators.contract import QuoteRow
from livefin.indicators.microprice import Microprice, Mid


def has_both(row):
    return abs(row.bid) + abs(row.ask) < float("inf")


@given(oracle.quotes)
def test_mid_is_half_way(rows):
    true = [((Fraction(r.bid) + Fraction(r.ask)) / 2,) if has_both(r) else (None,) for r in rows]
    matches(Mid(), rows, true)


@given(oracle.quotes)
def test_microprice_weighs_each_price_by_the_size_across(rows):
    def value(row):
        bid, bid_size, ask, ask_size = map(Fraction, row[1:])
        return ((bid * ask_size + ask * bid_size) / (bid_size + ask_size),)

    true = [value(row) if oracle.is_quote(row) else (None,) for row in rows]
    matches(Microprice(), rows, true, tolerance=1e-12)


def test_where_nothing_rests_there_is_no_microprice():
    assert isnan(Microprice().update(QuoteRow(0, 10.0, 0.0, 11.0, 0.0))[0])
    assert isnan(Microprice().update(QuoteRow(0, 10.0, float("nan"), 11.0, 1.0))[0])
