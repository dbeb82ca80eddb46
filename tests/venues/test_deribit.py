"""Deribit: the documentation's messages, requests and answers, keys, and what goes wrong."""

import json
import math

import pytest

from livefin.errors import ChannelError, MessageError, SymbolError
from livefin.events import (
    Bar,
    BookDelta,
    BookSnapshot,
    Funding,
    Liquidation,
    OpenInterest,
    Quote,
    Rate,
    Status,
    Ticker,
    Trade,
)
from livefin.keys import Secret
from livefin.session import Session
from livefin.venues.contract import Numbered, Ready, Reply, Span, Subscription
from livefin.venues.deribit.venue import CHANNELS_PER_MESSAGE, Deribit

NOW = 1_765_541_474_100_000_000
MS = 1_000_000
PERP = "BTC-PERPETUAL"


def notice(channel, data):
    params = {"channel": channel, "data": data}
    message = {"jsonrpc": "2.0", "method": "subscription", "params": params}
    return json.dumps(message, separators=(",", ":")).encode()


def of(venue, raw):
    return list(venue.parse(raw if isinstance(raw, bytes) else raw.encode(), NOW))


def trade(**more):
    return {
        "timestamp": 1765531356452, "price": 92294.5, "amount": 10.0, "direction": "sell",
        "index_price": 92276.75, "instrument_name": PERP, "trade_seq": 271252854,
        "mark_price": 92287.11, "tick_direction": 2, "contracts": 1.0, "trade_id": "403691824",
    } | more  # fmt: skip


TICKER = {
    "timestamp": 1765541474086, "state": "open", "index_price": 92263.55, "instrument_name": PERP,
    "stats": {"high": 93612.0, "low": 89277.5, "price_change": 25.0, "volume": 11897.27640428},
    "last_price": 92283.5, "open_interest": 1132329370.0, "mark_price": 92281.78,
    "best_ask_price": 92284.0, "current_funding": 1.742e-05, "funding_8h": 1.742e-05,
}  # fmt: skip


