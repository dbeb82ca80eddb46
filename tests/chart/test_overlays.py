import threading

import numpy as np
import pandas as pd
import pytest
from fakes import FakeFeed, S

from livefin.bars import BarTable
from livefin.chart.overlays import Overlays, Placing, named
from livefin.errors import ChartError
from livefin.events import BookSnapshot, Trade
from livefin.indicators.flow.depth import Depth
from livefin.indicators.stepwise import Stepwise
from livefin.readings import Readings
from livefin.store import Store


@pytest.fixture
def feed():
    return FakeFeed()


@pytest.fixture
def trade(feed):
    feed.bars("1s")

    def trade(*closes, begin=0):
        for i, close in enumerate(closes, begin):
            feed.trade(i * S, float(close))

    return trade


@pytest.fixture
def made(feed):
    def made(**overlays):
        made = Overlays(patience=10.0)
        for name, overlay in overlays.items():
            made.add(name, overlay)
        made.switch(feed, feed.bars("1s")[feed.symbols[0]])
        return made

    return made


def paint(overlays):
    for entry in overlays.entries.values():
        if entry.apart is not None:
            entry.apart._not_before = 0.0
    return overlays.merge(overlays.work())


class Closes(Stepwise):
    name, outputs = "closes", ("closes",)

    def __init__(self, outputs=("closes",)):
        self.outputs = outputs

    def reset(self):
        pass

    def update(self, row):
        return (row.close,) * len(self.outputs)


def test_names_come_from_mappings_functions_and_are_told_apart():
    def ema(df):
        return df.close

    assert list(named(None)) == []
    assert list(named({"x": ema})) == ["x"]
    assert list(named([ema, ema, ema])) == ["ema", "ema (2)", "ema (3)"]
    assert list(named(ema)) == ["ema"]
    assert list(named([Closes()])) == ["closes"]
    with pytest.raises(ChartError, match="no function"):
        named([3])


@pytest.mark.parametrize("mean", [lambda df: df.close.rolling(1).mean(), Closes()])
def test_only_the_changed_tail_comes(trade, made, mean):
    trade(1, 2, 3, 4)
    overlays = made(mean=mean)
    assert paint(overlays) == ({"mean": 0}, [])
    assert paint(overlays) == ({}, [])
    trade(7, 8, begin=3)
    assert paint(overlays) == ({"mean": 3}, [])
    assert overlays.lines["mean"].array.tolist() == [1, 2, 3, 7, 8]


@pytest.mark.parametrize(
    "result",
    [np.zeros(3), "text", None, np.zeros((4, 2)), 5.0, ["a", "b", "c", "d"]],
)
def test_what_is_no_line_is_an_error_told_and_then_taken_back(trade, made, result):
    trade(1, 2, 3, 4)
    results = [result, np.ones(4)]
    overlays = made(odd=lambda _: results.pop(0), good=lambda df: df.close)
    assert paint(overlays)[0] == {"good": 0}
    assert "odd" in overlays.errors
    trade(5, begin=3)
    assert paint(overlays)[0] == {"odd": 0, "good": 3}
    assert overlays.errors == {}


def test_a_frame_gives_a_line_a_column_called_after_both(trade, made):
    trade(1, 2, 3)
    frames = lambda df: pd.DataFrame({"up": df.close + 1, "b": df.close - 1})  # noqa: E731
    overlays = made(b=frames)
    paint(overlays)
    lines = {name: track.array.tolist() for name, track in overlays.lines.items()}
    assert lines == {"b up": [2, 3, 4], "b": [0, 1, 2]}


def test_an_overlay_that_is_removed_while_it_runs_leaves_no_line(trade, made):
    def leaving(df):
        overlays.remove("leaving")
        return df.close

    trade(1, 2)
    overlays = made(leaving=leaving)
    assert paint(overlays) == ({}, [])
    assert overlays.lines == {}


def test_a_column_is_drawn_as_its_own_name_or_its_lines_says(trade, made):
    trade(1, 2)
    overlays = made()
    kinds = {"gap": "histogram", "m signal": "dots"}
    lines = lambda df: pd.DataFrame({"gap": df.close, "signal": 1.0, "line": 2.0})  # noqa: E731
    overlays.add("m", lines, Placing(kinds=kinds))
    paint(overlays)
    assert {line: overlays.place(line)["kind"] for line in overlays.lines} == {
        "m gap": "histogram",
        "m signal": "dots",
        "m line": "line",
    }


def test_a_new_version_takes_over_when_it_has_given_its_own_lines(trade, made):
    trade(1, 2, 3)
    overlays = made(m=Closes(("a", "b")))
    paint(overlays)
    gate = threading.Event()

    def slow(df):
        gate.wait(10)
        return pd.DataFrame({"b": df.close * 2, "c": df.close})

    overlays.patience = 0.0
    overlays.add("m", slow)
    trade(4, begin=3)
    assert paint(overlays) == ({}, [])
    assert sorted(overlays.lines) == ["m a", "m b"], "those of the version before"
    gate.set()
    overlays.entries["m"].apart.wait(10)
    assert paint(overlays) == ({"m b": 0, "m c": 0}, ["m a"])
    assert overlays.lines["m b"].array.tolist() == [2, 4, 6, 8]


