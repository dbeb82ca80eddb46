"""Kyle's lambda and Amihud's illiquidity, held against regressions and means in fractions."""

from math import isnan

import flowrows
import pytest
from alike import matches
from hypothesis import given
from hypothesis import strategies as st

from livefin.errors import IndicatorError
from livefin.indicators.contract import TradeRow
from livefin.indicators.flow.impact import Amihud, KyleLambda

by = st.sampled_from(["trade", "1s", "10s", "2.5", "1e-3"])


@given(flowrows.trades, st.integers(2, 5), by, st.sampled_from(["tick", "skip"]))
def test_lambda_is_the_slope_over_the_last_complete_buckets(rows, window, bucket, unknown):
    matches(KyleLambda(window=window, bucket=bucket, unknown=unknown), rows, least=1e-6)


@given(flowrows.trades, st.integers(1, 4), by)
def test_illiquidity_is_the_mean_of_return_to_turnover(rows, window, bucket):
    matches(Amihud(window=window, bucket=bucket), rows)


def test_prices_that_follow_volume_give_their_own_slope():
    kyle = KyleLambda(window=50, bucket="trade")
    price = 1_000.0
    for i in range(200):
        side, size = (-1) ** (i // 3), 1.0 + i % 4
        price += 0.25 * side * size
        (value,) = kyle.update(TradeRow(i, price, size, side))
    assert value == pytest.approx(0.25, rel=1e-12)


def test_where_volume_is_always_the_same_there_is_no_slope():
    kyle = KyleLambda(window=3, bucket="trade")
    values = [kyle.update(TradeRow(i, 10.0 + i, 1.0, 1))[0] for i in range(10)]
    assert all(map(isnan, values))


def test_a_bad_print_leaves_no_trace():
    clean, hit = KyleLambda(window=10, bucket="trade"), KyleLambda(window=10, bucket="trade")
    for i in range(60):
        row = TradeRow(i, 100 + (i * 7 % 5) / 10, 1.0 + i % 3, (-1) ** i)
        clean.update(row)
        hit.update(row._replace(price=1e12, size=1e12) if i == 20 else row)
    row = TradeRow(60, 100.0, 1.0, 1)
    assert hit.update(row) == (pytest.approx(clean.update(row)[0], rel=1e-12),)


def test_what_is_no_bucket_is_refused():
    for bucket in ("0", "-1", "inf", "nan", "now", ""):
        with pytest.raises(IndicatorError):
            KyleLambda(bucket=bucket)