class TestNotifications:
    def test_a_book_begins_whole_and_chains(self):
        whole = {
            "type": "snapshot", "instrument_name": PERP, "timestamp": 1699999999000,
            "change_id": 123456789, "prev_change_id": None, "bids": [["new", 42500.0, 1000.0]],
            "asks": [["new", 42501.0, 800.0]],
        }  # fmt: skip
        change = {
            "type": "change", "instrument_name": PERP, "timestamp": 1699999999500,
            "change_id": 123456790, "prev_change_id": 123456789,
            "bids": [["change", 42500.0, 950.0], ["new", 42498.5, 300.0]],
            "asks": [["delete", 42501.0, 0.0]],
        }  # fmt: skip
        assert of(Deribit(), notice(f"book.{PERP}.100ms", whole)) == [
            BookSnapshot(
                PERP, 1_699_999_999_000 * MS, NOW, [(42500.0, 1000.0)], [(42501.0, 800.0)],
                123_456_789,
            )
        ]  # fmt: skip
        assert of(Deribit(), notice(f"book.{PERP}.raw", change)) == [
            BookDelta(
                PERP, 1_699_999_999_500 * MS, NOW, [(42500.0, 950.0), (42498.5, 300.0)],
                [(42501.0, 0.0)], None, 123_456_790, 123_456_789,
            )
        ]  # fmt: skip

    def test_a_grouped_book_is_whole_every_time(self):
        data = {
            "instrument_name": PERP, "timestamp": 1769246173071, "change_id": 136725664747,
            "bids": [[89532.5, 254900.0]], "asks": [[89533.0, 91570.0]],
        }  # fmt: skip
        (book,) = of(Deribit(), notice(f"book.{PERP}.none.10.100ms", data))
        assert isinstance(book, BookSnapshot)
        assert (book.bids, book.sequence) == ([(89532.5, 254900.0)], 136_725_664_747)

    def test_trades_are_numbered(self):
        raw = notice(
            f"trades.{PERP}.100ms",
            [trade(), trade(trade_seq=271252855, direction="buy", trade_id="403691825")],
        )
        when = 1_765_531_356_452 * MS
        assert of(Deribit(), raw) == [
            Numbered(271_252_854, PERP, "trades"),
            Trade(PERP, when, NOW, 92294.5, 10.0, "sell", "403691824"),
            Numbered(271_252_855, PERP, "trades"),
            Trade(PERP, when, NOW, 92294.5, 10.0, "buy", "403691825"),
        ]

    @pytest.mark.parametrize(
        ("flag", "sides"), [("T", ["sell"]), ("M", ["buy"]), ("MT", ["sell", "buy"]), ("none", [])]
    )
    def test_liquidations_are_of_the_taker_the_maker_or_both(self, flag, sides):
        _, _, *found = of(Deribit(), notice(f"trades.{PERP}.100ms", [trade(liquidation=flag)]))
        when = 1_765_531_356_452 * MS
        assert found == [
            Liquidation(PERP, when, NOW, 92294.5, 10.0, side, "403691824") for side in sides
        ]

    def test_a_quote_and_one_with_an_empty_side(self):
        data = {
            "timestamp": 1765541767174, "instrument_name": PERP, "best_ask_price": 92288.5,
            "best_bid_price": 92288.0, "best_ask_amount": 99470.0, "best_bid_amount": 133440.0,
        }  # fmt: skip
        when = 1_765_541_767_174 * MS
        assert of(Deribit(), notice(f"quote.{PERP}", data)) == [
            Quote(PERP, when, NOW, 92288.0, 133440.0, 92288.5, 99470.0)
        ]
        data |= {"best_ask_price": None, "best_ask_amount": 0.0}
        (quote,) = of(Deribit(), notice(f"quote.{PERP}", data))
        assert (quote.ask, quote.ask_size) == (0.0, 0.0)

    def test_a_ticker_has_all_that_is_known_of_a_perpetual(self):
        when = 1_765_541_474_086 * MS
        assert of(Deribit(), notice(f"ticker.{PERP}.100ms", TICKER)) == [
            Ticker(PERP, when, NOW, 92283.5, 92283.5 / 1.25, 93612.0, 89277.5, 11897.27640428),
            Funding(PERP, when, NOW, 1.742e-05),
            OpenInterest(PERP, when, NOW, 1132329370.0),
            Rate(PERP, when, NOW, 92281.78),
        ]

    def test_an_option_that_was_not_traded(self):
        nothing = {"volume": None, "price_change": None, "low": None, "high": None}
        data = TICKER | {"stats": nothing, "current_funding": None, "open_interest": None}
        ticker, rate = of(Deribit(), notice("ticker.ETH-27AUG21-4000-P.raw", data))
        assert math.isnan(ticker.open)
        assert math.isnan(ticker.high)
        assert (ticker.volume, rate.rate) == (0.0, 92281.78)
        assert of(Deribit(), notice("ticker.X.raw", data | {"last_price": None})) == [rate]

    def test_a_bar_is_closed_when_the_next_begins(self):
        venue, channel = Deribit(), f"chart.trades.{PERP}.1D"
        data = {
            "tick": 1767200040000, "open": 87490.0, "high": 87500.0, "low": 87465.0,
            "close": 87474.0, "volume": 0.95978896, "cost": 83970.0,
        }  # fmt: skip
        ohlcv = (87490.0, 87500.0, 87465.0, 87474.0, 0.95978896, 0)
        start = 1_767_200_040_000 * MS
        assert of(venue, notice(channel, data)) == [Bar(PERP, start, NOW, "1d", *ohlcv, False)]
        closed, new = of(venue, notice(channel, data | {"tick": 1767286440000}))
        assert closed == Bar(PERP, start, NOW, "1d", *ohlcv, True)
        assert not new.closed

    def test_indices(self):
        raw = notice(
            "deribit_price_index.btc_usd",
            {"timestamp": 1535098298227, "price": 6521.17, "index_name": "btc_usd"},
        )
        when = 1_535_098_298_227 * MS
        assert of(Deribit(), raw) == [Rate("btc_usd", when, NOW, 6521.17)]
        name = "deribit_volatility_index.btc_usd"
        raw = notice(name, {"timestamp": 1619777946007, "volatility": 129.36})
        assert of(Deribit(), raw) == [Rate(name, 1_619_777_946_007 * MS, NOW, 129.36)]

    def test_fields_in_another_order(self):
        message = json.loads(notice(f"trades.{PERP}.100ms", [trade()]))
        message["params"] = dict(reversed(message["params"].items()))
        raw = json.dumps(dict(reversed(message.items())))
        assert len(of(Deribit(), raw)) == 2

    @pytest.mark.parametrize(
        "raw",
        [
            notice("user.orders.BTC", {}), notice("trades.X.raw", {}), notice("book", {}),
            notice("trades.X.raw", [trade(direction="up")]), notice("chart.trades", {}),
            notice("trades.X.raw", [trade(trade_seq="x")]), notice("", []),
            notice("deribit_price_index.", {"timestamp": 1, "price": 2}),
            notice("deribit_price_index.btc_usd", {"timestamp": 1}),
            b'{"jsonrpc":"2.0","method":"subscription"}', b'{"jsonrpc":"2.0"}', b"[]", b"{}",
            b'{"jsonrpc":"2.0","method":"other","params":{}}',
            notice("trades.X.raw", [trade()])[:-1],
        ],
    )  # fmt: skip
    def test_what_cannot_be_read_is_a_message_error(self, raw):
        with pytest.raises(MessageError, match="deribit"):
            of(Deribit(), raw)


