"""Kraken v2's checksums, by the venue's own worked examples; keys, tokens and history."""

import json

import pytest

from livefin.checksum import WrittenBook
from livefin.errors import MessageError
from livefin.events import Bar, BookSnapshot, OrderSnapshot, Trade
from livefin.keys import HIDDEN, Secret
from livefin.venues.contract import Span, Subscription
from livefin.venues.kraken import rest as spot
from livefin.venues.kraken.v2 import Kraken

NOW = 1_723_161_253_937_085_768
S = 1_000_000_000
# From the guides to the book's and the orders' checksum, side by side with what they come to.
BIDS = """45283.5 0.10000000 45283.4 1.54582015 45282.1 0.10000000 45281.0 0.10000000
45280.3 1.54592586 45279.0 0.07990000 45277.6 0.03310103 45277.5 0.30000000 45277.3 1.54602737
45276.6 0.15445238"""
ASKS = """45285.2 0.00100000 45286.4 1.54571953 45286.6 1.54571109 45289.6 1.54560911
45290.2 0.15890660 45291.8 1.54553491 45294.7 0.04454749 45296.1 0.35380000 45297.5 0.09945542
45299.5 0.18772827"""
BOOK_CRC = 3_310_070_434
BID_ORDERS = """44939.4 0.88968699 44939.4 0.45210000 44939.4 0.10000000 44939.4 0.14296323
44939.4 0.25000000 44939.4 0.10292988 44939.4 0.33880000 44939.4 1.28140860 44937.1 0.03346877
44934.7 0.35630000 44930.2 0.22734299 44930.2 0.01000000 44930.2 0.05550000 44930.2 0.70000000
44930.2 0.15000000 44928.0 0.00105240 44919.6 0.33870000 44919.5 0.07610000 44912.0 0.35630000
44909.7 0.06690000 44901.9 0.00088982"""
ASK_ORDERS = """44939.5 4.52308393 44939.5 0.00111261 44939.5 0.00100000 44939.5 0.01000000
44950.0 0.10334926 44953.0 0.00064537 44955.0 0.00250000 44959.6 0.35630000 44959.6 0.35630000
44960.1 0.00338072 44960.2 0.88967575 44967.0 3.14392283 44978.5 0.06778960 44979.2 0.35630000"""
ORDERS_CRC = 1_063_832_831


def pairs(text):
    words = text.split()
    return list(zip(words[::2], words[1::2], strict=True))


def levels(text):
    return ",".join(f'{{"price":{price},"qty":{size}}}' for price, size in pairs(text))


def orders(text):
    return ",".join(
        f'{{"order_id":"O{n}","limit_price":{price},"order_qty":{size}}}'
        for n, (price, size) in enumerate(pairs(text))
    )


def frame(channel, bids, asks, crc, kind="snapshot"):
    return (
        f'{{"channel":"{channel}","type":"{kind}","data":[{{"symbol":"BTC/USD",'
        f'"bids":[{bids}],"asks":[{asks}],"checksum":{crc}}}]}}'
    ).encode()


def test_the_worked_example_of_the_books_checksum():
    venue = Kraken()
    (snapshot,) = venue.parse(frame("book", levels(BIDS), levels(ASKS), BOOK_CRC), NOW)
    assert isinstance(snapshot, BookSnapshot)
    assert snapshot.text == (pairs(BIDS), pairs(ASKS))
    assert venue.checksum("BTC-USD", *snapshot.text) == snapshot.checksum == BOOK_CRC


def test_the_worked_example_of_the_orders_checksum():
    venue = Kraken()
    raw = frame("level3", orders(BID_ORDERS), orders(ASK_ORDERS), ORDERS_CRC)
    (snapshot,) = venue.parse(raw, NOW)
    assert isinstance(snapshot, OrderSnapshot)
    assert venue.order_checksum("BTC-USD", *snapshot.text) == snapshot.checksum == ORDERS_CRC
    assert {price for price, _ in snapshot.text[0]} == {
        str(price) for _, price, _, _ in snapshot.bids
    }
    assert Kraken.order_checksum_levels == len({price for _, price, _, _ in snapshot.asks}) == 10


def test_a_float_between_would_break_it():
    """Why digits stay text: a book that went through a float has another checksum."""
    floats = [[(str(float(p)), str(float(s))) for p, s in pairs(side)] for side in (BIDS, ASKS)]
    assert Kraken().checksum("BTC-USD", *floats) != BOOK_CRC


