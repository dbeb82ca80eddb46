"""Sweeps: the scores are those of a plain loop, on one core as on several; failures are named."""

import math
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from types import MappingProxyType

import numpy as np
import pandas as pd
import pytest

from livefin.errors import IndicatorError
from livefin.indicators import ta
from livefin.research import workers as at_work
from livefin.research.sweeping import luck, sweep
from livefin.research.trial import Grid


@pytest.fixture
def df():
    rng = np.random.default_rng(11)
    times = pd.date_range("2026-03-01", periods=600, freq="1min", tz="UTC")
    return pd.DataFrame({"close": 100 * np.exp(np.cumsum(rng.normal(0, 0.001, 600)))}, times)


@pytest.fixture
def at_once(monkeypatch):
    """Go to other processes after the first set."""
    monkeypatch.setattr(at_work, "ALONE", 0.0)
    monkeypatch.setattr(at_work, "BEGINNING", 0.0)
    monkeypatch.setattr(at_work, "MOST_AT_ONCE", 3)


def momentum(df, window=5, sign=1):
    return sign * df.close.diff(window)


GRID = {"window": [2, 5, 9], "sign": [1, -1]}


def quiet(*args, **options):
    return sweep(*args, **{"workers": 1, "progress": False, **options})


def test_the_scores_are_those_of_a_plain_loop(df):
    found = quiet(momentum, df, GRID, ["ic", "pearson", "hit_rate"], horizon=3)
    after = np.log(df.close.shift(-3) / df.close)
    assert len(found.df) == 6
    for row in found.df.itertuples():
        line = momentum(df, row.window, row.sign)
        both = line.notna() & after.notna()
        assert row.ic == pytest.approx(line[both].rank().corr(after[both].rank()))
        assert row.pearson == pytest.approx(line[both].corr(after[both]))
        assert row.hit_rate == pytest.approx((line * after > 0)[both & (line != 0)].mean())
    assert found.df.ic.is_monotonic_decreasing
    assert found.best_params == found.df.iloc[0][["window", "sign"]].to_dict()


def test_the_sharpe_ratio_is_that_of_the_next_bar_after_costs(df):
    def position(df, window=5):
        return np.sign(df.close.diff(window))

    row = quiet(position, df, {"window": [5]}, "sharpe", cost_bps=4).df.iloc[0]
    held = position(df).fillna(0)
    earned = held * df.close.pct_change().shift(-1) - held.diff().abs().fillna(0) * 2e-4
    assert row.sharpe == pytest.approx(earned.mean() / earned.std())


def test_other_processes_find_the_same(df, at_once):
    share = MappingProxyType({"by": 2.0})  # of the notebook, and no plain thing to send

    def scaled(df, window=5, sign=1):
        return momentum_(df, window, sign) * share["by"]

    def momentum_(df, window, sign):
        return sign * df.close.diff(window)

    def own(values, df):
        return float(values.iloc[:, 0].sum() + len(df))

    alone = quiet(scaled, df, GRID, ["ic", own])
    spread = quiet(scaled, df, GRID, ["ic", own], workers=2)
    pd.testing.assert_frame_equal(alone.df, spread.df)
    assert not [note for note in spread.notes if "one core" in note]


def test_an_indicator_is_swept_over_its_parameters(df, at_once):
    grid = {"timeperiod": [5, 9, 0, 14]}
    found = quiet(ta.RSI(14), df, grid, workers=2)
    assert sorted(found.df.timeperiod) == [5, 9, 14]
    assert found.errors.timeperiod.tolist() == [0]
    line = ta.RSI(found.best_params["timeperiod"]).batch(df).iloc[:, 0]
    after = np.log(df.close.shift(-1) / df.close)
    both = line.notna() & after.notna()
    assert found.df.ic.iloc[0] == pytest.approx(line[both].rank().corr(after[both].rank()))


def test_what_cannot_be_sent_is_tried_here_and_said(df, at_once):
    lock = threading.Lock()

    def locked(df, window=5):
        with lock:
            return df.close.diff(window)

    found = quiet(locked, df, {"window": range(1, 8)}, workers=2)
    assert len(found.df) == 7
    assert any("one core" in note for note in found.notes)


