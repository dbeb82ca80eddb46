"""What is read from signatures, and what people may give for it."""

import enum
import functools
from typing import Annotated, Literal

import msgspec
import numpy as np
import pytest

from livefin.errors import IndicatorError
from livefin.indicators.parameters import REQUIRED, Parameter, Range, checked, read


class Average(enum.Enum):
    SIMPLE = "sma"
    EXPONENTIAL = "ema"


def only(function):
    (parameter,) = read(function)
    return parameter


class TestRead:
    def test_an_annotation_says_the_kind(self):
        def function(
            df,
            *,
            a: int = 5,
            b: float = 2,
            c: bool = True,
            d: str = "x",
            e: Literal["u", "v"] = "v",
        ): ...

        assert [p.kind for p in read(function)] == ["int", "float", "bool", "text", "choice"]
        assert [p.default for p in read(function)] == [5, 2.0, True, "x", "v"]
        assert read(function)[-1].choices == ("u", "v")

    def test_without_an_annotation_the_default_says_it(self):
        def function(df, *, a=5, b=2.0, c=False, d="x", e=Average.SIMPLE, f=None, g=(1, 2)): ...

        kinds = ["int", "float", "bool", "text", "choice", "text", "text"]
        assert [p.kind for p in read(function)] == kinds
        assert read(function)[4].choices == tuple(Average)

    def test_a_range_is_taken_from_whatever_says_one(self):
        for said, low, high, step in (
            (range(5, 200), 5, 199, 1),
            (range(5, 30, 5), 5, 25, 5),
            ((5, 200), 5, 200, 1),
            (Range(5, 200, step=5), 5, 200, 5),
            (Range(low=5), 5, None, 1),
            (msgspec.Meta(ge=5, le=200), 5, 200, 1),
            (msgspec.Meta(gt=5, lt=200, multiple_of=3), 6, 199, 3),
        ):

            def function(df, window: Annotated[int, said] = 20): ...

            parameter = only(function)
            got = parameter.kind, parameter.low, parameter.high, parameter.step, parameter.guessed
            assert got == ("int", low, high, step, False), said

    def test_several_ranges_hold_together(self):
        def function(df, window: Annotated[int, Range(5, 90), Range(9, 200), "bars"] = 20): ...

        assert only(function) == Parameter("window", "int", 20, 9, 90, 1, (), "bars")

    def test_a_bound_that_is_left_out_is_left_out_by_the_smallest_step(self):
        def function(df, alpha: Annotated[float, msgspec.Meta(gt=0, lt=1)] = 0.5): ...

        parameter = only(function)
        assert 0 < parameter.low < 1e-300
        assert 1 - 1e-15 < parameter.high < 1

    def test_text_annotations_are_looked_up_where_the_function_was_written(self):
        space = {"Annotated": Annotated, "Literal": Literal}
        code = (
            "from __future__ import annotations\n"
            "def f(df: Frame, a: Annotated[int, range(2, 9)] = 3, b: Literal['x', 'y'] = 'x',"
            " c: Nowhere = 1.5): ...\n"
            "class C:\n"
            "    def __init__(self, a: Annotated[int, range(2, 9)] = 3): ...\n"
        )
        exec(code, space)  # noqa: S102 - annotations of a cell that begins with that import
        assert [p.kind for p in read(space["f"])] == ["int", "choice", "float"]
        assert read(space["f"])[0].high == 8
        assert read(space["C"])[0] == read(space["f"])[0]

    def test_of_a_class_a_partial_and_an_object_that_can_be_called(self):
        class Made:
            def __init__(self, window: Annotated[int, range(2, 9)] = 3): ...

            def __call__(self, df, width: Annotated[float, (1.0, 3.0)] = 2.0): ...

        assert only(Made).high == 8
        assert only(Made()).high == 3.0
        assert only(functools.partial(Made.__call__, Made())).name == "width"

    def test_what_has_no_default_is_required(self):
        def function(df, window: int, anything): ...

        window, anything = read(function)
        assert (window.kind, window.default, window.low) == ("int", REQUIRED, None)
        assert (anything.kind, anything.default) == ("text", REQUIRED)

    @pytest.mark.parametrize("default", [1, 14, 200, 0, -3, 0.02, 0.94, 1.0, 2.5, 0.0, -1.5, 3e7])
    def test_a_guessed_range_holds_its_default_and_has_a_hundred_steps_or_so(self, default):
        def function(df, value=default): ...

        parameter = only(function)
        assert parameter.guessed
        assert parameter.low <= default <= parameter.high
        assert 9 <= (parameter.high - parameter.low) / parameter.step <= 1_000

    def test_a_window_is_guessed_from_one_to_five_times_its_default(self):
        def function(df, window=14): ...

        assert only(function)[3:6] == (1, 70, 1)

    def test_a_default_that_no_slider_can_show_has_no_range(self):
        def function(df, a=float("inf"), b=float("nan")): ...

        assert [p.low for p in read(function)] == [None, None]

    def test_what_contradicts_itself_is_named(self):
        def outside(df, window: Annotated[int, range(5, 9)] = 20): ...

        def other(df, window: int = 2.5): ...

        def empty(df, window: Annotated[int, Range(9, 5)] = 7): ...

        def unnamed(df, window=3, /): ...

        for function, words in (
            (outside, "window must be from 5 to 8, but its default is 20"),
            (other, "whole number, but its default is 2.5"),
            (empty, "range of window is empty"),
            (unnamed, "can be named"),
        ):
            with pytest.raises(IndicatorError, match=words):
                read(function)

    def test_further_arguments_are_no_parameters(self):
        assert read(lambda df, *more, window=3, **rest: df)[0].name == "window"
        assert len(read(lambda df, *more, window=3, **rest: df)) == 1

    def test_what_has_no_signature_has_no_parameters(self):
        assert read(min) == ()


