"""Bitstamp's real traffic: every message known, every book bridged to its REST snapshot."""

import gzip
import json
from collections import Counter

import pytest
from audit import audit

from livefin.book import OrderBook
from livefin.events import BookDelta, BookSnapshot, Trade
from livefin.sequence import BookSequence
from livefin.venues.bitstamp.venue import Bitstamp

CAPTURES = {
    "bitstamp/bitstamp_20210417.jsonl.gz": (677, 641, 16),
    "bitstamp/bitstamp_20220105.jsonl.gz": (747, 717, 10),
}
"""name -> frames, changes of books, trades"""


def records(path):
    with gzip.open(path, "rt") as file:
        yield from map(json.loads, file)


def micros(text):
    return int(json.loads(text)["microtimestamp"])


@pytest.mark.parametrize("name", CAPTURES)
def test_every_message_is_known(captures, name):
    frames, changes, trades = CAPTURES[name]
    venue, kinds, count = Bitstamp(), Counter(), 0
    for record in records(captures / name):
        if record["t"] == "recv":
            raw = record["data"].encode()
            assert venue.recognises(raw)
            count += 1
            kinds.update(type(event) for event in venue.parse(raw, 1))
    assert count == frames
    assert kinds == {BookDelta: changes, Trade: trades}


@pytest.mark.parametrize("name", CAPTURES)
def test_every_book_is_bridged_and_none_ever_stands_crossed(captures, name):
    """What must be left of the changes is counted apart, from the times alone."""
    snapshots, expected = {}, Counter()
    for record in records(captures / name):
        if record["t"] == "http" and "/order_book/" in record["url"]:
            snapshots[record["url"].rpartition("/")[2]] = micros(record["data"])
        elif record["t"] == "recv":
            message = json.loads(record["data"])
            if message["event"] == "data":
                market = message["channel"].rpartition("_")[2]
                us = int(message["data"]["microtimestamp"])
                expected[market] += us > snapshots[market]

    venue, chains, books, applied = Bitstamp(), {}, {}, Counter()

    def take(finding):
        assert finding.hole is None
        assert not finding.snapshot_too_old
        for event in finding.events:
            book = books.setdefault(event.symbol, OrderBook(event.symbol))
            book.apply(event)
            assert not book.crossed
            applied[event.symbol, type(event)] += 1

    for record in records(captures / name):
        if record["t"] == "http":
            path = record["url"].removeprefix(venue.rest_url)
            symbol = venue.snapshot_symbol(path)
            if symbol is not None:
                snapshot = venue.parse_snapshot(symbol, record["data"].encode(), 1)
                chain = chains.setdefault(symbol, BookSequence())
                take(chain.snapshot(snapshot, fetched=True))
        elif record["t"] == "recv":
            for event in venue.parse(record["data"].encode(), 1):
                if isinstance(event, BookDelta):
                    take(chains[event.symbol].delta(event))

    assert sum(expected.values()) > 500
    assert {
        symbol.replace("-", "").lower(): count
        for (symbol, kind), count in applied.items()
        if kind is BookDelta
    } == {market: count for market, count in expected.items() if count}
    assert sum(n for (_, kind), n in applied.items() if kind is BookSnapshot) == 10


@pytest.mark.parametrize(
    ("name", "books", "first"),
    [
        (
            "bitstamp/bitstamp_20210417.jsonl.gz", 537,
            Trade("LTC-USD", 1618677693509000000, 0, 312.88, 6.33171283, "buy", 164507734),
        ),
        (
            "bitstamp/bitstamp_20220105.jsonl.gz", 625,
            Trade("ETH-USD", 1641343699596000000, 0, 3805.44, 0.0792, "buy", 216000477),
        ),
    ],
)  # fmt: skip
def test_through_a_session(captures, name, books, first):
    found = audit(captures / name, "bitstamp", keep=True)
    assert found.malformed == []
    assert found.events == {"book": books, "trades": CAPTURES[name][2]}
    assert found.crossed == 0
    assert {status.kind for status in found.statuses} <= {"stale"}
    trade = next(event for event in found.kept if isinstance(event, Trade))
    assert trade.ts_recv > 0
    assert (trade.symbol, trade.ts_event, trade.price, trade.size, trade.side, trade.id) == (
        first.symbol, first.ts_event, first.price, first.size, first.side, first.id,
    )  # fmt: skip
