"""Coinbase Advanced Trade: the documentation's and the feed's messages, and what it is sent."""

import json
from math import isnan

import pytest

from livefin.errors import ChannelError, MessageError, SymbolError
from livefin.events import Bar, BookDelta, BookSnapshot, Quote, Ticker, Trade
from livefin.venues.coinbase.advanced import MAX_PRODUCTS, PRODUCTS_PER_MESSAGE, Coinbase
from livefin.venues.coinbase.exchange import CoinbaseExchange
from livefin.venues.contract import Numbered, Span, Subscription
from livefin.venues.wire import S, iso_ns

NOW = 1_786_309_550_000_000_000
# As the feed sends them, made short; the ticker and the candles are the documentation's.
BOOK = b"""{"channel":"l2_data","timestamp":"2026-08-09T21:05:48.483587501Z","sequence_num":13,
"events":[{"type":"snapshot","product_id":"BTC-USD","updates":[
{"side":"bid","event_time":"2026-08-09T21:05:48.170326Z","price_level":"65083.66",
"new_quantity":"0.20371215"},{"side":"offer","event_time":"2026-08-09T21:05:48.170326Z",
"price_level":"65083.67","new_quantity":"0.24290402"}]}]}""".replace(b"\n", b"")
CHANGES = b"""{"channel":"l2_data","timestamp":"2026-08-09T21:05:48.506659391Z","sequence_num":15,
"events":[{"type":"update","product_id":"BTC-USD","updates":[
{"side":"offer","event_time":"2026-08-09T21:05:48.264069Z","price_level":"65106.54",
"new_quantity":"0.15361938"},{"side":"bid","event_time":"2026-08-09T21:05:48.264069Z",
"price_level":"65083.66","new_quantity":"0"}]}]}""".replace(b"\n", b"")
TRADES = b"""{"channel":"market_trades","timestamp":"2026-08-09T21:05:48.251397169Z",
"sequence_num":9,"events":[{"type":"update","trades":[{"product_id":"BTC-USD",
"trade_id":"1068572092","price":"65083.66","size":"0.5","time":"2026-08-09T21:05:48.2Z",
"side":"BUY"},{"product_id":"BTC-USD","trade_id":"1068572091","price":"65083.67",
"size":"0.01034361","time":"2026-08-09T21:05:48.167634Z","side":"SELL"}]}]}""".replace(b"\n", b"")
TICKER = b"""{"channel":"ticker","client_id":"","timestamp":"2023-02-09T20:30:37.167359596Z",
"sequence_num":0,"events":[{"type":"snapshot","tickers":[{"type":"ticker",
"product_id":"BTC-USD","price":"21932.98","volume_24_h":"16038.28770938",
"low_24_h":"21835.29","high_24_h":"23011.18","low_52_w":"15460","high_52_w":"48240",
"price_percent_chg_24_h":"-4.15775596190603","best_bid":"21931.98",
"best_bid_quantity":"8000.21","best_ask":"21933.98","best_ask_quantity":"8038.07770938"}]}]
}""".replace(b"\n", b"")
CANDLES = b"""{"channel":"candles","client_id":"","timestamp":"2023-06-09T20:19:35.39625135Z",
"sequence_num":0,"events":[{"type":"snapshot","candles":[{"start":"1688998200",
"high":"1867.72","low":"1865.63","open":"1867.38","close":"1866.81",
"volume":"0.20269406","product_id":"ETH-USD"}]}]}""".replace(b"\n", b"")
HEARTBEAT = b"""{"channel":"heartbeats","client_id":"","timestamp":"2023-06-23T20:31:26.12Z",
"sequence_num":0,"events":[{"current_time":"2023-06-23 20:31:56.121961769 +0000 UTC
m=+91717.525857105","heartbeat_counter":"3049"}]}""".replace(b"\n", b"")
ACKNOWLEDGED = b"""{"channel":"subscriptions","timestamp":"2026-08-09T21:05:48.228846629Z",
"sequence_num":2,"events":[{"subscriptions":{"market_trades":["BTC-USD","ETH-USD"]}}]}""".replace(
    b"\n", b""
)
STATUS = b"""{"channel":"status","client_id":"","timestamp":"2023-02-09T20:29:49.753424311Z",
"sequence_num":0,"events":[{"type":"snapshot","products":[{"product_type":"SPOT",
"id":"BTC-USD","status":"online"}]}]}""".replace(b"\n", b"")
QUIET = [HEARTBEAT, ACKNOWLEDGED, STATUS]
TICKED = iso_ns("2023-02-09T20:30:37.167359596Z")
CHANGED = iso_ns("2026-08-09T21:05:48.264069Z")
SNAPPED = iso_ns("2026-08-09T21:05:48.170326Z")


