"""Choppiness and ulcer index, held against their definitions in decimals."""

import numpy as np
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


@pytest.mark.parametrize("extremes", ["plain", "true"])
def test_choppiness_keeps_its_digits_while_a_bad_print_is_in_its_window(extremes):
    choppiness = Choppiness(5, extremes=extremes)
    assert furthest(choppiness, list(made("bars", 60, bad=25))) < 1e-14


def test_peeks_are_exact_where_the_way_is_nearly_straight():
    rows = list(made("bars", 60, bad=25))
    choppiness = Choppiness(5)
    for row in rows:
        peeked = choppiness.peek(row)
        np.testing.assert_array_equal(peeked, choppiness.update(row))


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
