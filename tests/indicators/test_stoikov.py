"""Stoikov's micro-price, held against the chain of all its states, and against a known market."""

from math import isnan

import numpy as np
import pytest
from alike import matches
from hypothesis import given
from hypothesis import strategies as st
from oracle_stoikov import walking
from seeded import S, made

from livefin.errors import IndicatorError
from livefin.indicators.contract import QuoteRow
from livefin.indicators.flow.stoikov import StoikovMicroprice


@given(
    walking,
    st.sampled_from([2, 3, 4]),
    st.sampled_from([1, 3]),
    st.sampled_from([5, 100]),
    st.sampled_from(["1s", "3s"]),
)
def test_it_is_its_definition(rows, imbalances, spreads, window, every):
    price = StoikovMicroprice(imbalances=imbalances, spreads=spreads, window=window, every=every)
    matches(price, rows, tolerance=1e-12)


def heavy(i, rng, bid):
    """A quote of a market that rises by a tick after a heavy bid, with a chance of a half."""
    size = rng.uniform(0, 10)
    return QuoteRow(i * S, bid / 100, size, (bid + 1) / 100, 10 - size)


def test_it_finds_how_far_a_leaning_book_will_move():
    rng, bid, price = np.random.default_rng(1), 10_000, StoikovMicroprice(imbalances=2, spreads=1)
    for i in range(6_000):
        row = heavy(i, rng, bid)
        (value,) = price.update(row)
        up = row.bid_size > 5
        bid += (1 if up else -1) * int(rng.random() < 0.5)
    # The next step is half a tick on average; after it, the book leans either way.
    off = 100 * (value - (row.bid + row.ask) / 2)
    assert abs(off) == pytest.approx(0.5, abs=0.05)
    assert (off > 0) == (row.bid_size > 5)


def test_what_comes_changes_nothing_that_was_told():
    rows = list(made("quotes", 300))
    calm, wild = StoikovMicroprice(), StoikovMicroprice()
    for i, row in enumerate(rows):
        other = row if i < 200 else row._replace(bid_size=row.ask_size, ask_size=row.bid_size)
        told = calm.update(row), wild.update(other)
        if i < 200:
            assert str(told[0]) == str(told[1])


def test_a_spread_that_is_no_state_has_no_value_and_breaks_the_chain():
    price = StoikovMicroprice(spreads=2, every="1s")
    for i, spread in enumerate((1, 3, 2, -1, 1, 0, 2)):
        row = QuoteRow(i * S, 100.0, 1.0, 100.0 + spread / 100, 3.0)
        (value,) = price.update(row)
        # No change from one state to another has been seen, so none is expected.
        assert isnan(value) if spread not in {1, 2} or not i else value == (row.bid + row.ask) / 2
    price.update(QuoteRow(8 * S, 100.0, 1.0, 100.01, 3.0))
    assert price.update(QuoteRow(9 * S, 100.0, 1.0, 100.02, 3.0))[0] < 100.01


@pytest.mark.parametrize("wrong", [{"tick": 0.0}, {"imbalances": 1}, {"every": "now"}])
def test_what_makes_no_sense_is_refused(wrong):
    with pytest.raises(IndicatorError):
        StoikovMicroprice(**wrong)
