"""Bitstamp: the documentation's messages, what is sent, and what no venue should send."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mutations import mutated

from livefin.errors import ChannelError, MessageError, SymbolError
from livefin.events import (
    Bar,
    BookDelta,
    BookSnapshot,
    Funding,
    OrderDelta,
    OrderEvent,
    OrderSnapshot,
    Quote,
    Rate,
    Status,
    Trade,
)
from livefin.venues.bitstamp.venue import Bitstamp
from livefin.venues.contract import MAX_SYMBOL, Closing, Span, Subscription

NOW = 1_723_161_253_937_085_768
S = 1_000_000_000
CHANNELS = ("trades", "quotes", "book", "orders", "rates", "funding")
TRADE = b"""{"data":{"id":164507735,"timestamp":"1618677693","amount":0.032712,"amount_str":
"0.03271200","price":60553.64,"price_str":"60553.64","type":0,"microtimestamp":
"1618677693933000","buy_order_id":1351035778150400,"sell_order_id":1351035756818432},"channel":
"live_trades_btcusd","event":"trade"}""".replace(b"\n", b"")
DIFF = b"""{"data":{"timestamp":"1618677691","microtimestamp":"1618677691591574","bids":[["309.68",
"0.00000000"],["305.41","1.5"]],"asks":[]},"channel":"diff_order_book_ltcusd","event":"data"}"""
BEST = b"""{"data":{"timestamp":"1789457617","microtimestamp":"1789457617906487","bids":[["77188",
"0.41122"],["77183","0.32386"]],"asks":[["77189","0.41124"]]},"channel":
"order_book_btcusd-perp","event":"data"}""".replace(b"\n", b"")
ORDER = b"""{"data":{"id":2050545009631360,"id_str":"2050545009631360","order_type":1,
"order_subtype":5,"datetime":"1789456316","microtimestamp":"1789456315879000","amount":32,
"amount_str":"32","amount_traded":"0","amount_at_create":"32","price":0.6881,"price_str":"0.68810",
"is_liquidation":false},"channel":"live_orders_asterusd-perp","event":"order_created","event_id":
"00065b80-440c-8e58-0000-03f902000020","pre_event_id":"00065b80-440a-a228-0000-03f901000020",
"order_source":"orderbook"}"""
FUNDING = b"""{"data":{"market":"btcusd-perp","mark_price":"77186.81199586","index_price":
"77177.99454545454","funding_rate":"0.000123","timestamp":"1789457618","next_funding_time":
"1789459200"},"channel":"funding_rate_btcusd-perp","event":"funding_rate_saved"}"""
DETAIL = b"""{"data":{"timestamp":"1618677691","microtimestamp":"1618677691591574","bids":[[
"60551.07","1.10000000","1351035776413697"]],"asks":[]},"channel":"detail_order_book_btcusd",
"event":"data"}"""
US = 1_618_677_691_591_574
EVENTS = [
    (
        TRADE,
        [Trade("BTC-USD", 1618677693933000000, NOW, 60553.64, 0.032712, "buy", 164507735)],
    ),
    (
        DIFF,
        [BookDelta("LTC-USD", US * 1_000, NOW, [(309.68, 0.0), (305.41, 1.5)], [], US, US)],
    ),
    (
        BEST,
        [
            Quote(
                "BTC-USD-PERP", 1789457617906487000, NOW,
                77188.0, 0.41122, 77189.0, 0.41124, 1789457617906487,
            ),
            BookSnapshot(
                "BTC-USD-PERP", 1789457617906487000, NOW,
                [(77188.0, 0.41122), (77183.0, 0.32386)], [(77189.0, 0.41124)], 1789457617906487,
            ),
        ],
    ),
    (
        ORDER,
        [
            OrderDelta(
                "ASTER-USD-PERP", 1789456315879000000, NOW,
                [
                    OrderEvent(
                        "ASTER-USD-PERP", 1789456315879000000, NOW,
                        "add", "2050545009631360", "sell", 0.6881, 32.0,
                    )
                ],
                2, 2, previous=1,
            )
        ],
    ),
    (
        FUNDING,
        [
            Rate("BTC-USD-PERP", 1_789_457_618 * S, NOW, 77186.81199586),
            Rate("BTC-USD-PERP-INDEX", 1_789_457_618 * S, NOW, 77177.99454545454),
            Funding("BTC-USD-PERP", 1_789_457_618 * S, NOW, 0.000123, 1_789_459_200 * S),
        ],
    ),
    (
        DETAIL,
        [OrderSnapshot("BTC-USD", US * 1_000, NOW, [("1351035776413697", 60551.07, 1.1, 0)], [])],
    ),
]  # fmt: skip


def every(symbol, channels=CHANNELS):
    return [Subscription(channel, symbol) for channel in channels]


@pytest.mark.parametrize(("raw", "events"), EVENTS, ids=lambda x: repr(x[:1])[:30])
def test_the_documented_messages(raw, events):
    assert list(Bitstamp().parse(raw, NOW)) == events


@pytest.mark.parametrize(("raw", "events"), EVENTS, ids=lambda x: repr(x[:1])[:30])
def test_keys_in_another_order_blanks_between_and_more_of_them(raw, events):
    message = json.loads(raw) | {"new": [1, {"x": None}]}
    reordered = {key: message[key] for key in ("channel", "data", "event")} | message
    assert list(Bitstamp().parse(json.dumps(reordered).encode(), NOW)) == events


def test_a_seller_who_took():
    (trade,) = Bitstamp().parse(TRADE.replace(b'"type":0', b'"type":1'), NOW)
    assert trade.side == "sell"


def test_an_id_that_no_float_holds():
    raw = TRADE.replace(b"164507735", b"2001939623936278529")
    (trade,) = Bitstamp().parse(raw, NOW)
    assert trade.id == 2001939623936278529


@pytest.mark.parametrize(
    ("event", "action"), [("order_changed", "change"), ("order_deleted", "delete")]
)
def test_what_becomes_of_an_order(event, action):
    raw = ORDER.replace(b"order_created", event.encode())
    (delta,) = Bitstamp().parse(raw, NOW)
    assert [order.action for order in delta.orders] == [action]


def test_a_stop_order_is_not_on_the_book_but_in_the_chain():
    (delta,) = Bitstamp().parse(ORDER.replace(b'"orderbook"', b'"stop_order"'), NOW)
    assert (delta.orders, delta.last) == ([], 2)


def test_the_best_hundred_are_quotes_alone_where_the_whole_book_is_had():
    venue = Bitstamp()
    venue.subscribe(every("BTC-USD-PERP", ["quotes", "book"]))
    assert list(venue.parse(BEST, NOW)) == EVENTS[2][1][:1]
    replayed = Bitstamp()  # a recording's acknowledgement says it too
    list(replayed.parse(b'{"event":"bts:subscription_succeeded","channel":'
                        b'"diff_order_book_btcusd-perp","data":{}}', NOW))  # fmt: skip
    assert list(replayed.parse(BEST, NOW)) == EVENTS[2][1][:1]


def test_an_empty_side_is_zero():
    raw = BEST.replace(b'[["77189","0.41124"]]', b"[]")
    quote, _ = Bitstamp().parse(raw, NOW)
    assert (quote.ask, quote.ask_size, quote.bid) == (0.0, 0.0, 77188.0)


@pytest.mark.parametrize(
    "raw",
    [
        b'{"event":"bts:subscription_succeeded","channel":"live_trades_btcusd","data":{}}',
        b'{"event": "bts:unsubscription_succeeded", "channel": "order_book_btcusd", "data": {}}',
        b'{"event":"bts:heartbeat","channel":"","data":{"status":"success"}}',
    ],
)
def test_what_says_nothing_of_the_market(raw):
    assert list(Bitstamp().parse(raw, NOW)) == []


def test_a_request_to_reconnect():
    raw = b'{"event":"bts:request_reconnect","channel":"","data":null}'
    assert list(Bitstamp().parse(raw, NOW)) == [Closing()]


def test_errors_are_rejections_in_the_venues_words():
    venue = Bitstamp()
    venue.subscribe(every("BTC-USD"))
    raw = b"""{"event":"bts:error","channel":"%s","data":{"code":null,"message":"Invalid channel
    provided."}}""".replace(b"\n    ", b" ")
    (status,) = venue.parse(raw % b"", NOW)
    assert status == Status("rejected", NOW, detail="bitstamp: Invalid channel provided.")
    (status,) = venue.parse(raw % b"order_book_btcusd", NOW)
    assert (status.symbol, status.channel) == ("BTC-USD", "quotes")
    (status,) = venue.parse(b'{"event":"bts:error","data":"no more"}', NOW)
    assert status.detail == "bitstamp: no more"


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"null", b"[]", b"{}", b"0", b'"trade"', b"not json", b"\xff\xfe\x00",
        b'{"event":"bts:dance","channel":"","data":{}}',
        b'{"event":"bts:error',
        b'{"data":{},"channel":"announcements_all","event":"published"}',
        b'{"data":{},"channel":"' + b"x" * 100_000 + b'","event":"data"}',
        b'{"data":null,"channel":"live_trades_btcusd","event":"trade"}',
        TRADE[:-1],
        TRADE + b"x",
        TRADE.replace(b"164507735", b"9" * 30),
        TRADE.replace(b"164507735", b"-1"),
        TRADE.replace(b'"type":0', b'"type":2'),
        TRADE.replace(b"60553.64,", b"1e999,"),
        TRADE.replace(b"60553.64,", b"0,"),
        TRADE.replace(b'"1618677693933000"', b'"' + b"9" * 20 + b'"'),
        TRADE.replace(b'"1618677693933000"', b"null"),
        DIFF.replace(b'"309.68"', b'"NaN"'),
        DIFF.replace(b'"309.68"', b"[" * 100_000),
        DIFF.replace(b'["305.41","1.5"]', b'["305.41"]'),
        DIFF.replace(b'"asks":[]', b'"asks":null'),
        ORDER.replace(b"order_created", b"order_danced"),
        ORDER.replace(b'"order_type":1', b'"order_type":7'),
        FUNDING.replace(b'"1789457618"', b'"soon"'),
        DETAIL.replace(b',"1351035776413697"', b""),
    ],
    ids=lambda raw: repr(raw[:40]),
)  # fmt: skip
def test_what_cannot_be_read_is_a_message_error(raw):
    with pytest.raises(MessageError) as caught:
        list(Bitstamp().parse(raw, NOW))
    assert len(str(caught.value)) < 400


