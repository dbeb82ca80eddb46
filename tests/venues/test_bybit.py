"""Bybit: the documentation's messages, and what it is asked for."""

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
from livefin.venues.bybit.venue import LANES, Bybit
from livefin.venues.contract import Reply, Subscription

NOW = 1_786_310_819_000_000_000
MS = 1_000_000
PERP = "BTC-USDT-PERP"
OPTION = "BTC-6JAN23-17500-C"
# The documentation's own examples, some shortened.
TRADE = b"""{"topic":"publicTrade.BTCUSDT","type":"snapshot","ts":1672304486868,"data":[{"T":
1672304486865,"s":"BTCUSDT","S":"Buy","v":"0.001","p":"16578.50","L":"PlusTick","i":
"20f43950-d8dd-5b31-9112-a178eb6023af","BT":false}]}"""
SNAPSHOT = b"""{"topic":"orderbook.50.BTCUSDT","type":"snapshot","ts":1672304484978,"data":{"s":
"BTCUSDT","b":[["16493.50","0.006"],["16493.00","0.100"]],"a":[["16611.00","0.029"],["16612.00",
"0.213"]],"u":18521288,"seq":7961638724},"cts":1672304484976}"""
DELTA = b"""{"topic":"orderbook.50.BTCUSDT","type":"delta","ts":1687940967466,"data":{"s":
"BTCUSDT","b":[["30247.20","30.028"],["30245.40","0"]],"a":[["30248.70","0"]],"u":18521289,
"seq":66544703342},"cts":1687940967464}"""
KLINE = b"""{"topic":"kline.5.BTCUSDT","data":[{"start":1672324800000,"end":1672325099999,
"interval":"5","open":"16649.5","close":"16677","high":"16677","low":"16608","volume":"2.081",
"turnover":"34666.4005","confirm":false,"timestamp":1672324988882}],"ts":1672324988882,"type":
"snapshot"}"""
LIQUIDATION = b"""{"topic":"allLiquidation.ROSEUSDT","type":"snapshot","ts":1739502303204,"data":[
{"T":1739502302929,"s":"ROSEUSDT","S":"Sell","v":"20000","p":"0.04499"}]}"""
LINEAR = b"""{"topic":"tickers.BTCUSDT","type":"snapshot","data":{"symbol":"BTCUSDT",
"tickDirection":"PlusTick","price24hPcnt":"0.017103","lastPrice":"17216.00","prevPrice24h":
"16926.50","highPrice24h":"17281.50","lowPrice24h":"16915.00","prevPrice1h":"17238.00","markPrice":
"17217.33","indexPrice":"17227.36","openInterest":"68744.761","openInterestValue":"1183601235.91",
"turnover24h":"1570383121.943499","volume24h":"91705.276","nextFundingTime":"1673280000000",
"fundingRate":"-0.000212","bid1Price":"17215.50","bid1Size":"84.489","ask1Price":"17216.00",
"ask1Size":"83.020"},"cs":24987956059,"ts":1673272861686}"""
SPOT = b"""{"topic":"tickers.BTCUSDT","ts":1672305380595,"type":"snapshot","cs":496622841,"data":{
"symbol":"BTCUSDT","lastPrice":"16363.78","highPrice24h":"16566.64","lowPrice24h":"16009.19",
"prevPrice24h":"16443.66","volume24h":"5865.470182","turnover24h":"95949815.680875",
"price24hPcnt":"-0.0049","usdIndexPrice":""}}"""
OPTIONS = b"""{"id":"tickers.BTC-6JAN23-17500-C-2480334983-1672917511074","topic":
"tickers.BTC-6JAN23-17500-C","ts":1672917511074,"data":{"symbol":"BTC-6JAN23-17500-C","bidPrice":
"0","bidSize":"0","bidIv":"0","askPrice":"10","askSize":"5.1","askIv":"0.514","lastPrice":"10",
"highPrice24h":"25","lowPrice24h":"5","markPrice":"7.86976724","indexPrice":"16823.73",
"openInterest":"49.85","volume24h":"26.55","theta":"-19.9115368","change24h":"-0.33333334"},
"type":"snapshot"}"""


