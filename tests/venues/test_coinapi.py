"""CoinAPI: its documentation's messages, requests, numbering, history and errors.

Orders are in test_coinapi_orders.py; that every example is read, in test_apibricks.py.
"""

import json

import pytest

from livefin.errors import ChannelError, MessageError, SymbolError
from livefin.events import Bar, BookDelta, BookSnapshot, Quote, Rate, Trade
from livefin.keys import Secret
from livefin.venues.apibricks.coinapi import CoinApi
from livefin.venues.apibricks.shared import FILTERS_PER_MESSAGE
from livefin.venues.contract import Closing, Numbered, Span, Subscription

NOW = 1_723_161_253_937_085_768
BTC = "BITSTAMP_SPOT_BTC_USD"
N = 2_323_346
T = 1_380_408_050_000_000_000
HEAD = (
    b'"symbol_id":"BITSTAMP_SPOT_BTC_USD","sequence":2323346,'
    b'"time_exchange":"2013-09-28T22:40:50.0000000Z",'
    b'"time_coinapi":"2017-03-18T22:42:21.3763342Z",'
)
TRADE = b'{"type":"trade",' + HEAD + b'"uuid":"770C7A3B-7258-4441-8182-83740F3E2457",'
TRADE += b'"price":770.000000000,"size":0.050000000,"taker_side":"BUY"}'
QUOTE = b'{"type":"quote",' + HEAD + b'"ask_price":770.0,"ask_size":3252,"bid_price":760,'
QUOTE += b'"bid_size":124}'
LEVELS = b'"asks":[{"price":456.35,"size":123},{"price":456.36,"size":23}],'
LEVELS += b'"bids":[{"price":456.10,"size":42},{"price":456.09,"size":5}]}'
BOOK = b'{"type":"book",' + HEAD + b'"is_snapshot":true,' + LEVELS
OHLCV = (
    b'{"type":"ohlcv","symbol_id":"BITSTAMP_SPOT_XRP_USD","sequence":511,'
    b'"time_period_start":"2019-06-11T15:26:00.0000000Z",'
    b'"time_period_end":"2019-06-11T15:27:00.0000000Z",'
    b'"time_open":"2019-06-11T15:26:07.0000000Z","time_close":"2019-06-11T15:26:36.0000000Z",'
    b'"price_open":0.3865,"price_high":0.38706,"price_low":0.3865,"price_close":0.38706,'
    b'"volume_traded":1500.31419084,"trades_count":5}'
)
EXRATE = (
    b'{"type":"exrate","asset_id_base":"BTC","asset_id_quote":"USD",'
    b'"rate_type":"BASE_ALL_CROSSES_TO_REF","time":"2019-06-11T15:26:00.0000000Z",'
    b'"rate":10065.0319541}'
)
BIDS, ASKS = [(456.10, 42.0), (456.09, 5.0)], [(456.35, 123.0), (456.36, 23.0)]
MINUTE = 1_560_266_760_000_000_000
UUID = "770c7a3b-7258-4441-8182-83740f3e2457"
EVENTS = {
    "trade": (TRADE, [Numbered(N, BTC, "trades"), Trade(BTC, T, NOW, 770.0, 0.05, "buy", UUID)]),
    "quote": (QUOTE, [Numbered(N, BTC, "quotes"), Quote(BTC, T, NOW, 760, 124, 770, 3252)]),
    "book": (BOOK, [Numbered(N, BTC, "book"), BookSnapshot(BTC, T, NOW, BIDS, ASKS, N)]),
    "update": (
        BOOK.replace(b"true", b"false"),
        [Numbered(N, BTC, "book"), BookDelta(BTC, T, NOW, BIDS, ASKS, N, N)],
    ),
    "book20": (
        b'{"type":"book20",' + HEAD + LEVELS,
        [BookSnapshot(BTC, T, NOW, BIDS, ASKS)],
    ),
    "ohlcv": (
        OHLCV,
        [
            Numbered(511, "BITSTAMP_SPOT_XRP_USD", "bars"),
            Bar(
                "BITSTAMP_SPOT_XRP_USD", MINUTE, NOW, "1m",
                0.3865, 0.38706, 0.3865, 0.38706, 1500.31419084, 5, True,
            ),
        ],
    ),
    "exrate": (EXRATE, [Rate("BTC-USD", MINUTE, NOW, 10065.0319541)]),
}  # fmt: skip


