import sys
import threading

import pytest

from livefin.switching import Switching


@pytest.fixture
def own():
    """The interpreter's interval, which comes back after the test."""
    before = sys.getswitchinterval()
    yield before
    sys.setswitchinterval(before)


def test_the_shortest_interval_held_counts_and_the_own_comes_back_with_the_last(own):
    switching = Switching()
    switching.hold("chart", 0.001)
    switching.hold("guard", 0.0001)
    assert sys.getswitchinterval() == pytest.approx(0.0001)
    switching.release("guard")
    assert sys.getswitchinterval() == pytest.approx(0.001)
    switching.release("chart")
    assert sys.getswitchinterval() == own


def test_holds_may_end_in_any_order_and_twice(own):
    switching = Switching()
    switching.hold("chart", 0.001)
    switching.hold("guard", 0.0001)
    switching.release("chart")
    switching.release("chart")
    assert sys.getswitchinterval() == pytest.approx(0.0001)
    switching.release("guard")
    assert sys.getswitchinterval() == own


def test_an_owner_that_wants_another_holds_that_one_alone(own):
    switching = Switching()
    switching.hold("chart", 0.001)
    switching.hold("chart", 0.002)
    assert sys.getswitchinterval() == pytest.approx(0.002)
    switching.release("chart")
    assert sys.getswitchinterval() == own


def test_an_interval_that_is_shorter_already_stays(own):
    sys.setswitchinterval(0.0005)
    switching = Switching()
    with switching.held(0.001):
        assert sys.getswitchinterval() == pytest.approx(0.0005)
    assert sys.getswitchinterval() == pytest.approx(0.0005)


def test_what_a_person_sets_meanwhile_stays(own):
    switching = Switching()
    switching.hold("chart", 0.001)
    sys.setswitchinterval(0.02)
    switching.release("chart")
    assert sys.getswitchinterval() == pytest.approx(0.02)


def test_it_comes_back_after_an_error_and_after_many_threads(own):
    switching = Switching()

    def hold_often():
        for _ in range(200):
            with switching.held(0.0001):
                pass

    with pytest.raises(ZeroDivisionError), switching.held(0.001):
        1 / 0  # noqa: B018 - to raise
    threads = [threading.Thread(target=hold_often) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sys.getswitchinterval() == own
