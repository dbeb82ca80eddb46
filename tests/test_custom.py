"""`custom`: what a function may return, that every mistake is named, and a socket's life."""

import asyncio
import functools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted import ScriptedServer

import livefin as lf
from livefin.custom import CustomError
from livefin.errors import LivefinError, MessageError, SymbolError
from livefin.events import Ticker
from livefin.given import EventError
from livefin.venues.contract import Numbered, Reply, Subscription, Venue

URL = "wss://example.com/ws"
NOW = 1_700_000_000_000_000_000


def nothing(message):
    return None


def row(message):
    return {"symbol": message["s"], "price": message["p"]}


def parsed(parse, message, **options):
    raw = message if isinstance(message, bytes) else json.dumps(message).encode()
    return list(lf.custom(URL, parse, **options).parse(raw, NOW))


# What a function may return


def test_one_event_several_a_generator_or_none():
    def several(m):
        yield from m

    trade = {"symbol": "ABC", "price": 1}
    assert parsed(lambda m: m, trade) == [lf.Trade("ABC", NOW, NOW, 1.0, 0.0)]
    assert len(parsed(lambda m: m, [trade, trade])) == len(parsed(several, [trade, trade])) == 2
    assert len(parsed(lambda m: (m, None, m), trade)) == 2
    assert parsed(lambda m: None, {}) == parsed(lambda m: False, {}) == []


def test_times_are_filled_and_receipt_is_always_now():
    given = [lf.Trade("ABC", None, None, "1", "2"), lf.Trade("ABC", 0, 5 * 10**17, "1", "2")]
    for event in parsed(lambda m: given, {}):
        assert (event.ts_event, event.ts_recv, event.price, event.size) == (NOW, NOW, 1.0, 2.0)
    (old,) = parsed(lambda m: {"symbol": "A", "price": 1, "time": 1_000_000_000}, {})
    assert (old.ts_event, old.ts_recv) == (10**18, NOW)


def test_the_time_of_receipt_for_those_who_ask():
    def timed(m, ts_recv):
        return lf.Trade("ABC", ts_recv, ts_recv, 1.0, 1.0)

    def keyword(m, ts_recv=None):
        return timed(m, ts_recv)

    def state(m, seen=[]):  # noqa: B006 - a person keeps things so
        seen.append(m)
        return lf.Trade("ABC", None, None, 1.0, len(seen))

    for parse in (timed, keyword, functools.partial(timed)):
        assert parsed(parse, {})[0].ts_event == NOW
    assert parsed(state, {})[0].size == 1


def test_what_only_the_session_is_told_may_be_returned_too():
    found = parsed(lambda m: [Numbered(7), {"symbol": "A", "price": 1}], {})
    assert found[0] == Numbered(7)
    assert found[1].price == 1.0
    assert parsed(lambda m: Reply("pong"), {}) == [Reply("pong")]


# Mistakes


def test_an_exception_names_the_line_and_the_message():
    def parse(m):
        price = m["price"]
        return {"symbol": "A", "price": price}

    with pytest.raises(MessageError) as caught:
        parsed(parse, {"result": None}, name="lab")
    line = parse.__code__.co_firstlineno + 1
    assert str(caught.value) == (
        f"lab: parse failed in line {line} (price = m[\"price\"]): KeyError: 'price'; "
        'on {"result": null}'
    )


class Stateful:
    def __call__(self, m):
        return m["x"]


@pytest.mark.parametrize(
    "parse", [Stateful(), functools.partial(Stateful.__call__, None), len, int]
)
def test_callables_of_any_kind_fail_with_a_name(parse):
    with pytest.raises(MessageError, match=r"failed|no event"):
        parsed(parse, {"y": 1})


def test_an_exception_in_a_generator_counts_too():
    def parse(m):
        yield {"symbol": "A", "price": 1}
        raise RuntimeError("half-way")

    with pytest.raises(MessageError, match=r"in line \d+ \(raise RuntimeError.*half-way"):
        parsed(parse, {})


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ("ABC", "'ABC' .str. is no event"),
        (7, "7 .int. is no event"),
        (lf.Trade(7, NOW, NOW, 1.0, 1.0), "symbol is 7; expected str, got int"),
        (lf.Trade("A", 1_618_678_262, 0, 1.0, 1.0), "looks like seconds.*1_000_000_000"),
        (lf.Trade("A", 1_618_678_262_712, 0, 1.0, 1.0), "looks like milliseconds.*1_000_000"),
        (lf.Trade("A", 1_618_678_262.5, 0, 1.0, 1.0), "looks like seconds"),
        ({"symbol": "A", "price": "x"}, "price is 'x'; expected float"),
        ({"symbol": "A", "prize": 1}, "'prize' is no event"),
        ({"symbol": "A", "price": 1, "qty": 2}, "a Trade has no 'qty'; it has: symbol, time"),
        ({"price": 1}, "a Trade needs symbol"),
        (lf.Trade("A", 0, 0, 1.0, -2.0), "below 0; the side says which way"),
    ],
)
def test_what_is_no_event_is_named(given, complaint):
    with pytest.raises(MessageError, match=f"mine: <lambda> returned: .*{complaint}.*; on "):
        parsed(lambda m: given, {"m": 1})


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ((nothing, URL), "give the WebSocket address first"),
        (("https://example.com", nothing), "wss://"),
        ((URL, "parse"), "must be a function"),
        ((URL, lambda: None), "takes 0 arguments"),
        ((URL, lambda a, b, c: None), "takes 3 arguments"),
    ],
)
def test_arguments_that_cannot_work(arguments, complaint):
    with pytest.raises(CustomError, match=complaint) as caught:
        lf.custom(*arguments)
    assert isinstance(caught.value, ValueError)
    assert isinstance(caught.value, LivefinError)


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"frames": "xml"}, "frames is one of json, text, bytes; got 'xml'"),
        ({"compression": "lz4"}, "compression is one of auto"),
        ({"subscribe": "{sym}"}, "subscribe has 'sym'; there are: symbol"),
        ({"subscribe": lambda sub: sub}, "subscribe has 'sub'"),
        ({"channels": ["trade"]}, "no channel 'trade'; there are: trades"),
        ({"channels": []}, "channels are empty"),
        ({"name": "binance"}, "a venue that livefin has"),
        ({"name": ""}, "give a text"),
        ({"ping": object()}, "ping makes"),
        ({"login": lambda: 1 / 0}, "login failed: ZeroDivisionError"),
        ({"pong": 7}, "pong is 7"),
    ],
)
def test_options_that_cannot_work(options, complaint):
    with pytest.raises(CustomError, match=complaint):
        lf.custom(URL, nothing, **options)


