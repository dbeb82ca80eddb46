"""Gemini's WebSocket API: real frames of 2026 and the documentation's, to exact events."""

import json

import pytest

from livefin.errors import ChannelError, MessageError, SymbolError
from livefin.events import BookDelta, BookSnapshot, Quote, Status, Trade
from livefin.session import Session
from livefin.venues import get
from livefin.venues.contract import Subscription
from livefin.venues.gemini.venue import Gemini

NOW = 1_789_456_742_400_000_000
WHOLE = b"""{"e":"depthUpdate","E":1789456740173524809,"s":"avaxgusdperp","U":1764527605191349,
"u":1764527605191349,"b":[["7.487000","140.40000"],["7.479000","570.50000"]],
"a":[["7.503000","142.60000"]]}""".replace(b"\n", b"")
CHANGE = b"""{"e":"depthUpdate","E":1789456742337187316,"s":"ethgusdperp","U":1764527605192323,
"u":1764527605192686,"b":[["2482.5500","0.000"]],"a":[["2483.5000","0.000"],["2483.4500","1.047"]]}
""".replace(b"\n", b"")
QUOTE = b"""{"u":1751505576085,"E":1751508438600117161,"s":"btcusd","b":"45000.50",
"B":"1.25000000","a":"45001.00","A":"0.75000000","c":"45000.75","C":"0.1"}""".replace(b"\n", b"")
TRADE = b"""{"E":1751508438600117161,"s":"btcusd","t":2840140956529623,"p":"45000.50","q":"0.25",
"m":true}""".replace(b"\n", b"")
EVENTS = [
    (
        WHOLE,
        BookSnapshot(
            "AVAX-GUSD-PERP", 1789456740173524809, NOW, [(7.487, 140.4), (7.479, 570.5)],
            [(7.503, 142.6)], 1764527605191349,
        ),
    ),
    (
        CHANGE,
        BookDelta(
            "ETH-GUSD-PERP", 1789456742337187316, NOW, [(2482.55, 0.0)],
            [(2483.5, 0.0), (2483.45, 1.047)], 1764527605192323, 1764527605192686, 1764527605192323,
        ),
    ),
    (
        QUOTE,
        Quote("BTC-USD", 1751508438600117161, NOW, 45000.5, 1.25, 45001.0, 0.75, 1751505576085),
    ),
    (TRADE, Trade("BTC-USD", 1751508438600117161, NOW, 45000.5, 0.25, "sell", 2840140956529623)),
]  # fmt: skip


@pytest.fixture(params=[True, False], ids=["subscribed", "unlabelled"])
def venue(request):
    venue = Gemini()
    if request.param:
        for symbol in ("AVAX-GUSD-PERP", "ETH-GUSD-PERP", "BTC-USD"):
            venue.subscribe([Subscription(channel, symbol) for channel in ("trades", "quotes")])
    return venue


@pytest.mark.parametrize(("raw", "event"), EVENTS, ids=lambda x: type(x).__name__)
def test_the_documented_and_the_recorded_messages(venue, raw, event):
    for _ in range(2):
        assert list(venue.parse(raw, NOW)) == [event]


@pytest.mark.parametrize(("raw", "event"), EVENTS, ids=lambda x: type(x).__name__)
def test_fields_in_another_order_and_more_of_them(venue, raw, event):
    message = json.loads(raw)
    for more in ({}, {"new": [1, {"x": None}]}):
        turned = json.dumps(dict(reversed(message.items())) | more).encode()
        assert list(venue.parse(turned, NOW)) == [event]


def test_a_trade_that_says_what_it_is_and_a_buyer_who_took(venue):
    raw = TRADE.replace(b'{"E"', b'{"e":"trade","E"').replace(b"true", b"false")
    (trade,) = venue.parse(raw, NOW)
    assert trade.side == "buy"


def test_an_empty_side_is_zero(venue):
    raw = QUOTE.replace(b"45000.50", b"").replace(b"1.25000000", b"")
    (quote,) = venue.parse(raw, NOW)
    assert (quote.bid, quote.bid_size, quote.ask, quote.ask_size) == (0.0, 0.0, 45001.0, 0.75)


def test_acknowledgements_say_nothing(venue):
    for raw in (b'{"id":1,"status":200}', b'{"id":"1","status":200,"result":["btcusd@trade"]}'):
        assert list(venue.parse(raw, NOW)) == []


