"""OKX: the documentation's messages and real ones of 2021 to 2026, to exact events."""

import base64
import hashlib
import hmac
import json
import math

import pytest

from livefin.errors import ChannelError, MessageError, SymbolError
from livefin.events import (
    AggTrade,
    Bar,
    Funding,
    Liquidation,
    OpenInterest,
    Quote,
    Rate,
    Status,
    Ticker,
    Trade,
)
from livefin.keys import Secret
from livefin.session import Session
from livefin.venues import get
from livefin.venues.contract import Closing, Ready, Span, Subscription
from livefin.venues.okx.venue import MAX_BYTES, Okx

NOW = 1_723_161_253_937_085_768
MS = 1_000_000
SWAP = "BTC-USDT-SWAP"


def push(channel, data, symbol="BTC-USDT", **more):
    body = {"arg": {"channel": channel, "instId": symbol}, **more, "data": [data]}
    return json.dumps(body, separators=(",", ":")).encode()


FILL = push(
    "trades-all",
    {"instId": "BTC-USDT", "tradeId": "130639474", "px": "42219.9", "sz": "0.12060306",
     "side": "buy", "source": "0", "ts": "1630048897897"},
)  # fmt: skip
TICKER = push(
    "tickers",
    {"instType": "SWAP", "instId": "UNI-USD-SWAP", "last": "9.615", "lastSz": "1",
     "askPx": "9.615", "askSz": "1", "bidPx": "9.608", "bidSz": "102", "open24h": "9.022",
     "high24h": "10.152", "low24h": "8.65", "sodUtc0": "9.067", "sodUtc8": "10.078",
     "volCcy24h": "1774356.3988", "vol24h": "1699918", "ts": "1646003655607"},
    "UNI-USD-SWAP",
)  # fmt: skip
LIQUIDATION = b"""{"arg":{"channel":"liquidation-orders","instType":"SWAP"},"data":[{"details":[
{"bkLoss":"0","bkPx":"82655.7","ccy":"","posSide":"long","side":"sell","sz":"8.55",
"ts":"1791565600771"}],"instFamily":"BTC-USDT","instId":"BTC-USDT-SWAP","instType":"SWAP",
"uly":"BTC-USDT"}]}"""
CANDLE = ["1629993600000", "42500", "48199.9", "41006.1", "41006.1", "3587.41204591",
          "166741046.22583129", "166741046.22583129"]  # fmt: skip
