"""ALMA and the rolling average price, held against their definitions."""

from math import isnan

import numpy as np
import pytest
import talib
from exact import column
from oracle import furthest
from seeded import made

from livefin.indicators.bars.averages import ALMA, McGinley, RollingVWAP
from livefin.indicators.contract import BarRow

ROWS = list(made("bars", 60))


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize(("n", "offset", "sigma"), [(9, 0.85, 6.0), (1, 0.5, 1.0), (4, 0.0, 2.5)])
def test_alma_is_its_definition(n, offset, sigma, whole):
    assert furthest(ALMA(n, offset=offset, sigma=sigma, whole=whole), ROWS) < 1e-14


@pytest.mark.parametrize(("n", "share"), [(1, 1.0), (5, 0.6), (14, 1.0)])
def test_mcginleys_dynamic_is_its_definition(n, share):
    assert furthest(McGinley(n, share=share), ROWS) < 1e-13


def test_mcginleys_dynamic_stays_between_itself_and_the_close_in_a_crash():
    dynamic, last = McGinley(), None
    for i in range(60):
        close = 100.0 if i < 30 else 3.0
        (value,) = dynamic.update(BarRow(i, close, close, close, close, 1.0))
        assert i < 30 or close <= value <= last
        last = value


@pytest.mark.parametrize("price", ["bar", "typical", "mean", "close"])
def test_the_rolling_average_price_is_its_definition(price):
    assert furthest(RollingVWAP(5, price=price), ROWS) < 1e-14


def test_of_closes_it_is_talibs_vwma():
    average = RollingVWAP(10, price="close")
    values = [average.update(row)[0] for row in ROWS]
    close, volume = (np.array(column(ROWS, name), float) for name in ("close", "volume"))
    np.testing.assert_allclose(values, talib.VWMA(close, volume, 10), rtol=1e-12)


def test_without_volume_there_is_no_average():
    average = RollingVWAP(2)
    rows = [BarRow(i, 1.0, 1.0, 1.0, 1.0, float(i > 1)) for i in range(4)]
    values = [average.update(row)[0] for row in rows]
    assert list(map(isnan, values)) == [True, True, False, False]
