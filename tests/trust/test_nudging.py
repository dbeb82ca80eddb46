"""Bars changed a little, many at once: where a cut is asked for."""

import numpy as np
import pandas as pd
import pytest

from livefin.indicators.custom.userdefined import indicator
from livefin.trust.budget import Budget
from livefin.trust.lookahead import Case, look_ahead
from livefin.trust.made import made_bars
from livefin.trust.nudging import LEAST, nudged, suspects
from livefin.trust.subject import Subject

BARS = made_bars(1_200)
RARE = 701
"""The one bar at which the functions below know the next."""


def mean(df):
    return df.close.rolling(5).mean()


def exponential(df):
    return df.close.ewm(span=30).mean()


def total(df):
    return df.volume.cumsum()


def peeking(function):
    def peeks(df):
        values = function(df)
        return values.where(np.arange(len(df)) != RARE, df.close.shift(-1))

    return peeks


def asked(function, df=BARS):
    subject = Subject(indicator(function))
    return list(suspects(subject, df, subject(df)))


@pytest.mark.parametrize("function", [mean, exponential, total])
def test_the_one_bar_that_knows_the_next_is_among_the_first_asked_for(function):
    rows = [row for row in asked(peeking(function)) if row is not None]
    assert RARE in rows[:6]


@pytest.mark.parametrize("function", [mean, exponential, total])
def test_an_honest_function_is_cut_hardly_anywhere(function):
    rows = asked(function)
    assert len(rows) >= LEAST
    assert sum(row is not None for row in rows) <= 2


def test_what_is_0_as_a_rule_breaks_nothing():
    def run_of_nine(df):
        return 9.0 * (df.close > df.close.shift(4)).rolling(9).sum().eq(9)

    assert len(asked(run_of_nine)) >= LEAST


def test_a_look_at_the_next_bar_at_one_time_of_day_is_found_and_named():
    def at_noon(df):
        noon = (df.index.hour == 12) & (df.index.minute == 0)
        return df.close.ewm(span=9).mean().where(~noon, df.close.shift(-1))

    df = made_bars(1_440, every="1min", seed=4)
    subject = Subject(indicator(at_noon))
    case = Case("given", df, subject(df))
    found, peeked = look_ahead(subject, [case], Budget(600), part=1.0)
    assert found.state == "failed"
    assert (peeked.bar.hour, peeked.bar.minute) == (12, 0)
    assert subject.runs < 120  # of the 1,439 cuts there are


def test_frames_too_short_without_prices_or_that_raise_ask_for_nothing():
    assert asked(mean, BARS.iloc[:LEAST]) == []
    assert asked(lambda df: df.x, pd.DataFrame({"x": np.arange(90.0)}, BARS.index[:90])) == []

    def choosy(df):
        if not df.close.equals(BARS.close):
            raise ValueError("other bars")
        return df.close

    assert set(asked(choosy)) == {None}


def test_only_the_bars_that_are_nudged_change_and_little():
    rows = np.array([3, 50])
    other = nudged(BARS, rows, 1e-3, np.random.default_rng(1))
    same = np.ones(len(BARS), dtype=bool)
    same[rows] = False
    assert other[same].equals(BARS[same])
    share = other.close.iloc[rows] / BARS.close.iloc[rows] - 1
    assert np.allclose(np.abs(share), 1e-3)
