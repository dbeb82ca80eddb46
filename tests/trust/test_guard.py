"""Limits on a person's function: what it returns, what it raises, how it is given up."""

import contextlib
import contextvars
import sys
import threading
import time

import numpy as np
import pytest

from livefin.errors import IndicatorError
from livefin.trust import guard
from livefin.trust.guard import TooLongError, TooMuchError, guarded

resource = pytest.importorskip("resource", reason="no limits on memory here")


def names():
    return [thread.name for thread in threading.enumerate()]


def test_gives_what_the_call_returns():
    assert guarded(lambda: threading.current_thread().name, seconds=30) == "livefin-guarded"


def test_raises_what_the_call_raises_with_its_traceback():
    def broken():
        return {}["close"]

    with pytest.raises(KeyError, match="close") as caught:
        guarded(broken, seconds=30)
    assert caught.traceback[-1].name == "broken"


def test_sees_the_context_of_its_caller():
    variable = contextvars.ContextVar("variable", default=1)
    variable.set(2)
    assert guarded(variable.get, seconds=30) == 2


def test_an_endless_loop_is_ended_and_its_thread_gone():
    with pytest.raises(TooLongError, match=r"has not returned after 0\.05 s") as caught:
        guarded(lambda: [None for _ in iter(int, 1)], seconds=0.05)
    assert caught.value.ended
    assert "livefin-guarded" not in names()


def test_a_thread_hit_on_its_way_out_and_again_there_returns_what_it_has():
    run, hits = guard._Run(lambda: 7), []

    def hit_again():
        if len(hits) < 2:
            hits.append(1)
            guard._raise(run.thread, guard._Ended)
        return False

    class Hitting(guard._Run):
        _hitting = property(lambda _: hit_again(), lambda *_: None)

    run.__class__ = Hitting
    run.thread.start()
    assert run.returned.wait(10), "hung on its way out"
    run.thread.join(10)
    assert (run.result, run.error, len(hits)) == (7, None, 2)


def test_a_loop_that_catches_everything_is_ended_too():
    swallowed = []

    def stubborn():
        while True:
            try:
                while True:
                    pass
            except:  # noqa: E722
                swallowed.append(1)
                if len(swallowed) > 2:
                    raise

    with pytest.raises(TooLongError) as caught:
        guarded(stubborn, seconds=0.05)
    assert caught.value.ended


def test_a_call_that_sits_in_c_is_given_up_and_ends_later():
    with pytest.raises(TooLongError) as caught:
        guarded(lambda: time.sleep(1.5), seconds=0.05)
    assert not caught.value.ended
    for thread in threading.enumerate():
        if thread.name == "livefin-guarded":
            thread.join(10)
            assert not thread.is_alive()


def test_asking_for_ten_gb_is_an_error_and_the_limit_is_as_before():
    before = resource.getrlimit(resource.RLIMIT_AS)
    with pytest.raises(TooMuchError, match="asked for more than 2 GB of memory") as caught:
        guarded(lambda: np.ones(10 << 27), seconds=30)
    assert isinstance(caught.value, IndicatorError)
    assert resource.getrlimit(resource.RLIMIT_AS) == before


def test_a_little_memory_is_allowed_under_a_small_limit():
    assert guarded(lambda: len(np.ones(1 << 20)), seconds=30, bytes=256 << 20) == 1 << 20
    with pytest.raises(TooMuchError, match="more than 256 MB"):
        guarded(lambda: np.ones(1 << 27), seconds=30, bytes=256 << 20)


def test_calls_at_the_same_time_restore_the_limit_together():
    before = resource.getrlimit(resource.RLIMIT_AS)
    inner = guarded(
        lambda: guarded(lambda: resource.getrlimit(resource.RLIMIT_AS), seconds=30), seconds=30
    )
    assert inner != before
    assert resource.getrlimit(resource.RLIMIT_AS) == before


def test_where_memory_cannot_be_limited_time_still_is(monkeypatch):
    monkeypatch.setattr(guard, "resource", None)
    assert guarded(lambda: 1, seconds=30) == 1
    with pytest.raises(TooLongError):
        guarded(lambda: [None for _ in iter(int, 1)], seconds=0.05)


def test_a_call_that_ends_just_then_has_either_returned_or_not():
    outcomes = []
    for _ in range(50):
        try:
            outcomes.append(guarded(lambda: time.sleep(0.002) or 7, seconds=0.002))
        except TooLongError as error:
            outcomes.append(error.seconds)
    assert set(outcomes) <= {7, 0.002}


def test_several_ended_at_once_raise_nothing_outside_and_leave_the_interpreter_as_it_was(
    monkeypatch,
):
    monkeypatch.setattr(guard, "TRIES", 0)  # to what is told without pause at once
    until = time.monotonic() + 20  # lest one that survives runs beside all other tests

    def swallowing():
        while time.monotonic() < until:
            with contextlib.suppress(BaseException):
                time.time()

    def given_up():
        for _ in range(20):
            with pytest.raises(TooLongError):
                guarded(swallowing, seconds=0.02)

    interval = sys.getswitchinterval()
    callers = [threading.Thread(target=given_up) for _ in range(3)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert sys.getswitchinterval() == interval
