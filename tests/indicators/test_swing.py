"""Wilder's swing indices and the close's place in its bar, held against their definitions."""

from itertools import pairwise
from math import isnan

import pytest
from oracle import furthest
from seeded import made

from livefin.errors import IndicatorError
from livefin.indicators.bars.swing import AccumulativeSwingIndex, InternalBarStrength, SwingIndex
from livefin.indicators.contract import BarRow

ROWS = list(made("bars", 120))
# Gaps up and down, so that all three of Wilder's cases for R come up.
GAPS = [
    row._replace(**{name: getattr(row, name) + (i * 7 % 5) for name in BarRow._fields[1:5]})
    for i, row in enumerate(ROWS)
]
READINGS = pytest.mark.parametrize("absolute", ["terms", "sum"])


@READINGS
@pytest.mark.parametrize("rows", [ROWS, GAPS], ids=["quiet", "gaps"])
def test_the_swing_index_is_its_definition(absolute, rows):
    assert furthest(SwingIndex(3.0, absolute=absolute), rows) < 1e-13


@READINGS
def test_the_accumulative_swing_index_is_the_sum_of_them(absolute):
    assert furthest(AccumulativeSwingIndex(3.0, absolute=absolute), GAPS) < 1e-13


def test_both_readings_of_r_differ_only_by_the_sign_of_the_bar_before():
    terms, whole = SwingIndex(), SwingIndex(absolute="sum")
    alike = {True: set(), False: set()}
    for last, row in pairwise(GAPS):
        for indicator in (terms, whole):
            indicator.reset()
            indicator.update(last)
        up = row.high - last.close >= 0
        inside = row.low <= last.close <= row.high
        (one,), (other,) = terms.update(row), whole.update(row)
        same = (last.close >= last.open) == (up or inside)
        alike[same].add(one == pytest.approx(other, rel=1e-12))
    assert alike == {True: {True}, False: {False}}


def test_a_bar_that_reaches_nowhere_swings_nowhere():
    swing = SwingIndex()
    swing.update(BarRow(0, 5.0, 5.0, 5.0, 5.0, 1.0))
    assert swing.update(BarRow(1, 5.0, 5.0, 5.0, 5.0, 1.0)) == (0.0,)


def test_the_place_in_the_bar_is_its_definition():
    assert furthest(InternalBarStrength(), ROWS) < 1e-13


def test_a_bar_of_one_price_has_no_place_in_itself():
    assert isnan(InternalBarStrength().update(BarRow(0, 5.0, 5.0, 5.0, 5.0, 1.0))[0])


@pytest.mark.parametrize("limit", [0.0, -1.0, float("nan"), "far"])
def test_a_limit_that_is_none_is_refused(limit):
    with pytest.raises(IndicatorError):
        SwingIndex(limit)
