"""StochRSI, Connors' RSI and Fisher's transform, held against their definitions."""

import numpy as np
import pytest
from oracle import furthest
from seeded import made

from livefin.indicators.bars.strength import ConnorsRSI, FisherTransform, StochRSI
from livefin.indicators.contract import BarRow

ROWS = list(made("bars", 90))


@pytest.mark.parametrize(("smooth", "signal"), [(1, 1), (1, 4), (3, 1), (3, 4)])
def test_stochrsi_is_its_definition(smooth, signal):
    assert furthest(StochRSI(6, n=5, smooth=smooth, signal=signal), ROWS, least=1e-3) < 1e-11


def test_stochrsi_keeps_its_digits_while_a_bad_print_is_in_its_window():
    rows = list(made("bars", 60, bad=25))
    # Places a hair above the window's low have lost nothing either.
    assert furthest(StochRSI(4, n=5), rows) < 1e-14


def test_stochrsi_stays_at_the_bottom_of_a_range_that_has_none():
    stoch = StochRSI(4, n=5)
    for row in (*ROWS[:30], *[ROWS[29]] * 3_000):
        values = stoch.update(row)
    assert values == (0.0, 0.0)


@pytest.mark.parametrize(("rsi", "streak", "rank"), [(3, 2, 30), (1, 1, 1), (7, 4, 5)])
def test_connors_rsi_is_its_definition(rsi, streak, rank):
    assert furthest(ConnorsRSI(rsi, streak=streak, rank=rank), ROWS) < 1e-13


@pytest.mark.parametrize("price", ["median", "close"])
@pytest.mark.parametrize("carry", [0.5, 0.0])
def test_fishers_transform_is_its_definition(price, carry):
    fisher = FisherTransform(5, price=price, carry=carry)
    assert furthest(fisher, ROWS, least=1e-3) < 1e-11


def test_a_streak_without_end_is_at_the_top():
    connors = ConnorsRSI(rank=5)
    for i in range(40):
        price = 100.0 + i * i
        (value,) = connors.update(BarRow(i, price, price, price, price, 1.0))
    # Of the three only the rank is not 100: changes grow smaller in percent of the price.
    assert value == pytest.approx(200 / 3)


def test_the_trigger_is_the_line_of_the_bar_before():
    fisher = FisherTransform()
    values = np.array([fisher.update(row) for row in ROWS])
    np.testing.assert_array_equal(values[1:, 1], values[:-1, 0])
