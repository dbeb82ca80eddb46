"""Sessions one time after the other are those of a whole frame."""

import numpy as np
import pandas as pd
import pytest

from livefin.errors import IndicatorError
from livefin.indicators.bars.sessions import Sessions, numbered

ANCHORS = ["session", "all", "4h", "7min", "W", "MS", "QS", "YS", "2D", "2026-03-29 04:30"]


@pytest.mark.parametrize("anchor", ANCHORS)
@pytest.mark.parametrize("tz", ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu"])
def test_they_begin_where_the_frames_begin(anchor, tz):
    # Both changes of the clock in Berlin and one in New York lie within.
    for start in ("2026-03-27", "2026-10-23", "2026-10-30"):
        index = pd.date_range(start, periods=700, freq="13min", tz="UTC")
        whole = numbered(index, anchor, tz, "1D")
        sessions = Sessions(anchor, tz)
        one_by_one = np.array([sessions.of(time) for time in index.as_unit("ns").asi8.tolist()])
        np.testing.assert_array_equal(np.diff(one_by_one) != 0, np.diff(whole) != 0)
        np.testing.assert_array_equal(one_by_one < 0, whole < 0)


@pytest.mark.parametrize("wrong", [{"anchor": "noon"}, {"tz": "Mars"}, {"session": "-1h"}])
def test_what_is_no_session_is_refused(wrong):
    with pytest.raises(IndicatorError):
        Sessions(**wrong)


def test_an_hour_that_the_clocks_leave_out_is_no_anchor():
    with pytest.raises(IndicatorError, match="nonexistent"):
        Sessions("2026-03-29 02:30", "Europe/Berlin")
