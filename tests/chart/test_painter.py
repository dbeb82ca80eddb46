import sys
import threading
import time

import pytest

from livefin.chart.painter import SWITCH_INTERVAL, Painter, switch_interval
from livefin.errors import ChartError


class Job:
    def __init__(self, period=0.005, work=None):
        self.period, self.work, self.times = period, work, []

    def paint(self):
        self.times.append(time.monotonic())
        return self.work is None or self.work(len(self.times)) is not False


@pytest.fixture
def painter():
    painter = Painter()
    yield painter
    painter.close()
    assert not painter.running


def wait(until, timeout=30.0):
    end = time.monotonic() + timeout
    while not until():
        assert time.monotonic() < end
        time.sleep(0.002)


def test_paints_until_told_that_it_was_the_last(painter):
    job = Job(work=lambda n: n < 3)
    painter.add(job)
    painter.join()
    assert len(job.times) == 3
    assert job not in painter
    assert not painter.running


def test_one_thread_however_many(painter):
    jobs = [Job() for _ in range(5)]
    for job in jobs:
        painter.add(job)
        painter.add(job)
    wait(lambda: all(len(job.times) > 2 for job in jobs))
    names = [thread.name for thread in threading.enumerate()]
    assert names.count("livefin-painter") == 1


def test_one_that_fails_hurts_no_other_and_is_tried_again_later(painter):
    def fail(_):
        raise RuntimeError

    bad, good = Job(work=fail), Job()
    painter.add(bad)
    painter.add(good)
    wait(lambda: len(good.times) > 20)
    assert len(bad.times) == 1
    assert bad in painter


def test_a_slow_paint_skips_deadlines_instead_of_hurrying_after_them(painter):
    deadlines, over = [], []

    def work(n):
        deadlines.append(painter._due[job])
        if n == 1:
            time.sleep(0.1)
            over.append(time.monotonic())

    job = Job(period=0.02, work=work)
    painter.add(job)
    wait(lambda: len(job.times) >= 3)
    assert deadlines[1] > over[0], "those that passed meanwhile are not made up for"


def test_hurry_and_remove(painter):
    job = Job(period=60)
    painter.add(job)
    wait(lambda: len(job.times) == 1)
    painter.hurry(job)
    wait(lambda: len(job.times) == 2)
    painter.remove(job)
    painter.remove(job)
    painter.hurry(job)
    painter.join()
    assert len(job.times) == 2


def test_close_twice_and_start_again(painter):
    job = Job()
    painter.add(job)
    painter.close()
    painter.close()
    assert job not in painter
    painter.add(job)
    count = len(job.times)
    wait(lambda: len(job.times) > count)


def test_a_painted_thing_may_remove_itself(painter):
    job = Job()
    job.work = lambda _: painter.remove(job)
    painter.add(job)
    painter.join()
    assert len(job.times) == 1


@pytest.fixture
def own():
    """The interpreter's switch interval, a long one, which comes back after the test."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(0.01)
    yield sys.getswitchinterval()
    sys.setswitchinterval(before)


def test_threads_take_turns_sooner_while_there_is_any_to_paint(own, painter):
    painter.add(Job(work=lambda n: n < 3))
    painter.join()
    assert sys.getswitchinterval() == own
    seen = []
    first, second = Job(), Job(work=lambda _: seen.append(sys.getswitchinterval()))
    painter.add(first)
    painter.add(second)
    painter.remove(first)
    wait(lambda: len(seen) > 2)
    assert set(seen) == {SWITCH_INTERVAL}
    painter.close()
    assert sys.getswitchinterval() == own


def test_how_soon_threads_take_turns_can_be_changed_and_left_alone(own, painter):
    painter.switch(0.002)
    assert sys.getswitchinterval() == own
    painter.add(Job())
    assert sys.getswitchinterval() == 0.002
    painter.switch(None)
    assert sys.getswitchinterval() == own
    painter.switch(0.003)
    assert sys.getswitchinterval() == 0.003
    painter.close()
    assert sys.getswitchinterval() == own


@pytest.mark.parametrize("seconds", [0, -0.001, 1.5, float("nan")])
def test_no_interval_of_no_time_or_too_much(seconds):
    with pytest.raises(ChartError, match="switch interval"):
        switch_interval(seconds)
