"""Relative vigor, DeMarker and momersion, held against their definitions."""

import pytest
from oracle import first, furthest
from seeded import made

from livefin.indicators.bars.vigor import DeMarker, Momersion, RelativeVigor
from livefin.indicators.contract import BarRow

ROWS = list(made("bars", 70))


@pytest.mark.parametrize("average", ["sma", "ema", "wilder"])
@pytest.mark.parametrize("n", [1, 10])
def test_relative_vigor_is_its_definition(n, average):
    assert furthest(RelativeVigor(n, average=average), ROWS, least=1e-2) < 1e-11


@pytest.mark.parametrize("average", ["sma", "ema", "wilder"])
@pytest.mark.parametrize("n", [1, 14])
def test_demarker_is_its_definition(n, average):
    assert furthest(DeMarker(n, average=average), ROWS, least=1e-2) < 1e-12


@pytest.mark.parametrize("n", [1, 2, 25])
def test_momersion_is_its_definition(n):
    assert furthest(Momersion(n), ROWS) == 0.0


def test_momersion_of_prices_that_often_stand_still_is_its_definition_too():
    rows = [row._replace(close=round(row.close)) for row in ROWS]
    assert furthest(Momersion(6), rows) == 0.0


def test_momersion_is_in_the_middle_where_half_of_the_pairs_stand_still():
    closes = 1.0, 2.0, 3.0, 3.0
    momersion = Momersion(2)
    values = [momersion.update(BarRow(i, x, x, x, x, 1.0)) for i, x in enumerate(closes)]
    assert values[-1] == (50.0,)


def test_vigour_is_that_of_closes_at_the_end_of_their_bars():
    strong, weak = RelativeVigor(), RelativeVigor()
    for i in range(20):
        up = strong.update(BarRow(i, 1.0, 2.0, 1.0, 2.0, 1.0))
        down = weak.update(BarRow(i, 2.0, 2.0, 1.0, 1.0, 1.0))
    assert up == pytest.approx((1.0, 1.0))
    assert down == pytest.approx((-1.0, -1.0))


def test_demarker_is_at_its_ends_where_only_one_side_moves():
    rising, falling = DeMarker(), DeMarker()
    for i in range(20):
        (up,) = rising.update(BarRow(i, i, i + 1.0, i, i, 1.0))
        (down,) = falling.update(BarRow(i, -i, 1.0 - i, -i, -i, 1.0))
    assert (up, down) == (1.0, 0.0)


@pytest.mark.parametrize(
    "indicator",
    [RelativeVigor(4), DeMarker(4), Momersion(9)],
    ids=str,
)
def test_values_begin_where_it_says(indicator):
    assert first(indicator, ROWS) == indicator.lookback
