"""Indicators of several symbols along live bars, against their batch over the final frames."""

import numpy as np
import pandas as pd
import pytest
from alone import Alone
from hypothesis import given, settings
from hypothesis import strategies as st

import livefin as lf
from livefin.bars import BarColumns, TimeBars
from livefin.errors import IndicatorError, SymbolError
from livefin.events import Bar, Trade
from livefin.folding import Seam, rows_of
from livefin.indicators import ta
from livefin.indicators.custom.drawing import Drawing
from livefin.indicators.custom.functionindicator import FunctionIndicator
from livefin.indicators.live import pairs as pairs_module
from livefin.indicators.live.pairs import Together
from livefin.indicators.live.track import Track
from livefin.indicators.stepwise import Stepwise

S = 10**9
NAMES = ("A", "B", "C")


class Total(Stepwise):
    """Of all closes so far, and of the last `window` rows; counts what it was given."""

    source, outputs = "closes", ("total", "mean")

    def __init__(self, *, symbols=NAMES, window=None):
        self.symbols, self.window = symbols, window
        self.name = "Total"
        self.warm_up = None if window is None else window - 1
        self.given = 0
        self.reset()

    def reset(self):
        self.held = []

    def update(self, row):
        self.given += 1
        self.held.append(sum((i + 1) * close for i, close in enumerate(row.closes)))
        if self.window is not None:
            self.held = self.held[-self.window :]
            if len(self.held) < self.window:
                return float("nan"), float("nan")
        return sum(self.held), row.closes[0] / row.closes[-1]


def trade(symbol, second, price):
    return Trade(symbol, int(second * S), 0, price, 1.0)


def past(oldest, count, price):
    starts = range(oldest - count * S, oldest, S)
    bars = [Bar("X", s, 0, "1s", price, price, price, price, 1, 1, closed=True) for s in starts]
    return rows_of(bars, S)


class Feed:
    """The bars of some symbols."""

    def __init__(self, *symbols, rows=1_000):
        self.all = {symbol: TimeBars(symbol, "1s", rows=rows) for symbol in symbols}

    def bars(self, interval):
        assert interval == "1s"
        return self.all

    def put(self, symbol, second, price):
        self.all[symbol].update(trade(symbol, second, price))


class Chart:
    """What a chart makes of the lines: one value a bar of the main symbol."""

    def __init__(self, indicator, feed, main="A"):
        self.feed, self.main = feed, feed.all[main]
        self.together = Alone(Together(indicator, feed, self.main), self.main)
        self.tracks = {}

    def update(self):
        lines = self.together.update()
        for name, line in lines.items():
            assert len(line.array)
            self.tracks.setdefault(name, Track()).put(line)
        return lines

    def check(self, indicator):
        closes = {symbol: self.feed.all[symbol].df.close for symbol in indicator.symbols}
        rows = pd.DataFrame(closes).reindex(self.main.df.index).dropna()
        wanted = indicator.batch(rows).reindex(self.main.df.index)
        for name, track in self.tracks.items():
            assert track.first == self.main.read().first
            np.testing.assert_allclose(track.array, wanted[name], rtol=1e-12)
        # A function's lines are known from the first row on.
        known = indicator.trusted or len(rows)
        assert self.tracks or not (len(self.main) and known)


STEP = st.one_of(
    st.tuples(
        st.sampled_from(NAMES),
        st.lists(
            st.tuples(st.integers(0, 40), st.integers(1, 9).map(float)), min_size=1, max_size=8
        ),
    ),
    st.tuples(st.sampled_from(NAMES), st.integers(1, 6)),
    st.integers(1, 40),
)


@pytest.mark.parametrize(
    "indicator",
    [
        Total(),
        Total(window=3),
        Total(symbols=("C", "B")),
        FunctionIndicator(
            lambda df: {"sum": (df.A + df.B).cumsum(), "ratio": df.A / df.B},
            drawing=Drawing("mine", source="closes", symbols=("A", "B")),
        ),
    ],
    ids=["all", "window", "others", "function"],
)
@settings(max_examples=30)
@given(st.lists(STEP, max_size=20), st.sampled_from([1, 3, 32]))
def test_the_lines_are_those_of_the_final_bars_after_every_step(indicator, steps, few):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pairs_module, "FEW", few)
        feed = Feed(*NAMES)
        chart = Chart(indicator, feed)
        for step in steps:
            match step:
                case int(second):  # all trade, as they mostly do
                    for symbol in NAMES:
                        feed.put(symbol, second, 5.0 + second % 3)
                case (symbol, int(count)):
                    bars = feed.all[symbol]
                    oldest = 50 * S if bars.oldest is None else bars.oldest
                    bars.put_in_front(past(oldest, count, 4.0), Seam.WHOLE)
                case (symbol, trades):
                    for second, price in trades:
                        feed.put(symbol, second, price)
            chart.update()
            assert chart.update() == {}
            chart.check(indicator)


