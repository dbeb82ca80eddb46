"""A feed as its user meets it: reading, callbacks, policies, closing."""

import gc
import json
import threading
import time
import weakref

import pytest
from scripted import ScriptedServer

import livefin as lf
from livefin.errors import ChannelError, FeedClosedError, RecordingError, SymbolError
from livefin.events import Status, Trade

SNAPSHOT = b'{"lastUpdateId":10,"bids":[["99.0","1.0"]],"asks":[["101.0","1.0"]]}'


def trade(id_, ts=1_700_000_000_000, price="100.5"):
    data = {"e": "trade", "t": id_, "p": price, "q": "0.5", "T": ts, "m": False}
    return json.dumps({"stream": "btcusdt@trade", "data": data})


def quote(sequence, bid="99.0"):
    data = {"u": sequence, "b": bid, "B": "1.0", "a": "101.0", "A": "1.0"}
    return json.dumps({"stream": "btcusdt@bookTicker", "data": data})


def depth(first, last, bid):
    data = {"e": "depthUpdate", "E": 1, "U": first, "u": last, "b": [bid], "a": []}
    return json.dumps({"stream": "btcusdt@depth@100ms", "data": data})


@pytest.fixture
def server():
    with ScriptedServer() as server:
        server.rest["/api/v3/depth"] = (200, SNAPSHOT, {})
        yield server


@pytest.fixture
def feed(server):
    with lf.connect("binance", "BTC-USDT", url=server.url) as feed:
        feed.wait(lambda: feed.book["BTC-USDT"].synced)
        yield feed


def test_frames_book_and_bars_fill(server, feed):
    server.send(trade(1), quote(11), depth(11, 11, ["99.5", "2.0"]), trade(2, 1_700_000_001_000))
    assert feed.wait(lambda: len(feed.trades["BTC-USDT"]) == 2)
    assert feed.quotes["BTC-USDT"].df.bid.tolist() == [99.0]
    assert feed.book["BTC-USDT"].best_bid == (99.5, 2.0)
    bars = feed.bars("1s")
    assert bars["BTC-USDT"].df.closed.tolist() == [True, False]
    server.send(trade(3, 1_700_000_002_000))
    assert feed.wait(lambda: len(bars["BTC-USDT"]) == 3)
    assert feed.bars("1s") is bars
    assert str(feed.trades["BTC-USDT"].df.index.tz) == "UTC"


def test_bars_of_two_intervals_fold_the_same_trades(server, feed):
    one, five = feed.bars("1s"), feed.bars("5s")
    server.send(*(trade(n, 1_700_000_000_000 + n * 500) for n in range(20)))
    assert feed.wait(lambda: len(feed.trades["BTC-USDT"]) == 20)
    assert len(one["BTC-USDT"]) == 10
    assert len(five["BTC-USDT"]) == 2


def test_a_missing_symbol_says_what_there_is(feed):
    with pytest.raises(SymbolError, match="this feed has: BTC-USDT"):
        feed.trades["ETH-USDT"]
    with pytest.raises(KeyError):
        feed.bars("1s")["ETH-USDT"]


def test_a_tick_size_is_known_where_the_venue_says_it(feed):
    assert feed.tick_size("BTC-USDT") is None
    venue = lf.custom("ws://127.0.0.1:9", lambda _: None)
    venue.tick_sizes = {"ABC": 0.25}
    with lf.connect(venue, "ABC", wait=None) as mine:
        assert (mine.tick_size("ABC"), mine.tick_size("XYZ")) == (0.25, None)
    with lf.connect("paper", ["BTC-USDT", "EUR-USD"]) as paper:
        assert [paper.tick_size(symbol) for symbol in paper.symbols] == [0.1, 0.00001]


def test_repr_is_one_line_and_without_a_view_the_bundle_is_text(feed):
    assert repr(feed).startswith("<Feed binance: BTC-USDT; live, ")


