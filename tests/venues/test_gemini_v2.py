"""Gemini's market data v2 and its REST pages: real frames of 2021 and 2026, to exact events."""

import json
import math

import pytest

from livefin.errors import MessageError
from livefin.events import Bar, BookDelta, BookSnapshot, Funding, Rate, Trade
from livefin.session import Session
from livefin.venues.contract import Span, Subscription
from livefin.venues.gemini.venue import Gemini

NOW = 1_624_493_687_100_000_000
MS = 1_000_000
FIRST = b"""{"type":"l2_updates","symbol":"ALCXUSD","changes":[["buy","302.75","0.00001"],
["buy","302.32","2.445529"],["sell","303.05","8.12974"]],"trades":[{"type":"trade",
"symbol":"ALCXUSD","event_id":45465785975,"timestamp":1624493651491,"price":"302.53",
"quantity":"0.992143","side":"buy"},{"type":"trade","symbol":"ALCXUSD","event_id":45465785690,
"timestamp":1624493651353,"price":"302.32","quantity":"4.140581","side":"sell"}],
"auction_events":[{"type":"auction_result","symbol":"ALCXUSD","time_ms":1656100800000,
"result":"failure","highest_bid_price":"21241.05","lowest_ask_price":"21246.50"}]}"""
LATER = b"""{"type":"l2_updates","symbol":"BTCGBP","changes":[["sell","24279.89","0.21"],
["buy","24135.04","0"]]}"""
TRADE = b"""{"type":"trade","symbol":"FILUSD","event_id":45465860431,"timestamp":1624493687069,
"price":"58.5397","quantity":"11.8638","side":"buy"}"""
MARK = b"""{"changes":[{"mark_price":"77233.302","spot_index":"77188.41867",
"timestamp":1789456071687541147}],"symbol":"BTCGUSDPERP","type":"mark_price_updates"}"""
AMOUNT = b"""{"changes":[{"funding_amount":"9.25568","funding_date_time":1789459200000000000,
"funding_interval_in_minutes":60,"funding_rate":"0.011","is_realized":false,
"mark_price":"77260.531","timestamp":1789456071687573598}],"symbol":"BTCGUSDPERP",
"type":"funding_amount_updates"}"""
CANDLES = b"""{"type":"candles_15m_updates","symbol":"BTCUSD","changes":[[1561054500000,9350.18,
9358.35,9350.18,9355.51,2.07],[1561053600000,9357.33,9357.33,9350.18,9350.18,1.5900161]]}"""
OLDER = Trade("ALCX-USD", 1_624_493_651_353 * MS, NOW, 302.32, 4.140581, "sell", 45465785690)
NEWER = Trade("ALCX-USD", 1_624_493_651_491 * MS, NOW, 302.53, 0.992143, "buy", 45465785975)
BOOK = BookSnapshot(
    "ALCX-USD", NOW, NOW, [(302.75, 0.00001), (302.32, 2.445529)], [(303.05, 8.12974)]
)
EVENTS = [
    (FIRST, [OLDER, NEWER, BOOK]),
    (LATER, [BookDelta("BTC-GBP", NOW, NOW, [(24135.04, 0.0)], [(24279.89, 0.21)])]),
    (TRADE, [Trade("FIL-USD", 1_624_493_687_069 * MS, NOW, 58.5397, 11.8638, "buy", 45465860431)]),
    (MARK, [Rate("BTC-GUSD-PERP", 1789456071687541147, NOW, 77233.302)]),
    (
        AMOUNT,
        [Funding("BTC-GUSD-PERP", 1789456071687573598, NOW, 9.25568 / 77260.531,
                 1789459200000000000)],
    ),
    (
        CANDLES,
        [
            Bar("BTC-USD", 1_561_053_600_000 * MS, NOW, "15m", 9357.33, 9357.33, 9350.18, 9350.18,
                1.5900161, 0, True),
            Bar("BTC-USD", 1_561_054_500_000 * MS, NOW, "15m", 9350.18, 9358.35, 9350.18, 9355.51,
                2.07, 0, False),
        ],
    ),
    (b'{"type":"heartbeat","timestamp":1624493686873}', []),
    (b'{"timestamp":1789456747150,"type":"heartbeat"}', []),
    (b'{"type":"auction_open","symbol":"ZECUSD","time_ms":1486591200000}', []),
]  # fmt: skip
IDS = ("first", "later", "trade", "mark", "amount", "candles", "heartbeat", "turned", "auction")


@pytest.mark.parametrize(("raw", "events"), EVENTS, ids=IDS)
def test_the_documented_and_the_recorded_messages(raw, events):
    assert list(Gemini().parse(raw, NOW)) == events
    turned = json.dumps(dict(reversed(json.loads(raw).items()))).encode()
    assert list(Gemini().parse(turned, NOW)) == events


def test_past_trades_come_once_on_a_socket_and_only_those_that_had_not_come():
    venue = Gemini()
    venue.parse(FIRST.replace(b"45465785975", b"45465785690"), NOW)
    trade = TRADE.replace(b"FILUSD", b"ALCXUSD").replace(b"45465860431", b"45465785700")
    assert len(list(venue.parse(trade, NOW))) == 1
    assert list(venue.parse(FIRST, NOW)) == [NEWER, BOOK]
    assert list(venue.parse(FIRST, NOW)) == [BOOK]
    venue.opened()
    assert list(venue.parse(FIRST, NOW)) == [OLDER, NEWER, BOOK]