OPENED = 1_629_993_600_000 * MS
EVENTS = [
    (FILL, Trade("BTC-USDT", 1_630_048_897_897 * MS, NOW, 42219.9, 0.12060306, "buy", 130639474)),
    (  # of 2022, when every trade came by itself
        push("trades", {"instId": "ZEN-USDT", "tradeId": "15270493", "px": "32.49",
             "sz": "0.389464", "side": "buy", "ts": "1646003697181"}, "ZEN-USDT"),
        Trade("ZEN-USDT", 1_646_003_697_181 * MS, NOW, 32.49, 0.389464, "buy", 15270493),
    ),
    (
        push("trades", {"instId": "BTC-USDT", "tradeId": "130639474", "px": "42219.9",
             "sz": "0.12060306", "side": "sell", "ts": "1630048897897", "count": "3",
             "source": "0", "seqId": 1234}),
        AggTrade("BTC-USDT", 1_630_048_897_897 * MS, NOW, 42219.9, 0.12060306, "sell",
                 130639474, 130639472, 130639474),
    ),
    (
        push("bbo-tbt", {"asks": [["111.06", "55154", "0", "2"]],
             "bids": [["111.05", "57745", "0", "2"]], "ts": "1670324386802",
             "seqId": 363996337}, "BCH-USDT-SWAP"),
        Quote("BCH-USDT-SWAP", 1_670_324_386_802 * MS, NOW, 111.05, 57745.0, 111.06, 55154.0,
              363996337),
    ),
    (
        push("bbo-tbt", {"asks": [["0.002", "20", "0", "1"]], "bids": [], "ts": "1670324386802"},
             "ETH-USD-220624-20000-C"),
        Quote("ETH-USD-220624-20000-C", 1_670_324_386_802 * MS, NOW, 0.0, 0.0, 0.002, 20.0),
    ),
    (TICKER, Ticker("UNI-USD-SWAP", 1_646_003_655_607 * MS, NOW, 9.615, 9.022, 10.152, 8.65,
                    1699918.0)),
    (
        push("candle1Dutc", [*CANDLE, "1"]),
        Bar("BTC-USDT", OPENED, NOW, "1d", 42500.0, 48199.9, 41006.1, 41006.1, 3587.41204591,
            0, True),
    ),
    (
        push("candle1m", [*CANDLE, "0"]),
        Bar("BTC-USDT", OPENED, NOW, "1m", 42500.0, 48199.9, 41006.1, 41006.1, 3587.41204591,
            0, False),
    ),
    (  # of 2021, which does not say whether it is closed
        push("candle4H", CANDLE[:7]),
        Bar("BTC-USDT", OPENED, NOW, "4h", 42500.0, 48199.9, 41006.1, 41006.1, 3587.41204591,
            0, False),
    ),
    (
        push("mark-price", {"instType": "SWAP", "instId": SWAP, "markPx": "42310.6",
             "ts": "1630049139746"}, SWAP),
        Rate(SWAP, 1_630_049_139_746 * MS, NOW, 42310.6),
    ),
    (
        push("index-tickers", {"instId": "BTC-USDT", "idxPx": "0.1", "high24h": "0.5",
             "low24h": "0.1", "open24h": "0.1", "sodUtc0": "0.1", "sodUtc8": "0.1",
             "ts": "1597026383085"}),
        Rate("BTC-USDT", 1_597_026_383_085 * MS, NOW, 0.1),
    ),
    (
        push("funding-rate", {"fundingRate": "-0.0001875", "fundingTime": "1700726400000",
             "instId": "BTC-USD-SWAP", "instType": "SWAP", "method": "current_period",
             "maxFundingRate": "0.00375", "minFundingRate": "-0.00375", "nextFundingRate": "",
             "nextFundingTime": "1700755200000", "premium": "0.0001233824646391",
             "settState": "settled", "ts": "1700724675402"}, "BTC-USD-SWAP"),
        Funding("BTC-USD-SWAP", 1_700_724_675_402 * MS, NOW, -0.0001875, 1_700_726_400_000 * MS),
    ),
    (  # of 2021, without a time of its own
        push("funding-rate", {"fundingRate": "0.018", "fundingTime": "1597026383085",
             "instId": "BTC-USD-SWAP", "instType": "SWAP", "nextFundingRate": ""},
             "BTC-USD-SWAP"),
        Funding("BTC-USD-SWAP", NOW, NOW, 0.018, 1_597_026_383_085 * MS),
    ),
    (
        push("open-interest", {"instId": SWAP, "instType": "SWAP", "oi": "565474",
             "oiCcy": "5654.74", "ts": "1630338003010"}, SWAP),
        OpenInterest(SWAP, 1_630_338_003_010 * MS, NOW, 565474.0),
    ),
    (LIQUIDATION, Liquidation(SWAP, 1_791_565_600_771 * MS, NOW, 82655.7, 8.55, "sell")),
]  # fmt: skip


@pytest.mark.parametrize(("raw", "event"), EVENTS, ids=lambda x: type(x).__name__)
def test_the_documented_and_the_recorded_messages(raw, event):
    assert list(Okx().parse(raw, NOW)) == [event]


@pytest.mark.parametrize(("raw", "event"), EVENTS[:2])
def test_fields_in_another_order_and_more_of_them(raw, event):
    turned = json.dumps(dict(reversed(json.loads(raw).items())) | {"new": [1, {"x": None}]})
    assert list(Okx().parse(turned.encode(), NOW)) == [event]


def test_what_was_never_traded_is_nan():
    raw = TICKER.replace(b'"last":"9.615"', b'"last":""').replace(b'"8.65"', b'""')
    (ticker,) = Okx().parse(raw, NOW)
    assert math.isnan(ticker.last)
    assert math.isnan(ticker.low)
    assert (ticker.open, ticker.volume) == (9.022, 1699918.0)


