"""Trades get the quote that stood before them, and no other."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livefin.indicators.contract import QuotedRow
from livefin.indicators.flow.quoted import QuotedTaker, mid, quoted

stamps = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), max_size=30)


def table(stamped, arrivals, **columns):
    """Rows in the order of their arrival; both stamps in seconds."""
    given = sorted(stamped, key=lambda pair: pair[1])
    index = pd.to_datetime([time for time, _ in given], unit="s", utc=True)
    rows = {name: make(len(given)) for name, make in columns.items()}
    if arrivals:
        rows["ts_recv"] = pd.to_datetime([came for _, came in given], unit="s", utc=True)
    return pd.DataFrame(rows, index), given


@given(stamps, stamps, st.booleans(), st.booleans())
def test_each_trade_has_the_last_quote_that_was_there_before_it(at, quoted_at, known, both):
    trades, at = table(at, known, price=np.ones, size=np.ones)
    bids = lambda n: 100.0 + np.arange(n)  # noqa: E731 - its number, to tell it by
    quotes, quoted_at = table(quoted_at, known and both, bid=bids, ask=bids)
    found = quoted(trades, quotes)
    assert list(found.columns) == [*trades.columns, "bid", "ask"]
    for (time, came), bid in zip(at, found["bid"], strict=True):
        true, latest = np.nan, 0
        for i, (of, seen) in enumerate(quoted_at):
            latest = max(latest, of)
            if latest < time and (seen <= came or not (known and both)):
                true = 100.0 + i
        np.testing.assert_array_equal(bid, true)


def test_rows_whose_arrival_nobody_knows_go_by_their_times():
    trades, _ = table([(5, 5), (9, 9)], True, price=np.ones)
    quotes, _ = table([(1, 1), (6, 6)], True, bid=np.arange, ask=np.arange)
    trades["ts_recv"] = pd.NaT
    assert quoted(trades, quotes)["bid"].tolist() == [0.0, 1.0]
    trades["ts_recv"] = pd.to_datetime([5, 9], unit="s", utc=True)
    quotes["ts_recv"] = pd.NaT
    assert quoted(trades, quotes)["bid"].tolist() == [0.0, 1.0]


@pytest.mark.parametrize(("unknown", "sides"), [("tick", [1, -1, -1, 1]), ("skip", [0, 0, -1, 0])])
def test_a_side_is_the_venues_then_the_quotes_then_the_ticks(unknown, sides):
    taker = QuotedTaker(unknown)
    trades = (10.5, 0), (10.0, 0), (10.5, -1), (10.8, 0)
    found = [taker.take(QuotedRow(0, price, 1.0, side, 9.0, 11.0)) for price, side in trades]
    assert found == sides
    assert mid(QuotedRow(0, 1.0, 1.0, 0, 9.0, 11.0)) == 10.0


@given(st.integers(1, 10**7), st.integers(1, 50))
def test_half_way_is_half_way_though_floats_are_not(cents, apart):
    taker = QuotedTaker("tick")
    bid, price, ask = ((cents + i * apart) / 100 for i in range(3))
    assert taker.take(QuotedRow(0, price, 1.0, 0, bid, ask)) == 0
    assert taker.take(QuotedRow(0, price, 1.0, 0, bid, ask + 0.02)) == -1