@given(st.data())
def test_mutations_of_real_messages_raise_message_errors_only(data):
    raw = mutated(data, [raw for raw, _ in EVENTS])
    try:
        events = list(Bitstamp().parse(raw, NOW))
    except MessageError:
        return
    assert all(event.ts_event >= 0 for event in events if not isinstance(event, Status | Closing))


class TestSubscribing:
    def test_one_message_a_channel_and_one_channel_for_two(self):
        sent = [json.loads(raw) for raw in Bitstamp().subscribe(every("BTC-USD-PERP"))]
        assert [message["data"]["channel"] for message in sent] == [
            "live_trades_btcusd-perp", "order_book_btcusd-perp", "diff_order_book_btcusd-perp",
            "live_orders_btcusd-perp", "funding_rate_btcusd-perp",
        ]  # fmt: skip
        assert {message["event"] for message in sent} == {"bts:subscribe"}
        assert all(len(json.dumps(message)) < 512 for message in sent)

    def test_a_channel_stays_until_the_last_that_needs_it_is_gone(self):
        venue = Bitstamp()
        rates, index, funding = (
            Subscription("rates", "BTC-USD-PERP"),
            Subscription("rates", "BTC-USD-PERP-INDEX"),
            Subscription("funding", "BTC-USD-PERP"),
        )
        assert len(venue.subscribe([rates, index, funding])) == 1
        assert venue.unsubscribe([rates, funding]) == []
        (gone,) = venue.unsubscribe([index])
        assert json.loads(gone) == {
            "event": "bts:unsubscribe", "data": {"channel": "funding_rate_btcusd-perp"},
        }  # fmt: skip

    @pytest.mark.parametrize(
        ("wire", "symbol"),
        [
            ("btcusd", "BTC-USD"), ("usdtusd", "USDT-USD"), ("gusdusd", "GUSD-USD"),
            ("linkbtc", "LINK-BTC"), ("eurusd", "EUR-USD"), ("xrprlusd", "XRP-RLUSD"),
            ("rlusdusd", "RLUSD-USD"), ("btcusd-perp", "BTC-USD-PERP"), ("usd", "USD"),
        ],
    )  # fmt: skip
    def test_a_market_that_nobody_subscribed_is_split_before_its_quote_asset(self, wire, symbol):
        raw = TRADE.replace(b"btcusd", wire.encode())
        (trade,) = Bitstamp().parse(raw, NOW)
        assert trade.symbol == symbol

    def test_a_symbol_comes_back_as_it_was_subscribed(self):
        venue = Bitstamp()
        venue.subscribe(every("AB-CUSD", ["trades"]))
        (trade,) = venue.parse(TRADE.replace(b"btcusd", b"abcusd"), NOW)
        assert trade.symbol == "AB-CUSD"

    @pytest.mark.parametrize(
        "symbol",
        ["BTCUSD", "BTC/USD", "btc-usd", "BTC-", "-USD", "BTC-USD-SWAP", "BTC-USD-INDEX",
         "BTC-USD-PERP-INDEX", "A" * MAX_SYMBOL],
    )  # fmt: skip
    def test_symbols_that_cannot_be(self, symbol):
        with pytest.raises(SymbolError, match="BTC-USD"):
            Bitstamp().check(Subscription("trades", symbol))

    @pytest.mark.parametrize("channel", ["ticker", "bars:1m", "agg_trades", "trades:1m"])
    def test_channels_that_are_not_offered(self, channel):
        with pytest.raises(ChannelError):
            Bitstamp().check(Subscription(channel, "BTC-USD"))


