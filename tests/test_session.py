"""What a session subscribes to, passes on and reports of trades."""

import pytest
from binance_wire import (
    BTC,
    ETH,
    bar,
    book,
    depth,
    kinds,
    opened,
    quote,
    sent,
    session,
    trade,
    wire,
)

from livefin.booksync import Fetch, Send
from livefin.errors import ChannelError, SymbolError
from livefin.events import Bar, BookDelta, BookSnapshot, Quote, Trade
from livefin.session import S, Session
from livefin.venues.binance.spot import Binance
from livefin.venues.contract import Reply, Subscription, Venue


class TestSubscriptions:
    def test_opening_subscribes_to_everything_and_asks_for_the_book(self):
        live = session("trades", "book")
        assert live.commands() == []
        (connected,) = live.opened(0)
        assert (connected.kind, connected.start) == ("connected", None)
        subscribe, fetch = live.commands()
        assert sent([subscribe]) == [("SUBSCRIBE", ["btcusdt@trade", "btcusdt@depth@100ms"])]
        assert fetch == Fetch(BTC, live.venue.snapshot_url(BTC))
        assert live.commands() == []

    def test_subscribing_while_open_sends_what_is_new_only(self):
        live = opened("trades")
        live.subscribe([Subscription("trades", BTC), *[Subscription("book", ETH)] * 2], 0)
        subscribe, fetch = live.commands()
        assert sent([subscribe]) == [("SUBSCRIBE", ["ethusdt@depth@100ms"])]
        assert fetch.symbol == ETH
        live.subscribe([Subscription("book", ETH)], 0)
        assert live.commands() == []
        assert live.subscriptions == [Subscription("trades", BTC), Subscription("book", ETH)]

    def test_subscribing_while_down_waits_for_the_socket(self):
        live = session("trades")
        live.subscribe([Subscription("quotes", ETH)], 0)
        assert live.commands() == []
        live.opened(1)
        assert sent(live.commands()) == [("SUBSCRIBE", ["btcusdt@trade", "ethusdt@bookTicker"])]

    def test_one_bad_subscription_adds_none(self):
        live = opened("trades")
        for bad, error in (
            (Subscription("nonsense", ETH), ChannelError),
            (Subscription("book", ""), SymbolError),
        ):
            with pytest.raises(error):
                live.subscribe([Subscription("trades", ETH), bad], 0)
        assert live.subscriptions == [Subscription("trades", BTC)]
        assert live.commands() == []
        with pytest.raises(SymbolError):
            Session(Binance(), [Subscription("trades", "BTC USDT")])

    def test_unsubscribing_ends_it_and_ignores_what_is_still_under_way(self):
        live = opened("trades", "quotes", "book", symbols=(BTC, ETH))
        live.unsubscribe(
            [Subscription("trades", BTC), Subscription("book", BTC), Subscription("bars:1m", BTC)]
        )
        (request,) = live.commands()
        assert sent([request]) == [("UNSUBSCRIBE", ["btcusdt@trade", "btcusdt@depth@100ms"])]
        late = [trade(1), depth(1, 2), quote(1), trade(1, ETH)]
        assert kinds(live.receive(late, 1)) == [Quote, Trade]
        assert live.snapshot(BTC, book(1), 2) == []
        assert live.fetch_failed(Fetch(BTC, ""), 2, "HTTP 500") == []
        live.tick(10**6 * S)
        assert all(getattr(command, "symbol", ETH) == ETH for command in live.commands())

    def test_unsubscribing_one_interval_of_bars_leaves_the_other(self):
        live = opened("bars:1m", "bars:5m")
        live.unsubscribe([Subscription("bars:1m", BTC)])
        assert sent(live.commands()) == [("UNSUBSCRIBE", ["btcusdt@kline_1m"])]
        assert kinds(live.receive([bar("5m")], 1)) == [Bar]
        live.unsubscribe([Subscription("bars:5m", BTC)])
        assert live.receive([bar("5m")], 2) == []

    def test_subscribing_again_begins_anew(self):
        live = opened("trades")
        live.receive([trade(5)], 1)
        live.unsubscribe([Subscription("trades", BTC)])
        live.subscribe([Subscription("trades", BTC)], 2)
        assert kinds(live.receive([trade(900)], 3)) == [Trade]

    def test_what_nobody_subscribed_is_ignored(self):
        live = opened("trades")
        others = [trade(1, ETH), quote(1), depth(1, 1), bar("1m"), trade(7, "<img src=x>")]
        assert live.receive(others, 1) == []
        assert live.received == 5


