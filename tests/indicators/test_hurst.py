"""Hurst's exponent, held against its definitions and against markets whose exponent is known."""

from math import exp, isnan

import numpy as np
import pytest
from oracle import furthest
from oracle_structure import expected
from seeded import made

from livefin.errors import IndicatorError
from livefin.indicators.bars.hurst import Hurst, HurstOfLags, expected_range
from livefin.indicators.contract import BarRow

ROWS = list(made("bars", 70))


@pytest.mark.parametrize("n", [20, 33, 64])
def test_the_exponent_is_its_definition(n):
    assert furthest(Hurst(n), ROWS, least=1e-2) < 1e-11


@pytest.mark.parametrize(("n", "lags"), [(20, 5), (40, 12)])
def test_that_of_lags_is_its_definition(n, lags):
    assert furthest(HurstOfLags(n, lags=lags), ROWS, least=1e-2) < 1e-11


@pytest.mark.parametrize("n", [8, 9, 50, 400])
def test_the_expected_range_is_that_of_anis_and_lloyd(n):
    assert expected_range(n) == pytest.approx(float(expected(n)), rel=1e-12)


def exponents(cls, moves, **params):
    indicator = cls(len(moves), **params)
    for i, x in enumerate(np.cumsum([0.0, *moves])):
        values = indicator.update(BarRow(i, *[100 * exp(x)] * 4, 1.0))
    return values[-1]


@pytest.mark.parametrize(("cls", "within"), [(Hurst, 0.1), (HurstOfLags, 0.1)])
def test_it_tells_what_goes_on_from_what_turns_back(cls, within):
    rng = np.random.default_rng(3)
    noise = rng.normal(0.0, 1e-4, 1_000)
    trending = np.convolve(noise, np.ones(200) / 14, "same")
    turning = np.diff(noise, prepend=0.0)
    found = [exponents(cls, moves) for moves in (turning, noise, trending)]
    assert found[1] == pytest.approx(0.5, abs=within)
    assert found[0] < 0.3
    assert found[2] > 0.7


def test_a_piece_in_which_the_price_stands_still_does_not_count():
    closes = [100.0] * 12 + [row.close for row in ROWS[:20]]
    hurst = Hurst(24)
    for i, x in enumerate(closes):
        values = hurst.update(BarRow(i, x, x, x, x, 1.0))
    assert not isnan(values[0])
    rows = [BarRow(i, x, x, x, x, 1.0) for i, x in enumerate(closes)]
    assert furthest(Hurst(24), rows, least=1e-2) < 1e-11


def test_more_lags_than_bars_are_refused():
    with pytest.raises(IndicatorError, match="below n"):
        HurstOfLags(20, lags=20)
