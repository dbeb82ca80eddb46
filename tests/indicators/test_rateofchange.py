"""Know sure thing, price momentum and bands of change: their definitions, and TA-Lib's parts."""

import numpy as np
import pytest
import talib
from exact import column
from oracle import first, furthest
from seeded import made

from livefin.indicators.bars.rateofchange import KST, PMO, RateOfChangeBands
from livefin.indicators.contract import BarRow

ROWS = list(made("bars", 90))
CLOSE = np.array(column(ROWS, "close"), float)
SHORT = {"roc2": 2, "roc3": 9, "roc4": 4, "sma1": 1, "sma2": 6, "sma3": 2, "sma4": 3}


@pytest.mark.parametrize("params", [{}, {"roc1": 1, **SHORT, "signal": 1}])
def test_kst_is_its_definition(params):
    assert furthest(KST(**params), ROWS, least=1.0) < 1e-12


@pytest.mark.parametrize(("n", "smooth", "signal"), [(35, 20, 10), (2, 2, 1), (7, 3, 4)])
def test_the_price_momentum_oscillator_is_its_definition(n, smooth, signal):
    assert furthest(PMO(n, smooth=smooth, signal=signal), ROWS, least=1.0) < 1e-11


@pytest.mark.parametrize(("n", "ema", "deviation"), [(12, 3, 12), (1, 1, 1), (5, 9, 2)])
def test_bands_of_change_are_their_definition(n, ema, deviation):
    bands = RateOfChangeBands(n, ema=ema, deviation=deviation)
    assert furthest(bands, ROWS, least=1.0) < 1e-12


def test_the_defaults_of_kst_are_prings():
    values = np.array(list(map(KST().update, ROWS)))
    parts = [(10, 10), (15, 10), (20, 10), (30, 15)]
    kst = sum(
        weight * talib.SMA(talib.ROC(CLOSE, roc), sma)
        for weight, (roc, sma) in enumerate(parts, start=1)
    )
    np.testing.assert_allclose(values[:, 0], kst, rtol=1e-9)
    np.testing.assert_allclose(values[:, 1], talib.SMA(kst, 9), rtol=1e-9)


def test_a_change_lies_within_the_bands_if_it_is_as_large_as_usual():
    bands = RateOfChangeBands()
    values = np.array(list(map(bands.update, ROWS)))
    np.testing.assert_allclose(values[:, 0], talib.ROC(CLOSE, 12), rtol=1e-9)
    assert (values[23:, 2] == -values[23:, 3]).all()
    steady = RateOfChangeBands(1, deviation=3)
    *_, last = (
        steady.update(BarRow(i, x, x, x, x, 1.0)) for i, x in enumerate(1.1 ** np.arange(9))
    )
    assert last == pytest.approx((10.0, 10.0, 10.0, -10.0))


@pytest.mark.parametrize("kind", [KST, PMO, RateOfChangeBands])
def test_there_is_no_rate_of_a_price_that_is_not_above_0(kind):
    indicator, alone = kind(), kind()
    for row in ROWS:
        for price in (0.0, -1.0):
            assert np.isnan(indicator.update(row._replace(close=price))).all()
        np.testing.assert_array_equal(indicator.update(row), alone.update(row))


@pytest.mark.parametrize(
    "indicator",
    [KST(), KST(40, sma3=50), PMO(5, smooth=7), RateOfChangeBands(5, ema=9)],
    ids=str,
)
def test_values_begin_where_it_says(indicator):
    assert first(indicator, ROWS) == indicator.lookback