def subs(*channels, symbol="BTC-USD"):
    return [Subscription(channel, symbol) for channel in channels]


def sent(messages):
    return [json.loads(message) for message in messages]


def events(raw, venue=None):
    number, *rest = (venue or Coinbase()).parse(raw, NOW)
    assert isinstance(number, Numbered)
    return rest


def test_books():
    assert list(Coinbase().parse(BOOK, NOW)) == [
        Numbered(13),
        BookSnapshot("BTC-USD", SNAPPED, NOW, [(65083.66, 0.20371215)], [(65083.67, 0.24290402)]),
    ]
    assert events(CHANGES) == [
        BookDelta("BTC-USD", CHANGED, NOW, [(65083.66, 0.0)], [(65106.54, 0.15361938)])
    ]


def test_a_snapshot_of_1970_has_the_time_that_it_was_sent():
    (book,) = events(BOOK.replace(b"2026-08-09T21:05:48.170326Z", b"1970-01-01T00:00:00Z"))
    assert book.ts_event == iso_ns("2026-08-09T21:05:48.483587501Z")


def test_several_products_in_one_frame():
    message = json.loads(CHANGES)
    message["events"].append(json.loads(BOOK)["events"][0] | {"product_id": "ETH-USD"})
    first, second = events(json.dumps(message).encode())
    assert (type(first), first.symbol) == (BookDelta, "BTC-USD")
    assert (type(second), second.symbol) == (BookSnapshot, "ETH-USD")


def test_trades_come_oldest_first_with_the_takers_side():
    """Reported is the side of the order that rested: a SELL at the ask was bought."""
    assert events(TRADES) == [
        Trade(
            "BTC-USD", iso_ns("2026-08-09T21:05:48.167634Z"), NOW,
            65083.67, 0.01034361, "buy", 1068572091,
        ),
        Trade(
            "BTC-USD", iso_ns("2026-08-09T21:05:48.2Z"), NOW, 65083.66, 0.5, "sell", 1068572092
        ),
    ]  # fmt: skip


def test_trade_ids_that_are_no_numbers_stay_text_and_in_order_of_time():
    raw = TRADES.replace(b'"1068572091"', b'"9f-a"').replace(b'"1068572092"', b'"9f-b"')
    assert [trade.id for trade in events(raw)] == ["9f-a", "9f-b"]
    (_, last) = events(TRADES.replace(b'"1068572092"', b"1068572092"))
    assert last.id == 1068572092


def test_a_side_that_is_not_said():
    assert events(TRADES.replace(b'"BUY"', b'"UNKNOWN_ORDER_SIDE"'))[1].side is None


def test_quote_and_ticker():
    quote, ticker = events(TICKER)
    assert quote == Quote("BTC-USD", TICKED, NOW, 21931.98, 8000.21, 21933.98, 8038.07770938)
    assert ticker == Ticker(
        "BTC-USD", TICKED, NOW, 21932.98, pytest.approx(22884.45, abs=0.01),
        23011.18, 21835.29, 16038.28770938,
    )  # fmt: skip


def test_a_ticker_of_a_product_that_has_not_traded():
    raw = TICKER
    for field in (b"21932.98", b"-4.15775596190603", b"16038.28770938", b"21931.98", b"8000.21"):
        raw = raw.replace(b'"' + field + b'"', b'""')
    quote, ticker = events(raw)
    assert (quote.bid, quote.bid_size, quote.ask) == (0.0, 0.0, 21933.98)
    assert isnan(ticker.last)
    assert isnan(ticker.open)
    assert isnan(ticker.volume)


def test_a_batch_of_tickers_has_no_quotes():
    message = json.loads(TICKER) | {"channel": "ticker_batch"}
    ticker = message["events"][0]["tickers"][0]
    for field in [field for field in ticker if field.startswith("best_")]:
        del ticker[field]
    assert [type(event) for event in events(json.dumps(message).encode())] == [Ticker]


def test_a_bar_is_closed_by_the_time_or_by_the_next():
    venue, start = Coinbase(), 1_688_998_200
    later = b'"timestamp":"2023-07-10T14:11:00Z"'  # a minute into the bar
    forming = CANDLES.replace(b'"timestamp":"2023-06-09T20:19:35.39625135Z"', later)
    bar = Bar(
        "ETH-USD", start * S, NOW, "5m", 1867.38, 1867.72, 1865.63, 1866.81, 0.20269406, 0, False
    )
    assert events(forming, venue) == [bar]
    following = forming.replace(b"1688998200", b"1688998500")
    closed, after = events(following, venue)
    assert (closed.ts_event, closed.closed, closed.close) == (start * S, True, 1866.81)
    assert (after.ts_event, after.closed) == ((start + 300) * S, False)
    (over,) = events(following.replace(b"14:11:00Z", b"14:20:00Z"), venue)
    assert over.closed
    assert venue._forming == {}


