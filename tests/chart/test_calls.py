import threading

from livefin.chart.calls import Calls


def test_calls_of_a_lane_wait_for_each_other_and_lanes_do_not():
    calls, order, free = Calls(), [], threading.Event()
    calls.put("slow", free.wait, lambda error: order.append("slow"))
    calls.put("slow", lambda: order.append("after"), lambda error: None)
    done = threading.Event()
    calls.put("other", lambda: order.append("other"), lambda error: done.set())
    assert done.wait(30)
    assert order == ["other"]
    free.set()
    calls.join()
    assert order == ["other", "slow", "after"]


def test_nothing_runs_when_there_is_nothing_to_call_and_a_lane_starts_again():
    calls, found = Calls(), []
    for i in range(3):
        calls.put("a", lambda i=i: found.append(i), lambda error: None)
        calls.join()
        assert calls.running == 0
    assert found == [0, 1, 2]


def test_what_is_raised_is_told_and_the_lane_goes_on():
    calls, errors = Calls(), []
    calls.put("a", lambda: 1 / 0, errors.append)
    calls.put("a", lambda: exec("raise SystemExit"), errors.append)  # noqa: S102
    calls.put("a", lambda: None, errors.append)
    calls.join()
    assert [type(error).__name__ for error in errors] == [
        "ZeroDivisionError",
        "SystemExit",
        "NoneType",
    ]


def test_at_most_the_newest_wait_and_the_rest_are_counted():
    calls, found = Calls(backlog=2), []
    begun, free = threading.Event(), threading.Event()

    def first():
        begun.set()
        free.wait()

    calls.put("a", first, lambda error: None)
    begun.wait(30)
    for i in range(5):
        calls.put("a", lambda i=i: found.append(i), lambda error: None)
    free.set()
    calls.join()
    assert (found, calls.dropped) == ([3, 4], 3)


def test_closing_forgets_what_waits_and_ends_the_threads_twice_is_fine():
    calls, found = Calls(), []
    begun, free = threading.Event(), threading.Event()

    def first():
        begun.set()
        free.wait()

    calls.put("a", first, lambda error: None)
    calls.put("a", lambda: found.append("late"), lambda error: None)
    begun.wait(30)
    threading.Timer(0.05, free.set).start()
    calls.close()
    calls.close()
    assert (found, calls.running) == ([], 0)


def test_a_function_may_close_its_own_caller():
    calls = Calls()
    calls.put("a", calls.close, lambda error: None)
    calls.join()
    assert calls.running == 0
