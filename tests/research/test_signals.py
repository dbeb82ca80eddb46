"""Signals: against the definition row by row, and no look-ahead on any prefix."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livefin.chart.markers import Markers
from livefin.errors import IndicatorError
from livefin.research import signals
from livefin.research.stepping import Crossing, OncePer, StateMachine

LINES = st.lists(st.sampled_from([math.nan, math.inf, 0.0, 1.0, 2.0, 3.0]), min_size=1, max_size=40)
FLAGS = st.lists(st.tuples(*[st.booleans()] * 4), min_size=1, max_size=40)


@pytest.mark.parametrize(
    ("way", "function"),
    [
        ("above", signals.crosses_above),
        ("below", signals.crosses_below),
        ("both", signals.crosses),
    ],
)
@given(line=LINES)
def test_a_crossing_is_the_same_in_batch_and_bar_by_bar(way, function, line):
    level = [1.0, 2.0] * len(line)
    step = Crossing(way)
    expected = [step.update(a, b) for a, b in zip(line, level, strict=False)]
    assert function(line, level[: len(line)]).tolist() == expected


@given(flags=FLAGS)
def test_positions_are_the_same_in_batch_and_bar_by_bar(flags):
    enter, leave, short, cover = zip(*flags, strict=True)
    machine = StateMachine()
    expected = [machine.update(a, b, enter_short=c, exit_short=d) for a, b, c, d in flags]
    found = signals.state_machine(
        list(enter), list(leave), enter_short=list(short), exit_short=list(cover)
    )
    assert found.tolist() == expected
    assert found.dtype == np.int8


@given(found=st.lists(st.booleans(), min_size=1, max_size=60), bars=st.integers(1, 9))
def test_a_rest_is_the_same_in_batch_and_bar_by_bar_and_is_kept(found, bars):
    rest = OncePer(bars)
    kept = signals.once_per(found, bars)
    assert kept.tolist() == [rest.update(one) for one in found]
    assert all(np.diff(np.flatnonzero(kept)) >= bars)
    assert kept.any() == any(found)


@given(line=LINES, cut=st.integers(1, 40))
def test_no_signal_changes_when_later_bars_come(line, cut):
    def all_of(x):
        up, down = signals.crosses_above(x, 1), signals.crosses_below(x, 2)
        return [up, down, signals.enters(x, 1, 2), signals.state_machine(up, down)]

    for whole, part in zip(all_of(line), all_of(line[:cut]), strict=True):
        assert whole.tolist()[:cut] == part.tolist()


@given(line=LINES)
def test_what_is_not_known_never_signals(line):
    unknown = ~np.isfinite(line)
    for found in (
        signals.crosses_above(line, 1),
        signals.crosses_below(line, 1),
        signals.crosses(line, 1),
        signals.above(line, 1),
        signals.below(line, 1),
        signals.enters(line, 1, 2),
    ):
        assert not found.to_numpy()[unknown].any()


def test_a_line_that_crosses_while_it_is_away_has_crossed_when_it_is_back():
    line = [1.0, math.nan, math.nan, 3.0]
    assert signals.crosses_above(line, 2).tolist() == [False, False, False, True]
    assert not signals.crosses_above([math.nan, 3.0], 2).any()


def test_signals_are_named_after_what_they_were_made_of():
    times = pd.date_range("2026-03-01", periods=2, freq="1min", tz="UTC")
    fast, slow = (pd.Series([1.0, 2.0], times, name=name) for name in ("fast", "slow"))
    assert signals.crosses_above(fast, slow).name == "fast crosses above slow"
    assert signals.enters(fast, 1, 2.5).name == "fast enters 1 to 2.5"
    assert signals.above(fast.to_frame(), 70).name == "fast above 70"
    assert signals.crosses_above(fast, slow).index.equals(times)


def test_a_series_of_other_times_is_looked_up_at_the_first_ones_times():
    times = pd.date_range("2026-03-01", periods=4, freq="1min", tz="UTC")
    line = pd.Series([1.0, 1.0, 3.0, 3.0], times)
    level = pd.Series(2.0, times[[0, 3]])
    assert signals.crosses_above(line, level).tolist() == [False, False, False, True]


def test_conditions_with_missing_values_are_false_there():
    enter = pd.Series([None, True, None], dtype="boolean")
    leave = np.array([1.0, math.nan, 0.0])
    assert signals.state_machine(enter, leave).tolist() == [0, 1, 1]


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: signals.crosses_above(1, 2),
        lambda: signals.crosses_above([1, 2], [1, 2, 3]),
        lambda: signals.crosses_above(pd.DataFrame({"a": [1], "b": [2]}), 1),
        lambda: signals.crosses_above(["a", "b"], 1),
        lambda: signals.crosses_above(np.ones((2, 2)), 1),
        lambda: signals.crosses_above(pd.Series([1, 2]), pd.Series([1, 2, 3], [0, 0, 1])),
        lambda: signals.once_per([True], 0),
        lambda: signals.marks([True], side="long"),
        lambda: Crossing("up"),
    ],
)
def test_what_makes_no_signal_is_said(wrong):
    with pytest.raises(IndicatorError):
        wrong()


def test_marks_go_to_a_chart_as_they_are():
    times = pd.date_range("2026-03-01", periods=4, freq="1min", tz="UTC")
    markers = Markers()
    markers.extend(signals.marks(pd.Series([False, True, False, True], times), side="buy"))
    markers.extend(signals.marks(pd.Series([1, 1, 0, -1], times, name="position"), text=""))
    shown = markers.df
    assert shown["side"].tolist() == ["buy", "buy", "buy", "sell", "sell"]
    assert shown.index.equals(times[[1, 3, 0, 2, 3]])
    assert shown["price"].isna().all()
    assert shown["text"].tolist() == ["values", "values", "", "", ""]