def test_products_that_nobody_knows_do_not_fill_the_memory():
    venue = Coinbase()
    venue._forming = dict.fromkeys(map(str, range(MAX_PRODUCTS)))
    events(CANDLES, venue)
    assert len(venue._forming) == MAX_PRODUCTS


@pytest.mark.parametrize("raw", QUIET)
def test_heartbeats_and_acknowledgements_are_numbered_and_no_more(raw):
    assert events(raw) == []


@pytest.mark.parametrize(
    ("message", "channel"),
    [
        ("too many L2 streams requested in a single session", "book"),
        ("authentication failure", ""),
    ],
)
def test_errors_are_rejections_in_the_venues_words(message, channel):
    raw = json.dumps({"type": "error", "message": message}).encode()
    (status,) = Coinbase().parse(raw, NOW)
    assert (status.kind, status.ts, status.channel) == ("rejected", NOW, channel)
    assert status.detail == f"coinbase: {message}"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"{}",
        b'{"channel":"user","timestamp":"","sequence_num":0,"events":[]}',
        b'{"type":"notice","message":"x"}',
        b'{"channel":"l2_data","sequence_num":1}',
        BOOK[:-1],
        BOOK.replace(b'"sequence_num":13', b'"sequence_num":-1'),
        BOOK.replace(b'"snapshot"', b'"surprise"'),
        BOOK.replace(b'"offer"', b'"ask"'),
        BOOK.replace(b"65083.66", b"NaN"),
        BOOK.replace(b"65083.66", b"-1"),
        BOOK.replace(b"0.24290402", b"Infinity"),
        BOOK.replace(b"2026-08-09T21:05:48.170326Z", b"yesterday"),
        BOOK.replace(b'"BTC-USD"', b'"' + b"B" * 65 + b'"'),
        TRADES.replace(b"0.01034361", b"1e999"),
        TRADES.replace(b"2026-08-09T21:05:48.2Z", b"2026-13-09T21:05:48.2Z"),
        CANDLES.replace(b"1688998200", b"9" * 30),
    ],
    ids=lambda raw: repr(raw[:60]),
)
def test_what_cannot_be_read_is_a_message_error(raw):
    with pytest.raises(MessageError) as caught:
        list(Coinbase().parse(raw, NOW))
    assert len(str(caught.value)) < 400


def test_a_message_a_channel_and_heartbeats_once():
    venue = Coinbase()
    assert sent(venue.subscribe(subs("trades", "quotes", "book", "bars:5m", "ticker"))) == [
        {"type": "subscribe", "channel": "heartbeats"},
        {"type": "subscribe", "product_ids": ["BTC-USD"], "channel": "market_trades"},
        {"type": "subscribe", "product_ids": ["BTC-USD"], "channel": "ticker"},
        {"type": "subscribe", "product_ids": ["BTC-USD"], "channel": "level2"},
        {"type": "subscribe", "product_ids": ["BTC-USD"], "channel": "candles"},
    ]
    assert sent(venue.subscribe(subs("trades", symbol="ETH-USD"))) == [
        {"type": "subscribe", "product_ids": ["ETH-USD"], "channel": "market_trades"}
    ]
    venue.opened()
    assert sent(venue.subscribe(subs("book")))[0]["channel"] == "heartbeats"


def test_the_ticker_is_kept_until_neither_quotes_nor_ticker_want_it():
    venue = Coinbase()
    venue.subscribe(subs("quotes", "ticker", "book"))
    assert venue.unsubscribe(subs("ticker")) == []
    assert sent(venue.unsubscribe(subs("quotes", "book"))) == [
        {"type": "unsubscribe", "product_ids": ["BTC-USD"], "channel": "ticker"},
        {"type": "unsubscribe", "product_ids": ["BTC-USD"], "channel": "level2"},
    ]
    assert len(venue.subscribe(subs("ticker"))) == 1


def test_many_products_are_split():
    venue = Coinbase()
    many = [Subscription("trades", f"C{n}-USD") for n in range(2 * PRODUCTS_PER_MESSAGE + 1)]
    _, *messages = sent(venue.subscribe(many))
    assert [len(message["product_ids"]) for message in messages] == [50, 50, 1]
    assert [id_ for message in messages for id_ in message["product_ids"]] == [
        sub.symbol for sub in many
    ]


