"""Coinbase Exchange: the documentation's messages, and what it is sent."""

import base64
import hashlib
import hmac
import json
from math import isnan

import pytest

from livefin.errors import ChannelError, LivefinError, MessageError, SymbolError
from livefin.events import (
    Bar,
    BookDelta,
    BookSnapshot,
    OrderDelta,
    Quote,
    Ticker,
    Trade,
)
from livefin.keys import KeyMissingError, Secret
from livefin.venues.coinbase.advanced import Coinbase
from livefin.venues.coinbase.exchange import PAIRS_PER_MESSAGE, CoinbaseExchange
from livefin.venues.contract import Reply, Span, Subscription
from livefin.venues.wire import S, iso_ns

NOW = 1_618_677_817_000_000_000
MATCH = b"""{"type":"match","trade_id":10,"sequence":50,"maker_order_id":"ac928c66",
"taker_order_id":"132fb6ae","time":"2014-11-07T08:19:27.028459Z","product_id":"BTC-USD",
"size":"5.23512","price":"400.23","side":"sell"}"""
ACTIVATE = b"""{"type":"activate","product_id":"test-product","timestamp":"1483736448.299000",
"user_id":"12","order_id":"7b52009b","stop_type":"entry","side":"buy","stop_price":"80",
"size":"2","funds":"50","private":true}"""
TICKER = b"""{"type":"ticker","sequence":37475248783,"product_id":"ETH-USD",
"price":"1285.22","open_24h":"1310.79","volume_24h":"245532.79269678","low_24h":"1280.52",
"high_24h":"1313.8","volume_30d":"9788783.60117027","best_bid":"1285.04",
"best_bid_size":"0.46688654","best_ask":"1285.27","best_ask_size":"1.56637040","side":"buy",
"time":"2022-10-19T23:28:22.061769Z","trade_id":370843401,"last_size":"11.4396987"}"""
SNAPSHOT = b"""{"type":"snapshot","product_id":"BTC-USD","bids":[["10101.10","0.45054140"]],
"asks":[["10102.55","0.57753524"]]}"""
UPDATE = b"""{"type":"l2update","product_id":"BTC-USD","changes":[["buy","22356.270000",
"0.00000000"],["sell","22356.300000","1.00000000"]],"time":"2022-08-04T15:25:05.010758Z"}"""
HEARTBEAT = b"""{"type":"heartbeat","sequence":90,"last_trade_id":20,"product_id":"BTC-USD",
"time":"2014-11-07T08:19:28.464459Z"}"""
ACKNOWLEDGED = b"""{"type":"subscriptions","channels":[{"name":"level2_50",
"product_ids":["BTC-USD"],"account_ids":null}]}"""
STATUS = b'{"type":"status","products":[{"id":"BTC-USD"}],"currencies":[]}'
T = iso_ns("2014-11-07T08:19:27.028459Z")


def subs(*channels, symbol="BTC-USD"):
    return [Subscription(channel, symbol) for channel in channels]


def sent(messages):
    return [json.loads(message) for message in messages]


def asked(messages):
    """{(what, the venue's channel): products} of all `messages`."""
    return {
        (message["type"], channel["name"]): channel["product_ids"]
        for message in sent(messages)
        for channel in message["channels"]
    }


def keyed():
    venue = CoinbaseExchange()
    venue.keys = {
        "api_key": Secret("key"),
        "api_secret": Secret(base64.b64encode(b"sesame").decode()),
        "passphrase": Secret("open"),
    }
    return venue


def test_a_match_is_a_trade_with_the_takers_side():
    trade = Trade("BTC-USD", T, NOW, 400.23, 5.23512, "buy", 10)
    assert list(CoinbaseExchange().parse(MATCH, NOW)) == [trade]
    last = MATCH.replace(b'"match"', b'"last_match"')
    assert list(CoinbaseExchange().parse(last, NOW)) == [trade]


def test_quote_and_ticker():
    ts = iso_ns("2022-10-19T23:28:22.061769Z")
    assert list(CoinbaseExchange().parse(TICKER, NOW)) == [
        Quote("ETH-USD", ts, NOW, 1285.04, 0.46688654, 1285.27, 1.5663704, 37475248783),
        Ticker("ETH-USD", ts, NOW, 1285.22, 1310.79, 1313.8, 1280.52, 245532.79269678),
    ]


