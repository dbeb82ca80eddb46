"""Along live bars, with late trades and bars put in front, the lines are those of the batch."""

import numpy as np
import pandas as pd
import pytest
from alone import Alone
from hypothesis import given
from hypothesis import strategies as st

from livefin.bars import TimeBars
from livefin.events import Trade
from livefin.indicators import ta
from livefin.indicators.live.news import FEW, News
from livefin.indicators.live.running import Running
from livefin.indicators.live.track import Track
from livefin.indicators.stepwise import Stepwise

S = 1_000_000_000
START = 1_000
"""Second of the first trade; bars put in front are before it."""


def windowed():
    """Indicators whose value hangs on the last few bars alone."""
    return [ta.SMA(4), ta.WILLR(5), ta.BBANDS(3), ta.MOM(2), ta.OBV()]


class Counting(Stepwise):
    """Counts what it is given; its value is the number of closed bars."""

    name, outputs, warm_up = "Counting", ("count",), None

    def __init__(self):
        self.begun = self.updated = self.peeked = 0
        self.reset()

    def reset(self):
        self.count = 0

    def begin(self, df):
        self.begun += 1
        return super().begin(df)

    def update(self, row):
        self.updated += 1
        self.count += 1
        return (float(self.count),)

    def peek(self, row):
        self.peeked += 1
        return (float(self.count + 1),)


class Failing(Counting):
    """Raises at whatever closes while it is told to."""

    name = "Failing"
    fails = False

    def update(self, row):
        if self.fails:
            raise ValueError("told to")
        return super().update(row)


def trade(bars, second, price, size=1.0):
    bars.update(Trade("A", int(second * S), 0, price, size))


def filled(seconds, *, rows=100_000):
    bars = TimeBars("A", "1s", rows=rows)
    for second in range(START, START + seconds):
        trade(bars, second, 100.0 + second % 7)
    return bars


class Drawn:
    """What a chart would hold of a Running: a track for each output."""

    def __init__(self, indicator, bars, **options):
        self.running = Alone(Running(indicator, bars, **options), bars)
        self.bars = bars
        self.tracks = {output: Track() for output in indicator.outputs}

    def update(self):
        tails = self.running.update()
        for output, line in tails.items():
            self.tracks[output].put(line)
        return tails

    def held(self):
        """By output, the values at the bars that are held now."""
        first = self.bars.read().first
        return {name: track.array[first - track.first :] for name, track in self.tracks.items()}


def same(drawn, df):
    expected = drawn.running.indicator.batch(df)
    for output, values in drawn.held().items():
        np.testing.assert_allclose(
            values, expected[output], rtol=1e-9, atol=1e-7, err_msg=f"{drawn.running.indicator}"
        )


steps = st.lists(
    st.one_of(
        st.tuples(st.just("trade"), st.integers(0, 3_000), st.integers(1, 200)),
        st.tuples(st.just("late"), st.integers(0, 60_000), st.integers(1, 200)),
        st.tuples(st.just("front"), st.integers(1, 12), st.integers(1, 200)),
        st.tuples(st.just("look"), st.just(0), st.just(0)),
    ),
    min_size=1,
    max_size=80,
)


@given(steps)
def test_the_lines_are_those_of_the_batch_over_the_bars_at_the_end(steps):
    bars = TimeBars("A", "1s")
    drawn = [Drawn(each, bars) for each in windowed()]
    now, oldest = START * S, START
    for what, amount, price in steps:
        if what == "trade":
            now += amount * 1_000_000
            bars.update(Trade("A", now, 0, float(price), 1.0 + price % 3))
        elif what == "late" and bars.oldest is not None:
            ts = max(bars.oldest, now - amount * 1_000_000)
            bars.update(Trade("A", ts, 0, float(price), 2.0))
        elif what == "front":
            earlier = TimeBars("A", "1s")
            for second in range(oldest - amount, oldest):
                trade(earlier, second, float(price + second % 5))
            oldest -= amount
            bars.put_in_front(earlier.held)
        else:
            for each in drawn:
                each.update()
    for each in drawn:
        each.update()
        if len(bars):
            same(each, bars.df)


@given(st.lists(st.integers(1, 5), min_size=1, max_size=60))
def test_bars_that_are_held_no_more_leave_the_values_of_the_others_as_they_are(gaps):
    few, all_of_them = filled(10, rows=10), filled(10)
    drawn = Drawn(ta.SMA(4), few)
    drawn.update()
    second = START + 10
    for gap in gaps:
        second += gap
        for bars in (few, all_of_them):
            trade(bars, second, 50.0 + gap)
        drawn.update()
    df = all_of_them.df
    expected = ta.SMA(4).batch(df).sma.iloc[-len(drawn.held()["sma"]) :]
    np.testing.assert_allclose(drawn.held()["sma"], expected, rtol=1e-12)


def test_each_closed_bar_is_given_once_and_the_forming_one_is_peeked_at():
    bars = filled(500)
    running = Alone(Running(Counting(), bars), bars)
    running.update()
    counting = running.indicator
    before = counting.updated
    for second in range(START + 500, START + 600):
        for part in range(3):
            trade(bars, second + part / 4, 100.0)
            running.update()
    assert counting.updated - before == 100
    assert counting.begun == 1
    assert counting.peeked == 1 + 300


