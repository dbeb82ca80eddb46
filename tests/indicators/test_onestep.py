"""The base of own indicators: parameters are checked, rows are looked at, peeks keep nothing."""

from math import isnan

import pandas as pd
import pytest

from livefin.errors import IndicatorError
from livefin.indicators.bars.onestep import OneStep, choice, factor, length
from livefin.indicators.contract import BarRow
from livefin.indicators.parameters import Parameter

BAR = BarRow(0, 1.0, 3.0, 0.5, 2.0, 5.0)


class Counted(OneStep):
    outputs, needs, warm_up = ("count",), ("high", "low"), None
    parameters = (
        length("n", 3, "bars"),
        factor("width", 2.0, "how wide"),
        choice("kind", ("a", "b"), "which"),
        Parameter("on", "bool", True, doc="whether"),
        Parameter("word", "text", "x", doc="what"),
    )

    def __init__(self, n=3, *, width=2.0, kind="a", on=True, word="x"):
        self._set(n=n, width=width, kind=kind, on=on, word=word)
        self.reset()

    def reset(self):
        self.count = 0

    def step(self, row, keep):
        self.count += keep
        return (float(self.count + (not keep)),)


def test_its_name_shows_numbers_and_what_is_not_as_usual():
    assert Counted().name == "Counted(3, 2)"
    assert Counted(5, kind="b", on=False).name == "Counted(5, 2, b, False)"


@pytest.mark.parametrize(
    "wrong",
    [
        {"n": 0},
        {"n": 1.5},
        {"n": True},
        {"n": "3"},
        {"width": -0.1},
        {"width": 11.0},
        {"width": float("nan")},
        {"kind": "c"},
        {"on": 1},
        {"word": 7},
        {"other": 1},
    ],
)
def test_a_parameter_out_of_its_range_is_refused(wrong):
    with pytest.raises(IndicatorError, match="Counted"):
        Counted().with_params(**wrong)


def test_a_window_may_be_longer_than_a_knob_turns():
    assert Counted(100_000).params["n"] == 100_000


@pytest.mark.parametrize("lacking", [float("nan"), float("inf"), -float("inf")])
def test_a_row_without_what_is_needed_is_not_taken(lacking):
    counted = Counted()
    for row in (BAR._replace(high=lacking), BAR._replace(low=lacking)):
        assert isnan(counted.update(row)[0])
        assert isnan(counted.peek(row)[0])
    assert counted.update(BAR._replace(close=lacking)) == (1.0,)


def test_huge_prices_are_still_prices():
    assert Counted().update(BAR._replace(high=1.7e308, low=1.7e308)) == (1.0,)


def test_a_batch_leaves_the_state_alone():
    counted = Counted()
    counted.update(BAR)
    times = pd.to_datetime([0, 1], utc=True)
    df = pd.DataFrame([BAR[1:6]] * 2, times, BAR._fields[1:6])
    assert counted.batch(df)["count"].tolist() == [1.0, 2.0]
    assert counted.count == 1