@pytest.mark.parametrize(
    "raw",
    [
        b"pong",
        b'{"event":"subscribe","arg":{"channel":"books","instId":"BTC-USDT"}}',
        b'{"id":"9","event":"subscribe","arg":{"channel":"books","instId":"A-B"},"connId":"a4"}',
        b'{"event":"unsubscribe","arg":{"channel":"liquidation-orders","instType":"SWAP"}}',
        b'{"event":"channel-conn-count","channel":"orders","connCount":"2","connId":"abc"}',
        b'{"arg":{"channel":"price-limit","instId":"LTC-USD"},"data":[{"buyLmt":"200"}]}',
        b'{"arg":{"channel":"trades","instId":"BTC-USDT"},"data":[]}',
    ],
)
def test_what_says_nothing(raw):
    assert list(Okx().parse(raw, NOW)) == []


GONE = "Wrong URL or channel:{},instId:{} doesn't exist. Please use the correct URL"


@pytest.mark.parametrize(
    ("code", "msg", "channel", "symbol"),
    [
        ("60018", GONE.format("books", "NOPE-USDT"), "book", "NOPE-USDT"),
        ("60018", GONE.format("candle1m", "NOPE-USDT"), "bars", "NOPE-USDT"),
        ("60018", GONE.format("trades-all", "NO-PE-SWAP"), "trades", "NO-PE-SWAP"),
        (60018, "Wrong URL or channel:liquidation-orders,instType:X", "liquidations", ""),
        ("60011", "Please log in", "", ""),
        ("60012", 'Illegal request: {"op":"subscribe",', "", ""),
    ],
)
def test_errors_are_rejections_in_the_venues_words(code, msg, channel, symbol):
    raw = json.dumps({"event": "error", "msg": msg, "code": code, "connId": "78d58071"})
    detail = f"okx: {msg} (code {code})"
    assert list(Okx().parse(raw.encode(), NOW)) == [
        Status("rejected", NOW, symbol, channel, detail=detail)
    ]


def test_a_notice_that_the_socket_will_be_closed():
    raw = b"""{"event":"notice","code":"64008","msg":"The connection will soon be closed for a
 service upgrade. Please reconnect.","connId":"a4d3ae55"}""".replace(b"\n", b"")
    assert list(Okx().parse(raw, NOW)) == [Closing(60.0)]
    (status,) = Okx().parse(raw.replace(b"64008", b"64999"), NOW)
    assert status.kind == "error"


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"ping", b"{}", b"[]", b"null", b"\xff\xfe", b'{"event":"surprise"}',
        b'{"arg":{"channel":"surprise","instId":"BTC-USDT"},"data":[]}',
        b'{"arg":{"channel":"candle1X","instId":"BTC-USDT"},"data":[]}',
        b'{"arg":{"channel":"',
        push("candle1m", [*CANDLE, "0"], symbol=""),
        push("candle1m", CANDLE[:4]),
        push("mark-price", {"instId": SWAP, "ts": "1630049139746"}),
        FILL[:-1], FILL + b"x",
        FILL.replace(b'"42219.9"', b'"NaN"'), FILL.replace(b'"42219.9"', b'"1e400"'),
        FILL.replace(b'"42219.9"', b'""'), FILL.replace(b'"42219.9"', b"[]"),
        FILL.replace(b'"buy"', b'"hold"'), FILL.replace(b'"130639474"', b'"1' + b"0" * 40 + b'"'),
        FILL.replace(b'"1630048897897"', b'"-1"'),
        FILL.replace(b'"data":[', b'"data":' + b"[" * 100_000),
        TICKER.replace(b'"last":"9.615"', b'"last":"inf"'),
        TICKER.replace(b'"last":"9.615"', b'"last":"x"'),
        LIQUIDATION.replace(b'"8.55"', b'"-8"'),
    ],
    ids=lambda raw: repr(raw[:40]),
)  # fmt: skip
def test_what_cannot_be_read_is_a_message_error(raw):
    with pytest.raises(MessageError) as caught:
        list(Okx().parse(raw, NOW))
    assert len(str(caught.value)) < 400


