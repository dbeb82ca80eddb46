"""Whole frames appended: what their columns mean, and which row is wrong."""

import io

import numpy as np
import pandas as pd
import pytest

import livefin as lf
from livefin.given import EventError
from livefin.push.rows import events_of

S = 10**9
T = 1_723_161_254 * S
NOW = T + 10 * S
TIMES = pd.to_datetime([T, T + S], utc=True)


def events(columns, index=TIMES, **options):
    options = {"symbol": "ABC", **options}
    return events_of(pd.DataFrame(columns, index=index), NOW, **options)


def complaint(columns, index=TIMES, **options):
    with pytest.raises(EventError) as caught:
        events(columns, index, **options)
    return str(caught.value)


TRADES = {"price": [1.0, 2.0], "size": [3, 4]}
BARS = {"Open": [1, 2], "High": [2, 3], "Low": [1, 1], "Close": [2, 2], "Volume": [5, 6]}


@pytest.fixture
def feed():
    with lf.push("mine") as feed:
        yield feed


def test_trades():
    first, second = events(TRADES | {"side": ["Buy", None], "id": [7, -1], "venue": "X"})
    assert first == lf.Trade("ABC", T, NOW, 1.0, 3.0, "buy", 7)
    assert second == lf.Trade("ABC", T + S, NOW, 2.0, 4.0)


def test_trades_may_be_named_instead_of_numbered(feed):
    df = pd.DataFrame(TRADES | {"id": ["a1", "a2"]}, index=TIMES)
    feed.append_frame(df, "ABC")
    feed.append_frame(df, "ABC")
    assert feed.trades["ABC"].df.id.tolist() == ["a1", "a2"]
    assert feed.wait(lambda: feed.status.events["duplicate"] == 2)


def test_quotes_may_lack_sizes_and_a_side():
    first, second = events({"bid": [1, None], "ask": [2, 3], "bid_size": [4, 5]})
    assert (first.bid, first.ask, first.bid_size) == (1.0, 2.0, 4.0)
    assert np.isnan([first.ask_size, second.bid]).all()


def test_bars_are_as_long_as_they_are_apart():
    first, second = events(BARS, pd.date_range("2024-01-01", periods=2, freq="5min"))
    assert (first.interval, first.volume, first.closed, first.trades) == ("5m", 5.0, True, 0)
    assert second.ts_event - first.ts_event == 300 * S
    assert {bar.interval for bar in events(BARS, interval="1h")} == {"1h"}
    assert {bar.interval for bar in events(BARS | {"interval": "3m"})} == {"3m"}
    assert "say interval=" in complaint(BARS, pd.to_datetime([0, 7 * S], utc=True))
    assert "say interval=" in complaint({k: v[:1] for k, v in BARS.items()}, TIMES[:1])


def test_rates_and_several_symbols():
    found = events({"symbol": ["A", "B"], "rate": [1, -2]}, symbol=None)
    assert [(event.symbol, event.rate) for event in found] == [("A", 1.0), ("B", -2.0)]


