"""What a pane shows is checked when it is asked for, not when it is drawn."""

import json
import math

import pytest

import livefin as lf
from livefin.chart.panespec import PaneSpec
from livefin.errors import ChartError


def up(df):
    return df.close.diff().clip(lower=0)


def down(df):
    return -df.close.diff().clip(upper=0)


def test_functions_are_named_as_they_are_given():
    assert list(lf.pane(up).overlays) == ["up"]
    assert list(lf.pane([up, down]).overlays) == ["up", "down"]
    assert list(lf.pane({"mine": up}).overlays) == ["mine"]
    assert lf.pane([up, down]).title == "up, down"
    assert lf.pane(up, title="").title == ""
    assert lf.pane().overlays == {}


def test_a_spec_comes_from_all_that_panes_may_be():
    spec = lf.pane(up, levels=[1])
    assert PaneSpec.of(spec) is spec
    assert PaneSpec.of(up) == lf.pane(up)
    assert PaneSpec.of({"mine": up}).title == "mine"
    assert PaneSpec.of(None).overlays == {}


def test_of_several_panes_each_has_its_own():
    assert [spec.title for spec in PaneSpec.each([up, {"mine": down}])] == ["up", "mine"]
    assert [spec.title for spec in PaneSpec.each({"a": up, "b": down})] == ["a", "b"]
    assert [spec.title for spec in PaneSpec.each(up)] == ["up"]
    assert [spec.title for spec in PaneSpec.each(lf.pane(up))] == ["up"]


@pytest.mark.parametrize("bad", [(1, 0), (1, 1), (0, math.inf), (math.nan, 1), (0,), 5, "ab"])
def test_a_range_is_low_and_high(bad):
    with pytest.raises(ChartError, match="range must be"):
        lf.pane(up, range=bad)
    assert lf.pane(up, range=(0, 100)).range == (0, 100)


@pytest.mark.parametrize("bad", [[math.inf], [math.nan], ["a"], 5])
def test_levels_are_numbers(bad):
    with pytest.raises(ChartError, match="levels must be"):
        lf.pane(up, levels=bad)
    assert lf.pane(up, levels=iter([30, 70])).levels == (30.0, 70.0)


@pytest.mark.parametrize("bad", [0, -1, math.inf, math.nan])
def test_a_share_is_above_nothing(bad):
    with pytest.raises(ChartError, match="share must be"):
        lf.pane(up, share=bad)


@pytest.mark.parametrize("options", [{"kind": "pie"}, {"kinds": {"up": "pie"}}])
def test_a_line_is_drawn_as_something_that_there_is(options):
    with pytest.raises(ChartError, match="line, histogram, dots"):
        lf.pane(up, **options)


def test_what_is_no_function_is_told():
    with pytest.raises(ChartError, match="no function"):
        lf.pane({"mine": 5})


def test_all_but_the_functions_goes_over_the_wire():
    spec = lf.pane(up, range=(0, 1), levels=[0.5])
    json.dumps(spec._replace(overlays={}, kinds=dict(spec.kinds)), allow_nan=False)
