"""Bitfinex's books: by price and of single orders, their checksums, and a stretch of real life."""

import zlib

import pytest

from livefin.checksum import WrittenBook
from livefin.errors import MessageError
from livefin.events import (
    BookDelta,
    BookSnapshot,
    OrderDelta,
    OrderEvent,
    OrderSnapshot,
)
from livefin.session import Session
from livefin.venues.bitfinex.venue import Bitfinex
from livefin.venues.contract import Numbered, Subscription

NOW = 1_618_677_544_000_000_000
MS = 1_000_000
BOOK = b'{"event":"subscribed","channel":"book","chanId":17082,"symbol":"tBTCUSD","prec":"P0"}'
RAW = b'{"event":"subscribed","channel":"book","chanId":433290,"symbol":"tBTCUSD","prec":"R0"}'
# Frames of 2021-04-17 as a recorder got them, some levels left out.
REAL = b"""\
{"event":"info","version":2,"serverId":"083bd8d4-aca7","platform":{"status":1}}
{"event":"conf","status":"OK","flags":65536}
{"event":"subscribed","channel":"ticker","chanId":206543,"symbol":"tIOTETH","pair":"IOTETH"}
[206543,[0.0010261,168741.00600069,0.0010274,19203.444049780002,0.0000097,0.0096,0.0010245,\
254458.43862825,0.001075,0.000979],1]
{"event":"subscribed","channel":"trades","chanId":205046,"symbol":"tIOTETH","pair":"IOTETH"}
[205046,[[670143472,1618677027100,-11.24375978,0.0010245],\
[670143471,1618677027100,-14.72202767,0.0010289]],2]
{"event":"subscribed","channel":"book","chanId":232955,"symbol":"tIOTETH","prec":"P0",\
"freq":"F0","len":"100","pair":"IOTETH"}
[232955,[[0.0010227,1,120.45687689],[0.0010224,1,840],[0.00000125,1,200000],[5e-7,1,200000],\
[0.0010273,1,-9.80723257],[0.0010343,1,-367.76635278]],3]
[232955,[0.0010227,0,1],4]
[232955,[0.0010273,0,-1],5]
[232955,[0.0010229,1,860],6]
[206543,"hb",7]
[232955,[0.0010271,1,-9.80723257],8]
[205046,"te",[670170001,1618677555000,-5,0.0010229],9]
[205046,"tu",[670170001,1618677555000,-5,0.0010229],10]""".splitlines()


@pytest.fixture
def venue():
    venue = Bitfinex()
    venue.parse(BOOK, NOW)
    venue.parse(RAW, NOW)
    return venue


def of(venue, raw):
    return list(venue.parse(raw.encode(), NOW))


class TestByPrice:
    def test_the_whole_then_changes(self, venue):
        snapshot = "[17082,[[7254.7,3,3.3],[7254.6,1,0.5],[7255,2,-1]],11,1618677543951]"
        when = 1_618_677_543_951 * MS
        assert of(venue, snapshot) == [
            Numbered(11),
            BookSnapshot(
                "BTC-USD", when, NOW, [(7254.7, 3.3), (7254.6, 0.5)], [(7255.0, 1.0)],
                text=([("7254.7", "3.3"), ("7254.6", "0.5")], [("7255", "-1")]),
            ),
        ]  # fmt: skip
        assert of(venue, "[17082,[7254.5,2,1.25]]") == [
            BookDelta("BTC-USD", NOW, NOW, [(7254.5, 1.25)], [], text=([("7254.5", "1.25")], []))
        ]

    @pytest.mark.parametrize(
        ("raw", "bids", "asks"),
        [
            ("[17082,[7254.5,0,1]]", [(7254.5, 0.0)], []),
            ("[17082,[7255,0,-1]]", [], [(7255.0, 0.0)]),
        ],
    )
    def test_count_zero_removes_the_level(self, venue, raw, bids, asks):
        (delta,) = of(venue, raw)
        assert (delta.bids, delta.asks) == (bids, asks)

    def test_an_empty_book(self, venue):
        (book,) = of(venue, "[17082,[]]")
        assert (book.bids, book.asks) == ([], [])

    def test_digits_are_kept_only_where_checksums_may_come(self, venue):
        venue.parse(b'{"event":"conf","status":"OK","flags":65536}', NOW)
        (delta,) = of(venue, "[17082,[7254.5,2,1.25]]")
        assert delta.text is None
        venue.parse(b'{"event":"conf","status":"OK","flags":229376}', NOW)
        (delta,) = of(venue, "[17082,[5e-7,2,1.25]]")
        assert delta.text == ([("5e-7", "1.25")], [])

    def test_several_changes_in_one_frame_where_conf_asked_for_it(self, venue):
        venue.parse(b'{"event":"conf","status":"OK","flags":536870912}', NOW)
        assert isinstance(of(venue, "[17082,[[7254.7,3,3.3]]]")[0], BookSnapshot)
        (delta,) = of(venue, "[17082,[[7254.7,0,1],[7255,1,-2]]]")
        assert delta == BookDelta("BTC-USD", NOW, NOW, [(7254.7, 0.0)], [(7255.0, 2.0)])

    def test_decimals_in_quotes_keep_all_their_digits(self, venue):
        (delta,) = of(venue, '[17082,["0.0000000001",1,"0.0000000002"]]')
        assert delta.text == ([("0.0000000001", "0.0000000002")], [])

    @pytest.mark.parametrize(
        "raw",
        [
            "[17082,[0,1,1]]", "[17082,[-1,1,1]]", "[17082,[1e999,1,1]]", '[17082,["nan",1,1]]',
            "[17082,[1,1]]", "[17082,[null,1,1]]", "[17082,[1,null,1]]", "[17082,[1,1,[2]]]",
            '[17082,"cs"]', '[17082,"cs",99999999999]', '[17082,"cs","x"]', '[17082,"te",[1]]',
            "[17082,[[1,1,1],[2]]]", "[17082,[1,1,1],-3]",
        ],
    )  # fmt: skip
    def test_what_is_no_level(self, venue, raw):
        with pytest.raises(MessageError):
            of(venue, raw)


