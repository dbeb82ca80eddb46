"""Statuses kept as data: bounded, counted, and exact to the nanosecond."""

import threading

import pandas as pd

from livefin.events import Status
from livefin.statuslog import StatusLog

T = 1_723_161_253_937_085_767  # not a float: those end in multiples of 256 up there


def test_an_empty_log_has_the_columns_and_types_of_a_full_one():
    empty, full = StatusLog(), StatusLog()
    full.append(Status("gap", T, "A", "trades", 3, T, T + 1, 41, 43, "missing"))
    assert len(empty.df) == 0
    assert list(empty.df.columns) == list(full.df.columns)
    assert str(empty.df.index.dtype) == str(full.df.index.dtype) == "datetime64[ns, UTC]"
    numeric = ["count", "start", "end", "first", "last"]
    assert empty.df.dtypes[numeric].equals(full.df.dtypes[numeric])


def test_times_and_ids_are_exact_beside_statuses_that_have_none():
    log = StatusLog()
    log.append(Status("gap", T, "A", "trades", 3, T + 1, T + 2, 2**62 + 1, 2**62 + 3, "missing"))
    log.append(Status("connected", T + 3))
    df = log.df
    assert df.index.name == "time"
    assert [stamp.value for stamp in df.index] == [T, T + 3]
    row, empty = df.iloc[0], df.iloc[1]
    assert (row.start.value, row.end.value) == (T + 1, T + 2)
    assert (row["first"], row["last"]) == (2**62 + 1, 2**62 + 3)
    assert row.start.tz is not None
    assert empty.start is pd.NaT
    assert empty["first"] is pd.NA
    assert empty.symbol == ""


def test_what_is_held_is_bounded_and_counts_are_of_all():
    log = StatusLog(rows=3)
    for n in range(5):
        log.append(Status("gap", n, "A", "trades", count=10))
    log.append(Status("connected", 5))
    assert len(log) == 3
    assert log.total == 6
    assert log.counts == {"gap": 5, "connected": 1}
    assert log.events["gap"] == 50
    assert [status.ts for status in log.list()] == [3, 4, 5]


def test_a_reader_goes_on_where_it_was():
    log = StatusLog(rows=3)
    for n in range(5):
        log.append(Status("gap", n))
    assert [status.ts for status in log.list(since=4)] == [4]
    assert [status.ts for status in log.list(since=1)] == [2, 3, 4]
    assert log.list(since=5) == []
    assert log.list(since=99) == []


def test_repr_says_what_there_was():
    log = StatusLog()
    assert repr(log) == "StatusLog(nothing yet)"
    log.append(Status("gap", 0))
    log.append(Status("connected", 0))
    assert repr(log) == "StatusLog(connected 1, gap 1)"


def test_reading_while_writing():
    log, stop = StatusLog(rows=50), threading.Event()

    def write():
        n = 0
        while not stop.is_set():
            log.append(Status("gap", n, count=n))
            n += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(50):
            df = log.df
            assert len(df) <= 50
            assert (df.index.asi8 == df["count"]).all()
    finally:
        stop.set()
        writer.join()
