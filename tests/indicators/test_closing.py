"""Values at bars, held against the rule said in plain words; in pieces as in one go."""

from itertools import accumulate, pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livefin.errors import IndicatorError
from livefin.indicators.live.closing import Closings, at_bars

S = 10**9
steps = st.lists(st.sampled_from([0, 1, S // 2, S - 1, S, 3 * S, -2 * S]), max_size=40)
openings = st.lists(st.integers(0, 40), unique=True, max_size=20).map(sorted)


def frame(times, values):
    return pd.DataFrame({"v": values, "w": [-v for v in values]}, pd.DatetimeIndex(times, tz="UTC"))


def by_hand(times, values, openings, interval):
    """The last row, in the order of arrival, such that it and all before came before the end."""
    found = []
    for opening in openings:
        value = np.nan
        for time, now in zip(times, values, strict=True):
            if time >= opening + interval:
                break
            value = now
        found.append(value)
    return found


@given(steps, openings, st.sampled_from(["1s", "2s"]))
def test_a_bar_has_what_stood_at_its_end_and_nothing_later(gaps, seconds, interval):
    times = list(accumulate(gaps, initial=20 * S))[1:]
    values = [float(i) for i in range(len(times))]
    length = int(interval[0]) * S
    starts = [second * length for second in seconds]
    bars = pd.DataFrame(index=pd.DatetimeIndex(starts, tz="UTC"))
    found = at_bars(frame(times, values), bars, interval)
    true = by_hand(times, values, starts, length)
    np.testing.assert_array_equal(found["v"], true)
    np.testing.assert_array_equal(found["w"], np.negative(true))
    assert found.index.equals(bars.index)


@given(steps, openings, st.lists(st.integers(0, 40), max_size=6))
def test_pieces_of_a_stream_give_the_same(gaps, seconds, cuts):
    times = list(accumulate(gaps, initial=20 * S))[1:]
    values = np.arange(2.0 * len(times)).reshape(-1, 2)
    closings = Closings(2, S)
    starts = np.array(seconds, dtype=np.int64) * S
    edges = sorted({0, len(times), *(cut for cut in cuts if cut < len(times))})
    for begin, end in pairwise(edges):
        before = closings.at(starts)
        since = closings.put(np.array(times[begin:end], dtype=np.int64), values[begin:end])
        after = closings.at(starts)
        np.testing.assert_array_equal(before[:, starts < since], after[:, starts < since])
        np.testing.assert_array_equal(
            after[0], by_hand(times[:end], values[:end, 0], starts.tolist(), S)
        )


@given(steps, openings, st.integers(0, 40))
def test_what_comes_later_changes_no_bar_that_is_over(gaps, seconds, cut):
    times = list(accumulate(gaps, initial=20 * S))[1:]
    values = [float(i) for i in range(len(times))]
    bars = pd.DataFrame(index=pd.DatetimeIndex([second * S for second in seconds], tz="UTC"))
    cut = min(cut, len(times))
    early = at_bars(frame(times[:cut], values[:cut]), bars, "1s")
    late = at_bars(frame(times, values), bars, "1s")
    over = bars.index + pd.Timedelta("1s") <= pd.Timestamp(max(times[:cut], default=0), tz="UTC")
    pd.testing.assert_frame_equal(early[over], late[over])


def test_only_so_many_intervals_are_held():
    closings = Closings(1, S, most=3)
    for second in range(5_000):
        closings.put(np.array([second * S]), np.array([[float(second)]]))
    found = closings.at(np.array([4_995, 4_996, 4_997, 4_999]) * S)
    np.testing.assert_array_equal(found, [[np.nan, np.nan, 4_997, 4_999]])
    assert len(closings._starts) < 2_100


def test_no_rows_change_nothing():
    assert Closings(1, S).put(np.empty(0, dtype=np.int64), np.empty((0, 1))) is None
    empty = frame([], [])
    assert at_bars(empty, empty, "1s").empty


def test_rows_without_times_and_no_interval_are_refused():
    values = frame([0], [1.0])
    with pytest.raises(IndicatorError, match="indexed by time"):
        at_bars(values.reset_index(drop=True), values, "1s")
    with pytest.raises(IndicatorError, match="length of time"):
        at_bars(values, values, "now")
    with pytest.raises(IndicatorError, match="at least one"):
        Closings(1, S, most=0)