@pytest.mark.parametrize(
    ("raw", "symbol", "detail"),
    [
        (
            b'{"id":4,"status":400,"error":{"code":-1013,"msg":"Invalid stream name: nousd@x"}}',
            "NO-USD",
            "Invalid stream name: nousd@x (code -1013)",
        ),
        (
            b'{"id":11,"status":400,"error":{"code":-1020,"msg":"Unsupported operation"}}',
            "",
            "Unsupported operation (code -1020)",
        ),
        (b'{"id":11,"status":429}', "", "refused (code 429)"),
        (b'{"reason":"NoValidTradingPairs","result":"error"}', "", "NoValidTradingPairs"),
    ],
)
def test_errors_are_rejections_in_the_venues_words(venue, raw, symbol, detail):
    assert list(venue.parse(raw, NOW)) == [
        Status("rejected", NOW, symbol, detail=f"gemini: {detail}")
    ]


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"null", b"{}", b"[]", b"\xff\xfe", b'{"e":"orderUpdate","E":1}', b'{"id":1}',
        b'{"type":"surprise","symbol":"BTCUSD"}', b'{"type":"', b'{"type":7}',
        CHANGE[:-1], CHANGE + b"x",
        CHANGE.replace(b'"2482.5500"', b'"NaN"'), CHANGE.replace(b'"1.047"', b'"-1"'),
        CHANGE.replace(b"1764527605192323", b"9" * 30), CHANGE.replace(b'"a":', b'"x":'),
        QUOTE.replace(b'"45000.50"', b'"nan"'), QUOTE.replace(b'"45000.50"', b"null"),
        QUOTE.replace(b'"45000.50"', b'"' + b"9" * 400 + b'"'),
        TRADE.replace(b"true", b'"perhaps"'), TRADE.replace(b'"0.25"', b'"inf"'),
        TRADE.replace(b'"btcusd"', b'"' + b"b" * 65 + b'"'), TRADE.replace(b'"btcusd"', b'""'),
        b'{"error":"text"}', b'{"x":' + b"[" * 100_000,
    ],
    ids=lambda raw: repr(raw[:40]),
)  # fmt: skip
def test_what_cannot_be_read_is_a_message_error(venue, raw):
    with pytest.raises(MessageError) as caught:
        list(venue.parse(raw, NOW))
    assert len(str(caught.value)) < 400


def test_each_symbol_has_a_message_of_its_own_since_one_wrong_name_refuses_all():
    venue = Gemini()
    subs = [Subscription(c, s) for c in ("trades", "book") for s in ("BTC-USD", "BTC-GUSD-PERP")]
    assert venue.subscribe([*subs, Subscription("quotes", "LTC-BTC")]) == [
        '{"id":1,"method":"subscribe","params":["btcusd@trade","btcusd@depth@100ms"]}',
        '{"id":2,"method":"subscribe","params":["btcgusdperp@trade","btcgusdperp@depth@100ms"]}',
        '{"id":3,"method":"subscribe","params":["ltcbtc@bookTicker"]}',
    ]
    assert venue.unsubscribe(subs[:1]) == [
        '{"id":4,"method":"unsubscribe","params":["btcusd@trade"]}'
    ]


def test_what_only_v2_has_is_asked_for_there_in_capitals():
    venue = Gemini()
    subs = [Subscription(c, "BTC-GUSD-PERP") for c in ("bars:1m", "bars:1d", "rates", "funding")]
    names = ["candles_1m", "candles_1d", "mark_price", "funding_amount"]
    assert [json.loads(raw) for raw in venue.subscribe(subs)] == [
        {"type": "subscribe", "subscriptions": [{"name": name, "symbols": ["BTCGUSDPERP"]}]}
        for name in names
    ]
    many = [Subscription("rates", f"C{n}-GUSD-PERP") for n in range(201)]
    sizes = [len(json.loads(raw)["subscriptions"][0]["symbols"]) for raw in venue.subscribe(many)]
    assert sizes == [100, 100, 1]


def test_addresses():
    venue = Gemini()
    lanes = [venue.lane_of(Subscription(c, "BTC-USD")) for c in ("book", "bars:1m", "rates")]
    assert lanes == ["stream", "v2", "v2"]
    assert venue.endpoint() == "wss://ws.gemini.com/?snapshot=-1"
    assert json.loads(venue.ping())["method"] == "ping"
    venue.lane = "v2"
    assert venue.endpoint() == "wss://api.gemini.com/v2/marketdata"
    assert venue.ping() is None
    venue.url = "wss://ws.sandbox.gemini.com"
    assert venue.endpoint() == "wss://api.sandbox.gemini.com/v2/marketdata"
    venue.url = "ws://127.0.0.1:8765"
    assert venue.endpoint() == "ws://127.0.0.1:8765/v2/marketdata"
    venue.lane = ""
    assert venue.endpoint() == "ws://127.0.0.1:8765/?snapshot=-1"


