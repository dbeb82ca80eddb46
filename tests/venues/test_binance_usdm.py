"""Binance USD-M futures: the documentation's messages, lanes, symbols, off-book trades."""

import json

import pytest

from livefin.errors import ChannelError, MessageError, SymbolError
from livefin.events import (
    AggTrade,
    Bar,
    BookDelta,
    Funding,
    Liquidation,
    Quote,
    Rate,
    Ticker,
    Trade,
)
from livefin.venues.binance.usdm import BinanceUsdm
from livefin.venues.contract import Closing, Subscription

NOW = 1_723_161_256_322_000_001
MS = 1_000_000
# From the venue's documentation; the trade, which is not in it, as it is on the wire.
TRADE = b"""{"stream":"btcusdt@trade","data":{"e":"trade","E":1723161256322,"T":1723161256321,
"s":"BTCUSDT","t":5266583935,"p":"61800.30","q":"0.006","X":"MARKET","m":false}}"""
AGG_TRADE = b"""{"stream":"btcusdt@aggTrade","data":{"e":"aggTrade","E":123456789,"a":5933014,
"s":"BTCUSDT","p":"0.001","q":"100","f":100,"l":105,"T":123456785,"m":true,"st":1}}"""
QUOTE = b"""{"stream":"btcusdt@bookTicker","data":{"e":"bookTicker","u":400900217,
"E":1568014460893,"T":1568014460891,"s":"BTCUSDT","b":"25.35190000","B":"31.21000000",
"a":"25.36520000","A":"40.66000000","st":1,"ps":"BTCUSDT"}}"""
DEPTH = b"""{"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","E":123456789,"T":123456788,
"s":"BTCUSDT","ps":"BTCUSDT","st":1,"U":157,"u":160,"pu":149,"b":[["0.0024","10"]],
"a":[["0.0026","100"]]}}"""
KLINE = b"""{"stream":"btcusdt@kline_1m","data":{"e":"kline","E":1638747660000,"s":"BTCUSDT","k":{
"t":1638747660000,"T":1638747719999,"s":"BTCUSDT","i":"1m","f":100,"L":200,"o":"0.0010",
"c":"0.0020","h":"0.0025","l":"0.0015","v":"1000","n":100,"x":true,"q":"1.0000","V":"500",
"Q":"0.500","B":"123456"}}}"""
TICKER = b"""{"stream":"btcusdt@ticker","data":{"e":"24hrTicker","E":1672515782136,"s":"BTCUSDT",
"p":"-131.40000000","P":"-0.786","w":"16628.97377498","c":"16584.60000000","Q":"0.002",
"o":"16716.00000000","h":"16764.89000000","l":"16456.51000000","v":"122474.816",
"q":"2036102085.69746400","O":1672429382136,"C":1672515782136,"F":2289691,"L":2432543,
"n":142853,"st":1}}"""
MARK = b"""{"stream":"btcusdt@markPrice@1s","data":{"e":"markPriceUpdate","E":1562305380000,
"s":"BTCUSDT","p":"11794.15000000","i":"11784.62659091","P":"11784.25641265","r":"0.00038167",
"T":1562306400000}}"""
LIQUIDATION = b"""{"stream":"btcusdt@forceOrder","data":{"e":"forceOrder","E":1568014460893,"o":{
"s":"BTCUSDT","S":"SELL","o":"LIMIT","f":"IOC","q":"0.015","p":"9910.00000000",
"ap":"9910.12345678","X":"FILLED","l":"0.014","z":"0.014","T":1568014460892}}}"""
BTC, AT = "BTC-USDT", 1_562_305_380_000 * MS
EVENTS = [
    (TRADE, [Trade(BTC, 1_723_161_256_321 * MS, NOW, 61800.3, 0.006, "buy", 5266583935)]),
    (AGG_TRADE, [AggTrade(BTC, 123456785 * MS, NOW, 0.001, 100.0, "sell", 5933014, 100, 105)]),
    (
        QUOTE,
        [Quote(BTC, 1_568_014_460_891 * MS, NOW, 25.3519, 31.21, 25.3652, 40.66, 400900217)],
    ),
    (
        DEPTH,
        [BookDelta(BTC, 123456788 * MS, NOW, [(0.0024, 10.0)], [(0.0026, 100.0)], 157, 160, 149)],
    ),
    (
        KLINE,
        [Bar(BTC, 1_638_747_660_000 * MS, NOW, "1m", 0.001, 0.0025, 0.0015, 0.002, 1e3, 100, True)],
    ),
    (
        TICKER,
        [
            Ticker(
                BTC, 1_672_515_782_136 * MS, NOW, 16584.6, 16716.0, 16764.89, 16456.51, 122474.816
            )
        ],
    ),
    (
        MARK,
        [
            Rate(BTC, AT, NOW, 11794.15),
            Rate("BTC-USDT-INDEX", AT, NOW, 11784.62659091),
            Funding(BTC, AT, NOW, 0.00038167, 1_562_306_400_000 * MS),
        ],
    ),
    (LIQUIDATION, [Liquidation(BTC, 1_568_014_460_892 * MS, NOW, 9910.12345678, 0.014, "sell")]),
]
CHANNELS = (*BinanceUsdm.channels[:4], "bars:1m", *BinanceUsdm.channels[5:])


