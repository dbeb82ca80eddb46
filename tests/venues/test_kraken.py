"""Kraken v2: the documentation's messages, what is sent, and what no venue should send."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mutations import mutated

from livefin.errors import ChannelError, MessageError, SymbolError
from livefin.events import (
    Bar,
    BookDelta,
    BookSnapshot,
    OrderDelta,
    OrderEvent,
    OrderSnapshot,
    Quote,
    Status,
    Ticker,
    Trade,
)
from livefin.venues.contract import MAX_SYMBOL, Subscription
from livefin.venues.kraken.v2 import MAX_ASKED, PAIRS_PER_MESSAGE, Kraken

NOW = 1_723_161_253_937_085_768
CHANNELS = ("trades", "quotes", "book", "bars:1m", "ticker")
# The venue's own examples, shortened; numbers with the digits that the wire has.
TRADE = b"""{"channel":"trade","type":"update","data":[{"symbol":"MATIC/USD","side":"buy",
"price":0.5147,"qty":6423.46326,"ord_type":"limit","trade_id":4665846,
"timestamp":"2023-09-25T07:48:36.925533Z"},{"symbol":"MATIC/USD","side":"sell","price":0.5147,
"qty":1136.19677815,"ord_type":"market","trade_id":4665847,
"timestamp":"2023-09-25T07:49:36.925603Z"}]}"""
TICKER = b"""{"channel":"ticker","type":"snapshot","data":[{"symbol":"ALGO/USD","bid":0.10025,
"bid_qty":740.0,"ask":0.10036,"ask_qty":1361.44813783,"last":0.10035,"volume":997038.98383185,
"vwap":0.10148,"low":0.09979,"high":0.10285,"change":-0.00017,"change_pct":-0.17,
"timestamp":"2023-10-04T16:25:11.440295Z"}]}"""
SNAPSHOT = b"""{"channel":"book","type":"snapshot","data":[{"symbol":"MATIC/USD","bids":[
{"price":0.5666,"qty":4831.75496356},{"price":0.5660,"qty":18097.15470000}],"asks":[
{"price":0.5668,"qty":4410.79769741}],"checksum":2439117997,
"timestamp":"2023-10-06T17:35:55.440295Z"}]}"""
UPDATE = b"""{"channel":"book","type":"update","data":[{"symbol":"MATIC/USD","bids":[
{"price":0.5657,"qty":1098.39475580},{"price":0.5656,"qty":0.00000000}],"asks":[],
"checksum":2114181697,"timestamp":"2023-10-06T17:35:55.440295Z"}]}"""
OHLC = b"""{"channel":"ohlc","type":"update","timestamp":"2023-10-04T16:26:30.524394914Z","data":[{
"symbol":"MATIC/USD","open":0.5624,"high":0.5628,"low":0.5622,"close":0.5627,"trades":12,
"volume":30927.68066226,"vwap":0.5626,"interval_begin":"2023-10-04T16:25:00.000000000Z",
"interval":5,"timestamp":"2023-10-04T16:30:00.000000Z"}]}"""
L3_SNAPSHOT = b"""{"channel":"level3","type":"snapshot","data":[{"symbol":"MATIC/USD",
"checksum":281817320,"bids":[{"order_id":"O6ZQNQ-BXL4E-5WGINO","limit_price":0.5629,
"order_qty":111.56125344,"timestamp":"2023-10-06T17:35:00.279389650Z"}],"asks":[]}]}"""
L3_UPDATE = b"""{"channel":"level3","type":"update","data":[{"symbol":"MATIC/USD",
"checksum":2143854316,"bids":[{"event":"add","order_id":"OB","limit_price":0.5629,
"order_qty":10.00000000,"timestamp":"2023-10-06T18:20:57.440295427Z"},{"event":"modify",
"order_id":"OC","limit_price":0.5628,"order_qty":2.50000000}],"asks":[{"event":"delete",
"order_id":"OORNNE-NSBXJ-HVQGLM","limit_price":0.5635,
"timestamp":"2023-10-06T18:20:56.440295427Z"}],"timestamp":"2023-10-06T18:20:58.000001Z"}]}"""
T = 1_696_613_755_440_295_000
EVENTS = [
    (
        TRADE,
        [
            Trade("MATIC-USD", 1695628116925533000, NOW, 0.5147, 6423.46326, "buy", 4665846),
            Trade("MATIC-USD", 1695628176925603000, NOW, 0.5147, 1136.19677815, "sell", 4665847),
        ],
    ),
    (
        TICKER,
        [
            Quote("ALGO-USD", 1696436711440295000, NOW, 0.10025, 740.0, 0.10036, 1361.44813783),
            Ticker(
                "ALGO-USD", 1696436711440295000, NOW,
                0.10035, 0.10052, 0.10285, 0.09979, 997038.98383185,
            ),
        ],
    ),
    (
        SNAPSHOT,
        [
            BookSnapshot(
                "MATIC-USD", T, NOW,
                [(0.5666, 4831.75496356), (0.566, 18097.1547)], [(0.5668, 4410.79769741)],
                None, 2439117997,
                ([("0.5666", "4831.75496356"), ("0.5660", "18097.15470000")],
                 [("0.5668", "4410.79769741")]),
            )
        ],
    ),
    (
        UPDATE,
        [
            BookDelta(
                "MATIC-USD", T, NOW, [(0.5657, 1098.3947558), (0.5656, 0.0)], [],
                checksum=2114181697,
                text=([("0.5657", "1098.39475580"), ("0.5656", "0.00000000")], []),
            )
        ],
    ),
    (
        OHLC,
        [
            Bar(
                "MATIC-USD", 1_696_436_700_000_000_000, NOW, "5m",
                0.5624, 0.5628, 0.5622, 0.5627, 30927.68066226, 12, False,
            )
        ],
    ),
    (
        L3_SNAPSHOT,
        [
            OrderSnapshot(
                "MATIC-USD", NOW, NOW,
                [("O6ZQNQ-BXL4E-5WGINO", 0.5629, 111.56125344, 1696613700279389650)], [],
                None, 281817320, ([("0.5629", "111.56125344")], []),
            )
        ],
    ),
    (
        L3_UPDATE,
        [
            OrderDelta(
                "MATIC-USD", 1696616458000001000, NOW,
                [
                    OrderEvent(
                        "MATIC-USD", 1696616457440295427, NOW, "add", "OB", "buy", 0.5629, 10.0,
                    ),
                    OrderEvent(
                        "MATIC-USD", 1696616458000001000, NOW, "change", "OC", "buy", 0.5628, 2.5,
                    ),
                    OrderEvent(
                        "MATIC-USD", 1696616456440295427, NOW,
                        "delete", "OORNNE-NSBXJ-HVQGLM", "sell", 0.5635, 0.0,
                    ),
                ],
                checksum=2143854316,
                text=[("0.5629", "10.00000000"), ("0.5628", "2.50000000"), ("0.5635", "0")],
            )
        ],
    ),
]  # fmt: skip


def every(symbol, channels=CHANNELS):
    return [Subscription(channel, symbol) for channel in channels]


@pytest.mark.parametrize(("raw", "events"), EVENTS, ids=lambda x: repr(x[:1])[:30])
def test_the_documented_messages(raw, events):
    assert list(Kraken().parse(raw, NOW)) == events


@pytest.mark.parametrize(
    "raw",
    [
        b'{"channel":"heartbeat"}',
        b"""{"channel":"status","type":"update","data":[{"version":"2.0.10","system":"online",
        "api_version":"v2","connection_id":15113583034416118705}]}""",
        b"""{"method":"subscribe","result":{"channel":"book","depth":10,"snapshot":true,
        "symbol":"ALGO/USD"},"success":true,"time_in":"2023-10-06T17:35:55.219022Z"}""",
        b"""{"method":"unsubscribe","result":{"channel":"book"},"success":true}""",
        b"""{"method":"subscribe","result":{"channel":"instrument","warnings":["tick_size is
        deprecated"]},"success":true}""".replace(b"\n", b" "),
        b'{"method":"pong","req_id":101,"time_in":"2023-09-24T14:10:23.799685Z"}',
        b"""{"channel":"instrument","type":"snapshot","data":{"assets":[],"pairs":[{"symbol":
        "BTC/USD","qty_increment":1e-08,"price_precision":1}]}}""",
    ],
)
def test_what_says_nothing_of_the_market(raw):
    assert list(Kraken().parse(raw, NOW)) == []


def test_keys_in_another_order_and_more_of_them():
    message = json.loads(TRADE)
    message["data"][0] |= {"new": [1, {"x": None}]}
    raw = json.dumps(dict(reversed(message.items()))).encode()
    assert list(Kraken().parse(raw, NOW)) == EVENTS[0][1]


def test_numbers_in_strings_are_numbers_too():
    """As the venue's own guide writes them."""
    raw = SNAPSHOT.replace(b'"price":0.5660', b'"price":"0.5660"')
    assert list(Kraken().parse(raw, NOW)) == EVENTS[2][1]


def test_a_ticker_without_a_time_or_an_order_without_one():
    (quote, _) = Kraken().parse(TICKER.replace(b'"timestamp"', b'"then"'), NOW)
    assert quote.ts_event == NOW
    (snapshot,) = Kraken().parse(L3_SNAPSHOT.replace(b'"timestamp"', b'"then"'), NOW)
    assert snapshot.bids[0][3] == 0


def test_a_bar_is_closed_by_the_first_of_a_later_one():
    venue = Kraken()
    later = OHLC.replace(b"16:25:00", b"16:30:00")
    (forming,) = venue.parse(OHLC, NOW)
    (closed, new) = venue.parse(later, NOW + 1)
    assert (closed.ts_event, closed.closed, new.closed) == (forming.ts_event, True, False)
    venue.opened()
    (again,) = venue.parse(later, NOW + 2)
    assert not again.closed


def test_maintenance_is_said():
    raw = b'{"channel":"status","type":"update","data":[{"system":"maintenance"}]}'
    (status,) = Kraken().parse(raw, NOW)
    assert (status.kind, status.detail) == ("error", "kraken: the exchange is in maintenance")


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"null", b"[]", b"{}", b"0", b'"trade"', b"not json", b"\xff\xfe\x00",
        b'{"channel":"trade"}',
        b'{"channel":"trade","type":"update"}',
        b'{"channel":"' + b"x" * 100_000 + b'","type":"update","data":[]}',
        b'{"channel":7,"data":[]}',
        b'{"method":7}',
        b'{"success":true}',
        TRADE[:-1],
        TRADE + b"x",
        TRADE.replace(b'"trade_id":4665846', b'"trade_id":' + b"9" * 30),
        TRADE.replace(b'"trade_id":4665846', b'"trade_id":-1'),
        TRADE.replace(b'"price":0.5147', b'"price":-1'),
        TRADE.replace(b'"price":0.5147', b'"price":1e999'),
        TRADE.replace(b'"side":"buy"', b'"side":"up"'),
        TRADE.replace(b"2023-09-25T07:48:36.925533Z", b"yesterday"),
        TRADE.replace(b"2023-09-25T07:48:36.925533Z", b"2023-13-25T07:48:36.925533Z"),
        TRADE.replace(b"2023-09-25T07:48:36.925533Z", b"1969-09-25T07:48:36.925533Z"),
        TRADE.replace(b"MATIC/USD", b"M" * 65),
        UPDATE.replace(b"0.5657", b"[" * 100_000),
        UPDATE.replace(b"0.5657", b"null"),
        UPDATE.replace(b"0.5657", b'"nan"'),
        UPDATE.replace(b"0.5657", b"0"),
        UPDATE.replace(b"0.5657", b'"\xc3\xa9"'),
        UPDATE.replace(b"1098.39475580", b'"inf"'),
        UPDATE.replace(b"1098.39475580", b"-1"),
        UPDATE.replace(b"2114181697", b"-5"),
        OHLC.replace(b'"interval":5', b'"interval":null'),
        L3_UPDATE.replace(b'"modify"', b'"' + b"x" * 500 + b'"'),
        L3_UPDATE.replace(b'"order_id":"OB",', b""),
    ],
    ids=lambda raw: repr(raw[:40]),
)  # fmt: skip
def test_what_cannot_be_read_is_a_message_error(raw):
    with pytest.raises(MessageError) as caught:
        list(Kraken().parse(raw, NOW))
    assert len(str(caught.value)) < 400