def test_changes_keep_the_book_and_its_checksum_together():
    """Made of the guide's book: a level goes, one comes, one is changed twice in a message."""
    venue = Kraken()
    book = WrittenBook("BTC-USD", venue.checksum, levels=10, depth=10)
    (snapshot,) = venue.parse(frame("book", levels(BIDS), levels(ASKS), BOOK_CRC), NOW)
    book.apply(snapshot)
    assert book.checksum() == BOOK_CRC
    changes = levels("45283.5 0.00000000 45276.1 5.00000000 45283.4 9.0 45283.4 1.00000000")
    bids = [*pairs(BIDS)[2:], ("45276.1", "5.00000000")]
    expected = venue.checksum("BTC-USD", [("45283.4", "1.00000000"), *bids], pairs(ASKS))
    (delta,) = venue.parse(frame("book", changes, "", expected, "update"), NOW)
    assert book.apply(delta) == ([], [])
    assert book.checksum() == delta.checksum
    # An eleventh level pushes the worst out, and nobody says so.
    (delta,) = venue.parse(frame("book", levels("45284.0 1.00000000"), "", 0, "update"), NOW)
    assert book.apply(delta) == ([(45276.1, 0.0)], [])


def test_a_snapshot_replaces_what_was_there():
    venue = Kraken()
    book = WrittenBook("BTC-USD", venue.checksum, levels=10, depth=10)
    (first,) = venue.parse(frame("book", levels("1.0 1.0"), levels("2.0 1.0"), 0), NOW)
    (second,) = venue.parse(frame("book", levels(BIDS), levels(ASKS), BOOK_CRC), NOW)
    book.apply(first)
    book.apply(second)
    assert book.checksum() == BOOK_CRC


KEYS = {"api_key": Secret("KEY"), "api_secret": Secret("a2V5")}


class TestOrdersLane:
    TOKEN = b'{"error":[],"result":{"token":"1Dwc4lzSwNWOAwkM","expires":900}}'
    SUB = (Subscription("orders", "BTC-USD"), Subscription("orders", "ETH-USD"))

    def lane(self):
        venue = Kraken()
        venue.keys = KEYS
        venue.lane = venue.lane_of(self.SUB[0])
        venue.opened()
        return venue

    def test_it_has_an_address_of_its_own(self):
        venue = self.lane()
        assert venue.endpoint() == "wss://ws-l3.kraken.com/v2"
        assert venue.lane_at(venue.endpoint()) == "l3"
        venue.url = "ws://127.0.0.1:8765/v2"  # a recording played on this machine has but one
        assert venue.endpoint() == venue.url
        assert Kraken().endpoint() == "wss://ws.kraken.com/v2"
        assert Kraken().lane_at("wss://ws.kraken.com/v2") == ""
        assert Kraken().lane_of(Subscription("book", "BTC-USD")) == ""

    def test_the_documented_signature(self):
        example = Secret(
            "kQH5HW/8p1uGOVjbgWA7FunAmGO8lsSUXNsu3eow76sz84Q18fWxnyRz"
            "BHCd3pd5nE9qa99HAZtuZuj6F1huXg=="
        )
        form = "ordertype=limit&pair=XBTUSD&price=37500&type=buy&volume=1.25"
        body = f"nonce=1616492376594&{form}".encode()
        assert spot.sign("/0/private/AddOrder", "1616492376594", body, example) == (
            "4/dpxb3iT4tp/ZCVEwSnEsLxx0bqyhLpdfOpc6fn7OR8+UClSV5n9E6aSS8MPtnR"
            "fp32bAb0nmbRn6H8ndwLUQ=="
        )

    def test_a_token_is_asked_for_and_sent_with_each_pair(self):
        venue = self.lane()
        request = venue.prepare(1_616_492_376_594_000_000)
        assert request.url == "https://api.kraken.com/0/private/GetWebSocketsToken"
        assert request.body == b"nonce=1616492376594"
        assert request.headers["API-Key"] == "KEY"
        venue.prepared(self.TOKEN)
        venue.opened()
        sent = [json.loads(raw)["params"] for raw in venue.subscribe(self.SUB)]
        assert sent == [
            {"channel": "level3", "symbol": [pair], "depth": 1000, "token": "1Dwc4lzSwNWOAwkM"}
            for pair in ("BTC/USD", "ETH/USD")
        ]
        assert venue.send_interval == 0.6

    def test_nothing_is_asked_for_where_it_is_not_needed_or_there_are_no_keys(self):
        assert Kraken().prepare(NOW) is None
        venue = self.lane()
        venue.keys = {}
        assert venue.prepare(NOW) is None
        (sent, _) = venue.subscribe(self.SUB)
        assert "token" not in json.loads(sent)["params"]
        raw = b'{"error":"Token(s) not found","method":"subscribe","success":false,"req_id":1}'
        (status,) = venue.parse(raw, NOW)
        assert (status.symbol, status.channel) == ("BTC-USD", "orders")
        assert "api_key" in status.detail

    def test_the_secret_and_the_token_show_nowhere(self):
        venue = self.lane()
        venue.prepared(self.TOKEN)
        assert repr(venue.keys["token"]) == HIDDEN
        assert venue.fresh().keys["token"].reveal() == "1Dwc4lzSwNWOAwkM"
        assert "token" not in KEYS
        venue.keys = KEYS | {"api_secret": Secret("no base64")}
        with pytest.raises(MessageError, match="api_secret") as caught:
            venue.prepare(NOW)
        assert "no base64" not in str(caught.value)
        assert caught.value.__cause__ is None

    @pytest.mark.parametrize(
        ("body", "why"),
        [
            (b'{"error":["EAPI:Invalid key"]}', "EAPI:Invalid key"),
            (b'{"error":[],"result":{}}', "has none"),
            (b'{"error":[]}', "has none"),
            (b"<html>", "malformed"),
        ],
    )
    def test_no_token(self, body, why):
        with pytest.raises(MessageError, match=why):
            self.lane().prepared(body)