def test_the_requests_of_all_channels():
    venue = Okx()
    subs = [Subscription(c, SWAP) for c in (*venue.channels, "bars:1d", "bars:1m") if c != "bars"]
    (raw,) = venue.subscribe([*subs, Subscription("rates", "BTC-USDT")])
    request = json.loads(raw)
    assert request["op"] == "subscribe"
    assert [tuple(arg.values()) for arg in request["args"]] == [
        ("trades-all", SWAP), ("bbo-tbt", SWAP), ("books", SWAP), ("trades", SWAP),
        ("tickers", SWAP), ("mark-price", SWAP), ("funding-rate", SWAP), ("open-interest", SWAP),
        ("liquidation-orders", "SWAP"), ("candle1Dutc", SWAP), ("candle1m", SWAP),
        ("index-tickers", "BTC-USDT"),
    ]  # fmt: skip
    assert request["args"][8] == {"channel": "liquidation-orders", "instType": "SWAP"}
    (raw,) = venue.unsubscribe(subs[:1])
    assert raw == '{"op":"unsubscribe","args":[{"channel":"trades-all","instId":"BTC-USDT-SWAP"}]}'


def test_requests_are_split_by_their_size():
    subs = [Subscription("book", f"COIN{n}-USDT") for n in range(3_000)]
    messages = Okx().subscribe(subs)
    assert len(messages) == 3
    assert max(map(len, messages)) < MAX_BYTES + 100 < 65_536
    asked = [arg["instId"] for raw in messages for arg in json.loads(raw)["args"]]
    assert asked == [sub.symbol for sub in subs]


def test_liquidations_of_a_type_are_asked_for_once_and_kept_for_the_last_who_wants_them():
    venue = Okx()
    one, two, three = (
        Subscription("liquidations", s) for s in (SWAP, "ETH-USDT-SWAP", "BTC-USD-240927")
    )
    assert len(venue.subscribe([one])) == 1
    assert venue.subscribe([two]) == []
    assert "FUTURES" in venue.subscribe([three])[0]
    assert venue.unsubscribe([one]) == []
    assert len(venue.unsubscribe([two])) == 1
    venue.opened()
    assert len(venue.subscribe([two])) == 1


def test_trades_and_bars_have_an_address_of_their_own():
    venue = Okx()
    lanes = {c: venue.lane_of(Subscription(c, SWAP)) for c in ("trades", "bars:1m", "book")}
    assert lanes == {"trades": "business", "bars:1m": "business", "book": "public"}
    assert venue.endpoint() == "wss://ws.okx.com:8443/ws/v5/public"
    venue.lane = "business"
    assert venue.endpoint() == "wss://ws.okx.com:8443/ws/v5/business"
    assert venue.lane_at("wss://ws.okex.com:8443/ws/v5/public") == "public"
    venue.url = "wss://wsus.okx.com:8443/ws/v5/public/"
    assert venue.endpoint() == "wss://wsus.okx.com:8443/ws/v5/business"


