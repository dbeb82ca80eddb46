"""Rolling frames against a plain list of rows: bounds, rolls, old views, readers, types."""

import threading

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livefin import frames
from livefin.errors import FrameError
from livefin.frames import SMALLEST_BLOCK, Column, RollingFrame, window_ns

S = 1_000_000_000
TICKS = [Column("time", "time"), Column("n", "int")]
ALL = [
    Column("time", "time"),
    Column("ts_recv", "time"),
    Column("price", "float"),
    Column("id", "int"),
    Column("side", "side"),
    Column("closed", "bool"),
    Column("name", "object"),
]


def ticks(**bounds):
    return RollingFrame(TICKS, **bounds)


def held(frame):
    df = frame.df
    return list(zip(df.index.asi8.tolist(), df.n.tolist(), strict=True))


class TestBounds:
    def test_an_empty_frame_is_a_frame_with_its_columns_and_types(self):
        frame = RollingFrame(ALL)
        assert frame
        assert len(frame) == len(frame.df) == frame.total == 0
        assert list(frame.df) == ["ts_recv", "price", "id", "side", "closed", "name"]
        assert str(frame.df.index.dtype) == "datetime64[ns, UTC]"

    def test_the_writer_makes_no_dataframe(self):
        frame = ticks()
        frame.append(1, 1)
        assert frame.block._frame is None
        assert held(frame) == [(1, 1)]
        assert frame.block._frame is frame.block.frame

    @pytest.mark.parametrize("rows", [1, 2, 1_023, 1_024, 1_025])
    def test_rows_bound_across_rolls(self, rows):
        frame = ticks(rows=rows)
        for n in range(5 * SMALLEST_BLOCK):
            frame.append(n, n)
            assert len(frame) == min(n + 1, rows)
        assert held(frame) == [(n, n) for n in range(frame.total - rows, frame.total)]

    def test_memory_is_bounded_and_rows_are_moved_once_on_average(self):
        frame, moved = ticks(rows=1_000), 0
        block = frame.block
        for n in range(50_000):
            frame.append(n, n)
            if frame.block is not block:
                block = frame.block
                moved += block.end - 1
                assert block.capacity <= max(SMALLEST_BLOCK, 2 * 1_000)
        assert moved <= 50_000

    def test_a_wide_window_does_not_hold_more_than_rows(self):
        frame = ticks(rows=10, window="1h")
        for n in range(5_000):
            frame.append(n, n)
        assert len(frame) == 10
        assert frame.block.capacity == SMALLEST_BLOCK

    @given(
        st.lists(st.integers(0, 60), max_size=80),
        st.integers(1, 30),
        st.none() | st.integers(1, 40),
        st.integers(1, 7),
    )
    def test_equal_to_a_list_of_rows(self, times, rows, window, capacity):
        """Also with late times, and with blocks so small that they roll all the time."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(frames, "SMALLEST_BLOCK", capacity)
            frame = ticks(rows=rows, window=None if window is None else pd.Timedelta(window, "ns"))
            appended = []
            for n, time in enumerate(times):
                frame.append(time, n)
                appended.append((time, n))
                expected = appended
                if window is not None:  # from the first row on that was, when it came, inside
                    latest = np.maximum.accumulate([t for t, _ in appended])
                    expected = appended[int(np.argmax(latest >= latest[-1] - window)) :]
                assert held(frame) == expected[-rows:]
                assert len(frame) == len(expected[-rows:])
                assert frame.total == n + 1

    def test_a_time_far_in_the_future_does_not_empty_a_window(self):
        frame = ticks(window="1s")
        frame.append(10**18, 0)
        frame.append(9 * 10**18, 1)
        frame.append(10**18 + 1, 2)
        assert [n for _, n in held(frame)] == [1, 2]

    @pytest.mark.parametrize(
        "window", ["", "soon", "0s", "-5s", "NaT", "1M", "9999999999 days", None, "5 parsecs"]
    )
    def test_what_is_no_length_of_time_is_refused(self, window):
        with pytest.raises(FrameError):
            window_ns(window)

    @pytest.mark.parametrize("window", ["15min", pd.Timedelta(minutes=15), "PT15M", "900s"])
    def test_lengths_of_time(self, window):
        assert window_ns(window) == 900 * S

    @pytest.mark.parametrize(
        ("columns", "bounds"),
        [
            (TICKS, {"rows": 0}),
            (TICKS, {"rows": -1}),
            ([], {}),
            ([Column("n", "int")], {}),
            ([*TICKS, Column("x", "decimal")], {}),
            (TICKS, {"window": "-1s"}),
        ],
    )
    def test_bad_columns_and_bounds_are_refused(self, columns, bounds):
        with pytest.raises(FrameError):
            RollingFrame(columns, **bounds)


class TestRows:
    def test_types_outside(self):
        frame = RollingFrame(ALL)
        frame.append(S, 2 * S, 1.5, -1, 0, True, "x")
        frame.append(S + 1, 2 * S, float("nan"), 2**63 - 1, -1, False, None)
        df = frame.df
        assert df.index.name == "time"
        assert [stamp.value for stamp in df.index] == [S, S + 1]
        assert str(df.ts_recv.dtype) == "datetime64[ns, UTC]"
        assert df.price.dtype == "f8"
        assert df.id.tolist() == [-1, 2**63 - 1]
        assert isinstance(df.side.dtype, pd.CategoricalDtype)
        assert df.side.tolist()[0] == "buy"
        assert df.side.isna().tolist() == [False, True]
        assert df.closed.tolist() == [True, False]
        assert df.name.tolist() == ["x", None]

    def test_a_view_survives_what_is_written_later(self):
        frame = ticks(rows=100)
        for n in range(150):
            frame.append(n, n)
        view, rows = frame.df, held(frame)
        for n in range(150, 20_000):
            frame.append(n, n)
        assert list(zip(view.index.asi8.tolist(), view.n.tolist(), strict=True)) == rows

    def test_no_copy_is_made(self):
        frame = RollingFrame(ALL)
        frame.append(S, 2 * S, 1.5, 7, 0, True, "x")
        df, again = frame.df, frame.df
        prices = frame.column("price")
        assert np.shares_memory(df.price.to_numpy(), prices)
        assert np.shares_memory(df.price.to_numpy(), again.price.to_numpy())
        assert np.shares_memory(df.index.asi8, frame.column("time"))
        assert np.shares_memory(df.ts_recv.array.asi8, frame.column("ts_recv"))
        assert np.shares_memory(df.side.array.codes, frame.column("side"))

    def test_what_is_given_out_is_read_only(self):
        frame = RollingFrame(ALL)
        frame.append(S, 2 * S, 1.5, 7, 0, True, "x")
        df = frame.df
        for values in (df.price.to_numpy(), df.index.asi8, frame.column("price")):
            with pytest.raises(ValueError, match="read-only"):
                values[0] = 0
        assert frame.df.price.tolist() == [1.5]

    def test_an_assignment_to_the_pandas_frame_does_not_reach_the_rows(self):
        frame = RollingFrame(ALL)
        frame.append(S, 2 * S, 1.5, 7, 0, True, "x")
        df = frame.df
        try:
            df.loc[df.index[0], "price"] = 9.0
            df["more"] = 1
        except ValueError:
            pass  # pandas 2 refuses; pandas 3 copies first
        assert frame.df.price.tolist() == [1.5]
        assert "more" not in frame.df

    def test_a_row_that_does_not_fit_is_not_half_there(self):
        frame = RollingFrame(ALL)
        frame.append(S, S, 1.0, 1, 0, True, "x")
        for bad in (
            (S, S, 1.0, 10**30, 0, True, "x"),
            (10**20, S, 1.0, 1, 0, True, "x"),
            (S, S, "dear", 1, 0, True, "x"),
            (S, S),
        ):
            with pytest.raises((ValueError, OverflowError, TypeError)):
                frame.append(*bad)
        assert len(frame) == 1
        frame.append(S + 1, S, 2.0, 2, 1, False, "y")
        assert frame.df.price.tolist() == [1.0, 2.0]
        assert frame.df.side.tolist() == ["buy", "sell"]

    def test_column_names_what_it_does_not_have(self):
        with pytest.raises(FrameError, match="'cost'"):
            ticks().column("cost")

    def test_repr_counts(self):
        frame = ticks(rows=1)
        frame.append(1, 1)
        frame.append(2, 2)
        assert repr(frame) == "RollingFrame(1 of 2 rows: time, n)"


@pytest.mark.parametrize("window", [None, "50us"])
def test_a_reader_never_sees_a_torn_or_unwritten_row(window):
    """Each row is (n, n, -n); zeros are what is not written yet."""
    columns = [*TICKS, Column("minus", "float")]
    frame, failures = RollingFrame(columns, rows=3_000, window=window), []
    done = threading.Event()

    def read():
        reads = 0
        while not done.is_set() or not reads:
            df = frame.df
            n = df.n.to_numpy()
            if len(n) and not (
                (n == df.index.asi8).all()
                and (n == -df.minus.to_numpy()).all()
                and (np.diff(n) == 1).all()
                and n[0] > 0
            ):
                failures.append(df.copy())
            reads += 1

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    try:
        for n in range(1, 60_000):
            frame.append(n, n, -float(n))
    finally:
        done.set()
        for reader in readers:
            reader.join()
    assert failures == []
    assert frame.total == 59_999
