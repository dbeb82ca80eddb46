"""Bitget: the documentation's messages in v2, what v1 said, and what it is asked for."""

import json
import math
import zlib

import pytest

from livefin.errors import ChannelError, MessageError, SymbolError
from livefin.events import (
    Bar,
    BookDelta,
    BookSnapshot,
    Funding,
    OpenInterest,
    Quote,
    Rate,
    Status,
    Ticker,
    Trade,
)
from livefin.venues.bitget.venue import MAX_BYTES, Bitget
from livefin.venues.contract import Subscription

NOW = 1_695_716_762_000_000_000
MS = 1_000_000
PERP = "BTC-USDT-PERP"


def push(market, channel, data, action="snapshot", name="BTCUSDT", **more):
    arg = {"instType": market, "channel": channel, "instId": name}
    body = {"action": action, "arg": arg, "data": data} | more
    return json.dumps(body, separators=(",", ":")).encode()


# The documentation's own examples.
TRADES = push(
    "USDT-FUTURES", "trade",
    [{"ts": "1695716760565", "price": "27000.5", "size": "0.001", "side": "buy",
      "tradeId": "1111111112"},
     {"ts": "1695716759514", "price": "27000.0", "size": "0.001", "side": "sell",
      "tradeId": "1111111111"}],
    ts=1695716761589,
)  # fmt: skip
LEVELS = {
    "asks": [["27000.5", "8.760"], ["27001.0", "0.400"]],
    "bids": [["27000.0", "2.710"], ["26999.5", "1.460"]],
    "checksum": 0,
    "seq": 123,
    "ts": "1695716059516",
}
BIDS, ASKS = [(27000.0, 2.71), (26999.5, 1.46)], [(27000.5, 8.76), (27001.0, 0.4)]
T = 1695716059516 * MS
TICKER = push(
    "USDT-FUTURES", "ticker",
    [{"instId": "BTCUSDT", "lastPr": "27000.5", "bidPr": "27000", "askPr": "27000.5",
      "bidSz": "2.71", "askSz": "8.76", "open24h": "27000.5", "high24h": "30668.5",
      "low24h": "26999.0", "change24h": "-0.00002", "fundingRate": "0.000010",
      "nextFundingTime": "1695722400000", "markPrice": "27000.0", "indexPrice": "25702.4",
      "holdingAmount": "929.502", "baseVolume": "368.900", "quoteVolume": "10152429.961",
      "openUtc": "27000.5", "symbolType": 1, "symbol": "BTCUSDT", "deliveryPrice": "0",
      "ts": "1695715383021"}],
    ts=1695715383039,
)  # fmt: skip
SPOT = push(
    "SPOT", "ticker",
    [{"instId": "ETHUSDT", "lastPr": "2200.10", "open24h": "0.00", "high24h": "0.00",
      "low24h": "0.00", "change24h": "0.00", "bidPr": "1792", "askPr": "2200.1", "bidSz": "0.0084",
      "askSz": "19740.8811", "baseVolume": "0.0000", "quoteVolume": "0.0000", "openUtc": "0.00",
      "changeUtc24h": "0", "ts": "1695702438018"}],
    name="ETHUSDT",
    ts=1695702438029,
)  # fmt: skip
CANDLE = ["1695685500000", "27000", "27000.5", "27000", "27000.5", "0.057", "1539.01", "1539.01"]


def parse(raw, venue=None):
    return list((venue or Bitget()).parse(raw, NOW))


def sent(messages):
    return [json.loads(message) for message in messages]


def test_trades_come_oldest_first():
    assert parse(TRADES) == [
        Trade(PERP, 1695716759514 * MS, NOW, 27000.0, 0.001, "sell", "1111111111"),
        Trade(PERP, 1695716760565 * MS, NOW, 27000.5, 0.001, "buy", "1111111112"),
    ]
    assert Bitget.recognises(TRADES)


def test_the_whole_book_and_its_changes():
    raw = push("USDT-FUTURES", "books", [LEVELS | {"checksum": -5}])
    text = (
        [("27000.0", "2.710"), ("26999.5", "1.460")],
        [("27000.5", "8.760"), ("27001.0", "0.400")],
    )
    assert parse(raw) == [BookSnapshot(PERP, T, NOW, BIDS, ASKS, 123, -5, text)]
    raw = raw.replace(b'"snapshot"', b'"update"')
    assert parse(raw) == [BookDelta(PERP, T, NOW, BIDS, ASKS, None, 123, None, -5, text)]


