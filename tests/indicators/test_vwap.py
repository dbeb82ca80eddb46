"""Held against the same sums in whole fractions, session by session."""

# ruff: noqa: RUF001 - the sign of the standard deviation is no letter o

from fractions import Fraction
from math import isfinite, nan, sqrt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from seeded import made

from livefin.errors import FrameError, IndicatorError
from livefin.indicators.bars.vwap import VWAP, vwap
from livefin.indicators.rows import rows as rows_of


def bars(prices, volumes, *, start="2026-03-01", freq="1h", tz="UTC"):
    index = pd.date_range(start, periods=len(prices), freq=freq, tz=tz)
    return pd.DataFrame({"vwap": prices, "volume": volumes}, index=index, dtype=float)


def oracle(prices, volumes, starts):
    """Mean and deviation after each bar, exact until the root; it begins anew at `starts`."""
    total = mean = square = Fraction(0)
    means, deviations = [], []
    for price, volume, begins in zip(prices, volumes, starts, strict=True):
        if begins:
            total = mean = square = Fraction(0)
        if isfinite(price) and isfinite(volume) and volume > 0:
            total += Fraction(volume)
            mean += Fraction(volume) * Fraction(price)
            square += Fraction(volume) * Fraction(price) ** 2
        if total:
            means.append(float(mean / total))
            deviations.append(sqrt(square / total - (mean / total) ** 2))
        else:
            means.append(nan)
            deviations.append(nan)
    return np.array(means), np.array(deviations)


rows = st.lists(
    st.tuples(
        st.one_of(st.floats(0.01, 1e6), st.just(nan)),
        st.one_of(st.floats(1e-6, 1e6), st.just(0.0), st.just(nan)),
    ),
    min_size=1,
    max_size=60,
)


@given(rows)
def test_it_is_the_exact_average_and_deviation_of_each_day(rows):
    prices, volumes = (list(column) for column in zip(*rows, strict=True))
    result = vwap(bars(prices, volumes), bands=[1])
    mean, deviation = oracle(prices, volumes, [i % 24 == 0 for i in range(len(rows))])
    np.testing.assert_allclose(result["vwap"], mean, rtol=1e-12)
    np.testing.assert_allclose((result["+1σ"] - result["-1σ"]) / 2, deviation, rtol=1e-9, atol=1e-9)


def test_a_tick_of_a_hundredth_is_seen_at_a_price_of_a_billion():
    rng = np.random.default_rng(3)
    prices = 1e9 + rng.integers(-5, 6, 20_000) / 100
    volumes = rng.lognormal(-1, 2, 20_000)
    result = vwap(bars(prices, volumes, freq="1s"), anchor="all", bands=[1])
    mean, deviation = oracle(prices.tolist(), volumes.tolist(), [True] + [False] * 19_999)
    assert np.abs(result["vwap"] - mean).max() <= 2.4e-7  # two steps of a float at 1e9
    # A band is a price itself, so that its distance cannot be known better than a float's step.
    assert np.abs(result["+1σ"] - mean - deviation).max() <= 5e-7


@pytest.mark.parametrize("offset", [0.0, 1e9, 1e12])
def test_equal_prices_have_no_deviation_however_high(offset):
    result = vwap(bars([offset + 0.25] * 1_000, np.linspace(1e-9, 1e9, 1_000)), bands=[1, 2])
    assert (result.to_numpy() == offset + 0.25).all()


def test_a_session_is_not_blurred_by_the_volume_of_those_before():
    prices = [100.0] * 24 + [7.01, 7.03]
    volumes = [1e15] * 24 + [1e-6, 1e-6]
    result = vwap(bars(prices, volumes), bands=[1])
    assert result["vwap"].iloc[-1] == pytest.approx(7.02, rel=1e-14)
    assert result["+1σ"].iloc[-1] - 7.02 == pytest.approx(0.01, rel=1e-9)


def test_there_is_none_before_the_first_volume_and_what_is_missing_adds_nothing():
    result = vwap(bars([5, nan, 10, nan, 99, 12, 50], [0, 3, 1, 1, nan, 1, -4]), bands=[])
    assert list(result) == ["vwap"]
    np.testing.assert_array_equal(result["vwap"], [nan, nan, 10, 10, 10, 11, 11])


def test_without_its_own_average_a_bar_counts_at_its_typical_price():
    df = bars([nan, 20], [1, 1]).assign(high=[12.0, 0], low=[9.0, 0], close=[9.0, 0])
    assert vwap(df, bands=[])["vwap"].tolist() == [10.0, 15.0]
    assert vwap(df.drop(columns="vwap"), bands=[])["vwap"].tolist() == [10.0, 5.0]


@pytest.mark.parametrize(
    ("options", "begins"),
    [
        ({}, [0, 24]),
        ({"tz": "America/New_York"}, [0, 5, 29]),
        ({"session": "8h"}, range(0, 48, 8)),
        ({"anchor": "4h"}, range(0, 48, 4)),
        ({"anchor": "all"}, [0]),
        ({"anchor": "W"}, [0, 24]),  # 1 March 2026 is a Sunday
        ({"anchor": "MS", "tz": "America/New_York"}, [0, 5]),
        ({"anchor": "2026-03-01 10:30"}, [11]),
        ({"anchor": "2026-03-01 10:30", "tz": "Asia/Kolkata"}, [5]),
        ({"anchor": pd.Timestamp("2026-03-01T12:00+02:00")}, [10]),
    ],
)
def test_where_it_begins_anew(options, begins):
    begins = list(begins)
    prices = np.arange(48.0) + 1
    expected, _ = oracle(prices, np.ones(48), [i in begins for i in range(48)])
    expected[: begins[0]] = nan
    for df in (bars(prices, np.ones(48)), bars(prices, np.ones(48), tz=None)):
        np.testing.assert_allclose(vwap(df, bands=[], **options)["vwap"], expected)