def test_usdc_books_are_those_of_usd_and_come_back_as_they_were_subscribed():
    venue = Coinbase()
    assert sent(venue.subscribe(subs("trades", symbol="BTC-USDC")))[1]["product_ids"] == [
        "BTC-USDC"
    ]
    assert {trade.symbol for trade in events(TRADES, venue)} == {"BTC-USDC"}
    venue.subscribe(subs("trades"))
    assert [trade.symbol for trade in events(TRADES, venue)] == ["BTC-USDC", "BTC-USD"] * 2
    venue.subscribe(subs("trades", symbol="USDT-USDC"))
    raw = TRADES.replace(b"BTC-USD", b"USDT-USDC")
    assert {trade.symbol for trade in events(raw, venue)} == {"USDT-USDC"}


@pytest.mark.parametrize("symbol", ["BTC-USD", "00-USD", "BTC-PERP-INTX", "BIT-31OCT25-CDE"])
def test_symbols_of_spot_and_of_futures(symbol):
    Coinbase().check(Subscription("trades", symbol))


@pytest.mark.parametrize("symbol", ["BTCUSD", "btc-usd", "BTC-", "-USD", "BTC/USD", "BTC-USD&x=1"])
def test_symbols_that_cannot_be(symbol):
    with pytest.raises(SymbolError, match="BTC-USD"):
        Coinbase().check(Subscription("trades", symbol))


@pytest.mark.parametrize("channel", ["orders", "bars:1m", "bars"])
def test_channels_that_are_not_streamed(channel):
    with pytest.raises(ChannelError):
        Coinbase().check(Subscription(channel, "BTC-USD"))


def test_history_of_trades():
    venue, sub = Coinbase(), Subscription("trades", "BTC-USD")
    products = "https://api.coinbase.com/api/v3/brokerage/market/products"
    assert venue.history_url(sub, Span(5 * S + 1, 9 * S + 1, 7, 8)) == (
        f"{products}/BTC-USD/ticker?limit=1000&start=5&end=10"
    )
    trades = json.loads(TRADES)["events"][0]["trades"]
    body = json.dumps({"trades": trades, "best_bid": "291.13", "best_ask": "292.40"}).encode()
    assert venue.parse_history(sub, body, NOW) == events(TRADES)


def test_history_of_bars_asks_for_no_more_than_a_page():
    venue, sub = Coinbase(), Subscription("bars:1h", "BTC-USD")
    url = venue.history_url(sub, Span(0, 1_712_192_400 * S))
    assert url.endswith(
        f"/BTC-USD/candles?start={1_712_192_400 - 299 * 3_600}&end=1712192400"
        "&granularity=ONE_HOUR&limit=300"
    )
    body = (
        b'{"candles":[{"start":"1712192400","low":"66055.14","high":"66331.99",'
        b'"open":"66312.4","close":"66181.6","volume":"355.82896243"},{"start":"1712188800",'
        b'"low":"65857.35","high":"66387.77","open":"65984.18","close":"66314.59",'
        b'"volume":"358.74851052"}]}'
    )
    now = (1_712_192_400 + 60) * S
    assert venue.parse_history(sub, body, now) == [
        Bar(
            "BTC-USD", 1_712_188_800 * S, now, "1h",
            65984.18, 66387.77, 65857.35, 66314.59, 358.74851052, 0, True,
        ),
        Bar(
            "BTC-USD", 1_712_192_400 * S, now, "1h",
            66312.4, 66331.99, 66055.14, 66181.6, 355.82896243, 0, False,
        ),
    ]  # fmt: skip


@pytest.mark.parametrize("channel", ["book", "bars:3m", "quotes"])
def test_there_is_no_other_history(channel):
    venue, sub = Coinbase(), Subscription(channel, "BTC-USD")
    assert venue.history_url(sub, Span(0, S)) is None
    with pytest.raises(MessageError):
        venue.parse_history(sub, b"{}", NOW)


@pytest.mark.parametrize("body", [b"", b"{}", b'{"error":"NOT_FOUND"}', b"[]", b"\xff"])
@pytest.mark.parametrize("channel", ["trades", "bars:5m"])
def test_pages_that_are_none(channel, body):
    with pytest.raises(MessageError):
        Coinbase().parse_history(Subscription(channel, "BTC-USD"), body, NOW)


def test_it_recognises_its_own_frames_only():
    for raw in (BOOK, CHANGES, TRADES, TICKER, CANDLES, *QUIET):
        assert Coinbase.recognises(raw)
        assert not CoinbaseExchange.recognises(raw)
    for raw in (b"", b'{"channel":"ticker","type":"update","data":[]}', b'{"type":"ticker"}'):
        assert not Coinbase.recognises(raw)