def bybit(lane="linear", **given):
    venue = Bybit()
    venue.lane = lane
    for name, value in given.items():
        setattr(venue, name, value)
    return venue


def sent(messages):
    return [json.loads(message) for message in messages]


def parse(venue, raw):
    return list(venue.parse(raw.replace(b"\n", b""), NOW))


@pytest.mark.parametrize(
    ("raw", "event"),
    [
        (TRADE, Trade(PERP, 1672304486865 * MS, NOW, 16578.5, 0.001, "buy",
                      "20f43950-d8dd-5b31-9112-a178eb6023af")),
        (SNAPSHOT, BookSnapshot(PERP, 1672304484976 * MS, NOW, [(16493.5, 0.006), (16493.0, 0.1)],
                                [(16611.0, 0.029), (16612.0, 0.213)], 18521288)),
        (DELTA, BookDelta(PERP, 1687940967464 * MS, NOW, [(30247.2, 30.028), (30245.4, 0.0)],
                          [(30248.7, 0.0)], 18521289, 18521289)),
        (KLINE, Bar(PERP, 1672324800000 * MS, NOW, "5m", 16649.5, 16677.0, 16608.0, 16677.0,
                    2.081, 0, False)),
        (LIQUIDATION, Liquidation("ROSE-USDT-PERP", 1739502302929 * MS, NOW, 0.04499, 20000.0,
                                  "buy")),
    ],
    ids=["trade", "snapshot", "delta", "bar", "liquidation"],
)  # fmt: skip
def test_a_message_of_the_documentation_is_its_event(raw, event):
    assert parse(bybit(), raw) == [event]
    assert Bybit.recognises(raw.replace(b"\n", b""))


def test_a_contracts_ticker_is_statistics_quote_rates_funding_and_open_interest():
    t = 1673272861686 * MS
    assert parse(bybit(), LINEAR) == [
        Ticker(PERP, t, NOW, 17216.0, 16926.5, 17281.5, 16915.0, 91705.276),
        Quote(PERP, t, NOW, 17215.5, 84.489, 17216.0, 83.02),
        Rate(PERP, t, NOW, 17217.33),
        Rate("BTC-USDT-PERP-INDEX", t, NOW, 17227.36),
        Funding(PERP, t, NOW, -0.000212, 1673280000000 * MS),
        OpenInterest(PERP, t, NOW, 68744.761),
    ]


def test_a_delta_of_the_ticker_is_merged_and_brings_only_what_it_says():
    venue = bybit()
    parse(venue, LINEAR)
    raw = (
        b'{"topic":"tickers.BTCUSDT","type":"delta","data":{"symbol":"BTCUSDT","ask1Size":"9",'
        b'"fundingRate":"0.0001"},"cs":1,"ts":1673272861786}'
    )
    t = 1673272861786 * MS
    assert parse(venue, raw) == [
        Quote(PERP, t, NOW, 17215.5, 84.489, 17216.0, 9.0),
        Funding(PERP, t, NOW, 0.0001, 1673280000000 * MS),
    ]
    raw = raw.replace(b'"ask1Size":"9","fundingRate":"0.0001"', b'"lastPrice":"17300"')
    assert parse(venue, raw) == [
        Ticker(PERP, t, NOW, 17300.0, 16926.5, 17281.5, 16915.0, 91705.276)
    ]


def test_a_new_socket_forgets_the_ticker():
    venue = bybit()
    parse(venue, LINEAR)
    venue.opened()
    raw = (
        b'{"topic":"tickers.BTCUSDT","type":"delta","data":{"symbol":"BTCUSDT","highPrice24h":'
        b'"18000","markPrice":"17218"},"cs":1,"ts":1673272861786}'
    )
    assert parse(venue, raw) == [Rate(PERP, 1673272861786 * MS, NOW, 17218.0)]


def test_a_value_that_is_gone_is_an_empty_text():
    venue = bybit()
    raw = LINEAR.replace(b'"-0.000212"', b'""').replace(b'"1673280000000"', b'""')
    assert not any(isinstance(event, Funding) for event in parse(venue, raw))


