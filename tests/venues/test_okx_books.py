"""OKX's books: real frames, their checksums, and how they chain."""

import json
import zlib

import pytest

from livefin.checksum import WrittenBook
from livefin.errors import MessageError
from livefin.events import BookDelta, BookSnapshot
from livefin.sequence import BookSequence
from livefin.session import Session
from livefin.venues.contract import Subscription
from livefin.venues.okx.venue import Okx

NOW = 1_723_161_253_937_085_768
MS = 1_000_000


def frame(action, asks, bids, channel="books", symbol="BTC-USDT", **more):
    sides = {
        "asks": [[p, s, "0", "1"] for p, s in asks],
        "bids": [[p, s, "0", "1"] for p, s in bids],
    }
    body = {"arg": {"channel": channel, "instId": symbol}}
    body |= {"action": action} if action else {}
    body["data"] = [sides | {"ts": "1646003667339"} | more]
    return json.dumps(body, separators=(",", ":")).encode()


def parse(raw):
    (event,) = Okx().parse(raw, NOW)
    return event


# Whole books as they were sent, with the sums sent with them; of 2021, 2022 and 2026.
WHOLE = [
    ([("0.0025", "20"), ("0.003", "1506")], [], 1483419732),
    ([("0.038", "1506")], [("0.034", "1001"), ("0.0325", "505")], -1328280565),
    (
        [("0.3415", "5"), ("0.342", "300"), ("0.3425", "301"), ("0.3445", "305")],
        [("0.335", "5"), ("0.3345", "300"), ("0.334", "301"), ("0.3295", "305"), ("0.0005", "10")],
        -1431042442,
    ),
    (
        [("0.0515", "29"), ("0.052", "606"), ("0.0535", "300"), ("0.054", "100")],
        [("0.05", "601"), ("0.0485", "305"), ("0.038", "100")],
        -1006770939,
    ),
]
ASKS = """1.0007:4000 1.0008:2094.742116 1.0009:2014.688654 1.001:2009.075393 1.0011:2089.94126
1.0012:2006.990801 1.0013:2068.159722 1.0014:2023.508685 1.0015:2077.847876 1.0016:2063.567477
1.0017:2074.485498 1.0018:2082.907552 1.0019:2094.021518 1.002:2026.768384 1.0021:2024.105544
1.0022:2011.855937 1.0023:2087.283605 1.0024:2035.638674 1.0025:2000.738446 1.0026:2063.365903
1.0027:2083.796238 9788:45.568475 9789:99.80998 10000:6.091842 87700:1 100000:1 880000:1
1000000:1 8800000:1"""
BIDS = """0.9987:2076.832799 0.9986:2063.590171 0.9985:2084.515587 0.9984:2091.115022
0.9983:2045.445576 0.9982:2056.542176 0.9981:2004.372507 0.998:2094.096611 0.9979:2054.464513
0.9978:2048.240922 0.9977:2051.418194 0.9976:2091.166719 0.9975:2064.732171 0.9974:2065.757673
0.9973:2025.159092 0.9972:2021.684438 0.9971:2077.680057 0.997:2026.489912 0.9969:2022.692646
0.9968:2104.335876 0.9104:89.59536 0.5:1 0.1:5 0.0208:30030.534423 0.0207:3000
0.0018:243817.499585 0.0017:450000 0.001:1000.001627 0.0005:295800 0.0004:726977.023619"""
DEEP = -1067478874
"""Of the first 25 on each side."""


def written(text):
    return [tuple(level.split(":")) for level in text.split()]


@pytest.mark.parametrize(("asks", "bids", "sum_"), [*WHOLE, (written(ASKS), written(BIDS), DEEP)])
def test_the_sums_of_books_as_they_were_sent(asks, bids, sum_):
    venue = Okx()
    snapshot = parse(frame("snapshot", asks, bids, "books-l2-tbt", checksum=sum_))
    assert (snapshot.checksum, snapshot.text) == (sum_, (list(bids), list(asks)))
    assert snapshot.bids == [(float(price), float(size)) for price, size in bids]
    book = WrittenBook("BTC-USDT", venue.checksum, levels=venue.checksum_levels)
    book.apply(snapshot)
    assert book.checksum() == sum_


def test_the_documented_strings_that_are_summed():
    bids = [("3366.1", "7"), ("3366", "6")]
    asks = [("3366.8", "9"), ("3368", "8")]
    crc = zlib.crc32(b"3366.1:7:3366.8:9:3366:6:3368:8")
    assert Okx().checksum("", bids, asks) % 2**32 == crc
    crc = zlib.crc32(b"3366.1:7:3366.8:9:3368:8:3372:8")
    assert Okx().checksum("", bids[:1], [*asks, ("3372", "8")]) % 2**32 == crc