def test_a_new_version_that_fails_leaves_the_lines_of_the_one_before(trade, made):
    trade(1, 2, 3)
    overlays = made(m=lambda df: df.close)
    paint(overlays)
    overlays.add("m", lambda df: df.nothing)
    assert paint(overlays) == ({}, [])
    assert "nothing" in overlays.errors["m"]
    assert overlays.lines["m"].array.tolist() == [1, 2, 3]


def test_other_bars_make_all_lines_anew(feed, trade, made):
    feed.bars("2s")
    trade(1, 2, 3, 4)
    overlays = made(m=lambda df: df.close, n=Closes())
    paint(overlays)
    overlays.switch(feed, feed.bars("2s")[feed.symbols[0]])
    assert overlays.lines == {}
    assert paint(overlays)[0] == {"m": 0, "n": 0}
    assert overlays.lines["m"].array.tolist() == [2, 4]


def test_bars_that_are_held_no_more_are_dropped_from_lines(trade, made):
    trade(1, 2, 3, 4)
    overlays = made(m=Closes())
    paint(overlays)
    overlays.drop(2)
    assert overlays.lines["m"].line.first == 2
    assert overlays.lines["m"].array.tolist() == [3, 4]


def test_the_bars_are_read_once_for_all_indicators_of_a_chart(feed, trade, made, monkeypatch):
    trade(1, 2, 3)
    overlays = made(**{f"m{i}": Closes() for i in range(5)}, own=lambda df: df.close)
    paint(overlays)
    bars, reads = feed.bars("1s")[feed.symbols[0]], []
    read = bars.read
    monkeypatch.setattr(bars, "read", lambda *given: reads.append(given) or read(*given))
    trade(4, begin=3)
    assert set(paint(overlays)[0].values()) == {2, 3}
    assert reads == [(2,)]


def test_one_that_is_busy_takes_what_it_missed_while_others_go_on(trade, made):
    gate, over, calls = threading.Event(), threading.Event(), []

    class Slow(Closes):
        trusted = False

        def begin(self, df):
            calls.append(len(df))
            over.clear()
            gate.wait(10)
            return super().begin(df)

    trade(1, 2, 3)
    overlays = made(slow=Slow(), quick=Closes())
    overlays.patience = 0.2
    assert paint(overlays)[0] == {"quick": 0}
    trade(30, 4, 5, begin=2)
    assert paint(overlays)[0] == {"quick": 2}
    trade(6, begin=5)
    assert paint(overlays)[0] == {"quick": 4}
    gate.set()
    overlays.patience = 10.0
    overlays.entries["slow"].apart.wait(10)
    paint(overlays)
    paint(overlays)
    lines = [overlays.lines[name].array.tolist() for name in ("slow", "quick")]
    assert lines == [[1, 2, 30, 4, 5, 6]] * 2
    assert calls == [2], "it went on from where it was"


def test_swapped_it_begins_with_all_bars_and_the_others_go_on(trade, made):
    trade(1, 2, 3)
    overlays = made(m=Closes(), n=Closes())
    paint(overlays)
    overlays.add("m", Closes(("a", "b")))
    assert paint(overlays)[0] == {"m a": 0, "m b": 0}
    trade(4, begin=3)
    assert paint(overlays)[0] == {"m a": 2, "m b": 2, "n": 2}
    lines = [overlays.lines[name].array.tolist() for name in ("m a", "n")]
    assert lines == [[1, 2, 3, 4]] * 2


def test_what_was_computed_along_other_bars_is_not_drawn(feed, trade, made):
    feed.bars("2s")
    trade(1, 2, 3, 4)
    overlays = made(m=Closes())
    paint(overlays)
    trade(5, begin=4)
    given = overlays.work()
    overlays.switch(feed, feed.bars("2s")[feed.symbols[0]])
    assert overlays.merge(given) == ({}, [])
    assert paint(overlays)[0] == {"m": 0}
    assert overlays.lines["m"].array.tolist() == [2, 4, 5]


class Booked(Readings):
    """A feed's books and bars, without the feed."""

    subscriptions = ()

    def __init__(self):
        self._store = Store()
        self.all = self._store.start_bars(BarTable("1s", ["A"]), ["trades"])["A"]

    def change(self, second):
        at = second * S
        self._store.write([BookSnapshot("A", at, at, [(9.0, 1.0 + second)], [(11.0, 1.0)])])
        self._store.write([Trade("A", at, at, 10.0, 1.0)])


def test_swapped_and_removed_an_indicator_of_the_book_leaves_no_tape():
    feed, overlays = Booked(), Overlays(patience=10.0)
    feed.change(0)
    overlays.switch(feed, feed.all)
    for depth in range(1, 12):
        overlays.add("depth", Depth(depth=depth))
        paint(overlays)
        feed.change(depth)
        paint(overlays)
    tapes = [tape.levels for tape in feed._store.tapes.values()]
    assert (tapes, len(feed.book["A"]._watchers)) == ([11], 1)
    assert len(overlays.lines) >= 1
    overlays.remove("depth")
    feed.change(12)
    assert (len(feed._store.tapes), feed.book["A"]._watchers) == (0, ())