def test_spot_has_statistics_and_the_index_in_dollars():
    t = 1672305380595 * MS
    day = Ticker("BTC-USDT", t, NOW, 16363.78, 16443.66, 16566.64, 16009.19, 5865.470182)
    assert parse(bybit("spot"), SPOT) == [day]
    raw = SPOT.replace(b'"usdIndexPrice":""', b'"usdIndexPrice":"16360.5"')
    assert parse(bybit("spot"), raw) == [day, Rate("BTC-USDT", t, NOW, 16360.5)]


def test_an_option_has_its_quote_in_its_ticker_and_no_opening_price():
    t = 1672917511074 * MS
    day, *rest = parse(bybit("option"), OPTIONS)
    assert (day.symbol, day.last, day.high, day.low, day.volume) == (OPTION, 10.0, 25.0, 5.0, 26.55)
    assert math.isnan(day.open)
    assert rest == [
        Quote(OPTION, t, NOW, 0.0, 0.0, 10.0, 5.1),
        Rate(OPTION, t, NOW, 7.86976724),
        Rate(f"{OPTION}-INDEX", t, NOW, 16823.73),
        OpenInterest(OPTION, t, NOW, 49.85),
    ]
    assert Bybit.recognises(OPTIONS.replace(b"\n", b""))


def test_the_one_level_book_is_the_quote_and_ends_the_tickers():
    venue = bybit()
    raw = DELTA.replace(b"orderbook.50", b"orderbook.1").replace(b"delta", b"snapshot")
    raw = raw.replace(b',["30245.40","0"]', b"").replace(b'"30248.70","0"', b'"30248.70","2"')
    t = 1687940967464 * MS
    assert parse(venue, raw) == [Quote(PERP, t, NOW, 30247.2, 30.028, 30248.7, 2.0)]
    change = raw.replace(b"snapshot", b"delta").replace(b'[["30248.70","2"]]', b"[]")
    change = change.replace(b'["30247.20","30.028"]', b'["30247.20","0"],["30247.10","1"]')
    assert parse(venue, change) == [Quote(PERP, t, NOW, 30247.1, 1.0, 30248.7, 2.0)]
    empty = change.replace(b'["30247.20","0"],["30247.10","1"]', b'["30247.10","0"]')
    assert parse(venue, empty) == [Quote(PERP, t, NOW, 0.0, 0.0, 30248.7, 2.0)]
    assert not any(isinstance(event, Quote) for event in parse(venue, LINEAR))


def test_update_one_is_a_snapshot_whatever_it_is_called():
    raw = DELTA.replace(b'"u":18521289', b'"u":1')
    (event,) = parse(bybit(), raw)
    assert isinstance(event, BookSnapshot)
    assert event.sequence == 1


def test_the_same_name_is_another_symbol_on_another_address():
    spellings = {"spot": "BTC-USDT", "linear": PERP, "inverse": "BTC-USDT-PERP"}
    for lane, symbol in spellings.items():
        assert parse(bybit(lane), TRADE)[0].symbol == symbol
    inverse = TRADE.replace(b"BTCUSDT", b"BTCUSD")
    assert parse(bybit("inverse"), inverse)[0].symbol == "BTC-USD-PERP"


@pytest.mark.parametrize("lane", LANES)
def test_each_lane_has_its_address(lane):
    venue = bybit(lane)
    assert venue.endpoint() == f"wss://stream.bybit.com/v5/public/{lane}"
    assert Bybit().lane_at(venue.endpoint()) == lane


