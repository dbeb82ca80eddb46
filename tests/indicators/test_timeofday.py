"""The day's volume beside what is usual by then, held against its definition."""

import pandas as pd
import pytest
from oracle import furthest
from seeded import made

from livefin.errors import IndicatorError
from livefin.indicators.bars.timeofday import RelativeDailyVolume
from livefin.indicators.contract import BarRow

S = 10**9
HOUR = 3_600 * S


def hourly(begin, count, step=2):
    """Bars of some hours, from a time on; a few are missing."""
    start = pd.Timestamp(begin, tz="UTC").value
    for i, row in enumerate(made("bars", count)):
        if i % 11 != 5:
            yield row._replace(time=start + i * step * HOUR)


@pytest.mark.parametrize("days", [1, 3])
@pytest.mark.parametrize("tz", ["UTC", "America/New_York"])
def test_it_is_its_definition(days, tz):
    rows = list(hourly("2026-03-01", 100))
    assert furthest(RelativeDailyVolume(days, tz=tz), rows) < 1e-14


@pytest.mark.parametrize("begin", ["2026-03-27", "2026-10-23"])
def test_it_goes_on_while_the_clocks_are_changed(begin):
    rows = list(hourly(begin, 120, step=1))
    assert furthest(RelativeDailyVolume(2, tz="Europe/Berlin"), rows) < 1e-14


def test_a_bar_between_the_usual_times_has_what_was_there_before():
    volume = RelativeDailyVolume(1)
    for hour, size in ((9, 10.0), (11, 30.0), (33, 5.0)):
        volume.update(BarRow(hour * HOUR, 1.0, 1.0, 1.0, 1.0, size))
    assert volume.update(BarRow(34 * HOUR, 1.0, 1.0, 1.0, 1.0, 15.0)) == (2.0,)
    assert volume.update(BarRow(35 * HOUR, 1.0, 1.0, 1.0, 1.0, 20.0)) == (1.0,)


def test_twenty_peeks_into_a_day_change_nothing():
    peeked, quiet = RelativeDailyVolume(1), RelativeDailyVolume(1)
    for row in hourly("2026-03-01", 60):
        told = [peeked.peek(row._replace(volume=9.0)) for _ in range(19)]
        assert len(set(told)) <= 1 or told[0] != told[0]
        told = peeked.peek(row)
        values = peeked.update(row)
        assert str(values) == str(told) == str(quiet.update(row))


def test_a_copy_has_days_of_its_own():
    rows = list(hourly("2026-03-01", 40))
    volume, alone = RelativeDailyVolume(1), RelativeDailyVolume(1)
    for row in rows[:20]:
        volume.update(row)
        alone.update(row)
    other = volume.copy()
    for row in rows[20:]:
        other.update(row._replace(volume=1e9))
        assert str(volume.update(row)) == str(alone.update(row))


def test_a_zone_that_is_none_is_refused():
    with pytest.raises(IndicatorError):
        RelativeDailyVolume(tz="Mars/Olympus")