def test_a_book_begins_with_the_frame_that_has_trades_and_changes_follow():
    session = Session(Gemini(), None, seed=1)
    session.opened(NOW)
    change = LATER.replace(b"BTCGBP", b"ALCXUSD")
    assert session.receive([change], NOW) == []
    events = session.receive([FIRST, change, change], NOW)
    assert [type(event) for event in events] == [Trade, Trade, BookSnapshot, BookDelta, BookDelta]


def test_a_trade_of_an_auction_has_no_taker():
    for raw in (TRADE.replace(b'"buy"', b'"auction"'), TRADE.replace(b',"side":"buy"', b"")):
        (trade,) = Gemini().parse(raw, NOW)
        assert trade.side is None


def test_funding_of_an_older_frame_and_funding_that_was_paid():
    raw = AMOUNT.replace(b'"mark_price":"77260.531",', b"").replace(b"false", b"true")
    (funding,) = Gemini().parse(raw, NOW)
    assert math.isnan(funding.rate)
    assert funding.next_time is None


@pytest.mark.parametrize(
    "raw",
    [
        LATER.replace(b'"sell"', b'"hold"'), LATER.replace(b'"0.21"', b'"NaN"'),
        LATER.replace(b'"0.21"', b'"-1"'), LATER.replace(b"BTCGBP", b""),
        LATER.replace(b'"24279.89"', b"null"), LATER.replace(b'"changes"', b'"chances"'),
        TRADE.replace(b"45465860431", b"-1"), TRADE.replace(b'"58.5397"', b'"0"'),
        MARK.replace(b"1789456071687541147", b"9" * 30), AMOUNT.replace(b'"9.25568"', b'""'),
        CANDLES.replace(b"candles_15m", b"candles_7m"), CANDLES.replace(b"9355.51,2.07", b"1"),
    ],
    ids=lambda raw: repr(raw[:40]),
)  # fmt: skip
def test_what_cannot_be_read_is_a_message_error(raw):
    with pytest.raises(MessageError):
        list(Gemini().parse(raw, NOW))


PAGE = b"""[{"timestamp":1625599445,"timestampms":1625599445157,"tid":46900544038,
"price":"33931.81","amount":"0.00146621","exchange":"gemini","type":"buy"},{"timestamp":1625599444,
"timestampms":1625599444000,"tid":46900544000,"price":"33930","amount":"1","exchange":"gemini",
"type":"auction"},{"timestamp":1625599443,"timestampms":1625599443000,"tid":46900543000,
"price":"33929","amount":"1","exchange":"gemini","type":"sell","broken":true}]"""


def test_the_history_of_trades_comes_oldest_first():
    venue, sub = Gemini(), Subscription("trades", "BTC-USD")
    url = venue.history_url(sub, Span(1_625_599_440_000 * MS, NOW))
    assert url == "https://api.gemini.com/v1/trades/btcusd?timestamp=1625599439999&limit_trades=500"
    assert venue.parse_history(sub, PAGE, NOW) == [
        Trade("BTC-USD", 1_625_599_444_000 * MS, NOW, 33930.0, 1.0, None, 46900544000),
        Trade("BTC-USD", 1_625_599_445_157 * MS, NOW, 33931.81, 0.00146621, "buy", 46900544038),
    ]


def test_the_history_of_bars():
    venue, sub = Gemini(), Subscription("bars:1m", "BTC-GUSD-PERP")
    where = "https://api.gemini.com/v2"
    assert venue.history_url(sub, Span(0, 1)) == f"{where}/derivatives/candles/btcgusdperp/1m"
    spot = Subscription("bars:1h", "BTC-USD")
    assert venue.history_url(spot, Span(0, 1)) == f"{where}/candles/btcusd/1hr"
    for channel, symbol in (("bars:1h", "BTC-GUSD-PERP"), ("book", "BTC-USD"), ("bars:7m", "A-B")):
        assert venue.history_url(Subscription(channel, symbol), Span(0, 1)) is None
    body = (
        b"[[1714126740000,68038,68040,68037,68039,0.5],[1714126680000,68038,68038,68038,68038,0]]"
    )
    bars = venue.parse_history(sub, body, NOW)
    assert [(bar.ts_event, bar.interval, bar.close, bar.closed) for bar in bars] == [
        (1_714_126_680_000 * MS, "1m", 68038.0, True),
        (1_714_126_740_000 * MS, "1m", 68039.0, False),
    ]
    assert venue.parse_history(sub, b"[]", NOW) == []


@pytest.mark.parametrize("body", [b"", b"{}", b'{"result":"error","reason":"Bad"}', b"[[1]]"])
def test_a_page_that_is_none(body):
    for channel in ("trades", "bars:1m"):
        with pytest.raises(MessageError, match="BTC-USD"):
            Gemini().parse_history(Subscription(channel, "BTC-USD"), body, NOW)


def test_it_knows_its_own_frames():
    assert [Gemini.recognises(raw.replace(b"\n", b"")) for raw, _ in EVENTS] == [
        True, True, True, False, False, True, False, False, False
    ]  # fmt: skip
