"""A compared line against a reindex by pandas, after every step of either symbol's bars."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livefin import bars as bars_module
from livefin.bars import TimeBars
from livefin.chart.compared import Compared
from livefin.events import Bar, Trade
from livefin.folding import Seam, rows_of
from livefin.indicators.live import columns as columns_module


def trade(ts, price=1.0):
    return Trade("X", ts, ts, price, 1.0)


def past(oldest, count, price, seam):
    starts = range(oldest - 3 * count, oldest + 3 * (seam is not None), 3)
    bars = [Bar("X", s, 0, "3ns", price, price, price, price, 1, 1, closed=True) for s in starts]
    return rows_of(bars, 3)


def reindexed(main, other):
    return other.df.close.reindex(main.df.index).to_numpy()


class Chart:
    """What a chart makes of the lines: one value a main bar, by ordinal."""

    def __init__(self, main, other):
        self.main, self.other = main, other
        self.compared = Compared(main, other)
        self.values, self.before = {}, {}

    def update(self):
        line = self.compared.update()
        if line is not None:
            assert len(line.array)
            self.values = {n: v for n, v in self.values.items() if n < line.first}
            self.values |= dict(enumerate(line.array.tolist(), line.first))
        held, count = self.main.read().held, len(self.main)
        self.values = {n: v for n, v in self.values.items() if n >= held}
        assert sorted(self.values) == list(range(held, held + count))
        got = np.array([value for _, value in sorted(self.values.items())])
        times = self.main.df.index.asi8
        wanted = reindexed(self.main, self.other)
        gone = times < (self.other.oldest or 0)  # what is held no more stays as it was
        np.testing.assert_array_equal(got[~gone], wanted[~gone])
        for time, value in zip(times[gone].tolist(), got[gone].tolist(), strict=True):
            assert np.isnan(value) or value == self.before.get(time)
        self.before = dict(zip(times.tolist(), got.tolist(), strict=True))
        return line


PRICE = st.integers(1, 9).map(float)
STEP = st.tuples(
    st.sampled_from(["main", "other"]),
    st.lists(st.tuples(st.integers(0, 90), PRICE), min_size=1, max_size=8)
    | st.tuples(st.integers(1, 6), PRICE, st.sampled_from([None, *Seam])),
)


@given(st.lists(STEP, max_size=25), st.integers(1, 30), st.integers(1, 9))
def test_the_line_is_a_reindex_by_pandas_after_every_step(steps, rows, room):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bars_module, "SMALLEST_BLOCK", room)
        patch.setattr(columns_module, "ROOM", room)
        both = {
            name: TimeBars(name, pd.Timedelta(3, "ns"), rows=rows) for name in ("main", "other")
        }
        chart = Chart(*both.values())
        for name, step in steps:
            bars = both[name]
            if isinstance(step, tuple):
                count, price, seam = step
                oldest = 60 if bars.oldest is None else bars.oldest
                bars.put_in_front(past(oldest, count, price, seam), seam or Seam.WHOLE)
            else:
                for ts, price in step:
                    bars.update(trade(ts, price))
            chart.update()
            assert chart.compared.update() is None
            for columns in (chart.compared._line, chart.compared._closes):
                assert columns._rows.shape[1] <= 2 * (2 * rows + len(steps) * 8) + room
            assert len(chart.compared._line.times) == len(both["main"])


def pair(count=10):
    main, other = TimeBars("A", "1s"), TimeBars("B", "1s")
    for second in range(count):
        for bars in (main, other):
            bars.update(trade(second * 10**9, float(second)))
    chart = Chart(main, other)
    chart.update()
    return chart, main, other


def test_nothing_is_said_where_only_the_mains_prices_change():
    chart, main, _ = pair()
    main.update(trade(9 * 10**9 + 1, 77.0))
    assert chart.update() is None


def test_a_new_bar_is_one_value_and_nan_until_the_other_has_one():
    chart, main, other = pair()
    main.update(trade(10 * 10**9))
    line = chart.update()
    assert (line.first, len(line.array)) == (10, 1)
    assert np.isnan(line.array[0])
    other.update(trade(10 * 10**9 + 5, 7.0))
    line = chart.update()
    assert (line.first, line.array.tolist()) == (10, [7.0])


def test_a_late_trade_of_the_other_changes_the_line_from_its_bar_on():
    chart, _, other = pair()
    other.update(trade(4 * 10**9 + 5, 40.0))
    line = chart.update()
    assert (line.first, line.array.tolist()) == (4, [40.0, 5.0, 6.0, 7.0, 8.0, 9.0])


def test_a_late_trade_that_changes_no_close_changes_nothing():
    chart, _, other = pair()
    other.update(trade(4 * 10**9 - 5, 3.0))
    assert chart.update() is None


def test_older_bars_of_either_are_compared():
    chart, main, other = pair()
    step = 10**9
    starts = range(-3 * step, 0, step)
    bars = [Bar("X", s, 0, "1s", 5, 5, 5, 5, 1, 1, closed=True) for s in starts]
    main.put_in_front(rows_of(bars, step))
    line = chart.update()
    assert (line.first, len(line.array)) == (-3, 13)
    assert np.isnan(line.array[:3]).all()
    other.put_in_front(rows_of(bars, step))
    line = chart.update()
    assert (line.first, line.array[:4].tolist()) == (-3, [5.0, 5.0, 5.0, 0.0])


def test_a_symbol_without_any_bar_is_a_line_of_nothing():
    main, other = TimeBars("A", "1s"), TimeBars("B", "1s")
    chart = Chart(main, other)
    assert chart.update() is None
    main.update(trade(0))
    assert np.isnan(chart.update().array).all()
