"""Correlation, beta and z-score of two symbols, held against their definitions."""

from math import isnan

import numpy as np
import pytest
from oracle import furthest
from seeded import made

from livefin.errors import IndicatorError
from livefin.indicators.bars.comovement import PairZScore, RollingBeta, RollingCorrelation
from livefin.indicators.contract import ClosesRow

ROWS = list(made("closes", 60))


@pytest.mark.parametrize("of", ["returns", "prices"])
@pytest.mark.parametrize("n", [2, 9])
@pytest.mark.parametrize("cls", [RollingCorrelation, RollingBeta])
def test_both_are_their_definitions(cls, n, of):
    assert furthest(cls(n, of=of), ROWS, least=1e-2) < 1e-10


@pytest.mark.parametrize("hedge", [None, 1.0, -0.3])
@pytest.mark.parametrize("n", [3, 9])
def test_the_score_is_its_definition(n, hedge):
    assert furthest(PairZScore(n, hedge=hedge), ROWS, least=1e-2) < 1e-9


def test_they_are_numpys_too():
    closes = np.array([row.closes for row in ROWS])
    returns = closes[1:] / closes[:-1] - 1
    correlation, beta = RollingCorrelation(10), RollingBeta(10)
    for row in ROWS:
        told = correlation.update(row), beta.update(row)
    assert told[0][0] == pytest.approx(np.corrcoef(returns[-10:].T)[0, 1], rel=1e-12)
    slope = np.polyfit(returns[-10:, 1], returns[-10:, 0], 1)[0]
    assert told[1][0] == pytest.approx(slope, rel=1e-9)


def test_of_twins_the_correlation_is_one_and_never_more():
    correlation = RollingCorrelation(5)
    for row in ROWS:
        (value,) = correlation.update(ClosesRow(row.time, (row.closes[0], 3 * row.closes[0])))
    assert 1 - 1e-12 < value <= 1


def test_where_one_stands_still_there_is_none():
    for cls in (RollingCorrelation, RollingBeta, PairZScore):
        indicator = cls(3)
        for row in ROWS[:20]:
            (value,) = indicator.update(row._replace(closes=(row.closes[0], 5.0)))
        assert isnan(value)


@pytest.mark.parametrize("cls", [RollingCorrelation, RollingBeta, PairZScore])
def test_two_symbols_it_must_be(cls):
    assert cls(symbols=("A", "B")).symbols == ("A", "B")
    for symbols in (("A",), ("A", "B", "C"), "AB"):
        with pytest.raises(IndicatorError, match="two symbols"):
            cls(symbols=symbols)
    with pytest.raises(IndicatorError, match="two symbols"):
        cls().update(ClosesRow(0, (1.0, 2.0, 3.0)))