def every(channels=("trades", "quotes", "book"), symbols=(BTC,)):
    return [Subscription(channel, symbol) for symbol in symbols for channel in channels]


def sent(messages):
    return [json.loads(message) for message in messages]


class TestParse:
    @pytest.mark.parametrize(("raw", "events"), EVENTS.values(), ids=EVENTS)
    @pytest.mark.parametrize("subscribed", [True, False], ids=["subscribed", "unlabelled"])
    def test_the_documented_messages(self, raw, events, subscribed):
        venue = CoinApi()
        if subscribed:
            venue.subscribe(every())
        assert list(venue.parse(raw, NOW)) == events

    @pytest.mark.parametrize(("raw", "events"), EVENTS.values(), ids=EVENTS)
    def test_fields_in_another_order_and_numbers_as_text(self, raw, events):
        def lax(value):
            if isinstance(value, dict):
                return {key: lax(item) for key, item in reversed(value.items())}
            if isinstance(value, list):
                return [lax(item) for item in value]
            return value if isinstance(value, bool | str) else str(value)

        assert list(CoinApi().parse(json.dumps(lax(json.loads(raw))).encode(), NOW)) == events

    @pytest.mark.parametrize(
        ("wire", "side"),
        [("SELL", "sell"), ("BUY_ESTIMATED", None), ("SELL_ESTIMATED", None), ("UNKNOWN", None)],
    )
    def test_only_what_the_exchange_said_is_a_side(self, wire, side):
        raw = TRADE.replace(b'"BUY"', json.dumps(wire).encode())
        assert list(CoinApi().parse(raw, NOW))[1].side == side

    def test_a_trade_of_no_size_marks_a_price(self):
        _, trade = CoinApi().parse(TRADE.replace(b"0.050000000", b"0"), NOW)
        assert (trade.price, trade.size) == (770.0, 0.0)

    def test_the_time_is_the_exchanges_else_coinapis_else_ours(self):
        without = TRADE.replace(b'"2013-09-28T22:40:50.0000000Z"', b"null")
        assert list(CoinApi().parse(without, NOW))[1].ts_event == 1_489_876_941_376_334_200
        neither = without.replace(b'"2017-03-18T22:42:21.3763342Z"', b"null")
        assert list(CoinApi().parse(neither, NOW))[1].ts_event == NOW

    def test_a_quote_of_one_side(self):
        raw = QUOTE.replace(b"770.0", b"null").replace(b'"ask_size":3252,', b"")
        _, quote = CoinApi().parse(raw, NOW)
        assert (quote.bid, quote.bid_size, quote.ask, quote.ask_size) == (760.0, 124.0, 0.0, 0.0)

    def test_a_level_of_no_size_is_gone(self):
        raw = BOOK.replace(b"true", b"false").replace(b"123", b"0")
        assert list(CoinApi().parse(raw, NOW))[1].asks == [(456.35, 0.0), (456.36, 23.0)]

    def test_a_bar_is_closed_once_its_end_has_passed(self):
        _, bar = CoinApi().parse(OHLCV, MINUTE + 59_000_000_000)
        assert not bar.closed
        _, bar = CoinApi().parse(OHLCV, MINUTE + 60_000_000_000)
        assert bar.closed

    @pytest.mark.parametrize(
        ("period", "end", "interval"),
        [
            ("1MIN", "2019-06-11T15:27:00Z", "1m"),
            ("4HRS", "2019-06-11T19:26:00Z", "4h"),
            (None, "2019-06-11T15:26:01.0000000Z", "1s"),
            (None, "2019-06-12T15:26:00Z", "1d"),
            ("2MIN", "2019-06-11T15:28:00Z", "120s"),
        ],
    )
    def test_the_interval_of_a_bar(self, period, end, interval):
        message = json.loads(OHLCV) | {"period_id": period, "time_period_end": end}
        assert list(CoinApi().parse(json.dumps(message).encode(), NOW))[1].interval == interval

    def test_notices(self):
        venue = CoinApi()
        raw = b'{"type":"reconnect","within_seconds":10,"before_time":"2020-08-06T19:19:09.70Z"}'
        assert list(venue.parse(raw, NOW)) == [Closing(10.0)]
        for life in (b'{"type":"hearbeat"}', b'{"type":"heartbeat"}'):  # codespell:ignore
            assert list(venue.parse(life, NOW)) == []
        (status,) = venue.parse(b'{"type":"error","message":"Invalid API key"}', NOW)
        assert (status.kind, status.detail) == ("rejected", "coinapi: Invalid API key")
        (status,) = venue.parse(b'{"type":"error"}', NOW)
        assert status.kind == "rejected"

    @pytest.mark.parametrize(
        "raw",
        [
            b"", b"null", b"[]", b"{}", b"0", b'"trade"', b"not json", b"\xff\xfe\x00",
            b'{"type":"order"}', b'{"type":7}', b'{"type":"trade"}', TRADE[:-1], TRADE + b"x",
            TRADE.replace(b"770.000000000", b'"NaN"'), TRADE.replace(b"770.000000000", b"1e400"),
            TRADE.replace(b"770.000000000", b"-1"), TRADE.replace(b"0.050000000", b'"Infinity"'),
            TRADE.replace(b"2323346", b"-1"), TRADE.replace(b"2323346", b"9" * 30),
            TRADE.replace(b"2323346", b"1.5"), TRADE.replace(b"22:40:50", b"25:40:50"),
            TRADE.replace(b'"2013-09-28T22:40:50.0000000Z"', b"1380408050"),
            TRADE.replace(b"BITSTAMP_SPOT_BTC_USD", b"B" * 65),
            BOOK.replace(b"456.35", b"[" * 50_000), BOOK.replace(b'"size":123', b'"size":null'),
            BOOK.replace(b'{"price":456.35,"size":123}', b"[456.35,123]"),
            OHLCV.replace(b"0.38706", b'"x"'), OHLCV.replace(b"15:27:00.0000000Z", b"soon"),
            EXRATE.replace(b"10065.0319541", b"0"), EXRATE.replace(b'"BTC"', b"null"),
        ],
        ids=lambda raw: repr(raw[:40]),
    )  # fmt: skip
    def test_what_cannot_be_read_is_a_message_error(self, raw):
        with pytest.raises(MessageError) as caught:
            list(CoinApi().parse(raw, NOW))
        assert len(str(caught.value)) < 400