class TestSubscribing:
    @pytest.mark.parametrize(
        ("channel", "symbol", "asked"),
        [
            ("trades", PERP, f"trades.{PERP}.100ms"),
            ("liquidations", PERP, f"trades.{PERP}.100ms"),
            ("quotes", "BTC-27JUN25-100000-C", "quote.BTC-27JUN25-100000-C"),
            ("book", "XRP_USDC-30JUN23-0d5-C", "book.XRP_USDC-30JUN23-0d5-C.100ms"),
            ("ticker", "BTC_USDC", "ticker.BTC_USDC.100ms"),
            ("rates", PERP, f"ticker.{PERP}.100ms"),
            ("rates", "btc_usd", "deribit_price_index.btc_usd"),
            (
                "rates",
                "deribit_volatility_index.btc_usd",
                "deribit_volatility_index.btc_usd",
            ),
            ("bars:6h", PERP, f"chart.trades.{PERP}.360"),
        ],
    )
    def test_what_each_channel_asks_for(self, channel, symbol, asked):
        venue, sub = Deribit(), Subscription(channel, symbol)
        venue.check(sub)
        (raw,) = venue.subscribe([sub])
        request = json.loads(raw)
        assert request["method"] == "public/subscribe"
        assert request["params"] == {"channels": [asked]}
        (raw,) = venue.unsubscribe([sub])
        assert json.loads(raw)["method"] == "public/unsubscribe"
        assert venue.unsubscribe([sub]) == []

    def test_shared_channels_are_asked_for_once_and_ended_with_the_last(self):
        venue = Deribit()
        subs = [Subscription(name, PERP) for name in ("ticker", "rates", "funding")]
        (raw,) = venue.subscribe(subs)
        assert len(json.loads(raw)["params"]["channels"]) == 1
        assert venue.unsubscribe(subs[:2]) == []
        assert len(venue.unsubscribe(subs[2:])) == 1

    def test_split_to_what_one_message_may_hold(self):
        subs = [Subscription("quotes", f"A-{n}") for n in range(2 * CHANNELS_PER_MESSAGE + 1)]
        requests = [json.loads(raw) for raw in Deribit().subscribe(subs)]
        assert [len(r["params"]["channels"]) for r in requests] == [100, 100, 1]
        assert len({r["id"] for r in requests}) == 3

    def test_a_channel_that_the_venue_leaves_out_is_rejected(self):
        venue = Deribit()
        (raw,) = venue.subscribe([Subscription("quotes", PERP), Subscription("quotes", "NO-SUCH")])
        answer = {"jsonrpc": "2.0", "id": json.loads(raw)["id"], "result": [f"quote.{PERP}"]}
        (status,) = of(venue, json.dumps(answer))
        assert (status.kind, status.symbol, status.channel) == ("rejected", "NO-SUCH", "quotes")
        assert of(venue, json.dumps(answer)) == []

    def test_an_error_names_all_that_was_asked(self):
        venue = Deribit()
        (raw,) = venue.subscribe([Subscription("book", PERP)])
        error = {"code": 13778, "message": "raw_subscriptions_not_available_for_unauthorized"}
        answer = {"jsonrpc": "2.0", "id": json.loads(raw)["id"], "error": error}
        detail = "deribit: raw_subscriptions_not_available_for_unauthorized (code 13778)"
        assert of(venue, json.dumps(answer)) == [
            Status("rejected", NOW, PERP, "book", detail=detail)
        ]
        (status,) = of(venue, json.dumps(answer | {"id": None}))
        assert (status.symbol, status.channel) == ("", "")

    @pytest.mark.parametrize("symbol", ["BTC/USD", "btc-perpetual", "_", "BTC.PERP", "btc_usd "])
    def test_symbols_that_cannot_be(self, symbol):
        with pytest.raises(SymbolError, match="BTC-PERPETUAL"):
            Deribit().check(Subscription("rates", symbol))

    @pytest.mark.parametrize(
        ("channel", "symbol"), [("trades", "btc_usd"), ("bars:4h", PERP), ("orders", PERP)]
    )
    def test_channels_that_there_are_not(self, channel, symbol):
        with pytest.raises(ChannelError):
            Deribit().check(Subscription(channel, symbol))


