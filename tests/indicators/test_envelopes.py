"""Envelopes and regression channels, held against their definitions and TA-Lib."""

import numpy as np
import pytest
import talib
from exact import column, decimals
from hypothesis import given
from hypothesis import strategies as st
from oracle import error, furthest
from oracle_oscillators import line_end
from seeded import made

from livefin.indicators import ta
from livefin.indicators.bars.envelopes import Envelopes, LineEnd, RegressionChannel

ROWS = list(made("bars", 60))
CLOSE = np.array(column(ROWS, "close"), float)


@pytest.mark.parametrize("average", ["sma", "ema", "wilder"])
@pytest.mark.parametrize(("n", "percent"), [(20, 2.5), (1, 0.0), (7, 100.0)])
def test_envelopes_are_their_definition(n, percent, average):
    assert furthest(Envelopes(n, percent=percent, average=average), ROWS, least=1.0) < 1e-13


@pytest.mark.parametrize(("n", "width"), [(20, 2.0), (2, 0.0), (5, 1.5)])
def test_the_regression_channel_is_its_definition(n, width):
    assert furthest(RegressionChannel(n, width=width), ROWS) < 1e-13


@given(xs=st.lists(st.floats(1, 1e6), max_size=30), n=st.integers(1, 9))
def test_the_end_of_a_line_is_that_of_least_squares(xs, n):
    end = LineEnd(n)
    for i, x in enumerate(xs):
        told, value = end.peek(x), end.push(x)
        assert told == value or (told != told and value != value)  # noqa: PLR0124
        held = decimals(xs[: i + 1])[-n:]
        true = line_end(held) if len(held) == n else None
        assert error([value], [true], least=max(xs)) < 1e-14


def test_the_channel_is_made_of_talibs_parts():
    values = np.array(list(map(RegressionChannel(20).update, ROWS)))
    middle, away = talib.LINEARREG(CLOSE, 20), 2 * talib.STDDEV(CLOSE, 20)
    np.testing.assert_allclose(values[:, 1], middle, rtol=1e-9)
    np.testing.assert_allclose(values[:, 0] - values[:, 1], away, rtol=1e-6)


def test_envelopes_go_around_any_average_that_they_are_chained_to():
    chained = ta.HMA(9) | Envelopes(1, percent=10.0)
    values = np.array(list(map(chained.update, ROWS)))
    middle = talib.HMA(CLOSE, 9)
    wanted = np.column_stack([1.1 * middle, middle, 0.9 * middle])
    np.testing.assert_allclose(values, wanted, rtol=1e-9)
    assert chained.pane == "price"
