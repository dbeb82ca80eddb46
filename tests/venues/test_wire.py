"""What the venues' wire types are made of: times to the last digit, and safe decoding."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livefin.errors import MessageError
from livefin.venues.wire import S, iso_ns, iso_text

MOMENTS = st.integers(0, 2**63 - 1)


@given(MOMENTS)
def test_a_time_comes_back_to_the_nanosecond(ns):
    assert iso_ns(iso_text(ns)) == ns


@given(MOMENTS, st.integers(1, 9))
def test_fewer_digits_cut_and_do_not_round(ns, digits):
    unit = 10 ** (9 - digits)
    assert iso_ns(iso_text(ns, digits)) == ns // unit * unit


@given(st.datetimes(datetime(1971, 1, 1), datetime(2200, 1, 1)), st.integers(-1439, 1439))  # noqa: DTZ001
def test_any_zone_is_the_same_moment(moment, minutes):
    there = moment.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    elapsed = there - datetime(1970, 1, 1, tzinfo=UTC)
    ns = (elapsed.days * 86_400 + elapsed.seconds) * S + elapsed.microseconds * 1_000
    assert iso_ns(there.isoformat()) == ns
    assert iso_ns(there.isoformat(sep=" ")) == ns


@pytest.mark.parametrize(
    ("text", "ns"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01T00:00:00.000000001Z", 1),
        ("1970-01-01T00:00:00.5", S // 2),
        ("1970-01-01T00:00:00,5Z", S // 2),
        ("1970-01-01T00:00:00.1234567891234Z", 123_456_789),
        ("1970-01-01T00:00:60Z", 59 * S),
        ("1969-12-31T23:30:00-0100", 1_800 * S),
        ("2262-04-11T23:47:16.854775807Z", 2**63 - 1),
    ],
)
def test_the_forms_that_venues_send(text, ns):
    assert iso_ns(text) == ns


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Z",
        "2024-03-12",
        "2024-03-12T10:27",
        "2024-03-12T10:27:48.Z",
        "2024-03-12T10:27:48.1²Z",
        "2024-03-12T10:27:48.12 Z",
        "2024-03-12T10:27:48Z\n",
        "2024-03-12T10:27:48.123x",
        "2024-13-12T10:27:48Z",
        "2024-02-30T10:27:48Z",
        "2024-03-12T24:27:48Z",
        "٢٠٢٤-03-12T10:27:48Z",
        "1969-12-31T23:59:59.9Z",
        "2262-04-11T23:47:16.854775808Z",
        "9999-12-31T23:59:59.9Z",
        "x" * 100_000,
    ],
    ids=lambda text: repr(text[:30]),
)
def test_what_is_no_time_is_a_message_error(text):
    with pytest.raises(MessageError) as caught:
        iso_ns(text)
    assert len(str(caught.value)) < 200
