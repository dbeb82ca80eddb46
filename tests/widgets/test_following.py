"""A signal that is followed live: the figures are those of the same history at once."""

import numpy as np
import pandas as pd
import pytest
from fakes import FakeFeed, S

from livefin.indicators import ta
from livefin.indicators.custom.userdefined import indicator
from livefin.research.forward import after
from livefin.research.tally import Tally
from livefin.widgets.following import Following

START = 1_700_000_000 * S
HORIZONS = (1, 3, 10)


def rose(df, bars=2):
    return df.close > df.close.shift(bars)


class Rose:
    """The same, bar by bar."""

    def __init__(self):
        self.before = []

    def update(self, row):
        self.before = [*self.before[-2:], row.close]
        return float(len(self.before) == 3 and self.before[2] > self.before[0])


@pytest.fixture
def feed():
    return FakeFeed("ABC").fill(200, end=START)


@pytest.fixture
def followed(feed):
    made = []

    def follow(signal):
        signal = signal if hasattr(signal, "batch") else indicator(signal)
        tally = Tally(HORIZONS, name=signal.name)
        made.append(Following(feed, signal, feed.bars("1s")["ABC"], tally))
        return made[-1]

    yield follow
    for each in made:
        each.close()
        each.join()


def trade(feed, second, price=None):
    """One trade more, so long after the start."""
    if price is None:
        feed.walk(START + int(second * S))
    else:
        feed.trade(START + int(second * S), price)


def update(following):
    """As the painter does, but with no pause between two runs."""
    if following._apart is not None:
        following._apart._not_before = 0.0
    assert following.update(30.0)


def whole(feed, signal=rose):
    """All closed bars at once."""
    df = feed.bars("1s")["ABC"].df
    return after(pd.Series(np.asarray(signal(df)), df.index)[:-1], df.close[:-1], HORIZONS)


@pytest.mark.parametrize("signal", [rose, Rose], ids=["function", "class"])
def test_history_and_then_live_is_the_same_as_all_at_once(feed, followed, signal):
    following = followed(signal)
    update(following)
    assert (following.bars, following.live) == (199, 0)
    for second in np.arange(0, 60, 0.25):
        trade(feed, second)
        if second % 1.75 == 0:
            update(following)
    update(following)
    assert (following.bars, following.live) == (259, 60)
    found = whole(feed)
    pd.testing.assert_frame_equal(following.outcome.df, found.df, rtol=1e-9)
    assert found.df.loc[1, "count"] > 50
    assert following.repainted == 0


def test_a_known_indicator_runs_on_the_callers_thread(feed, followed):
    following = followed(ta.MOM(5))
    update(following)
    assert following._apart is None
    assert following.outcome.df.loc[1, "count"] > 100


def test_it_may_begin_before_there_are_bars(followed):
    empty = FakeFeed("ABC")
    tally = Tally(HORIZONS)
    following = Following(empty, ta.MOM(1), empty.bars("1s")["ABC"], tally)
    update(following)
    assert following.bars == 0
    for second in range(5):
        trade(empty, second, 100.0 + second)
        update(following)
    assert following.bars == 4
    assert following.outcome.df.loc[1, ["count", "pending"]].tolist() == [2, 1]


def test_the_forming_bar_is_not_counted(feed, followed):
    following = followed(rose)
    update(following)
    before = following.outcome.df
    for price in (1.0, 1e6):
        trade(feed, 0.5, price)  # closes the one before, and forms the next
        update(following)
        assert following.bars == 200
    assert following.outcome.df.loc[1, "mean"] != pytest.approx(1e6)
    assert (following.outcome.df["count"] - before["count"] <= 1).all()


def test_a_signal_that_changes_after_its_close_is_told_and_not_counted_again(feed, followed):
    def hindsight(df):
        return df.close.shift(-1) > df.close

    following = followed(hindsight)
    update(following)
    for second in range(30):
        trade(feed, second, 100.0 + second)
        update(following)
    assert following.live == 30
    assert following.fired == 0, "it knew nothing of the next bar when its own closed"
    assert following.repainted == 28
    counted = following.outcome.df.loc[1, "count"]
    update(following)
    assert following.outcome.df.loc[1, "count"] == counted


def test_what_the_signal_raises_is_said_until_it_is_well_again(feed, followed):
    def moody(df):
        if df.close.iloc[-1] > 1e6:
            raise ValueError("too high")
        return df.close > 0

    following = followed(moody)
    trade(feed, 0, 2e6)
    trade(feed, 1, 100.0)
    update(following)
    assert following.error == "ValueError: too high"
    assert following.bars == 0
    trade(feed, 2, 100.0)
    update(following)
    assert following.error == ""
    assert following.bars == 202


def test_bars_that_went_unseen_are_no_neighbours(followed):
    few = FakeFeed("ABC")
    few.bars("1s")["ABC"]
    from livefin.bars import BarTable  # noqa: PLC0415 - for this alone

    few._tables["1s"] = BarTable("1s", ["ABC"], rows=10)
    bars = few.bars("1s")["ABC"]
    always = indicator(lambda df: df.close > 0, name="always")
    following = Following(few, always, bars, Tally([1]))
    for second in range(5):
        trade(few, second, 100.0)
    update(following)
    for second in range(5, 40):
        trade(few, second, 200.0)
    update(following)
    update(following)
    outcome = following.outcome
    assert outcome.df.loc[1, "missing"] >= 1
    assert not outcome.returns(1).any(), "none from 100 to 200 across what was not seen"
    following.close()
    following.join()
