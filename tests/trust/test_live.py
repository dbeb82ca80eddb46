"""What a live chart would show: repaint, warm-up, stream, odd input, cost."""

# ruff: noqa: PD011 - the values of a finding are no frame's

import numpy as np
import pandas as pd
import pytest

from livefin.indicators.custom.userdefined import indicator
from livefin.indicators.stepwise import Stepwise
from livefin.trust.budget import Budget
from livefin.trust.cost import cost
from livefin.trust.gaps import odd_input
from livefin.trust.lookahead import Case, look_ahead
from livefin.trust.made import made_bars
from livefin.trust.repainting import forming, repaint
from livefin.trust.streaming import streaming
from livefin.trust.subject import Subject
from livefin.trust.warmup import warm_up

BARS = made_bars(500)
TIME = Budget(1e9)  # from the import on: the suite may be long before it comes here
ALL = 1.0


def trial(thing, df=BARS):
    subject = Subject(indicator(thing))
    return subject, Case("given", df, subject(df))


class Smooth(Stepwise):
    """An exponential mean that declares its warm-up."""

    name, outputs, lookback = "Smooth", ("smooth",), 0

    def __init__(self, *, warm_up=250):
        self.warm_up = warm_up
        self.reset()

    def reset(self):
        self.at = None

    def update(self, row):
        if not np.isfinite(row.close):
            return (float("nan"),)
        self.at = row.close if self.at is None else self.at + (row.close - self.at) / 10
        return (self.at,)


def test_a_look_ahead_says_how_far_it_looks():
    subject, case = trial(lambda df: df.close.shift(-3))
    found, peeked = look_ahead(subject, [case], TIME, part=ALL)
    assert found.state == "failed"
    assert "it uses up to 3 bars after it" in found.text
    assert found.bar == BARS.index[peeked.found.row]
    assert np.isnan(found.values[0])
    assert found.values[1] == BARS.close.iloc[peeked.found.row + 3]


def test_what_depends_on_the_length_alone_is_told_from_what_depends_on_prices():
    subject, case = trial(lambda df: pd.Series(np.linspace(0, 1, len(df)), df.index))
    found, _ = look_ahead(subject, [case], TIME, part=ALL)
    assert "it depends on where the frame ends" in found.text


def test_the_same_bars_high_and_low_are_no_look_ahead():
    subject, case = trial(lambda df: (df.high + df.low) / 2)
    assert look_ahead(subject, [case], TIME, part=ALL)[0].state == "passed"


def test_without_values_or_time_nothing_is_said_to_have_passed():
    subject, case = trial(lambda df: df.close * np.nan)
    assert look_ahead(subject, [case], TIME, part=ALL)[0].state == "unknown"
    assert look_ahead(subject, [case], Budget(0), part=ALL)[0].state == "unknown"
    assert repaint(subject, case, None, Budget(0), part=ALL).state == "unknown"


def test_a_leak_of_the_forming_bar_is_a_repaint_with_both_values():
    subject, case = trial(
        lambda df: df.close if df.closed.iloc[-1] else df.open, BARS.assign(closed=True)
    )
    assert look_ahead(subject, [case], TIME, part=ALL)[0].state == "passed"
    found = repaint(subject, case, None, TIME, part=ALL)
    assert found.state == "failed"
    row = BARS.index.get_loc(found.bar)
    assert found.values == (BARS.close.iloc[row], BARS.open.iloc[row])


@pytest.mark.parametrize("move", ["opened", "up", "down"])
def test_a_forming_bar_moves_alone_and_holds_its_prices(move):
    bars = BARS.assign(closed=True)
    moved = forming(bars, 100, move)
    assert moved.iloc[:100].equals(bars.iloc[:100])
    last = moved.iloc[-1]
    assert last.low <= min(last.open, last.close) <= max(last.open, last.close) <= last.high
    assert not last.closed
    assert moved.index.equals(bars.index[:101])


def test_the_warm_up_of_a_window_is_exact_and_of_a_running_total_never_over():
    assert (
        warm_up(*trial(lambda df: df.close.rolling(30).max()), TIME, part=ALL, declared=False).short
        == "warm-up 29 bars"
    )
    found = warm_up(*trial(lambda df: df.volume.cumsum()), TIME, part=ALL, declared=False)
    assert (found.state, found.short) == ("noted", "warm-up never over")


def test_a_declared_warm_up_must_be_enough():
    assert warm_up(*trial(Smooth()), TIME, part=ALL, declared=True).state == "passed"
    found = warm_up(*trial(Smooth(warm_up=40)), TIME, part=ALL, declared=True)
    assert found.state == "failed"
    assert "says 40 bars" in found.text
    assert found.values[0] != found.values[1]


def test_a_declared_beginning_is_kept_unless_the_market_says_when():
    class Late(Smooth):
        def batch(self, df):
            return super().batch(df).where(np.arange(len(df))[:, None] >= 5)

    found = warm_up(*trial(Late()), TIME, part=ALL, declared=True)
    assert found.state == "failed"
    assert "begin after 0 bars, and they do after 5" in found.text
    assert warm_up(*trial(Late(warm_up=None)), TIME, part=ALL, declared=True).state == "noted"


def test_a_stream_that_equals_its_batch_passes():
    subject, case = trial(Smooth())
    found = streaming(subject, [case], TIME, part=ALL)
    assert found.state == "passed", found


def test_a_stream_that_drifts_from_its_batch_is_found_where_it_does():
    class Drifts(Smooth):
        def batch(self, df):
            return df.close.ewm(alpha=0.1, adjust=False).mean().shift(1).to_frame("smooth")

    subject, case = trial(Drifts())
    found = streaming(subject, [case], TIME, part=ALL)
    assert found.state == "failed"
    assert found.bar is not None


def test_a_peek_that_commits_is_found():
    class Commits(Smooth):
        def peek(self, row):
            return self.update(row)

    subject, case = trial(Commits())
    found = streaming(subject, [case], TIME, part=ALL)
    assert found.state == "failed"


def test_an_update_that_raises_is_told():
    class Raises(Smooth):
        def batch(self, df):
            return df[["close"]].set_axis(["smooth"], axis=1)

        def update(self, row):
            raise ZeroDivisionError("no")

    subject, case = trial(Raises())
    found = streaming(subject, [case], TIME, part=ALL)
    assert "raised ZeroDivisionError" in found.text


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (
            lambda df: df.close.rolling(20).mean(),
            "values are back 19 bars after a run of 5 missing prices",
        ),
        (
            lambda df: pd.Series(np.cumsum(df.close.to_numpy()), df.index),
            "never has a value again after a run of 5",
        ),
        (lambda df: df.close / df.close.iloc[1], "raised IndexError"),
        (lambda df: df.close / df.volume, "infinite on zero volume"),
        (
            lambda df: df.close.reindex(df.index + pd.Timedelta("1s")).set_axis(df.index),
            "raised ValueError: cannot reindex on an axis with duplicate labels on two bars",
        ),
    ],
)
def test_what_odd_input_does_is_said_and_fails_nothing(function, said):
    subject, case = trial(function)
    with np.errstate(all="ignore"):
        found = odd_input(subject, case, TIME, part=ALL)
    assert said in found.text
    assert found.state == "noted"


def test_the_cost_is_told_for_ten_thousand_bars_and_as_it_grows():
    subject, _ = trial(lambda df: df.close.diff())
    found = cost(subject, BARS, TIME)
    assert found.state == "noted"
    assert "recomputes 10,000 bars in" in found.text
    assert "10 times the bars take" in found.text
    assert {timing.rows for timing in subject.timings} >= {1_000, 10_000}
