"""Sums that keep their digits, held against sums of fractions."""

from copy import deepcopy
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from livefin.indicators.totals import NOTHING, TimeSum, added

numbers = st.floats(-1e9, 1e9, allow_subnormal=False)
steps = st.lists(st.tuples(st.integers(-3, 12), numbers), max_size=60)


@given(st.lists(numbers))
def test_a_total_is_the_exact_sum_rounded_about_once(xs):
    total = NOTHING
    for x in xs:
        total = added(total, x)
    true = sum(map(Fraction, xs))
    assert abs(Fraction(sum(total)) - true) <= abs(true) * Fraction(2, 10**16) + Fraction(1, 10**20)


@given(steps, st.integers(1, 30))
def test_a_sum_of_the_last_time_is_that_of_the_numbers_in_it(rows, span):
    recent, kept, now = TimeSum(span), [], -(10**9)
    time = 0
    for step, x in rows:
        time += step
        now = max(now, time)
        kept.append((now, x))
        true = sum(Fraction(x) for t, x in kept if t > now - span)
        peeked = recent.peek(time, x)
        assert peeked == recent.push(time, x) == recent.value
        assert abs(Fraction(peeked) - true) <= abs(true) * Fraction(1, 10**15) + Fraction(1, 10**18)


def test_time_that_passes_without_a_number_lets_the_old_ones_go():
    recent = TimeSum(10)
    for t in (0, 4, 8):
        recent.push(t, 1.0)
    assert [recent.advance(t) for t in (9, 10, 14, 17, 18, 12)] == [3.0, 2.0, 1.0, 1.0, 0.0, 0.0]


def test_a_copy_goes_its_own_way():
    recent = TimeSum(10)
    recent.push(0, 1.0)
    other = deepcopy(recent)
    other.push(5, 2.0)
    assert (recent.value, other.value) == (1.0, 3.0)


def test_what_has_left_is_let_go():
    recent = TimeSum(100)
    for t in range(10_000):
        recent.push(t, 1.0)
        assert len(recent._front) + len(recent._back) <= 101
