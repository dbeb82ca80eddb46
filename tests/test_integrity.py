"""Faults between the venue and the feed: nothing is lost unseen, and the book comes back right.

For every fault: each event the server sent is in the frames exactly once or inside an
extent that `feed.status` reports, and the book afterwards equals a reference that saw all.
"""

import json
import time

import pytest
from faults import FaultProxy
from threaded import threaded

import livefin as lf
from livefin import fetch
from livefin.exchange import ExchangeServer
from livefin.serve import ReplayServer

SYMBOL = "BTC-USDT"


@pytest.fixture
def exchange():
    with threaded(lambda: ExchangeServer(seed=3, rate=200, symbols=[SYMBOL, "ETH-USDT"])) as server:
        yield server


@pytest.fixture
def proxy(exchange):
    with threaded(lambda: FaultProxy(exchange.url)) as proxy:
        yield proxy


@pytest.fixture
def feed(proxy):
    with lf.connect("paper", [SYMBOL, "ETH-USDT"], url=proxy.url, silence=0.5) as feed:
        assert feed.wait(lambda: len(feed.trades[SYMBOL]) > 20 and feed.book[SYMBOL].synced)
        yield feed


def accounted(feed):
    """(ids in the frame, ids in reported gaps, ids more than once)."""
    ids = feed.trades[SYMBOL].df.id.tolist()
    gaps = [s for s in feed.status.list() if s.kind == "gap" and s.channel == "trades"]
    missing = {n for s in gaps if s.symbol == SYMBOL for n in range(s.first, s.last + 1)}
    return ids, missing, len(ids) - len(set(ids))


def check_whole(feed):
    """From the first to the last trade: in the frame once, or in a reported gap."""
    trades = feed.trades[SYMBOL]
    settled = trades.total + 20
    assert feed.wait(lambda: trades.total > settled), "the stream went on"
    ids, missing, doubled = accounted(feed)
    assert doubled == 0
    assert set(range(min(ids), max(ids) + 1)) - set(ids) <= missing
    return ids, missing


def check_book(feed, exchange):
    """The book is the exchange's own, at one and the same update id."""
    book = feed.book[SYMBOL]
    assert feed.wait(lambda: book.synced, timeout=20)
    held = {}

    @feed.on_event
    def keep(event):
        if isinstance(event, lf.BookDelta | lf.BookSnapshot) and event.symbol == SYMBOL:
            held[book.sequence] = book.levels()

    end = time.monotonic() + 20
    try:
        while time.monotonic() < end:
            theirs = exchange_book(exchange)
            sequence = theirs["sequence"]
            feed.wait(lambda sequence=sequence: max(held, default=0) >= sequence, timeout=2)
            if sequence in held:
                assert held[sequence] == (theirs["bids"], theirs["asks"])
                assert not book.crossed
                return
    finally:
        feed.off(keep)
    pytest.fail("never met the exchange at the same update id")


def exchange_book(exchange):
    body = lf.run(fetch.get(f"{exchange.rest_url}/book?symbol={SYMBOL}&limit=5000"))
    book = json.loads(body)
    return book | {side: [tuple(level) for level in book[side]] for side in ("bids", "asks")}


def kinds(feed, symbol=None):
    return [s.kind for s in feed.status.list() if symbol is None or s.symbol == symbol]


def test_dropped_trades_are_filled_from_the_venues_history(feed, proxy, exchange):
    proxy.drop_matching(lambda raw: b'"trade"' in raw and SYMBOL.encode() in raw, 7)
    assert feed.wait(lambda: feed.status.events["filled"] == 7, timeout=20)
    dropped = {json.loads(raw)["id"] for raw in proxy.dropped}
    ids, missing = check_whole(feed)
    assert missing == set()
    assert dropped <= set(ids)
    assert feed.trades[SYMBOL].df.index.is_monotonic_increasing
    assert feed.status.counts["gap"] == 0
    check_book(feed, exchange)


def test_dropped_frames_are_gaps_with_their_extent(feed, proxy, exchange):
    proxy.rest_error(404)  # no history to fill them from
    proxy.drop_matching(lambda raw: b'"trade"' in raw and SYMBOL.encode() in raw, 7)
    assert feed.wait(lambda: len(proxy.dropped) == 7)
    dropped = {json.loads(raw)["id"] for raw in proxy.dropped}
    assert feed.wait(lambda: feed.status.events["gap"] == 7, timeout=20)
    ids, missing = check_whole(feed)
    assert missing == dropped
    assert not dropped & set(ids)
    assert feed.status.events["gap"] == 7
    check_book(feed, exchange)


