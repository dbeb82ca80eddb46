"""Bars folded all at once against TimeBars, which takes one trade after the other."""

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from livefin.bars import TimeBars
from livefin.events import Bar, Trade
from livefin.folding import (
    NAMES,
    cut,
    divides,
    empty,
    fold_bars,
    fold_trades,
    joined,
    rows_of,
)  # fmt: skip

S = 1_000_000_000
WEEK = 7 * 86_400 * S

TRADES = st.lists(
    st.builds(
        lambda ts, price, size: Trade("X", ts, ts, price, size),
        st.integers(-40, 60),
        st.floats(1, 9),
        st.floats(0, 4),
    ),
    max_size=60,
)


def folded(trades, interval):
    columns = ([getattr(t, name) for t in trades] for name in ("ts_event", "price", "size"))
    times, prices, sizes = columns
    return fold_trades(
        np.array(times, dtype="i8"), np.array(prices, "f8"), np.array(sizes, "f8"), interval
    )


def one_by_one(trades, interval, rows=1_000):
    bars = TimeBars("X", pd.Timedelta(interval, "ns"), rows=rows)
    for trade in trades:
        bars.update(trade)
    return bars


@given(TRADES, st.sampled_from([1, 3, 7, 100]), st.integers(1, 30))
def test_the_same_bars_as_one_by_one_to_the_last_bit_late_trades_and_all(trades, interval, rows):
    bars = TimeBars("X", pd.Timedelta(interval, "ns"), rows=rows)
    bars.load(folded(trades, interval))
    live = one_by_one(trades, interval, rows)
    pd.testing.assert_frame_equal(bars.df, live.df, check_exact=True)


@given(TRADES, TRADES, st.sampled_from([1, 3, 7]))
def test_it_goes_on_as_if_all_had_come_one_by_one(before, after, interval):
    bars = TimeBars("X", pd.Timedelta(interval, "ns"), rows=8)
    bars.load(folded(before, interval))
    for trade in after:
        bars.update(trade)
    pd.testing.assert_frame_equal(bars.df, one_by_one([*before, *after], interval, 8).df)


@given(TRADES, st.sampled_from([1, 3, 7]), st.sampled_from([1, 2, 5]))
def test_longer_bars_are_the_same_from_shorter_ones(trades, shorter, times):
    short = folded(trades, shorter)
    long = fold_bars(short, shorter * times)
    wanted = folded(trades, shorter * times)
    for name in NAMES:
        if name in ("volume", "turnover"):
            np.testing.assert_allclose(long[name], wanted[name])
        else:
            assert long[name].tolist() == wanted[name].tolist()


def test_which_lengths_are_made_of_which():
    assert divides(S, 60 * S)
    assert divides(86_400 * S, WEEK)
    assert not divides(2 * S, 5 * S)
    assert not divides(5 * 86_400 * S, 35 * 86_400 * S)  # weeks are counted from a Monday
    assert divides(4 * 86_400 * S, 4 * WEEK)


def test_a_venues_bars_are_put_in_order_and_the_last_word_on_each_counts():
    bars = [
        Bar("X", s, 0, "1s", 1, 2, 0.5, c, 3, 4, closed=True) for s, c in ((9, 1), (3, 1), (9, 2))
    ]
    rows = rows_of(bars, 3)
    assert rows["start"].tolist() == [3, 9]
    assert rows["close"].tolist() == [1.0, 2.0]
    assert rows["last_at"].tolist() == [5, 11]
    assert np.isnan(rows["turnover"]).all()
    assert {name: array.dtype.str for name, array in rows.items()} == {
        name: array.dtype.str for name, array in empty().items()
    }
    assert joined(rows, cut(rows, slice(0, 1)))["start"].tolist() == [3, 9, 3]
