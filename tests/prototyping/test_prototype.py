"""`chart.indicator` without a page: drawn at once, swapped, refused, turned, judged, closed."""

import gc
import sys
import threading
import time
import traceback
import weakref
from types import SimpleNamespace

import IPython
import numpy as np
import pytest
from fakes import FakeFeed, S, Wire

from livefin.cell import Cell
from livefin.chart import Chart, prototype, prototypes
from livefin.chart.painter import painter
from livefin.chart.shown import shows
from livefin.errors import ChartError, IndicatorError
from livefin.indicators import ta
from livefin.indicators.custom.userdefined import FunctionIndicator
from livefin.prototyping import trial

FILLED = 400


def mean(df, window: int = 20):
    return df.close.rolling(window).mean()


def median(df, window: int = 20):
    return df.close.rolling(window).median()


def zscore(df, window: int = 20):
    rolling = df.close.rolling(window)
    return (df.close - rolling.mean()) / rolling.std()


def of(chart, name):
    return chart._prototypes._held[name]


def line(chart, name):
    return chart._overlays.lines[name].array


def wait(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def judged(chart, name):
    wait(lambda: of(chart, name).wanted is None)
    painter.hurry(of(chart, name))
    wait(lambda: of(chart, name).card.face.verdict)
    return of(chart, name).card.face.verdict


class Judgement:
    """A verdict that says `text`, of findings in these states."""

    def __init__(self, text, *states):
        self.honest = True
        self.text, self.findings = text, [SimpleNamespace(state=state) for state in states]

    def __iter__(self):
        return iter(self.findings)

    def _repr_html_(self):
        return self.text


def said(chart, name):
    each = of(chart, name)
    each.paint()
    return each.card.face.live


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


# The verdict


def test_the_verdict_comes_by_itself_and_names_what_looks_ahead(wire, chart):
    chart.indicator(lambda df: df.close.shift(-1), name="ahead")
    assert of(chart, "ahead").card.face.waits == "checking…"
    wire.paint()
    verdict = judged(chart, "ahead")
    assert "look-ahead" in verdict
    assert of(chart, "ahead").card.face.waits == ""


def test_it_is_checked_again_when_knobs_have_rested(monkeypatch, wire, chart):
    seen = []

    def check(made, df, budget):
        seen.append(made.params["window"])
        return Judgement(f"window {made.params['window']}")

    monkeypatch.setattr(prototype, "checked", check)
    chart.indicator(mean)
    wire.paint()
    assert judged(chart, "mean") == "window 20"
    for window in (30, 40, 50):
        of(chart, "mean").card.knobs.widgets["window"].value = window
    wait(lambda: of(chart, "mean").card.face.verdict == "window 50")
    assert seen == [20, 50]


def test_what_was_left_unknown_is_asked_once_more_with_more_time(monkeypatch, wire, chart):
    seen = []

    def check(made, df, budget):
        seen.append(budget)
        return Judgement(f"in {budget:g} s", "unknown")

    monkeypatch.setattr(prototype, "checked", check)
    chart.indicator(mean)
    wire.paint()
    wait(lambda: of(chart, "mean").card.face.verdict == "in 4 s")
    wait(lambda: of(chart, "mean").card.face.waits == "")
    assert seen == [1.0, 4.0]


def test_a_check_that_fails_is_no_pass(monkeypatch, wire, chart):
    monkeypatch.setattr(prototype, "checked", lambda made, df, budget: 1 / 0)
    chart.indicator(mean)
    wire.paint()
    assert "could not be checked: ZeroDivisionError" in judged(chart, "mean")


def test_it_is_not_checked_if_not_wanted(wire, chart):
    chart.indicator(mean, check=False)
    wire.paint()
    said(chart, "mean")
    assert of(chart, "mean").card.face.waits == ""
    assert of(chart, "mean").card.face.verdict == ""


# Knobs


def test_a_turned_knob_recomputes_in_the_same_pane_and_colour(wire, chart):
    chart.indicator(zscore, check=False)
    wire.paint()
    drawn = chart._sheet.lines["zscore"]
    of(chart, "zscore").card.knobs.widgets["window"].value = 64
    wire.paint()
    wanted = zscore(chart.bars.df, 64).to_numpy()
    assert np.array_equal(line(chart, "zscore"), wanted, equal_nan=True)
    assert chart._sheet.lines["zscore"] == drawn
    assert "int = 64" in chart.locked("zscore")


def test_of_many_turns_only_the_last_waits_for_the_run_in_progress(wire, chart):
    gate, windows, at_once = threading.Event(), [], []

    def slow(df, window: int = 1):
        at_once.append(1)
        windows.append(window)
        if window > 1:
            gate.wait(10)
        assert len(at_once) == 1
        at_once.clear()
        return df.close

    chart.indicator(slow, check=False)
    wire.paint()
    chart._overlays.patience = 0.0
    windows.clear()
    for window in range(2, 50):
        of(chart, "slow").card.knobs.widgets["window"].value = min(window, 10)
        of(chart, "slow")._turned({"window": window})
        wire.paint()
    gate.set()
    chart._overlays.patience = 10.0
    wait(lambda: wire.paint() and windows[-1:] == [49])
    assert len(windows) <= 3
    assert chart._overlays.errors == {}


def test_a_knob_that_cannot_be_turned_there_says_so(wire, chart):
    class Only:
        def __init__(self, length: int = 3):
            if length > 10:
                raise ValueError("at most 10")

        def update(self, bar):
            return bar.close

    chart.indicator(Only, check=False)
    wire.paint()
    of(chart, "Only").card.knobs.widgets["length"].value = 12
    assert said(chart, "Only")["problem"] == "ValueError: at most 10"
    assert chart.indicators["Only"].params == {"length": 3}
    of(chart, "Only").card.knobs.widgets["length"].value = 5
    assert said(chart, "Only")["problem"] == ""


def test_lock_puts_the_code_into_the_next_cell(monkeypatch, chart):
    chart.indicator(mean, window=64)
    put = []
    monkeypatch.setattr(
        prototypes, "get_ipython", lambda: SimpleNamespace(set_next_input=put.append)
    )
    chart.lock("mean")
    assert put == [chart.locked("mean")]
    with pytest.raises(ChartError, match="no indicator 'nobody'; there are: mean"):
        chart.lock("nobody")


# Its life


@pytest.fixture
def cells(monkeypatch):
    """cells("a", run) is the cell that runs from now on; what it displays is listed."""
    displayed, now = [], [None]
    monkeypatch.setattr(IPython, "get_ipython", lambda: SimpleNamespace(kernel=object()))
    monkeypatch.setattr(prototypes, "display", displayed.append)
    monkeypatch.setattr(prototypes, "this_cell", lambda: now[0])

    def run(cell, number):
        now[0] = Cell(cell, number)
        return displayed

    return run


def test_run_again_a_cell_has_one_card(wire, chart, cells):
    displayed = cells("a", 1)
    chart.indicator(mean)
    cells("a", 2)
    chart.indicator(median, name="mean")
    cells("a", 3)
    chart.indicator(mean, window=7)
    first, second, third = displayed
    assert second is first, "its knobs are the same"
    assert first.closed
    assert not third.closed
    assert third.knobs.widgets["window"].value == 7
    assert sum(isinstance(each, prototype.Prototype) for each in shows._cells) == 1


def test_run_in_another_cell_the_card_is_there_alone(wire, chart, cells):
    displayed = cells("a", 1)
    chart.indicator(mean)
    cells("b", 2)
    chart.indicator(median, name="mean")
    first, second = displayed
    assert first.closed
    assert not second.closed
    assert list(chart.indicators) == ["mean", "mean (before)"]


def test_a_card_used_again_begins_anew(wire, chart):
    chart.indicator(mean)
    wire.paint()
    judged(chart, "mean")
    card = of(chart, "mean").card
    card.knobs.widgets["window"].value = 64
    card.locking.click()
    chart.indicator(median, name="mean")
    assert of(chart, "mean").card is card
    assert card.knobs.widgets["window"].value == 20
    assert (card.face.code, card.face.verdict, card.face.waits) == ("", "", "checking…")
    assert chart.indicators["mean"].params["window"] == 20
    card.knobs.widgets["window"].value = 30
    assert chart.indicators["mean"].function is median
    assert chart.indicators["mean"].params["window"] == 30


def test_a_cell_that_names_its_function_otherwise_takes_the_first_away(wire, chart, cells):
    cells("a", 1)
    chart.indicator(mean)
    cells("b", 2)
    chart.indicator(zscore)
    cells("a", 3)
    chart.indicator(median)
    assert list(chart.indicators) == ["zscore", "median"]


def test_fifty_swaps_leave_one_card_and_no_thread(wire, chart):
    chart.indicator(mean, check=False)
    wire.paint()
    comm = sys.modules["comm"].get_comm_manager()
    count, threads = len(comm.comms), threading.active_count()
    for window in range(2, 52):
        chart.indicator(mean, window=window, check=False)
        wire.paint()
    wait(lambda: threading.active_count() <= threads)
    assert len(comm.comms) == count
    assert list(chart.indicators) == ["mean"]


@pytest.mark.parametrize(("swaps", "check"), [(30, False), (4, True)])
def test_of_many_versions_only_the_last_two_are_held(wire, chart, feed, swaps, check):
    def made(number):
        if number % 2:
            return lambda df: df.close + number
        return lambda df: df.close.rolling(3).mean() - number

    versions = []
    for number in range(swaps):
        versions.append(made(number))
        chart.indicator(versions[-1], name="mine", check=check)
        versions[-1] = weakref.ref(versions[-1])
        feed.walk(time.time_ns())
        wire.paint()
    assert list(chart.indicators) == ["mine", "mine (before)"]
    if check:
        judged(chart, "mine")
    prototype.checks.join()
    gc.collect()
    held = [number for number, version in enumerate(versions) if version() is not None]
    assert held == [swaps - 2, swaps - 1]


def test_released_with_its_chart_and_gone_with_it(feed):
    chart = Chart(feed)
    chart.indicator(mean)
    card = of(chart, "mean").card
    chart.release()
    assert card.closed
    prototype.checks.join()
    gone = weakref.ref(chart)
    del chart
    gc.collect()
    assert gone() is None


def test_of_a_chart_that_is_gone_the_card_leaves_by_itself(feed):
    chart = Chart(feed)
    chart.indicator(mean, check=False)
    card = of(chart, "mean").card
    del chart
    gc.collect()
    wait(lambda: card.closed)


def test_when_the_feed_ends_the_card_says_so_and_rests(wire, chart, feed):
    chart.indicator(mean)
    wire.paint()
    judged(chart, "mean")
    feed.close()
    each = of(chart, "mean")
    painter.hurry(each)
    wait(lambda: each not in painter)
    assert each.card.face.live["state"] == "closed"
