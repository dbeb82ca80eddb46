"""WaveTrend, held against its definition, TA-Lib's averages and a market at rest."""

import numpy as np
import pytest
import talib
from exact import column
from oracle import first, furthest
from seeded import made

from livefin.indicators.bars.wavetrend import WaveTrend
from livefin.indicators.contract import BarRow

ROWS = list(made("bars", 120))


@pytest.mark.parametrize(("n", "smooth", "signal"), [(10, 21, 4), (1, 1, 1), (3, 7, 2)])
def test_wavetrend_is_its_definition(n, smooth, signal):
    assert furthest(WaveTrend(n, smooth=smooth, signal=signal), ROWS, least=1.0) < 1e-11


def test_it_is_made_of_talibs_averages():
    high, low, close = (np.array(column(ROWS, name), float) for name in ("high", "low", "close"))
    price = talib.TYPPRICE(high, low, close)
    away = price - talib.EMA(price, 10)
    wave = talib.EMA(away / (0.015 * talib.EMA(np.abs(away), 10)), 21)
    values = np.array(list(map(WaveTrend().update, ROWS)))
    np.testing.assert_allclose(values[:, 0], wave, rtol=1e-8)
    np.testing.assert_allclose(values[:, 1], talib.SMA(wave, 4), rtol=1e-8)


@pytest.mark.parametrize("price", [0.1, 7e-9, 61234.7])
def test_a_price_that_has_long_stood_still_is_at_its_average(price):
    fresh, moved = WaveTrend(), WaveTrend()
    for i in range(1_500):
        at = price * (1 + i / 100) if i < 50 else price
        moved.update(BarRow(i, at, at, at, at, 1.0))
        fresh.update(BarRow(i, price, price, price, price, 1.0))
    bar = BarRow(9, price, price, price, price, 1.0)
    assert fresh.update(bar) == (0.0, 0.0)
    assert moved.update(bar) == pytest.approx((0.0, 0.0), abs=1e-9)


@pytest.mark.parametrize(
    "indicator",
    [WaveTrend(), WaveTrend(4, smooth=3)],
    ids=str,
)
def test_values_begin_where_it_says(indicator):
    assert first(indicator, ROWS) == indicator.lookback
