"""`chart.indicator` without a page: its verdict, and its knobs."""

import threading
from types import SimpleNamespace

import numpy as np
import pytest
from prototyped import Judgement, judged, line, mean, of, said, wait, zscore

from livefin.chart import prototype, prototypes
from livefin.errors import ChartError

FILLED = 400


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