def test_an_old_ticker_has_no_sizes_of_the_best():
    message = json.loads(TICKER)
    del message["best_bid_size"], message["best_ask_size"], message["time"]
    quote, ticker = CoinbaseExchange().parse(json.dumps(message).encode(), NOW)
    assert isnan(quote.bid_size)
    assert (quote.bid, quote.ts_event, ticker.ts_event) == (1285.04, NOW, NOW)


def test_books():
    venue = CoinbaseExchange()
    assert list(venue.parse(SNAPSHOT, NOW)) == [
        BookSnapshot("BTC-USD", NOW, NOW, [(10101.10, 0.4505414)], [(10102.55, 0.57753524)])
    ]
    assert list(venue.parse(UPDATE, NOW)) == [
        BookDelta(
            "BTC-USD", iso_ns("2022-08-04T15:25:05.010758Z"), NOW,
            [(22356.27, 0.0)], [(22356.3, 1.0)],
        )
    ]  # fmt: skip


@pytest.mark.parametrize("raw", [HEARTBEAT, ACKNOWLEDGED, STATUS, ACTIVATE])
def test_what_says_nothing_of_the_market(raw):
    assert list(CoinbaseExchange().parse(raw, NOW)) == []


@pytest.mark.parametrize(
    ("reason", "symbol", "channel"),
    [
        ("BTC-XYZ is not a valid product", "BTC-XYZ", ""),
        ("level2, level3, and full channels now require authentication.", "", "orders"),
        ("ticker is not a valid channel", "", ""),
    ],
)
def test_errors_are_rejections_in_the_venues_words(reason, symbol, channel):
    raw = {"type": "error", "message": "Failed to subscribe", "reason": reason}
    (status,) = CoinbaseExchange().parse(json.dumps(raw).encode(), NOW)
    assert (status.kind, status.symbol, status.channel) == ("rejected", symbol, channel)
    assert status.detail == f"coinbase-exchange: Failed to subscribe: {reason}"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"{}",
        b'{"type":"surprise"}',
        MATCH[:-1],
        MATCH.replace(b'"trade_id":10', b'"trade_id":-1'),
        MATCH.replace(b'"sell"', b'"SELL"'),
        MATCH.replace(b"5.23512", b"NaN"),
        MATCH.replace(b"400.23", b"0"),
        MATCH.replace(b"2014-11-07T08:19:27.028459Z", b"2014-11-07"),
        UPDATE.replace(b'"sell"', b'"offer"'),
        UPDATE.replace(b'"1.00000000"', b'"1e999"'),
        SNAPSHOT.replace(b'"0.45054140"', b'"0.45054140","1"'),
        TICKER.replace(b'"1285.22"', b'"Infinity"'),
        TICKER.replace(b"ETH-USD", b"E" * 65),
    ],
    ids=lambda raw: repr(raw[:60]),
)
def test_what_cannot_be_read_is_a_message_error(raw):
    with pytest.raises(MessageError) as caught:
        list(CoinbaseExchange().parse(raw, NOW))
    assert len(str(caught.value)) < 400


def test_one_message_for_all_channels_and_a_heartbeat_for_each_product():
    assert sent(CoinbaseExchange().subscribe(subs("trades", "quotes", "book", "ticker"))) == [
        {
            "type": "subscribe",
            "channels": [
                {"name": "matches", "product_ids": ["BTC-USD"]},
                {"name": "heartbeat", "product_ids": ["BTC-USD"]},
                {"name": "ticker", "product_ids": ["BTC-USD"]},
                {"name": "level2_batch", "product_ids": ["BTC-USD"]},
            ],
        }
    ]


def test_many_products_are_split():
    many = [Subscription("trades", f"C{n}-USD") for n in range(PAIRS_PER_MESSAGE)]
    messages = sent(CoinbaseExchange().subscribe(many))
    assert [sum(len(c["product_ids"]) for c in m["channels"]) for m in messages] == [100, 100]


