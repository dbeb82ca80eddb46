"""`chart.indicator` without a page: drawn at once, swapped, refused, followed while it runs."""

import sys
import time
import traceback

import numpy as np
import pytest
from fakes import FakeFeed, S, Wire
from prototyped import judged, line, mean, median, said, zscore

from livefin.chart import Chart
from livefin.errors import IndicatorError
from livefin.indicators import ta
from livefin.indicators.custom.userdefined import FunctionIndicator
from livefin.prototyping import trial

FILLED = 400


# Drawn and swapped


def test_a_decorated_function_is_drawn_and_is_an_indicator(wire, chart):
    made = chart.indicator(zscore)
    wire.paint()
    wanted = zscore(chart.bars.df).to_numpy()
    assert isinstance(made, FunctionIndicator)
    assert np.array_equal(line(chart, "zscore"), wanted, equal_nan=True)
    assert np.array_equal(made(chart.bars.df)["zscore"], wanted, equal_nan=True)
    assert chart.indicators == {"zscore": made}


def test_a_decorator_takes_options_and_parameters(wire, chart):
    @chart.indicator(pane="new", name="mine", levels=[1, 2], window=5)
    def function(df, window=20):
        return df.close.rolling(window).mean()

    wire.paint()
    assert function.params == {"window": 5}
    assert list(chart.indicators) == ["mine"]
    assert chart.panes[1].levels == [1, 2]


def test_an_indicator_and_a_class_are_drawn_too(wire, chart):
    class Last:
        def update(self, bar):
            return bar.close

    chart.indicator(ta.RSI(14))
    chart.indicator(Last)
    wire.paint()
    assert list(chart.indicators) == ["RSI(14)", "Last"]
    assert line(chart, "Last")[-1] == chart.bars.df.close.iloc[-1]


@pytest.mark.parametrize(("function", "pane"), [(mean, "price"), (zscore, "pane:1")])
def test_a_function_is_drawn_on_the_prices_if_its_values_are_there(wire, chart, function, pane):
    chart.indicator(function)
    wire.paint()
    assert chart._overlays.entries[function.__name__].placing.pane == pane


def test_run_again_it_is_replaced_in_its_pane_and_the_version_before_is_faint(wire, chart):
    chart.indicator(zscore, name="z")
    wire.paint()
    pane = chart.panes[1].key
    chart.indicator(lambda df: df.close.diff(), name="z")
    wire.paint()
    assert list(chart.indicators) == ["z", "z (before)"]
    assert [each.key for each in chart.panes] == ["price", pane]
    roles = {name: each.role for name, each in chart._sheet.lines.items()}
    assert roles["z (before)"] == "faint"
    assert roles["z"] != "faint"
    assert {each.pane for each in chart._sheet.lines.values()} == {pane}
    wanted = zscore(chart.bars.df).to_numpy()
    assert np.array_equal(line(chart, "z (before)"), wanted, equal_nan=True)


def test_other_parameters_alone_leave_no_version_before(wire, chart):
    chart.indicator(mean)
    chart.indicator(mean, window=5)
    assert list(chart.indicators) == ["mean"]
    chart.indicator(median, name="mean")
    chart.indicator(median, name="mean", window=5)
    before = chart.indicators["mean (before)"]
    assert (before.function, before.params["window"]) == (mean, 5)


def test_a_version_before_can_be_left_out_and_goes_with_its_indicator(wire, chart):
    chart.indicator(mean, name="m")
    chart.indicator(median, name="m", compare=False)
    assert list(chart.indicators) == ["m"]
    chart.indicator(mean, name="m")
    wire.paint()
    chart.remove("m")
    assert chart.indicators == {}
    assert chart._sheet.lines == {}


# Refused


def test_one_that_raises_shows_the_persons_lines_and_the_version_before_goes_on(wire, chart):
    chart.indicator(mean)
    wire.paint()
    before = line(chart, "mean").copy()
    with pytest.raises(AttributeError, match="nothing") as caught:
        chart.indicator(lambda df: df.nothing, name="mean")
    frames = [each.name for each in traceback.extract_tb(caught.value.__traceback__)]
    assert frames[1:3] == ["indicator", "<lambda>"]
    assert "the version before goes on" in caught.value.__notes__[0]
    [message, _], _ = wire.paint()
    assert "nothing" in message["errors"]["mean"]
    assert np.array_equal(line(chart, "mean")[: len(before)], before, equal_nan=True)
    state = said(chart, "mean")
    assert state["state"] == "not taken; the version before goes on"
    assert "<lambda>" in state["trace"]
    assert "chart/prototype.py" not in state["trace"]
    chart.indicator(mean)
    assert chart._overlays.errors == {}


