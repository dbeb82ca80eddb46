"""Envelopes, held against their definition and around TA-Lib's averages."""

import numpy as np
import pytest
import talib
from exact import column
from oracle import furthest
from seeded import made

from livefin.indicators import ta
from livefin.indicators.bars.envelopes import Envelopes

ROWS = list(made("bars", 60))
CLOSE = np.array(column(ROWS, "close"), float)


@pytest.mark.parametrize("average", ["sma", "ema", "wilder"])
@pytest.mark.parametrize(("n", "percent"), [(20, 2.5), (1, 0.0), (7, 100.0)])
def test_envelopes_are_their_definition(n, percent, average):
    assert furthest(Envelopes(n, percent=percent, average=average), ROWS, least=1.0) < 1e-13


def test_envelopes_go_around_any_average_that_they_are_chained_to():
    chained = ta.HMA(9) | Envelopes(1, percent=10.0)
    values = np.array(list(map(chained.update, ROWS)))
    middle = talib.HMA(CLOSE, 9)
    wanted = np.column_stack([1.1 * middle, middle, 0.9 * middle])
    np.testing.assert_allclose(values, wanted, rtol=1e-9)
    assert chained.pane == "price"
