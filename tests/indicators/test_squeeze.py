"""The squeeze and its momentum, held against their definitions and TA-Lib's parts."""

import numpy as np
import pytest
import talib
from exact import column
from oracle import first, furthest
from seeded import made

from livefin.indicators.bars.squeeze import Squeeze, SqueezeMomentum

ROWS = list(made("bars", 90))
OTHER = {"n": 5, "width": 1.0, "ranges": 9, "range_width": 0.7, "first_range": True}


@pytest.mark.parametrize("params", [{}, OTHER, {**OTHER, "n": 12, "ranges": 3}])
def test_the_squeeze_is_its_definition(params):
    assert furthest(Squeeze(**params), ROWS) == 0.0


@pytest.mark.parametrize("params", [{}, OTHER, {**OTHER, "n": 12, "ranges": 3}])
def test_its_momentum_is_its_definition(params):
    assert furthest(SqueezeMomentum(**params), ROWS, least=1e-2) < 1e-11


def test_there_is_a_squeeze_where_the_bands_lie_inside_the_channel():
    high, low, close = (np.array(column(ROWS, name), float) for name in ("high", "low", "close"))
    upper, middle, lower = talib.BBANDS(close, 20)
    away = 1.5 * talib.SMA(talib.TRANGE(high, low, close), 20)
    inside = (upper < middle + away) & (lower > middle - away)
    values = np.array(list(map(Squeeze().update, ROWS)))[20:, 0]
    np.testing.assert_array_equal(values, np.where(inside, 1.0, -1.0)[20:])
    assert set(values) == {1.0, -1.0}


def test_dots_stand_at_0_in_a_squeeze_and_nowhere_else():
    squeeze, momentum = Squeeze(), SqueezeMomentum()
    pairs = [(*squeeze.update(row), momentum.update(row)[1]) for row in ROWS]
    assert all(dot == 0.0 if on == 1.0 else np.isnan(dot) for on, dot in pairs[38:])


@pytest.mark.parametrize("params", [{}, OTHER, {**OTHER, "n": 30, "ranges": 3}])
@pytest.mark.parametrize("kind", [Squeeze, SqueezeMomentum])
def test_values_begin_where_it_says(kind, params):
    indicator = kind(**params)
    assert first(indicator, ROWS) == indicator.lookback
