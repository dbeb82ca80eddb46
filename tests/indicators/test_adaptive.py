"""VIDYA and FRAMA, held against their definitions, and where they must be something simpler."""

import numpy as np
import pandas as pd
import pytest
from exact import column
from oracle import first, furthest
from seeded import made

from livefin.errors import IndicatorError
from livefin.indicators import ta
from livefin.indicators.bars.adaptive import FRAMA, VIDYA
from livefin.indicators.contract import BarRow

ROWS = list(made("bars", 80))


def along(indicator, closes):
    rows = [BarRow(i, x, x, x, x, 1.0) for i, x in enumerate(closes)]
    return [indicator.update(row)[0] for row in rows]


@pytest.mark.parametrize("smoothing", ["sums", "wilder"])
@pytest.mark.parametrize(("n", "momentum"), [(9, 9), (1, 4), (12, 1), (5, 20)])
def test_vidya_is_its_definition(n, momentum, smoothing):
    assert furthest(VIDYA(n, momentum=momentum, smoothing=smoothing), ROWS) < 1e-13


def test_vidya_is_as_fast_as_talibs_momentum_oscillator_says():
    close = np.array(column(ROWS, "close"), float)
    momentum = ta.CMOU(9).batch(pd.DataFrame({"close": close})).iloc[:, 0].to_numpy() / 100
    wanted, last = [], close[8]
    for x, share in zip(close[9:], np.abs(momentum[9:]), strict=True):
        last += 2 / 15 * share * (x - last)
        wanted.append(last)
    np.testing.assert_allclose(along(VIDYA(14), close)[9:], wanted, rtol=1e-12)


def test_vidya_stands_still_where_the_price_does_and_is_an_ema_where_it_only_rises():
    values = along(VIDYA(3, momentum=2), [1.0, 2.0, 3.0, 5.0, 8.0, 9.0, 9.0, 9.0, 9.0])
    assert values[2:6] == [2.5, 3.75, 5.875, 7.4375]
    assert values[-1] == values[-2]


@pytest.mark.parametrize("price", ["median", "close"])
@pytest.mark.parametrize(("n", "slowness"), [(16, 4.6), (2, 4.0), (6, 2.0)])
def test_frama_is_its_definition(n, slowness, price):
    assert furthest(FRAMA(n, slowness=slowness, price=price), ROWS[:45]) < 1e-12


def test_frama_is_the_price_on_a_line_and_slow_in_a_cloud():
    line = along(FRAMA(8, price="close"), np.arange(1.0, 40.0))
    # Of halves that each lack the step between them the dimension is even less than 1.
    assert line[7:] == list(np.arange(8.0, 40.0))
    cloud = along(FRAMA(8, price="close"), [9.0, 11.0] * 30)
    assert np.abs(np.diff(cloud[7:])).max() < 0.02


def test_halves_that_are_nothing_beside_the_gap_between_them_are_a_line():
    values = along(FRAMA(4, price="close"), [1.0, 1.0 + 1e-15, 1e18, 1e18 + 128, 1e18])
    assert values[3:] == [1e18 + 128, 1e18]


def test_a_half_without_a_range_keeps_the_speed():
    values = along(FRAMA(8, price="close"), [9.0, 11.0] * 10 + [11.0] * 7)
    # From the fourth of them on the newer half has no range; a dimension of 0 would be at 11.
    assert values[-1] < 10.0


def test_a_window_without_two_halves_is_refused():
    with pytest.raises(IndicatorError, match="even"):
        FRAMA(7)


@pytest.mark.parametrize(
    "indicator",
    [VIDYA(5, momentum=3), VIDYA(2, momentum=9, smoothing="wilder"), FRAMA(6)],
    ids=str,
)
def test_values_begin_where_it_says(indicator):
    assert first(indicator, ROWS) == indicator.lookback
