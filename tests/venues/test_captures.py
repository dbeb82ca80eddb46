"""Every capture, in memory and through real sockets: all of it known, whole, and the same."""

import pytest
from audit import audit
from captured import CAPTURES
from threaded import threaded

import livefin as lf
from livefin import venues
from livefin.recording import Recording
from livefin.serve import ReplayServer
from livefin.serve.console import connectable

SOON = 60
every_capture = pytest.mark.parametrize("capture", CAPTURES, ids=str)


def rows(feed):
    held = {name: sum(f.total for f in table.values()) for name, table in feed.tables.items()}
    return {name: count for name, count in held.items() if count}


@every_capture
def test_every_message_is_known_and_nothing_is_missing(captures, capture):
    found = audit(captures / capture.path, capture.venue)
    assert found.malformed == []
    assert found.events
    for kind in ("gap", "resync", "duplicate", "late", "rejected", "error", "crossed"):
        assert found.counts(kind) == 0, kind
    assert found.checks == ({"matched": capture.checksums} if capture.checksums else {})
    assert found.crossed == 0


@every_capture
def test_served_over_sockets_it_gives_the_same(captures, capture):
    want = audit(captures / capture.path, capture.venue).events
    want.pop("book", None)
    with threaded(
        lambda: ReplayServer(captures / capture.path, venue=capture.venue, speed=None)
    ) as (server):
        venue = venues.get(capture.venue)
        symbols = connectable(server.outline, venue)
        offered = [c for c in server.outline.channels if c.partition(":")[0] in venue.channels]
        with lf.connect(venue, symbols, channels=offered, url=server.url, rows=10**6) as feed:
            assert feed.wait(server.finished.is_set, timeout=SOON)
            assert feed.wait(lambda: rows(feed) == want, timeout=SOON), (rows(feed), want)
            sums = {"matched": capture.checksums, "failed": 0}
            assert feed.wait(lambda: feed.checksums == sums, timeout=SOON), feed.checksums
            assert feed.wait(lambda: all(book.synced for book in feed.book.values()), timeout=SOON)
            assert [book.symbol for book in feed.book.values() if book.crossed] == []
            counts = {kind: n for kind, n in feed.status.counts.items() if kind != "rejected"}
            assert set(counts) <= {"connected", "stale"}


@every_capture
def test_a_replay_gives_the_same_and_its_venue_is_told(captures, capture):
    path = captures / capture.path
    want = audit(path, capture.venue).events
    want.pop("book", None)
    if path.suffixes[0] == ".jsonl" and capture.venue != "binance-us":
        assert Recording(path).venue == capture.venue
    feed = lf.connect(lf.Replay(path, speed=None, venue=capture.venue), rows=10**6)
    with feed:
        assert feed.wait(lambda: feed.state == "finished", timeout=SOON)
        assert rows(feed) == want
        assert feed.status.counts["malformed"] == feed.status.counts["gap"] == 0
