"""`custom` on the wire: what it sends, when, and how frames of every kind are read."""

import gzip
import json
import zlib

import pytest

import livefin as lf
from livefin.errors import ChannelError, MessageError
from livefin.events import CHANNEL
from livefin.venues.contract import Reply, Subscription

URL = "wss://example.com/ws"
NOW = 1_700_000_000_000_000_000
ABC = Subscription("trades", "ABC")
BOTH = [Subscription(c, s) for s in ("ABC", "XYZ") for c in ("trades", "book")]


def nothing(message):
    return None


def row(message):
    return {"symbol": message["s"], "price": message["p"]}


def sent(subs=BOTH, **options):
    return lf.custom(URL, nothing, **options).subscribe(subs)


def parsed(parse, message, **options):
    raw = message if isinstance(message, bytes) else json.dumps(message).encode()
    return list(lf.custom(URL, parse, **options).parse(raw, NOW))


# What is sent


def test_without_subscribe_nothing_is_sent():
    assert sent() == []


@pytest.mark.parametrize(
    ("template", "messages"),
    [
        ("all", ["all"]),
        (b"all", [b"all"]),
        ("sub {symbol}", ["sub ABC", "sub XYZ"]),
        ("sub {symbols}", ["sub ABC,XYZ"]),
        ("{symbols}", ["ABC,XYZ"]),
        ({"sub": "{symbols}"}, ['{"sub":["ABC","XYZ"]}']),
        ({"{channel}": ["{symbol}"]}, [f'{{"{c}":["{s}"]}}' for c, s in
         [("trades", "ABC"), ("book", "ABC"), ("trades", "XYZ"), ("book", "XYZ")]]),
        ({"c": "{channel}", "s": "{symbols}"},
         ['{"c":"trades","s":["ABC","XYZ"]}', '{"c":"book","s":["ABC","XYZ"]}']),
        ({"c": "{channels}", "s": "{symbols}"}, ['{"c":["trades","book"],"s":["ABC","XYZ"]}']),
        (["hello", {"s": "{symbol}"}], ["hello", '{"s":"ABC"}', '{"s":"XYZ"}']),
        ([[{"ticket": 1}, {"codes": "{symbols}"}]], ['[{"ticket":1},{"codes":["ABC","XYZ"]}]']),
        ('{"sub": "{symbol}"}', ['{"sub": "ABC"}', '{"sub": "XYZ"}']),
        (lambda symbol: {"s": symbol}, ['{"s":"ABC"}', '{"s":"XYZ"}']),
        (lambda symbols: f"s={symbols}", ["s=['ABC', 'XYZ']"]),
        (lambda channel, symbol: [channel, symbol], ["trades", "ABC", "book", "XYZ"]),
        (lambda: "all", ["all"]),
        (lambda symbol, n=7: {"s": symbol, "n": n}, ['{"s":"ABC","n":7}', '{"s":"XYZ","n":7}']),
        (lambda symbols: None, []),
    ],
)  # fmt: skip
def test_names_say_how_often_a_message_is_sent(template, messages):
    assert sent(subscribe=template) == messages


def test_a_venue_has_its_own_words_for_channels():
    words = {"trades": "trade", "book": "l2", "bars:1m": "kline_60"}
    venue = lf.custom(URL, nothing, subscribe="{channel}:{symbol}", channels=words)
    assert venue.subscribe(BOTH[:2]) == ["trade:ABC", "l2:ABC"]
    assert venue.subscribe([Subscription("bars:1m", "ABC")]) == ["kline_60:ABC"]
    assert list(venue.channels) == ["trades", "book", "bars"]
    for channel in ("quotes", "bars:5m"):
        with pytest.raises(ChannelError):
            venue.check(Subscription(channel, "ABC"))


def test_by_default_it_has_every_channel_those_of_connect_first():
    venue = lf.custom(URL, nothing)
    assert list(venue.channels[:3]) == ["trades", "quotes", "book"]
    assert set(venue.channels) == set(CHANNEL.values())
    venue.check(Subscription("bars:1m", "ABC"))


