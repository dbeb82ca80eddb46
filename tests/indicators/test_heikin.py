"""Heikin-Ashi bars, held against their definition and TA-Lib's."""

import numpy as np
import talib
from oracle import furthest
from seeded import made

from livefin.indicators.bars.heikin import HeikinAshi

ROWS = list(made("bars", 80))


def test_it_is_its_definition():
    assert furthest(HeikinAshi(), ROWS) < 1e-14


def test_it_is_talibs():
    averaged = HeikinAshi()
    values = np.array([averaged.update(row) for row in ROWS])
    prices = np.array([row[1:5] for row in ROWS]).T
    np.testing.assert_allclose(values, np.array(talib.HA(*prices)).T, rtol=1e-13)