def test_callbacks_see_every_event_after_the_frames_have_it(server, feed):
    seen = []

    @feed.on_event
    def note(event):
        if isinstance(event, Trade):
            seen.append((event.id, len(feed.trades["BTC-USDT"])))

    server.send(*(trade(n) for n in range(50)))
    assert feed.wait(lambda: len(seen) == 50)
    assert seen == [(n, n + 1) for n in range(50)]
    feed.off(note)
    server.send(trade(50))
    assert feed.wait(lambda: len(feed.trades["BTC-USDT"]) == 51)
    assert len(seen) == 50


def test_a_failing_callback_is_reported_and_stops_nothing(server, feed):
    seen = []

    @feed.on_event
    def broken(event):
        raise RuntimeError(f"<b>{event.symbol}</b>")

    feed.on_event(seen.append)
    server.send(trade(1), trade(2))
    assert feed.wait(lambda: len(seen) >= 2 and feed.status.events["error"] >= 2)
    assert "broken: RuntimeError" in feed.status.df.detail.iloc[-1]
    assert feed.state == "live"


def test_a_callback_may_close_the_feed(server):
    feed = lf.connect("binance", "BTC-USDT", url=server.url, channels=["trades"])
    feed.on_event(lambda event: feed.close())
    server.send(trade(1))
    assert feed.wait(lambda: feed.state == "closed" and not feed.queued)


def test_callbacks_may_subscribe(server, feed):
    done = threading.Event()

    @feed.on_event
    def grow(event):
        if isinstance(event, Trade) and not done.is_set():
            feed.subscribe("ETH-USDT", ["trades"])
            done.set()

    server.send(trade(1))
    assert done.wait(30)
    assert feed.wait(lambda: "ETH-USDT" in feed.trades)


def slow(feed):
    gate = threading.Event()

    @feed.on_event
    def wait(event):
        gate.wait(10)

    return gate


def test_block_loses_nothing_and_holds_the_venue_up(server):
    options = {"channels": ["trades"], "backlog": 10, "policy": "block"}
    with lf.connect("binance", "BTC-USDT", url=server.url, **options) as feed:
        gate = slow(feed)
        server.send(*(trade(n) for n in range(500)))
        time.sleep(0.1)
        gate.set()
        assert feed.wait(lambda: len(feed.trades["BTC-USDT"]) == 500)
        assert feed.dropped == 0
        assert feed.status.counts["dropped"] == 0


def test_drop_oldest_counts_exactly_what_it_dropped(server):
    options = {"channels": ["trades"], "backlog": 10, "policy": "drop_oldest"}
    with lf.connect("binance", "BTC-USDT", url=server.url, **options) as feed:
        gate = slow(feed)
        server.send(*(trade(n) for n in range(500)))
        time.sleep(0.1)
        gate.set()
        assert feed.wait(lambda: feed.meter.total >= 501 and not feed.queued)
        kept = len(feed.trades["BTC-USDT"])
        assert kept < 500
        assert feed.wait(lambda: feed.status.events["dropped"] == feed.dropped)
        assert kept + feed.dropped == 500
        assert feed.trades["BTC-USDT"].df.id.iloc[-1] == 499


def test_a_dropped_book_change_makes_a_new_book(server):
    options = {"channels": ["book"], "backlog": 5, "policy": "drop_oldest"}
    with lf.connect("binance", "BTC-USDT", url=server.url, **options) as feed:
        feed.wait(lambda: feed.book["BTC-USDT"].synced)
        gate = slow(feed)
        server.rest["/api/v3/depth"] = (200, SNAPSHOT.replace(b":10,", b":110,"), {})
        server.send(*(depth(n, n, ["98.0", str(n)]) for n in range(11, 111)))
        time.sleep(0.1)
        gate.set()
        book = feed.book["BTC-USDT"]
        assert feed.wait(lambda: book.synced and book.sequence == 110 and not feed.queued)
        assert book.levels() == ([(99.0, 1.0)], [(101.0, 1.0)])
        assert feed.status.counts["resync"] >= 1