def test_a_process_that_dies_costs_its_sets_and_not_the_sweep(df, at_once):
    parent = os.getpid()

    def deadly(df, window=5):
        if window == 5 and os.getpid() != parent:
            os._exit(1)
        return df.close.diff(window)

    found = quiet(deadly, df, {"window": range(1, 9)}, workers=2)
    assert 5 in found.errors.window.tolist()
    assert len(found.df) + len(found.errors) == 8
    assert "ended the process" in str(found)


def test_one_set_that_fails_is_named_and_nan_comes_last(df):
    def picky(df, window=5):
        if window == 3:
            raise ValueError("three is odd")
        return df.close.diff(window) if window != 4 else df.close * math.nan

    found = quiet(picky, df, {"window": range(1, 6)})
    assert found.errors.to_numpy().tolist() == [[3, "ValueError: three is odd"]]
    assert found.df.window.iloc[-1] == 4
    assert math.isnan(found.df.ic.iloc[-1])
    assert "1 sets failed: ValueError: three is odd (1)" in str(found)


def test_a_function_that_changes_its_frame_changes_no_other_sets(df):
    def rude(df, window=5):
        df.loc[:, "close"] = df["close"] * 2
        df["more"] = 1.0
        return df.close.diff(window)

    before = df.copy()
    found = quiet(
        rude, df, {"window": [2, 3]}, lambda values, df: float(values.abs().sum().iloc[0])
    )
    pd.testing.assert_frame_equal(df, before)
    expected = {window: (2 * df.close).diff(window).abs().sum() for window in (2, 3)}
    assert dict(found.df.to_numpy().tolist()) == pytest.approx(expected)


def test_progress_is_told_and_may_stop_the_sweep(df):
    told = []

    def stop(so_far):
        told.append(so_far[:2])
        raise KeyboardInterrupt

    def slow(df, window=5):
        time.sleep(0.1)
        return df.close.diff(window)

    found = quiet(slow, df, {"window": range(1, 30)}, progress=stop)
    assert found.interrupted
    assert 1 <= len(found.df) < 29
    assert told == [(len(found.df), 29)]
    assert "interrupted" in str(found)
    done = []
    whole = quiet(momentum, df, GRID, progress=done.append)
    assert done[-1] == (6, 6, whole.best_params, whole.df.ic.iloc[0])


def test_progress_may_stop_a_sweep_while_no_result_comes(df, at_once):
    def endless(df, window=5):
        if window > 1:
            time.sleep(600)
        return df.close.diff(window)

    asked = []

    def stop(so_far):
        asked.append(so_far.done)
        if len(asked) == 3:
            raise KeyboardInterrupt

    found = quiet(endless, df, {"window": range(1, 30)}, workers=2, progress=stop)
    assert found.interrupted
    assert len(found.df) == 1
    assert asked == [1, 1, 1]


