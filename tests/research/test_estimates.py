"""The statistics against their definitions, written out, and against known numbers."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livefin.errors import IndicatorError
from livefin.research.estimates import checked, correlation, lags, long_run, tied, wilson

NUMBERS = st.lists(st.integers(-5, 5).map(float), min_size=2, max_size=40).map(np.array)


@given(values=NUMBERS, most=st.integers(0, 60))
def test_the_long_run_variance_is_the_weighted_sum_of_autocovariances(values, most):
    expected = float(values @ values)
    for lag in range(1, min(most, len(values) - 1) + 1):
        expected += 2 * (1 - lag / (most + 1)) * float(values[lag:] @ values[:-lag])
    assert long_run(values, most) == pytest.approx(expected, abs=1e-9)
    assert long_run(values, most) >= 0


@given(values=NUMBERS)
def test_ranks_are_those_of_pandas(values):
    values = np.sort(values)
    assert tied(values).tolist() == pd.Series(values).rank().tolist()


@given(a=NUMBERS, b=NUMBERS)
def test_the_correlation_is_numpys_and_nan_where_one_side_is_constant(a, b):
    count = min(len(a), len(b))
    a, b = a[:count], b[:count]
    if np.ptp(a) == 0 or np.ptp(b) == 0:
        assert np.isnan(correlation(a, b))
    else:
        assert correlation(a, b) == pytest.approx(np.corrcoef(a, b)[0, 1], abs=1e-12)


@pytest.mark.parametrize(("hits", "count"), [(0, 10), (3, 10), (10, 10), (500, 1000)])
def test_wilsons_bounds_are_where_the_score_test_just_passes(hits, count):
    share = hits / count
    for bound in wilson(hits, count):
        if bound in (0.0, 1.0):
            continue
        assert abs(share - bound) / np.sqrt(bound * (1 - bound) / count) == pytest.approx(1.959964)


def test_without_tries_nothing_is_known_of_a_share():
    assert np.isnan(wilson(0, 0)).all()


def test_the_lags_leave_little_of_the_variance_of_overlapping_returns_out():
    rng = np.random.default_rng(1)
    horizon = 20
    steps = rng.normal(size=200_000)
    sums = np.convolve(steps, np.ones(horizon), "valid")
    true = len(sums) * horizon**2  # of the sum of all, each step counted `horizon` times
    assert 0.8 < long_run(sums - sums.mean(), lags(horizon)) / true < 1.0
    assert long_run(sums - sums.mean(), 0) / true < 0.1


@pytest.mark.parametrize("wrong", [0, (), (1, 1), (1.5,), (True,), (10_001,), (-1, 2)])
def test_what_is_no_horizon_is_said(wrong):
    with pytest.raises(IndicatorError, match="horizons"):
        checked(wrong)
