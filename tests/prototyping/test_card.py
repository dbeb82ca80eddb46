import json
import threading

import numpy as np
import pytest

from livefin.indicators.parameters import Parameter
from livefin.prototyping.card import SPARK, Card, Said, shown, spark

WINDOW = Parameter("window", "int", 20, 2, 200)


@pytest.fixture
def card():
    told = []
    card = Card("mean", [WINDOW], {"window": 30}, turned=told.append, code=lambda: f"code {told}")
    card.told = told
    yield card
    card.close()


def sent(widget):
    """What goes out on the comm from now on."""
    messages = []
    widget.comm.send = lambda data=None, **_: messages.append(data["state"])
    return messages


def test_only_what_differs_is_sent(card):
    messages = sent(card.face)
    for state in ("live", "live", "slow"):
        card.say(Said("mean", state, "good", (("", "1"),), (0, 100)))
        card.judge("<b>fine</b>")
    assert [sorted(each) for each in messages] == [["live"], ["verdict"], ["live"]]
    assert json.loads(json.dumps(card.face.live))["values"] == [["", "1"]]


def test_turning_tells_and_the_shown_code_follows(card):
    card.locking.click()
    assert card.face.code == "code []"
    card.knobs.widgets["window"].value = 64
    assert card.told == [{"window": 64}]
    assert card.face.code == "code [{'window': 64}]"
    card.locking.click()
    assert card.face.code == ""
    card.resetting.click()
    assert card.told[-1] == {"window": 30}


def test_the_buttons_go_into_another_row_together(card):
    *knobs, buttons = card.children[1].children
    assert knobs == list(card.knobs.widgets.values())
    assert list(buttons.children) == [card.resetting, card.locking]


def test_without_parameters_there_are_no_knobs_and_no_buttons():
    card = Card("plain", [], {}, turned=print, code=str)
    assert list(card.children) == [card.face]
    card.close()


def test_closed_it_says_nothing_more_and_twice_is_fine(card):
    card.close()
    card.close()
    card.say(Said("mean", "live"))
    card.judge("late")
    assert card.closed
    assert card.face.verdict == ""


def test_it_may_be_closed_while_another_thread_says_something(card):
    stop = threading.Event()

    def say():
        count = 0
        while not stop.is_set():
            count += 1
            card.say(Said("mean", f"run {count}"))

    thread = threading.Thread(target=say)
    thread.start()
    card.close()
    stop.set()
    thread.join()
    assert card.closed


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        ([], ()),
        ([np.nan, np.nan], ()),
        ([3.0, 3.0], (50, 50)),
        ([1.0, np.nan, 2.0], (0, None, 100)),
        ([1.0, np.inf, 2.0], (0, None, 100)),
        ([-1e308, 1e308], (50, 50)),
    ],
)
def test_a_sparkline_is_scaled_and_has_its_gaps(values, wanted):
    with np.errstate(over="ignore"):
        assert spark(np.array(values)) == wanted


def test_a_sparkline_is_of_the_last_values():
    assert spark(np.arange(1000.0)) == tuple(round(i * 100 / 99) for i in range(SPARK))


def test_of_many_lines_the_first_are_shown():
    many = {f"line {i}": float(i) for i in range(7)}
    assert shown(many)[-1] == ("", "and 3 more")
    assert shown({}) == ()
