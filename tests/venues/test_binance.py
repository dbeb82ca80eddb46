"""Binance: the documentation's messages, and what no venue should send."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livefin.errors import ChannelError, MessageError, SymbolError
from livefin.events import AggTrade, Bar, BookDelta, Quote, Status, Ticker, Trade
from livefin.venues.binance.spot import MAX_ROUTES, STREAMS_PER_MESSAGE, Binance
from livefin.venues.contract import MAX_SYMBOL, Closing, Subscription

NOW = 1_723_161_253_937_085_768
CHANNELS = ("trades", "agg_trades", "quotes", "book", "bars:1m", "ticker")
# The payloads are the examples of the venue's own documentation, numbers and all, but for
# the kline's prices, which have eight decimals as all that spot sends.
TRADE = b"""{"stream":"bnbbtc@trade","data":{"e":"trade","E":1672515782136,"s":"BNBBTC","t":12345,
"p":"0.001","q":"100","T":1672515782136,"m":true,"M":true}}"""
AGG_TRADE = b"""{"stream":"bnbbtc@aggTrade","data":{"e":"aggTrade","E":1672515782136,"s":"BNBBTC",
"a":12345,"p":"0.001","q":"100","f":100,"l":105,"T":1672515782136,"m":true,"M":true}}"""
QUOTE = b"""{"stream":"bnbbtc@bookTicker","data":{"u":400900217,"s":"BNBBTC","b":"25.35190000",
"B":"31.21000000","a":"25.36520000","A":"40.66000000"}}"""
DEPTH = b"""{"stream":"bnbbtc@depth@100ms","data":{"e":"depthUpdate","E":1672515782136,"s":"BNBBTC",
"U":157,"u":160,"b":[["0.0024","10"]],"a":[["0.0026","100"]]}}"""
KLINE = b"""{"stream":"bnbbtc@kline_1m","data":{"e":"kline","E":1672515782136,"s":"BNBBTC","k":{
"t":1672515780000,"T":1672515839999,"s":"BNBBTC","i":"1m","f":100,"L":200,"o":"0.00100000",
"c":"0.00200000","h":"0.00250000","l":"0.00150000","v":"1000","n":100,"x":false,"q":"1.0000",
"V":"500","Q":"0.500","B":"123456"}}}"""
TICKER = b"""{"stream":"bnbbtc@ticker","data":{"e":"24hrTicker","E":1672515782136,"s":"BNBBTC",
"p":"0.0015","P":"250.00","w":"0.0018","x":"0.0009","c":"0.0025","Q":"10","b":"0.0024","B":"10",
"a":"0.0026","A":"100","o":"0.0010","h":"0.0027","l":"0.0008","v":"10000","q":"18","O":0,
"C":86400000,"F":0,"L":18150,"n":18151}}"""
T = 1_672_515_782_136_000_000
EVENTS = [
    (TRADE, Trade("BNB-BTC", T, NOW, 0.001, 100.0, "sell", 12345)),
    (AGG_TRADE, AggTrade("BNB-BTC", T, NOW, 0.001, 100.0, "sell", 12345, 100, 105)),
    (QUOTE, Quote("BNB-BTC", NOW, NOW, 25.3519, 31.21, 25.3652, 40.66, 400900217)),
    (DEPTH, BookDelta("BNB-BTC", T, NOW, [(0.0024, 10.0)], [(0.0026, 100.0)], 157, 160)),
    (
        KLINE,
        Bar(
            "BNB-BTC", 1_672_515_780_000_000_000, NOW, "1m",
            0.001, 0.0025, 0.0015, 0.002, 1000.0, 100, False,
        ),
    ),
    (TICKER, Ticker("BNB-BTC", T, NOW, 0.0025, 0.001, 0.0027, 0.0008, 10000.0)),
]  # fmt: skip


def every(symbol, channels=CHANNELS):
    return [Subscription(channel, symbol) for channel in channels]


@pytest.fixture(params=[True, False], ids=["subscribed", "unlabelled"])
def venue(request):
    venue = Binance()
    if request.param:
        venue.subscribe(every("BNB-BTC"))
    return venue


class TestParse:
    @pytest.mark.parametrize(("raw", "event"), EVENTS, ids=lambda x: type(x).__name__)
    def test_the_documented_messages(self, venue, raw, event):
        for _ in range(3):  # unrouted, routed by name, routed by the fixed slice
            assert list(venue.parse(raw, NOW)) == [event]

    def test_a_buyer_who_took(self, venue):
        (event,) = venue.parse(TRADE.replace(b'"m":true', b'"m":false'), NOW)
        assert event.side == "buy"

    def test_one_sided_quotes_are_zero(self, venue):
        raw = QUOTE.replace(b"25.35190000", b"0.00000000").replace(b"31.21000000", b"0.00000000")
        (quote,) = venue.parse(raw, NOW)
        assert (quote.bid, quote.bid_size) == (0.0, 0.0)

    def test_fields_in_another_order_and_more_of_them(self, venue):
        message = json.loads(TRADE)
        message["data"] = dict(reversed(message["data"].items())) | {"new": [1, {"x": None}]}
        reordered = json.dumps({"data": message["data"], "stream": message["stream"]})
        assert list(venue.parse(reordered.encode(), NOW)) == [EVENTS[0][1]]

    @pytest.mark.parametrize("raw", [b'{"result":null,"id":1}', b'{"result":["x@trade"],"id":"a"}'])
    def test_acknowledgements_say_nothing(self, venue, raw):
        assert list(venue.parse(raw, NOW)) == []

    @pytest.mark.parametrize(
        "raw",
        [
            b'{"code":2,"msg":"Invalid request: invalid stream"}',
            b'{"error":{"code":2,"msg":"Invalid request: invalid stream"},"id":1}',
            b'{"error":{"code":2,"msg":"Invalid request: invalid stream"}}',
        ],
    )
    def test_errors_are_rejections_in_the_venues_words(self, venue, raw):
        (status,) = venue.parse(raw, NOW)
        assert (status.kind, status.ts) == ("rejected", NOW)
        assert status.detail == "binance: Invalid request: invalid stream (code 2)"

    def test_an_error_names_what_was_asked_where_that_is_one(self):
        venue, error = Binance(), b'{"error":{"code":2,"msg":"no"},"id":%d}'
        venue.subscribe([Subscription("trades", "A-B")])
        venue.subscribe([Subscription("trades", "C-D"), Subscription("quotes", "C-D")])
        venue.subscribe([Subscription("book", "E-F"), Subscription("book", "G-H")])
        rejected = [event for n in (1, 2, 3, 1, 9) for event in venue.parse(error % n, NOW)]
        assert [(status.symbol, status.channel) for status in rejected] == [
            ("A-B", "trades"), ("C-D", ""), ("", "book"), ("", ""), ("", ""),
        ]  # fmt: skip

    @pytest.mark.parametrize(
        "raw",
        [
            b'{"e":"serverShutdown","E":1770123456789}',
            b'{"event":{"e":"serverShutdown","E":1770123456789}}',
            b'{"stream":"notice","data":{"e":"serverShutdown","E":1770123456789}}',
        ],
    )
    def test_a_notice_that_the_server_will_close(self, venue, raw):
        assert list(venue.parse(raw, NOW)) == [Closing(600.0)]

    def test_a_day_without_trades_has_a_ticker_of_zeros(self, venue):
        raw = TICKER.replace(b"0.0025", b"0.00000000").replace(b"0.0010", b"0.00000000")
        (ticker,) = venue.parse(raw, NOW)
        assert (ticker.last, ticker.open) == (0.0, 0.0)

    @pytest.mark.parametrize(
        "raw",
        [
            b"",
            b"null",
            b"[]",
            b"{}",
            b"0",
            b'"trade"',
            b"not json",
            b"\xff\xfe\x00",
            TRADE[:-1],
            TRADE[:40],
            TRADE + b"x",
            TRADE.replace(b"bnbbtc@", b"bnb\xc3btc@"),
            TRADE.replace(b'"t":12345', b'"t":' + b"9" * 30),
            TRADE.replace(b'"t":12345', b'"t":-1'),
            TRADE.replace(b'"t":12345', b'"t":1.5'),
            TRADE.replace(b'"t":12345', b'"t":null'),
            TRADE.replace(b'"T":1672515782136', b'"T":9223372036855'),
            TRADE.replace(b'"T":1672515782136', b'"T":' + b"9" * 400),
            TRADE.replace(b'"T":1672515782136', b'"T":-1'),
            TRADE.replace(b'"p":"0.001"', b'"p":"NaN"'),
            TRADE.replace(b'"p":"0.001"', b'"p":"inf"'),
            TRADE.replace(b'"p":"0.001"', b'"p":"1e400"'),
            TRADE.replace(b'"p":"0.001"', b'"p":"-1"'),
            TRADE.replace(b'"p":"0.001"', b'"p":"0"'),
            TRADE.replace(b'"p":"0.001"', b'"p":""'),
            TRADE.replace(b'"p":"0.001"', b'"p":[]'),
            TRADE.replace(b'"p":"0.001",', b""),
            TRADE.replace(b'"q":"100"', b'"q":"-Infinity"'),
            TRADE.replace(b'"q":"100"', b'"q":"nan"'),
            TRADE.replace(b'"m":true', b'"m":"perhaps"'),
            AGG_TRADE.replace(b'"l":105', b'"l":' + b"9" * 30),
            QUOTE.replace(b'"B":"31.21000000"', b'"B":"NaN"'),
            DEPTH.replace(b'[["0.0024","10"]]', b'[["0.0024"]]'),
            DEPTH.replace(b'[["0.0024","10"]]', b'[["0.0024","10","1"]]'),
            DEPTH.replace(b'[["0.0024","10"]]', b'{"0.0024":"10"}'),
            DEPTH.replace(b'[["0.0024","10"]]', b"[" * 100_000),
            DEPTH.replace(b'["0.0024","10"]', b'["NaN","10"]'),
            KLINE.replace(b'"x":false', b'"x":2'),
            KLINE.replace(b'"k":{', b'"k":[{'),
            TICKER.replace(b'"v":"10000"', b'"v":"many"'),
            b'{"event":{"e":"balanceUpdate"}}',
            b'{"e":"serverShutdown"',
            b'{"stream":"bnbbtc@forceOrder","data":{}}',
            b'{"stream":"bnbbtc","data":{}}',
            b'{"stream":"","data":{}}',
            b'{"stream":7,"data":{}}',
            b'{"stream":"bnbbtc@trade"}',
            b'{"stream":"bnbbtc@trade","data":null}',
            b'{"error":"text"}',
            b'{"x":' + b"[" * 100_000,
            TRADE.replace(b"bnbbtc@", b"@"),
            TRADE.replace(b"bnbbtc@", b"b" * 100_000 + b"@"),
        ],
        ids=lambda raw: repr(raw[:40]),
    )
    def test_what_cannot_be_read_is_a_message_error(self, venue, raw):
        with pytest.raises(MessageError) as caught:
            list(venue.parse(raw, NOW))
        assert len(str(caught.value)) < 400

    def test_a_time_in_the_last_year_that_fits_nanoseconds(self, venue):
        raw = TRADE.replace(b'"T":1672515782136', b'"T":9000000000000')
        (trade,) = venue.parse(raw, NOW)
        assert trade.ts_event == 9_000_000_000_000_000_000 < 2**63

    def test_a_hostile_symbol_is_text_and_nothing_more(self):
        raw = TRADE.replace(b"bnbbtc@", b"<img src=x onerror=alert(1)>@")
        (trade,) = Binance().parse(raw, NOW)
        assert trade.symbol == "<IMG SRC=X ONERROR=ALERT(1)>"

    def test_ever_new_names_do_not_fill_the_memory(self):
        venue = Binance()
        venue.subscribe(every("BNB-BTC"))
        for n in range(MAX_ROUTES + 500):
            venue.parse(TRADE.replace(b"bnbbtc@", b"x%dbtc@" % n), NOW)
        assert len(venue._routes) <= MAX_ROUTES + len(CHANNELS)
        assert len(venue._heads) <= MAX_ROUTES
        assert list(venue.parse(TRADE, NOW)) == [EVENTS[0][1]]

    def test_names_that_begin_alike_do_not_mix(self):
        venue = Binance()
        for symbol in ("BTC-USDT", "BTC-USDTX", "1000BTC-USDT", "BTC-USD", "ABCDEFGHIJKLMNOP-USDT"):
            venue.subscribe(every(symbol))
            spelled = symbol.replace("-", "").lower().encode()
            for raw, event in EVENTS * 2:
                (got,) = venue.parse(raw.replace(b"bnbbtc", spelled), NOW)
                assert (got.symbol, type(got)) == (symbol, type(event))

    @given(st.data())
    def test_mutations_of_real_messages_raise_message_errors_only(self, data):
        raw = bytearray(data.draw(st.sampled_from([raw for raw, _ in EVENTS])))
        for _ in range(data.draw(st.integers(1, 4))):
            at = data.draw(st.integers(0, len(raw)))
            until = data.draw(st.integers(at, min(len(raw), at + 12)))
            pieces = st.binary(max_size=6) | st.sampled_from(
                [b'"', b"{", b"null", b"-", b"9" * 25, b"1e999", b"\\ud800", b"\xf0\x9f", b"[[[["]
            )
            raw[at:until] = data.draw(pieces)
        venue = Binance()
        venue.subscribe(every("BNB-BTC"))
        for _ in range(2):
            try:
                events = list(venue.parse(bytes(raw), NOW))
            except MessageError:
                continue
            for event in events:
                assert isinstance(event, (*map(type, dict(EVENTS).values()), Status))
                if isinstance(event, Trade):
                    assert 0 < event.price < float("inf")
                    assert 0 <= event.size < float("inf")
                    assert 0 <= event.ts_event < 2**63


class TestSubscribing:
    def test_one_message_for_all_channels(self):
        (raw,) = Binance().subscribe(every("BTC-USDT"))
        request = json.loads(raw)
        assert request["method"] == "SUBSCRIBE"
        assert request["params"] == [
            "btcusdt@trade", "btcusdt@aggTrade", "btcusdt@bookTicker", "btcusdt@depth@100ms",
            "btcusdt@kline_1m", "btcusdt@ticker",
        ]  # fmt: skip

    def test_split_to_what_one_message_may_hold_with_ids_of_their_own(self):
        venue = Binance()
        subs = [Subscription("trades", f"C{n}-USDT") for n in range(2 * STREAMS_PER_MESSAGE + 1)]
        for make, method in ((venue.subscribe, "SUBSCRIBE"), (venue.unsubscribe, "UNSUBSCRIBE")):
            requests = [json.loads(raw) for raw in make(subs)]
            assert [len(request["params"]) for request in requests] == [200, 200, 1]
            assert {request["method"] for request in requests} == {method}
            assert len({request["id"] for request in requests}) == 3
            streams = [name for request in requests for name in request["params"]]
            assert streams == [f"c{n}usdt@trade" for n in range(len(subs))]

    def test_a_ping_has_an_answer_that_says_nothing(self):
        venue = Binance()
        (answer,) = venue.answer(venue.ping().encode())
        assert list(venue.parse(answer, NOW)) == []

    @pytest.mark.parametrize(
        "symbol",
        [
            "BTC-USDT",
            "1000SATS-USDT",
            "A-B",
            "BTCST-FDUSD",
            "X.Y_Z-EUR",
            "USDT-TRY",
            "币安人生-USDT",
        ],
    )
    def test_a_symbol_comes_back_as_it_was_subscribed(self, symbol):
        venue = Binance()
        (request,) = venue.subscribe(every(symbol))
        for stream in json.loads(request)["params"]:
            kind = stream.partition("@")[2]
            raw = next(raw for raw, _ in EVENTS if b"bnbbtc@" + kind.encode() + b'"' in raw)
            (event,) = venue.parse(
                raw.replace(b"bnbbtc@", stream.partition("@")[0].encode() + b"@"), 0
            )
            assert event.symbol == symbol
        path = venue.snapshot_url(symbol).removeprefix(venue.rest_url)
        assert venue.snapshot_symbol(path) == symbol

    @pytest.mark.parametrize(
        ("wire", "symbol"),
        [
            ("btcusdt", "BTC-USDT"),
            ("ethbtc", "ETH-BTC"),
            ("btcfdusd", "BTC-FDUSD"),
            ("busdusdt", "BUSD-USDT"),
            ("runeeur", "RUNE-EUR"),
            ("usdt", "USDT"),
            ("???", "???"),
        ],
    )
    def test_a_symbol_that_nobody_subscribed_is_split_before_its_quote_asset(self, wire, symbol):
        (trade,) = Binance().parse(TRADE.replace(b"bnbbtc@", wire.encode() + b"@"), NOW)
        assert trade.symbol == symbol

    @pytest.mark.parametrize(
        "symbol",
        ["", "BTCUSDT", "BTC/USDT", "BTC-", "-USDT", "A-B-C", "BTC-USDT ", "BTC-USDT\n",
         "<img src=x onerror=alert(1)>", "\u202eBTC-USDT", "A" * MAX_SYMBOL + "-B",
         'X"-USDT', "BTC-USDT@trade", "btc-USDT/eth", "é-USDT"],
    )  # fmt: skip
    def test_symbols_that_cannot_be_are_refused_with_a_hint(self, symbol):
        with pytest.raises(SymbolError, match="BTC-USDT"):
            Binance().check(Subscription("trades", symbol))

    @pytest.mark.parametrize(
        "channel", ["", "orders", "bars", "bars:", "bars:7m", "bars:1m:2", "trades:1m", "book:5"]
    )
    def test_channels_that_are_not_offered_are_refused(self, channel):
        with pytest.raises(ChannelError) as caught:
            Binance().check(Subscription(channel, "BTC-USDT"))
        assert caught.value.channel == channel

    @pytest.mark.parametrize("channel", [*CHANNELS, "bars:1M", "bars:1s"])
    def test_channels_that_are(self, channel):
        Binance().check(Subscription(channel, "BTC-USDT"))


class TestServerHalf:
    def test_it_recognises_its_own_frames_only(self):
        assert all(Binance.recognises(raw) for raw, _ in EVENTS)
        for raw in (
            b"",
            b"{}",
            b'{"lastUpdateId":1}',
            b'{"stream":"x"}',
            b"\xff" * 100,
            b'{"type":"trade"}',
        ):
            assert not Binance.recognises(raw)

    @pytest.mark.parametrize("method", ["SUBSCRIBE", "UNSUBSCRIBE"])
    @pytest.mark.parametrize("id_", [1, "a", None])
    def test_requests_are_acknowledged_with_their_id(self, method, id_):
        raw = json.dumps({"method": method, "params": ["bnbbtc@trade"], "id": id_}).encode()
        assert [json.loads(answer) for answer in Binance().answer(raw)] == [
            {"result": None, "id": id_}
        ]

    @pytest.mark.parametrize(
        "raw", [b"", b"[]", b"\xff", b'{"method":"FLY"}', b'{"params":[1]}', b"[" * 50_000, b"{}",
                b'{"method":"\xff"}'],
        ids=lambda raw: repr(raw[:30]),
    )  # fmt: skip
    def test_what_is_no_request_gets_an_error_that_we_understand(self, raw):
        (answer,) = Binance().answer(raw)
        (status,) = Binance().parse(answer, NOW)
        assert status.kind == "rejected"
