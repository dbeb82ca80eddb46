"""Fractals, pivots, their trend and their bands, held against their definitions."""

from math import isnan

import pytest
from oracle import furthest
from seeded import made

from livefin.indicators.bars.fractals import FractalChaosBands, Fractals, Pivots, PivotTrend
from livefin.indicators.contract import BarRow

ROWS = list(made("bars", 200, bad=90))
PRICES = [[round(10 * x) / 10 for x in row[1:5]] for row in ROWS]
TIED = [row._replace(high=p[1], low=p[2], close=p[3]) for row, p in zip(ROWS, PRICES, strict=True)]
"""Of few prices, so that neighbours are often equal."""
BOTH = pytest.mark.parametrize("rows", [ROWS, TIED], ids=["all apart", "often equal"])


@BOTH
@pytest.mark.parametrize("price", ["hl", "close"])
@pytest.mark.parametrize(("left", "right"), [(1, 1), (2, 2), (1, 4), (5, 2)])
def test_turning_points_are_their_definition(rows, left, right, price):
    assert furthest(Fractals(left, right=right, price=price), rows) == 0


def test_pivots_are_fractals_of_more_bars():
    assert furthest(Pivots(), TIED) == 0
    pivots, fractals = Pivots(3, right=2), Fractals(3, right=2)
    for row in TIED:
        assert str(pivots.update(row)) == str(fractals.update(row))


@BOTH
@pytest.mark.parametrize("most", [1, 5, 12])
def test_the_trend_is_its_definition(rows, most):
    assert furthest(PivotTrend(2, right=2, most=most), rows) == 0
    assert furthest(PivotTrend(1, right=3, most=most, price="close"), rows) == 0


@BOTH
@pytest.mark.parametrize("n", [1, 3])
def test_the_bands_are_their_definition(rows, n):
    assert furthest(FractalChaosBands(n), rows) == 0


def test_a_turning_point_is_not_known_before_the_bars_that_confirm_it():
    fractals, found = Fractals(2, right=3), 0
    for i, row in enumerate(ROWS):
        high, low = fractals.update(row)
        if not isnan(high):
            found += 1
            assert high == ROWS[i - 3].high
        assert isnan(low) or low == ROWS[i - 3].low
    assert found > 10


def test_equal_highs_are_no_turning_point():
    fractals = Fractals(1, right=1)
    for i, high in enumerate((1.0, 5.0, 5.0, 1.0)):
        assert isnan(fractals.update(BarRow(i, high, high, 0.0, high, 1.0))[0])
