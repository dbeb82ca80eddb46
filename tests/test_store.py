"""Where each event goes, and that one which cannot be kept stops nothing."""

import pandas as pd
import pytest

from livefin.bars import BarTable
from livefin.errors import SymbolError
from livefin.events import (
    AggTrade,
    Bar,
    BookDelta,
    BookSnapshot,
    Quote,
    Status,
    Trade,
)
from livefin.store import Store
from livefin.venues.contract import Subscription

S = 1_000_000_000


def trade(n, symbol="A", **kwargs):
    return Trade(symbol, n * S, n * S, 100.0 + n, 1.0, **kwargs)


def test_events_go_to_their_channel_and_symbol():
    store = Store()
    store.write(
        [
            trade(1),
            trade(2, "B"),
            Quote("A", 0, 0, 1.0, 1.0, 2.0, 1.0),
            Bar("A", 0, 0, "1m", 1.0, 1.0, 1.0, 1.0, 1.0, 1, False),
            BookSnapshot("A", 0, 0, [(1.0, 1.0)], [(2.0, 1.0)], 4),
            BookDelta("A", 0, 0, [(1.5, 1.0)], [], 5, 5),
            Status("connected", 0),
        ]
    )
    assert {name: list(table) for name, table in store.tables.items() if len(table)} == {
        "trades": ["A", "B"],
        "quotes": ["A"],
        "bars": ["A"],
    }
    assert store.books["A"].best_bid == (1.5, 1.0)
    assert store.books["A"].sequence == 5
    assert store.status.counts == {"connected": 1}


def test_a_symbol_without_a_book_is_told_from_those_that_have_one():
    store = Store()
    store.write([BookSnapshot("ETH-USDT", 0, 0, [(1.0, 1.0)], [(2.0, 1.0)], 4)])
    with pytest.raises(SymbolError, match="this feed has: ETH-USDT"):
        store.books["BTC-USDT"]
    with pytest.raises(KeyError):
        store.mbo["ETH-USDT"]
    assert "BTC-USDT" not in store.books


@pytest.mark.parametrize(
    ("bad", "channel"),
    [
        (trade(1, id=10**30), "trades"),
        (Trade("A", 10**20, 5, 1.0, 1.0), "trades"),
        (Quote("A", 0, 5, "1", 1.0, 2.0, 1.0), "quotes"),
        (AggTrade("A", 0, 5, 1.0, 1.0, None, 1, 10**30), "agg_trades"),
    ],
)
def test_what_cannot_be_kept_is_a_malformed_status_and_the_rest_goes_on(bad, channel):
    store = Store()
    store.write([trade(1), bad, trade(2)])
    assert len(store.tables["trades"]["A"]) == 2
    (status,) = store.status.list()
    assert (status.kind, status.symbol, status.channel) == ("malformed", "A", channel)
    assert (status.count, status.ts) == (1, bad.ts_recv)


def test_room_is_made_for_what_was_subscribed():
    store = Store()
    channels = ("trades", "quotes", "book", "bars:1m", "something of a venue's own")
    store.add(Subscription(channel, "A") for channel in channels)
    assert len(store.tables["trades"]["A"].df) == 0
    assert len(store.tables["bars"]["A"].df) == 0
    assert not store.books["A"].synced


def test_bounds_reach_every_frame():
    store = Store(rows=2, window="5s")
    store.write(trade(n) for n in range(4))
    store.write([trade(60)])
    assert store.tables["trades"]["A"].df.price.tolist() == [160.0]


def test_a_resync_marks_the_book_lost_until_its_snapshot_and_ignores_changes():
    store = Store()
    book = BookSnapshot("A", 0, 0, [(1.0, 1.0)], [(2.0, 1.0)], 4)
    store.write([BookDelta("A", 0, 0, [(9.0, 1.0)], [], 3, 3)])
    assert store.books["A"].best_bid is None
    store.write([book, Status("resync", 0, "A", "book"), Status("resync", 0, "never heard of")])
    store.write([BookDelta("A", 0, 0, [(1.5, 1.0)], [], 9, 9)])
    assert not store.books["A"].synced
    assert store.books["A"].best_bid == (1.0, 1.0)
    store.write([book])
    assert store.books["A"].synced


