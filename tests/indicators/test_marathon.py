"""The marathon in short: every own indicator, 10,000 rows, one bad print, and its oracle."""

import marathon
import pytest
from members import members

MEMBERS = members()
SOURCES = sorted({cls.source for cls in MEMBERS.values()})
SPARSE = {"Fractals", "Pivots"}
"""They have a value at few bars only."""


@pytest.fixture(scope="module", params=SOURCES)
def runners(request):
    classes = {name: cls for name, cls in MEMBERS.items() if cls.source == request.param}
    return marathon.run(classes, 10_000, request.param)


def test_every_own_indicator_has_an_oracle():
    assert not set(MEMBERS) - set(marathon.ORACLES)


def test_a_bad_print_leaves_no_more_than_a_billionth(runners):
    off = {runner.name: runner.worst["all along"] for runner in runners}
    assert all(worst < 1e-9 for worst in off.values()), off
    assert all(runner.compared > (0 if runner.name in SPARSE else 10) for runner in runners)


def test_just_after_it_the_values_are_right_too(runners):
    off = {runner.name: runner.worst["just after"] for runner in runners}
    assert all(worst < 1e-9 for worst in off.values()), off
