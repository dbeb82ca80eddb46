from enum import Enum
from typing import Annotated, Literal

import ipywidgets
import pytest

from livefin.indicators.parameters import Parameter, checked, read
from livefin.prototyping.knobs import Knobs, close, knob


class Side(Enum):
    BUY = 1
    SELL = -1


def function(  # noqa: PLR0917 - one of each kind
    df,
    window: Annotated[int, (2, 200)] = 20,
    width: Annotated[float, (0.5, 4.0)] = 2.0,
    alpha: Annotated[float, (1e-5, 10.0)] = 0.03,
    kind: Literal["sma", "ema"] = "sma",
    side: Side = Side.BUY,
    fill: bool = True,
    label: str = "x",
    bands=(1.0, 2.0),
):
    return df.close


@pytest.fixture
def knobs():
    told, made = [], []

    def make(parameters=None, **values):
        parameters = parameters or read(function)
        made.append(Knobs(parameters, checked(parameters, values), told.append))
        return made[-1], told

    yield make
    for each in made:
        each.close()


def test_each_kind_has_its_widget(knobs):
    widgets = knobs()[0].widgets
    assert {name: type(widget) for name, widget in widgets.items()} == {
        "window": ipywidgets.IntSlider,
        "width": ipywidgets.FloatSlider,
        "alpha": ipywidgets.FloatLogSlider,
        "kind": ipywidgets.Dropdown,
        "side": ipywidgets.Dropdown,
        "fill": ipywidgets.Checkbox,
        "label": ipywidgets.Text,
        "bands": ipywidgets.Text,
    }
    assert (widgets["window"].min, widgets["window"].max) == (2, 200)


def test_untouched_they_have_the_values_that_were_given(knobs):
    made, _ = knobs(window=33, bands=(1.5,))
    assert made.values == checked(read(function), {"window": 33, "bands": (1.5,)})


def test_turning_one_tells_all_values(knobs):
    made, told = knobs()
    made.widgets["window"].value = 64
    made.widgets["side"].value = Side.SELL
    made.widgets["bands"].value = "(3.0,)"
    assert [each["window"] for each in told] == [64, 64, 64]
    assert told[-1]["side"] is Side.SELL
    assert told[-1]["bands"] == (3.0,)


def test_half_a_text_tells_nothing(knobs):
    made, told = knobs()
    made.widgets["bands"].value = "(3.0,"
    assert told == []


def test_reset_tells_once(knobs):
    made, told = knobs(window=33)
    made.widgets["window"].value = 64
    made.widgets["fill"].value = False
    told.clear()
    made.reset()
    assert told == [checked(read(function), {"window": 33})]


@pytest.mark.parametrize(
    ("low", "high", "step", "value"),
    [(0.5, 4.0, None, 2.0), (0.0, 1.0, None, 0.333), (5.0, 50.0, 5.0, 12.0), (-1.0, 1.0, 0.1, 0.0)],
)
def test_a_slider_stops_at_the_value_it_has(low, high, step, value):
    """A page moves a value to the nearest whole number of steps from the lower end."""
    made = knob(Parameter("x", "float", value, low, high, step), value)
    steps = (value - made.min) / made.step
    assert steps == pytest.approx(round(steps))
    assert low <= made.min <= value
    close(made)


@pytest.mark.parametrize(
    ("parameter", "kind"),
    [
        (Parameter("x", "int", 5), "IntText"),
        (Parameter("x", "int", 5, 1), "BoundedIntText"),
        (Parameter("x", "float", 5.0), "FloatText"),
        (Parameter("x", "float", 5.0, None, 9.0), "BoundedFloatText"),
    ],
)
def test_a_number_without_a_range_is_a_field(parameter, kind):
    made = knob(parameter, parameter.default)
    assert type(made).__name__ == kind
    assert made.value == 5
    close(made)


def test_a_guessed_range_grows_to_hold_the_value():
    made = knob(Parameter("x", "int", 20, 1, 100, 1, guessed=True), 300)
    assert (made.value, made.max) == (300, 300)
    close(made)