def test_an_async_parse_is_refused():
    async def parse(m):
        await asyncio.sleep(0)

    async def generator(m):
        yield m

    for function in (parse, generator):
        with pytest.raises(CustomError, match="not async def"):
            lf.custom(URL, function)


def test_what_cannot_be_sent_is_known_in_the_cell_that_connects():
    venue = lf.custom(URL, nothing, subscribe=lambda symbol: {"s": object()})
    with pytest.raises(CustomError, match=r"subscribe makes .* no JSON"):
        lf.connect(venue, "ABC")
    with pytest.raises(SymbolError, match="'ABC'"):
        lf.connect(venue)


@given(st.binary(max_size=200))
def test_garbage_is_a_message_error_and_nothing_else(raw):
    for options in ({}, {"frames": "text"}, {"compression": "deflate"}, {"frames": "bytes"}):
        venue = lf.custom(URL, row, **options)
        try:
            venue.parse(raw, NOW)
        except MessageError:
            continue


# On a socket


@pytest.fixture
def server():
    with ScriptedServer() as server:
        yield server


def details(feed, kind):
    return [status.detail for status in feed.status.list() if status.kind == kind]


def test_a_mistake_is_counted_and_the_feed_goes_on(server):
    with lf.connect(lf.custom(server.url, row), "ABC") as feed:
        server.send('{"x":1}', '{"s":"ABC","p":1}', '{"x":2}', '{"s":"ABC","p":"2.5"}')
        assert feed.wait(lambda: len(feed.trades["ABC"]) == 2)
        assert feed.wait(lambda: feed.status.events["malformed"] == 2)
        assert feed.trades["ABC"].df.price.tolist() == [1.0, 2.5]
        assert "row failed in line" in details(feed, "malformed")[0]
        assert feed.state == "live"


def test_it_reconnects_subscribes_again_and_logs_in_first(server):
    venue = lf.custom(server.url, row, login="hello", subscribe="sub {symbol}")
    with lf.connect(venue, ["ABC", "XYZ"]) as feed:
        assert feed.wait(lambda: len(server.received) == 3)
        server.cut()
        assert feed.wait(lambda: len(server.received) == 6)
        assert server.received == ["hello", "sub ABC", "sub XYZ"] * 2
        feed.subscribe("NEW")
        assert feed.wait(lambda: server.received[-1] == "sub NEW")


def test_one_venue_serves_two_feeds(server):
    venue = lf.custom(server.url, row, subscribe="{all_symbols}")
    with lf.connect(venue, "ABC") as one, lf.connect(venue, "XYZ") as two:
        one.subscribe("NEW")
        assert one.wait(lambda: len(server.received) == 3)
        assert server.received == ["ABC", "XYZ", "ABC,NEW"]
        server.send('{"s":"ABC","p":1}', '{"s":"XYZ","p":2}')
        assert one.wait(lambda: len(one.trades["ABC"]) == len(two.trades["XYZ"]) == 1)


def test_events_that_nobody_subscribed_to_are_pointed_out_once(server):
    def parse(m):
        return (
            {"symbol": "btcusdt", "price": m} if m < 5 else Ticker("BTC-USDT", 0, 0, 1, 1, 1, 1, m)
        )

    with lf.connect(lf.custom(server.url, parse), "BTC-USDT") as feed:
        server.send("1", "2", "5", "6")
        assert feed.wait(lambda: len(details(feed, "rejected")) == 2)
        spelled, missing = details(feed, "rejected")
        assert spelled == "mine: subscribed is 'BTC-USDT', but parse calls it 'btcusdt'"
        assert missing.endswith("channels=['trades', 'quotes', 'book', 'ticker']")


def test_a_subclass_of_venue_is_what_it_makes():
    venue = lf.custom(URL, nothing)
    assert isinstance(venue, Venue)
    assert venue.fresh() is not venue
    assert repr(venue) == "<Venue mine at wss://example.com/ws>"
    assert issubclass(EventError, ValueError)


def test_of_a_symbol_spelled_in_endless_ways_no_more_is_said_than_some():
    venue = lf.custom(URL, lambda m: {"symbol": m, "price": 1.0}).fresh()
    venue.subscribe([Subscription("trades", "BTC-USD")])
    hints, spelled = 0, str.maketrans("01", "-.")
    for n in range(1_000):
        symbol = f"BTC{f'{n:010b}'.translate(spelled)}USD"
        found = venue.parse(json.dumps(symbol).encode(), 1)
        hints += sum(isinstance(event, lf.Status) for event in found)
    assert 0 < hints <= 100
