"""Rate and lag over a sliding window, with clocks that jump."""

import pytest

from livefin.meter import Meter, S


def test_nothing_has_come():
    meter = Meter()
    assert (meter.rate(5 * S), meter.lag(5 * S), meter.total) == (0.0, None, 0)


def test_the_rate_counts_whole_seconds_before_now():
    meter = Meter(window=2)
    for tenth in range(40):
        meter.note(3, tenth * S // 10, lag=None)
    assert meter.rate(4 * S) == 30.0
    assert meter.rate(3 * S + S // 2) == 30.0  # the second that is still running is left out
    assert meter.rate(5 * S) == 15.0
    assert meter.rate(9 * S) == 0.0
    assert meter.total == 120


def test_the_rate_of_a_feed_just_begun_is_not_diluted():
    meter = Meter(window=5)
    meter.note(40, 10 * S, lag=None)
    meter.note(60, 11 * S, lag=None)
    assert meter.rate(12 * S) == 50.0


def test_a_pause_counts_as_seconds_without_events():
    meter = Meter(window=4)
    meter.note(80, 0, lag=None)
    meter.note(80, 9 * S, lag=None)
    assert meter.rate(10 * S) == 20.0


def test_a_slow_local_clock_reads_as_skew_and_not_as_negative_lag():
    meter = Meter(window=2)
    for n, lag in enumerate((-1_270_000_000, -1_250_000_000, 90 * S)):
        meter.note(1, n, lag)
    assert meter.skew(S) == pytest.approx(-1.27)
    assert meter.lag(S) == pytest.approx(0.02)
    assert meter.lag(4 * S) is None


def test_a_clock_set_back_leaves_no_negative_rate_and_recovers():
    meter = Meter(window=2)
    meter.note(10, 100 * S, lag=0)
    for second in range(50, 54):
        meter.note(10, second * S, lag=0)
        assert meter.rate(second * S) >= 0
    assert meter.rate(54 * S) == 10.0


def test_memory_is_bounded():
    meter = Meter(window=3)
    for second in range(5_000):
        meter.note(1, second * S, lag=second)
    assert len(meter._seconds) == 4
    assert len(meter._lags) == 256