def test_a_change_is_chained_where_the_venue_says_to_what():
    raw = push("USDT-FUTURES", "books", [LEVELS | {"pseq": 120}], "update")
    assert parse(raw) == [BookDelta(PERP, T, NOW, BIDS, ASKS, 121, 123, 120)]


def test_numbers_that_begin_anew_are_no_numbers_but_late_ones_are():
    venue = Bitget()

    def last(seq, ts):
        raw = push("SPOT", "books", [LEVELS | {"seq": seq, "ts": ts}], "update")
        return parse(raw, venue)[0].last

    assert [last(*one) for one in ((9, 1_000), (8, 900), (10, 1_100))] == [9, 8, 10]
    assert [last(*one) for one in ((1, 1_200), (2, 1_300))] == [None, 2]


def test_a_new_socket_forgets_the_numbers():
    venue = Bitget()
    parse(push("SPOT", "books", [LEVELS], "update"), venue)
    venue.opened()
    (delta,) = parse(
        push("SPOT", "books", [LEVELS | {"seq": 5, "ts": "1795716059516"}], "update"), venue
    )
    assert delta.last == 5


@pytest.mark.parametrize("channel", ["books5", "books15"])
def test_the_books_of_fewer_levels_come_whole(channel):
    raw = push("USDT-FUTURES", channel, [LEVELS])
    assert parse(raw) == [BookSnapshot(PERP, T, NOW, BIDS, ASKS, 123)]


def test_the_one_level_book_is_the_quote_and_ends_the_tickers():
    venue = Bitget()
    raw = push("USDT-FUTURES", "books1", [LEVELS])
    assert parse(raw, venue) == [Quote(PERP, T, NOW, 27000.0, 2.71, 27000.5, 8.76, 123)]
    assert not any(isinstance(event, Quote) for event in parse(TICKER, venue))
    raw = push("USDT-FUTURES", "books1", [LEVELS | {"asks": []}])
    assert parse(raw, venue) == [Quote(PERP, T, NOW, 27000.0, 2.71, 0.0, 0.0, 123)]


def test_a_futures_ticker_is_statistics_quote_rates_funding_and_open_interest():
    t = 1695715383021 * MS
    assert parse(TICKER) == [
        Ticker(PERP, t, NOW, 27000.5, 27000.5, 30668.5, 26999.0, 368.9),
        Quote(PERP, t, NOW, 27000.0, 2.71, 27000.5, 8.76),
        Rate(PERP, t, NOW, 27000.0),
        Rate("BTC-USDT-PERP-INDEX", t, NOW, 25702.4),
        Funding(PERP, t, NOW, 0.00001, 1695722400000 * MS),
        OpenInterest(PERP, t, NOW, 929.502),
    ]


def test_a_spot_ticker_is_statistics_and_quote():
    t = 1695702438018 * MS
    assert parse(SPOT) == [
        Ticker("ETH-USDT", t, NOW, 2200.1, 0.0, 0.0, 0.0, 0.0),
        Quote("ETH-USDT", t, NOW, 1792.0, 0.0084, 2200.1, 19740.8811),
    ]


def test_values_may_be_empty():
    raw = (
        TICKER.replace(b'"0.000010"', b'""').replace(b'"27000"', b'""').replace(b'"368.900"', b'""')
    )
    day, *rest = parse(raw)
    assert math.isnan(day.volume)
    assert [type(event) for event in rest] == [Rate, Rate, OpenInterest]


def test_a_bar_is_closed_when_another_follows_or_its_time_is_over():
    later = ["1695685560000", *CANDLE[1:]]
    raw = push("USDT-FUTURES", "candle1m", [CANDLE, later], ts=1695685561000)
    first, second = parse(raw)
    assert first == Bar(
        PERP, 1695685500000 * MS, NOW, "1m", 27000.0, 27000.5, 27000.0, 27000.5, 0.057, 0, True
    )
    assert (second.ts_event, second.closed) == (1695685560000 * MS, False)
    (bar,) = parse(push("USDT-FUTURES", "candle1m", [later], ts=1695685620000))
    assert bar.closed


