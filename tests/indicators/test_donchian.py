"""Donchian's channel and Ichimoku's lines, held against their definitions."""

import pytest
from oracle import furthest
from seeded import made

from livefin.indicators.bars.donchian import Donchian, Ichimoku
from livefin.indicators.contract import BarRow

ROWS = list(made("bars", 70, bad=40))


@pytest.mark.parametrize("current", [True, False])
@pytest.mark.parametrize("n", [1, 2, 9])
def test_the_channel_is_its_definition(n, current):
    assert furthest(Donchian(n, current=current), ROWS) < 1e-15


@pytest.mark.parametrize("lengths", [(9, 26, 52, 26), (1, 2, 3, 0), (5, 3, 7, 1)])
def test_ichimoku_is_its_definition(lengths):
    tenkan, kijun, senkou, shift = lengths
    ichimoku = Ichimoku(tenkan, kijun=kijun, senkou=senkou, shift=shift)
    assert furthest(ichimoku, ROWS) < 1e-15


def test_without_its_own_bar_a_close_can_break_the_channel():
    inside, outside = Donchian(3), Donchian(3, current=False)
    for i in range(10):
        row = BarRow(i, i, i + 0.1, i - 0.1, i + 0.05, 1.0)
        high, _, _ = inside.update(row)
        before, _, _ = outside.update(row)
        if i > 2:
            assert before < row.close < high


def test_the_cloud_does_not_know_what_is_to_come():
    now, other = Ichimoku(), Ichimoku()
    for i, row in enumerate(made("bars", 200)):
        wild = row._replace(high=row.high * 9, low=row.low / 9) if i >= 150 else row
        values, others = now.update(row), other.update(wild)
        if 150 <= i < 150 + 26:
            assert values[2:] == others[2:]
            assert values[:2] != others[:2]
    assert values[2:] != others[2:]