class TestSubscribe:
    def test_the_first_request_of_a_socket_is_a_hello_and_the_next_adds_to_it(self):
        venue = CoinApi()
        assert sent(venue.subscribe(every())) == [
            {
                "type": "hello",
                "heartbeat": True,
                "subscribe_data_type": ["trade", "quote", "book"],
                "subscribe_filter_symbol_id": ["BITSTAMP_SPOT_BTC_USD$"],
            }
        ]
        (more,) = sent(venue.subscribe(every(["orders"])))
        assert (more["type"], more["subscribe_data_type"]) == ("subscribe", ["book_l3"])
        venue.opened()
        assert sent(venue.subscribe(every()))[0]["type"] == "hello"

    def test_bars_go_by_period_and_rates_apart(self):
        venue = CoinApi()
        subs = every(["bars:1m", "bars:1h", "rates"])
        assert sent(venue.subscribe(subs)) == [
            {
                "type": kind,
                "heartbeat": True,
                "subscribe_data_type": ["ohlcv"],
                "subscribe_filter_period_id": [period],
                "subscribe_filter_symbol_id": ["BITSTAMP_SPOT_BTC_USD$"],
            }
            for kind, period in (("hello", "1MIN"), ("subscribe", "1HRS"))
        ] + [
            {
                "type": "subscribe",
                "heartbeat": True,
                "subscribe_data_type": ["exrate"],
                "subscribe_filter_asset_id": ["BTC/USD"],
            }
        ]

    def test_many_symbols_are_many_requests(self):
        symbols = [f"BINANCE_SPOT_A{n}_USDT" for n in range(2 * FILTERS_PER_MESSAGE + 1)]
        messages = sent(CoinApi().subscribe(every(["trades"], symbols)))
        assert [len(m["subscribe_filter_symbol_id"]) for m in messages] == [100, 100, 1]
        assert [m["type"] for m in messages] == ["hello", "subscribe", "subscribe"]

    def test_a_rate_comes_by_every_symbol_it_was_asked_for_by(self):
        venue = CoinApi()
        venue.subscribe(every(["rates"], [BTC, "BTC-USD", "KRAKENFTS_PERP_BTC_USD"]))
        rates = list(venue.parse(EXRATE, NOW))
        assert [rate.symbol for rate in rates] == [BTC, "BTC-USD", "KRAKENFTS_PERP_BTC_USD"]
        assert venue.unsubscribe(every(["rates"], [BTC, "KRAKENFTS_PERP_BTC_USD"])) == []
        assert [rate.symbol for rate in venue.parse(EXRATE, NOW)] == ["BTC-USD"]
        (message,) = sent(venue.unsubscribe(every(["rates"], ["BTC-USD"])))
        assert (message["type"], message["subscribe_filter_asset_id"]) == (
            "unsubscribe",
            ["BTC/USD"],
        )

    def test_the_key_is_in_the_handshake_and_in_no_message(self):
        venue = CoinApi()
        assert venue.headers() == {}
        venue.keys = {"api_key": Secret("73034021-SAMPLE")}
        assert venue.headers() == {"Authorization": "73034021-SAMPLE"}
        assert "73034021" not in str([*venue.subscribe(every()), venue.endpoint(), vars(venue)])

    @pytest.mark.parametrize(
        "symbol", ["BTC-USD", "BITSTAMP", "BITSTAMP_SPOT_", "bitstamp_spot_btc_usd", f"{BTC}$",
                   'B_SPOT_"', "B_SPOT_\\"],
    )  # fmt: skip
    def test_symbols_that_cannot_be_are_refused_with_a_hint(self, symbol):
        with pytest.raises(SymbolError, match="BITSTAMP_SPOT_BTC_USD"):
            CoinApi().check(Subscription("trades", symbol))

    @pytest.mark.parametrize("symbol", ["DERIBIT_OPT_BTC_USD_201225_8000_C", "BTC", "BTC/USD"])
    def test_a_rate_is_of_a_pair(self, symbol):
        with pytest.raises(SymbolError, match="BTC-USD"):
            CoinApi().check(Subscription("rates", symbol))

    def test_other_kinds_of_symbols_are_taken(self):
        for symbol in ("DERIBIT_OPT_BTC_USD_201225_8000_C", "BITMEX_FTS_XBT_USD_210326_P0.01"):
            CoinApi().check(Subscription("quotes", symbol))

    @pytest.mark.parametrize("channel", ["bars", "bars:7m", "bars:1w", "bars:1M", "ticker"])
    def test_channels_that_are_not_offered_are_refused(self, channel):
        with pytest.raises(ChannelError):
            CoinApi().check(Subscription(channel, BTC))


