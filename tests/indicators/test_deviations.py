"""The regression channel and price spikes, held against their definitions."""

from math import isnan

import numpy as np
import pytest
import talib
from oracle import furthest
from seeded import made

from livefin.indicators.bars.deviations import PriceSpike, RegressionChannel
from livefin.indicators.contract import BarRow

ROWS = list(made("bars", 70))


@pytest.mark.parametrize("deviation", ["mean", "line"])
@pytest.mark.parametrize("n", [2, 3, 9])
def test_the_channel_is_its_definition(deviation, n):
    channel = RegressionChannel(n, width=1.5, deviation=deviation)
    # Two closes lie on their line, but for a last digit.
    assert furthest(channel, ROWS) < 1e-12


@pytest.mark.parametrize("deviation", ["mean", "line"])
def test_the_channel_keeps_its_digits_with_a_bad_print_anywhere_in_it(deviation):
    rows = list(made("bars", 40, bad=15))
    assert furthest(RegressionChannel(8, deviation=deviation), rows) < 1e-12


def test_its_middle_is_talibs_and_its_mean_deviation_too():
    closes = np.array([row.close for row in ROWS])
    channel = RegressionChannel(14, width=2.0)
    lines = np.array([channel.update(row) for row in ROWS])
    np.testing.assert_allclose(lines[:, 1], talib.LINEARREG(closes, 14), rtol=1e-12)
    np.testing.assert_allclose(lines[:, 0] - lines[:, 2], 4 * talib.STDDEV(closes, 14), rtol=1e-8)


@pytest.mark.parametrize("deviation", ["mean", "line"])
def test_a_market_that_stands_still_has_no_channel_but_its_price(deviation):
    channel = RegressionChannel(7, deviation=deviation)
    for row in ROWS[:20]:
        lines = channel.update(row._replace(close=0.1))
    assert lines == (0.1, 0.1, 0.1)


@pytest.mark.parametrize("n", [2, 8])
def test_a_spike_is_its_definition(n):
    assert furthest(PriceSpike(n), ROWS) < 1e-12


def test_changes_that_are_all_the_same_have_no_spike():
    spike = PriceSpike(3)
    for i, close in enumerate((5.0, 5.0, 5.0, 5.0, 9.0)):
        (value,) = spike.update(BarRow(i, close, close, close, close, 1.0))
    assert isnan(value)
    assert isnan(spike.update(BarRow(9, 0.0, 0.0, 0.0, 0.0, 1.0))[0])
