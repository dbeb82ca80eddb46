"""Binance COIN-M futures and Binance.US: what they do otherwise than their kin."""

import json

import pytest

from livefin.errors import ChannelError, MessageError, SymbolError
from livefin.events import (
    AggTrade,
    BookDelta,
    Funding,
    Liquidation,
    Quote,
    Rate,
    Ticker,
    Trade,
)
from livefin.venues.binance.coinm import BinanceCoinm
from livefin.venues.binance.spot import Binance
from livefin.venues.binance.us import BinanceUS
from livefin.venues.contract import Subscription

NOW = 1_723_161_256_322_000_001
MS = 1_000_000
PERP, DATED = "BTC-USD-PERP", "BTC-USD-200925"
# From the venue's documentation; the trade and the depth as they are on the wire.
TRADE = b"""{"stream":"btcusd_perp@trade","data":{"e":"trade","E":1723161257687,"T":1723161257679,
"s":"BTCUSD_PERP","t":849714402,"p":"61804.8","q":"4","X":"MARKET","m":false}}"""
AGG_TRADE = b"""{"stream":"btcusd_200925@aggTrade","data":{"e":"aggTrade","E":1591261134288,
"a":424951,"s":"BTCUSD_200925","p":"9643.5","q":"2","f":606073,"l":606073,"T":1591261134199,
"m":false}}"""
QUOTE = b"""{"stream":"btcusd_200925@bookTicker","data":{"u":17242169,"e":"bookTicker",
"s":"BTCUSD_200925","ps":"BTCUSD","b":"9548.1","B":"52","a":"9548.5","A":"11",
"T":1591268628155,"E":1591268628166}}"""
DEPTH = b"""{"stream":"btcusd_perp@depth@100ms","data":{"e":"depthUpdate","E":1723161257440,
"T":1723161257432,"s":"BTCUSD_PERP","ps":"BTCUSD","U":1007198631260,"u":1007198631565,
"pu":1007198631198,"b":[["61773.6","1001"]],"a":[]}}"""
TICKER = b"""{"stream":"btcusd_200925@ticker","data":{"e":"24hrTicker","E":1591268262453,
"s":"BTCUSD_200925","ps":"BTCUSD","p":"-43.4","P":"-0.452","w":"0.00147974","c":"9548.5","Q":"2",
"o":"9591.9","h":"10000.0","l":"7000.0","v":"487850","q":"32968676323.46222700",
"O":1591181820000,"C":1591268262442,"F":512014,"L":615289,"n":103272}}"""
MARK = b"""{"stream":"btcusd_perp@markPrice@1s","data":{"e":"markPriceUpdate","E":1596095725000,
"s":"BTCUSD_PERP","p":"11012.31359011","P":"10962.17178236","i":"10933.62615417",
"r":"0.00010000","T":1596096000000}}"""
DATED_MARK = b"""{"stream":"btcusd_200925@markPrice@1s","data":{"e":"markPriceUpdate",
"E":1596095725000,"s":"BTCUSD_200925","p":"10934.62615417","P":"10962.17178236",
"i":"10933.62615417","r":"","T":0}}"""
INDEX = b"""{"stream":"btcusd@indexPrice@1s","data":{"e":"indexPriceUpdate","E":1591261236000,
"i":"BTCUSD","p":"9636.57860000"}}"""
LIQUIDATION = b"""{"stream":"btcusd_200925@forceOrder","data":{"e":"forceOrder","E":1591154240950,
"o":{"s":"BTCUSD_200925","ps":"BTCUSD","S":"SELL","o":"LIMIT","f":"IOC","q":"1","p":"9425.5",
"ap":"9496.5","X":"FILLED","l":"1","z":"1","T":1591154240949}}}"""
EVENTS = [
    (TRADE, [Trade(PERP, 1_723_161_257_679 * MS, NOW, 61804.8, 4.0, "buy", 849714402)]),
    (
        AGG_TRADE,
        [
            AggTrade(
                DATED, 1_591_261_134_199 * MS, NOW, 9643.5, 2.0, "buy", 424951, 606073, 606073
            )
        ],
    ),
    (
        QUOTE,
        [Quote(DATED, 1_591_268_628_155 * MS, NOW, 9548.1, 52.0, 9548.5, 11.0, 17242169)],
    ),
    (
        DEPTH,
        [
            BookDelta(
                PERP, 1_723_161_257_432 * MS, NOW, [(61773.6, 1001.0)], [], 1007198631260,
                1007198631565, 1007198631198,
            ),
        ],
    ),
    (
        TICKER,
        [Ticker(DATED, 1_591_268_262_453 * MS, NOW, 9548.5, 9591.9, 10000.0, 7000.0, 487850.0)],
    ),
    (
        MARK,
        [
            Rate(PERP, 1_596_095_725_000 * MS, NOW, 11012.31359011),
            Funding(PERP, 1_596_095_725_000 * MS, NOW, 0.0001, 1_596_096_000_000 * MS),
        ],
    ),
    (DATED_MARK, [Rate(DATED, 1_596_095_725_000 * MS, NOW, 10934.62615417)]),
    (INDEX, [Rate("BTC-USD-INDEX", 1_591_261_236_000 * MS, NOW, 9636.5786)]),
    (LIQUIDATION, [Liquidation(DATED, 1_591_154_240_949 * MS, NOW, 9496.5, 1.0, "sell")]),
]  # fmt: skip