def test_an_interrupt_of_the_whole_group_gives_what_was_found_and_ends_the_processes(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        textwrap.dedent("""
            import time, os, numpy as np, pandas as pd
            from livefin.research import workers
            from livefin.research.sweeping import sweep
            workers.ALONE = workers.BEGINNING = 0.0
            workers.MOST_AT_ONCE = 1
            df = pd.DataFrame({"close": np.arange(1.0, 100)})
            def slow(df, window=1):
                time.sleep(0.2 if window < 9 else 600)
                return df.close.diff(window)
            def tell(so_far):
                print("done", so_far.done, flush=True)
            def one(values, df):
                return 1.0
            found = sweep(slow, df, {"window": range(1, 30)}, one, workers=2, progress=tell)
            print("found", len(found.df), found.interrupted, flush=True)
        """)
    )
    process = subprocess.Popen(  # noqa: S603 - the script above
        [sys.executable, str(script)], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        for line in process.stdout:
            if line.startswith("done") and int(line.split()[1]) >= 6:
                os.killpg(process.pid, signal.SIGINT)
                break
        out, _ = process.communicate(timeout=60)
    finally:
        process.kill()
        process.stdout.close()
    count, interrupted = out.split("found")[1].split()
    assert 6 <= int(count) <= 8
    assert interrupted == "True"


def test_a_split_keeps_what_lies_behind_out_of_the_scores(df):
    found = quiet(momentum, df, GRID, split=0.5, horizon=4)
    row = found.df.iloc[0]
    line = momentum(df, row.window, row.sign)
    after = np.log(df.close.shift(-4) / df.close)
    within = line.notna() & after.notna()
    head, tail = within.copy(), within.copy()
    head.iloc[296:] = False  # the outcome of these lies behind the cut at 300
    tail.iloc[:304] = False
    for column, rows in (("ic", head), ("ic_out", tail)):
        assert row[column] == pytest.approx(line[rows].rank().corr(after[rows].rank()))


def test_a_function_that_fits_on_all_it_sees_cannot_see_behind_the_split(df):
    seen = []

    def curious(df, window=5):
        seen.append(df.index[-1])
        return df.close.diff(window)

    quiet(curious, df, {"window": [5]}, split=0.5)
    assert seen == [df.index[299], df.index[-1]]


def test_a_heat_map_has_the_best_of_all_others(df):
    grid = {"window": [2, 5], "sign": [1, -1], "extra": [0, 1]}

    def three(df, window, sign, extra):
        return momentum(df, window, sign) + extra * df.close

    found = quiet(three, df, grid)
    heat = found.heat("window", "sign")
    assert heat.shape == (2, 2)
    cell = found.df.query("window == 5 and sign == -1")
    assert heat.loc[-1, 5] == cell.ic.max()
    assert found.heat("window", "sign", aggregate="mean").loc[-1, 5] == pytest.approx(
        cell.ic.mean()
    )
    for wrong in ({"x": "window", "y": "window"}, {"x": "window", "y": "other"}):
        with pytest.raises(IndicatorError):
            found.heat(**wrong)
    with pytest.raises(IndicatorError):
        found.heat("window", "sign", aggregate="eval")


def test_some_sets_are_drawn_from_a_grid_too_large_to_try():
    choices = {"a": range(2_000), "b": range(2_000), "c": ["x", "y"]}
    with pytest.raises(IndicatorError, match="8,000,000 sets are too many"):
        Grid(choices)
    drawn = list(Grid(choices, n=100, seed=3))
    assert len({tuple(each.values()) for each in drawn}) == 100
    assert drawn == list(Grid(choices, n=100, seed=3))
    assert list(Grid({"a": [1, 2], "b": ["x", "y"]})) == [
        {"a": a, "b": b} for a in (1, 2) for b in ("x", "y")
    ]


def test_luck_is_about_what_the_best_of_so_many_dice_has():
    rng = np.random.default_rng(0)
    for count in (10, 1000):
        best = rng.normal(size=(2_000, count)).max(axis=1).mean()
        assert luck(count) == pytest.approx(best, rel=0.05)


@pytest.mark.parametrize(
    "options",
    [
        {"grid": {}},
        {"grid": {"window": []}},
        {"grid": {"window": 5}},
        {"score": "profit"},
        {"score": ["ic", "ic"]},
        {"score": []},
        {"workers": 0},
        {"n": 0},
        {"split": 1.5},
        {"split": 0.999},
        {"split": 0.5, "gap": -1},
        {"split": 0.5, "gap": 300},
        {"grid": {"ic": [1]}},
    ],
)
def test_what_cannot_be_swept_is_said(df, options):
    given = {"grid": GRID, "score": "ic", "workers": 1, "progress": False, **options}
    with pytest.raises(IndicatorError):
        sweep(momentum, df, **given)


def test_where_nothing_has_a_score_the_best_says_why(df):
    found = quiet(momentum, df, {"window": ["wide"]})
    with pytest.raises(IndicatorError, match="1 sets failed"):
        found.best_params  # noqa: B018 - it is the property that raises
    assert "failed" in found._repr_html_()
