"""Z-score, %b and BandWidth, held against their definitions and TA-Lib's bands."""

from math import isnan

import numpy as np
import pytest
import talib
from exact import column
from oracle import furthest
from seeded import made

from livefin.indicators.bars.bollinger import BandWidth, PercentB, ZScore
from livefin.indicators.contract import BarRow

ROWS = list(made("bars", 60))


@pytest.mark.parametrize("n", [20, 2, 1])
def test_the_score_is_its_definition(n):
    assert furthest(ZScore(n), ROWS, least=1e-2) < 1e-11


@pytest.mark.parametrize(("n", "width"), [(20, 2.0), (2, 0.5), (7, 3.0)])
@pytest.mark.parametrize("kind", [PercentB, BandWidth])
def test_place_and_width_are_their_definitions(kind, n, width):
    assert furthest(kind(n, width=width), ROWS, least=1e-2) < 1e-10


def test_they_are_of_talibs_bands():
    close = np.array(column(ROWS, "close"), float)
    upper, middle, lower = talib.BBANDS(close, 20, 1.5, 1.5)
    place, width = PercentB(20, width=1.5), BandWidth(20, width=1.5)
    found = np.array([(*place.update(row), *width.update(row)) for row in ROWS])
    np.testing.assert_allclose(found[:, 0], (close - lower) / (upper - lower), rtol=1e-6)
    np.testing.assert_allclose(found[:, 1], (upper - lower) / middle, rtol=1e-6)


@pytest.mark.parametrize("kind", [ZScore, PercentB])
def test_among_equal_closes_none_has_a_place(kind):
    indicator = kind(3)
    values = [indicator.update(BarRow(i, 0.1, 0.1, 0.1, 0.1, 1.0))[0] for i in range(9)]
    assert all(map(isnan, values))
    assert not isnan(indicator.update(BarRow(9, 0.2, 0.2, 0.2, 0.2, 1.0))[0])
