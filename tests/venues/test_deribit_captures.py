"""Deribit's real traffic: every message known, every book's chain whole."""

import gzip
import json
from collections import Counter

from audit import audit

from livefin.events import BookDelta, BookSnapshot, OpenInterest, Rate, Ticker
from livefin.sequence import BookSequence
from livefin.venues.contract import Numbered
from livefin.venues.deribit.venue import Deribit

CAPTURE = "deribit/deribit.jsonl.gz"


def frames(captures):
    """(receipt time ns, raw) of all that was received."""
    with gzip.open(captures / CAPTURE, "rt") as file:
        for record in map(json.loads, file):
            if record["t"] == "recv":
                yield int(record["ts"] * 1e9), record["data"].encode()


def test_every_message_is_known_and_every_event_passes_the_session(captures):
    found = audit(captures / CAPTURE, "deribit", keep=True)
    assert (found.frames, found.malformed, found.statuses) == (136, [], [])
    assert found.events == {"ticker": 89, "open_interest": 89, "rates": 89, "book": 46}
    assert len(found.symbols) == 10
    assert found.crossed == 0
    # The first and the last frame, read by hand.
    first, last = found.kept[0], found.kept[-1]
    assert (first.symbol, first.ts_event) == ("ETH-30JUL21-2800-C", 1_626_993_723_632_000_000)
    assert (first.last, first.open, first.high, first.low) == (0.002, 0.002, 0.0025, 0.0015)
    assert last == Rate("BTC-31DEC21-34000-P", 1_626_993_754_148_000_000, last.ts_recv, 0.23341173)


def test_books_chain_without_a_gap(captures):
    venue, books, kinds = Deribit(), {}, Counter()
    for ts, raw in frames(captures):
        for event in venue.parse(raw, ts):
            kinds[type(event)] += 1
            if isinstance(event, BookSnapshot):
                books[event.symbol] = BookSequence()
                assert books[event.symbol].snapshot(event).hole is None
            elif isinstance(event, BookDelta):
                finding = books[event.symbol].delta(event)
                assert (finding.hole, finding.events) == (None, [event])
    assert kinds == {BookSnapshot: 10, BookDelta: 36, Ticker: 89, OpenInterest: 89, Rate: 89}
    assert len(books) == 10


def test_it_is_recognised(captures):
    known = [Deribit.recognises(raw) for _, raw in frames(captures)]
    assert known == [False] + [True] * 135  # the first answers the subscription


def test_single_messages(captures):
    venue, kinds = Deribit(), Counter()
    with gzip.open(captures / "deribit/nautilus_single_messages.jsonl.gz", "rt") as file:
        messages = [json.loads(line)["message"] for line in file]
    for message in messages:
        events = list(venue.parse(json.dumps(message).encode(), 1))
        kinds.update(type(event).__name__ for event in events if not isinstance(event, Numbered))
    assert len(messages) == 10
    assert kinds == {
        "BookDelta": 1, "BookSnapshot": 2, "Bar": 1, "Quote": 1, "Ticker": 1, "Funding": 1,
        "OpenInterest": 1, "Rate": 2, "Trade": 3,
    }  # fmt: skip
