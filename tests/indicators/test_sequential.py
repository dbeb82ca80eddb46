"""DeMark's setups and the levels they leave behind, held against their definitions."""

from math import isnan

import pytest
from oracle import furthest
from seeded import made

from livefin.indicators.bars.sequential import TDSetup, TDTrend
from livefin.indicators.contract import BarRow

CALM = list(made("bars", 160))
# Bars with a lean, now up and now down, that setups are complete; some closes are equal.
LEANING = [
    row._replace(
        **{
            name: round(getattr(row, name) + 0.15 * abs((i + 20) % 80 - 40), 1)
            for name in ("high", "low", "close")
        }
    )
    for i, row in enumerate(CALM)
]


@pytest.mark.parametrize("rows", [CALM, LEANING], ids=["calm", "leaning"])
def test_setups_and_their_levels_are_their_definition(rows):
    assert furthest(TDSetup(), rows) == 0
    assert furthest(TDTrend(), rows) == 0


def test_the_leaning_bars_have_setups_of_both_kinds():
    setup = TDSetup()
    values = [setup.update(row) for row in LEANING]
    assert {perfect for _, _, perfect in values if not isnan(perfect)} == {1.0, 0.0, -1.0}
    assert max(buy for buy, _, _ in values if not isnan(buy)) > 9
    assert max(sell for _, sell, _ in values if not isnan(sell)) > 9


def test_a_later_bar_can_make_a_setup_perfect():
    setup, closes = TDSetup(), [20.0 - i for i in range(13)]
    for i, close in enumerate(closes):
        low = 1.0 if i in (9, 10) else close  # bars 6 and 7 of the setup
        _, _, perfect = setup.update(BarRow(i, close, close, low, close, 1.0))
    assert perfect == 0
    assert setup.peek(BarRow(13, 30.0, 30.0, 1.0, 30.0, 1.0))[2] == 0
    assert setup.update(BarRow(13, 30.0, 30.0, 0.5, 30.0, 1.0)) == (0.0, 1.0, 1.0)
    assert setup.update(BarRow(14, 30.0, 30.0, 0.5, 30.0, 1.0))[2] == 0
