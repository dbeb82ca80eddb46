"""Averages, ranges and the RSI's parts: against their oracles, and peeking as pushing."""

from math import isnan

import exact
import numpy as np
import oracle
import pytest
import talib
from hypothesis import given
from hypothesis import strategies as st
from seeded import made

from livefin.indicators.bars.smoothing import (
    AVERAGES,
    AverageRange,
    Ema,
    Moves,
    Sma,
    TrueRange,
    Wilder,
    strength,
    take,
)

numbers = st.lists(st.floats(1, 1e6), max_size=40)
ROWS = list(made("bars", 50))


@pytest.mark.parametrize("average", AVERAGES)
@given(xs=numbers, n=st.integers(1, 8))
def test_every_average_is_its_definition(average, xs, n):
    part = AVERAGES[average](n)
    for i in range(len(xs)):
        told, value = part.peek(xs[i]), part.push(xs[i])
        true = exact.AVERAGES[average](exact.decimals(xs[: i + 1]), n)
        # What was much larger a moment ago leaves roundings of its own size.
        assert oracle.error([value], [true], least=max(xs[: i + 1])) < 1e-14
        assert told == value or (isnan(told) and isnan(value))


@pytest.mark.parametrize(
    "part", [Sma(9), Ema(9), Wilder(9), Moves(9)], ids=lambda part: type(part).__name__
)
def test_what_is_longer_ago_than_the_memory_weighs_a_billionth(part):
    values = []
    for first in (1.0, 2.0):
        for x in [first] * 50 + [5.0, 6.0] * (part.memory // 2) + [5.0] * (part.memory % 2):
            value = part.push(x)
        values.append(strength(*value) if isinstance(value, tuple) else value)
    assert values[0] == pytest.approx(values[1], rel=1e-8)


@pytest.mark.parametrize("first", [False, True])
def test_ranges_reach_to_the_last_close(first):
    ranges, average = TrueRange(first=first), AverageRange(3, "sma", first=first)
    found = []
    for row in ROWS:
        told, value = ranges.peek(row), ranges.push(row)
        assert told == value or isnan(value)
        found += [] if isnan(value) else [value]
        assert average.peek(row) == pytest.approx(average.push(row), nan_ok=True)
    assert found == pytest.approx([float(x) for x in exact.true_ranges(ROWS, first)], rel=1e-13)


def test_the_strength_is_talibs_rsi():
    closes = [row.close for row in ROWS]
    moves = Moves(14)
    values = [strength(*moves.push(close)) for close in closes]
    np.testing.assert_allclose(values, talib.RSI(np.array(closes), 14), rtol=1e-12)


def test_take_keeps_or_only_looks():
    average = Ema(1)
    assert take(average, False)(3.0) == 3.0
    assert isnan(average.value)
    assert take(average, True)(4.0) == 4.0
    assert average.value == 4.0