class TestHistory:
    TRADES = b"""{"error":[],"result":{"XXBTZUSD":[["30243.40000","0.34507674",1688669597.8277369,
    "b","m","",61044952],["30243.30000","0.00376960",1688669598.2804112,"s","l","",61044953]],
    "last":"1688671969993150842"}}"""
    BARS = b"""{"error":[],"result":{"XXBTZUSD":[[1688671200,"30306.1","30306.2","30305.7",
    "30305.7","30306.1","3.39243896",23],[1688671260,"30304.5","30304.5","30300.0","30300.0",
    "30300.0","4.42996871",18]],"last":1688671200}}"""

    def test_trades(self):
        sub = Subscription("trades", "BTC-USD")
        url = Kraken().history_url(sub, Span(1_688_669_597 * S, 1_688_669_599 * S))
        assert url == (
            "https://api.kraken.com/0/public/Trades?pair=XBTUSD&since=1688669596999999999&count=1000"
        )
        assert Kraken().parse_history(sub, self.TRADES, NOW) == [
            Trade("BTC-USD", 1688669597827736900, NOW, 30243.4, 0.34507674, "buy", 61044952),
            Trade("BTC-USD", 1688669598280411200, NOW, 30243.3, 0.0037696, "sell", 61044953),
        ]

    def test_bars_of_which_the_last_is_forming(self):
        sub = Subscription("bars:1m", "DOGE-EUR")
        url = Kraken().history_url(sub, Span(1_688_671_200 * S, 1_688_671_300 * S))
        assert url == (
            "https://api.kraken.com/0/public/OHLC?pair=XDGEUR&interval=1&since=1688671199"
        )
        now = 1_688_671_300 * S
        assert Kraken().parse_history(sub, self.BARS, now) == [
            Bar(
                "DOGE-EUR", 1_688_671_200 * S, now, "1m",
                30306.1, 30306.2, 30305.7, 30305.7, 3.39243896, 23, True,
            ),
            Bar(
                "DOGE-EUR", 1_688_671_260 * S, now, "1m",
                30304.5, 30304.5, 30300.0, 30300.0, 4.42996871, 18, False,
            ),
        ]  # fmt: skip

    @pytest.mark.parametrize("channel", ["book", "quotes", "orders", "ticker", "bars:2m"])
    def test_of_the_rest_there_is_none(self, channel):
        assert Kraken().history_url(Subscription(channel, "BTC-USD"), Span(0, S)) is None

    @pytest.mark.parametrize(
        "body",
        [
            b"", b"[]", b"<html>", b'{"error":["EQuery:Unknown asset pair"]}',
            TRADES.replace(b"1688669597.8277369", b"[1]"),
            TRADES.replace(b"1688669597.8277369", b"-1"),
            TRADES.replace(b"1688669597.8277369", b"1e40"),
            TRADES.replace(b'"30243.40000"', b'"nan"'),
            BARS.replace(b"1688671200,", b"-1,"),
        ],
        ids=lambda body: repr(body[:30]),
    )  # fmt: skip
    def test_a_page_that_is_none(self, body):
        for channel in ("trades", "bars:1m"):
            with pytest.raises(MessageError):
                Kraken().parse_history(Subscription(channel, "BTC-USD"), body, NOW)

    def test_an_empty_page(self):
        body = b'{"error":[],"result":{"XXBTZUSD":[],"last":"1"}}'
        assert Kraken().parse_history(Subscription("trades", "BTC-USD"), body, NOW) == []