class TestBars:
    def test_they_begin_with_the_trades_held_and_go_on(self):
        store = Store()
        store.write([trade(1), trade(2), trade(2, "B")])
        table = BarTable("1s", ["A", "C"])
        store.start_bars(table, ["trades"])
        store.write([trade(3), Quote("A", 0, 0, 1.0, 1.0, 2.0, 1.0)])
        assert list(table) == ["A", "C", "B"]
        assert table["A"].df.close.tolist() == [101.0, 102.0, 103.0]
        assert len(table["C"].df) == 0
        assert len(store.tables["trades"]["A"]) == 3
        assert store.bars == {"1s": table}

    def test_several_intervals_each_get_every_trade_once(self):
        store = Store()
        store.write([trade(1)])
        for interval in ("1s", "2s", "1min"):
            store.start_bars(BarTable(interval, ["A"]), ["trades"])
        store.write(trade(n) for n in (2, 3, 4))
        assert [store.bars[i]["A"].df.trades.sum() for i in ("1s", "2s", "1min")] == [4, 4, 4]
        assert len(store.tables["trades"]["A"]) == 4

    @pytest.mark.parametrize(
        ("channels", "kept"),
        [(["agg_trades"], 2), (["trades"], 0), (["trades", "agg_trades"], 0)],
    )
    def test_aggregated_trades_make_bars_only_where_there_are_no_others(self, channels, kept):
        store = Store()
        aggregated = AggTrade("A", S, S, 1.0, 1.0, "buy", 1, 1, 3)
        store.write([aggregated])
        table = BarTable("1s", ["A"])
        store.start_bars(table, channels)
        store.write([aggregated])
        assert table["A"].df.trades.sum() == kept

    def test_a_trade_that_cannot_be_kept_makes_no_bar(self):
        store = Store()
        table = BarTable("1s", ["A"])
        store.start_bars(table, ["trades"])
        store.write([trade(1, id=10**30), trade(2)])
        assert table["A"].df.close.tolist() == [102.0]

    def test_they_reach_as_far_back_as_shorter_bars_where_those_reach_further(self):
        store, whole = Store(rows=50), Store()
        store.start_bars(BarTable("1s", ["A"], rows=1_000), ["trades"])
        store.start_bars(BarTable("7s", ["A"], rows=1_000), ["trades"])
        for n in range(600):
            for each in (store, whole):
                each.write([trade(n), trade(n - 3 if n % 7 == 0 else n)])
        made = store.start_bars(BarTable("1min", ["A"]), ["trades"])
        wanted = whole.start_bars(BarTable("1min", ["A"]), ["trades"])
        for each in (store, whole):
            each.write([trade(600), trade(590)])
        assert len(store.tables["trades"]["A"]) == 50
        pd.testing.assert_frame_equal(made["A"].df, wanted["A"].df)

    def test_trades_held_are_preferred_where_they_reach_as_far(self):
        store = Store()
        store.start_bars(BarTable("1s", ["A"], rows=5), ["trades"])
        store.write(trade(n) for n in range(100))
        made = store.start_bars(BarTable("10s", ["A"]), ["trades"])
        assert made["A"].df.trades.tolist() == [10] * 10

    def test_one_length_is_one_table_however_it_is_spelled(self):
        store = Store()
        table = BarTable("1min", ["A"])
        assert store.bars_of("1m") is None
        assert store.start_bars(table, ["trades"]) is table
        assert store.start_bars(BarTable("60s", ["A"]), ["trades"]) is table
        assert store.bars_of("1m") is table
        store.write([trade(1)])
        assert table["A"].df.trades.tolist() == [1]

    def test_a_symbol_added_later_has_bars(self):
        store = Store()
        table = BarTable("1s", [])
        store.start_bars(table, ["trades"])
        store.add([Subscription("trades", "A")])
        assert list(table) == ["A"]