def together(count=50, **options):
    feed = Feed(*NAMES)
    chart = Chart(Total(**options), feed)
    for second in range(count):
        for symbol in NAMES:
            feed.put(symbol, second, 5.0)
    chart.update()
    return chart, feed


def test_a_row_of_closed_bars_is_given_once_and_a_forming_one_is_peeked():
    chart, feed = together()
    given_before = chart.together.indicator.given
    for price in range(6, 9):
        feed.put("B", 49.5, price)
        assert chart.update()["total"].first == 49
    assert chart.together.indicator.given == given_before
    for symbol in ("A", "B"):
        feed.put(symbol, 50, 5.0)
    chart.update()
    assert chart.together.indicator.given == given_before  # the third one's bar may go on
    feed.put("C", 50, 5.0)
    chart.update()
    assert chart.together.indicator.given == given_before + 1
    chart.check(Total())


def test_while_one_is_silent_there_are_no_values_and_then_they_come():
    chart, feed = together(3)
    for second in range(3, 6):
        feed.put("A", second, 5.0)
        line = chart.update()["total"]
        assert np.isnan(line.array[-1])
    for symbol in ("B", "C"):
        for second in range(3, 6):
            feed.put(symbol, second, 5.0)
    assert chart.update()["total"].first <= 3
    chart.check(Total())


def test_a_late_trade_costs_the_warm_up_and_no_more():
    chart, feed = together(500, window=3)
    feed.put("C", 480, 9.0)
    before = chart.together.indicator.given
    line = chart.update()["total"]
    assert chart.together.indicator.given - before <= 20 + 3
    assert line.first == 480
    chart.check(Total(window=3))


def test_values_stay_when_another_symbol_holds_its_bars_no_more():
    feed = Feed("A", "B")
    feed.all["B"] = TimeBars("B", "1s", rows=5)
    chart = Chart(Total(symbols=("A", "B")), feed)
    for second in range(40):
        for symbol in ("A", "B"):
            feed.put(symbol, second, float(second + 1))
        chart.update()
    wanted = np.cumsum([3.0 * (second + 1) for second in range(40)])
    np.testing.assert_array_equal(chart.tracks["total"].array, wanted)


def test_after_an_indicator_has_raised_the_next_try_begins_anew():
    class Faulty(Total):
        def update(self, row):
            if row.closes[0] == 13.0:
                raise ZeroDivisionError
            return super().update(row)

    feed = Feed(*NAMES)
    chart = Chart(Faulty(), feed)
    for second in range(3):
        for symbol in NAMES:
            feed.put(symbol, second, 5.0)
        chart.update()
    feed.put("A", 2.5, 13.0)
    with pytest.raises(ZeroDivisionError):
        chart.update()
    feed.put("A", 2.6, 6.0)
    chart.update()
    chart.check(Total())


def test_a_last_bar_that_is_closed_is_given_as_closed():
    class Whole(TimeBars):
        def read(self, ordinal=None, until=None):
            return BarColumns(*super().read(ordinal, until)[:3], closed=True)

    feed = Feed()
    feed.all = {symbol: Whole(symbol, "1s") for symbol in NAMES}
    chart = Chart(Total(), feed)
    for symbol in NAMES:
        feed.put(symbol, 0, 5.0)
    chart.update()
    assert len(chart.together.indicator.held) == 1


def test_symbols_of_another_feed_go_by_the_name_the_indicator_has_for_them():
    feed, other = Feed("A"), Feed("A")
    made = Total(symbols=("A", "elsewhere"))
    pair = Alone(
        Together(made, feed, feed.all["A"], others={"elsewhere": other.all["A"]}), feed.all["A"]
    )
    feed.put("A", 0, 8.0)
    other.put("A", 0, 2.0)
    assert pair.update()["mean"].array.tolist() == [4.0]


def test_along_a_feed():
    feed = lf.push("example", ["A", "B"])
    pair = Alone(
        Together(Total(symbols=("A", "B")), feed, feed.bars("1s")["A"]), feed.bars("1s")["A"]
    )
    feed.append_trade("A", 8.0, 1.0, time=1.7e9)
    feed.bars("1s")
    assert np.isnan(pair.update()["mean"].array).tolist() == [True]
    feed.append_trade("B", 2.0, 1.0, time=1.7e9)
    feed.bars("1s")  # what was pushed is taken when the feed is looked at
    assert pair.update()["mean"].array.tolist() == [4.0]
    feed.close()


def test_what_cannot_be_is_refused():
    feed = Feed("A", "B")
    bars = feed.all["A"]
    others = {"B": TimeBars("B", "5s")}
    for indicator, words in (
        (ta.RSI(14), r"RSI\(14\) takes bars"),
        (Total(symbols=()), "needs symbols"),
        (Total(symbols=("A", "B")), "those of B are of 5s, the others of 1s"),
    ):
        with pytest.raises(IndicatorError, match=words):
            Together(indicator, feed, bars, others=others)
    real = lf.push("example", ["A"])
    with pytest.raises(SymbolError, match="this feed has: A"):
        Together(Total(symbols=("A", "Z")), real, real.bars("1s")["A"])
    real.close()