@given(st.data())
def test_mutations_of_real_messages_raise_message_errors_only(data):
    raw = mutated(data, [raw for raw, _ in EVENTS])
    try:
        events = list(Kraken().parse(raw, NOW))
    except MessageError:
        return
    for event in events:
        if isinstance(event, BookDelta | BookSnapshot):
            assert len(event.bids) == len(event.text[0])
            assert all(math.isfinite(x) for level in event.bids for x in level)


class TestSubscribing:
    def test_one_message_a_channel(self):
        sent = [json.loads(raw) for raw in Kraken().subscribe(every("BTC-USD"))]
        assert [message["params"] for message in sent] == [
            {"channel": "trade", "symbol": ["BTC/USD"], "snapshot": False},
            {"channel": "ticker", "symbol": ["BTC/USD"], "event_trigger": "bbo"},
            {"channel": "book", "symbol": ["BTC/USD"], "depth": 1000},
            {"channel": "ohlc", "symbol": ["BTC/USD"], "interval": 1, "snapshot": False},
        ]
        assert [message["method"] for message in sent] == ["subscribe"] * 4
        assert [message["req_id"] for message in sent] == [1, 2, 3, 4]

    def test_the_ticker_stays_until_the_last_that_needs_it_is_gone(self):
        venue = Kraken()
        quotes, ticker = every("BTC-USD", ["quotes", "ticker"])
        assert len(venue.subscribe([quotes])) == 1
        (ping,) = venue.subscribe([ticker])
        assert json.loads(ping)["method"] == "ping"
        assert venue.unsubscribe([quotes]) == []
        (gone,) = venue.unsubscribe([ticker])
        assert json.loads(gone) == {
            "method": "unsubscribe",
            "params": {"channel": "ticker", "symbol": ["BTC/USD"], "event_trigger": "bbo"},
            "req_id": 3,
        }

    def test_a_book_is_ended_at_the_depth_it_was_asked_for(self):
        venue = Kraken()
        venue.book_depth = 25
        sub = every("BTC-USD", ["book"])
        (on,), (off,) = venue.subscribe(sub), venue.unsubscribe(sub)
        assert json.loads(on)["params"] == json.loads(off)["params"]
        assert json.loads(off)["params"]["depth"] == venue.depth("BTC-USD") == 25

    def test_split_to_a_hundred_pairs_a_message(self):
        subs = [Subscription("trades", f"C{n}-USD") for n in range(2 * PAIRS_PER_MESSAGE + 1)]
        sent = [json.loads(raw) for raw in Kraken().subscribe(subs)]
        assert [len(message["params"]["symbol"]) for message in sent] == [100, 100, 1]

    def test_a_new_socket_is_subscribed_anew(self):
        venue = Kraken()
        first = venue.subscribe(every("BTC-USD"))
        venue.opened()
        assert len(venue.subscribe(every("BTC-USD"))) == len(first)

    @pytest.mark.parametrize(
        "symbol", ["BTC-USD", "DOGE-EUR", "AAPLx-USD", "1INCH-USD", "ETH2.S-ETH"]
    )
    def test_symbols_of_its_own(self, symbol):
        Kraken().check(Subscription("trades", symbol))

    @pytest.mark.parametrize(
        "symbol", ["BTCUSD", "BTC/USD", "btc-usd", "BTC-", "-USD", "BTC-USD-X", "A" * MAX_SYMBOL]
    )
    def test_symbols_that_cannot_be(self, symbol):
        with pytest.raises(SymbolError, match="BTC-USD"):
            Kraken().check(Subscription("trades", symbol))

    @pytest.mark.parametrize("channel", ["bars", "bars:2m", "bars:1M", "funding", "trades:1m"])
    def test_channels_that_are_not_offered(self, channel):
        with pytest.raises(ChannelError):
            Kraken().check(Subscription(channel, "BTC-USD"))