def every():
    venue = BinanceCoinm()
    channels = (*venue.channels[:4], "bars:1m", *venue.channels[5:])
    subs = [Subscription(channel, symbol) for symbol in (PERP, DATED) for channel in channels]
    return [*subs, Subscription("rates", "BTC-USD-INDEX")]


@pytest.mark.parametrize("subscribed", [True, False])
@pytest.mark.parametrize(("raw", "expected"), EVENTS, ids=lambda x: repr(x)[:40])
def test_the_documented_messages(raw, expected, subscribed):
    venue = BinanceCoinm()
    if subscribed:
        venue.subscribe(every())
    for _ in range(3):  # unrouted, routed by name, routed by the fixed slice
        assert list(venue.parse(raw, NOW)) == expected


def test_subscribing_to_everything():
    subs = [sub for sub in every() if sub.symbol != DATED]
    (request,) = BinanceCoinm().subscribe(subs)
    assert json.loads(request)["params"] == [
        "btcusd_perp@trade",
        "btcusd_perp@bookTicker",
        "btcusd_perp@depth@100ms",
        "btcusd_perp@aggTrade",
        "btcusd_perp@kline_1m",
        "btcusd_perp@ticker",
        "btcusd_perp@markPrice@1s",
        "btcusd_perp@forceOrder",
        "btcusd@indexPrice@1s",
    ]


def test_one_address_has_all_its_channels():
    venue = BinanceCoinm()
    assert {venue.lane_of(sub) for sub in every()} == {""} == set(venue.lanes)
    assert venue.endpoint() == "wss://dstream.binance.com/stream"
    assert venue.lane_at("wss://dstream.binance.com/stream?streams=btcusd_perp@trade") == ""


@pytest.mark.parametrize("symbol", ["BTC-USD", "BTCUSD_PERP", "BTC-USDT-PERP", "BTC-USD-perp"])
def test_symbols_that_cannot_be_are_refused_with_a_hint(symbol):
    with pytest.raises(SymbolError, match="BTC-USD-PERP"):
        BinanceCoinm().check(Subscription("trades", symbol))


def test_an_index_has_nothing_but_its_rate():
    BinanceCoinm().check(Subscription("rates", "BTC-USD-INDEX"))
    with pytest.raises(ChannelError, match="rates"):
        BinanceCoinm().check(Subscription("book", "BTC-USD-INDEX"))


@pytest.mark.parametrize(
    "raw",
    [
        INDEX.replace(b"9636.57860000", b"-1"),
        INDEX.replace(b'"E":1591261236000,', b""),
        b'{"stream":"btcusd@markPrice@1s","data":[]}',
    ],
)
def test_what_cannot_be_read_is_a_message_error(raw):
    with pytest.raises(MessageError, match="binance-coinm"):
        list(BinanceCoinm().parse(raw, NOW))


def test_binance_us_is_spot_at_another_address():
    venue, spot = BinanceUS(), Binance()
    assert venue.endpoint() == "wss://stream.binance.us:9443/stream"
    assert (venue.channels, venue.streams, venue.readers) == (
        spot.channels,
        spot.streams,
        spot.readers,
    )
    with pytest.raises(MessageError, match="binance-us"):
        venue.parse(b"{}", NOW)
