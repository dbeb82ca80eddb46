"""One symbol against another, held against the definitions."""

import pytest
from oracle import furthest
from seeded import made

from livefin.errors import IndicatorError
from livefin.indicators.bars.relative import PriceRelative, RelativeReturn
from livefin.indicators.contract import ClosesRow

ROWS = list(made("closes", 60, bad=30))


def test_the_ratio_is_its_definition():
    assert furthest(PriceRelative(), ROWS) < 1e-15


@pytest.mark.parametrize("n", [1, 7])
def test_how_far_it_is_ahead_is_its_definition(n):
    assert furthest(RelativeReturn(n), ROWS, least=1e-2) < 1e-13


def test_twins_are_never_ahead_of_each_other():
    ahead = RelativeReturn(3)
    for row in ROWS:
        (value,) = ahead.update(ClosesRow(row.time, (row.closes[0], 2 * row.closes[0])))
    assert value == 0


@pytest.mark.parametrize("cls", [PriceRelative, RelativeReturn])
def test_two_symbols_it_must_be(cls):
    assert cls(symbols=("A", "B")).symbols == ("A", "B")
    with pytest.raises(IndicatorError, match="two symbols"):
        cls(symbols=("A",))
