import sys
import time
import traceback

import numpy as np
import pytest

from livefin.indicators.custom.userdefined import indicator
from livefin.prototyping import trial
from livefin.prototyping.prints import Prints
from livefin.prototyping.trial import among_prices, own, tried
from livefin.trust.guard import TooLongError, TooMuchError
from livefin.trust.made import made_bars

BARS = made_bars(400)


def test_a_good_one_gives_its_values_and_what_it_printed():
    prints = Prints()

    def doubled(df):
        sys.stdout.write(f"rows {len(df)}\n")
        return 2 * df.close

    found = tried(indicator(doubled), BARS, prints)
    assert found.error is None
    assert np.array_equal(found.values["doubled"], 2 * BARS.close)
    assert prints.lines == ["rows 400"]


def test_an_error_comes_with_the_persons_lines_alone():
    def deeper(df):
        return df["nothing"]

    def outer(df):
        return deeper(df)

    found = tried(indicator(outer), BARS, Prints())
    assert isinstance(found.error, KeyError)
    frames = [each.name for each in traceback.extract_tb(found.error.__traceback__)]
    assert frames[:2] == ["outer", "deeper"]


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (lambda df: df.close.to_numpy()[1:], "gave 399 values for 400 bars"),
        (lambda df: df.close.reset_index(drop=True), "not by the bars' times"),
        (lambda df: None, "is a `return` missing"),
        (lambda df: df.close.iloc[-1], "one value for 400 bars"),
        (lambda df: df[["close", "open"]].to_numpy(), "name the lines"),
    ],
)
def test_a_wrong_result_is_named_and_has_no_lines_of_livefins(result, words):
    found = tried(indicator(result, name="odd"), BARS, Prints())
    assert words in str(found.error)
    assert found.error.__traceback__ is None


def test_one_that_fails_on_few_bars_alone_is_told_from_one_that_fails():
    short = tried(indicator(lambda df: df.close - df.close.iloc[99]), BARS[:20], Prints())
    assert isinstance(short.error, IndexError)
    assert not short.enough
    wrong = tried(indicator(lambda df: df.nothing), BARS[:20], Prints())
    assert isinstance(wrong.error, AttributeError)
    assert wrong.enough


def test_without_bars_it_is_tried_on_made_up_ones():
    assert len(tried(indicator(lambda df: df.close), BARS[:0], Prints()).values) > 0


@pytest.mark.parametrize("swallows", [False, True])
def test_one_that_never_returns_is_given_up(monkeypatch, swallows):
    monkeypatch.setattr(trial, "SECONDS", 0.2)

    def endless(df):
        while True:
            try:
                time.time()
            except:  # noqa: E722 - what a person may write
                if not swallows:
                    raise

    found = tried(indicator(endless), BARS, Prints())
    assert isinstance(found.error, TooLongError)


def test_one_that_wants_too_much_memory_is_refused():
    found = tried(indicator(lambda df: np.ones(10 * 2**30 // 8)), BARS, Prints())
    assert isinstance(found.error, TooMuchError)


def test_one_that_changes_its_input_changes_nobody_elses():
    def changing(df):
        df["close"] = 0.0
        return df.close

    bars = made_bars(400)
    assert tried(indicator(changing), bars, Prints()).error is None
    assert bars.equals(BARS)


def test_a_class_is_tried_too_and_its_error_shows_its_own_line():
    class Odd:
        def update(self, bar):
            return bar.nothing

    found = tried(indicator(Odd), BARS, Prints())
    [frame] = traceback.extract_tb(found.error.__traceback__)
    assert frame.name == "update"


def test_lines_of_a_test_are_nobodys_but_the_persons():
    with pytest.raises(ValueError, match="no parameter 'window'") as caught:
        indicator(lambda df: df.close, window=5)
    frames = traceback.extract_tb(own(caught.value).__traceback__)
    assert frames[0].name == "test_lines_of_a_test_are_nobodys_but_the_persons"


@pytest.mark.parametrize(
    ("line", "inside"),
    [
        (lambda df: df.close.rolling(20).mean(), True),
        (lambda df: df.close.rolling(20).mean() * 1.5, False),
        (lambda df: df.close.diff(), False),
        (lambda df: df.close * np.nan, False),
        (lambda df: df.volume, False),
    ],
)
def test_what_lies_among_the_prices_is_known(line, inside):
    values = tried(indicator(line, name="line"), BARS, Prints()).values
    assert among_prices(values, BARS) is inside
