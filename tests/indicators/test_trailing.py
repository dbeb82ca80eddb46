"""Supertrend, chandelier exits and average ranges, held against their definitions."""

import numpy as np
import pytest
import talib
from oracle import furthest
from seeded import made

from livefin.indicators.bars.trailing import (
    AverageTrueRange,
    ChandeKrollStop,
    Chandelier,
    Supertrend,
)

ROWS = list(made("bars", 160))
KINDS = pytest.mark.parametrize("smoothing", ["wilder", "sma", "ema"])
FIRST = pytest.mark.parametrize("first_range", [False, True])


@KINDS
@FIRST
def test_supertrend_is_its_definition(smoothing, first_range):
    trend = Supertrend(5, width=1.5, smoothing=smoothing, first_range=first_range)
    assert furthest(trend, ROWS) < 1e-13


@KINDS
@FIRST
def test_the_average_range_is_its_definition(smoothing, first_range):
    average = AverageTrueRange(5, smoothing=smoothing, first_range=first_range)
    assert furthest(average, ROWS) < 1e-13


def test_chandelier_exits_are_their_definition():
    assert furthest(Chandelier(5, width=2.0), ROWS) < 1e-13


def test_chande_and_krolls_stops_are_their_definition():
    assert furthest(ChandeKrollStop(5, width=1.5, q=4), ROWS) < 1e-13


def test_one_line_of_two_is_there_and_together_they_are_talibs():
    trend = Supertrend()
    lines = np.array([trend.update(row) for row in ROWS])
    assert (np.isfinite(lines).sum(axis=1)[10:] == 1).all()
    assert np.isfinite(lines[:, 0]).any()
    assert np.isfinite(lines[:, 1]).any()
    high, low, close = (
        np.array([getattr(row, name) for row in ROWS]) for name in ("high", "low", "close")
    )
    whole, _ = talib.SUPERTREND(high, low, close, 10, 3.0)
    # TA-Lib's begins rising whatever the first close says; they agree once the trend has turned.
    np.testing.assert_allclose(np.nansum(lines[20:], axis=1), whole[20:], rtol=1e-13)


def test_the_up_line_never_falls_and_the_down_line_never_rises():
    trend, last = Supertrend(5, width=1.0), (np.nan, np.nan)
    for row in ROWS:
        up, down = trend.update(row)
        assert not up < last[0]
        assert not down > last[1]
        last = up, down