def test_one_symbols_gap_resyncs_that_book_alone(feed, proxy, exchange):
    proxy.drop_matching(lambda raw: b'"book_delta"' in raw and SYMBOL.encode() in raw, 3)
    assert feed.wait(lambda: "resynced" in kinds(feed, SYMBOL))
    gap = next(s for s in feed.status.list() if s.kind == "gap" and s.channel == "book")
    deltas = [json.loads(raw) for raw in proxy.dropped]
    assert gap.first <= deltas[0]["first"]
    assert gap.count >= sum(delta["last"] - delta["first"] + 1 for delta in deltas) / 3
    assert "resync" not in kinds(feed, "ETH-USDT")
    assert feed.status.counts["connected"] == 1
    check_book(feed, exchange)


def test_a_cut_socket_is_an_outage_with_its_extent(feed, proxy, exchange):
    proxy.cut()
    assert feed.wait(lambda: feed.status.counts["connected"] == 2)
    back = feed.status.list()[-1 - kinds(feed)[::-1].index("connected")]
    assert back.start is not None
    assert back.start < back.end
    assert feed.wait(lambda: "resynced" in kinds(feed, SYMBOL))
    check_whole(feed)
    check_book(feed, exchange)


def test_silence_is_noticed_and_named(feed, proxy, exchange):
    proxy.silence()
    assert feed.wait(lambda: "stale" in kinds(feed), timeout=20)
    proxy.silence(False)
    stale = next(s for s in feed.status.list() if s.kind == "stale")
    assert stale.end - stale.start > 0.5e9
    assert feed.wait(lambda: feed.status.counts["connected"] == 2, timeout=20)
    check_whole(feed)
    check_book(feed, exchange)


def test_garbage_is_counted_and_harms_nothing(feed, proxy, exchange):
    garbage = ["not json", "[]", "null", '{"type":"trade"}', b"\xff\xfe\x00", "{" * 5_000, ""]
    for data in garbage:
        proxy.inject(data)
    assert feed.wait(lambda: feed.status.events["malformed"] == len(garbage))
    _, missing = check_whole(feed)
    assert not missing
    assert feed.status.counts["connected"] == 1
    check_book(feed, exchange)


@pytest.mark.parametrize("fault", ["duplicate", "truncate", "reorder", "drop"])
def test_frames_of_every_kind(feed, proxy, exchange, fault):
    for _ in range(3):
        getattr(proxy, fault)(25)
        settled = feed.trades[SYMBOL].total + 30
        assert feed.wait(lambda settled=settled: feed.trades[SYMBOL].total > settled, timeout=20)
    check_whole(feed)
    check_book(feed, exchange)


def test_a_refusing_server_is_tried_again_until_it_takes_us(feed, proxy, exchange):
    proxy.http_error(503)
    proxy.cut()
    assert feed.wait(lambda: feed.status.counts["disconnected"] >= 2, timeout=20)
    assert "HTTP 503" in feed.status.df.detail.str.cat()
    proxy.http_error(None)
    assert feed.wait(lambda: feed.status.counts["connected"] == 2, timeout=20)
    check_whole(feed)
    check_book(feed, exchange)


def test_the_capture_with_every_fault(captures):
    """Real Binance traffic, served at a pace, broken four ways: A trade is in or accounted for."""
    path = captures / "binance" / "spot_btcusdt_20240808.txt.gz"
    with (
        threaded(lambda: ReplayServer(path, speed=30)) as server,
        threaded(lambda: FaultProxy(server.url)) as proxy,
        lf.connect("binance", SYMBOL, url=proxy.url, silence=0.6) as feed,
    ):
        trades, book = feed.trades[SYMBOL], feed.book[SYMBOL]
        assert feed.wait(lambda: trades.total > 200 and book.synced, timeout=20)
        proxy.drop(100)
        assert feed.wait(lambda: "resynced" in kinds(feed, SYMBOL), timeout=20)
        proxy.inject("garbage")
        proxy.cut()
        assert feed.wait(lambda: feed.status.counts["connected"] == 2, timeout=20)
        proxy.silence()
        assert feed.wait(lambda: "stale" in kinds(feed), timeout=20)
        proxy.silence(False)
        assert feed.wait(lambda: feed.status.counts["connected"] == 3, timeout=20)
        assert feed.wait(lambda: trades.df.id.iloc[-1] == 3735693015, timeout=30)
        assert feed.wait(lambda: book.synced and not feed.queued)
        reference = lf.connect(lf.Replay(path, speed=None))
        assert reference.wait(lambda: reference.state == "finished", timeout=60)
        reference.close()

        ids = trades.df.id.tolist()
        assert len(ids) == len(set(ids))
        _, missing, _ = accounted(feed)
        assert set(reference.trades[SYMBOL].df.id) == set(ids) | missing
        for kind in ("gap", "disconnected", "stale", "malformed", "resync", "resynced"):
            assert feed.status.counts[kind] >= 1, kind
        # The book is right again: equal to one that missed nothing, over what both have seen.
        ours, theirs = book.levels(20), reference.book[SYMBOL].levels(20)
        assert ours == theirs