def test_the_matches_of_a_product_with_orders_come_with_them():
    venue = CoinbaseExchange()
    venue.subscribe(subs("trades"))
    on = asked(venue.subscribe(subs("orders")))
    assert on == {("subscribe", "full"): ["BTC-USD"], ("unsubscribe", "matches"): ["BTC-USD"]}
    assert [type(event) for event in venue.parse(MATCH, NOW)] == [Trade, OrderDelta]
    last = MATCH.replace(b'"match"', b'"last_match"')
    assert [type(event) for event in venue.parse(last, NOW)] == [Trade]
    off = asked(venue.unsubscribe(subs("orders")))
    assert off == {("subscribe", "matches"): ["BTC-USD"], ("unsubscribe", "full"): ["BTC-USD"]}
    assert [type(event) for event in venue.parse(MATCH, NOW)] == [Trade]
    assert asked(venue.unsubscribe(subs("trades"))).keys() == {
        ("unsubscribe", "matches"), ("unsubscribe", "heartbeat")
    }  # fmt: skip


def test_the_ticker_is_kept_until_neither_quotes_nor_ticker_want_it():
    venue = CoinbaseExchange()
    venue.subscribe(subs("quotes"))
    assert asked(venue.subscribe(subs("ticker")))["subscribe", "ticker"] == ["BTC-USD"]
    assert venue.unsubscribe(subs("quotes")) == []
    assert ("unsubscribe", "ticker") in asked(venue.unsubscribe(subs("ticker")))


def test_without_a_key_the_venue_is_left_to_refuse_orders_by_themselves():
    first, second = sent(CoinbaseExchange().subscribe(subs("trades", "orders")))
    assert [channel["name"] for channel in first["channels"]] == ["heartbeat"]
    assert [channel["name"] for channel in second["channels"]] == ["full"]


def test_what_takes_a_key_is_signed_as_soon_as_a_frame_tells_the_time():
    venue = keyed()
    venue.check(Subscription("orders", "BTC-USD"))
    messages = venue.subscribe(subs("trades", "book", "orders"))
    assert asked(messages) == {("subscribe", "heartbeat"): ["BTC-USD"]}
    reply, trade, _ = venue.parse(MATCH, NOW)
    assert isinstance(reply, Reply)
    assert isinstance(trade, Trade)
    assert reply.secret
    message = json.loads(reply.data)
    expected = hmac.digest(b"sesame", b"1618677817GET/users/self/verify", hashlib.sha256)
    assert message == {
        "type": "subscribe",
        "channels": [
            {"name": "full", "product_ids": ["BTC-USD"]},
            {"name": "level2", "product_ids": ["BTC-USD"]},
        ],
        "key": "key",
        "passphrase": "open",
        "timestamp": "1618677817",
        "signature": base64.b64encode(expected).decode(),
    }
    assert list(venue.parse(HEARTBEAT, NOW)) == []
    assert asked(venue.subscribe(subs("book"))) == {("subscribe", "heartbeat"): ["BTC-USD"]}
    venue.unsubscribe(subs("book"))
    assert list(venue.parse(HEARTBEAT, NOW)) == []  # no longer wanted
    assert asked(venue.answer(reply.data.encode())) == {
        ("subscriptions", "full"): ["BTC-USD"],
        ("subscriptions", "level2"): ["BTC-USD"],
    }


def test_keys_that_cannot_be():
    venue = keyed()
    venue.keys = {"api_key": Secret("key")}
    with pytest.raises(KeyMissingError, match="api_secret and passphrase"):
        venue.check(Subscription("orders", "BTC-USD"))
    venue = keyed()
    venue.keys = {**venue.keys, "api_secret": Secret("no base64!")}
    with pytest.raises(LivefinError, match="base64") as caught:
        venue.check(Subscription("orders", "BTC-USD"))
    assert "no base64!" not in str(caught.value)


@pytest.mark.parametrize("symbol", ["BTCUSD", "btc-usd", "BTC-USD-X", "BTC/USD", "-USD"])
def test_symbols_that_cannot_be(symbol):
    with pytest.raises(SymbolError, match="BTC-USD"):
        CoinbaseExchange().check(Subscription("trades", symbol))