class TestOrders:
    def test_the_whole_in_priority_then_steps(self, venue):
        raw = (
            "[433290,[[34753002979,7294.7,2],[34753002978,7294.7,1.5],[34753002980,7294.8,1],"
            "[34753002990,7295,-1],[34753002991,7294.9,-2]],11]"
        )
        assert of(venue, raw) == [
            Numbered(11),
            OrderSnapshot(
                "BTC-USD", NOW, NOW,
                [
                    ("34753002980", 7294.8, 1.0, 0), ("34753002978", 7294.7, 1.5, 0),
                    ("34753002979", 7294.7, 2.0, 0),
                ],
                [("34753002991", 7294.9, 2.0, 0), ("34753002990", 7295.0, 1.0, 0)],
                text=(
                    [
                        ("7294.8", "34753002980:1"), ("7294.7", "34753002978:1.5"),
                        ("7294.7", "34753002979:2"),
                    ],
                    [("7294.9", "34753002991:-2"), ("7295", "34753002990:-1")],
                ),
            ),
        ]  # fmt: skip
        (change,) = of(venue, "[433290,[34753002978,7294.7,1.25]]")
        step = OrderEvent("BTC-USD", NOW, NOW, "change", "34753002978", "buy", 7294.7, 1.25)
        assert change == OrderDelta(
            "BTC-USD", NOW, NOW, [step], text=[("7294.7", "34753002978:1.25")]
        )
        for raw, action, side in (
            ("[433290,[34753003000,7294.6,1]]", "add", "buy"),
            ("[433290,[34753003000,7294.5,1]]", "change", "buy"),
            ("[433290,[34753003000,0,1]]", "delete", "buy"),
            ("[433290,[34753003000,7299,-1]]", "add", "sell"),
        ):
            (step,) = of(venue, raw)[0].orders
            assert (step.action, step.side, step.order_id) == (action, side, "34753003000")

    @pytest.mark.parametrize(
        "raw", ["[433290,[1.5,2,3]]", "[433290,[1,-2,3]]", "[433290,[-1,2,3]]"]
    )
    def test_what_is_no_order(self, venue, raw):
        with pytest.raises(MessageError):
            of(venue, raw)


