"""Choppiness and ulcer index, held against their definitions in decimals."""

import pytest
from oracle import furthest
from seeded import made

from livefin.indicators.bars.choppiness import Choppiness, EfficiencyRatio, Ulcer
from livefin.indicators.contract import BarRow

ROWS = list(made("bars", 60))


@pytest.mark.parametrize("extremes", ["plain", "true"])
@pytest.mark.parametrize("first_range", [False, True])
@pytest.mark.parametrize("n", [2, 7])
def test_choppiness_is_its_definition(n, extremes, first_range):
    choppiness = Choppiness(n, extremes=extremes, first_range=first_range)
    assert furthest(choppiness, ROWS) < 1e-11


@pytest.mark.parametrize("n", [1, 2, 9])
def test_the_ulcer_index_is_its_definition(n):
    assert furthest(Ulcer(n), ROWS) < 1e-12


@pytest.mark.parametrize("n", [1, 2, 9])
def test_the_efficiency_ratio_is_its_definition(n):
    assert furthest(EfficiencyRatio(n), ROWS) < 1e-13


def test_a_straight_way_is_not_choppy_and_one_to_and_fro_is():
    straight, choppy = Choppiness(10), Choppiness(10)
    for i in range(30):
        (low,) = straight.update(BarRow(i, i, i + 1.0, i, i + 1.0, 1.0))
        (high,) = choppy.update(BarRow(i, 1.0, 2.0, 1.0, 1.0 + i % 2, 1.0))
    assert low == pytest.approx(0.0, abs=1e-12)
    assert high == pytest.approx(100.0)


def test_no_fall_no_ulcer_and_a_price_of_nothing_is_none():
    ulcer = Ulcer(3)
    values = [ulcer.update(BarRow(i, x, x, x, x, 1.0))[0] for i, x in enumerate((1.0, 2.0, 3.0))]
    assert values[-1] == 0.0
    assert ulcer.update(BarRow(3, 0.0, 0.0, 0.0, 0.0, 1.0))[0] != 0.0
    assert ulcer.update(BarRow(4, 4.0, 4.0, 4.0, 4.0, 1.0)) == (0.0,)