class TestHistory:
    TRADES = b"""[{"date":"1643643590","tid":"212337563","amount":"1.0","type":"1","price":"38417"},
    {"date":"1643643584","tid":"212337562","amount":"0.00280000","type":"0","price":"38416.00"}]"""
    BARS = b"""{"data":{"ohlc":[{"close":"25748","high":"25750","low":"25740","open":"25745",
    "timestamp":"1694044800","volume":"0.00100000"}],"pair":"BTC/USD"}}"""

    @pytest.mark.parametrize(
        ("back", "time"), [(10, "minute"), (60, "hour"), (3_600, "day"), (10**6, "day")]
    )
    def test_trades_reach_back_by_a_minute_an_hour_or_a_day(self, back, time):
        span = Span(NOW - back * S, NOW)
        url = Bitstamp().history_url(Subscription("trades", "BTC-USD"), span)
        assert url == f"https://www.bitstamp.net/api/v2/transactions/btcusd/?time={time}"

    def test_trades_come_out_oldest_first(self):
        sub = Subscription("trades", "BTC-USD")
        assert Bitstamp().parse_history(sub, self.TRADES, NOW) == [
            Trade("BTC-USD", 1_643_643_584 * S, NOW, 38416.0, 0.0028, "buy", 212337562),
            Trade("BTC-USD", 1_643_643_590 * S, NOW, 38417.0, 1.0, "sell", 212337563),
        ]

    def test_bars(self):
        sub = Subscription("bars:1h", "BTC-USD-PERP")
        url = Bitstamp().history_url(sub, Span(0, 10_000 * 3_600 * S))
        assert url == (
            "https://www.bitstamp.net/api/v2/ohlc/btcusd-perp/"
            "?step=3600&limit=1000&start=32403600&end=36000000"
        )
        (bar,) = Bitstamp().parse_history(sub, self.BARS, NOW)
        assert bar == Bar(
            "BTC-USD-PERP", 1_694_044_800 * S, NOW, "1h",
            25745.0, 25750.0, 25740.0, 25748.0, 0.001, 0, True,
        )  # fmt: skip

    @pytest.mark.parametrize("channel", ["book", "quotes", "orders", "funding", "bars:1w"])
    def test_of_the_rest_there_is_none(self, channel):
        assert Bitstamp().history_url(Subscription(channel, "BTC-USD"), Span(0, S)) is None

    @pytest.mark.parametrize("body", [b"", b"{}", b"<html>", b'{"code":"404.002"}', b"[[]]"])
    def test_a_page_that_is_none(self, body):
        for channel in ("trades", "bars:1m"):
            with pytest.raises(MessageError):
                Bitstamp().parse_history(Subscription(channel, "BTC-USD"), body, NOW)