class TestConnection:
    def test_it_waits_for_the_heartbeat_to_be_set_even_without_keys(self):
        venue = Deribit()
        assert venue.waits
        (raw,) = venue.login(NOW)
        assert json.loads(raw)["params"] == {"interval": 10}
        (answer,) = venue.answer(raw.encode())
        assert of(venue, answer) == [Ready()]

    def test_keys_are_signed_in_with_and_bring_every_change_at_once(self):
        venue = Deribit()
        venue.keys = {"client_id": Secret("me"), "client_secret": Secret("sesame")}
        auth, beats = venue.login(NOW)
        assert json.loads(auth)["params"] == {
            "grant_type": "client_credentials", "client_id": "me", "client_secret": "sesame"
        }  # fmt: skip
        assert of(venue, venue.answer(beats.encode())[0]) == []
        assert of(venue, venue.answer(auth.encode())[0]) == [Ready()]
        (raw,) = venue.subscribe([Subscription("book", PERP)])
        assert json.loads(raw)["params"] == {"channels": [f"book.{PERP}.raw"]}

    def test_keys_that_are_not_good_are_gone_on_without(self):
        venue = Deribit()
        venue.keys = {"client_id": Secret("me"), "client_secret": Secret("sesame")}
        id_ = json.loads(venue.login(NOW)[0])["id"]
        error = {"code": 13004, "message": "invalid_credentials"}
        status, ready = of(venue, json.dumps({"jsonrpc": "2.0", "id": id_, "error": error}))
        assert ready == Ready()
        assert status.kind == "rejected"
        assert "sesame" not in status.detail
        (raw,) = venue.subscribe([Subscription("book", PERP)])
        assert json.loads(raw)["params"] == {"channels": [f"book.{PERP}.100ms"]}

    def test_a_test_request_is_answered_and_a_heartbeat_is_not(self):
        venue, raw = Deribit(), '{"jsonrpc":"2.0","method":"heartbeat","params":{"type":"%s"}}'
        (reply,) = of(venue, raw % "test_request")
        assert isinstance(reply, Reply)
        assert json.loads(reply.data)["method"] == "public/test"
        assert of(venue, raw % "heartbeat") == []
        assert of(venue, venue.answer(reply.data.encode())[0]) == []

    def test_a_session_subscribes_when_it_is_let_in_and_fetches_what_is_missing(self):
        venue = Deribit()
        session = Session(venue, [Subscription("trades", PERP)], seed=1)
        session.opened(NOW)
        (login,) = session.commands()
        session.receive(venue.answer(login.data.encode()), NOW)
        (asked,) = session.commands()
        assert json.loads(asked.data)["method"] == "public/subscribe"
        raw = notice(f"trades.{PERP}.100ms", [trade(), trade(trade_seq=271252856, trade_id="c")])
        assert len(session.receive([raw], NOW)) == 1  # the second waits for what is missing
        (fetch,) = session.commands()
        assert "get_last_trades_by_instrument_and_time" in fetch.url

    def test_an_unknown_request_is_refused(self):
        (answer,) = Deribit().answer(b'{"jsonrpc":"2.0","id":1,"method":"private/buy"}')
        assert json.loads(answer)["error"]["code"] == -32601

    def test_only_its_own_notifications_are_recognised(self):
        assert Deribit.recognises(notice(f"book.{PERP}.raw", {}))
        assert Deribit.recognises(notice("deribit_price_index.btc_usd", {}))
        assert not Deribit.recognises(notice("updateOrderbook", {}))
        assert not Deribit.recognises(b'{"jsonrpc":"2.0","method":"ticker","params":{}}')


