"""Kraken v1: the documentation's messages, what is sent, and what no venue should send."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mutations import mutated

from livefin.errors import ChannelError, MessageError, SymbolError
from livefin.events import Bar, BookDelta, BookSnapshot, Quote, Status, Ticker, Trade
from livefin.venues.contract import Span, Subscription
from livefin.venues.kraken.v1 import PAIRS_PER_MESSAGE, KrakenV1

NOW = 1_723_161_253_937_085_768
S = 1_000_000_000
CHANNELS = ("trades", "quotes", "book", "bars:5m", "ticker")
# The venue's own examples, shortened.
TRADE = b"""[0,[["5541.20000","0.15850568","1534614057.321597","s","l",""],["6060.00000",
"0.02455000","1534614057.324998","b","l",""]],"trade","XBT/USD"]"""
SPREAD = b"""[0,["5698.40000","5700.00000","1542057299.545897","1.01234567","0.98765432"],
"spread","XBT/USD"]"""
TICKER = b"""[0,{"a":["5525.40000",1,"1.000"],"b":["5525.10000",1,"1.000"],"c":["5525.10000",
"0.00398963"],"v":["2634.11501494","3591.17907851"],"p":["5631.44067","5653.78939"],"t":[11493,
16267],"l":["5505.00000","5505.00000"],"h":["5783.00000","5783.00000"],"o":["5760.70000",
"5763.40000"]},"ticker","XBT/USD"]"""
OHLC = b"""[42,["1542057314.748456","1542057360.435743","3586.70000","3586.70000","3586.60000",
"3586.60000","3586.68894","0.03373000",2],"ohlc-1","XBT/USD"]"""
SNAPSHOT = b"""[0,{"as":[["5541.30000","2.50700000","1534614248.123678"],["5541.80000",
"0.33000000","1534614098.345543"]],"bs":[["5541.20000","1.52900000","1534614248.765567"]]},
"book-100","XBT/USD"]"""
UPDATE = b"""[1234,{"a":[["5541.30000","2.50700000","1534614248.456738"],["5542.50000",
"0.40100000","1534614248.456738"]],"c":"974942666"},"book-10","XBT/USD"]"""
BOTH = b"""[1234,{"a":[["5541.30000","2.50700000","1534614248.456738"]]},{"b":[["5541.30000",
"0.00000000","1534614335.345903"]],"c":"974942666"},"book-10","XDG/XBT"]"""
REPUBLISHED = b"""[1234,{"a":[["5541.30000","0.00000000","1534614335.345903"],["5542.50000",
"0.40100000","1534614098.456738","r"]],"c":"974942666"},"book-25","XBT/USD"]"""
EVENTS = [
    (
        TRADE,
        [
            Trade("BTC-USD", 1534614057321597000, NOW, 5541.2, 0.15850568, "sell"),
            Trade("BTC-USD", 1534614057324998000, NOW, 6060.0, 0.02455, "buy"),
        ],
    ),
    (
        SPREAD,
        [Quote("BTC-USD", 1542057299545897000, NOW, 5698.4, 1.01234567, 5700.0, 0.98765432)],
    ),
    (TICKER, [Ticker("BTC-USD", NOW, NOW, 5525.1, 5763.4, 5783.0, 5505.0, 3591.17907851)]),
    (
        OHLC,
        [
            Bar(
                "BTC-USD", 1_542_057_300 * S, NOW, "1m",
                3586.7, 3586.7, 3586.6, 3586.6, 0.03373, 2, False,
            )
        ],
    ),
    (
        SNAPSHOT,
        [
            BookSnapshot(
                "BTC-USD", 1534614248765567000, NOW,
                [(5541.2, 1.529)], [(5541.3, 2.507), (5541.8, 0.33)],
                text=([("5541.20000", "1.52900000")],
                      [("5541.30000", "2.50700000"), ("5541.80000", "0.33000000")]),
            )
        ],
    ),
    (
        UPDATE,
        [
            BookDelta(
                "BTC-USD", 1534614248456738000, NOW, [], [(5541.3, 2.507), (5542.5, 0.401)],
                checksum=974942666,
                text=([], [("5541.30000", "2.50700000"), ("5542.50000", "0.40100000")]),
            )
        ],
    ),
    (
        BOTH,
        [
            BookDelta(
                "DOGE-BTC", 1534614335345903000, NOW, [(5541.3, 0.0)], [(5541.3, 2.507)],
                checksum=974942666,
                text=([("5541.30000", "0.00000000")], [("5541.30000", "2.50700000")]),
            )
        ],
    ),
    (
        REPUBLISHED,
        [
            BookDelta(
                "BTC-USD", 1534614335345903000, NOW, [], [(5541.3, 0.0), (5542.5, 0.401)],
                checksum=974942666,
                text=([], [("5541.30000", "0.00000000"), ("5542.50000", "0.40100000")]),
            )
        ],
    ),
]  # fmt: skip


def every(symbol, channels=CHANNELS):
    return [Subscription(channel, symbol) for channel in channels]


@pytest.mark.parametrize(("raw", "events"), EVENTS, ids=lambda x: repr(x[:1])[:30])
def test_the_documented_messages(raw, events):
    assert list(KrakenV1().parse(raw, NOW)) == events


def test_a_level_that_comes_back_alone_has_a_time_of_long_ago():
    raw = REPUBLISHED.replace(b'["5541.30000","0.00000000","1534614335.345903"],', b"")
    (delta,) = KrakenV1().parse(raw, NOW)
    assert delta.ts_event == NOW


def test_the_worked_example_of_the_checksum():
    asks = "5005 5010 5015 5020 5025 5030 5035 5040 5045 5050"
    bids = "5000 4995 4990 4980 4975 4970 4965 4960 4955 4950"
    sides = [[(f"0.0{p}", "0.00000500") for p in side.split()] for side in (bids, asks)]
    assert KrakenV1().checksum("BTC-USD", *sides) == 974947235


@pytest.mark.parametrize(
    "raw",
    [
        b'{"event":"heartbeat"}',
        b'{"event":"pong","reqid":42}',
        b'{"connectionID":8628615390848610000,"event":"systemStatus","status":"online","version":"1"}',
        b"""{"channelID":10001,"channelName":"ticker","event":"subscriptionStatus","pair":"XBT/EUR",
        "status":"subscribed","subscription":{"name":"ticker"}}""",
        b"""{"channelID":10001,"channelName":"ohlc-5","event":"subscriptionStatus","pair":"XBT/EUR",
        "reqid":42,"status":"unsubscribed","subscription":{"interval":5,"name":"ohlc"}}""",
    ],
)
def test_what_says_nothing_of_the_market(raw):
    assert list(KrakenV1().parse(raw, NOW)) == []


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (
            b"""{"errorMessage":"Subscription depth not supported","event":"subscriptionStatus",
            "pair":"XBT/USD","status":"error","subscription":{"depth":42,"name":"book"}}""",
            ("BTC-USD", "book", "kraken-v1: Subscription depth not supported"),
        ),
        (
            b"""{"errorMessage":"Subscription ohlc interval not supported","event":
            "subscriptionStatus","pair":"XBT/USD","status":"error","subscription":{"interval":5,
            "name":"ohlc"}}""",
            ("BTC-USD", "bars:5m", "kraken-v1: Subscription ohlc interval not supported"),
        ),
        (
            b'{"errorMessage":"Malformed request","event":"error"}',
            ("", "", "kraken-v1: Malformed request"),
        ),
    ],
)
def test_refusals_name_what_they_are_of(raw, status):
    symbol, channel, detail = status
    assert list(KrakenV1().parse(raw, NOW)) == [
        Status("rejected", NOW, symbol, channel, detail=detail)
    ]


def test_maintenance_is_said():
    (status,) = KrakenV1().parse(b'{"event":"systemStatus","status":"maintenance"}', NOW)
    assert (status.kind, status.detail) == ("error", "kraken-v1: the exchange is in maintenance")


def test_a_bar_is_closed_by_the_first_of_a_later_one():
    venue = KrakenV1()
    list(venue.parse(OHLC, NOW))
    closed, new = venue.parse(OHLC.replace(b"1542057360", b"1542057420"), NOW)
    assert (closed.closed, new.closed, new.ts_event - closed.ts_event) == (True, False, 60 * S)


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"null", b"[]", b"{}", b"0", b'"trade"', b"not json", b"\xff\xfe\x00",
        b'[0,[],"trades","XBT/USD"]',
        b'[0,{},"openOrders","XBT/USD"]',
        b'["trade","XBT/USD"]',
        b'{"event":"' + b"x" * 100_000 + b'"}',
        b'{"status":"online"}',
        TRADE[:-1],
        TRADE + b"x",
        TRADE.replace(b'"5541.20000"', b'"nan"'),
        TRADE.replace(b'"5541.20000"', b'"1e999"'),
        TRADE.replace(b'"5541.20000"', b"null"),
        TRADE.replace(b'"1534614057.321597"', b'"now"'),
        TRADE.replace(b'"1534614057.321597"', b'"-1.5"'),
        TRADE.replace(b'"1534614057.321597"', b'"' + b"9" * 30 + b'"'),
        SPREAD.replace(b'"5698.40000"', b'"-1"'),
        OHLC.replace(b"ohlc-1", b"ohlc-x"),
        OHLC.replace(b"ohlc-1", b"ohlc-" + b"9" * 60),
        UPDATE.replace(b'"974942666"', b'"-1"'),
        UPDATE.replace(b'"974942666"', b'"' + b"9" * 20 + b'"'),
        UPDATE.replace(b'"5541.30000"', b'"0"'),
        UPDATE.replace(b'"5541.30000"', b'"inf"'),
        UPDATE.replace(b'"5541.30000"', b"[" * 100_000),
        UPDATE.replace(b'"2.50700000"', b'""'),
    ],
    ids=lambda raw: repr(raw[:40]),
)  # fmt: skip
def test_what_cannot_be_read_is_a_message_error(raw):
    with pytest.raises(MessageError) as caught:
        list(KrakenV1().parse(raw, NOW))
    assert len(str(caught.value)) < 400


@given(st.data())
def test_mutations_of_real_messages_raise_message_errors_only(data):
    raw = mutated(data, [raw for raw, _ in EVENTS])
    try:
        events = list(KrakenV1().parse(raw, NOW))
    except MessageError:
        return
    assert all(isinstance(e.symbol, str) for e in events)


def test_one_message_a_channel_in_the_older_spelling():
    sent = [json.loads(raw) for raw in KrakenV1().subscribe(every("BTC-DOGE"))]
    assert sent == [
        {"event": "subscribe", "pair": ["XBT/XDG"], "subscription": subscription}
        for subscription in (
            {"name": "trade"},
            {"name": "spread"},
            {"name": "book", "depth": 1000},
            {"name": "ohlc", "interval": 5},
            {"name": "ticker"},
        )
    ]


def test_what_is_ended_is_named_as_it_was_begun():
    venue = KrakenV1()
    venue.book_depth = 10
    begun, ended = venue.subscribe(every("BTC-USD")), venue.unsubscribe(every("BTC-USD"))
    assert [raw.replace("unsubscribe", "subscribe") for raw in ended] == begun
    assert venue.depth("BTC-USD") == 10


def test_split_to_a_hundred_pairs_a_message():
    subs = [Subscription("book", f"C{n}-USD") for n in range(2 * PAIRS_PER_MESSAGE + 1)]
    assert [len(json.loads(raw)["pair"]) for raw in KrakenV1().subscribe(subs)] == [100, 100, 1]


@pytest.mark.parametrize("symbol", ["BTCUSD", "XBT/USD", "btc-usd", "BTC-", "A-B-C"])
def test_symbols_that_cannot_be(symbol):
    with pytest.raises(SymbolError, match="BTC-USD"):
        KrakenV1().check(Subscription("trades", symbol))


@pytest.mark.parametrize("channel", ["orders", "bars", "bars:3m", "funding"])
def test_channels_that_are_not_offered(channel):
    with pytest.raises(ChannelError):
        KrakenV1().check(Subscription(channel, "BTC-USD"))


def test_history_looks_as_the_stream_does():
    """No id, and times to the microsecond, so that the two can be told equal."""
    sub = Subscription("trades", "BTC-USD")
    body = b"""{"error":[],"result":{"XXBTZUSD":[["30243.40000","0.34507674",1688669597.8277369,
    "b","m","",61044952]],"last":"1688671969993150842"}}"""
    assert KrakenV1().parse_history(sub, body, NOW) == [
        Trade("BTC-USD", 1688669597827736000, NOW, 30243.4, 0.34507674, "buy")
    ]
    url = KrakenV1().history_url(Subscription("bars:1h", "BTC-USD"), Span(3_600 * S, 7_200 * S))
    assert url == "https://api.kraken.com/0/public/OHLC?pair=XBTUSD&interval=60&since=3599"
    bars = b'{"error":[],"result":{"XXBTZUSD":[[3600,"1","2","1","2","1.5","9",4]],"last":3600}}'
    (bar,) = KrakenV1().parse_history(Subscription("bars:1h", "BTC-USD"), bars, NOW)
    assert (bar.ts_event, bar.closed) == (3_600 * S, True)


def test_it_recognises_its_own_frames_only():
    assert all(KrakenV1.recognises(raw) for raw, _ in EVENTS)
    for raw in (
        b"", b"[]", b"{}", b"\xff" * 100, b'{"event":"heartbeat"}',
        b"[17470,[[401597393,1574694475039,0.005,7245.3]]]", b'[0,"hb"]',
        b'{"channel":"book","type":"update","data":[{"symbol":"BTC/USD"}]}',
        b'{"event":"subscribed","channel":"trades","chanId":1}',
    ):  # fmt: skip
        assert not KrakenV1.recognises(raw)


def test_a_ping_is_answered_and_a_subscription_by_the_recording():
    venue = KrakenV1()
    (pong,) = venue.answer(venue.ping().encode())
    assert json.loads(pong) == {"event": "pong"}
    assert venue.answer(venue.subscribe(every("BTC-USD"))[0].encode()) == []