def test_a_change_of_2022_has_digits_and_a_sum_and_no_ids():
    raw = frame("update", [("9.622", "0"), ("47.665", "1")], [], checksum=1877931989)
    assert parse(raw) == BookDelta(
        "BTC-USDT", 1_646_003_667_339 * MS, NOW, [], [(9.622, 0.0), (47.665, 1.0)],
        checksum=1877931989, text=([], [("9.622", "0"), ("47.665", "1")]),
    )  # fmt: skip


def test_a_change_of_2026_has_ids_and_a_sum_that_stands_for_none():
    raw = frame("update", [("1.5", "2")], [("1.4", "0")], checksum=0, seqId=15, prevSeqId=10)
    assert parse(raw) == BookDelta(
        "BTC-USDT", 1_646_003_667_339 * MS, NOW, [(1.4, 0.0)], [(1.5, 2.0)], 10, 15, 10
    )
    spaced = json.dumps(json.loads(raw)).encode()
    assert parse(spaced).checksum is None


def test_a_whole_book_of_2026():
    raw = frame("snapshot", [("1.5", "2")], [], checksum=0, seqId=10, prevSeqId=-1)
    assert parse(raw) == BookSnapshot("BTC-USDT", 1_646_003_667_339 * MS, NOW, [], [(1.5, 2.0)], 10)


def test_five_levels_are_whole_each_time():
    raw = frame(None, [("1.5", "2")], [("1.4", "1")], "books5", seqId=10)
    assert parse(raw) == BookSnapshot(
        "BTC-USDT", 1_646_003_667_339 * MS, NOW, [(1.4, 1.0)], [(1.5, 2.0)], 10
    )
    (message,) = Okx(book="books5").subscribe([Subscription("book", "BTC-USDT")])
    assert '"books5"' in message


def chain(ids):
    """The documentation's numbering: (previous, last) of a snapshot and what follows."""
    out = []
    for previous, last in ids:
        action = "snapshot" if previous == -1 else "update"
        levels = [] if previous == last else [("1.5", str(last))]
        out.append(frame(action, levels, [], checksum=0, seqId=last, prevSeqId=previous))
    return out


def test_the_documented_numbering_with_a_still_book_and_a_reset_is_one_chain():
    sequence = BookSequence()
    events = [parse(raw) for raw in chain([(-1, 10), (10, 15), (15, 15), (15, 3), (3, 5), (5, 7)])]
    found = [sequence.snapshot(events[0]), *map(sequence.delta, events[1:])]
    assert all(finding.hole is None for finding in found)
    assert [len(finding.events) for finding in found] == [1, 1, 0, 1, 1, 1]
    assert (sequence.last, sequence.delta(parse(chain([(9, 11)])[0])).hole.first) == (7, 8)


def test_a_break_of_the_chain_has_the_book_sent_anew():
    venue, book = Okx(), [Subscription("book", "BTC-USDT")]
    session = Session(venue, book, seed=1)
    session.opened(NOW)
    session.commands()
    assert len(session.receive(chain([(-1, 10), (10, 15)]), NOW)) == 2
    statuses = session.receive(chain([(17, 19)]), NOW)
    assert [status.kind for status in statuses] == ["gap", "resync"]
    sent = [json.loads(command.data)["op"] for command in session.commands()]
    assert sent == ["unsubscribe", "subscribe"]
    statuses = session.receive(chain([(19, 20), (-1, 30), (30, 31)]), NOW)
    assert [getattr(event, "kind", None) for event in statuses] == ["resynced", None, None]


def test_a_sum_that_differs_has_the_book_sent_anew():
    asks, bids, sum_ = WHOLE[1]
    session = Session(Okx(), [Subscription("book", "BTC-USDT")], seed=1)
    session.opened(NOW)
    session.commands()
    session.receive([frame("snapshot", asks, bids, checksum=sum_)], NOW)
    session.receive([frame("update", [], [], checksum=sum_)], NOW)  # nothing changed in 60 s
    (status,) = session.receive([frame("update", [("0.038", "1")], [], checksum=sum_)], NOW)
    assert status.kind == "resync"
    assert session.checks == {"matched": 2, "failed": 1}
    assert len(session.commands()) == 2


@pytest.mark.parametrize(
    "raw",
    [
        frame("partial", [], [], seqId=1, prevSeqId=1),
        frame("update", [("NaN", "1")], [], checksum=5),
        frame("update", [("inf", "1")], [], checksum=5),
        frame("update", [("x", "1")], [], checksum=5),
        frame("update", [("1", "-1")], [], checksum=5),
        frame("update", [("NaN", "1")], []),
        frame("update", [("1", "1")], [], checksum=2**40),
        frame("update", [("1", "1")], [], seqId="x"),
        frame("update", [], [], symbol=""),
        frame("update", [], [], symbol="X" * 65),
    ],
)
def test_a_book_that_cannot_be_read_is_a_message_error(raw):
    with pytest.raises(MessageError):
        parse(raw)