class TestChecked:
    def test_defaults_fill_in_and_numbers_become_python_s(self):
        def function(
            df, window: int = 5, width: float = 2.0, average: Average = Average.SIMPLE
        ): ...

        values = checked(read(function), {"window": np.int64(7), "width": 3, "average": "ema"})
        assert values == {"window": 7, "width": 3.0, "average": Average.EXPONENTIAL}
        assert [type(value) for value in values.values()] == [int, float, Average]

    @pytest.mark.parametrize(
        ("parameter", "value", "words"),
        [
            (Parameter("n", "int", 5), True, "whole number, got True"),
            (Parameter("n", "int", 5), 5.0, "whole number"),
            (Parameter("n", "int", 5), "5", "whole number"),
            (Parameter("n", "int", 5, 2, 9), 1, "from 2 to 9, got 1"),
            (Parameter("n", "int", 5, 2), 1, "at least 2"),
            (Parameter("n", "float", 5.0, None, 9.0), 10, "at most 9"),
            (Parameter("n", "float", 5.0), float("nan"), "a number, got nan"),
            (Parameter("n", "float", 5.0), False, "a number"),
            (Parameter("n", "bool", True), 1, "True or False"),
            (Parameter("n", "choice", 1, choices=(1, 2)), 3, "one of 1, 2"),
            (Parameter("n", "choice", 1, choices=(1, 2)), True, "one of 1, 2"),
            (Parameter("n", "choice", Average.SIMPLE, choices=tuple(Average)), "x", "SIMPLE, EXP"),
        ],
    )
    def test_what_does_not_fit_says_what_would(self, parameter, value, words):
        with pytest.raises(IndicatorError, match=words):
            checked([parameter], {"n": value})

    def test_all_that_is_wrong_is_named_at_once(self):
        parameters = [Parameter("window", "int", 5), Parameter("need", "text", REQUIRED)]
        with pytest.raises(IndicatorError) as error:
            checked(parameters, {"windw": 1, "window": "a", "zzz": 3})
        for words in (
            "'windw', did you mean 'window'",
            "got 'a'",
            "'zzz', there are: window, need",
        ):
            assert words in str(error.value)
        assert "need must be given" in str(error.value)

    def test_a_guess_binds_nobody_and_a_said_range_does(self):
        assert checked(read(lambda df, window=14: df), {"window": 500}) == {"window": 500}

    def test_text_is_taken_as_it_is(self):
        assert checked([Parameter("a", "text", None)], {"a": min}) == {"a": min}
