"""Wilder's volatility stop and the trailing stop by ranges, held against their definitions."""

import numpy as np
import pytest
from oracle import furthest
from seeded import made

from livefin.indicators.bars.stops import ATRTrailingStop, VolatilityStop

ROWS = list(made("bars", 200))


@pytest.mark.parametrize(("n", "width"), [(1, 1.0), (4, 1.5), (7, 3.0)])
def test_the_volatility_stop_is_its_definition(n, width):
    assert furthest(VolatilityStop(n, width=width), ROWS) < 1e-13


def test_it_is_known_before_the_bar_and_turns_after_a_close_beyond_it():
    stop = VolatilityStop(4, width=1.5)
    lines = []
    for row in ROWS:
        told = stop.peek(row._replace(high=1e9, low=1e-9, close=row.close))
        lines.append(stop.update(row))
        np.testing.assert_array_equal(told, lines[-1])
    seen = [i for i, values in enumerate(lines) if np.isfinite(values).any()]
    assert seen == list(range(seen[0], len(ROWS)))
    turns = 0
    for i in seen[:-1]:
        up, down = lines[i]
        rising = np.isfinite(up)
        beyond = ROWS[i].close < up if rising else ROWS[i].close > down
        assert np.isfinite(lines[i + 1][0]) == (rising != beyond)
        turns += beyond
    assert turns > 5


@pytest.mark.parametrize("edge", ["close", "extremes"])
@pytest.mark.parametrize(("n", "width"), [(1, 1.0), (5, 1.5), (21, 3.0)])
def test_the_trailing_stop_is_its_definition(edge, n, width):
    assert furthest(ATRTrailingStop(n, width=width, edge=edge), ROWS) < 1e-13


def test_the_trailing_stop_is_on_both_sides_of_the_market_in_turn():
    stop = ATRTrailingStop(5, width=1.5)
    lines = np.array([stop.update(row) for row in ROWS])
    closes = np.array([row.close for row in ROWS])
    up, down = lines.T
    assert (np.isfinite(lines).sum(axis=1)[5:] == 1).all()
    assert np.isfinite(lines).any(axis=0).all()
    assert not (closes <= up).any()
    assert not (closes > down).any()