@pytest.mark.parametrize("channel", ["bars:1m", "rates", "orders:3"])
def test_channels_that_are_not_streamed(channel):
    with pytest.raises(ChannelError):
        CoinbaseExchange().check(Subscription(channel, "BTC-USD"))


def test_it_recognises_its_own_frames_only():
    frames = (MATCH, TICKER, SNAPSHOT, UPDATE, HEARTBEAT, ACKNOWLEDGED)
    for raw in (frame.replace(b"\n", b"") for frame in frames):
        assert CoinbaseExchange.recognises(raw)
        assert not Coinbase.recognises(raw)
    for raw in (b"", b"{}", b'{"type":"ticker"}', b'{"type":"snapshot","data":[]}', STATUS):
        assert not CoinbaseExchange.recognises(raw)


@pytest.mark.parametrize("raw", [b"", b"[]", b'{"type":"fly"}', b"\xff", b"[" * 50_000])
def test_what_is_no_request_gets_an_error_that_we_understand(raw):
    (answer,) = CoinbaseExchange().answer(raw)
    (status,) = CoinbaseExchange().parse(answer, NOW)
    assert status.kind == "rejected"


def test_history_of_trades_is_turned_by_ids():
    venue, sub = CoinbaseExchange(), Subscription("trades", "BTC-USD")
    url = "https://api.exchange.coinbase.com/products/BTC-USD/trades?limit=1000"
    assert venue.history_url(sub, Span(0, NOW)) == url
    assert venue.history_url(sub, Span(0, NOW, 5, 86327327)) == f"{url}&after=86327328"
    body = (
        b'[{"time":"2020-03-20T00:36:59.860Z","trade_id":86327327,"price":"6225.32000000",'
        b'"size":"0.06469797","side":"sell"},{"time":"2020-03-20T00:36:59.1Z",'
        b'"trade_id":86327326,"price":"6225.31","size":"1","side":"buy"}]'
    )
    first, second = (iso_ns(f"2020-03-20T00:36:59.{tail}Z") for tail in ("1", "860"))
    assert venue.parse_history(sub, body, NOW) == [
        Trade("BTC-USD", first, NOW, 6225.31, 1.0, "sell", 86327326),
        Trade("BTC-USD", second, NOW, 6225.32, 0.06469797, "buy", 86327327),
    ]


def test_history_of_bars_asks_for_no_more_than_a_page():
    venue, sub = CoinbaseExchange(), Subscription("bars:1m", "BTC-USD")
    assert venue.history_url(sub, Span(0, 1_591_514_160 * S)) == (
        "https://api.exchange.coinbase.com/products/BTC-USD/candles?granularity=60"
        f"&start={1_591_514_160 - 299 * 60}&end=1591514160"
    )
    body = (
        b"[[1591514160,0.02507,0.02508,0.02505,0.02506,0.02816506],"
        b"[1591514100,0.02507,0.02507,0.02507,0.02507,1.63830323]]"
    )
    now = 1_591_514_200 * S
    flat, forming = venue.parse_history(sub, body, now)
    assert (flat.ts_event, flat.closed) == (1_591_514_100 * S, True)
    assert forming == Bar(
        "BTC-USD", 1_591_514_160 * S, now, "1m",
        0.02505, 0.02508, 0.02507, 0.02506, 0.02816506, 0, False,
    )  # fmt: skip


@pytest.mark.parametrize("channel", ["book", "bars:3m", "quotes"])
def test_there_is_no_other_history(channel):
    venue, sub = CoinbaseExchange(), Subscription(channel, "BTC-USD")
    assert venue.history_url(sub, Span(0, S)) is None
    with pytest.raises(MessageError):
        venue.parse_history(sub, b"[]", NOW)


@pytest.mark.parametrize("body", [b"", b"{}", b'{"message":"NotFound"}', b"[[]]", b"\xff"])
@pytest.mark.parametrize("channel", ["trades", "bars:1m"])
def test_pages_that_are_none(channel, body):
    with pytest.raises(MessageError):
        CoinbaseExchange().parse_history(Subscription(channel, "BTC-USD"), body, NOW)
