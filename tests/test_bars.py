"""Time bars against pandas on the same trades, and chart readers against the bars."""

import threading

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livefin import bars as bars_module
from livefin.bars import BarTable, TimeBars
from livefin.errors import FrameError, SymbolError
from livefin.events import Bar, Trade
from livefin.folding import Seam, fold_trades, rows_of

S = 1_000_000_000
COLUMNS = ["open", "high", "low", "close", "volume", "vwap", "trades", "closed"]


def trade(ts, price=1.0, size=1.0):
    return Trade("X", ts, ts, price, size)


def resampled(trades, interval_ns):
    """The bars of these trades as pandas makes them; no row where there was no trade."""
    ordered = sorted(trades, key=lambda t: t.ts_event)  # stable: arrival breaks ties
    index = pd.DatetimeIndex([t.ts_event for t in ordered], tz="UTC").as_unit("ns")
    price = pd.Series([t.price for t in ordered], index=index, dtype="f8")
    size = pd.Series([t.size for t in ordered], index=index, dtype="f8")
    bins = price.index.floor(pd.Timedelta(interval_ns, "ns"))
    df = price.groupby(bins).agg(["first", "max", "min", "last"])
    df.columns = ["open", "high", "low", "close"]
    df["volume"] = size.groupby(bins).sum()
    df["vwap"] = (price * size).groupby(bins).sum() / df.volume
    df["trades"] = price.groupby(bins).size()
    df["closed"] = np.arange(len(df)) < len(df) - 1
    return df


TRADES = st.lists(
    st.builds(
        trade,
        st.integers(0, 60),
        st.integers(1, 9).map(float),
        st.integers(1, 4).map(lambda n: n / 4),
    ),
    min_size=1,
    max_size=60,
)