class TestChecksums:
    """The strings are those of the venue's own tests; the sums go over in a signed integer."""

    def test_of_prices(self):
        bids, asks = [("6000", "1"), ("5900", "2")], [("6100", "-3"), ("6200", "-4")]
        expected = zlib.crc32(b"6000:1:6100:-3:5900:2:6200:-4")
        assert Bitfinex().checksum("A-B", bids, asks) == expected == 1_756_193_398
        expected = zlib.crc32(b"6000:1:6100:-3:5900:2")
        assert Bitfinex().checksum("A-B", bids, asks[:1]) == expected == 1_463_064_604
        assert Bitfinex().checksum("A-B", [("1", "1")], []) == zlib.crc32(b"1:1") - 2**32 < 0

    def test_of_orders_which_wait_by_their_ids(self):
        bids, asks = (
            [("6000", "101:2"), ("6000", "100:1")],
            [("6100", "102:-3"), ("6100", "103:-4")],
        )
        expected = zlib.crc32(b"100:1:102:-3:101:2:103:-4")
        assert Bitfinex().order_checksum("A-B", bids, asks) & 0xFFFFFFFF == expected

    def test_of_sides_that_are_short_or_deep(self):
        levels = [(str(n), str(n)) for n in range(1, 40)]
        expected = zlib.crc32(":".join(f"{n}:{n}" for n in range(1, 26)).encode())
        assert Bitfinex().checksum("A-B", levels, []) & 0xFFFFFFFF == expected
        assert Bitfinex().checksum("A-B", [], []) == 0

    def test_small_numbers_go_in_as_javascript_writes_them(self):
        """Not as 0.00000056, which the venue's own library tried, and failed."""
        venue = Bitfinex()
        venue.parse(BOOK, NOW)
        book = WrittenBook("BTC-USD", venue.checksum, levels=venue.checksum_levels)
        book.apply(of(venue, "[17082,[[5.6e-7,1,60712.4250231],[5e-7,1,4000],[0.000001,1,-7]]]")[0])
        (checked,) = of(venue, '[17082,"cs",-17]')
        assert checked == BookDelta("BTC-USD", NOW, NOW, [], [], checksum=-17, text=([], []))
        assert book.apply(checked) == ([], [])
        expected = zlib.crc32(b"5.6e-7:60712.4250231:0.000001:-7:5e-7:4000")
        assert book.checksum() & 0xFFFFFFFF == expected

    def test_checksums_come_after_the_change_and_with_numbers(self, venue):
        assert of(venue, '[17082,"cs",4294967279,13,1618677543951]') == [
            Numbered(13),
            BookDelta(
                "BTC-USD", 1_618_677_543_951 * MS, NOW, [], [], checksum=-17, text=([], [])
            ),
        ]  # fmt: skip
        assert of(venue, '[433290,"cs",-17]') == [
            OrderDelta("BTC-USD", NOW, NOW, [], checksum=-17, text=[])
        ]


def test_a_funding_book_is_passed_over_but_for_its_numbers():
    venue = Bitfinex()
    of(venue, '{"event":"subscribed","channel":"book","chanId":8,"symbol":"fBTC","prec":"P0"}')
    for raw in ("[8,[[0.00008101,30,1,-1.18]],1]", "[8,[0.00008,30,0,1],1]", '[8,"cs",5,1]'):
        assert of(venue, raw) == [Numbered(1)]


def test_a_stretch_of_real_frames_is_numbered_without_a_gap_and_known():
    venue, numbers, kinds = Bitfinex(), [], []
    for raw in REAL:
        for event in venue.parse(raw, NOW):
            if isinstance(event, Numbered):
                numbers.append(event.number)
            else:
                kinds.append(type(event).__name__)
                assert event.symbol == "IOT-ETH"
    assert numbers == list(range(1, 11))
    assert kinds == [
        "Ticker", "Quote", "Trade", "Trade", "BookSnapshot", "BookDelta", "BookDelta",
        "BookDelta", "BookDelta", "Trade",
    ]  # fmt: skip


def test_a_session_takes_the_same_and_finds_nothing_wrong():
    subs = [Subscription(channel, "IOT-ETH") for channel in ("trades", "quotes", "book")]
    session = Session(Bitfinex(), subs, seed=1)
    session.opened(NOW)
    events = session.receive(REAL, NOW)
    assert len(events) == 9
    assert session.tick(NOW) == []


def test_a_session_checks_books_and_orders_and_mends_both_when_a_frame_is_lost():
    def cs(id_, text, number):
        crc = zlib.crc32(text)
        return b'[%d,"cs",%d,%d]' % (id_, crc - 2**32 if crc >= 2**31 else crc, number)

    subs = [Subscription("book", "BTC-USD"), Subscription("orders", "BTC-USD")]
    session = Session(Bitfinex(), subs, seed=1)
    session.opened(NOW)
    session.commands()
    session.receive(
        [
            BOOK,
            b"[17082,[[10,1,1],[9,1,2],[11,1,-3]],1]",
            cs(17082, b"10:1:11:-3:9:2", 2),
            b"[17082,[10,0,1],3]",
            cs(17082, b"9:2:11:-3", 4),
            RAW,
            b"[433290,[[101,10,2],[100,10,1],[102,11,-3]],5]",
            cs(433290, b"100:1:102:-3:101:2", 6),
            b"[433290,[100,10,5],7]",  # grows, and keeps its place
            cs(433290, b"100:5:102:-3:101:2", 8),
            b"[433290,[101,0,1],9]",
            b"[433290,[99,10,1],10]",
            cs(433290, b"99:1:102:-3:100:5", 11),
        ],
        NOW,
    )
    assert session.checks == {"matched": 5}
    events = session.receive([b'[17082,"hb",13]'], NOW)
    assert [event.kind for event in events] == ["gap", "resync", "resync"]
    assert len(session.commands()) == 4
