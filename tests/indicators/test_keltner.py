"""Keltner channels, held against their definition in decimals."""

from itertools import product

import pytest
from oracle import furthest
from seeded import made

from livefin.errors import IndicatorError
from livefin.indicators.bars.keltner import Keltner

AVERAGES = ("ema", "sma", "wilder")
KINDS = list(product(("close", "typical"), AVERAGES, AVERAGES))
ROWS = list(made("bars", 60))


@pytest.mark.parametrize(("price", "average", "smoothing"), KINDS)
def test_every_kind_is_its_definition(price, average, smoothing):
    for first_range in (False, True):
        keltner = Keltner(
            7,
            width=1.5,
            ranges=4,
            price=price,
            average=average,
            smoothing=smoothing,
            first_range=first_range,
        )
        assert furthest(keltner, ROWS) < 1e-13


def test_no_half_a_channel_is_shown():
    keltner = Keltner(3, ranges=10)
    values = [keltner.update(row) for row in ROWS]
    assert [value[1] == value[1] for value in values] == [False] * 10 + [True] * 50


@pytest.mark.parametrize("wrong", [{"n": 0}, {"n": 2.5}, {"width": -1.0}, {"average": "median"}])
def test_what_makes_no_channel_is_refused(wrong):
    with pytest.raises(IndicatorError, match="Keltner"):
        Keltner(**wrong)