@pytest.mark.parametrize(
    ("channel", "interval"), [("candle1H", "1h"), ("candle1Dutc", "1d"), ("candle1D", "1d")]
)
def test_intervals_are_spelled_as_livefin_does(channel, interval):
    assert parse(push("SPOT", channel, [CANDLE]))[0].interval == interval


@pytest.mark.parametrize("raw", [TRADES, TICKER, push("SPOT", "candle1m", [CANDLE])])
def test_another_spacing_and_order_read_the_same(raw):
    other = json.dumps(dict(sorted(json.loads(raw).items(), reverse=True)), indent=1).encode()
    assert parse(other) == parse(raw)


def test_the_older_protocols_frames():
    raw = push("mc", "trade", [["1649290078916", "9.977", "1", "sell"]], "update", "UNIUSDT")
    assert parse(raw) == [Trade("UNI-USDT-PERP", 1649290078916 * MS, NOW, 9.977, 1.0, "sell")]
    data = {
        "instId": "DASHUSDT", "last": "113.370", "bestAsk": "113.41", "bestBid": "113.36",
        "high24h": "118.870", "low24h": "113.140", "priceChangePercent": "-0.036",
        "capitalRate": "-0.000100", "nextSettleTime": 1649314800000, "systemTime": 1649290077309,
        "markPrice": "113.381", "indexPrice": "113.427", "holding": "21957.17",
        "baseVolume": "25301.40", "quoteVolume": "3062327.31",
    }  # fmt: skip
    day, quote, *rest = parse(push("mc", "ticker", [data], name="DASHUSDT"))
    symbol, t = "DASH-USDT-PERP", 1649290077309 * MS
    assert (day.symbol, day.ts_event, day.last, day.volume) == (symbol, t, 113.37, 25301.4)
    assert math.isnan(day.open)
    assert (quote.bid, quote.ask) == (113.36, 113.41)
    assert math.isnan(quote.bid_size)
    assert rest == [
        Rate(symbol, t, NOW, 113.381),
        Rate(f"{symbol}-INDEX", t, NOW, 113.427),
        Funding(symbol, t, NOW, -0.0001, 1649314800000 * MS),
        OpenInterest(symbol, t, NOW, 21957.17),
    ]
    (bar,) = parse(push("sp", "candle1m", [CANDLE[:6]], "update", "HOTUSDT"))
    assert bar.symbol == "HOT-USDT"


def test_the_checksum_is_the_documentations():
    bids, asks = [("43231.1", "4"), ("43231", "6")], [("43232.8", "9"), ("43232.9", "8")]
    summed = zlib.crc32(b"43231.1:4:43232.8:9:43231:6:43232.9:8")
    assert Bitget().checksum(PERP, bids, asks) == summed - 2**32 * (summed >= 2**31)
    assert -(2**31) <= Bitget().checksum(PERP, asks, bids) < 2**31


@pytest.mark.parametrize(
    ("symbol", "market", "name"),
    [("BTC-USDT", "SPOT", "BTCUSDT"), (PERP, "USDT-FUTURES", "BTCUSDT"),
     ("BTC-USDC-PERP", "USDC-FUTURES", "BTCPERP"), ("BTC-USD-PERP", "COIN-FUTURES", "BTCUSD"),
     ("BTC-USD-H26", "COIN-FUTURES", "BTCUSDH26")],
)  # fmt: skip
def test_the_spelling_tells_the_market_and_comes_back(symbol, market, name):
    venue = Bitget()
    (request,) = sent(venue.subscribe([Subscription("trades", symbol)]))
    arg = {"instType": market, "channel": "trade", "instId": name}
    assert request == {"op": "subscribe", "args": [arg]}
    for reader in (venue, Bitget()):
        assert parse(push(market, "books5", [LEVELS], name=name), reader)[0].symbol == symbol


