"""What TA-Lib's metadata says, and the ranges found by asking."""

import pytest
import talib
from talib import abstract

from livefin.indicators.talib.functions import AVERAGES, described, names

EVERY = pytest.mark.parametrize("name", names())


@EVERY
def test_every_bound_is_taken_and_one_beyond_is_not(name):
    function = described(name)
    for each in function.numbers:
        for bound, beyond in ((each.low, -1), (each.high, 1)):
            if bound is None:
                continue
            # MAVP's two periods bound each other.
            alike = [p.name for p in function.numbers if name == "MAVP" and "period" in p.name]
            step = 1 if each.kind == "int" else 0.001
            inside = {each.name: bound, **dict.fromkeys(alike, bound)}
            outside = {each.name: bound + beyond * step, **dict.fromkeys(alike, bound + beyond)}
            assert abstract.Function(name, **inside).lookback >= 0
            assert abstract.Function(name, **outside).lookback == -1


@EVERY
def test_defaults_and_their_kinds_are_those_of_talib(name):
    function, theirs = described(name), abstract.Function(name).parameters
    settled = function.settled((), {})
    assert function.arguments(settled) == dict(theirs)
    assert function.lookback(settled) == abstract.Function(name).lookback
    for each in function.numbers:
        if each.kind != "choice":
            assert each.kind == type(theirs[each.name]).__name__


def test_averages_stand_at_their_numbers():
    assert [getattr(talib.MA_Type, name) for name in AVERAGES] == list(range(len(AVERAGES)))
