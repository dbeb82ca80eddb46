"""Schaff's, Leibfarth's and Brown's oscillators, held against their definitions."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
import talib
from exact import column
from oracle import first, furthest
from seeded import made

from livefin.indicators import ta
from livefin.indicators.bars.doublesmooth import (
    DerivativeOscillator,
    PremierStochastic,
    SchaffTrendCycle,
)
from livefin.indicators.chained import chain
from livefin.indicators.contract import BarRow

ROWS = list(made("bars", 110))
CLOSE = np.array(column(ROWS, "close"), float)


def along(indicator):
    return np.array([indicator.update(row)[0] for row in ROWS])


@pytest.mark.parametrize(("n", "fast", "slow"), [(10, 23, 50), (2, 1, 3), (5, 12, 6)])
def test_schaffs_cycle_is_its_definition(n, fast, slow):
    assert furthest(SchaffTrendCycle(n, fast=fast, slow=slow), ROWS, least=1.0) < 1e-9


@pytest.mark.parametrize(("n", "smooth"), [(8, 5), (1, 1), (3, 9)])
def test_the_premier_stochastic_is_its_definition(n, smooth):
    assert furthest(PremierStochastic(n, smooth=smooth), ROWS, least=1e-3) < 1e-11


@pytest.mark.parametrize(
    ("rsi", "first", "second", "signal"), [(14, 5, 3, 9), (1, 1, 1, 2), (4, 2, 7, 3)]
)
def test_the_derivative_oscillator_is_its_definition(rsi, first, second, signal):
    oscillator = DerivativeOscillator(rsi, first=first, second=second, signal=signal)
    assert furthest(oscillator, ROWS, least=1e-2) < 1e-11


def test_the_derivative_oscillator_is_made_of_talibs_parts():
    smoothed = talib.EMA(talib.EMA(talib.RSI(CLOSE, 14), 5), 3)
    wanted = smoothed - talib.SMA(smoothed, 9)
    np.testing.assert_allclose(along(DerivativeOscillator()), wanted, rtol=1e-9, atol=1e-9)


def test_a_place_in_a_range_of_nothing_is_the_place_before():
    cycle = SchaffTrendCycle(2, fast=1, slow=3)
    closes = 1.0, 1.0, 1.0, 3.0, 4.0, 3.0, 5.0, 6.0
    # The MACD from the third on: 0, 1, 1, 0, 1, 1. With places of 0 there it would end at 25.
    values = [cycle.update(BarRow(i, x, x, x, x, 1.0))[0] for i, x in enumerate(closes)]
    assert values[4:] == [0.0, 0.0, 50.0, 75.0]


def test_schaffs_cycle_does_not_flicker_in_a_market_that_has_come_to_rest():
    cycle = SchaffTrendCycle()
    for row in ROWS:
        cycle.update(row)
    values = [cycle.update(ROWS[-1])[0] for _ in range(2_000)]
    assert max(abs(b - a) for a, b in pairwise(values[500:])) < 1e-9


def test_stock_indicators_cycle_is_the_chain_that_the_docstring_says():
    close = np.array(column(list(made("bars", 900)), "close"), float)
    bars = pd.DataFrame(dict.fromkeys(("open", "high", "low", "close"), close)).assign(volume=1.0)
    chained = chain(chain(ta.MACD(23, 50), ta.STOCHF(10)), ta.SMA(3)).batch(bars).iloc[:, 0]
    macd = pd.Series(talib.EMA(close, 23) - talib.EMA(close, 50))
    low, high = macd.rolling(10).min(), macd.rolling(10).max()
    wanted = (100 * (macd - low) / (high - low)).rolling(3).mean()
    # TA-Lib lets both averages of its MACD begin together, which fades.
    np.testing.assert_allclose(chained[800:], wanted[800:], atol=1e-6)


def test_the_premier_stochastic_is_at_its_ends_where_the_close_is():
    top, bottom = PremierStochastic(), PremierStochastic()
    for i in range(40):
        (high,) = top.update(BarRow(i, 1.0, 2.0, 1.0, 2.0, 1.0))
        (low,) = bottom.update(BarRow(i, 1.0, 2.0, 1.0, 1.0, 1.0))
    assert high == pytest.approx(np.tanh(2.5))
    assert low == pytest.approx(-np.tanh(2.5))


@pytest.mark.parametrize(
    "indicator",
    [SchaffTrendCycle(3, fast=9, slow=4), PremierStochastic(3, smooth=4), DerivativeOscillator()],
    ids=str,
)
def test_values_begin_where_it_says(indicator):
    assert first(indicator, ROWS) == indicator.lookback