def test_days_and_hours_hold_when_the_clocks_change():
    prices = np.arange(48.0)
    # New York's clocks go back at 06:00 UTC; its days begin at 04:00 and then at 05:00.
    df = bars(prices, np.ones(48), start="2026-11-01")
    days = vwap(df, tz="America/New_York", bands=[])["vwap"].to_numpy()
    assert np.flatnonzero(days == prices).tolist() == [0, 4, 29]
    hours = vwap(df, anchor="1h", tz="America/New_York", bands=[])["vwap"]
    assert hours.tolist() == prices.tolist()


def test_no_bars_give_no_lines_of_the_right_names():
    for anchor in ("session", "W", "all", "2026-01-01"):
        result = vwap(bars([], []), anchor=anchor, bands=[1, 2.5])
        assert list(result) == ["vwap", "+1σ", "-1σ", "+2.5σ", "-2.5σ"]
        assert len(result) == 0


def test_the_frame_given_stays_as_it_was():
    df = bars([1, nan, 3], [1, 1, nan])
    before = df.copy()
    vwap(df)
    pd.testing.assert_frame_equal(df, before)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"anchor": "noon"}, "anchor must be"),
        ({"anchor": "B"}, "no length"),
        ({"anchor": "-4h"}, "longer"),
        ({"session": "3W"}, "no length"),
        ({"session": "often"}, "no length"),
        ({"tz": "Mars/Olympus"}, "time zone"),
        ({"bands": [0]}, "bands"),
        ({"bands": [nan]}, "bands"),
    ],
)
def test_what_makes_no_sense_is_refused_by_both(options, said):
    with pytest.raises(FrameError, match=said):
        vwap(bars([1], [1]), **options)
    with pytest.raises(IndicatorError, match=said):
        VWAP(**options)


def test_a_frame_without_prices_times_or_volume_is_refused():
    df = bars([1], [1])
    with pytest.raises(FrameError, match="volume"):
        vwap(df.drop(columns="volume"))
    with pytest.raises(FrameError, match="high, low and close"):
        vwap(df.drop(columns="vwap").assign(high=1.0))
    with pytest.raises(FrameError, match="RangeIndex"):
        vwap(df.reset_index(drop=True))


ANCHORS = ["session", "all", "4h", "W", "2026-03-29 12:00"]


@pytest.mark.parametrize("anchor", ANCHORS)
@pytest.mark.parametrize("tz", ["UTC", "Europe/Berlin"])
def test_bar_by_bar_it_is_that_of_the_frame(anchor, tz):
    rng = np.random.default_rng(1)
    index = pd.date_range("2026-03-28 20:00", periods=400, freq="13min", tz="UTC")
    close = 100 * np.exp(np.cumsum(rng.normal(0, 0.002, 400)))
    df = pd.DataFrame({"open": close, "high": close + 1, "low": close - 1, "close": close}, index)
    df["volume"] = np.where(rng.random(400) < 0.2, 0.0, rng.lognormal(size=400))
    df["vwap"] = np.where(rng.random(400) < 0.5, np.nan, close + 0.1)
    whole = vwap(df, anchor=anchor, tz=tz, bands=[1, 2.5])
    average, begun = (VWAP(anchor, tz=tz, bands=[1, 2.5]) for _ in range(2))
    values = [average.update(row) for row in rows_of(df)]
    np.testing.assert_allclose(values, whole, rtol=1e-12)
    pd.testing.assert_frame_equal(begun.begin(df.iloc[:250]), whole.iloc[:250])
    others = [begun.update(row) for row in rows_of(df.iloc[250:])]
    np.testing.assert_allclose(others, whole.iloc[250:], rtol=1e-12)
    assert average.outputs == tuple(whole)


def test_with_no_anchor_it_is_exact_for_ever():
    average, paid, volume = VWAP("all", bands=()), Fraction(0), Fraction(0)
    for row in made("bars", 30_000, bad=10_000):
        (value,) = average.update(row)
        price = row.vwap if isfinite(row.vwap) else row.high / 3 + row.low / 3 + row.close / 3
        paid += Fraction(price) * Fraction(row.volume)
        volume += Fraction(row.volume)
    assert abs(Fraction(value) - paid / volume) < Fraction(value) / 10**14


@pytest.mark.parametrize(
    "wrong", [{"anchor": "noon"}, {"tz": "Mars"}, {"bands": [0]}, {"bands": 3}, {"session": "x"}]
)
def test_what_makes_no_average_is_refused_when_it_is_made(wrong):
    with pytest.raises(IndicatorError):
        VWAP(**wrong)


def test_a_frame_without_its_columns_is_refused():
    df = bars([1.0], [1.0]).drop(columns="volume")
    with pytest.raises(IndicatorError, match="volume"):
        VWAP().batch(df)
