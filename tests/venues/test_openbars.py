"""Bars that no venue closes: a later one closes them, and a stretch is not told twice."""

import pytest

from livefin.events import Bar
from livefin.venues.openbars import OpenBars, length_ns


def bar(start, close=1.5, symbol="A-B", interval="1m"):
    return Bar(symbol, start, start + 5, interval, 1.0, 2.0, 1.0, close, 5.0, 0, False)


def shape(bars):
    return [(b.ts_event, b.close, b.closed) for b in bars]


def test_a_later_bar_closes_the_one_before_at_the_time_it_came():
    bars = OpenBars()
    assert shape(bars.update(bar(0))) == [(0, 1.5, False)]
    assert shape(bars.update(bar(0, 1.7))) == [(0, 1.7, False)]
    closed, new = bars.update(bar(60))
    assert shape([closed, new]) == [(0, 1.7, True), (60, 1.5, False)]
    assert closed.ts_recv == new.ts_recv == 65


def test_a_late_change_of_an_older_bar_comes_out_closed():
    bars = OpenBars()
    bars.update(bar(60))
    assert shape(bars.update(bar(0, 1.9))) == [(0, 1.9, True)]
    assert shape(bars.update(bar(60, 1.8))) == [(60, 1.8, False)]


def test_symbols_and_intervals_do_not_close_one_another():
    bars = OpenBars()
    bars.update(bar(0))
    assert len(bars.update(bar(60, symbol="C-D"))) == len(bars.update(bar(60, interval="5m"))) == 1


def test_a_stretch_is_closed_but_for_its_last_and_only_what_is_new_comes_again():
    bars, stretch = OpenBars(), [bar(120, 3.0), bar(60, 2.0), bar(0, 1.0)]
    expected = [(0, 1.0, True), (60, 2.0, True), (120, 3.0, False)]
    assert shape(bars.append(stretch)) == expected
    assert shape(bars.append([bar(180, 4.0), bar(120, 3.5), *stretch[1:]])) == [
        (120, 3.5, True), (180, 4.0, False),
    ]  # fmt: skip
    assert bars.append([bar(0)]) == bars.append([]) == []


@pytest.mark.parametrize(("interval", "seconds"), [("1s", 1), ("3d", 259_200), ("1M", 2_678_400)])
def test_lengths(interval, seconds):
    assert length_ns(interval) == seconds * 1_000_000_000
