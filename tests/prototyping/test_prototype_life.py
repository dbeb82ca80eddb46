"""`chart.indicator` without a page: one card a cell, versions let go, the end of chart and feed."""

import gc
import sys
import threading
import time
import weakref
from types import SimpleNamespace

import IPython
import pytest
from prototyped import judged, mean, median, of, wait, zscore

from livefin.cell import Cell
from livefin.chart import Chart, prototype, prototypes
from livefin.chart.painter import painter
from livefin.chart.shown import shows

FILLED = 400


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
