"""What people read of an indicator that has changed: its name, its levels. Without a page."""

import time
import traceback
from types import SimpleNamespace

import IPython
import pytest
from IPython.core.events import EventManager, available_events

from livefin.cell import Cell
from livefin.chart import prototypes
from livefin.chart.painter import painter
from livefin.errors import IndicatorError
from livefin.indicators import ta


@pytest.fixture
def run(monkeypatch):
    """run(number, what...) does it as one run of a cell; the cards that it displays."""
    shell = SimpleNamespace(kernel=object(), events=EventManager(None, available_events))
    monkeypatch.setattr(IPython, "get_ipython", lambda: shell)

    def work(number, *what):
        shown = []
        monkeypatch.setattr(prototypes, "display", shown.append)
        monkeypatch.setattr(prototypes, "this_cell", lambda: Cell("a", number))
        for each in what:
            each()
        shell.events.trigger("post_run_cell", None)
        return shown

    return work


def knob(chart, name, parameter):
    return chart._prototypes._held[name].card.knobs.widgets[parameter]


def face(chart, name):
    prototype = chart._prototypes._held[name]
    prototype.paint()
    return prototype.card.face.live


def test_a_name_made_of_the_parameters_follows_them(wire, chart):
    chart.indicator(ta.RSI(14), check=False)
    wire.paint()
    knob(chart, "RSI(14)", "timeperiod").value = 20
    assert face(chart, "RSI(14)")["name"] == "RSI(20)"
    assert chart._picture.called == {"RSI(14)": "RSI(20)"}
    assert list(chart.indicators) == ["RSI(14)"], "the cell, run again, is to find it"
    knob(chart, "RSI(14)", "timeperiod").value = 14
    assert face(chart, "RSI(14)")["name"] == "RSI(14)"
    assert chart._picture.called == {}


def test_running_the_cell_again_has_the_name_of_the_cell(wire, chart):
    chart.indicator(ta.RSI(14), check=False)
    knob(chart, "RSI(14)", "timeperiod").value = 20
    chart.indicator(ta.RSI(14), check=False)
    assert face(chart, "RSI(14)")["name"] == "RSI(14)"
    assert chart._picture.called == {}


def test_what_a_person_said_of_name_and_looks_stays(wire, chart):
    kinds = {"rsi": "histogram"}
    chart.indicator(ta.RSI(14), name="strength", kinds=kinds, levels=[50], check=False)
    knob(chart, "strength", "timeperiod").value = 20
    drawn = chart.indicators["strength"]
    assert (drawn.params["timeperiod"], drawn.kinds, drawn.levels) == (20, kinds, (50,))
    assert face(chart, "strength")["name"] == "strength"
    assert chart._picture.called == {}


def test_one_that_is_removed_leaves_no_name(wire, chart):
    chart.indicator(ta.RSI(14), check=False)
    knob(chart, "RSI(14)", "timeperiod").value = 20
    chart.remove("RSI(14)")
    assert chart._picture.called == {}


def test_other_levels_are_drawn_in_place_of_those_before(wire, chart):
    def change(df):
        return df.close.diff()

    chart.indicator(change, pane="new", levels=[1, 2], check=False)
    pane = chart.panes[1]
    mine = pane.figure.line([1], [1])
    chart.indicator(change, pane="new", levels=[5], check=False)
    spans = [each.location for each in pane.figure.center if hasattr(each, "location")]
    assert (chart.panes[1], pane.levels, spans) == (pane, [5.0], [5.0])
    assert chart._sheet.changed
    assert sum(item["prop"] == "line_color" for item in themed(pane)) == 1
    assert mine in pane.figure.renderers
    chart.indicator(change, pane="new", check=False)
    assert pane.levels == []
    wire.paint()
    assert not chart._sheet.changed
    chart.indicator(change, pane="new", check=False)
    assert pane.levels == []


def themed(pane):
    return [item._asdict() for item in pane._panel.themed if "Span" in type(item.model).__name__]


def test_two_indicators_in_one_cell_both_stay_when_it_runs_again(wire, chart, run):
    def up(df):
        return df.close.diff()

    def down(df):
        return -df.close.diff()

    def both():
        chart.indicator(up, pane="new", check=False)
        chart.indicator(down, pane="new", check=False)

    first = run(1, both)
    wire.paint()
    panes = [pane.key for pane in chart.panes]
    assert run(2, both) == first, "the same cards"
    assert [pane.key for pane in chart.panes] == panes
    assert list(chart._overlays.lines) == ["up", "down"], "with their lines until there are new"
    run(3, lambda: chart.indicator(up, check=False))
    assert list(chart.indicators) == ["up"], "the cell shows the other no more"
    assert [card.closed for card in first] == [False, True]


def test_one_that_looks_ahead_is_not_shown_as_good(wire, chart):
    chart.indicator(lambda df: df.close.shift(-1), name="ahead")
    wire.paint()
    prototype = chart._prototypes._held["ahead"]
    until = time.monotonic() + 30
    while prototype.wanted is not None:
        assert time.monotonic() < until
        prototype.paint()
        time.sleep(0.02)
    said = face(chart, "ahead")
    assert (said["state"], said["tone"]) == ("waits for its chart to be shown", "")
    painter.add(chart)
    said = face(chart, "ahead")
    assert (said["state"], said["tone"]) == ("live, not honest", "bad")


def test_what_is_of_no_line_is_shown_at_the_functions_head(wire, chart):
    def nothing(df):
        df.close.diff()

    with pytest.raises(IndicatorError, match="is a `return` missing") as caught:
        chart.indicator(nothing)
    last = traceback.extract_tb(caught.value.__traceback__)[-1]
    assert (last.filename, last.line) == (__file__, "def nothing(df):")