@pytest.mark.parametrize(
    ("channel", "symbol"),
    [
        ("trades", "BTCUSDT"), ("trades", "btc-usdt"), ("trades", "BTC/USDT"), ("trades", "A-"),
        ("funding", "BTC-USDT"), ("funding", "BTC-USD-240927"), ("open_interest", "BTC-USDT"),
        ("bars:7m", SWAP),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(channel, symbol):
    with pytest.raises((SymbolError, ChannelError)):
        Okx().check(Subscription(channel, symbol))


def test_symbols_and_intervals_that_can_be():
    for symbol in ("BTC-USDT", SWAP, "BTC-USD-240927", "BTC-USD-240927-60000-C"):
        Okx().check(Subscription("trades", symbol))
    for interval in ("1s", "1m", "3m", "30m", "1h", "4h", "6h", "12h", "1d", "3d", "1w", "1M"):
        Okx().check(Subscription(f"bars:{interval}", SWAP))


KEYS = {"api_key": Secret("key"), "api_secret": Secret("hush"), "passphrase": Secret("open")}


def test_only_the_books_of_vips_log_in():
    for venue in (Okx(), Okx(book="books-l2-tbt")):
        assert venue.login(NOW) == []
    venue = Okx(book="books-l2-tbt")
    venue.keys = KEYS
    venue.lane = "business"
    assert venue.login(NOW) == []
    assert not venue.waits
    with pytest.raises(ValueError, match="no book"):
        Okx(book="books7")


def test_a_login_is_signed_and_books_wait_for_its_answer():
    venue = Okx(book="books-l2-tbt")
    venue.keys = KEYS
    session = Session(venue, [Subscription("book", "BTC-USDT")], seed=1)
    session.opened(NOW)
    (sent,) = session.commands()
    (arg,) = json.loads(sent.data)["args"]
    text = b"1723161253GET/users/self/verify"
    sign = base64.b64encode(hmac.digest(b"hush", text, hashlib.sha256)).decode()
    assert list(arg.values()) == ["key", "open", "1723161253", sign]
    raw = b'{"event":"login","code":"0","msg":"","connId":"a4d3ae55"}'
    assert list(venue.parse(raw, NOW)) == [Ready()]
    session.receive([raw], NOW)
    (sent,) = session.commands()
    assert json.loads(sent.data)["args"] == [{"channel": "books-l2-tbt", "instId": "BTC-USDT"}]


def test_a_login_that_failed_is_a_rejection_without_the_keys():
    raw = b'{"event":"error","code":"60009","msg":"Login failed.","connId":"a4d3ae55"}'
    (status,) = Okx().parse(raw, NOW)
    assert (status.kind, status.detail) == ("rejected", "okx: Login failed. (code 60009)")


PAGE = b"""{"code":"0","msg":"","data":[{"instId":"BTC-USDT","side":"sell","sz":"0.00001",
"px":"29963.2","tradeId":"242720720","ts":"1654161646974"},{"instId":"BTC-USDT","side":"sell",
"sz":"0.00002","px":"29964.1","tradeId":"242720719","ts":"1654161641568"}]}"""


def test_the_history_of_trades_comes_oldest_first():
    venue, sub = Okx(), Subscription("trades", "BTC-USDT")
    assert venue.history_url(sub, Span(5 * MS, 9 * MS + 1)) == (
        "https://www.okx.com/api/v5/market/history-trades?instId=BTC-USDT&type=2&after=10&limit=100"
    )
    assert "&type=1&after=8&" in venue.history_url(sub, Span(0, 9, None, 7))
    assert venue.parse_history(sub, PAGE, NOW) == [
        Trade("BTC-USDT", 1_654_161_641_568 * MS, NOW, 29964.1, 0.00002, "sell", 242720719),
        Trade("BTC-USDT", 1_654_161_646_974 * MS, NOW, 29963.2, 0.00001, "sell", 242720720),
    ]


def test_the_history_of_bars_is_asked_for_with_both_bounds():
    venue, sub = Okx(), Subscription("bars:1d", "BTC-USDT")
    assert venue.history_url(sub, Span(5 * MS, 9 * MS)) == (
        "https://www.okx.com/api/v5/market/history-candles?instId=BTC-USDT&bar=1Dutc"
        "&after=10&before=4&limit=100"
    )
    body = json.dumps(
        {"code": "0", "msg": "", "data": [["2", *CANDLE[1:], "0"], ["1", *CANDLE[1:], "1"]]}
    )
    bars = venue.parse_history(sub, body.encode(), NOW)
    assert [(bar.ts_event, bar.interval, bar.closed) for bar in bars] == [
        (1 * MS, "1d", True), (2 * MS, "1d", False)
    ]  # fmt: skip
    for channel in ("book", "agg_trades", "bars:7m"):
        assert venue.history_url(Subscription(channel, "BTC-USDT"), Span(0, 1)) is None


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'{"code":"51001","msg":"Instrument ID does not exist","data":[]}']
)
def test_a_page_that_is_none(body):
    with pytest.raises(MessageError, match="BTC-USDT"):
        Okx().parse_history(Subscription("trades", "BTC-USDT"), body, NOW)


def test_it_knows_its_own_frames():
    assert all(Okx.recognises(raw) for raw, _ in EVENTS)
    assert Okx.recognises(b'{"event":"subscribe","arg":{"channel":"books","instId":"BTC-USDT"}}')
    for raw in (
        b'{"action":"snapshot","arg":{"instType":"sp","channel":"books","instId":"BTCUSDT"},"data"',
        b'{"event":"subscribe","arg":{"instType":"sp","channel":"books","instId":"BTCUSDT"}}',
        b'{"arg":{"channel":"books"}}', b"pong",
    ):  # fmt: skip
        assert not Okx.recognises(raw)


def test_its_server_half():
    venue = Okx()
    assert venue.answer(b"ping") == [b"pong"]
    (raw,) = venue.subscribe([Subscription("book", SWAP), Subscription("quotes", SWAP)])
    assert len(venue.answer(raw.encode())) == 2
    assert b"60012" in venue.answer(b"\xff")[0]
    assert type(get("okx")) is Okx
