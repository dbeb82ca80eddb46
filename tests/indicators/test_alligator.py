"""The alligator and its oscillator, held against their definitions and TA-Lib's averages."""

import numpy as np
import pytest
import talib
from exact import column
from oracle import first, furthest
from seeded import made

from livefin.indicators.bars.alligator import Alligator, Gator

ROWS = list(made("bars", 60))
SHIFTED = {"teeth": 4, "lips": 2, "jaw_shift": 0, "teeth_shift": 7, "lips_shift": 1}


@pytest.mark.parametrize("params", [{}, {"jaw": 6, **SHIFTED}])
@pytest.mark.parametrize("kind", [Alligator, Gator])
def test_both_are_their_definitions(kind, params):
    assert furthest(kind(**params), ROWS, least=1e-3) < 1e-11


def test_a_line_is_wilders_average_of_some_bars_ago():
    high, low = (np.array(column(ROWS, name), float) for name in ("high", "low"))
    values = np.array(list(map(Alligator().update, ROWS)))
    for i, (n, shift) in enumerate(((13, 8), (8, 5), (5, 3))):
        average = talib.RMA((high + low) / 2, n)
        np.testing.assert_allclose(values[shift:, i], average[:-shift], rtol=1e-12)


def test_the_mouth_is_open_as_far_as_the_lines_are_apart():
    alligator, gator = Alligator(), Gator()
    for row in ROWS:
        (jaw, teeth, lips), told, values = alligator.update(row), gator.peek(row), gator.update(row)
        wanted = (abs(jaw - teeth), -abs(teeth - lips))
        np.testing.assert_array_equal([told, values], [wanted, wanted])
    assert values[0] > 0 > values[1]


@pytest.mark.parametrize(
    "indicator",
    [Alligator(), Gator(), Gator(3, lips=2, lips_shift=30), Alligator(jaw=2, jaw_shift=0)],
    ids=str,
)
def test_values_begin_where_it_says(indicator):
    assert first(indicator, ROWS) == indicator.lookback
