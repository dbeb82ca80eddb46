"""Indicators at many symbols: each value is the batch's, and one that fails hurts no other."""

import time

import numpy as np
import pytest
import watched

from livefin.indicators import ta
from livefin.indicators.bars.vwap import VWAP
from livefin.indicators.custom.userdefined import indicator
from livefin.indicators.stepwise import Stepwise
from livefin.widgets.abreast import KEEP, PRICE, Abreast

S = watched.S


class FailsAtB(Stepwise):
    """Raises where prices are those of B."""

    name, outputs, warm_up = "FailsAtB", ("x",), 0
    mended = False

    def reset(self):
        pass

    def update(self, row):
        if 150 < row.close < 250 and not FailsAtB.mended:
            raise ValueError("no B")
        return (row.close,)


@pytest.fixture
def abreast(request):
    made = []

    def make(feed, indicators, **options):
        made.append(Abreast(feed, indicators, interval="1s", **options))
        return made[-1]

    yield make
    for each in made:
        each.close()
        each.join()


def test_every_value_is_the_batchs_at_every_symbol(abreast):
    feed = watched.feed()
    indicators = {"RSI": ta.RSI(14), "MACD": ta.MACD(), "VWAP": VWAP(bands=())}
    both = abreast(feed, indicators)
    both.update()
    for step in range(20):
        for symbol in feed.symbols:
            feed.trade(watched.START + (80 + step // 2) * S + step, 90.0 + step % 7, 1.0, symbol)
        both.update()
    for symbol in feed.symbols:
        df = feed.bars()[symbol].df
        for name, made in indicators.items():
            batch = made.batch(df)
            for output in made.outputs:
                line = both.reading(symbol, name).lines[output]
                np.testing.assert_allclose(line, batch[output].iloc[-KEEP:], rtol=1e-6)
                assert both.reading(symbol, name).last(output) == line[-1]


def test_the_price_is_there_without_an_indicator_of_it(abreast):
    feed = watched.feed()
    both = abreast(feed, {"RSI": ta.RSI(14)})
    both.update()
    closes = both.reading("B", PRICE).lines["close"]
    assert closes.tolist() == feed.bars()["B"].df.close.iloc[-KEEP:].tolist()


def test_symbols_may_come_later(abreast):
    feed = watched.feed("A")
    both = abreast(feed, {"SMA": ta.SMA(1)})
    both.update()
    feed.trade(watched.START, 7.0, 1.0, "NEW")
    both.update()
    assert both.symbols == ["A", "NEW"]
    assert both.reading("NEW", "SMA").last("sma") == 7.0


def test_symbols_that_were_asked_for_are_the_only_ones_and_may_be_missing(abreast):
    feed = watched.feed()
    both = abreast(feed, {"SMA": ta.SMA(1)}, symbols=["C", "C", "NEW"])
    both.update()
    assert both.symbols == ["C", "NEW"]
    assert both.reading("NEW", "SMA").last("sma") is None
    assert both.reading("A", "SMA").last("sma") is None


def test_one_that_fails_at_a_symbol_goes_on_at_others_and_comes_back(abreast):
    feed = watched.feed()
    both = abreast(feed, {"bad": FailsAtB(), "SMA": ta.SMA(1)})
    FailsAtB.mended = False
    both.update()
    assert both.reading("B", "bad").error == "ValueError: no B"
    assert both.reading("B", "bad").last("x") is None
    assert both.reading("A", "bad").last("x") == both.reading("A", "SMA").last("sma")
    assert both.reading("B", "SMA").last("sma") is not None
    both.update()
    assert both.reading("B", "bad").error, "nothing was computed since, so nothing is mended"
    FailsAtB.mended = True
    feed.trade(watched.START + 80 * S, 200.0, 1.0, "B")
    both.update()
    assert both.reading("B", "bad").error == ""
    assert both.reading("B", "bad").last("x") == 200.0


def test_a_persons_function_runs_apart_and_arrives(abreast):
    feed = watched.feed()
    both = abreast(feed, {"twice": lambda df: 2 * df.close})
    both.update()
    both.wait(30.0)
    both.update()
    closes = feed.bars()["C"].df.close
    assert both.reading("C", "twice").last("twice") == 2 * closes.iloc[-1]


def test_a_function_that_never_returns_leaves_the_others_alone_and_is_named(abreast):
    def endless(df):
        while True:
            time.sleep(0.001)

    feed = watched.feed()
    both = abreast(feed, {"endless": endless, "SMA": ta.SMA(1)})
    both._apart["endless"]._limit = 0.2
    both.update()
    assert both.reading("A", "SMA").last("sma") is not None
    both.wait(30.0)
    both.update()
    assert both.reading("A", "endless").error == "has not returned after 0.2 s"


def test_a_turn_is_cut_after_its_time_and_goes_on_at_the_next_symbol(abreast):
    class Slow(Stepwise):
        name, outputs, warm_up = "Slow", ("x",), 0

        def reset(self):
            pass

        def begin(self, df):
            time.sleep(0.02)
            return super().begin(df)

        def update(self, row):
            return (row.close,)

    feed = watched.feed("A", "B", "C", "D")
    both = abreast(feed, {"slow": Slow()})

    def count():
        return sum(both.reading(each, "slow").last("x") is not None for each in feed.symbols)

    there = [(both.update(0.001), count()) for _ in range(4)]
    assert there == [(False, 1), (False, 2), (False, 3), (True, 4)]


def test_what_is_held_does_not_grow_with_the_bars(abreast):
    feed = watched.feed("A", bars=5)
    both = abreast(feed, {"MACD": ta.MACD()})
    for bar in range(5, 2_000):
        feed.trade(watched.START + bar * S, 100.0 + bar % 9, 1.0, "A")
        both.update()
    place = both._known._places["A"]
    assert len(both.reading("A", "MACD").lines["macd"]) == KEEP
    assert max(len(t._held) for t in place._tracks["MACD"].values()) < 1_000


def test_functions_without_names_are_told_apart(abreast):
    feed = watched.feed("A")
    both = abreast(feed, [ta.RSI(14), ta.RSI(14), indicator(lambda df: df.close, name="mine")])
    assert list(both.indicators) == ["RSI(14)", "RSI(14) (2)", "mine"]
