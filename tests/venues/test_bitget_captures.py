"""Bitget's real traffic of 2022, in its older protocol: all known, each checksum met."""

import gzip
import json
from collections import Counter

from audit import audit

from livefin.checksum import WrittenBook
from livefin.events import Bar, BookDelta, BookSnapshot, Funding, Ticker, Trade
from livefin.venues.bitget.venue import Bitget

CAPTURE = "bitget/bitget.jsonl.gz"


def frames(path):
    with gzip.open(path, "rt") as file:
        for record in map(json.loads, file):
            if record["t"] == "recv":
                yield int(record["ts"] * 1e9), record["data"].encode()


def test_every_message_is_known(captures):
    found = audit(captures / CAPTURE, "bitget", keep=True)
    assert found.frames == 1_157
    assert found.malformed == []
    assert found.statuses == []
    assert found.crossed == 0
    assert found.checks == {"matched": 637}
    assert found.events == {
        "bars": 10_060,
        "book": 637,
        "trades": 555,
        "rates": 434,
        "ticker": 345,
        "quotes": 345,
        "funding": 217,
        "open_interest": 217,
    }
    futures = {"DASH-USDT-PERP", "UNI-USDT-PERP"}
    spot = ("AVAX", "CULT", "EOS", "GOG", "HOT", "STG", "SUN", "VVS")
    spot = {f"{base}-USDT" for base in spot}
    assert found.symbols == futures | spot | {f"{symbol}-INDEX" for symbol in futures}
    trades = [event for event in found.kept if type(event) is Trade]
    assert sum(trade.ts_recv - trade.ts_event < 2_000_000_000 for trade in trades) >= 55


def test_each_of_the_checksums_is_met(captures):
    venue, books, met = Bitget(), {}, Counter()
    for ts, raw in frames(captures / CAPTURE):
        for event in venue.parse(raw, ts):
            if isinstance(event, BookSnapshot | BookDelta):
                book = books.get(event.symbol)
                if book is None:
                    book = WrittenBook(event.symbol, venue.checksum, levels=venue.checksum_levels)
                    books[event.symbol] = book
                assert book.apply(event) == ([], [])
                met[book.checksum() == event.checksum] += 1
    assert met == {True: 637}
    assert len(books) == 10


def test_the_first_of_some_against_the_raw_text(captures):
    found = audit(captures / CAPTURE, "bitget", keep=True)

    def first(kind, symbol):
        return next(e for e in found.kept if type(e) is kind and e.symbol == symbol)

    book = first(BookSnapshot, "CULT-USDT")
    assert (book.ts_event, book.checksum) == (1649290077496_000_000, 485516490)
    assert (book.asks[0], book.text[1][0]) == ((0.0000353, 145214.0), ("0.00003530", "145214"))
    delta = first(BookDelta, "DASH-USDT-PERP")
    assert (delta.ts_event, delta.checksum) == (1649290077676_000_000, -487257069)
    assert delta.asks[:2] == [(113.42, 0.0), (113.43, 0.0)]
    day = first(Ticker, "CULT-USDT")
    assert (day.ts_event, day.last, day.open) == (1649290076193_000_000, 0.00003511, 0.0000434)
    funding = first(Funding, "DASH-USDT-PERP")
    assert (funding.rate, funding.next_time) == (-0.0001, 1649314800000_000_000)
    trade = next(e for e in found.kept if type(e) is Trade and e.symbol == "DASH-USDT-PERP")
    assert (trade.ts_event, trade.price, trade.size, trade.side) == (
        1649289934280_000_000, 113.78, 0.5, "sell",
    )  # fmt: skip


def test_a_minutes_last_push_comes_after_its_end_and_is_closed(captures):
    found = audit(captures / CAPTURE, "bitget", keep=True)
    bars = [e for e in found.kept if type(e) is Bar and e.symbol == "UNI-USDT-PERP"]
    over = [bar for bar in bars if bar.ts_event == 1649290020000_000_000]
    assert [(bar.volume, bar.closed) for bar in over] == [
        (46.0, False),
        (47.0, False),
        (48.0, True),
    ]
    assert not any(bar.closed for bar in bars if bar.ts_event == 1649290080000_000_000)


def test_each_push_is_plainly_bitgets(captures):
    raws = [raw for _, raw in frames(captures / CAPTURE)]
    answers = [raw for raw in raws if not Bitget.recognises(raw)]
    assert len(answers) == 40
    assert all(raw.startswith(b'{"event":"subscribe"') for raw in answers)