@pytest.fixture(params=[True, False], ids=["subscribed", "unlabelled"])
def venue(request):
    venue = BinanceUsdm()
    if request.param:
        venue.subscribe([Subscription(channel, BTC) for channel in CHANNELS])
    return venue


def events(venue, raw):
    return list(venue.parse(raw, NOW))


@pytest.mark.parametrize(("raw", "expected"), EVENTS, ids=lambda x: repr(x)[:40])
def test_the_documented_messages(venue, raw, expected):
    for _ in range(3):  # unrouted, routed by name, routed by the fixed slice
        assert events(venue, raw) == expected


def test_a_dated_contract_has_no_funding(venue):
    raw = MARK.replace(b'"r":"0.00038167"', b'"r":""').replace(b"1562306400000", b"0")
    assert [type(event) for event in events(venue, raw)] == [Rate, Rate]
    assert [type(event) for event in events(venue, raw.replace(b'"r":""', b'"r":"0"'))] == [
        Rate,
        Rate,
    ]


def test_a_contract_without_an_index_yet(venue):
    raw = MARK.replace(b"11784.62659091", b"0.00000000")
    assert [type(event) for event in events(venue, raw)] == [Rate, Funding]


def test_a_negative_funding_rate(venue):
    assert events(venue, MARK.replace(b"0.00038167", b"-0.0005"))[-1].rate == -0.0005


def test_a_liquidation_that_says_no_more_than_its_order(venue):
    raw = LIQUIDATION.replace(b'"ap":"9910.12345678"', b'"ap":"0"').replace(
        b'"z":"0.014"', b'"z":"0"'
    )
    (event,) = events(venue, raw.replace(b"SELL", b"BUY"))
    assert (event.price, event.size, event.side) == (9910.0, 0.015, "buy")


@pytest.mark.parametrize("how", [b"INSURANCE_FUND", b"ADL"])
def test_a_trade_past_the_book_keeps_its_place_and_moves_no_price(how):
    venue = BinanceUsdm()
    past = TRADE.replace(b"MARKET", how).replace(b"5266583935", b"5266583936")
    past = past.replace(b"61800.30", b"99999.90")
    assert events(venue, past) == []  # nothing was numbered before it
    assert len(events(venue, TRADE)) == 1
    at = 1_723_161_256_321 * MS
    assert events(venue, past) == [Trade(BTC, at, NOW, 61800.3, 0.0, None, 5266583936)]
    nothing = TRADE.replace(b"61800.30", b"0").replace(b"MARKET", b"NA")
    assert events(venue, nothing)[0].size == 0.0


@pytest.mark.parametrize(
    "raw",
    [
        TRADE.replace(b'"T":1723161256321', b'"T":null'),
        TRADE.replace(b'"61800.30"', b'"-1"'),
        TRADE.replace(b'"61800.30"', b'"NaN"'),
        TRADE.replace(b'"X":"MARKET"', b'"X":7'),
        QUOTE.replace(b'"T":1568014460891', b'"T":-1'),
        DEPTH.replace(b'"pu":149', b'"pu":[]'),
        DEPTH.replace(b'"pu":149,', b""),
        MARK.replace(b'"r":"0.00038167"', b'"r":"inf"'),
        MARK.replace(b'"r":"0.00038167"', b'"r":"much"'),
        MARK.replace(b'"p":"11794.15000000"', b'"p":""'),
        LIQUIDATION.replace(b"SELL", b"HOLD"),
        LIQUIDATION.replace(b'"o":{', b'"o":[{'),
        b'{"stream":"!forceOrder@arr","data":{}}',
        b'{"stream":"btcusdt@openInterest","data":{}}',
    ],
    ids=lambda raw: repr(raw[11:60]),
)
def test_what_cannot_be_read_is_a_message_error(venue, raw):
    with pytest.raises(MessageError, match="binance-usdm"):
        events(venue, raw)


def test_a_notice_that_the_server_will_close(venue):
    assert isinstance(events(venue, b'{"e":"serverShutdown","E":1}')[0], Closing)


