"""Realised volatility, held against its estimators in decimals and a known market."""

from math import isnan, sqrt

import numpy as np
import pytest
from oracle import furthest
from seeded import made

from livefin.errors import IndicatorError
from livefin.indicators.bars.realised import ESTIMATORS, RealisedVolatility
from livefin.indicators.contract import BarRow

ROWS = list(made("bars", 40))
EVERY = pytest.mark.parametrize("estimator", ESTIMATORS)


@EVERY
@pytest.mark.parametrize("n", [2, 8])
def test_every_estimator_is_its_definition(estimator, n):
    assert furthest(RealisedVolatility(n, estimator=estimator), ROWS) < 1e-11


@EVERY
def test_small_moves_at_a_high_price_keep_their_digits(estimator):
    rows = []
    for row in ROWS:
        prices = [1e6 + (x - 100) / 1e4 for x in row[1:5]]
        rows.append(BarRow(row.time, *prices, row.volume))
    assert furthest(RealisedVolatility(5, estimator=estimator), rows) < 1e-9


@EVERY
def test_it_finds_the_volatility_of_a_random_walk(estimator):
    rng = np.random.default_rng(3)
    sigma, fine = 0.01, 500
    steps = rng.normal(0, sigma / sqrt(fine), (2_000, fine))
    paths = np.exp(np.cumsum(steps.ravel())).reshape(steps.shape)
    opens = np.r_[1.0, paths[:-1, -1]]
    high = np.maximum(paths.max(axis=1), opens)
    low = np.minimum(paths.min(axis=1), opens)
    volatility = RealisedVolatility(2_000 - 1, estimator=estimator)
    for i, prices in enumerate(zip(opens, high, low, paths[:, -1], strict=True)):
        (value,) = volatility.update(BarRow(i, *map(float, prices), 1.0))
    # Highs of a walk in steps are a little less high than those of one without.
    assert value == pytest.approx(sigma, rel=0.07)


def test_a_year_has_so_many_bars():
    bare, yearly = RealisedVolatility(5), RealisedVolatility(5, seconds=60.0, year=6_000.0)
    for row in ROWS:
        (value,), (other,) = bare.update(row), yearly.update(row)
    assert other == pytest.approx(10 * value, rel=1e-14)


@pytest.mark.parametrize("wrong", [{"seconds": 0.0}, {"year": -1.0}, {"n": 1}, {"estimator": "x"}])
def test_what_is_no_estimate_is_refused(wrong):
    with pytest.raises(IndicatorError):
        RealisedVolatility(**wrong)


def test_a_price_of_nothing_has_no_logarithm():
    volatility = RealisedVolatility(2)
    for row in ROWS[:5]:
        volatility.update(row)
    (value,) = volatility.update(ROWS[5]._replace(low=0.0))
    assert isnan(value)
    assert volatility.update(ROWS[6])[0] > 0