def test_nothing_is_computed_when_nothing_changed():
    bars = filled(5)
    running = Alone(Running(Counting(), bars), bars)
    assert running.update()
    peeked = running.indicator.peeked
    assert running.update() == {}
    assert running.indicator.peeked == peeked


def test_a_late_trade_goes_back_by_the_warm_up_and_no_further():
    bars = filled(1_000)
    running = Alone(Running(ta.SMA(4), bars), bars)
    running.update()
    taken = []
    begin = running.indicator.begin
    running.indicator.begin = lambda df: taken.append(len(df)) or begin(df)
    trade(bars, START + 990.5, 500.0)
    tail = running.update()["sma"]
    assert tail.first == 990
    assert taken == [ta.SMA(4).warm_up + 9]


def test_many_bars_at_once_go_in_as_a_frame():
    bars = filled(100)
    running = Alone(Running(Counting(), bars), bars)
    running.update()
    for second in range(START + 100, START + 102 + FEW):
        trade(bars, second, 100.0)
    assert running.update()["count"].array[-1] == len(bars)
    assert running.indicator.begun == 2


def test_with_history_the_lines_begin_so_many_bars_back():
    bars = filled(1_000)
    whole, short = (
        Alone(Running(ta.RSI(14), bars), bars),
        Alone(Running(ta.RSI(14), bars, history=20), bars),
    )
    full, tail = whole.update()["rsi"], short.update()["rsi"]
    assert tail.first == 1_000 - 20
    np.testing.assert_allclose(tail.array, full.array[-20:], rtol=1e-9)


def test_history_is_all_there_is_where_the_bars_are_fewer_or_the_warm_up_never_ends():
    bars = filled(30)
    assert Alone(Running(ta.SMA(20), bars, history=20), bars).update()["sma"].first == 0
    assert Alone(Running(ta.OBV(), bars, history=5), bars).update()["obv"].first == 0


def test_with_history_bars_put_in_front_complete_a_warm_up():
    bars = TimeBars("A", "1s")
    short = Alone(Running(ta.SMA(10), bars, history=5), bars)
    for second in range(START, START + 4):
        trade(bars, second, 1.0)
    assert np.isnan(short.update()["sma"].array).all()
    earlier = TimeBars("A", "1s")
    for second in range(START - 20, START):
        trade(earlier, second, 2.0)
    bars.put_in_front(earlier.held)
    line = short.update()["sma"]
    assert line.array[-5:].tolist() == pytest.approx([2.0, 1.9, 1.8, 1.7, 1.6])


def test_many_that_read_once_give_what_each_gives_alone():
    bars = filled(50)
    alone = [Alone(Running(each, bars), bars) for each in windowed()]
    abreast = [Running(each, bars) for each in windowed()]
    reader = bars.reader()
    for second in range(START + 50, START + 80):
        trade(bars, second, 90.0 + second % 11)
        if second % 5 == 0:
            trade(bars, second - 3, 70.0)
        news = News.read(bars, reader)
        for one, other in zip(alone, abreast, strict=True):
            expected, given_ = one.update(), other.take(news)
            assert expected.keys() == given_.keys()
            for output, line in expected.items():
                assert line.first == given_[output].first
                np.testing.assert_array_equal(line.array, given_[output].array)


def test_one_that_raises_begins_anew_at_the_next_change():
    bars = filled(5)
    running = Alone(Running(Failing(), bars), bars)
    running.indicator.fails = True
    with pytest.raises(ValueError, match="told to"):
        running.update()
    running.indicator.fails = False
    trade(bars, START + 5, 100.0)
    line = running.update()["count"]
    assert (line.first, line.array[-1]) == (0, 6.0)


def test_one_that_raises_after_a_late_trade_does_not_go_on_with_half_a_state():
    bars = filled(10)
    running = Alone(Running(Failing(), bars), bars)
    running.update()
    running.indicator.fails = True
    trade(bars, START + 3, 50.0)
    with pytest.raises(ValueError, match="told to"):
        running.update()
    running.indicator.fails = False
    trade(bars, START + 9.5, 100.0)
    assert running.update()["count"].array[-1] == 10.0


def test_the_one_given_is_left_as_it_was():
    given_ = Counting()
    bars = filled(5)
    Alone(Running(given_, bars), bars).update()
    assert given_.updated == 0


def test_no_bars_give_no_lines():
    bars = TimeBars("A", "1s")
    assert Alone(Running(ta.SMA(3), bars), bars).update() == {}


def test_the_frame_of_bars_is_indexed_in_whole_nanoseconds():
    bars = filled(3)
    seen = []

    class Looking(Counting):
        def begin(self, df):
            seen.append(df.index)
            return super().begin(df)

    Alone(Running(Looking(), bars), bars).update()
    assert seen[0].equals(pd.DatetimeIndex(bars.df.index[:-1]))
