"""`check` as a whole: what it takes, what it says when there is little time, or trouble."""

import gc
import sys
import threading
import time
import weakref

import numpy as np
import pandas as pd
import pytest

from livefin.errors import IndicatorError
from livefin.indicators.bars.vwap import VWAP
from livefin.indicators.custom.userdefined import indicator
from livefin.indicators.stepwise import Stepwise
from livefin.trust.checking import CHECKS, check
from livefin.trust.made import made_bars
from livefin.trust.subject import Subject

BARS = made_bars(600, seed=4)
PLENTY = 60.0


def mean(df, window: int = 20):
    return df.close.rolling(window).mean()


def test_every_check_is_in_the_verdict_whatever_happened():
    for thing in (mean, lambda df: df["nowhere"]):
        assert [finding.check for finding in check(thing, BARS, budget=0.3)] == list(CHECKS)


def test_an_honest_function_passes_and_its_warm_up_is_told():
    verdict = check(mean, BARS, budget=PLENTY)
    assert verdict.honest
    assert verdict["warm-up"].short == "warm-up 19 bars"
    assert verdict["look-ahead"].state == verdict["repaint"].state == "passed"
    assert verdict.name == "mean"


def test_what_had_no_time_is_unknown_and_never_passed():
    def slow(df):
        time.sleep(0.05)
        return df.close

    verdict = check(slow, BARS, budget=0.01)
    assert verdict["look-ahead"].state == "unknown"
    assert verdict["repaint"].state == "unknown"
    assert "look-ahead" in verdict.summary


def test_a_function_that_never_returns_is_given_up_and_named():
    def endless(df):
        while True:
            pass

    verdict = check(endless, BARS, budget=0.1)
    assert not verdict.honest
    assert verdict["runs"].text == "has not returned after 2.1 s, on 256 bars"
    assert "livefin-guarded" not in [thread.name for thread in threading.enumerate()]
    assert type(sys.stdout).__name__ != "Ear"


def test_what_stands_for_stdout_in_a_run_outlives_it_since_a_print_may_still_write_to_it():
    seen = []

    def spy(df):
        seen.append(weakref.ref(sys.stdout))
        return df.close

    Subject(indicator(spy))(BARS)
    gc.collect()
    assert seen[0]() is not None
    assert sys.stdout is not seen[0]()


def test_a_function_that_asks_for_ten_gb_is_named():
    pytest.importorskip("resource", reason="no limits on memory here")

    def greedy(df):
        return pd.Series(np.ones(10 << 27)[: len(df)], df.index)

    verdict = check(greedy, BARS, budget=1.0)
    assert "asked for more than 2 GB of memory" in verdict["runs"].text
    assert not verdict.honest


def test_an_exception_is_told_with_what_it_came_on():
    verdict = check(lambda df: df["nowhere"], BARS, budget=1.0)
    assert verdict["runs"].text == "raised KeyError: 'nowhere' on 600 bars"


def test_what_is_no_line_of_values_is_told():
    verdict = check(lambda df: [1.0, 2.0], BARS, budget=1.0)
    assert "gave 2 values for 600 bars" in verdict["runs"].text


def test_what_is_no_indicator_is_an_error():
    with pytest.raises(IndicatorError):
        check(42, BARS)


@pytest.mark.parametrize("rows", [0, 12])
def test_with_few_bars_it_is_checked_on_made_up_ones_and_says_so(rows):
    verdict = check(lambda df: df.close.shift(-1), BARS.iloc[:rows], budget=PLENTY)
    assert verdict["look-ahead"].state == "failed"
    assert verdict.about.startswith("checked on 2,000 made-up bars: ")
    assert ("only 12 real ones" in verdict.about) == (rows == 12)


def test_a_frame_with_no_columns_is_as_good_as_none():
    assert check(mean, pd.DataFrame(), budget=PLENTY).honest


def test_a_forming_bar_in_the_frame_is_not_blamed_on_the_indicator():
    bars = BARS.assign(closed=np.arange(len(BARS)) < len(BARS) - 1)

    def only_closed(df):
        return df.close.where(df.closed).rolling(5).mean()

    assert check(only_closed, bars, budget=PLENTY).honest


def test_given_bars_are_left_as_they_were():
    before = BARS.copy()

    def spoils(df):
        df["close"] = 0.0
        return df.open

    verdict = check(spoils, BARS, budget=PLENTY)
    assert BARS.equals(before)
    assert "changes close in the frame it is given" in verdict["side effects"].text
    assert verdict.honest


def test_the_indicator_itself_is_left_as_it_was():
    class Total(Stepwise):
        name, outputs, warm_up = "Total", ("total",), None

        def __init__(self):
            self.reset()

        def reset(self):
            self.total = 0.0

        def update(self, row):
            self.total += row.volume if np.isfinite(row.volume) else 0.0
            return (self.total,)

    total = Total()
    total.total = 7.0
    verdict = check(total, BARS, budget=PLENTY)
    assert verdict.honest, verdict
    assert verdict["stream"].state == "passed"
    assert verdict["warm-up"].short == "warm-up never over"
    assert total.total == 7.0


def test_livefins_own_session_vwap_is_honest():
    verdict = check(VWAP(), BARS, budget=PLENTY)
    assert verdict.honest, verdict


def test_rows_of_trades_are_checked_without_made_up_bars():
    random = np.random.default_rng(1)
    times = pd.date_range("2026-03-01", periods=400, freq="1s", tz="UTC")
    trades = pd.DataFrame({"price": random.normal(100, 1, 400), "size": 1.0, "side": "buy"}, times)

    class Imbalance(Stepwise):
        name, outputs, warm_up, source = "Imbalance", ("imbalance",), None, "trades"

        def __init__(self):
            self.reset()

        def reset(self):
            self.total = 0.0

        def update(self, row):
            self.total += row.side * row.size
            return (self.total,)

    verdict = check(Imbalance(), trades, budget=PLENTY)
    assert verdict.honest, verdict
    assert verdict["look-ahead"].state == verdict["stream"].state == "passed"


@pytest.mark.parametrize(
    ("bars", "advice"),
    [
        (BARS[["close"]], "no open, high, low; it has close"),
        (BARS.rename(columns=str.upper), r"df\.rename\(columns=str\.lower\)"),
        (BARS.iloc[::-1], "oldest first"),
        (BARS.close, "takes a frame"),
    ],
)
def test_a_frame_that_no_check_can_be_made_on_is_refused(bars, advice):
    with pytest.raises(IndicatorError, match=advice):
        check(lambda df: df.close, bars)


@pytest.mark.parametrize("bars", [BARS.round().astype(int), BARS.assign(close=np.nan)])
def test_bars_of_whole_numbers_and_without_prices_are_checked(bars):
    assert check(lambda df: df.close.diff(), bars, budget=PLENTY).honest