@pytest.mark.parametrize(
    ("lane", "symbol", "topics"),
    [
        ("spot", "BTC-USDT", [
            "publicTrade.BTCUSDT", "orderbook.1.BTCUSDT", "orderbook.200.BTCUSDT",
            "kline.60.BTCUSDT", "tickers.BTCUSDT",
        ]),
        ("inverse", "BTC-USD-PERP", [
            "publicTrade.BTCUSD", "orderbook.1.BTCUSD", "orderbook.200.BTCUSD",
            "kline.60.BTCUSD", "tickers.BTCUSD", "allLiquidation.BTCUSD",
        ]),
        ("option", OPTION, [
            "publicTrade.BTC", f"tickers.{OPTION}", f"orderbook.100.{OPTION}",
        ]),
    ],
)  # fmt: skip
def test_what_is_asked_for(lane, symbol, topics):
    venue = bybit(lane)
    subs = []
    for channel in venue.channels:
        sub = Subscription("bars:1h" if channel == "bars" else channel, symbol)
        try:
            venue.check(sub)
        except ChannelError:
            continue
        assert venue.lane_of(sub) == lane
        subs.append(sub)
    (request,) = sent(venue.subscribe(subs))
    assert request == {"op": "subscribe", "args": topics, "req_id": "1"}
    (request,) = sent(venue.unsubscribe(subs))
    assert request["op"] == "unsubscribe"
    assert sorted(request["args"]) == sorted(topics)


def test_the_tickers_topic_is_asked_for_once_and_kept_until_the_last_is_gone():
    venue = bybit()
    subs = [Subscription(channel, PERP) for channel in ("ticker", "funding", "rates")]
    index = Subscription("rates", "BTC-USDT-PERP-INDEX")
    assert sent(venue.subscribe([*subs[:1], index]))[0]["args"] == ["tickers.BTCUSDT"]
    assert sent(venue.subscribe(subs[1:])) == [{"op": "ping"}]
    assert venue.unsubscribe(subs) == []
    assert sent(venue.unsubscribe([index]))[0]["args"] == ["tickers.BTCUSDT"]


@pytest.mark.parametrize(("lane", "most"), [("spot", 10), ("linear", 100)])
def test_requests_are_split_to_the_lanes_bound(lane, most):
    symbol = "{}-USDT" if lane == "spot" else "{}-USDT-PERP"
    subs = [Subscription("trades", symbol.format(f"A{n}")) for n in range(250)]
    args = [message["args"] for message in sent(bybit(lane).subscribe(subs))]
    assert max(map(len, args)) == most
    assert all(len(json.dumps(some)) <= 21_000 for some in args)
    assert [arg for some in args for arg in some] == [f"publicTrade.A{n}USDT" for n in range(250)]


@pytest.mark.parametrize(
    ("lane", "wanted", "depth"),
    [("linear", 50, 50), ("linear", 300, 200), ("spot", 5_000, 1_000), ("spot", 1, 50),
     ("option", 50, 25), ("option", 200, 100)],
)  # fmt: skip
def test_the_book_has_the_depth_that_is_offered_and_next_below(lane, wanted, depth):
    symbol = {"spot": "BTC-USDT", "linear": PERP, "option": OPTION}[lane]
    (request,) = sent(bybit(lane, book_depth=wanted).subscribe([Subscription("book", symbol)]))
    assert request["args"][0].startswith(f"orderbook.{depth}.")


@pytest.mark.parametrize(
    ("channel", "symbol", "error"),
    [("funding", "BTC-USDT", ChannelError), ("liquidations", OPTION, ChannelError),
     ("bars:1m", OPTION, ChannelError), ("bars:8h", PERP, ChannelError),
     ("trades", "BTCUSDT", SymbolError), ("trades", "btc-usdt", SymbolError),
     ("trades", "BTC-USDT-PERP-INDEX", SymbolError), ("rates", "BTC-USDT-INDEX", SymbolError)],
)  # fmt: skip
def test_what_a_lane_has_not_is_refused(channel, symbol, error):
    with pytest.raises(error):
        Bybit().check(Subscription(channel, symbol))


def test_acknowledgements_and_pongs_are_nothing():
    for raw in (
        b'{"success":true,"ret_msg":"subscribe","conn_id":"2324d924","req_id":"1","op":"subscribe"}',
        b'{"success":true,"ret_msg":"pong","conn_id":"0970e817","op":"ping"}',
        b'{"args":["1672916271846"],"op":"pong"}',
        b'{"success":true,"data":{"failTopics":[],"successTopics":["x"]},"type":"COMMAND_RESP"}',
    ):
        assert parse(bybit(), raw) == []


