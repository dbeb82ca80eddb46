"""Candlestick patterns as values and as rows to mark."""

import numpy as np
import pandas as pd
import pytest
import talib
from walks import market

from livefin.chart.markers import Markers
from livefin.errors import IndicatorError
from livefin.indicators.talib.patterns import known, patterns, signals


@pytest.fixture(scope="module")
def bars():
    return market(5, 500)


def test_all_patterns_of_talib_are_known():
    assert known() == sorted(talib.get_function_groups()["Pattern Recognition"])


def test_values_are_as_talib_gives_them(bars):
    found = patterns(bars)
    prices = [bars[name] for name in ("open", "high", "low", "close")]
    assert len(found.columns) == len(known())
    for name in known():
        theirs = getattr(talib, name)(*prices)
        assert (found[name.lower()].fillna(0) == theirs).all()


def test_signals_are_the_rows_that_are_not_zero(bars):
    values = patterns(bars, "CDLENGULFING", "CDLHARAMI")
    found = signals(values)
    assert len(found) == ((values != 0) & values.notna()).to_numpy().sum() > 5
    assert found.index.is_monotonic_increasing
    for time, row in found.iterrows():
        assert values.loc[time, row.text] == row.value
        assert row.sign == np.sign(row.value)
        assert row.side == ("buy" if row.value > 0 else "sell")


def test_one_pattern_alone_is_taken_as_a_series(bars):
    values = patterns(bars, "CDLENGULFING")
    pd.testing.assert_frame_equal(signals(values.cdlengulfing), signals(values))


def test_no_pattern_gives_no_row(bars):
    assert signals(patterns(bars.iloc[:0]), bars.close.iloc[:0]).empty
    assert list(signals(patterns(bars.iloc[:3]))) == ["side", "sign", "value", "text"]


def test_a_chart_takes_them_as_markers(bars):
    found = signals(patterns(bars, "CDLENGULFING"), bars.close)
    markers = Markers()
    markers.extend(found)
    assert (markers.df.price == found.price).all()
    assert (bars.close[found.index] == found.price).all()
    assert markers.df.side.tolist() == found.side.tolist()


def test_what_is_no_pattern_is_named(bars):
    with pytest.raises(IndicatorError, match="no candlestick pattern: RSI, CDLX"):
        patterns(bars, "RSI", "CDLDOJI", "CDLX")