def test_what_is_asked_for():
    venue = Bitget()
    subs = [
        Subscription("bars:1d" if channel == "bars" else channel, PERP)
        for channel in venue.channels
    ]
    for sub in subs:
        venue.check(sub)
    (request,) = sent(venue.subscribe(subs))
    channels = [arg["channel"] for arg in request["args"]]
    assert channels == ["trade", "books1", "books", "candle1Dutc", "ticker"]
    assert venue.subscribe([Subscription("rates", "BTC-USDT-PERP-INDEX")]) == ["ping"]
    (request,) = sent(venue.unsubscribe(subs))
    assert [arg["channel"] for arg in request["args"]] == channels[:-1]
    venue.book_depth = 15
    (request,) = sent(venue.subscribe(subs[2:3]))
    assert request["args"][0]["channel"] == "books15"


def test_messages_are_split_to_the_venues_bound():
    subs = [Subscription("trades", f"COIN{n}-USDT-PERP") for n in range(500)]
    messages = Bitget().subscribe(subs)
    assert max(len(message) for message in messages) <= MAX_BYTES
    assert min(len(message) for message in messages[:-1]) > MAX_BYTES - 100
    names = [arg["instId"] for message in sent(messages) for arg in message["args"]]
    assert names == [f"COIN{n}USDT" for n in range(500)]


@pytest.mark.parametrize(
    ("channel", "symbol", "error"),
    [("funding", "BTC-USDT", ChannelError), ("rates", "BTC-USDT", ChannelError),
     ("liquidations", PERP, ChannelError), ("bars:3m", PERP, ChannelError),
     ("trades", "BTCUSDT", SymbolError), ("trades", "BTC-USDT-PERP-INDEX", SymbolError)],
)  # fmt: skip
def test_what_it_has_not_is_refused(channel, symbol, error):
    with pytest.raises(error):
        Bitget().check(Subscription(channel, symbol))


def test_acknowledgements_and_pongs_are_nothing():
    arg = {"instType": "SPOT", "channel": "ticker", "instId": "BTCUSDT"}
    for body in ({"event": "subscribe", "arg": arg}, {"op": "unsubscribe", "args": [arg]}):
        assert parse(json.dumps(body).encode()) == []
    assert parse(b"pong") == []


def test_a_refusal_names_what_was_refused():
    venue = Bitget()
    venue.subscribe([Subscription("funding", PERP), Subscription("ticker", PERP)])
    arg = {"instType": "USDT-FUTURES", "channel": "ticker", "instId": "BTCUSDT"}
    body = {"event": "error", "arg": arg, "code": 30001, "msg": "it doesn't exist"}
    raw = json.dumps(body).encode()
    detail = "bitget: it doesn't exist (code 30001)"
    assert parse(raw, venue) == [
        Status("rejected", NOW, PERP, "funding", detail=detail),
        Status("rejected", NOW, PERP, "ticker", detail=detail),
    ]
    assert parse(raw) == [Status("rejected", NOW, PERP, detail=detail)]
    raw = b'{"event":"error","code":"30006","msg":"too many requests"}'
    assert parse(raw)[0].detail == "bitget: too many requests (code 30006)"


@pytest.mark.parametrize(
    "raw",
    [
        push("SPOT", "auction", [{}]),
        push("SPOT", "candle7m", [CANDLE]),
        push("SPOT", "books", [LEVELS | {"asks": [["nan", "1"]]}]),
        push("SPOT", "books", [LEVELS | {"asks": [["1", "1e999"]]}]),
        push("SPOT", "books", [LEVELS | {"asks": [["0", "1"]]}]),
        push("SPOT", "books", [LEVELS | {"asks": [["1", "-1"]]}]),
        push("SPOT", "trade", [["1649290078916", "9.977", "1", "hold"]]),
        b"ping",
        b'{"event":"login"}',
    ],
)
def test_what_is_unknown_is_an_error(raw):
    with pytest.raises(MessageError):
        parse(raw)


def test_the_server_half_answers_each_topic_and_each_ping():
    venue = Bitget()
    subs = [Subscription("trades", PERP), Subscription("book", "BTC-USDT")]
    (message,) = venue.subscribe(subs)
    answers = venue.answer(message.encode())
    assert [json.loads(answer)["arg"]["instId"] for answer in answers] == ["BTCUSDT"] * 2
    assert [parse(answer, venue) for answer in answers] == [[], []]
    assert venue.answer(b"ping") == [b"pong"]
    assert b'"error"' in venue.answer(b'{"op":"login","args":[]}')[0]
