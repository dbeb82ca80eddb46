"""Information coefficients against pandas, and their t against dice."""

import numpy as np
import pandas as pd
import pytest

from livefin.errors import IndicatorError
from livefin.research.information import ic


@pytest.fixture
def close():
    rng = np.random.default_rng(3)
    times = pd.date_range("2026-03-01", periods=2_000, freq="1min", tz="UTC")
    return pd.Series(100 * np.exp(np.cumsum(rng.normal(0, 0.001, 2_000))), times)


@pytest.mark.parametrize("horizon", [1, 13])
def test_the_coefficients_are_those_of_pandas_over_bars_that_have_both(close, horizon):
    line = close.diff(9).round(1)  # with many ties, and no value at first
    close.iloc[500:510] = np.nan
    ahead = np.log(close.shift(-horizon) / close)
    both = line.notna() & ahead.notna()
    row = ic(line, close, [horizon]).df.loc[horizon]
    assert row["count"] == both.sum()
    assert row["pearson"] == pytest.approx(line[both].corr(ahead[both]))
    assert row["spearman"] == pytest.approx(line[both].rank().corr(ahead[both].rank()))


def test_a_line_that_knows_the_next_bar_decays_with_the_horizon(close):
    knows = np.log(close.shift(-1) / close)
    found = ic(knows, close, [1, 5, 20]).df
    assert found.loc[1, "spearman"] == pytest.approx(1.0)
    assert found["spearman"].is_monotonic_decreasing
    assert found.loc[5, "t"] > 5


def test_dice_have_no_large_t_even_where_returns_overlap():
    found = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        close = np.exp(np.cumsum(rng.normal(0, 0.001, 2_000)))
        slow = pd.Series(rng.normal(size=2_000)).rolling(20).mean()
        found.append(ic(slow, close, 20).df.loc[20, "t"])
    assert 0.7 < np.std(found) < 1.6


@pytest.mark.parametrize("line", [[1.0] * 30, [np.nan] * 30])
def test_a_constant_or_empty_line_has_no_coefficient(line):
    close = np.linspace(100, 101, 30)
    assert ic(line, close, 1).df[["spearman", "pearson", "t"]].isna().all(axis=None)


def test_the_card_names_the_line(close):
    found = ic(close.rename("a<b"), close)
    assert "a<b" in str(found)
    assert "a&lt;b" in found._repr_html_()


def test_what_has_no_coefficient_is_said(close):
    with pytest.raises(IndicatorError):
        ic(close, close, kind="other")
