"""Held against the same window in whole fractions, at every push and peek."""

from copy import deepcopy
from fractions import Fraction
from math import isnan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livefin.errors import IndicatorError
from livefin.indicators.windows import (
    WindowCovariance,
    WindowMax,
    WindowMin,
    WindowMoments,
    WindowSum,
)

numbers = st.lists(st.floats(-1e9, 1e9, allow_subnormal=False), max_size=40)
sizes = st.integers(1, 7)


def moments(held):
    mean = sum(map(Fraction, held)) / len(held)
    return mean, sum((Fraction(x) - mean) ** 2 for x in held) / len(held)


def whole(held, n):
    return len(held) >= n, held[-n:]


@given(numbers, sizes)
def test_a_sum_is_the_exact_one_to_a_few_roundings(xs, n):
    window = WindowSum(n)
    for i, x in enumerate(xs):
        peeked = window.peek(x)
        value = window.push(x)
        full, held = whole(xs[: i + 1], n)
        assert peeked == value or (isnan(peeked) and isnan(value)) or abs(peeked - value) < 1e-15
        if not full:
            assert isnan(value)
        else:
            exact = sum(map(Fraction, held))
            assert abs(Fraction(value) - exact) <= abs(exact) * Fraction(1, 2**52) + Fraction(
                max(map(abs, held)) * n * n * 2**-104
            )


@given(numbers, sizes)
def test_moments_are_the_exact_ones_within_what_the_numbers_size_allows(xs, n):
    window = WindowMoments(n)
    for i, x in enumerate(xs):
        value = window.push(x)
        full, held = whole(xs[: i + 1], n)
        if not full:
            assert all(map(isnan, value))
            continue
        mean, variance = moments(held)
        size = max(map(abs, held))
        assert value.mean == pytest.approx(float(mean), rel=1e-14, abs=size * 1e-15)
        assert value.variance == pytest.approx(float(variance), rel=1e-12, abs=(size * 1e-15) ** 2)
        assert value.variance >= 0


@given(st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6)), max_size=30), sizes)
def test_a_covariance_is_the_exact_one(pairs, n):
    window = WindowCovariance(n)
    for i, (x, y) in enumerate(pairs):
        value = window.push(x, y)
        full, held = whole(pairs[: i + 1], n)
        if not full:
            assert all(map(isnan, value))
            continue
        (mean_x, _), (mean_y, _) = (moments(column) for column in zip(*held, strict=True))
        exact = sum((Fraction(a) - mean_x) * (Fraction(b) - mean_y) for a, b in held) / n
        scale = max(abs(a) for a, _ in held) * max(abs(b) for _, b in held)
        assert value.covariance == pytest.approx(float(exact), rel=1e-12, abs=scale * 1e-14)


@given(numbers, sizes)
def test_extremes_are_those_of_the_window(xs, n):
    largest, smallest = WindowMax(n), WindowMin(n)
    for i, x in enumerate(xs):
        full, held = whole(xs[: i + 1], n)
        expected = (max(held), min(held)) if full else (None, None)
        for window, value in zip((largest, smallest), expected, strict=True):
            for got in (window.peek(x), window.push(x), window.value):
                assert isnan(got) if value is None else got == value
            assert len(window) == len(held)


@pytest.mark.parametrize("make", [WindowSum, WindowMoments, WindowCovariance, WindowMax, WindowMin])
@given(xs=numbers, n=sizes)
def test_peeks_change_nothing(make, xs, n):
    arguments = 2 if make is WindowCovariance else 1
    peeked, quiet = make(n), make(n)
    for x in xs:
        for other in (x, -x, 0.5):
            peeked.peek(*[other] * arguments)
        assert vars(peeked) == vars(quiet)
        peeked.push(*[x] * arguments)
        quiet.push(*[x] * arguments)


@pytest.mark.parametrize("make", [WindowSum, WindowMoments, WindowMax, WindowMin])
def test_a_bad_print_leaves_no_trace_once_it_has_left(make):
    clean, bad = make(5), make(5)
    for i in range(200):
        x = 1.0 + i % 7 / 7
        value = clean.push(x)
        other = bad.push(x * 1e15 if i == 50 else x)
        if i < 50 or i >= 55:
            assert other == value or i < 5


def test_constant_numbers_have_no_variance_at_all():
    window = WindowMoments(6)
    pushed = [window.push(0.1) for _ in range(50)]
    assert set(pushed[5:]) == {(0.1, 0.0)}


@pytest.mark.parametrize("make", [WindowSum, WindowMoments, WindowCovariance, WindowMax, WindowMin])
def test_a_window_holds_one_or_more(make):
    with pytest.raises(IndicatorError, match="1 or more"):
        make(0)


def test_a_copy_goes_its_own_way():
    window = WindowSum(3)
    for x in (1.0, 2.0, 3.0, 4.0):
        window.push(x)
    other = deepcopy(window)
    other.push(100.0)
    assert (window.value, other.value) == (9.0, 107.0)