@pytest.mark.parametrize(
    ("wire", "symbol"),
    [
        ("btcusd", "BTC-USD"), ("BTCUSD", "BTC-USD"), ("btcgusdperp", "BTC-GUSD-PERP"),
        ("ethusdcperp", "ETH-USDC-PERP"), ("paxgusd", "PAXG-USD"), ("paxggusd", "PAXG-GUSD"),
        ("usdgusd", "USDG-USD"), ("usdggusd", "USDG-GUSD"), ("rlusdusd", "RLUSD-USD"),
        ("btcrlusd", "BTC-RLUSD"), ("zecltc", "ZEC-LTC"), ("linketh", "LINK-ETH"),
        ("jitosolsol", "JITOSOL-SOL"), ("usd1usd", "USD1-USD"), ("gusdgbp", "GUSD-GBP"),
        ("usd", "USD"), ("perp", "PERP"), ("???", "???"),
    ],
)  # fmt: skip
def test_a_symbol_that_nobody_subscribed_is_split_before_its_quote_asset(wire, symbol):
    (trade,) = Gemini().parse(TRADE.replace(b"btcusd", wire.encode()), NOW)
    assert trade.symbol == symbol


@pytest.mark.parametrize("symbol", ["BTC-USD", "PAX-GUSD", "X-GUSD-PERP", "GEMI-BTC05M26-UP"])
def test_a_symbol_comes_back_as_it_was_subscribed(symbol):
    venue = Gemini()
    venue.check(Subscription("trades", symbol))
    (message,) = venue.subscribe([Subscription("trades", symbol)])
    wire = json.loads(message)["params"][0].partition("@")[0]
    (trade,) = venue.parse(TRADE.replace(b"btcusd", wire.encode()), NOW)
    assert trade.symbol == symbol


@pytest.mark.parametrize("symbol", ["BTCUSD", "btc-usd", "BTC/USD", "BTC-", "BTC-USD-X", ""])
def test_symbols_that_cannot_be_are_refused(symbol):
    with pytest.raises(SymbolError):
        Gemini().check(Subscription("trades", symbol))
    with pytest.raises(ChannelError):
        Gemini().check(Subscription("bars:3m", "BTC-USD"))


def depth(first, last, size="1"):
    return json.dumps(
        {"e": "depthUpdate", "E": NOW, "s": "btcusd", "U": first, "u": last,
         "b": [["1.5", size]], "a": []},
        separators=(",", ":"),
    ).encode()  # fmt: skip


def opened():
    session = Session(Gemini(), [Subscription("book", "BTC-USD")], seed=1)
    session.opened(NOW)
    session.commands()
    return session


def kinds(events):
    return [e.kind if isinstance(e, Status) else type(e) for e in events]


def test_changes_overlap_by_one_id_and_chain():
    session = opened()
    events = session.receive([depth(7, 7), depth(7, 9), depth(9, 20), depth(9, 20)], NOW)
    assert kinds(events) == [BookSnapshot, BookDelta, BookDelta]


def test_the_first_frame_of_a_socket_is_the_whole_book_whatever_its_ids():
    session = opened()
    events = session.receive([depth(5, 7), depth(7, 9)], NOW)
    assert kinds(events) == [BookSnapshot, BookDelta]
    unlabelled = Gemini()
    assert kinds(unlabelled.parse(depth(5, 7), NOW)) == [BookDelta]


def test_a_break_of_the_chain_has_the_book_sent_anew():
    session = opened()
    session.receive([depth(7, 7), depth(7, 9)], NOW)
    assert kinds(session.receive([depth(11, 12)], NOW)) == ["gap", "resync"]
    end, begin = (json.loads(command.data) for command in session.commands())
    assert (end["method"], begin["method"]) == ("unsubscribe", "subscribe")
    acknowledged = json.dumps({"id": end["id"], "status": 200}).encode()
    # What is still on its way is of the old stream; the whole book follows the answer.
    events = session.receive([depth(12, 13), acknowledged, depth(20, 21), depth(21, 22)], NOW)
    assert kinds(events) == ["resynced", BookSnapshot, BookDelta]


def test_it_knows_its_own_frames():
    assert all(Gemini.recognises(raw) for raw, _ in EVENTS)
    for raw in (
        b'{"e":"depthUpdate","E":1672515782136,"s":"BNBBTC","U":157,"u":160,"b":[],"a":[]}',
        b'{"u":400900217,"s":"BNBUSDT","b":"25.35190000","B":"31.21","a":"25.3652","A":"40.66"}',
        b'{"type":"heartbeat","timestamp":1624493686873}', b'{"type":"trade","ts":1}',
        b'{"id":1,"status":200}',
    ):  # fmt: skip
        assert not Gemini.recognises(raw)


def test_its_server_half():
    venue = Gemini()
    assert venue.answer(b'{"id":7,"method":"subscribe","params":[]}') == [b'{"id":7,"status":200}']
    assert venue.answer(b'{"type":"subscribe","subscriptions":[]}') == []
    assert b"-1020" in venue.answer(b"\xff")[0]
    assert type(get("gemini")) is Gemini
