"""`indicator` as a function and as a decorator, of whatever it takes."""

import numpy as np
import pandas as pd
import pytest
import talib.abstract

from livefin.errors import IndicatorError
from livefin.indicators import ta
from livefin.indicators.contract import BarRow
from livefin.indicators.custom.userdefined import ClassIndicator, FunctionIndicator, indicator
from livefin.indicators.rows import frame
from livefin.indicators.stepwise import Stepwise

BARS = frame([BarRow(i, c, c, c, c, 1.0) for i, c in enumerate([1.0, 2.0, 4.0, 3.0, 5.0])])


def mean(df, window=2):
    return df.close.rolling(window).mean()


class Last:
    def __init__(self, scale: float = 1.0):
        self.scale = scale

    def update(self, row):
        return self.scale * row.close


class Own(Stepwise):
    name, outputs = "Own", ("own",)

    def __init__(self, *, scale=1.0):
        self.params = {"scale": scale}

    def reset(self): ...

    def update(self, row):
        return (self.params["scale"] * row.close,)


def test_a_function_and_a_class_called_and_as_decorators_are_the_same():
    for thing, kind, params in (
        (mean, FunctionIndicator, {"window": 3}),
        (Last, ClassIndicator, {"scale": 2.0}),
    ):
        called = indicator(thing, name="Mine", pane="price", levels=[3], **params)
        decorated = indicator(name="Mine", pane="price", levels=[3], **params)(thing)
        for made in (called, decorated):
            assert type(made) is kind
            assert made.function is thing
            assert (made.name, made.pane, made.levels) == ("Mine", "price", (3,))
            assert dict(made.params) == params
        pd.testing.assert_frame_equal(called.batch(BARS), decorated.batch(BARS))
        assert type(indicator(thing)) is kind


def test_one_that_is_an_indicator_stays_itself():
    own = Own()
    assert indicator(own) is own
    assert indicator(own, scale=3.0).params == {"scale": 3.0}
    other = indicator(own, name="Other", kinds={"own": "dots"})
    assert (other.name, other.kinds, own.name, dict(own.kinds)) == (
        "Other",
        {"own": "dots"},
        "Own",
        {},
    )
    assert indicator(Own, scale=2.0).batch(BARS)["own"].tolist() == [2, 4, 8, 6, 10]
    with pytest.raises(IndicatorError, match="Own is of bars, not of trades"):
        indicator(own, source="trades")


def test_a_function_of_talib_is_the_one_of_ta():
    made = indicator(talib.abstract.SMA, timeperiod=3)
    np.testing.assert_array_equal(made.batch(BARS), ta.SMA(3).batch(BARS))
    assert type(made) is ta.SMA


def test_closes_of_symbols_are_named():
    @indicator(source="closes", symbols=["A", "B"])
    def ratio(df):
        return df.A / df.B

    assert (ratio.source, ratio.symbols) == ("closes", ("A", "B"))


@pytest.mark.parametrize(
    ("thing", "words"),
    [
        (5, "no function of a frame and no class with update: 5"),
        (Last(), "give the class itself"),
        (int, "has no update"),
    ],
)
def test_what_is_neither_is_refused(thing, words):
    with pytest.raises(IndicatorError, match=words):
        indicator(thing)


def test_a_parameter_that_is_not_there_is_refused_at_once():
    with pytest.raises(IndicatorError, match="no parameter 'colour', there are: window"):
        indicator(mean, colour="red")
