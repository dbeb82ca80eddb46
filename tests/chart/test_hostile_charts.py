"""Bad data and functions: the last good picture stays, and the chart says what is bad."""

import math
import time

import numpy as np
import pytest
from fakes import S
from lastgood import EMPTY, ERRORS, RANGES, TAG, again, drawn, trade

from livefin.chart import Chart

NAN, INF = math.nan, math.inf


# Data


def test_a_chart_without_data_says_what_it_waits_for(stage, quiet):
    shown = again(stage(Chart(quiet)))
    assert shown.evaluate(EMPTY) == "connecting to fake…"
    quiet.state = "live"
    again(shown)
    assert shown.evaluate(EMPTY) == "waiting for the first trade of BTC-USDT at fake…"
    quiet.state = "stale"
    again(shown)
    assert shown.evaluate(EMPTY) == "nothing heard from fake; waiting…"
    trade(quiet, [100.0])
    again(shown)
    assert shown.evaluate(EMPTY) == ""
    drawn(shown)


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("finished", "the replay had no trade of BTC-USDT"),
        ("closed", "the feed was closed before a trade of BTC-USDT came"),
    ],
)
def test_a_symbol_that_never_comes_is_told(stage, quiet, state, said):
    quiet.state = state
    shown = again(stage(Chart(quiet)))
    assert shown.evaluate(EMPTY) == said
    assert shown.evaluate("({view: {hud}}) => hud.empty.firstChild.hidden"), "nothing turns"


@pytest.mark.parametrize("price", [1e-12, 1e-9, 1e12, -37.63, 0.0])
@pytest.mark.parametrize("count", [1, 2, 40])
def test_prices_of_any_size_and_one_or_two_bars_are_drawn(stage, quiet, price, count):
    by = abs(price) / 50 or 1.0
    trade(quiet, [price + by * math.sin(i) for i in range(count)])
    shown = again(stage(Chart(quiet, profile=True)))
    drawn(shown)


def test_prices_may_go_through_zero(stage, quiet):
    trade(quiet, [18.27, 10.0, 1.0, -13.1, -37.63, -2.0, 5.0])
    shown = again(stage(Chart(quiet, profile=True, kind="area")))
    drawn(shown)
    low, high = shown.evaluate(RANGES)[0]
    assert low < -37.63
    assert high > 18.27
    for kind in ("heikin", "renko", "baseline", "hollow"):
        shown.chart.set(kind=kind)
        again(shown)
        drawn(shown)


@pytest.mark.parametrize("column", ["open", "high", "low", "close", "volume"])
@pytest.mark.parametrize("value", [NAN, INF, -INF])
def test_what_is_no_number_in_a_column_is_a_hole(stage, quiet, column, value):
    trade(quiet, [100.0 + i % 3 for i in range(20)])
    chart = Chart(quiet, profile=True)
    read = chart.bars.read

    def spoilt(ordinal=None, until=None):
        rows = read(ordinal, until)
        rows.columns[column] = np.where(
            np.arange(len(rows.columns[column])) == 5, value, rows.columns[column]
        )
        return rows

    chart._picture.bars.read = spoilt
    shown = again(stage(chart))
    drawn(shown)
    low, high = shown.evaluate(RANGES)[0]
    assert 90 < low < high < 110
    for kind in ("hollow", "heikin", "bars", "line", "area", "baseline", "renko"):
        chart.set(kind=kind)
        again(shown, 1)
        drawn(shown)


def test_a_clock_may_jump_an_hour_back_and_a_day_ahead(stage, quiet):
    trade(quiet, [100.0 + i % 3 for i in range(50)])
    shown = again(stage(Chart(quiet)))
    trade(quiet, [90.0, 91.0], first=-3_600)
    again(shown)
    drawn(shown)
    trade(quiet, [110.0, 111.0], first=86_400)
    again(shown)
    drawn(shown)
    assert shown.evaluate(TAG) == "111"
    times = shown.evaluate("({page: {history: h}}) => h.columns.time.slice(h.start, h.end)")
    assert times == sorted(set(times))
    assert len(times) == len(quiet.bars()["BTC-USDT"].df)


def test_many_ticks_at_once_leave_the_page_answering(stage, quiet):
    shown = again(stage(Chart(quiet)))
    for k in range(20):
        trade(quiet, [100.0 + (i * 7 % 13) for i in range(5_000)], first=k * 1_000)
        shown.paint()
        assert shown.evaluate("() => 1") == 1
    again(shown)
    drawn(shown)
    assert shown.evaluate("({page}) => page.history.length") == len(quiet.bars()["BTC-USDT"].df)


def test_thirty_panes_are_all_drawn(stage, feed):
    panes = [{f"p{i}": lambda df, i=i: df.close.diff(i + 1)} for i in range(30)]
    shown = again(stage(Chart(feed, panes=panes)), 4)
    drawn(shown)
    heights = shown.evaluate(
        "({view: {panes}}) => panes.map(({frame}) => frame.bottom - frame.top)"
    )
    assert len(heights) == 31
    assert min(heights) >= 40


# Functions


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (lambda df: 1 / 0, "bad: ZeroDivisionError: division by zero"),
        (lambda df: [1, 2, 3], "bad: gave 3 values for 50 bars"),
        (lambda df: "text", "bad: gave"),
        (lambda df: None, "bad: "),
        (lambda df: np.zeros((2, 2)), "bad: gave shape (2, 2)"),
    ],
)
def test_an_overlay_that_fails_is_named_and_the_others_go_on(stage, feed, function, said):
    good = {"good": lambda df: df.close}
    shown = again(stage(Chart(feed, overlays={"bad": function} | good)))
    assert said in shown.evaluate(ERRORS)
    assert "good" in shown.evaluate("({view: {panes: [{legend}]}}) => legend.lines.textContent")
    drawn(shown)
    shown.chart.remove("bad")
    feed.walk(time.time_ns() + 2 * S)
    again(shown)
    assert shown.evaluate(ERRORS) == ""


def test_an_endless_error_is_cut(stage, feed):
    def long(df):
        raise ValueError("x" * 1_000_000)

    shown = again(stage(Chart(feed, overlays={"long": long})))
    assert len(shown.evaluate(ERRORS)) == 300


@pytest.mark.parametrize("where", ["price", "new"])
@pytest.mark.parametrize("value", [INF, -INF, NAN])
def test_a_line_that_is_infinite_now_and_then_has_holes(stage, feed, where, value):
    chart = Chart(feed)
    chart.add(lambda df: df.close.where(np.arange(len(df)) % 7 > 0, value), "odd", pane=where)
    shown = again(stage(chart), 3)
    drawn(shown)
    key = chart._sheet.lines["odd"].key
    values = shown.evaluate(
        "({view: {embedded: {doc}}}, key) => doc.get_model_by_name(`livefin:${key}`).data.y", key
    )
    assert values[::7] == [None] * len(values[::7])
    assert all(math.isfinite(each) for each in values if each is not None)


def test_a_slow_overlay_does_not_hold_the_bars_up(stage, feed):
    def slow(df):
        time.sleep(0.3)
        return df.close

    shown = again(stage(Chart(feed, overlays={"slow": slow})), 3)
    before = shown.evaluate("({page: {stats}}) => stats.received")
    for i in range(5):
        feed.walk(time.time_ns() + (i + 2) * S)
        shown.paint()
    assert shown.evaluate("({page: {stats}}) => stats.received") == before + 5
    drawn(shown)