class TestRefusals:
    REFUSED = b"""{"error":"Currency pair not supported XDG/USD","method":"subscribe","req_id":%d,
    "success":false,"symbol":"XDG/USD","time_in":"2026-10-06T18:14:45Z"}"""

    def test_a_pair_that_is_not_there(self):
        venue = Kraken()
        venue.subscribe(every("XDG-USD", ["trades", "quotes"]))
        (status,) = venue.parse(self.REFUSED % 2, NOW)
        detail = "kraken: Currency pair not supported XDG/USD"
        assert status == Status("rejected", NOW, "XDG-USD", "quotes", detail=detail)

    def test_a_refusal_that_names_no_pair_is_of_the_one_asked_for(self):
        venue = Kraken()
        venue.subscribe(every("BTC-USD", ["book"]))
        raw = b"""{"error":"Subscription depth not supported","method":"subscribe","success":false,
        "req_id":1}"""
        (status,) = venue.parse(raw, NOW)
        assert (status.symbol, status.channel) == ("BTC-USD", "book")

    def test_one_that_we_did_not_ask_for(self):
        (status,) = Kraken().parse(self.REFUSED % 99, NOW)
        assert (status.kind, status.symbol, status.channel) == ("rejected", "XDG-USD", "")

    def test_what_was_asked_is_not_remembered_for_ever(self):
        venue = Kraken()
        for n in range(MAX_ASKED + 50):
            venue.subscribe(every(f"A{n}-USD", ["trades"]))
        assert len(venue._asked) == MAX_ASKED