class TestServerHalf:
    def test_it_recognises_what_no_other_venue_sends(self):
        for kind, (raw, _) in EVENTS.items():
            assert CoinApi.recognises(raw) == (kind != "exrate"), kind  # FinFeedAPI's look so too
        backwards = dict(reversed(json.loads(TRADE).items()))
        assert CoinApi.recognises(json.dumps(backwards).encode())
        for raw in (b"", b"{}", b'{"type":"trade"}', b'{"type":"heartbeat"}', b"\xff" * 300):
            assert not CoinApi.recognises(raw)

    @pytest.mark.parametrize("raw", [b"", b"[]", b'{"type":"trade"}', b"[" * 50_000, b"\xff"])
    def test_what_is_no_request_gets_an_error_that_we_understand(self, raw):
        (answer,) = CoinApi().answer(raw)
        (status,) = CoinApi().parse(answer, NOW)
        assert status.kind == "rejected"


class TestHistory:
    SPAN = Span(T, T + 90_000_000_000)

    def test_the_address_of_trades(self):
        assert CoinApi().history_url(Subscription("trades", BTC), self.SPAN) == (
            "https://rest.coinapi.io/v1/trades/BITSTAMP_SPOT_BTC_USD/history"
            "?time_start=2013-09-28T22:40:50.0000000Z&time_end=2013-09-28T22:42:20.0000000Z"
            "&limit=1000"
        )

    def test_a_page_of_trades_ends_with_its_day(self):
        span = Span(T, T + 7 * 86_400_000_000_000)
        url = CoinApi().history_url(Subscription("trades", BTC), span)
        assert "&time_end=2013-09-28T23:59:59.9999999Z&" in url

    def test_the_address_of_bars(self):
        assert CoinApi().history_url(Subscription("bars:5m", BTC), self.SPAN) == (
            "https://rest.coinapi.io/v1/ohlcv/BITSTAMP_SPOT_BTC_USD/history?period_id=5MIN"
            "&time_start=2013-09-28T22:40:50.0000000Z&time_end=2013-09-28T22:42:20.0000000Z"
            "&limit=1000"
        )

    @pytest.mark.parametrize("channel", ["quotes", "book", "orders", "rates", "bars:7m"])
    def test_there_is_none_of_the_rest(self, channel):
        assert CoinApi().history_url(Subscription(channel, BTC), self.SPAN) is None

    def test_trades_are_those_of_the_stream(self):
        body = (
            b'[{"symbol_id":"BITSTAMP_SPOT_BTC_USD","time_exchange":"2013-09-28T22:40:50.0000000Z",'
            b'"time_coinapi":"2017-03-18T22:42:21.3763342Z",'
            b'"uuid":"770c7a3b-7258-4441-8182-83740f3e2457","price":770,"size":0.05,'
            b'"taker_side":"BUY"},{"symbol_id":"BITSTAMP_SPOT_BTC_USD",'
            b'"time_exchange":"2013-09-28T23:12:59.0000000Z","uuid":"1ea8adc5-6459-47ca",'
            b'"price":770,"size":0.05,"taker_side":"SELL"}]'
        )
        trades = CoinApi().parse_history(Subscription("trades", BTC), body, NOW)
        assert trades[0] == list(CoinApi().parse(TRADE, NOW))[1]
        assert trades[1] == Trade(
            BTC, 1_380_409_979_000_000_000, NOW, 770.0, 0.05, "sell", "1ea8adc5-6459-47ca"
        )

    def test_bars(self):
        body = (
            b'[{"time_period_start":"2017-01-01T00:00:00.0000000Z",'
            b'"time_period_end":"2017-01-02T00:00:00.0000000Z","price_open":966.34,'
            b'"price_high":1005,"price_low":960.53,"price_close":997.75,'
            b'"volume_traded":6850.59330859,"trades_count":7815}]'
        )
        (bar,) = CoinApi().parse_history(Subscription("bars:1d", BTC), body, NOW)
        assert bar == Bar(
            BTC, 1_483_228_800_000_000_000, NOW, "1d",
            966.34, 1005.0, 960.53, 997.75, 6850.59330859, 7815, True,
        )  # fmt: skip

    @pytest.mark.parametrize("channel", ["trades", "bars:1m"])
    @pytest.mark.parametrize("body", [b"", b"{}", b'{"error":"no"}', b"[1]", b'[{"price":1}]'])
    def test_a_body_that_is_no_page(self, channel, body):
        with pytest.raises(MessageError, match=BTC):
            CoinApi().parse_history(Subscription(channel, BTC), body, NOW)
