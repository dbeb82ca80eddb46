"""Pivot points of sessions and of the last bars, held against their definitions."""

from itertools import pairwise
from math import isnan

import numpy as np
import pytest
from oracle import furthest
from seeded import S, made

from livefin.errors import IndicatorError
from livefin.indicators.bars.pivotpoints import LEVELS, PivotPoints, RollingPivots
from livefin.indicators.contract import BarRow

HOUR = 3_600 * S
ROWS = [row._replace(time=i * 5 * HOUR) for i, row in enumerate(made("bars", 170, bad=60))]
EVERY = pytest.mark.parametrize("kind", LEVELS)


@EVERY
@pytest.mark.parametrize(("session", "tz"), [("1D", "UTC"), ("1D", "America/New_York")])
def test_the_levels_of_a_session_are_their_definition(kind, session, tz):
    assert furthest(PivotPoints(kind, session=session, tz=tz), ROWS, least=1.0) < 1e-13


@pytest.mark.parametrize("session", ["W", "MS", "12h"])
def test_sessions_are_of_any_length(session):
    assert furthest(PivotPoints("woodie", session=session), ROWS, least=1.0) < 1e-13


@EVERY
@pytest.mark.parametrize(("n", "offset"), [(1, 0), (5, 0), (4, 3)])
def test_rolling_levels_are_their_definition(kind, n, offset):
    assert furthest(RollingPivots(n, offset=offset, kind=kind), ROWS, least=1.0) < 1e-13


@EVERY
def test_levels_stand_for_a_whole_session_and_lie_in_order(kind):
    pivots, before = PivotPoints(kind), None
    for row in ROWS:
        day, values = row.time // (24 * HOUR), pivots.update(row)
        count = LEVELS[kind]
        assert len(values) == len(pivots.outputs) == 1 + 2 * count
        if day == 0:
            assert all(map(isnan, values))
        elif before is not None and before[0] == day:
            assert values == before[1]
        elif kind != "woodie":  # whose pivot leaves the range where the session opens outside
            assert all(a < b for a, b in pairwise(values[: count + 1]))
        before = day, values


def test_the_bar_itself_moves_no_rolling_level():
    calm, wild = RollingPivots(3), RollingPivots(3)
    for i in range(6):
        row = BarRow(i, i, i + 1.0, i - 1.0, i, 1.0)
        assert str(calm.update(row)) == str(wild.peek(row._replace(high=1e9, low=-1e9, close=5e8)))
        wild.update(row)


def test_demarks_pivot_goes_by_the_open_and_the_close_of_its_own_period():
    pivots = RollingPivots(2, kind="demark")
    for i, close in enumerate((11.0, 12.0)):
        pivots.update(BarRow(i, 10.0, 13.0, 9.0, close, 1.0))
    values = {opening: pivots.peek(BarRow(2, opening, 99.0, 1.0, 50.0, 1.0)) for opening in (1, 99)}
    assert values[1] == values[99]
    np.testing.assert_allclose(values[1], [(2 * 13 + 9 + 12) / 4, 47 / 2 - 9, 47 / 2 - 13])


@pytest.mark.parametrize("wrong", [{"kind": "none"}, {"tz": "Mars"}, {"session": "-1h"}])
def test_what_is_no_kind_or_session_is_refused(wrong):
    with pytest.raises(IndicatorError):
        PivotPoints(**wrong)
    with pytest.raises(IndicatorError):
        RollingPivots(kind="none")
