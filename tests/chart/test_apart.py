import threading

import pytest

from livefin.chart.apart import SHARE, Apart
from livefin.errors import IndicatorError


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def test_a_slow_run_takes_no_more_than_its_share():
    clock = Clock()
    apart = Apart(lambda: setattr(clock, "now", clock.now + 2.0) or {}, clock=clock)
    apart.ask()
    apart.wait(30)
    assert apart.take() == ({}, None)
    assert apart.period == 2.0 / SHARE
    clock.now = apart.period - 0.1
    apart.ask()
    assert not apart.running
    clock.now = apart.period
    apart.ask()
    apart.wait(30)
    assert apart.take() == ({}, None)


def test_one_run_at_a_time():
    gate, runs = threading.Event(), []

    def work():
        runs.append(1)
        gate.wait(30)
        return {}

    apart = Apart(work)
    for _ in range(5):
        apart.ask()
    assert apart.running
    assert apart.take() is None
    gate.set()
    apart.wait(30)
    assert runs == [1]


def test_what_it_raises_is_handed_over_and_it_is_tried_again():
    clock = Clock()
    results = [ZeroDivisionError("once"), {"x": 1}]

    def work():
        result = results.pop(0)
        if isinstance(result, Exception):
            raise result
        return result

    apart = Apart(work, clock=clock)
    apart.ask()
    apart.wait(30)
    assert isinstance(apart.take()[1], ZeroDivisionError)
    apart.ask()
    apart.wait(30)
    assert apart.take() == ({"x": 1}, None)


def test_one_that_never_returns_is_ended_and_not_tried_again():
    def endless():
        while True:
            pass

    before = threading.active_count()
    apart = Apart(endless, limit=0.2)
    apart.ask()
    apart.wait(10)
    tails, error = apart.take()
    assert isinstance(error, IndicatorError)
    assert "has not returned after 0.2 s" in str(error)
    assert tails == {}
    apart.ask()
    assert not apart.running
    apart.join()
    assert threading.active_count() == before


@pytest.mark.parametrize("closed", [False, True])
def test_closed_it_is_run_no_more(closed):
    runs = []
    apart = Apart(lambda: runs.append(1) or {})
    if closed:
        apart.close()
    apart.ask()
    apart.wait(30)
    assert bool(runs) is not closed


def test_the_first_run_waits_for_the_one_in_progress_before_it():
    gate, runs = threading.Event(), []
    first = Apart(lambda: gate.wait(30) and {})
    first.ask()
    second = Apart(lambda: runs.append("second") or {}, after=first)
    third = Apart(lambda: runs.append("third") or {}, after=second)
    for apart in (second, third):
        apart.ask()
        assert not apart.running
    gate.set()
    first.wait(30)
    third.ask()
    third.wait(30)
    assert runs == ["third"]


def test_runs_that_gave_something_or_raised_are_counted():
    clock = Clock()
    results = [{"x": 1}, {}, ValueError("one"), ValueError("two")]

    def work():
        result = results.pop(0)
        if isinstance(result, Exception):
            raise result
        return result

    apart = Apart(work, clock=clock)
    for _ in range(4):
        apart.ask()
        apart.wait(30)
        apart.take()
    assert (apart.runs, apart.failed) == (3, 2)
    assert str(apart.error) == "two"
