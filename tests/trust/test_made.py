"""Made-up bars: what they promise to be."""

import numpy as np
import pandas as pd

from livefin.trust.made import made_bars, scaled, with_holes


def test_a_bar_holds_its_own_prices():
    for wild in (False, True):
        bars = made_bars(2_000, wild=wild, seed=5)
        assert (bars.high >= bars[["open", "close"]].max(axis=1)).all()
        assert (bars.low <= bars[["open", "close"]].min(axis=1)).all()
        assert (bars.low > 0).all()
        assert bars.index.is_monotonic_increasing
        assert bars.index.is_unique


def test_the_same_seed_gives_the_same_bars_and_another_one_others():
    assert made_bars(50, seed=1).equals(made_bars(50, seed=1))
    assert not made_bars(50, seed=1).equals(made_bars(50, seed=2))


def test_they_go_on_from_the_given_price_at_the_given_interval_with_the_given_columns():
    times = pd.date_range("2026-03-01 09:30", periods=3, freq="5min", tz="UTC")
    like = pd.DataFrame(
        {"close": [1.1, 1.2, 1.15], "funding": [1.0, 2.0, 3.0], "closed": True}, times
    )
    bars = made_bars(100, like=like)
    assert list(bars) == ["close", "funding", "closed"]
    assert abs(bars.close.iloc[0] / 1.15 - 1) < 0.05
    assert set(np.diff(bars.index)) == {np.timedelta64(5, "m")}
    assert set(bars.funding) <= {1.0, 2.0, 3.0}
    assert bars.closed.all()


def test_wild_bars_have_what_quiet_ones_lack():
    bars = made_bars(1_500, every="30min", wild=True)
    assert (bars.volume == 0).any()
    assert (bars.close.diff() == 0).any()
    assert bars.close.pct_change().abs().max() > 0.03
    assert len(set(np.diff(bars.index))) > 1
    assert set(bars.index.day_of_week) == set(range(7))


def test_holes_are_runs_of_missing_prices_and_nothing_else():
    bars = made_bars(300)
    holed = with_holes(bars)
    missing = holed.close.isna()
    assert 0 < missing.sum() < 100
    assert holed[~missing].equals(bars[~missing].astype(holed.dtypes))
    assert holed.trades.equals(bars.trades)


def test_scaling_leaves_the_given_bars_as_they_were():
    bars = made_bars(10)
    before = bars.copy()
    assert np.allclose(scaled(bars, 2.0, 3.0).close, bars.close * 2)
    assert np.allclose(scaled(bars, 2.0, 3.0).volume, bars.volume * 3)
    assert bars.equals(before)


def test_none_are_made_of_none():
    assert len(made_bars(0, wild=True)) == 0


def test_bars_of_a_given_interval_open_at_round_times():
    like = made_bars(50, like=None).set_axis(
        pd.date_range("2026-03-06 21:10:07", periods=50, freq="1s", tz="UTC")
    )
    times = made_bars(60, like=like, every="30min").index
    assert times[0] == pd.Timestamp("2026-03-06 21:00", tz="UTC")
    assert set(times.minute) == {0, 30}
    assert made_bars(5, like=like).index[0] == like.index[0]


def test_further_times_of_day_are_there_every_day_and_open_a_bar_of_their_own():
    bars = made_bars(96, every="30min", times=[(9, 37), (12, 30)])
    times = bars.index
    assert times.is_monotonic_increasing
    assert times.is_unique
    assert sum((times.hour == 9) & (times.minute == 37)) == 2
    assert len(bars) == 98, "half past twelve was there already"
