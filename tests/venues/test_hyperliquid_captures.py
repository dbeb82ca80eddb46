"""Hyperliquid's real traffic: every message known, no book crossed, takers on the right side."""

import gzip
import json
from collections import Counter

from audit import audit

from livefin.events import BookSnapshot, Rate, Trade
from livefin.venues.hyperliquid.venue import Hyperliquid

CAPTURE = "hyperliquid/btc_20250126.txt.gz"


def frames(captures):
    """(receipt time ns, raw) of all that was received."""
    with gzip.open(captures / CAPTURE) as file:
        for line in file:
            ts, _, raw = line.rstrip(b"\n").partition(b" ")
            yield int(ts), raw


def test_every_message_is_known_and_every_event_passes_the_session(captures):
    found = audit(captures / CAPTURE, "hyperliquid", keep=True)
    assert (found.frames, found.malformed, found.statuses) == (55, [], [])
    assert found.events == {"trades": 64, "book": 46}
    assert found.symbols == {"BTC"}
    assert found.crossed == 0
    # The first of each kind, read by hand.
    book = next(event for event in found.kept if isinstance(event, BookSnapshot))
    assert (book.ts_event, book.ts_recv) == (1_737_918_843_542_000_000, 1_737_918_843_893_903_000)
    assert (book.bids[0], len(book.bids), len(book.asks)) == ((105055.0, 3.03622), 20, 20)
    trades = [event for event in found.kept if isinstance(event, Trade)]
    assert trades[0] == Trade(
        "BTC", 1_737_918_794_873_000_000, 1_737_918_844_167_767_000, 105056.0, 0.00219, "buy",
        121_451_470_284_048,
    )  # fmt: skip
    assert [t.ts_event for t in trades] == sorted(t.ts_event for t in trades)


def test_takers_buy_at_the_ask_and_sell_at_the_bid(captures):
    """A trade is never on the far side of the middle of the book just before."""
    venue, book, sides = Hyperliquid(), None, Counter()
    for ts, raw in frames(captures):
        assert venue.recognises(raw)
        for event in venue.parse(raw, ts):
            if isinstance(event, BookSnapshot):
                book = event
            elif book is not None and event.ts_event >= book.ts_event - 1_000_000_000:
                middle = (book.bids[0][0] + book.asks[0][0]) / 2
                sides[event.side, event.price > middle] += 1
    assert sum(sides.values()) > 20
    assert sides["buy", True] == sum(n for (side, _), n in sides.items() if side == "buy")
    assert sides["sell", False] == sum(n for (side, _), n in sides.items() if side == "sell")


def test_single_messages(captures):
    venue, path = Hyperliquid(), captures / "hyperliquid/nautilus_single_messages.jsonl.gz"
    with gzip.open(path, "rt") as file:
        messages = {json.loads(line)["file"].split("/")[-1]: line for line in file}
    mids = json.loads(messages["ws_allmids.json"])["message"]
    events = list(venue.parse(json.dumps(mids).encode(), 1))
    assert len(events) == 5
    assert events[1] == Rate("BTC-MID", 1, 1, 80868.5)
    book = json.loads(messages["ws_book_data.json"])["message"]  # without its wrapper
    raw = json.dumps({"channel": "l2Book", "data": book}).encode()
    (event,) = venue.parse(raw, 1)
    assert event.asks[0] == (98451.0, 1.5)
