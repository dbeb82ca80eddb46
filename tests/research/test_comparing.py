"""Two versions of an indicator: where, how often and by how much they differ."""

import numpy as np
import pandas as pd
import pytest

from livefin.indicators import ta
from livefin.indicators.custom.userdefined import indicator
from livefin.research.comparing import compare


@pytest.fixture
def df():
    times = pd.date_range("2026-03-01", periods=100, freq="1min", tz="UTC")
    close = np.random.default_rng(4).uniform(90, 110, 100)
    return pd.DataFrame({"close": close}, times)


def test_two_of_one_kind_do_not_differ(df):
    found = compare(ta.MACD(), ta.MACD(), df)
    assert found.same
    assert found.df["differ"].tolist() == [0.0] * 3
    assert found.df["first"].isna().all()


def test_rounding_is_no_difference(df):
    def one(df):
        return df.close * 3 / 7

    def other(df):
        return df.close / 7 * 3

    assert (one(df) != other(df)).any()
    assert compare(indicator(one, name="x"), indicator(other, name="x"), df).same


def test_the_bar_with_the_largest_difference_is_named(df):
    def old(df):
        return df.close

    def new(df):
        changed = df.close.copy()
        changed.iloc[[20, 50]] += [1.0, -5.0]
        changed.iloc[70] = np.nan
        return changed

    row = compare(indicator(old), indicator(new), df).df.loc["new"]
    assert row["differ"] == 3 / 100
    assert row["first"] == df.index[20]
    assert (row["largest"], row["at"]) == (pytest.approx(5.0), df.index[50])
    assert (row["old"], row["new"]) == (df.close.iloc[50], df.close.iloc[50] - 5.0)
    both = new(df).notna()
    assert row["correlation"] == pytest.approx(df.close[both].corr(new(df)[both]))


def test_lines_that_came_or_went_are_said(df):
    def old(df):
        return {"a": df.close, "b": df.close}

    def new(df):
        return {"a": df.close, "c": df.close}

    found = compare(indicator(old), indicator(new), df)
    assert found.df.index.tolist() == ["a"]
    assert found.notes == ["no longer there: b", "new: c"]
    assert not found.same


def test_a_version_that_gives_nothing_differs_everywhere(df):
    def old(df):
        return df.close

    def new(df):
        return df.close * np.nan

    row = compare(indicator(old), indicator(new), df).df.loc["new"]
    assert row["differ"] == 1.0
    assert row[["largest", "at", "old", "new"]].isna().all()
