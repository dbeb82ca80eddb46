"""Rows made of events: every kind, every column, and the fast writers equal to the general one."""

import math
from operator import attrgetter

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livefin.errors import SymbolError
from livefin.events import (
    CHANNEL,
    AggTrade,
    Bar,
    BookDelta,
    BookSnapshot,
    Funding,
    Liquidation,
    OpenInterest,
    OrderDelta,
    OrderEvent,
    OrderSnapshot,
    Quote,
    Rate,
    Ticker,
    Trade,
)
from livefin.frames import SMALLEST_BLOCK, RollingFrame
from livefin.tables import COLUMNS, SIDE_CODES, Table

T = 1_723_161_253_937_085_767
EVENTS = [
    Trade("A", T, T + 1, 1.5, 2.5, "buy", 7),
    AggTrade("A", T, T + 1, 1.5, 2.5, "sell", 7, 100, 105),
    Quote("A", T, T + 1, 1.0, 2.0, 3.0, 4.0, 9),
    OrderEvent("A", T, T + 1, "add", "order-1", "buy", 1.5, 2.5),
    Bar("A", T, T + 1, "1m", 1.0, 4.0, 0.5, 2.0, 10.0, 3, True),
    Rate("A", T, T + 1, 1.25),
    Ticker("A", T, T + 1, 2.0, 1.0, 3.0, 0.5, 100.0),
    Funding("A", T, T + 1, -0.0001, T + 2),
    OpenInterest("A", T, T + 1, 1e6),
    Liquidation("A", T, T + 1, 1.5, 2.5, "sell", "liq-1"),
]


def rows(frame):
    """The frame's rows as event values, None where the venue did not say."""
    df = frame.df.reset_index()
    columns = []
    for column in frame.columns:
        values = df[column.name]
        if column.kind == "time":
            columns.append([stamp.value for stamp in values])
        elif column.kind == "side":
            columns.append([None if pd.isna(side) else side for side in values])
        else:
            columns.append(values.tolist())
    return list(zip(*columns, strict=True))


def test_every_kind_with_a_frame_is_tried_here():
    assert (
        {type(event) for event in EVENTS}
        == set(COLUMNS)
        == set(CHANNEL) - {BookSnapshot, BookDelta, OrderSnapshot, OrderDelta}
    )


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_every_field_of_every_kind_has_its_column(event):
    table = Table(type(event))
    table.write(event)
    names = [column.name for column in table["A"].columns]
    assert names[0] == "time"
    assert {"symbol", "ts_event", *names[1:]} == set(event.__struct_fields__)
    assert rows(table["A"]) == [attrgetter("ts_event", *names[1:])(event)]


@pytest.mark.parametrize(
    "event",
    [Trade("A", T, T, 1.5, 2.5), Quote("A", T, T, 1.0, 2.0, 3.0, 4.0), AggTrade("A", T, T, 1, 2)],
    ids=lambda event: type(event).__name__,
)
def test_what_the_venue_did_not_say(event):
    table = Table(type(event))
    table.write(event)
    df = table["A"].df
    assert df.iloc[0, -1] == -1
    if "side" in df:
        assert df.side.isna().all()


MAYBE_ID = st.none() | st.integers(0, 2**63 - 1)
TRADES = st.builds(
    Trade, st.sampled_from("AB"), st.integers(0, 99), st.integers(0, 99), st.floats(), st.floats(),
    st.sampled_from(["buy", "sell", None]), MAYBE_ID,
)  # fmt: skip
QUOTES = st.builds(
    Quote, st.sampled_from("AB"), st.integers(0, 99), st.integers(0, 99), *[st.floats()] * 4,
    MAYBE_ID,
)  # fmt: skip


def cell(kind, value):
    """What a frame holds of an event's value."""
    if kind == "side":
        return SIDE_CODES[value]
    return -1 if value is None and kind == "int" else value


@given(st.lists(TRADES) | st.lists(QUOTES), st.sampled_from([None, "20ns"]), st.integers(1, 9))
def test_the_unrolled_writers_equal_the_general_one(events, window, bound):
    if not events:
        return
    kind = type(events[0])
    columns = COLUMNS[kind]
    table = Table(kind, ["A", "B"], rows=bound, window=window)
    plain = {symbol: RollingFrame(columns, rows=bound, window=window) for symbol in "AB"}
    values = attrgetter("ts_event", *(column.name for column in columns[1:]))
    for event in events:
        table.write(event)
        cells = (cell(c.kind, value) for c, value in zip(columns, values(event), strict=True))
        plain[event.symbol].append(*cells)
    for symbol, frame in plain.items():
        assert table[symbol].df.equals(frame.df)


@pytest.mark.parametrize("event", EVENTS[:4], ids=lambda event: type(event).__name__)
def test_many_rows_roll_over_and_stay_bounded(event):
    table = Table(type(event), rows=100)
    for _ in range(3 * SMALLEST_BLOCK):
        table.write(event)
    assert len(table["A"]) == 100
    assert table["A"].total == 3 * SMALLEST_BLOCK
    assert len(set(rows(table["A"]))) == 1


@pytest.mark.parametrize(
    "event",
    [
        Trade("A", T, T, 1.0, 1.0, None, 10**30),
        Trade("A", 10**20, T, 1.0, 1.0),
        Trade("A", T, T, "dear", 1.0),
        Quote("A", T, T, 1.0, 1.0, 1.0, None),
        Quote("A", T, T, 1.0, 1.0, 1.0, 1.0, -(10**30)),
        AggTrade("A", T, T, 1.0, 1.0, "buy", 1, 10**30),
    ],
    ids=repr,
)
def test_a_row_that_no_column_holds_is_refused_whole(event):
    table = Table(type(event), ["A"])
    with pytest.raises((ValueError, OverflowError, TypeError)):
        table.write(event)
    assert len(table["A"]) == 0


def test_infinities_and_nan_are_floats():
    table = Table(Rate)
    for rate in (math.inf, -math.inf, math.nan):
        table.write(Rate("A", T, T, rate))
    assert table["A"].df.rate.tolist()[:2] == [math.inf, -math.inf]


def test_a_table_is_a_mapping_by_symbol():
    table = Table(Trade, ["A"])
    table.write(Trade("<img src=x onerror=alert(1)>", T, T, 1.0, 1.0))
    assert list(table) == ["A", "<img src=x onerror=alert(1)>"]
    assert len(table) == 2
    assert "A" in table
    assert table.get("C") is None
    assert table.add("A") is table["A"]
    assert "A: 0 rows" in repr(table)


def test_a_symbol_that_is_not_there_names_those_that_are():
    with pytest.raises(KeyError) as caught:
        Table(Trade, ["A", "B"])["C"]
    assert isinstance(caught.value, SymbolError)
    assert str(caught.value) == "symbol 'C': this feed has: A, B"


def test_ids_may_turn_out_to_be_texts():
    trades = Table(Trade, ["A"], rows=10)
    trades.write(Trade("A", 1, 1, 1.0, 1.0, "buy", 7))
    before = trades["A"].df
    trades.write(Trade("A", 2, 2, 1.0, 1.0, "sell", "3f-a"))
    trades.write(Trade("A", 3, 3, 1.0, 1.0, None, None))
    assert trades["A"].df.id.tolist() == [7, "3f-a", -1]
    assert trades["A"].df.price.tolist() == [1.0, 1.0, 1.0]
    assert before.id.tolist() == [7]