def test_all_symbols_are_those_subscribed_by_then():
    venue = lf.custom(
        URL, nothing, subscribe={"codes": "{all_symbols}"}, unsubscribe={"codes": "{all_symbols}"}
    )
    venue.subscribe([ABC])
    assert venue.subscribe([Subscription("trades", "XYZ")]) == ['{"codes":["ABC","XYZ"]}']
    assert venue.unsubscribe([ABC]) == ['{"codes":["XYZ"]}']
    venue.opened()
    assert venue.subscribe([ABC]) == ['{"codes":["ABC"]}']


def test_pings_logins_and_headers():
    venue = lf.custom(
        URL,
        nothing,
        ping={"op": "ping"},
        ping_every=20,
        login=lambda: [{"key": "k"}],
        headers={"X-Key": "k"},
    )
    assert (venue.ping(), venue.ping_every) == ('{"op":"ping"}', 20)
    assert venue.login(NOW) == ['{"key":"k"}']
    assert venue.headers() == {"X-Key": "k"}
    assert lf.custom(URL, nothing).ping() is None
    assert lf.custom(URL, nothing, ping=lambda: "p").ping() == "p"


def test_what_asks_for_an_answer_gets_it_and_is_not_parsed():
    def pong(m):
        return "ping" in m and {"pong": m["ping"]}

    assert parsed(row, {"ping": 7}, pong=pong) == [Reply('{"pong":7}')]
    assert parsed(row, {"s": "ABC", "p": 1}, pong=pong)[0].price == 1.0
    assert parsed(row, b"ping", pong=lambda m: "pong" if m == "ping" else None) == [Reply("pong")]
    with pytest.raises(MessageError, match=r"pong makes .* which is no JSON"):
        parsed(row, {}, pong=lambda m: object())
    with pytest.raises(MessageError, match=r"failed in line \d+ .*KeyError: 'x'"):
        parsed(row, {}, pong=lambda m: m["x"])


# How frames are read


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress, bytes])
def test_compressed_json_is_told_by_itself(pack):
    assert parsed(row, pack(b'{"s":"ABC","p":1}'))[0].price == 1.0


def test_compression_that_must_be_said():
    deflate = zlib.compress(b'{"s":"ABC","p":1}', wbits=-15)
    assert parsed(row, deflate, compression="deflate")[0].price == 1.0
    assert parsed(row, b'{"s":"ABC","p":2}', compression="deflate")[0].price == 2.0
    assert parsed(row, b"pong", compression="deflate") == []
    with pytest.raises(MessageError, match="cannot be read"):
        parsed(row, b"\xff\xff", compression="gzip")


def test_text_and_bytes():
    def lines(text):
        symbol, price = text.split()
        return {"symbol": symbol, "price": price}

    assert parsed(lines, b"ABC 10.5", frames="text")[0].price == 10.5
    assert parsed(lines, gzip.compress(b"ABC 10.5"), frames="text")[0].price == 10.5
    assert (
        parsed(lambda b: {"symbol": "A", "price": len(b)}, b"\xff\x00", frames="bytes")[0].price
        == 2
    )
    packed = gzip.compress(b"123")
    seen = []
    parsed(seen.append, packed, frames="bytes")
    parsed(seen.append, packed, frames="bytes", compression="gzip")
    assert seen == [packed, b"123"]
    with pytest.raises(MessageError, match="no text"):
        parsed(lines, b"\xff\xfe", frames="text")


def test_a_bomb_is_refused():
    with pytest.raises(MessageError, match="more than"):
        parsed(row, gzip.compress(bytes(40 * 2**20)))


def test_heartbeats_of_one_word_are_passed_over():
    assert parsed(row, b"pong") == parsed(row, b"") == []
    with pytest.raises(MessageError, match="no json"):
        parsed(row, b"{pong}")


def test_in_a_list_the_name_of_a_list_stands_for_its_items():
    venue = lf.custom("ws://x", lambda _: None, subscribe={"args": ["all", "{symbols}"]})
    subs = [lf.Subscription("trades", symbol) for symbol in ("A", "B")]
    assert venue.subscribe(subs) == ['{"args":["all","A","B"]}']
