"""The volume profile, held against whole fractions in rows that are worked out exactly."""

from math import isnan

import pytest
from oracle import furthest
from seeded import made

from livefin.errors import IndicatorError
from livefin.indicators.bars.profile import TimeProfile, VolumeProfile
from livefin.indicators.contract import BarRow

ROWS = list(made("bars", 60, bad=30))


@pytest.mark.parametrize("n", [1, 7, 25])
@pytest.mark.parametrize(("bps", "share"), [(10.0, 0.7), (50.0, 0.0), (1.0, 1.0)])
def test_over_a_window_it_is_its_definition(n, bps, share):
    assert furthest(VolumeProfile(n, bps=bps, share=share), ROWS) < 1e-13


def test_over_a_session_it_is_its_definition():
    rows = [row._replace(time=row.time * 40) for row in ROWS]  # 36 bars a day
    profile = VolumeProfile(over="session", tz="America/New_York")
    assert furthest(profile, rows) < 1e-13


def test_what_has_left_leaves_no_trace_at_all():
    hit, clean = VolumeProfile(5), VolumeProfile(5)
    for i, row in enumerate(ROWS):
        huge = row._replace(volume=1e300) if i == 20 else row
        values, others = hit.update(huge), clean.update(row)
    assert values == others


def test_the_control_lies_in_its_row_and_in_the_area():
    profile = VolumeProfile(10, bps=20.0)
    for row in ROWS[9:29]:
        poc, high, low = profile.update(row)
        if not isnan(poc):
            assert low < poc < high


def test_a_window_without_volume_has_none():
    profile = VolumeProfile(2)
    values = [profile.update(BarRow(i, 1.0, 1.0, 1.0, 1.0, 0.0))[0] for i in range(4)]
    assert all(map(isnan, values))


@pytest.mark.parametrize("wrong", [{"bps": 0.0}, {"share": 1.5}, {"tz": "Mars"}, {"session": "x"}])
def test_what_is_no_profile_is_refused(wrong):
    with pytest.raises(IndicatorError):
        VolumeProfile(**wrong)


@pytest.mark.parametrize("n", [1, 25])
def test_a_profile_of_time_counts_each_bar_once(n):
    assert furthest(TimeProfile(n, bps=50.0), ROWS) < 1e-13


def test_a_profile_of_time_needs_no_volume():
    profile, bare = TimeProfile(5), TimeProfile(5)
    for row in ROWS:
        assert str(profile.update(row)) == str(bare.update(row._replace(volume=float("nan"))))