@pytest.mark.parametrize(
    "times",
    [
        [T, T + S],
        [T // S, T // S + 1],
        [T / S, T / S + 1],
        [T // 10**6, T // 10**6 + 1_000],
        ["2024-08-08T23:54:14Z", "2024-08-09 01:54:15+02:00"],
        ["2024-08-08 23:54:14", "2024-08-08 23:54:15"],
        TIMES,
        TIMES.tz_localize(None),
        TIMES.tz_convert("Asia/Tokyo"),
        TIMES.as_unit("s"),
        list(TIMES),
        list(TIMES.to_pydatetime()),
    ],
)
@pytest.mark.parametrize("name", ["time", "Timestamp", "date"])
def test_times_of_every_kind(name, times):
    found = events(TRADES | {name: times}, index=None)
    assert [event.ts_event for event in found] == [T, T + S]


def test_the_index_is_the_time_where_no_column_is():
    assert events(TRADES, TIMES.tz_localize(None))[0].ts_event == T


def test_history_was_received_when_it_happened_and_rows_may_say():
    old = pd.to_datetime([S * 10**9, S * 10**9 + S], utc=True)
    assert [event.ts_recv for event in events(TRADES, old)] == [S * 10**9, S * 10**9 + S]
    assert events(TRADES | {"ts_recv": [T + 5, T + 6]})[0].ts_recv == T + 5


@pytest.mark.parametrize(
    ("columns", "why"),
    [
        ({"a": [1, 2]}, "the columns 'a' tell no kind of rows; trades have price"),
        (TRADES | {"bid": 1, "ask": 2}, "fit trades and quotes: say channel="),
        ({"price": [1, 2], "qty": 1}, "trades need a column 'size'; there are: 'price', 'qty'"),
        (TRADES | {"price": [1, np.nan]}, "row 1: price is nan, no number"),
        (TRADES | {"price": [1, "x"]}, "row 1: price is 'x', no number"),
        (TRADES | {"price": [np.inf, 1]}, "row 0: price is inf, no number"),
        (TRADES | {"size": [1, -2]}, "row 1: size is -2, below 0"),
        (TRADES | {"side": ["buy", "ask"]}, "row 1: side is 'ask', neither"),
        ({"bid": [1, 2], "ask": [2, 3], "sequence": [1, "x"]}, "row 1: sequence is 'x'"),
        (TRADES | {"id": [1, 1.5]}, "row 1: id is 1.5"),
        (TRADES | {"time": [1, 2]}, "row 0: time is 1, no time after 1973"),
        (TRADES | {"time": [T, T // S]}, "row 1: time is 1723161254, of another unit"),
        (TRADES | {"time": ["09:30:00", "09:31:00"]}, "Use pd.to_datetime first"),
        (TRADES | {"time": [TIMES[0], pd.NaT]}, "row 1: time is NaT, no time"),
        ({"bid": ["x", 1], "ask": [1, 2]}, "row 0: bid is 'x', no number"),
    ],
)
def test_the_first_wrong_row_is_named(columns, why):
    assert why in complaint(columns)


def test_other_mistakes():
    assert "whose rows are these?" in complaint(TRADES, symbol=None)
    assert "row 1: symbol is" in complaint(TRADES | {"symbol": ["A", None]}, symbol=None)
    assert "symbol is 7; it is a text" in complaint(TRADES, symbol=7)
    assert "no times: give the frame a DatetimeIndex" in complaint(TRADES, index=None)
    assert "there is no channel 'ticks'" in complaint(TRADES, channel="ticks")
    assert "several levels" in complaint({("A", "price"): [1, 2], ("A", "size"): [1, 2]})
    with pytest.raises(EventError, match="a list is no frame"):
        events_of([1], NOW)


def test_an_empty_frame_is_nothing():
    assert events({"price": [], "size": []}, index=None) == []


def test_a_csv_file_as_it_is_read(feed):
    text = (
        "time,price,size,side\n2024-08-08T23:54:14Z,10.5,1,buy\n2024-08-08T23:54:15Z,10.6,2,sell\n"
    )
    assert feed.append_frame(pd.read_csv(io.StringIO(text)), "ABC") == 2
    assert feed.trades["ABC"].df.side.tolist() == ["buy", "sell"]
    assert feed.bars("1s")["ABC"].df.close.tolist() == [10.5, 10.6]


def test_a_feeds_own_frames_go_into_another(feed):
    with lf.push("source") as source:
        for i in range(5):
            source.append_trade("ABC", 10.0 + i, 1.0, "sell" if i % 2 else None, time=T + i)
            source.append_quote("ABC", 10.0 + i, 11.0 + i, time=T + i)
        source.append(
            {
                "symbol": "ABC",
                "interval": "1m",
                "time": T,
                **dict.fromkeys(("open", "high", "low", "close"), 1),
            }
        )
        for name in ("trades", "quotes", "bars"):
            df = source.tables[name]["ABC"].df
            assert feed.append_frame(df, "ABC") == len(df)
            assert feed.tables[name]["ABC"].df.equals(df)
        bars = source.bars("1s")["ABC"].df
        feed.append_frame(bars, "BARS", interval="1s")
        assert feed.tables["bars"]["BARS"].df.close.tolist() == bars.close.tolist()


def test_a_wrong_row_appends_nothing(feed):
    with pytest.raises(EventError, match="row 1: price"):
        feed.append_frame(pd.DataFrame(TRADES | {"price": [1, "x"]}, index=TIMES), "ABC")
    assert feed.symbols == []


def test_a_frame_far_above_the_backlog(feed):
    n = 120_000
    index = pd.date_range("2024-01-01", periods=n, freq="s", tz="UTC")
    df = pd.DataFrame({"price": np.arange(n), "size": 1.0}, index=index)
    assert feed.append_frame(df, "ABC") == n
    kept = feed.trades["ABC"]
    assert kept.total == n
    assert kept.df.price.iloc[-1] == n - 1
    assert dict(feed.status.counts) == {"connected": 1}
