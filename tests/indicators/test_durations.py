"""Lengths of time, and sessions in a zone's own days, held against pandas' periods."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livefin.errors import IndicatorError
from livefin.indicators.flow.durations import Sessions, duration_ns

YEAR = 366 * 86_400
zones = st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata"])
moments = st.lists(st.integers(1_750_000_000, 1_750_000_000 + YEAR), min_size=1, max_size=30)


@given(moments, zones)
def test_a_day_begins_at_midnight_of_its_zone(seconds, tz):
    sessions = Sessions("1D", tz)
    for second in seconds:
        time = pd.Timestamp(second, unit="s", tz="UTC")
        assert sessions.begin(time.value) == time.tz_convert(tz).normalize().value


@given(moments)
def test_a_week_begins_on_monday(seconds):
    sessions = Sessions("1W", "Europe/Berlin")
    for second in seconds:
        time = pd.Timestamp(second, unit="s", tz="UTC").tz_convert("Europe/Berlin")
        monday = pd.Timestamp(time.date()) - pd.Timedelta(days=time.weekday())
        assert sessions.begin(time.value) == monday.tz_localize("Europe/Berlin").value


def test_hours_go_on_evenly_through_a_change_of_the_clocks():
    sessions = Sessions("1h", "Europe/Berlin")
    night = pd.date_range("2025-10-25 22:00", periods=6, freq="1h", tz="UTC")
    assert [sessions.begin(t.value + 1) for t in night] == [t.value for t in night]


def test_hours_are_the_zones_own_where_it_is_half_an_hour_off():
    begin = Sessions("1h", "Asia/Kolkata").begin(pd.Timestamp("2026-01-01 00:10", tz="UTC").value)
    assert pd.Timestamp(begin, tz="UTC") == pd.Timestamp("2025-12-31 23:30", tz="UTC")


@pytest.mark.parametrize("wrong", ["", "10", "now", "0s", "1M", None, 5])
def test_what_is_no_length_of_time_is_refused(wrong):
    with pytest.raises(IndicatorError, match="length of time"):
        duration_ns(wrong)


def test_an_unknown_zone_is_refused():
    with pytest.raises(IndicatorError, match="time zone"):
        Sessions("1D", "Europe/Atlantis")
