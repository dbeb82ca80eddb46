"""What goes to a backtester: entered and left as the position says, never before it is known."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livefin.errors import IndicatorError
from livefin.indicators import ta
from livefin.research.backtest import entries_exits, values_of

POSITIONS = st.lists(st.sampled_from([-1, 0, 1]), min_size=1, max_size=40)


@given(position=POSITIONS, delay=st.integers(0, 3))
def test_who_follows_the_trades_holds_the_position(position, delay):
    trades = entries_exits(position, delay=delay)
    held, followed = 0, []
    for enter, leave, short, cover in zip(*trades, strict=True):
        assert not (leave and held != 1)
        assert not (cover and held != -1)
        held = 0 if leave or cover else held
        assert not ((enter or short) and held)
        held = 1 if enter else -1 if short else held
        followed.append(held)
    assert followed == ([0] * delay + position)[: len(position)]


def test_the_columns_are_bools_along_the_index_by_the_backtesters_names():
    times = pd.date_range("2026-03-01", periods=3, freq="1min", tz="UTC")
    trades = entries_exits(pd.Series([True, False, True], times))
    assert list(trades._asdict()) == ["entries", "exits", "short_entries", "short_exits"]
    for column in trades:
        assert column.dtype == bool
        assert column.index.equals(times)
    assert trades.entries.tolist() == [False, True, False]


def test_a_missing_position_goes_on_as_before():
    trades = entries_exits([np.nan, 1.0, np.nan, 0.0], delay=0)
    assert trades.entries.tolist() == [False, True, False, False]
    assert trades.exits.tolist() == [False, False, False, True]


def test_the_future_cannot_be_asked_for():
    with pytest.raises(IndicatorError, match="future"):
        entries_exits([1], delay=-1)


def test_an_indicator_is_a_function_of_the_other_ones_columns():
    close = np.random.default_rng(0).uniform(90, 110, 60)
    ours = pd.DataFrame({"open": close, "high": close, "low": close, "close": close, "volume": 1.0})
    theirs = ours.rename(columns=str.title)
    one, several = values_of(ta.RSI(5)), values_of(ta.MACD())
    np.testing.assert_array_equal(one(theirs), ta.RSI(5).batch(ours).iloc[:, 0])
    np.testing.assert_array_equal(several(theirs), ta.MACD().batch(ours).T)
    assert several(theirs).shape == (3, 60)
    assert one.__name__ == "RSI(5)"