class TestTimeBars:
    @given(TRADES, st.sampled_from([1, 3, 7, 100]))
    def test_equal_to_pandas_whatever_the_order_of_arrival(self, trades, interval):
        bars = TimeBars("X", pd.Timedelta(interval, "ns"))
        for i, each in enumerate(trades):
            bars.update(each)
            if i % 7 == 0:
                pd.testing.assert_frame_equal(
                    bars.df, resampled(trades[: i + 1], interval), check_names=False
                )
        pd.testing.assert_frame_equal(bars.df, resampled(trades, interval), check_names=False)
        assert list(bars.df) == COLUMNS

    @given(TRADES, st.integers(1, 5), st.integers(1, 9))
    def test_the_newest_rows_stay_and_what_is_too_late_is_counted(self, trades, rows, room):
        """A reference that keeps all trades, and drops those whose bar was held no more."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(bars_module, "SMALLEST_BLOCK", room)
            bars, kept, starts, too_late, dropped = TimeBars("X", "3ns", rows=rows), [], [], 0, 0
            for each in trades:
                bars.update(each)
                start = each.ts_event // 3 * 3
                if start not in starts:
                    if dropped and start < starts[0]:
                        too_late += 1
                        continue
                    starts = sorted([*starts, start])
                    if len(starts) > rows:
                        dropped += 1
                        gone = starts.pop(0)
                        kept = [t for t in kept if t.ts_event // 3 * 3 != gone]
                        if gone == start:
                            continue
                kept.append(each)
            pd.testing.assert_frame_equal(bars.df, resampled(kept, 3), check_names=False)
            assert bars.too_late == too_late
            assert len(bars) <= rows

    def test_an_empty_frame_has_its_columns(self):
        df = TimeBars("X", "1s").df
        assert list(df) == COLUMNS
        assert len(df) == 0
        assert str(df.index.dtype) == "datetime64[ns, UTC]"

    def test_an_interval_without_a_trade_has_no_row(self):
        bars = TimeBars("X", "1s")
        for second in (0, 5):
            bars.update(trade(second * S))
        assert bars.df.index.asi8.tolist() == [0, 5 * S]

    def test_a_late_trade_amends_a_closed_bar_or_makes_one(self):
        bars = TimeBars("X", "1s")
        for ts, price in ((0, 5.0), (3 * S, 6.0), (S, 7.0), (10, 9.0)):
            bars.update(trade(ts, price))
        assert bars.df.close.tolist() == [9.0, 7.0, 6.0]
        assert bars.df.open.tolist() == [5.0, 7.0, 6.0]
        assert bars.df.closed.tolist() == [True, True, False]
        assert (bars.amended, bars.too_late) == (2, 0)

    def test_weeks_start_on_mondays_and_days_at_midnight(self):
        at = pd.Timestamp("2024-08-08 23:54:13", tz="UTC")  # a Thursday
        for interval, start in (("7D", "2024-08-05"), ("1D", "2024-08-08"), ("14D", None)):
            bars = TimeBars("X", interval)
            bars.update(trade(at.value))
            (opened,) = bars.df.index
            assert opened == opened.normalize()
            assert interval == "1D" or opened.day_of_week == 0
            assert start is None or opened == pd.Timestamp(start, tz="UTC")

    def test_times_before_1970_and_the_last_that_fit(self):
        bars = TimeBars("X", "1s")
        for ts in (-1, 0, 2**63 - 1):
            bars.update(trade(ts))
        assert bars.df.index.asi8.tolist() == [-S, 0, (2**63 - 1) // S * S]

    def test_a_trade_of_no_size_has_no_vwap(self):
        bars = TimeBars("X", "1s")
        bars.update(trade(0, 5.0, 0.0))
        assert np.isnan(bars.df.vwap.iloc[0])
        assert bars.df.close.iloc[0] == 5.0

    def test_the_frame_is_a_copy(self):
        bars = TimeBars("X", "1s")
        bars.update(trade(0, 5.0))
        df = bars.df
        df.loc[df.index[0], "close"] = 0.0
        bars.update(trade(1, 6.0))
        assert df.close.tolist() == [0.0]
        assert bars.df.close.tolist() == [6.0]

    def test_memory_is_bounded(self):
        bars = TimeBars("X", "1ns", rows=100)
        for ts in range(20_000):
            bars.update(trade(ts))
        assert len(bars) == len(bars.df) == 100
        assert bars._capacity == bars_module.SMALLEST_BLOCK

    @pytest.mark.parametrize(
        ("interval", "rows"), [("0s", 9), ("-1s", 9), ("often", 9), ("1M", 9), ("1s", 0)]
    )
    def test_what_makes_no_bars_is_refused(self, interval, rows):
        with pytest.raises(FrameError):
            TimeBars("X", interval, rows=rows)


class Client:
    """What a chart does with what a reader gives it: rows by ordinal."""

    def __init__(self, bars):
        self.reader = bars.reader()
        self.rows = {}
        self.take(self.reader.snapshot())

    def take_older(self):
        given = self.reader.older()
        if given is not None:
            self.rows = {n: row for n, row in self.rows.items() if n >= given.held}
            columns = zip(*given.columns.values(), strict=True)
            self.rows |= dict(enumerate(columns, given.first))

    def take(self, given):
        if given is None:
            return
        self.rows = {n: row for n, row in self.rows.items() if given.held <= n < given.first}
        columns = zip(*given.columns.values(), strict=True)
        self.rows |= dict(enumerate(columns, given.first))
        assert list(given.columns) == ["time", "open", "high", "low", "close", "volume", "vwap"]

    def check(self, bars):
        df = bars.df
        first = min(self.rows, default=0)
        assert sorted(self.rows) == list(range(first, first + len(df)))
        got = np.array([row for _, row in sorted(self.rows.items())]).reshape(-1, 7)
        assert (got[:, 0] == df.index.asi8 / 1e6).all()
        np.testing.assert_array_equal(got[:, 1:], df[[*COLUMNS[:5], "vwap"]].to_numpy())


class TestBarReader:
    @given(
        st.lists(TRADES | st.sampled_from(["changes", "snapshot", "second"]), max_size=14),
        st.integers(1, 8),
        st.integers(1, 9),
    )
    def test_snapshot_and_changes_always_make_the_bars(self, steps, rows, room):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(bars_module, "SMALLEST_BLOCK", room)
            bars = TimeBars("X", "3ns", rows=rows)
            one, two = Client(bars), Client(bars)
            for step in [*steps, "changes", "second"]:
                match step:
                    case "changes":
                        one.take(one.reader.changes())
                        one.check(bars)
                        assert one.reader.changes() is None
                    case "snapshot":
                        one.take(one.reader.snapshot())
                        one.check(bars)
                    case "second":
                        two.take(two.reader.changes())
                        two.check(bars)
                    case trades:
                        for each in trades:
                            bars.update(each)

    def test_a_change_of_the_forming_bar_is_one_row(self):
        bars = TimeBars("X", "1s")
        for second in range(1_000):
            bars.update(trade(second * S))
        reader = bars.reader()
        assert len(reader.snapshot().columns["time"]) == 1_000
        bars.update(trade(999 * S + 1, 7.0))
        change = reader.changes()
        assert (change.first, change.held) == (999, 0)
        assert change.columns["close"].tolist() == [7.0]
        bars.update(trade(1_000 * S))
        assert reader.changes().columns["time"].tolist() == [999_000.0, 1_000_000.0]

    def test_a_late_trade_gives_the_rows_from_its_bar_on(self):
        bars = TimeBars("X", "1s")
        for second in range(10):
            bars.update(trade(second * S))
        reader = bars.reader()
        reader.snapshot()
        bars.update(trade(7 * S + 1, 5.0))
        assert reader.changes().first == 7

    def test_a_reader_that_is_gone_is_forgotten(self):
        bars = TimeBars("X", "1s")
        reader = bars.reader()
        assert len(bars._readers) == 1
        del reader
        assert len(bars._readers) == 0

    def test_a_reader_on_another_thread_ends_with_the_same_bars(self):
        bars, done = TimeBars("X", "10ns", rows=200), threading.Event()
        client = Client(bars)

        def read():
            while not done.is_set():
                client.take(client.reader.changes())

        thread = threading.Thread(target=read)
        thread.start()
        try:
            for n in range(20_000):
                bars.update(trade(n if n % 50 else max(0, n - 400), float(n % 17)))
        finally:
            done.set()
            thread.join()
        client.take(client.reader.changes())
        client.check(bars)


def past(*starts, price=5.0):
    """Bars of a venue."""
    prices = (price, price + 1, price - 1, price)
    return rows_of([Bar("X", s, 0, "3ns", *prices, 9.0, 4, closed=True) for s in starts], 3)


def folded(*trades):
    times, prices, sizes = zip(*((t.ts_event, t.price, t.size) for t in trades), strict=True)
    return fold_trades(np.array(times), np.array(prices), np.array(sizes), 3)


class TestPutInFront:
    def test_older_bars_get_lower_ordinals_and_those_held_keep_theirs(self):
        bars = TimeBars("X", "3ns")
        for ts in (31, 34, 37):
            bars.update(trade(ts))
        reader = bars.reader()
        reader.snapshot()
        assert bars.oldest == 30
        assert bars.put_in_front(past(21, 24, 27)) == 3
        given = reader.older()
        assert (given.first, given.held) == (-3, -3)
        assert given.columns["time"].tolist() == [21e-6, 24e-6, 27e-6]
        assert given.closed
        assert reader.older() is None
        assert reader.changes() is None
        bars.update(trade(38))
        assert reader.changes().first == 2
        assert bars.read(0).columns["time"].tolist() == [30e-6, 33e-6, 36e-6]
        assert bars.read().first == -3
        assert bars.read(-2, 1).columns["time"].tolist() == [24e-6, 27e-6, 30e-6]
        assert bars.df.index.asi8.tolist() == [21, 24, 27, 30, 33, 36]
        assert np.isnan(bars.df.vwap.iloc[0])

    def test_the_venues_whole_bar_takes_the_place_of_the_first_which_lacks_its_begin(self):
        bars = TimeBars("X", "3ns")
        for ts in (31, 34):
            bars.update(trade(ts))
        reader = bars.reader()
        reader.snapshot()
        assert bars.unfinished == (30, 31)
        assert bars.put_in_front(past(27, 30, 33)) == 1
        assert bars.unfinished is None
        assert bars.df.volume.tolist() == [9.0, 9.0, 1.0]
        given = reader.older()
        assert (given.first, len(given.columns["time"])) == (-1, 2)
        bars.update(trade(32, 100.0))
        assert bars.too_late == 1
        assert bars.df.high.tolist() == [6.0, 6.0, 1.0]

    def test_a_forming_bar_is_completed_now_and_mended_when_it_is_closed(self):
        bars = TimeBars("X", "3ns")
        bars.update(trade(31, 4.5))
        bars.put_in_front(past(27, 30), Seam.SO_FAR)
        last = bars.df.iloc[-1]
        assert last[["open", "high", "low", "close", "volume"]].tolist() == [5, 6, 4, 4.5, 9]
        bars.update(trade(32, 7.0, 0.5))
        bars.update(trade(33))
        assert bars.df.high.tolist() == [6.0, 7.0, 1.0]
        assert bars.df.volume.tolist() == [9.0, 9.5, 1.0]
        reader = bars.reader()
        reader.snapshot()
        assert bars.unfinished == (30, 30)
        assert bars.put_in_front(past(30, price=8.0)) == 0
        given = reader.older()
        assert (given.first, given.columns["high"].tolist()) == (0, [9.0])
        assert bars.unfinished is None

    def test_older_trades_add_up_with_those_of_the_first_bar(self):
        bars = TimeBars("X", "3ns")
        trades = [trade(ts, float(n)) for n, ts in enumerate((25, 30, 31, 32, 32, 33))]
        for each in trades[3:]:
            bars.update(each)
        assert bars.put_in_front(folded(*trades[:3]), Seam.REST) == 1
        pd.testing.assert_frame_equal(bars.df, resampled(trades, 3), check_names=False)
        assert bars.unfinished is None

    def test_older_bars_push_out_no_newer_ones_and_are_bounded(self):
        bars = TimeBars("X", "3ns", rows=4)
        for ts in range(300, 330, 3):
            bars.update(trade(ts))
        assert bars.oldest == 318
        assert bars.put_in_front(past(*range(300, 318, 3))) == 4
        assert bars.df.index.asi8.tolist() == list(range(306, 330, 3))
        assert bars.put_in_front(past(300, 303)) == 0
        for ts in range(330, 3_000, 3):
            bars.update(trade(ts))
            assert len(bars) == 8
        assert bars.put_in_front(past(*range(2_000, 2_976, 3))) == 0

    def test_before_there_is_any_bar_of_our_own(self):
        bars = TimeBars("X", "3ns")
        client = Client(bars)
        assert (bars.oldest, bars.unfinished) == (None, None)
        assert bars.put_in_front(past(21, 24, 27), Seam.SO_FAR) == 3
        client.take_older()
        bars.update(trade(28, 50.0))
        bars.update(trade(24, 99.0))
        assert bars.df.high.tolist() == [6.0, 6.0, 50.0]
        client.take(client.reader.changes())
        client.check(bars)
        assert min(client.rows) == -3

    @given(
        st.lists(TRADES | st.integers(1, 6) | st.sampled_from(["changes", "older"]), max_size=14),
        st.integers(1, 30),
        st.integers(1, 9),
    )
    def test_a_reader_that_asks_for_both_always_has_all(self, steps, rows, room):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(bars_module, "SMALLEST_BLOCK", room)
            bars = TimeBars("X", "3ns", rows=rows)
            client = Client(bars)
            for step in [*steps, "both"]:
                match step:
                    case "changes":
                        client.take(client.reader.changes())
                    case "older":
                        client.take_older()
                    case "both":
                        client.take_older()
                        client.take(client.reader.changes())
                        client.check(bars)
                    case int(count):
                        oldest = 60 if bars.oldest is None else bars.oldest
                        ordinal = bars.read().first
                        last = bars.df.index[-1:].asi8.tolist()
                        starts = range(oldest - 3 * count, oldest + 3, 3)
                        put = bars.put_in_front(past(*starts), Seam.WHOLE)
                        assert bars.read().held == ordinal - put
                        assert len(bars) <= 2 * rows
                        assert not last or bars.df.index[-1].value == last[0]
                    case trades:
                        for each in trades:
                            bars.update(each)


class TestBarTable:
    def test_a_mapping_by_symbol_that_makes_room_for_new_ones(self):
        table = BarTable("1s", ["X"], rows=5)
        table.update(Trade("Y", 0, 0, 1.0, 1.0))
        assert list(table) == ["X", "Y"]
        assert len(table) == 2
        assert table["Y"].rows == 5
        assert repr(table) == "BarTable('1s', ['X', 'Y'])"
        with pytest.raises(KeyError) as caught:
            table["Z"]
        assert isinstance(caught.value, SymbolError)

    def test_an_interval_that_cannot_be_is_refused_before_there_is_a_symbol(self):
        with pytest.raises(FrameError):
            BarTable("often", [])
