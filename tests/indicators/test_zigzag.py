"""ZigZag's confirmed turning points, held against their definition."""

from itertools import pairwise
from math import isnan

import pytest
from oracle import furthest
from seeded import made

from livefin.indicators.bars.zigzag import ZigZag
from livefin.indicators.contract import BarRow

ROWS = list(made("bars", 250, bad=150))


@pytest.mark.parametrize("price", ["close", "hl"])
@pytest.mark.parametrize("percent", [0.3, 1.0, 5.0])
@pytest.mark.parametrize("begin", [0, 37, 160])
def test_the_turning_points_are_their_definition(price, percent, begin):
    assert furthest(ZigZag(percent, price=price), ROWS[begin : begin + 90]) == 0


def test_turning_points_alternate_and_are_as_far_apart_as_asked():
    zigzag, turns = ZigZag(0.5), []
    for row in ROWS:
        turn, high, low = zigzag.update(row)
        if not isnan(turn):
            assert turn in (high, low)
            turns.append((turn, turn == high))
    assert len(turns) > 20
    for (a, was_high), (b, is_high) in pairwise(turns):
        assert was_high != is_high
        assert abs(b - a) >= 0.005 * a * (1 - 1e-12)


def test_a_leg_that_still_grows_is_not_told():
    zigzag = ZigZag(10.0)
    values = [
        zigzag.update(BarRow(i, x, x, x, x, 1.0)) for i, x in enumerate((100.0, 111.0, 150.0))
    ]
    assert [str(turn) for turn, _, _ in values] == ["nan", "100.0", "nan"]
    assert isnan(values[-1][1])


def test_a_bar_that_makes_a_new_high_does_not_end_its_leg():
    zigzag = ZigZag(5.0, price="hl")
    for i, (high, low) in enumerate(((100.0, 99.0), (110.0, 104.0))):
        zigzag.update(BarRow(i, low, high, low, high, 1.0))
    assert isnan(zigzag.update(BarRow(2, 104.0, 120.0, 60.0, 60.0, 1.0))[0])
    assert zigzag.update(BarRow(3, 60.0, 60.0, 60.0, 60.0, 1.0))[0] == 120.0
