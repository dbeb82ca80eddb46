"""A tally bar by bar equals the whole history at once, wherever it goes over to live."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livefin.errors import IndicatorError
from livefin.research.forward import after
from livefin.research.tally import Tally

PRICES = st.one_of(st.floats(50, 200), st.sampled_from([math.nan, math.inf, 0.0, -1.0]))
BARS = st.lists(st.tuples(PRICES, st.sampled_from([-1, 0, 1])), min_size=0, max_size=60)
HORIZONS = (1, 3, 10)


@pytest.mark.parametrize("kind", ["log", "simple"])
@given(bars=BARS, live=st.integers(0, 60))
def test_history_and_then_live_is_the_same_as_all_at_once(kind, bars, live):
    closes = pd.Series([close for close, _ in bars], dtype=float)
    signals = pd.Series([sign for _, sign in bars], dtype=int)
    start = max(0, len(bars) - live)
    tally = Tally(HORIZONS, kind=kind, cost_bps=2)
    tally.begin(signals[:start], closes[:start])
    for close, sign in bars[start:]:
        tally.update(close, sign)
    whole = after(signals, closes, HORIZONS, kind=kind, cost_bps=2)
    pd.testing.assert_frame_equal(tally.outcome.df, whole.df, rtol=1e-7, atol=1e-12)
    for horizon in HORIZONS:
        assert tally.outcome.returns(horizon) == pytest.approx(whole.returns(horizon))


def test_looking_at_the_figures_changes_nothing():
    rng = np.random.default_rng(1)
    once, often = Tally(), Tally()
    for close, signal in zip(rng.uniform(90, 110, 200), rng.random(200) < 0.3, strict=True):
        once.update(close, signal)
        often.update(close, signal)
        assert str(often.outcome)
    pd.testing.assert_frame_equal(once.outcome.df, often.outcome.df)


def test_a_signal_counts_once_its_outcome_is_known():
    tally = Tally([2])
    seen = []
    for close, signal in [(100, True), (101, False), (102, False), (103, math.nan)]:
        tally.update(close, signal)
        seen.append(tuple(tally.outcome.df.loc[2, ["count", "pending"]]))
    assert seen == [(0, 1), (0, 1), (1, 0), (1, 0)]


def test_what_is_kept_is_bounded_and_the_other_figures_are_of_all():
    rng = np.random.default_rng(2)
    closes = rng.uniform(90, 110, 500)
    few, all_ = Tally([1], keep=10), Tally([1])
    for close in closes:
        few.update(close, 1)
        all_.update(close, 1)
    assert len(few.outcome.returns(1)) == 10
    same = ["count", "mean", "std", "t", "hit_rate"]
    pd.testing.assert_frame_equal(few.outcome.df[same], all_.outcome.df[same])


def test_one_bad_print_does_not_stay_in_the_sums():
    rng = np.random.default_rng(3)
    closes = 100 * np.exp(np.cumsum(rng.normal(0, 0.001, 3_000)))
    closes[100] = 1e12
    signals = rng.random(3_000) < 0.2
    tally = Tally([20], kind="simple")
    for close, signal in zip(closes, signals, strict=True):
        tally.update(close, signal)
    whole = after(signals, closes, [20], kind="simple")
    pd.testing.assert_frame_equal(tally.outcome.df, whole.df, rtol=1e-7)


@pytest.mark.parametrize("wrong", [{"kind": "other"}, {"cost_bps": math.nan}, {"cost_bps": -1.0}])
def test_what_cannot_be_counted_is_said(wrong):
    with pytest.raises(IndicatorError):
        Tally(**wrong)
