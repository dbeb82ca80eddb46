"""Kraken's real traffic: every message known, and every checksum the venue sent met."""

import gzip
import json
from collections import Counter

from audit import audit

from livefin.checksum import WrittenBook
from livefin.events import BookDelta, BookSnapshot, Ticker, Trade
from livefin.venues.kraken.v1 import KrakenV1
from livefin.venues.kraken.v2 import Kraken

V1 = "kraken/v1_10pairs_20210417.jsonl.gz"
SINGLE = "kraken/nautilus_single_messages.jsonl.gz"
PAIRS = {
    "ADA-BTC", "BTC-CHF", "ETH-CHF", "GRT-ETH", "KSM-BTC", "OCEAN-BTC", "OMG-USD", "SC-EUR",
    "WAVES-EUR", "XMR-USD",
}  # fmt: skip


def frames(path):
    """(raw, receipt time in ns) of the frames of a capture in format A."""
    with gzip.open(path, "rt") as file:
        for record in map(json.loads, file):
            if record["t"] == "recv":
                yield record["data"].encode(), int(record["ts"] * 1e9)


def test_every_message_of_the_v1_capture_is_known(captures):
    found = audit(captures / V1, "kraken-v1", keep=True)
    assert found.frames == 4_430
    assert found.malformed == []
    assert found.events == {"book": 4_279, "ticker": 18, "trades": 10}
    assert found.symbols == PAIRS
    assert found.crossed == 0
    assert found.statuses == []
    kinds = Counter(type(event) for event in found.kept)
    assert (kinds[BookSnapshot], kinds[BookDelta]) == (10, 4_269)
    # [1668,{"a":["13.253900",35,"35.72892241"],…},"ticker","WAVES/EUR"]
    first = found.kept[0]
    assert first == Ticker(
        "WAVES-EUR", first.ts_recv, first.ts_recv,
        13.2539, 13.4283, 14.2112, 13.0218, 72035.05488104,
    )  # fmt: skip
    # On the wire: 354.11000000, 0.89594024, 1618678142.557535, s
    trade = next(event for event in found.kept if isinstance(event, Trade))
    expected = Trade(
        "XMR-USD", 1_618_678_142_557_535_000, trade.ts_recv, 354.11, 0.89594024, "sell"
    )
    assert trade == expected


def test_every_checksum_of_the_v1_capture_matches(captures):
    venue, books, checks = KrakenV1(), {}, Counter()
    for raw, ts in frames(captures / V1):
        for event in venue.parse(raw, ts):
            if not isinstance(event, BookSnapshot | BookDelta):
                continue
            depth = venue.depth(event.symbol)
            book = books.setdefault(
                event.symbol,
                WrittenBook(
                    event.symbol, venue.checksum, levels=venue.checksum_levels, depth=depth
                ),
            )
            book.apply(event)
            if event.checksum is not None:
                checks[book.checksum() == event.checksum] += 1
    assert checks == {True: 4_269}
    assert set(books) == PAIRS


def test_a_lost_change_shows_in_the_checksum(captures):
    """Of all changes of one pair one is left out: what follows no longer matches."""
    venue, checks = KrakenV1(), Counter()
    book = WrittenBook("XMR-USD", venue.checksum, levels=10, depth=1_000)
    changes = 0
    for raw, ts in frames(captures / V1):
        if not raw.endswith(b'"book-1000","XMR/USD"]'):
            continue
        (event,) = venue.parse(raw, ts)
        changes += 1
        if changes != 10:
            book.apply(event)
            if event.checksum is not None:
                checks[book.checksum() == event.checksum] += 1
    assert checks[False] > 0


def test_the_two_protocols_are_told_apart(captures):
    raws = [raw for raw, _ in frames(captures / V1)]
    assert sum(map(KrakenV1.recognises, raws)) == len(raws) - 92  # heartbeats could be anyone's
    assert not any(map(Kraken.recognises, raws))


def test_single_messages_of_v2(captures):
    """Written anew by whoever collected them, so that their checksums are not looked at."""
    kinds = Counter()
    with gzip.open(captures / SINGLE, "rt") as file:
        for line in file:
            one = json.loads(line)
            if "futures" in one["file"]:
                continue
            raw = json.dumps(one["message"]).encode()
            kinds.update(type(event).__name__ for event in Kraken().parse(raw, 1))
    assert kinds == {
        "BookSnapshot": 1, "BookDelta": 1, "OrderSnapshot": 1, "OrderDelta": 4,
        "Quote": 1, "Ticker": 1, "Trade": 2, "Bar": 1,
    }  # fmt: skip