class TestTaking:
    """`subs=None`: whatever a recording has."""

    def test_all_that_comes_is_taken_and_checked(self):
        live = Session(Binance(), None, fills=False)
        live.opened(0)
        assert live.commands() == []
        frames = [
            trade(1),
            trade(1),
            trade(3, ETH),
            trade(5, ETH),
            quote(1),
            bar("1m"),
            depth(5, 6),
        ]
        assert kinds(live.receive(frames, 1)) == [Trade, Trade, "gap", Trade, Quote, Bar]
        assert kinds(live.snapshot(BTC, book(5), 2)) == [BookSnapshot, BookDelta]
        assert kinds(live.snapshot(ETH, book(5), 2)) == [BookSnapshot]
        assert kinds(live.tick(3)) == ["duplicate"]


class TestTrades:
    def test_a_gap_says_which_ids_and_since_when(self):
        live = opened("trades")
        live.receive([trade(7)], 100)
        gap, event = live.receive([trade(11)], 200)
        assert event.id == 11
        assert (gap.kind, gap.channel, gap.symbol) == ("gap", "trades", BTC)
        assert (gap.count, gap.first, gap.last) == (3, 8, 10)
        assert (gap.start, gap.end, gap.ts) == (100, 200, 200)

    def test_trades_missed_while_disconnected_are_a_gap(self):
        live = opened("trades")
        live.receive([trade(7)], 100)
        live.closed(200, "gone")
        live.opened(300)
        assert kinds(live.receive([trade(9)], 400)) == ["gap", Trade]

    def test_duplicates_and_late_ones_are_counted_once_a_tick(self):
        live = opened("trades")
        assert kinds(live.receive([trade(n) for n in (1, 4, 1, 4, 3, 3)], 1)) == [
            Trade, "gap", Trade, Trade,
        ]  # fmt: skip
        counted = {status.kind: status.count for status in live.tick(2)}
        assert counted == {"duplicate": 3, "late": 1}
        assert live.tick(3) == []

    def test_a_venue_that_begins_to_count_anew_is_followed(self):
        """As after a restart; until it is clear that these are no duplicates, they are dropped."""
        live, newest = opened("trades"), 1_000_000 * S

        def at(second, n):
            ms = (newest + second * S) // 1_000_000
            return wire(BTC, "trade", t=n, p="1.0", q="2.0", T=ms, m=False)

        live.receive([at(0, 500)], newest)
        live.closed(newest + 1, "restarted")
        live.opened(newest + S)
        assert live.receive([at(30, 1), at(29, 2)], newest + 30 * S) == []
        gap, event = live.receive([at(31, 3)], newest + 31 * S)
        assert (gap.kind, gap.count, gap.start, gap.end) == ("gap", 0, newest, newest + 31 * S)
        assert event.id == 3
        assert kinds(live.receive([at(32, 4), at(32, 4), at(32, 6)], newest + 32 * S)) == [
            Trade, "gap", Trade,
        ]  # fmt: skip
        assert {s.kind: s.count for s in live.tick(newest + 33 * S)} == {"duplicate": 3}

    def test_ids_that_are_no_numbers_are_counted_as_malformed(self):
        class Worded(Venue):
            name, channels, example, trade_ids_contiguous = "worded", ("trades",), "A", True

            def subscribe(self, subs):
                return ["hello"]

            def parse(self, raw, ts_recv):
                return (Trade("A", 0, ts_recv, 1.0, 1.0, None, raw.decode()), Reply("pong"))

        live = opened("trades", symbols="A", venue=Worded())
        assert live.receive([b"<script>" * 99, b"b"], 1) == []
        (status,) = live.tick(2)
        assert (status.kind, status.count) == ("malformed", 2)
        assert len(status.detail) < 100
        assert live.commands() == [Send("pong"), Send("pong")]

    def test_a_flood_of_garbage_is_one_status_a_tick(self):
        live = opened("trades")
        assert live.receive([b"\xff"] * 10_000, 5) == []
        live.receive([b"{}"], 9)
        (status,) = live.tick(10)
        assert (status.kind, status.count, status.start, status.end) == ("malformed", 10_001, 5, 9)
        assert kinds(live.receive([trade(1)], 11)) == [Trade]

    def test_what_was_counted_is_not_lost_with_the_connection(self):
        live = opened("trades")
        live.receive([b"garbage"], 1)
        assert kinds(live.closed(2, "gone")) == ["malformed", "disconnected"]
