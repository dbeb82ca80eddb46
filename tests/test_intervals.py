"""Intervals as people spell them, and what is refused."""

import pandas as pd
import pytest

from livefin.errors import FrameError
from livefin.intervals import interval_ns

S = 1_000_000_000


@pytest.mark.parametrize(
    ("spelled", "seconds"),
    [("1s", 1), ("5s", 5), ("15s", 15), ("1min", 60), ("1m", 60), ("5min", 300), ("1h", 3_600),
     ("1H", 3_600), ("1d", 86_400), ("1D", 86_400), ("1w", 604_800), (" 2 min ", 120),
     ("1h30min", 5_400), (pd.Timedelta("1s"), 1)],
)  # fmt: skip
def test_intervals_as_people_spell_them(spelled, seconds):
    assert interval_ns(spelled) == seconds * S


@pytest.mark.parametrize(
    "spelled", ["", "s", "5", 5, None, "0s", "-1s", "often", "NaT", "1M", "1y", "3 months", "1x"]
)
def test_what_is_no_interval_is_refused(spelled):
    with pytest.raises(FrameError, match="months and years" if spelled == "1M" else None):
        interval_ns(spelled)