def test_a_refused_topic_is_named_and_those_refused_with_it_are_asked_for_again():
    venue = bybit()
    subs = [Subscription("trades", PERP), Subscription("trades", "NOPE-USDT-PERP")]
    venue.subscribe([*subs, Subscription("book", PERP)])
    raw = (
        b'{"success":false,"ret_msg":"error:handler not found,topic:publicTrade.NOPEUSDT",'
        b'"conn_id":"cejreaspqfm9se7usbrg-2xh","req_id":"1","op":"subscribe"}'
    )
    status, reply = parse(venue, raw)
    assert (status.kind, status.symbol, status.channel) == ("rejected", *reversed(subs[1]))
    assert "handler not found" in status.detail
    assert isinstance(reply, Reply)
    assert json.loads(reply.data)["args"] == ["publicTrade.BTCUSDT", "orderbook.200.BTCUSDT"]
    raw = raw.replace(b'"1"', b'"2"').replace(b"handler not found", b"already subscribed")
    (reply,) = parse(venue, raw.replace(b"NOPEUSDT", b"BTCUSDT"))
    assert json.loads(reply.data)["args"] == ["orderbook.200.BTCUSDT"]


def test_refusals_that_name_nothing_or_an_options_topic():
    (status,) = parse(bybit(), b'{"success":false,"ret_msg":"error:invalid op","conn_id":"5e07"}')
    assert status == Status("rejected", NOW, detail="bybit: error:invalid op")
    venue = bybit("option")
    venue.subscribe([Subscription("quotes", OPTION), Subscription("ticker", OPTION)])
    statuses = parse(
        venue,
        b'{"success":true,"conn_id":"aa01","data":{"failTopics":["tickers.BTC-6JAN23-17500-C"],'
        b'"successTopics":[]},"type":"COMMAND_RESP"}',
    )
    assert [(s.kind, s.symbol, s.channel) for s in statuses] == [
        ("rejected", OPTION, "quotes"),
        ("rejected", OPTION, "ticker"),
    ]


@pytest.mark.parametrize(
    "raw",
    [
        b'{"topic":"adlAlert.USDT","type":"snapshot","ts":1,"data":[]}',
        DELTA.replace(b"orderbook.50", b"orderbook.full"),
        KLINE.replace(b"kline.5.", b"kline.7."),
        TRADE.replace(b'"16578.50"', b'"nan"'),
        TRADE.replace(b'"16578.50"', b'"1e999"'),
        TRADE.replace(b'"Buy"', b'"Hold"'),
        DELTA.replace(b'"u":18521289', b'"u":-1'),
        b'{"topic":"kline","data":[]}',
    ],
)
def test_what_is_unknown_is_an_error(raw):
    with pytest.raises(MessageError):
        parse(bybit(), raw)


@pytest.mark.parametrize("raw", [TRADE, SNAPSHOT, KLINE, LINEAR, OPTIONS])
def test_another_spacing_and_order_read_the_same(raw):
    message = json.loads(raw.replace(b"\n", b""))
    other = json.dumps(dict(sorted(message.items())), indent=1).encode()
    assert list(bybit().parse(other, NOW)) == parse(bybit(), raw)


def test_numbers_may_come_as_numbers():
    raw = TRADE.replace(b'"16578.50"', b"16578.50").replace(b"1672304486865", b'"1672304486865"')
    assert parse(bybit(), raw) == parse(bybit(), TRADE)


@pytest.mark.parametrize("lane", LANES)
def test_the_server_half_answers_as_the_lane_does(lane):
    venue = bybit(lane)
    for message in ('{"op":"ping"}', *venue.subscribe([Subscription("trades", "BTC-USDT")])):
        (answer,) = venue.answer(message.encode())
        assert parse(venue, answer) == []
        assert (b"COMMAND_RESP" in answer or b"pong" in answer) or lane != "option"
    assert b"error:invalid op" in venue.answer(b'{"op":"order.create"}')[0]
