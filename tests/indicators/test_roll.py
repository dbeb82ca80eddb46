"""Roll's spread, held against its definition and against a market whose spread is known."""

from math import isnan

import numpy as np
import pytest
from alike import matches
from seeded import made

from livefin.indicators.contract import TradeRow
from livefin.indicators.flow.roll import RollSpread

ROWS = list(made("trades", 250, bad=120))


@pytest.mark.parametrize("unit", ["price", "bps"])
@pytest.mark.parametrize("window", [2, 11, 60])
def test_the_spread_is_its_definition(window, unit):
    matches(RollSpread(window=window, unit=unit), ROWS, tolerance=1e-9)


@pytest.mark.parametrize(("unit", "spread"), [("price", 0.5), ("bps", 50.0)])
def test_it_finds_the_spread_that_made_the_bounce(unit, spread):
    rng = np.random.default_rng(5)
    values = 100 + np.cumsum(rng.normal(0.0, 0.002, 20_000))
    prices = values + 0.25 * rng.choice([-1, 1], 20_000)
    roll = RollSpread(window=19_000, unit=unit)
    for i, price in enumerate(prices.tolist()):
        (found,) = roll.update(TradeRow(i, price, 1.0, 0))
    assert found == pytest.approx(spread, rel=0.03)


def test_a_trend_has_no_bounce_to_tell_the_spread_by():
    roll = RollSpread(window=3)
    for i in range(10):
        (found,) = roll.update(TradeRow(i, 2.0**i, 1.0, 1))
    assert isnan(found)


def test_in_basis_points_a_price_of_nothing_is_passed_over():
    with_it, without = RollSpread(window=2, unit="bps"), RollSpread(window=2, unit="bps")
    for i, price in enumerate((10.0, 11.0, 10.0, 11.0, 10.0)):
        assert isnan(with_it.update(TradeRow(i, 0.0, 1.0, 0))[0])
        told = (
            with_it.update(TradeRow(i, price, 1.0, 0)),
            without.update(TradeRow(i, price, 1.0, 0)),
        )
    assert told[0] == told[1]
    assert not isnan(told[0][0])
