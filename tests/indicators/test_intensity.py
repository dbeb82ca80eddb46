"""Trade intensity held against the sum over all trades in 40 digits; counts against a count."""

import flowrows
import oracle_flow as oracle
import pytest
from alike import matches
from hypothesis import given
from hypothesis import strategies as st

from livefin.errors import IndicatorError
from livefin.indicators.contract import TradeRow
from livefin.indicators.flow.intensity import TradeCount, TradeIntensity


@given(flowrows.trades, st.sampled_from(["500ms", "10s", "1h"]))
def test_intensity_is_the_sum_of_all_trades_each_as_faded_as_it_is_old(rows, half_life):
    matches(TradeIntensity(half_life=half_life), rows)


@given(flowrows.trades, st.sampled_from(["1s", "10s", "5min"]))
def test_the_count_is_that_of_the_window(rows, window):
    matches(TradeCount(window=window), rows)


def test_at_a_steady_rate_it_comes_to_that_rate():
    intensity = TradeIntensity(half_life="10s")
    for i in range(20_000):  # 50 a second, for 40 half-lives
        (value,) = intensity.update(TradeRow(i * oracle.S // 50, 10.0, 1.0, 1))
    assert value == pytest.approx(50, rel=1e-3)


def test_after_a_long_silence_it_begins_anew():
    intensity = TradeIntensity(half_life="1s")
    first = intensity.update(TradeRow(0, 10.0, 1.0, 1))
    assert intensity.update(TradeRow(10**6 * oracle.S, 10.0, 1.0, 1)) == first


def test_what_is_no_length_of_time_is_refused():
    for make in (lambda: TradeIntensity(half_life="0s"), lambda: TradeCount(window="1M")):
        with pytest.raises(IndicatorError):
            make()