def test_the_first_one_that_raises_is_told_and_forgotten_with_its_name(wire, chart):
    with pytest.raises(ZeroDivisionError):
        chart.indicator(lambda df: 1 / 0, name="odd")
    assert chart.indicators == {}
    assert said(chart, "odd")["state"] == "not taken"
    chart.remove("odd")
    assert chart._overlays.errors == {}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"windw": 5}, "did you mean 'window'"),
        ({"window": "x"}, "window must be a whole number"),
    ],
)
def test_parameters_that_it_does_not_have_are_said(chart, given, words):
    with pytest.raises(IndicatorError, match=words):
        chart.indicator(mean, **given)
    assert chart.indicators == {}


def test_one_that_never_returns_is_refused_and_the_chart_goes_on(monkeypatch, wire, chart, feed):
    monkeypatch.setattr(trial, "SECONDS", 0.2)
    chart.indicator(mean)

    def endless(df):
        while True:
            pass

    with pytest.raises(IndicatorError, match="has not returned after"):
        chart.indicator(endless, name="mean")
    feed.walk(time.time_ns())
    wire.paint()
    assert len(line(chart, "mean")) == len(chart.bars.df)


def test_few_bars_are_no_reason_to_refuse():
    now = time.time_ns()
    feed = FakeFeed("BTC-USDT").fill(30, end=now)
    wire = Wire(Chart(feed))
    wire.paint()
    wire.chart.indicator(lambda df: df.close - df.close.iloc[99], name="far", check=False)
    wire.paint()
    assert "IndexError" in wire.chart._overlays.errors["far"]
    assert said(wire.chart, "far")["state"].startswith("failed 1 of 1")
    feed.fill(200, end=now + 200 * S)
    wire.paint()
    assert wire.chart._overlays.errors == {}
    wire.chart.release()
    feed.close()


# While it runs


def test_every_third_run_that_fails_is_counted(wire, chart, feed):
    calls = []

    def shaky(df):
        calls.append(1)
        if len(calls) % 3 == 0:
            raise ValueError("now and then")
        return df.close

    chart.indicator(shaky, check=False)
    for _ in range(8):
        feed.walk(time.time_ns())
        wire.paint()
    state = said(chart, "shaky")
    assert state["state"] == "failed 3 of 8 runs"
    assert "now and then" in state["problem"]
    assert "shaky" in state["trace"]
    assert len(line(chart, "shaky")) == len(chart.bars.df)


def test_what_it_prints_is_on_the_card_and_nowhere_else(wire, chart, feed, capsys):
    def loud(df):
        sys.stdout.write(f"rows {len(df)}\n")
        return df.close

    chart.indicator(loud)
    for _ in range(20):
        feed.walk(time.time_ns())
        wire.paint()
    judged(chart, "loud")
    state = said(chart, "loud")
    assert state["printed"].splitlines()[0] == "rows 400"
    assert len(state["printed"].splitlines()) == 5
    assert "line" in state["prints"]
    assert capsys.readouterr().out == ""


def test_one_that_stops_returning_is_stopped_and_named(wire, chart, feed):
    calls = []

    def later(df):
        calls.append(1)
        while len(calls) > 1:
            pass
        return df.close

    chart.indicator(later, check=False)
    chart._overlays.entries["later"].apart._limit = 0.2
    wire.paint()
    state = said(chart, "later")
    assert state["state"] == "stopped"
    assert state["problem"] == "has not returned after 0.2 s"


def test_a_slow_one_is_named_with_what_it_takes(wire, chart):
    chart.indicator(mean, check=False)
    wire.paint()
    chart._overlays.entries["mean"].apart.took = 1.2
    assert said(chart, "mean")["state"] == "slow: takes 1.2 s, so it is run every 4.8 s"
