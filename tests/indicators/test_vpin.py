"""VPIN, held against volume laid end to end in fractions and cut at whole buckets."""

import flowrows
import pytest
from alike import matches
from hypothesis import given
from hypothesis import strategies as st

from livefin.errors import IndicatorError
from livefin.indicators.contract import TradeRow
from livefin.indicators.flow.vpin import VPIN

sizes = st.sampled_from([0.3, 1.0, 10.0, 123.4])


@given(flowrows.trades, sizes, st.integers(1, 5))
def test_by_taker_it_is_the_one_sidedness_of_exact_buckets(rows, bucket, buckets):
    indicator = VPIN(bucket=bucket, buckets=buckets)
    matches(indicator, rows, least=1e-3)


@given(flowrows.trades, sizes, st.integers(1, 5), st.integers(2, 4))
def test_in_bulk_it_is_what_the_moves_of_the_bars_say(rows, bucket, buckets, deviations):
    indicator = VPIN(bucket=bucket, buckets=buckets, split="bulk", bar="2s", deviations=deviations)
    matches(indicator, rows, least=1e-3)


def test_it_goes_from_nothing_to_one():
    balanced, one_sided = VPIN(bucket=2.0, buckets=5), VPIN(bucket=2.0, buckets=5)
    for i in range(50):
        (low,) = balanced.update(TradeRow(i, 10.0, 1.0, (-1) ** i))
        (high,) = one_sided.update(TradeRow(i, 10.0, 0.7, -1))
    assert (low, high) == (0.0, pytest.approx(1.0, abs=1e-15))


def test_a_bad_print_leaves_no_trace_and_takes_no_time():
    hit, rows = VPIN(bucket=10.0, buckets=3), []
    for i in range(400):
        rows.append(TradeRow(i, 10.0, 1e15 if i == 50 else 0.1 * (1 + i % 7), (-1) ** (i // 5)))
        value = hit.update(rows[-1])
    # 1e15 is a whole number of buckets: without it the rest lies as it did.
    clean = VPIN(bucket=10.0, buckets=3)
    for i, row in enumerate(rows):
        expected = value if i == 50 else clean.update(row)
    assert value == (pytest.approx(expected[0], rel=1e-9),)


def test_what_is_no_bucket_is_refused():
    for bucket in (0.0, -1.0, float("inf"), float("nan")):
        with pytest.raises(IndicatorError):
            VPIN(bucket=bucket)
    with pytest.raises(IndicatorError, match="split"):
        VPIN(split="tick")
