"""The same bars, the same values; and what is done beside computing."""

# ruff: noqa: PD011 - the values of a finding are no frame's

import time

import numpy as np
import pandas as pd

from livefin.indicators.custom.userdefined import indicator
from livefin.trust.budget import Budget
from livefin.trust.cost import waits
from livefin.trust.made import made_bars, scaled
from livefin.trust.remembered import Remembered, clocks
from livefin.trust.steadiness import runs, side_effects, steady
from livefin.trust.subject import Subject, Timing

BARS = made_bars(300)
OTHERS = [BARS.iloc[:100], scaled(BARS, 1.5)]


def look(function):
    subject, kept = Subject(indicator(function)), Remembered(function)
    return steady(subject, function, kept, BARS, OTHERS)[0]


def test_a_plain_function_is_steady():
    assert look(lambda df: df.close.diff()).state == "passed"


def test_chance_is_found_with_the_bar_and_both_values():
    random = np.random.default_rng()
    found = look(lambda df: df.close + random.normal(size=len(df)))
    assert found.state == "failed"
    assert found.bar == BARS.index[0]
    assert found.values[0] != found.values[1]


def test_a_fit_kept_in_a_closure_is_found_and_named():
    kept = {}

    def fitted(df):
        kept.setdefault("mean", df.close.mean())
        return df.close - kept["mean"]

    found = look(fitted)
    assert found.state == "failed"
    assert "it keeps kept between calls" in found.text
    assert kept == {}


def test_a_cache_that_is_right_is_no_fault():
    kept = {}

    def weighed(df):
        kept.setdefault(3, np.array([0.2, 0.3, 0.5]))
        return df.close.rolling(3).apply(lambda x: x @ kept[3], raw=True)

    assert look(weighed).state == "passed"


def test_a_filter_for_today_depends_on_the_clock():
    def recent(df):
        return df.close.where(df.index > pd.Timestamp.now("UTC") - pd.Timedelta("250D"))

    now = pd.Timestamp.now("UTC").floor("1D")
    bars = made_bars(300).set_axis(
        pd.date_range(now - pd.Timedelta("300D"), periods=300, freq="1h")
    )
    subject = Subject(indicator(recent))
    found = steady(subject, recent, Remembered(recent), bars, [])[0]
    assert found.state == "failed"
    assert "it reads the clock (now)" in found.text


def test_names_of_clocks_are_found_in_inner_functions_too():
    def outer(df):
        def inner():
            return time.time()

        return inner() + df.close

    assert clocks(outer) == ["time"]
    assert clocks(lambda df: df.index.time) == ([] if "time" not in globals() else ["time"])


def test_what_raises_now_and_then_is_counted():
    calls = []

    def flaky(df):
        calls.append(1)
        if len(calls) % 10 == 0:
            raise OSError("no answer")
        return df.close

    found = runs(Subject(indicator(flaky)), BARS, Budget(60))
    assert found.state == "failed"
    assert "raised OSError: no answer in" in found.text


def test_prints_are_counted_and_kept_out_of_the_cell(capsys):
    def chatty(df):
        print("rows", len(df))  # noqa: T201
        return df.close

    subject = Subject(indicator(chatty))
    subject(BARS)
    subject(BARS)
    assert capsys.readouterr().out == ""
    assert (
        "prints a line a run, such as 'rows 300'" in side_effects(subject, Remembered(chatty)).text
    )


def test_a_sleep_is_told_from_a_busy_machine():
    slept = [Timing(100, 0.055, 0.001)] * 6
    assert waits(slept) > 0.05
    assert waits([*slept, Timing(100, 0.0012, 0.001)]) == 0.0
    assert waits(slept[:2]) == 0.0


def test_what_it_adds_to_its_input_is_named():
    def adds(df):
        df["mean"] = df.close.rolling(3).mean()
        return df["mean"]

    subject = Subject(indicator(adds))
    subject(BARS)
    assert subject.changed == "adds mean"


_total = 0


def test_globals_are_put_back():
    def counts(df):
        global _total  # noqa: PLW0603
        _total += len(df)
        return df.close * _total

    kept = Remembered(counts)
    counts(BARS)
    assert kept.changed() == ["_total"]
    kept.restore()
    assert _total == 0
    assert kept.changed() == []


def test_class_attributes_and_defaults_are_seen_and_put_back():
    class Shared:
        held = []  # noqa: RUF012

        def update(self, bar):
            self.held.append(bar)

    def remembers(df, seen=[]):  # noqa: B006
        seen.append(len(df))

    for thing, call in ((Shared, lambda: Shared().update(1)), (remembers, lambda: remembers(BARS))):
        kept = Remembered(thing)
        call()
        assert len(kept.changed()) == 1
        kept.restore()
        assert kept.changed() == []


def test_a_wait_is_no_look_at_the_clock():
    def waits(df):
        time.sleep(0)
        return df.close

    def looks(df):
        return df.close + next(time.time() for _ in range(1))

    assert clocks(waits) == []
    assert clocks(looks) == ["time"]