def test_one_stream_serves_marks_indexes_and_funding_until_the_last_of_them_ends():
    venue = BinanceUsdm()
    subs = [
        Subscription("rates", BTC),
        Subscription("rates", f"{BTC}-INDEX"),
        Subscription("funding", BTC),
    ]
    (request,) = venue.subscribe(subs)
    assert json.loads(request) == {
        "method": "SUBSCRIBE",
        "id": 1,
        "params": ["btcusdt@markPrice@1s"],
    }
    assert venue.unsubscribe(subs[:1]) == []
    assert venue.unsubscribe(subs[1:2]) == []
    (request,) = venue.unsubscribe(subs[2:])
    assert json.loads(request)["params"] == ["btcusdt@markPrice@1s"]


def test_a_new_socket_has_nothing_subscribed():
    venue, sub = BinanceUsdm(), Subscription("rates", BTC)
    venue.subscribe([sub, Subscription("funding", BTC)])
    venue.opened()
    venue.subscribe([sub])
    assert len(venue.unsubscribe([sub])) == 1


def test_subscribing_to_everything():
    (request,) = BinanceUsdm().subscribe([Subscription(channel, BTC) for channel in CHANNELS])
    assert json.loads(request)["params"] == [
        "btcusdt@trade",
        "btcusdt@bookTicker",
        "btcusdt@depth@100ms",
        "btcusdt@aggTrade",
        "btcusdt@kline_1m",
        "btcusdt@ticker",
        "btcusdt@markPrice@1s",
        "btcusdt@forceOrder",
    ]


def test_each_channel_has_its_address():
    lanes = {channel: BinanceUsdm().lane_of(Subscription(channel, BTC)) for channel in CHANNELS}
    assert [channel for channel, lane in lanes.items() if lane == "public"] == [
        "trades",
        "quotes",
        "book",
    ]
    assert set(lanes.values()) == set(BinanceUsdm.lanes) == {"public", "market"}
    urls = {}
    for lane in BinanceUsdm.lanes:
        venue = BinanceUsdm()
        venue.lane = lane
        urls[lane] = venue.endpoint()
        assert BinanceUsdm().lane_at(urls[lane] + "?streams=x@trade") == lane
    assert urls == {
        "public": "wss://fstream.binance.com/public/stream",
        "market": "wss://fstream.binance.com/market/stream",
    }
    assert BinanceUsdm().lane_at("wss://fstream.binance.com/stream?streams=x@trade") == "public"


@pytest.mark.parametrize(
    ("symbol", "wire"),
    [
        ("BTC-USDT", "btcusdt"),
        ("BTC-USDC", "btcusdc"),
        ("ETH-BTC", "ethbtc"),
        ("BTC-USDT-240927", "btcusdt_240927"),
        ("1000SHIB-USDT", "1000shibusdt"),
        ("牛来-USDT", "牛来usdt"),
    ],
)
def test_a_symbol_comes_back_as_it_was_subscribed_and_when_it_was_not(symbol, wire):
    venue, sub = BinanceUsdm(), Subscription("quotes", symbol)
    venue.check(sub)
    (request,) = venue.subscribe([sub])
    assert json.loads(request)["params"] == [f"{wire}@bookTicker"]
    raw = QUOTE.replace(b"btcusdt@", f"{wire}@".encode())
    assert events(venue, raw)[0].symbol == events(BinanceUsdm(), raw)[0].symbol == symbol
    path = venue.snapshot_url(symbol).removeprefix(venue.rest_url)
    assert BinanceUsdm().snapshot_symbol(path) == symbol


@pytest.mark.parametrize(
    "symbol",
    ["BTCUSDT", "BTC-USDT-PERP", "BTC-USDT-2409", "BTC-USDT-", "btc-USDT", "BTC-USDT-240927-1"],
)
def test_symbols_that_cannot_be_are_refused_with_a_hint(symbol):
    with pytest.raises(SymbolError, match="BTC-USDT-240927"):
        BinanceUsdm().check(Subscription("trades", symbol))


@pytest.mark.parametrize("channel", ["bars:1s", "open_interest", "orders", "rates:1s"])
def test_channels_that_are_not_offered_are_refused(channel):
    with pytest.raises(ChannelError):
        BinanceUsdm().check(Subscription(channel, BTC))


def test_an_index_has_nothing_but_its_rate():
    BinanceUsdm().check(Subscription("rates", f"{BTC}-INDEX"))
    with pytest.raises(ChannelError, match="rates"):
        BinanceUsdm().check(Subscription("trades", f"{BTC}-INDEX"))