class TestServerHalf:
    def test_it_recognises_its_own_frames_only(self):
        assert all(Kraken.recognises(raw.replace(b"\n", b"")) for raw, _ in EVENTS)
        for raw in (
            b"", b"{}", b"\xff" * 100, b'{"channel":"heartbeat"}',
            b'{"channel":"ticker","timestamp":"x","sequence_num":0,"events":[{}]}',
            b'{"channel": "live_trades_btcusd", "data": {}}',
            b'[1,{"a":[]},"book-10","XBT/USD"]',
        ):  # fmt: skip
            assert not Kraken.recognises(raw)

    def test_each_pair_is_acknowledged(self):
        venue = Kraken()
        (sent,) = venue.subscribe([Subscription("book", s) for s in ("BTC-USD", "ETH-USD")])
        answers = [json.loads(raw) for raw in venue.answer(sent.encode())]
        assert answers == [
            {
                "method": "subscribe", "success": True, "req_id": 1,
                "result": {"channel": "book", "depth": 1000, "symbol": pair},
            }
            for pair in ("BTC/USD", "ETH/USD")
        ]  # fmt: skip

    def test_a_ping_is_answered_with_its_id(self):
        venue = Kraken()
        (pong,) = venue.answer(venue.ping().encode())
        assert json.loads(pong) == {"method": "pong", "req_id": 1}