class TestHistory:
    SPAN = Span(1_700_000_000_000_000_001, 1_700_000_100_000_000_000)

    def test_trades_by_time_or_by_number(self):
        venue, sub = Deribit(), Subscription("trades", PERP)
        base = "https://www.deribit.com/api/v2/public/get_last_trades_by_instrument"
        assert venue.history_url(sub, self.SPAN) == (
            f"{base}_and_time?instrument_name={PERP}&count=1000&sorting=asc"
            "&start_timestamp=1700000000001&end_timestamp=1700000100000"
        )
        assert venue.history_url(sub, self.SPAN._replace(first=7, last=9)) == (
            f"{base}?instrument_name={PERP}&count=1000&sorting=asc&start_seq=7&end_seq=9"
        )
        body = json.dumps({"jsonrpc": "2.0", "result": {"trades": [trade()], "has_more": True}})
        (event,) = venue.parse_history(sub, body.encode(), NOW)
        assert event.id == "403691824"

    def test_bars(self):
        venue, sub = Deribit(), Subscription("bars:1h", PERP)
        assert venue.history_url(sub, self.SPAN).endswith(
            "get_tradingview_chart_data?instrument_name=BTC-PERPETUAL"
            "&start_timestamp=1700000000001&end_timestamp=1700000100000&resolution=60"
        )
        result = {
            "status": "ok", "ticks": [1554373800000], "open": [4963.4], "high": [4965.0],
            "low": [4960.0], "close": [4964.0], "volume": [24.0], "cost": [119000.0],
        }  # fmt: skip
        body = json.dumps({"jsonrpc": "2.0", "result": result}).encode()
        assert venue.parse_history(sub, body, NOW) == [
            Bar(
                PERP, 1_554_373_800_000 * MS, NOW, "1h", 4963.4, 4965.0, 4960.0, 4964.0, 24.0, 0,
                True,
            )
        ]  # fmt: skip

    def test_nothing_else_and_errors(self):
        venue, sub = Deribit(), Subscription("bars:1h", PERP)
        assert venue.history_url(Subscription("book", PERP), self.SPAN) is None
        for body in (b'{"error":{"code":-32602,"message":"Invalid params"}}', b"", b"<html>"):
            with pytest.raises(MessageError, match=PERP):
                venue.parse_history(sub, body, NOW)
        uneven = b'{"result":{"ticks":[1,2],"open":[1]}}'
        with pytest.raises(MessageError):
            venue.parse_history(sub, uneven, NOW)