def test_conflate_keeps_the_newest_quote_and_every_trade(server):
    options = {"channels": ["trades", "quotes"], "backlog": 50, "policy": "conflate"}
    with lf.connect("binance", "BTC-USDT", url=server.url, **options) as feed:
        gate = slow(feed)
        for n in range(100):
            server.send(quote(2 * n), quote(2 * n + 1), trade(n))
        time.sleep(0.1)
        gate.set()
        assert feed.wait(lambda: len(feed.trades["BTC-USDT"]) == 100 and not feed.queued)
        quotes = feed.quotes["BTC-USDT"].df
        assert quotes.sequence.iloc[-1] == 199
        assert len(quotes) + feed.dropped == 200
        assert feed.dropped > 0


def test_wrong_policy_channel_and_symbol_are_typed_errors(server):
    with pytest.raises(ValueError, match="policy must be one of"):
        lf.connect("binance", "BTC-USDT", url=server.url, policy="hope")
    with pytest.raises(ChannelError, match="it offers: trades"):
        lf.connect("binance", "BTC-USDT", url=server.url, channels=["funding"])
    with pytest.raises(SymbolError):
        lf.connect("binance", "<img src=x onerror=alert(1)>", url=server.url)
    with pytest.raises(lf.LivefinError):
        lf.connect("nowhere", "X")
    assert not lf.feeds()


def test_close_is_idempotent_and_frames_stay(server):
    feed = lf.connect("binance", "BTC-USDT", url=server.url)
    server.send(trade(1))
    feed.wait(lambda: len(feed.trades["BTC-USDT"]) == 1)
    feed.close()
    feed.close()
    assert len(feed.trades["BTC-USDT"].df) == 1
    assert feed.state == "closed"
    for act in (
        lambda: feed.send("x"),
        lambda: feed.subscribe("ETH-USDT"),
        lambda: feed.record("x"),
        lambda: feed.on_event(print),
    ):
        with pytest.raises(FeedClosedError):
            act()


def test_a_closed_feed_can_be_collected(server):
    feed = lf.connect("binance", "BTC-USDT", url=server.url)
    gone = weakref.ref(feed)
    feed.close()
    del feed
    gc.collect()
    assert gone() is None


def test_numbers_no_column_can_hold_are_counted(server, feed):
    server.send(trade(1).replace('"t": 1', '"t": 123456789012345678901234567890'))
    server.send(trade(2))
    assert feed.wait(lambda: len(feed.trades["BTC-USDT"]) == 1)
    assert feed.wait(lambda: feed.status.events["malformed"] == 1)


def test_reading_while_writing_is_safe(server, feed):
    stop = threading.Event()
    torn = []

    def read():
        while not stop.wait(0.001):
            df = feed.trades["BTC-USDT"].df
            if len(df) and not (df.price == 100.5).all():
                torn.append(df)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        server.send(*(trade(n) for n in range(1_500)))
        assert feed.wait(lambda: len(feed.trades["BTC-USDT"]) == 1_500, timeout=30)
    finally:
        stop.set()
        reader.join()
    assert not torn


def test_recording_to_a_missing_folder_is_a_typed_error(feed, tmp_path):
    with pytest.raises(RecordingError):
        feed.record(tmp_path / "nowhere" / "x.jsonl.gz")


def test_status_frame_has_typed_columns(feed):
    df = feed.status.df
    assert df.kind.iloc[0] == "connected"
    assert str(df.start.dtype).startswith("datetime64")
    assert isinstance(feed.status.list()[0], Status)


def test_it_says_that_it_falls_behind_before_it_drops_anything(server):
    options = {"backlog": 100, "policy": {"trades": "drop_oldest"}, "url": server.url}
    with lf.connect("binance", "BTC-USDT", **options) as feed:
        feed.on_event(lambda _: time.sleep(0.002))
        for n in range(2_000):
            server.send(trade(n))
        assert feed.wait(lambda: feed.dropped > 0)
        assert feed.wait(lambda: feed.status.counts["dropped"] > 0)
        kinds = [status.kind for status in feed.status.list()]
        assert kinds.index("lagging") < kinds.index("dropped")
        assert feed.lagging or feed.wait(lambda: feed.status.counts["lagging"] >= 2)
